"""
What a shift is to collect: prizes of streets and stops, and what holds it up.

The prize of a street is the incidents to expect on the whole of it in an hour, averaged
over the time that the robot takes to pass it: its rate times the mean of the hour's
factor. Each street and each stop counts once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from patrol.errors import PlanError

_MAJOR = (
    "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link",
)  # fmt: skip
"""Classes with traffic for which a robot waits before it crosses."""

_CROSSING_ENDS = 3
"""Street ends from which a corner is a crossing, and not a bend."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """
    A corner at which a robot is to stand for a while, such as a hot spot.

    Attributes
    ----------
    node
        Where.
    dwell_s
        How long, above 0.
    per_h
        Incidents to expect there in an hour of the average week, 0 or more.
    must
        Whether it has to be visited, whatever it is worth.
    open_s, close_s
        It stands there at ``open_s`` after the shift's start or later, and is done
        by ``close_s``.

    Raises
    ------
    PlanError
        If a value is impossible.
    """

    node: int
    dwell_s: float
    per_h: float = 0.0
    must: bool = False
    open_s: float = 0.0
    close_s: float = float("inf")

    def __post_init__(self) -> None:
        if not 0 < self.dwell_s < float("inf"):
            raise PlanError(
                f"a stop at node {self.node} lasts {self.dwell_s} s: it must last more "
                f"than 0 s"
            )
        if not 0 <= self.per_h < float("inf"):
            raise PlanError(
                f"the stop at node {self.node} is worth {self.per_h} incidents per "
                f"hour: it must be 0 or more"
            )
        if not self.open_s <= self.close_s:
            raise PlanError(
                f"the stop at node {self.node} opens at {self.open_s} s and closes at "
                f"{self.close_s} s: it must open first"
            )


@dataclass(frozen=True, kw_only=True)
class Window:
    """A street that may only be served from ``open_s`` to ``close_s``."""

    street: int
    open_s: float
    close_s: float

    def __post_init__(self) -> None:
        if not self.open_s <= self.close_s:
            raise PlanError(
                f"street {self.street} opens at {self.open_s} s and closes at "
                f"{self.close_s} s after the shift's start: it must open first"
            )


@dataclass(frozen=True)
class Terms:
    """
    On what terms prizes are collected.

    Attributes
    ----------
    slot_s, factor
        From ``slot_s[h]`` to ``slot_s[h + 1]`` after the shift's start all prizes are
        multiplied by ``factor[h]``; ``k + 1`` and ``k`` numbers, ascending from 0.
    stops
        Where robots may stand for a while.
    windows
        Streets that are not always open to service, each once.
    crossing_s
        Pause at a crossing with a major road before going on.
    u_turn_s
        Pause before turning back into the street just left.

    Raises
    ------
    PlanError
        If the slots do not begin at 0 and follow each other, a factor or a pause is
        negative, or a street has two windows.
    """

    slot_s: tuple[float, ...]
    factor: tuple[float, ...]
    stops: tuple[Stop, ...] = ()
    windows: tuple[Window, ...] = ()
    crossing_s: float = 0.0
    u_turn_s: float = 0.0

    def __post_init__(self) -> None:
        slots = np.array(self.slot_s)
        if len(slots) != len(self.factor) + 1 or len(slots) < 2:
            raise PlanError(
                f"{len(self.factor)} factors for {len(slots)} times: give a time more"
            )
        if slots[0] != 0 or not (np.diff(slots) > 0).all():
            raise PlanError(
                f"the factors change at {self.slot_s}: begin with 0, ascend"
            )
        if not all(0 <= factor < float("inf") for factor in self.factor):
            raise PlanError(f"the factors are {self.factor}: they must be 0 or more")
        for name in ("crossing_s", "u_turn_s"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise PlanError(
                    f"{name} is {getattr(self, name)} s: it must be 0 s or more"
                )
        streets = [window.street for window in self.windows]
        if len(set(streets)) < len(streets):
            twice = next(s for s in streets if streets.count(s) > 1)
            raise PlanError(f"street {twice} has two windows: give it one")

    @property
    def mean_factor(self) -> float:
        """Mean of the factor over the shift."""
        return float(np.average(self.factor, weights=np.diff(self.slot_s)))


@dataclass(frozen=True)
class Prizes:
    """
    Prizes on ``m`` streets, and the terms on which they are collected.

    Attributes
    ----------
    per_h
        Incidents to expect on each whole street in an hour of the average week, shape
        ``(m,)``.
    terms
        Stops, windows, pauses, and what an hour is worth.
    """

    per_h: NDArray[np.float64]
    terms: Terms


@dataclass(frozen=True)
class Takings:
    """
    What a plan collects, and the most that any plan could.

    Attributes
    ----------
    covered_per_h
        Incidents per hour that are covered: the sum of the prizes of what is served.
    all_per_h
        Sum of all prizes, at the mean factor of the shift.
    bound_per_h, bound_kind
        No plan covers more; ``bound_kind`` says how that is known.
    served_m
        Length of the served streets.
    terms
        On what terms.
    """

    covered_per_h: float
    all_per_h: float
    bound_per_h: float
    bound_kind: str
    served_m: float
    terms: Terms

    @property
    def share(self) -> float:
        """Covered risk as a share of all; 0 where there is none."""
        return self.covered_per_h / self.all_per_h if self.all_per_h else 0.0

    @property
    def gap(self) -> float:
        """Share by which the bound is above what is covered; 0 if both are 0."""
        if self.covered_per_h == 0:
            return 0.0 if self.bound_per_h == 0 else float("inf")
        return self.bound_per_h / self.covered_per_h - 1


def major_roads(graph: StreetGraph) -> NDArray[np.bool_]:
    """Streets with traffic for which a robot waits, shape ``(m,)``."""
    return np.isin(graph.tags.highway.astype(str), _MAJOR)


def crossings(graph: StreetGraph) -> NDArray[np.bool_]:
    """
    Corners at which a robot waits for traffic, shape ``(n,)``.

    Those at which three street ends or more meet, at least one of a major road.
    """
    ends = np.bincount(graph.edge_nodes.ravel(), minlength=graph.num_nodes)
    busy = np.zeros(graph.num_nodes, bool)
    busy[graph.edge_nodes[major_roads(graph)].ravel()] = True
    return busy & (ends >= _CROSSING_ENDS)

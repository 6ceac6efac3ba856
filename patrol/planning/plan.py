"""A plan for one shift: a route for each robot, and how good the whole is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError
from patrol.planning.problem import Objective, Shift
from patrol.planning.robots import RobotDuty
from patrol.robot import RobotProfile


class BoundKind(StrEnum):
    """How a lower bound was found."""

    PROVED_OPTIMAL = "proved optimal"
    LP = "LP"
    WEAK = "weak"


@dataclass(frozen=True)
class Route:
    """
    What one robot does in a shift, ``k`` steps, each along one street.

    Attributes
    ----------
    robot
        Name of the robot.
    streets
        Street of each step, shape ``(k,)``.
    forward
        Whether the step goes from the street's first node to its last, ``(k,)``.
    served
        Whether the step serves the street (else it is deadhead), ``(k,)``.
    depart_s, arrive_s
        Seconds after the shift's start at which the step begins and ends, ``(k,)``.
    trip
        Number of the trip that the step belongs to, from 0, ``(k,)``. Between trips
        the robot recharges in its dock; the first trip begins where the robot does.

    Raises
    ------
    PlanError
        If the arrays are not of one length.
    """

    robot: str
    streets: NDArray[np.int64]
    forward: NDArray[np.bool_]
    served: NDArray[np.bool_]
    depart_s: NDArray[np.float64]
    arrive_s: NDArray[np.float64]
    trip: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ("forward", "served", "depart_s", "arrive_s", "trip"):
            array = getattr(self, name)
            if array.shape != self.streets.shape or array.ndim != 1:
                raise PlanError(
                    f"route of {self.robot!r}: {name} has shape {array.shape}, "
                    f"expected {(self.streets.size,)} for {self.streets.size} steps"
                )

    @property
    def end_s(self) -> float:
        """When it is over, in seconds after the shift's start; 0 if it has no step."""
        return float(self.arrive_s[-1]) if len(self.arrive_s) else 0.0

    @property
    def driving_s(self) -> float:
        """Time on the move, without standing and charging, in seconds."""
        return float((self.arrive_s - self.depart_s).sum())

    @property
    def num_trips(self) -> int:
        """Number of trips."""
        return len(np.unique(self.trip))


@dataclass(frozen=True)
class Bound:
    """
    Lower bounds that hold for every plan of the problem.

    Attributes
    ----------
    length_m, kind
        No plan drives less in total, whatever the number of robots.
    longest_m, longest_kind
        In no plan is the longest route shorter.
    longest_s
        In no plan is every robot on the move for less time than this; 0 where it was
        not worked out. Of the kind ``longest_kind``.

    Raises
    ------
    PlanError
        If a bound is negative or not a number.
    """

    length_m: float
    kind: BoundKind
    longest_m: float
    longest_kind: BoundKind
    longest_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("length_m", "longest_m", "longest_s"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise PlanError(f"the bound {name} is {value}: it must be 0 or more")


@dataclass(frozen=True)
class PatrolPlan:
    """
    Routes of a fleet for one shift.

    Attributes
    ----------
    graph_digest, risk_digest
        The map and the risk it was made for.
    map_path
        Where the map was, for whoever reads the plan; empty if it had no file.
    fleet
        The robots: of what kind they are, where their docks are and where they begin.
    shift
        When.
    required
        Streets that must be served, ascending.
    keep_out
        Streets that must not be driven by wish of the operator, ascending.
    routes
        One for each robot of the fleet in its order, also for one that stays where it
        is.
    length_m
        Length of all routes.
    required_m
        Length of the required streets.
    coverage
        Share of the risk of all drivable streets that lies on served streets, 0-1.
    bound
        Lower bounds of this problem.
    seed
        Seed of the run.
    weights
        Named weights that chose the required streets.
    synthetic_risk
        Whether the risk rests on synthetic incidents.
    longest_m
        Length of the longest route; 0 where it was not worked out.
    objective
        What it was to make small.
    """

    graph_digest: str
    risk_digest: str
    map_path: str
    fleet: tuple[RobotDuty, ...]
    shift: Shift
    required: NDArray[np.int64]
    keep_out: NDArray[np.int64]
    routes: tuple[Route, ...]
    length_m: float
    required_m: float
    coverage: float
    bound: Bound
    seed: int
    weights: Mapping[str, float]
    synthetic_risk: bool
    longest_m: float = 0.0
    objective: Objective = Objective.LONGEST

    @property
    def docks(self) -> tuple[int, ...]:
        """Nodes of all docks, ascending."""
        return tuple(sorted({robot.dock for robot in self.fleet}))

    @property
    def profiles(self) -> tuple[RobotProfile, ...]:
        """The kinds of robots, each once, in the order of the fleet."""
        return tuple(dict.fromkeys(robot.profile for robot in self.fleet))

    @property
    def longest_s(self) -> float:
        """Time that the robot with most to drive is on the move, in seconds."""
        return max((route.driving_s for route in self.routes), default=0.0)

    @property
    def deadhead_m(self) -> float:
        """Length driven without serving, in metres."""
        return max(0.0, self.length_m - self.required_m)

    @property
    def gap(self) -> float:
        """Share by which the length is above its bound; 0 for an empty plan."""
        return _gap(self.length_m, self.bound.length_m)

    @property
    def longest_gap(self) -> float:
        """Share by which the longest route is above its bound; 0 for an empty plan."""
        return _gap(self.longest_m, self.bound.longest_m)

    @property
    def longest_time_gap(self) -> float:
        """Share by which the longest time on the move is above its bound."""
        return _gap(self.longest_s, self.bound.longest_s)

    @property
    def end_s(self) -> tuple[float, ...]:
        """When each robot is done, in seconds after the shift's start."""
        return tuple(route.end_s for route in self.routes)

    @cached_property
    def digest(self) -> str:
        """Name of this very plan: SHA-256 of all that it says, 64 hex digits."""
        text = json.dumps(_plain(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _gap(cost: float, bound: float) -> float:
    if cost == 0:
        return 0.0
    return cost / bound - 1 if bound > 0 else float("inf")


def _plain(value: object) -> object:
    """Turn a value into what JSON knows, the same for equal values."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)  # a file may say 1 for 1.0
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value

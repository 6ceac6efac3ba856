"""What is to be patrolled tonight, by whom, and when."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.one_way import fewest_against, strong_parts
from maps.paths import components
from maps.traverse import Exclusion, Traversal
from patrol.errors import PlanError
from patrol.robot import RobotProfile

_LONGEST_S = 366 * 86_400.0
"""A shift above this is a mistake in the unit; no tour of duty lasts a year."""

_YEARS = range(1970, 9999)
"""Years whose clocks are known in every zone."""


@dataclass(frozen=True)
class Shift:
    """
    One tour of duty.

    Attributes
    ----------
    start
        When it begins, with a time zone.
    duration_s
        How long it lasts, above 0 and at most 366 days.

    Raises
    ------
    PlanError
        If the start has no time zone or is before 1970, or the duration is not above
        0 or too long.
    """

    start: datetime
    duration_s: float

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None:
            raise PlanError(
                f"the shift starts at {self.start.isoformat()} without a time zone: "
                f"add one, such as {self.start.isoformat()}+09:00"
            )
        if self.start.year not in _YEARS:
            raise PlanError(
                f"the shift starts in the year {self.start.year}: give one from "
                f"{_YEARS.start} to {_YEARS.stop - 1}"
            )
        if not 0 < self.duration_s <= _LONGEST_S:
            raise PlanError(
                f"the shift lasts {self.duration_s} s: it must last more than 0 s and "
                f"at most {_LONGEST_S:.0f} s ({_LONGEST_S / 3600:.0f} h)"
            )


@dataclass(frozen=True)
class PatrolProblem:
    """
    A planning problem on a graph of ``m`` streets.

    Attributes
    ----------
    graph, traversal
        Streets, and what this kind of robot can drive of them.
    required
        Numbers of the streets that must be served, shape ``(k,)``, ascending.
    risk_per_h
        Expected incidents per hour on each whole street during the shift, shape
        ``(m,)``.
    profile
        The kind of robot.
    robots
        Names of the robots, at least one.
    dock
        Node at which every robot starts, recharges and ends.
    shift
        When.

    Raises
    ------
    PlanError
        If the parts do not fit each other, the dock is at no drivable street, or a
        required street cannot be driven or reached.
    """

    graph: StreetGraph
    traversal: Traversal
    required: NDArray[np.int64]
    risk_per_h: NDArray[np.float64]
    profile: RobotProfile
    robots: tuple[str, ...]
    dock: int
    shift: Shift

    def __post_init__(self) -> None:
        _check_traversal(self)
        _check_risk(self)
        _check_robots(self.robots)
        _check_dock(self)
        _check_required(self)
        _check_drivable(self)
        _check_reachable(self)

    @property
    def required_m(self) -> float:
        """Length of the required streets in metres."""
        return float(self.graph.edge_length_m[self.required].sum())

    @property
    def keep_out(self) -> NDArray[np.int64]:
        """Streets that must not be driven by wish of the operator, ascending."""
        return np.flatnonzero(self.traversal.exclusion == Exclusion.KEEP_OUT)


def _check_traversal(problem: PatrolProblem) -> None:
    if problem.traversal.graph_digest != problem.graph.digest:
        raise PlanError(
            f"the traversal is for map {problem.traversal.graph_digest[:12]}, the "
            f"graph is {problem.graph.digest[:12]}: work it out anew for this map"
        )
    times = problem.traversal.travel_s[problem.traversal.drivable]
    wrong = np.flatnonzero(~(times > 0).all(axis=1) | np.isinf(times).all(axis=1))
    if len(wrong):
        street = np.flatnonzero(problem.traversal.drivable)[wrong[0]]
        raise PlanError(
            f"{len(wrong)} drivable streets have no travel time, the first is street "
            f"{street} with {times[wrong[0]].tolist()} s along and against: give times "
            f"above 0, infinite in at most one direction, or exclude such streets"
        )


def _check_risk(problem: PatrolProblem) -> None:
    m, risk = problem.graph.num_edges, problem.risk_per_h
    if risk.shape != (m,):
        raise PlanError(
            f"risk_per_h has shape {risk.shape}, expected {(m,)} for {m} streets"
        )
    bad = ~(np.isfinite(risk) & (risk >= 0))
    if bad.any():
        street = int(bad.argmax())
        raise PlanError(
            f"{bad.sum()} streets have no valid risk, the first is street {street} "
            f"with {risk[street]} incidents per hour: it must be 0 or more"
        )


def _check_robots(robots: tuple[str, ...]) -> None:
    if not robots or "" in robots:
        raise PlanError(
            f"the robots are named {list(robots)}: give at least one robot, and each "
            f"a name"
        )
    twice = sorted({name for name in robots if robots.count(name) > 1})
    if twice:
        raise PlanError(
            f"{robots.count(twice[0])} of {len(robots)} robots are named "
            f"{twice[0]!r}: names must differ"
        )


def _check_dock(problem: PatrolProblem) -> None:
    n = problem.graph.num_nodes
    if not 0 <= problem.dock < n:
        raise PlanError(
            f"dock node {problem.dock} is not on the map: nodes are 0..{n - 1}"
        )
    ends = problem.graph.edge_nodes[problem.traversal.drivable]
    if not (ends == problem.dock).any():
        raise PlanError(
            f"dock node {problem.dock} is at no street that robot "
            f"{problem.profile.name!r} can drive: choose one of the "
            f"{len(np.unique(ends))} nodes that are"
        )


def _check_required(problem: PatrolProblem) -> None:
    required, m = problem.required, problem.graph.num_edges
    if required.ndim != 1 or required.dtype.kind != "i":
        raise PlanError(
            f"required has shape {required.shape} and type {required.dtype}: it must "
            f"be a list of street numbers"
        )
    unknown = required[(required < 0) | (required >= m)]
    if len(unknown):
        raise PlanError(
            f"{len(unknown)} of {len(required)} required streets are not on the map, "
            f"the first is {unknown[0]}: streets are 0..{m - 1}"
        )
    if (np.diff(required) <= 0).any():
        place = int((np.diff(required) <= 0).argmax())
        raise PlanError(
            f"required street {required[place + 1]} follows {required[place]}: give "
            f"each once, in ascending order"
        )


def _check_drivable(problem: PatrolProblem) -> None:
    reasons = problem.traversal.exclusion[problem.required]
    lost = np.flatnonzero(reasons != Exclusion.NONE)
    if len(lost):
        reason = Exclusion(int(reasons[lost[0]])).name.lower().replace("_", " ")
        raise PlanError(
            f"{len(lost)} of {len(problem.required)} required streets cannot be driven "
            f"by robot {problem.profile.name!r}, the first is street "
            f"{problem.required[lost[0]]} ({reason}): require only drivable streets, "
            f"or change the robot or the keep-out"
        )


def _check_reachable(problem: PatrolProblem) -> None:
    part = components(problem.graph, problem.traversal.drivable)
    at = part[problem.graph.edge_nodes[problem.required, 0]]
    lost = np.flatnonzero(at != part[problem.dock])
    if len(lost):
        raise PlanError(
            f"{len(lost)} of {len(problem.required)} required streets cannot be "
            f"reached from dock node {problem.dock}, the first is street "
            f"{problem.required[lost[0]]} (island): choose a dock in the same part of "
            f"the map, or require only streets there"
        )
    _check_traps(problem)


def _check_traps(problem: PatrolProblem) -> None:
    graph = problem.graph
    open_ways = np.isfinite(problem.traversal.travel_s)
    if open_ways[problem.traversal.drivable].all():
        return
    label = strong_parts(graph.num_nodes, graph.edge_nodes, open_ways)
    at_home = label[graph.edge_nodes[problem.required]] == label[problem.dock]
    lost = problem.required[~at_home.all(axis=1)]
    if len(lost) == 0:
        return
    tail, head = graph.edge_nodes[lost[0]].tolist()
    if not open_ways[lost[0], 0]:
        tail, head = head, tail
    ways = (graph.edge_nodes, open_ways)
    there = fewest_against(*ways, start=problem.dock, end=tail)
    back = fewest_against(*ways, start=head, end=problem.dock)
    raise PlanError(
        f"{len(lost)} of {len(problem.required)} required streets cannot be reached "
        f"from dock node {problem.dock} and left again, the first is street {lost[0]} "
        f"(one-way trap): going there means driving against {len(there or ())} one-way "
        f"streets {there}, coming back against {len(back or ())} {back}, no fewer; "
        f"choose another dock, or do not require such streets"
    )

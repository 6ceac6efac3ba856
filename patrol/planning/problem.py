"""What is to be patrolled tonight, by whom, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.paths import components
from maps.traverse import Exclusion, Traversal
from maps.way_out import say_cut_off
from patrol.errors import PlanError
from patrol.planning.prizes import Prizes
from patrol.planning.robots import PatrolRobot, by_traversal, drivable_by_any
from patrol.planning.traps import can_come, say_trap, trapped

_LONGEST_S = 366 * 86_400.0
"""A shift above this is a mistake in the unit; no tour of duty lasts a year."""

_SLOT_S = 1e-3
"""The hours of the prizes may end so much before or after the shift."""

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


class Objective(StrEnum):
    """What a plan is to make small."""

    LONGEST = "longest"
    """The longest route: of robots of different speeds, the longest in time."""

    TOTAL = "total"
    """The length of all routes together."""


@dataclass(frozen=True)
class PatrolProblem:
    """
    A planning problem on a graph of ``m`` streets.

    Attributes
    ----------
    graph
        Streets.
    required
        Numbers of the streets that must be served, shape ``(k,)``, ascending.
    risk_per_h
        Expected incidents per hour on each whole street during the shift, shape
        ``(m,)``.
    fleet
        The robots, at least one, each with what it can drive.
    shift
        When.
    objective
        What the plan is to make small.
    prizes
        What else is to be collected within the shift, as much as can be; None if only
        the required streets are to be served.

    Raises
    ------
    PlanError
        If the parts do not fit each other, a dock, a start or an end is at no street
        that its robot can drive, or a required street cannot be driven or reached by
        any robot.
    """

    graph: StreetGraph
    required: NDArray[np.int64]
    risk_per_h: NDArray[np.float64]
    fleet: tuple[PatrolRobot, ...]
    shift: Shift
    objective: Objective = Objective.LONGEST
    prizes: Prizes | None = None

    def __post_init__(self) -> None:
        _check_names([robot.name for robot in self.fleet])
        for traversal, robots in by_traversal(self.fleet):
            _check_traversal(self.graph, traversal)
            _check_nodes(self.graph, traversal, robots)
        _check_risk(self)
        _check_required(self)
        _check_drivable(self)
        _check_reachable(self)
        if self.prizes is not None:
            _check_prizes(self, self.prizes)

    @property
    def required_m(self) -> float:
        """Length of the required streets in metres."""
        return float(self.graph.edge_length_m[self.required].sum())

    @property
    def keep_out(self) -> NDArray[np.int64]:
        """Streets that no robot may drive by wish of the operator, ascending."""
        out = [r.traversal.exclusion == Exclusion.KEEP_OUT for r in self.fleet]
        return np.flatnonzero(np.logical_or.reduce(out) & ~self.drivable)

    @cached_property
    def drivable(self) -> NDArray[np.bool_]:
        """Mask of the streets that some robot can drive, shape ``(m,)``."""
        return drivable_by_any(self.fleet)


def _check_traversal(graph: StreetGraph, traversal: Traversal) -> None:
    if traversal.graph_digest != graph.digest:
        raise PlanError(
            f"the traversal is for map {traversal.graph_digest[:12]}, the graph is "
            f"{graph.digest[:12]}: work it out anew for this map"
        )
    times = traversal.travel_s[traversal.drivable]
    wrong = np.flatnonzero(~(times > 0).all(axis=1) | np.isinf(times).all(axis=1))
    if len(wrong):
        street = np.flatnonzero(traversal.drivable)[wrong[0]]
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


def _check_prizes(problem: PatrolProblem, prizes: Prizes) -> None:
    n, m, terms = problem.graph.num_nodes, problem.graph.num_edges, prizes.terms
    if (
        prizes.per_h.shape != (m,)
        or not (np.isfinite(prizes.per_h) & (prizes.per_h >= 0)).all()
    ):
        raise PlanError(
            f"the prizes have shape {prizes.per_h.shape} and the least is "
            f"{prizes.per_h.min(initial=np.inf)}: give {m}, one a street, 0 or more"
        )
    for what, number, most in (
        *(("stop at node", stop.node, n) for stop in terms.stops),
        *(("window of street", window.street, m) for window in terms.windows),
    ):
        if not 0 <= number < most:
            raise PlanError(f"{what} {number}: the map has 0..{most - 1}")
    if abs(terms.slot_s[-1] - problem.shift.duration_s) > _SLOT_S:
        raise PlanError(
            f"the hours of the prizes end {terms.slot_s[-1]} s after the shift's "
            f"start, the shift {problem.shift.duration_s} s: they must end together"
        )


def _check_names(names: list[str]) -> None:
    if not names:
        raise PlanError("there are no robots: give at least one robot")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlanError(
            f"{names.count(twice[0])} of {len(names)} robots are named {twice[0]!r}: "
            f"names must differ"
        )


def _check_nodes(
    graph: StreetGraph, traversal: Traversal, robots: list[PatrolRobot]
) -> None:
    n, ends = graph.num_nodes, np.unique(graph.edge_nodes[traversal.drivable])
    for robot, (what, node) in ((r, named) for r in robots for named in r.nodes):
        if not 0 <= node < n:
            raise PlanError(
                f"{what} node {node} is not on the map: nodes are 0..{n - 1}"
            )
        cut_off = None if np.isin(node, ends) else say_cut_off(graph, traversal, node)
        if cut_off:
            raise PlanError(
                f"{what} node {node} is cut off from all that robot {robot.name!r} can "
                f"drive: {cut_off}; choose another of the {len(ends)} nodes that are "
                f"not, open a street, or plan without this robot"
            )
        if not np.isin(node, ends):
            raise PlanError(
                f"{what} node {node} is at no street that robot "
                f"{robot.profile.name!r} can drive: choose one of the {len(ends)} "
                f"nodes that are"
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
    required = problem.required
    lost = required[~problem.drivable[required]]
    if len(lost):
        robot = problem.fleet[0]
        reason = Exclusion(int(robot.traversal.exclusion[lost[0]])).name.lower()
        raise PlanError(
            f"{len(lost)} of {len(required)} required streets cannot be driven by "
            f"{_kinds(problem)}, the first is street {lost[0]} "
            f"({reason.replace('_', ' ')}): require only drivable streets, or change "
            f"the robot or the keep-out"
        )


def _kinds(problem: PatrolProblem) -> str:
    names = sorted({robot.profile.name for robot in problem.fleet})
    return f"robot {names[0]!r}" if len(names) == 1 else f"any of the robots {names}"


def _check_reachable(problem: PatrolProblem) -> None:
    lost = problem.required
    for traversal, robots in by_traversal(problem.fleet):
        part = components(problem.graph, traversal.drivable)
        _check_together(problem.graph, robots, part)
        near = np.isin(
            part[problem.graph.edge_nodes[lost, 0]], part[[r.dock for r in robots]]
        )
        lost = lost[~(traversal.drivable[lost] & near)]
    if len(lost):
        docks = sorted({robot.dock for robot in problem.fleet})
        where = f"dock node {docks[0]}" if len(docks) == 1 else f"dock nodes {docks}"
        raise PlanError(
            f"{len(lost)} of {len(problem.required)} required streets cannot be "
            f"reached from {where}, the first is street {lost[0]} (island): choose a "
            f"dock in the same part of the map, or require only streets there"
        )
    _check_traps(problem)


def _check_together(
    graph: StreetGraph, robots: list[PatrolRobot], part: NDArray[np.int64]
) -> None:
    for robot, (what, node) in ((r, named) for r in robots for named in r.nodes):
        way = [(what, node), ("dock", robot.dock)][:: -1 if what == "end" else 1]
        (begin, tail), (end, head) = way
        if part[tail] != part[head] or not can_come(graph, robot, tail, head):
            raise PlanError(
                f"robot {robot.name!r} cannot drive from its {begin} node {tail} to "
                f"its {end} node {head}: choose both in one part of the map"
            )


def _check_traps(problem: PatrolProblem) -> None:
    """Make sure that some robot can reach each required street and come back."""
    graph, fleet = problem.graph, problem.fleet
    lost = trapped(graph, fleet, problem.required)
    if len(lost):
        docks = ", ".join(str(dock) for dock in sorted({one.dock for one in fleet}))
        raise PlanError(
            f"{len(lost)} of {len(problem.required)} required streets cannot be "
            f"reached from dock node {docks} and left again, the first is street "
            f"{lost[0]} (one-way trap): {say_trap(graph, fleet, int(lost[0]))}; choose "
            f"another dock, or do not require such streets"
        )

"""Is this route what it says? The independent checker's look at one robot."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.traverse import Traversal
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.robots import RobotDuty
from patrol.planning.violation import Rule, Violation

_TIME_S = 1e-3
"""Times of a plan may be off by so much: sums of floating-point numbers."""


def check_route(
    plan: PatrolPlan,
    robot: RobotDuty,
    route: Route,
    world: tuple[StreetGraph, Traversal],
) -> Iterator[Violation]:
    """Check one route of a plan: ``world`` is the map and what the robot can drive."""
    graph, traversal = world
    if len(route.streets) == 0:
        if robot.end not in {None, robot.start}:
            yield Violation(
                Rule.DOCK,
                f"{robot.name!r}: stays at node {robot.start}, it must end at node "
                f"{robot.end}",
            )
        return
    ends = graph.edge_nodes[route.streets]
    turned = np.where(route.forward[:, None], ends, ends[:, ::-1])
    yield from _numbered(route)
    yield from _docked(robot, route, turned)
    yield from _unbroken(route, turned)
    yield from _allowed(plan, route, traversal)
    yield from _timely(route, traversal)
    yield from _on_duty(plan, robot, route)
    yield from _charged(robot, route)


def _numbered(route: Route) -> Iterator[Violation]:
    if route.trip[0] != 0 or not np.isin(np.diff(route.trip), (0, 1)).all():
        yield Violation(
            Rule.CONTINUITY,
            f"{route.robot!r}: trips are not numbered 0, 1, 2 in order of the steps",
        )


def _docked(
    robot: RobotDuty, route: Route, turned: NDArray[np.int64]
) -> Iterator[Violation]:
    """Look where trips begin and end: at the dock, but the first and the last."""
    edges = np.flatnonzero(np.diff(route.trip, prepend=-1, append=-1)).tolist()
    trips = len(edges) - 1
    for number, (first, stop) in enumerate(pairwise(edges)):
        begin = robot.start if number == 0 else robot.dock
        end = robot.end if number == trips - 1 else robot.dock
        for step, at, wanted in (
            (first, turned[first, 0], begin),
            (stop - 1, turned[stop - 1, 1], end),
        ):
            if wanted is not None and at != wanted:
                yield Violation(
                    Rule.DOCK,
                    f"{route.robot!r}: trip {route.trip[first]} is at node {at} at "
                    f"step {step}, not at node {wanted}",
                )


def _unbroken(route: Route, turned: NDArray[np.int64]) -> Iterator[Violation]:
    same = np.diff(route.trip) == 0
    for step in np.flatnonzero(same & (turned[:-1, 1] != turned[1:, 0])).tolist():
        yield Violation(
            Rule.CONTINUITY,
            f"{route.robot!r}: step {step} ends at node {turned[step, 1]}, step "
            f"{step + 1} begins at node {turned[step + 1, 0]}",
        )


def _allowed(
    plan: PatrolPlan, route: Route, traversal: Traversal
) -> Iterator[Violation]:
    column = np.where(route.forward, 0, 1)
    passable = np.isfinite(traversal.travel_s[route.streets])
    drivable = traversal.drivable[route.streets]
    wrong_way = drivable & ~passable[np.arange(len(column)), column]
    for rule, bad, why in (
        (Rule.EXCLUSION, ~drivable, "cannot be driven by this robot"),
        (Rule.KEEP_OUT, np.isin(route.streets, plan.keep_out), "is kept out"),
        (Rule.DIRECTION, wrong_way, "must not be driven in this direction"),
    ):
        for step in np.flatnonzero(bad).tolist():
            yield Violation(
                rule,
                f"{route.robot!r}: step {step} drives street {route.streets[step]}, "
                f"which {why}",
            )


def _timely(route: Route, traversal: Traversal) -> Iterator[Violation]:
    column = np.where(route.forward, 0, 1)
    needed_s = traversal.travel_s[route.streets, column]
    planned_s = route.arrive_s - route.depart_s
    for step in np.flatnonzero(~(np.abs(planned_s - needed_s) <= _TIME_S)).tolist():
        yield Violation(
            Rule.TIMES,
            f"{route.robot!r}: step {step} takes {planned_s[step]:.1f} s, street "
            f"{route.streets[step]} takes {needed_s[step]:.1f} s",
        )
    gap_s = route.depart_s[1:] - route.arrive_s[:-1]
    for step in np.flatnonzero(~(gap_s >= -_TIME_S)).tolist():
        yield Violation(
            Rule.TIMES,
            f"{route.robot!r}: step {step + 1} begins at "
            f"{route.depart_s[step + 1]:.1f} s, before step {step} ends at "
            f"{route.arrive_s[step]:.1f} s",
        )


def _on_duty(plan: PatrolPlan, robot: RobotDuty, route: Route) -> Iterator[Violation]:
    if not route.depart_s[0] >= robot.ready_s:
        yield Violation(
            Rule.TIMES,
            f"{route.robot!r}: begins at {route.depart_s[0]:.1f} s, it is ready at "
            f"{robot.ready_s:.1f} s",
        )
    if not route.arrive_s[-1] <= plan.shift.duration_s + _TIME_S:
        yield Violation(
            Rule.SHIFT,
            f"{route.robot!r}: is back at {route.arrive_s[-1] / 60:.1f} min, the shift "
            f"lasts {plan.shift.duration_s / 60:.1f} min",
        )


def _charged(robot: RobotDuty, route: Route) -> Iterator[Violation]:
    """Follow the battery: driving takes from it, standing in the dock adds to it."""
    battery_s = robot.profile.battery_s
    least_s = battery_s * robot.profile.reserve
    left_s, back_s = battery_s * robot.charge, robot.ready_s
    docked = robot.start == robot.dock
    trips = np.flatnonzero(np.diff(route.trip, prepend=-1, append=-1))
    for first, stop in pairwise(trips.tolist()):
        standing_s = float(route.depart_s[first]) - back_s
        left_s = min(battery_s, left_s + docked * _gain_s(robot, standing_s))
        docked = True
        used_s = float((route.arrive_s - route.depart_s)[first:stop].sum())
        back_s = float(route.arrive_s[stop - 1])
        if not left_s - used_s >= least_s - _TIME_S:
            yield Violation(
                Rule.BATTERY,
                f"{route.robot!r}: trip {route.trip[first]} starts with "
                f"{left_s / 60:.1f} min of battery and drives {used_s / 60:.1f} min, "
                f"{least_s / 60:.1f} min must be left",
            )
        left_s -= used_s


def _gain_s(robot: RobotDuty, standing_s: float) -> float:
    profile = robot.profile
    if profile.recharge_s == 0:
        return profile.battery_s
    return max(0.0, standing_s) * profile.battery_s / profile.recharge_s

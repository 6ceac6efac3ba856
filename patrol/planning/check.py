"""
Is this plan what it says? An independent checker.

It shares no code with the planners and trusts nothing that they say: it walks every
route step by step on the map. A plan that passes can be driven.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.traverse import Traversal
from patrol.planning.plan import BoundKind, PatrolPlan, Route

_TIME_S = 1e-3
"""Times of a plan may be off by so much: sums of floating-point numbers."""

_LENGTH = 1e-9
"""Lengths may be off by this share."""

_COST_M = 1e-3
"""Bounds are found with lengths in whole millimetres, rounded down at every pass."""


class Rule(StrEnum):
    """What a plan can break."""

    MAP = "map"
    STREET = "street"
    CONTINUITY = "continuity"
    DOCK = "dock"
    COVERAGE = "coverage"
    EXCLUSION = "exclusion"
    KEEP_OUT = "keep-out"
    DIRECTION = "direction"
    TIMES = "times"
    BATTERY = "battery"
    SHIFT = "shift"
    ROBOTS = "robots"
    FIGURES = "figures"
    BOUND = "bound"


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong, in plain words."""

    rule: Rule
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


@dataclass(frozen=True)
class CheckReport:
    """
    What a check found.

    Attributes
    ----------
    violations
        Everything that is wrong; empty for a sound plan.
    """

    violations: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        """Whether the plan is sound."""
        return not self.violations


def check_plan(
    plan: PatrolPlan,
    graph: StreetGraph,
    traversal: Traversal,
    *,
    risk_per_h: NDArray[np.float64] | None = None,
) -> CheckReport:
    """
    Check a plan against its map, its robot and its own figures.

    Parameters
    ----------
    plan
        Plan to check.
    graph
        Map of ``m`` streets.
    traversal
        What this kind of robot can drive on it; the plan's own keep-out is checked
        besides.
    risk_per_h
        Expected incidents per hour on each street, shape ``(m,)``. Without it, the
        stated coverage is only checked to be a share.

    Returns
    -------
    CheckReport
        Every violation found. On another map, or with streets that do not exist,
        nothing more can be checked.
    """
    broken = [*_map(plan, graph, traversal)] or [*_streets(plan, graph)]
    if not broken:
        broken = [
            violation
            for route in plan.routes
            for violation in _route(plan, route, graph, traversal)
        ]
        broken += _named(plan)
        broken += _served(plan)
        broken += _figures(plan, graph, traversal, risk_per_h)
        broken += _bounds(plan, graph)
    return CheckReport(tuple(broken))


def _map(
    plan: PatrolPlan, graph: StreetGraph, traversal: Traversal
) -> Iterator[Violation]:
    for name, digest in (
        ("map", graph.digest),
        ("traversal", traversal.graph_digest),
    ):
        if digest != plan.graph_digest:
            yield Violation(
                Rule.MAP,
                f"the plan is for map {plan.graph_digest[:12]}, the {name} given is "
                f"of map {digest[:12]}",
            )


def _streets(plan: PatrolPlan, graph: StreetGraph) -> Iterator[Violation]:
    m = graph.num_edges
    named = [("required", plan.required), ("keep-out", plan.keep_out)]
    named += [(f"route of {route.robot!r}", route.streets) for route in plan.routes]
    for name, streets in named:
        unknown = streets[(streets < 0) | (streets >= m)]
        if len(unknown):
            yield Violation(
                Rule.STREET, f"{name}: street {unknown[0]} is not one of 0..{m - 1}"
            )
    if not 0 <= plan.dock < graph.num_nodes:
        yield Violation(
            Rule.DOCK, f"dock node {plan.dock} is not one of 0..{graph.num_nodes - 1}"
        )


def _route(
    plan: PatrolPlan, route: Route, graph: StreetGraph, traversal: Traversal
) -> Iterator[Violation]:
    if len(route.streets) == 0:
        return
    ends = graph.edge_nodes[route.streets]
    turned = np.where(route.forward[:, None], ends, ends[:, ::-1])
    yield from _unbroken(plan, route, turned)
    yield from _allowed(plan, route, traversal)
    yield from _timely(plan, route, traversal)
    yield from _charged(plan, route)


def _unbroken(
    plan: PatrolPlan, route: Route, turned: NDArray[np.int64]
) -> Iterator[Violation]:
    if route.trip[0] != 0 or not np.isin(np.diff(route.trip), (0, 1)).all():
        yield Violation(
            Rule.CONTINUITY,
            f"{route.robot!r}: trips are not numbered 0, 1, 2 in order of the steps",
        )
    new_trip = np.flatnonzero(np.diff(route.trip) != 0) + 1
    starts, stops = [0, *new_trip.tolist()], [*new_trip.tolist(), len(route.streets)]
    for first, stop in zip(starts, stops, strict=True):
        for step, at in ((first, turned[first, 0]), (stop - 1, turned[stop - 1, 1])):
            if at != plan.dock:
                yield Violation(
                    Rule.DOCK,
                    f"{route.robot!r}: trip {route.trip[first]} is at node {at} at "
                    f"step {step}, not in dock {plan.dock}",
                )
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


def _timely(
    plan: PatrolPlan, route: Route, traversal: Traversal
) -> Iterator[Violation]:
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
    if not route.depart_s[0] >= 0:
        yield Violation(
            Rule.TIMES,
            f"{route.robot!r}: begins at {route.depart_s[0]:.1f} s, before the shift",
        )
    if not route.arrive_s[-1] <= plan.shift.duration_s + _TIME_S:
        yield Violation(
            Rule.SHIFT,
            f"{route.robot!r}: is back at {route.arrive_s[-1] / 60:.1f} min, the shift "
            f"lasts {plan.shift.duration_s / 60:.1f} min",
        )


def _charged(plan: PatrolPlan, route: Route) -> Iterator[Violation]:
    """Follow the battery: driving takes from it, standing in the dock adds to it."""
    profile = plan.profile
    least_s = profile.battery_s * profile.reserve
    left_s = profile.battery_s
    trips = np.flatnonzero(np.diff(route.trip, prepend=-1, append=-1))
    back_s = float(route.depart_s[0])
    for first, stop in pairwise(trips.tolist()):
        standing_s = float(route.depart_s[first]) - back_s
        left_s = min(profile.battery_s, left_s + _gain_s(plan, standing_s))
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


def _gain_s(plan: PatrolPlan, standing_s: float) -> float:
    if plan.profile.recharge_s == 0:
        return plan.profile.battery_s
    return max(0.0, standing_s) * plan.profile.battery_s / plan.profile.recharge_s


def _named(plan: PatrolPlan) -> Iterator[Violation]:
    names = [route.robot for route in plan.routes]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Violation(
            Rule.ROBOTS, f"{names.count(name)} routes are for a robot named {name!r}"
        )


def _served(plan: PatrolPlan) -> Iterator[Violation]:
    served = [route.streets[route.served] for route in plan.routes]
    streets = np.concatenate([np.zeros(0, np.int64), *served])
    missed = np.setdiff1d(plan.required, streets)
    if len(missed):
        yield Violation(
            Rule.COVERAGE,
            f"{len(missed)} of {len(plan.required)} required streets are not served, "
            f"the first is street {missed[0]}",
        )
    others = np.setdiff1d(streets, plan.required)
    if len(others):
        yield Violation(
            Rule.COVERAGE,
            f"{len(others)} streets are served that are not required, the first is "
            f"street {others[0]}",
        )
    numbers, counts = np.unique(streets, return_counts=True)
    if (counts > 1).any():
        yield Violation(
            Rule.COVERAGE,
            f"{(counts > 1).sum()} streets are served more than once, the first is "
            f"street {numbers[counts > 1][0]}",
        )


def _figures(
    plan: PatrolPlan,
    graph: StreetGraph,
    traversal: Traversal,
    risk_per_h: NDArray[np.float64] | None,
) -> Iterator[Violation]:
    routes_m = [float(graph.edge_length_m[r.streets].sum()) for r in plan.routes]
    required_m = float(graph.edge_length_m[plan.required].sum())
    figures = [
        ("length_m", plan.length_m, sum(routes_m)),
        ("required_m", plan.required_m, required_m),
        ("longest_m", plan.longest_m, max(routes_m, default=0.0)),
    ]
    if risk_per_h is not None:
        drivable = traversal.drivable.copy()
        drivable[plan.keep_out] = False
        whole = float(risk_per_h[drivable].sum())
        share = float(risk_per_h[plan.required].sum()) / whole if whole > 0 else 0.0
        figures.append(("coverage", plan.coverage, share))
    for name, stated, true in figures:
        if not abs(stated - true) <= _LENGTH * max(1.0, abs(true)):
            yield Violation(
                Rule.FIGURES, f"{name} is stated as {stated:.6g}, it is {true:.6g}"
            )
    if not 0 <= plan.coverage <= 1 + _LENGTH:
        yield Violation(
            Rule.FIGURES, f"coverage is stated as {plan.coverage:.6g}, not from 0 to 1"
        )


def _bounds(plan: PatrolPlan, graph: StreetGraph) -> Iterator[Violation]:
    routes_m = [float(graph.edge_length_m[r.streets].sum()) for r in plan.routes]
    rounding_m = _COST_M * (1 + sum(len(route.streets) for route in plan.routes))
    bound = plan.bound
    for name, kind, bound_m, cost_m in (
        ("total length", bound.kind, bound.length_m, sum(routes_m)),
        (
            "longest route",
            bound.longest_kind,
            bound.longest_m,
            max(routes_m, default=0.0),
        ),
    ):
        if not bound_m <= cost_m * (1 + _LENGTH):
            yield Violation(
                Rule.BOUND,
                f"the {name} is {cost_m:.3f} m, below its lower bound of "
                f"{bound_m:.3f} m",
            )
        if kind is BoundKind.PROVED_OPTIMAL and cost_m - bound_m > rounding_m:
            yield Violation(
                Rule.BOUND,
                f"the {name} of {cost_m:.3f} m is stated as proved optimal, its lower "
                f"bound is {bound_m:.3f} m",
            )

"""
Is this plan what it says? An independent checker.

It shares no code with the planners and trusts nothing that they say: it walks every
route step by step on the map. A plan that passes can be driven.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.traverse import Traversal
from patrol.planning.check_route import check_route
from patrol.planning.plan import BoundKind, PatrolPlan
from patrol.planning.violation import Rule, Violation

_LENGTH = 1e-9
"""Lengths may be off by this share."""

_COST_M = 1e-3
"""Bounds are found with lengths in whole millimetres, rounded down at every pass."""


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
    traversals: Sequence[Traversal],
    *,
    risk_per_h: NDArray[np.float64] | None = None,
) -> CheckReport:
    """
    Check a plan against its map, its robots and its own figures.

    Parameters
    ----------
    plan
        Plan to check.
    graph
        Map of ``m`` streets.
    traversals
        What each robot of the plan's fleet can drive on it, in the fleet's order; the
        plan's own keep-out is checked besides.
    risk_per_h
        Expected incidents per hour on each street, shape ``(m,)``. Without it, the
        stated coverage is only checked to be a share.

    Returns
    -------
    CheckReport
        Every violation found. On another map, with streets that do not exist, or with
        routes for other robots than the fleet's, nothing more can be checked.
    """
    broken = (
        [*_map(plan, graph, traversals)]
        or [*_robots(plan, traversals)]
        or [*_streets(plan, graph)]
    )
    if not broken:
        crews = zip(plan.fleet, plan.routes, traversals, strict=True)
        for robot, route, traversal in crews:
            broken += check_route(plan, robot, route, (graph, traversal))
        broken += _served(plan)
        broken += _figures(plan, graph, traversals, risk_per_h)
        broken += _bounds(plan, graph)
    return CheckReport(tuple(broken))


def _map(
    plan: PatrolPlan, graph: StreetGraph, traversals: Sequence[Traversal]
) -> Iterator[Violation]:
    others = sorted({one.graph_digest for one in traversals})
    for name, digest in (("map", graph.digest), *(("traversal", d) for d in others)):
        if digest != plan.graph_digest:
            yield Violation(
                Rule.MAP,
                f"the plan is for map {plan.graph_digest[:12]}, the {name} given is "
                f"of map {digest[:12]}",
            )


def _robots(plan: PatrolPlan, traversals: Sequence[Traversal]) -> Iterator[Violation]:
    fleet = [robot.name for robot in plan.fleet]
    routes = [route.robot for route in plan.routes]
    if routes != fleet:
        yield Violation(
            Rule.ROBOTS, f"the fleet is {fleet}, there are routes for {routes}"
        )
    for name in sorted({name for name in fleet if fleet.count(name) > 1}):
        yield Violation(Rule.ROBOTS, f"{fleet.count(name)} robots are named {name!r}")
    if len(traversals) != len(fleet):
        yield Violation(
            Rule.ROBOTS,
            f"the fleet has {len(fleet)} robots, it is given what {len(traversals)} "
            f"can drive",
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
    for robot in plan.fleet:
        for what, node in robot.nodes:
            if not 0 <= node < graph.num_nodes:
                yield Violation(
                    Rule.DOCK,
                    f"{robot.name!r}: {what} node {node} is not one of "
                    f"0..{graph.num_nodes - 1}",
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
    traversals: Sequence[Traversal],
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
        drivable = np.logical_or.reduce([one.drivable for one in traversals])
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
    if not bound.longest_s <= plan.longest_s * (1 + _LENGTH):
        yield Violation(
            Rule.BOUND,
            f"no robot is on the move for more than {plan.longest_s:.1f} s, the lower "
            f"bound of that is {bound.longest_s:.1f} s",
        )

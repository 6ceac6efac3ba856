"""Does this plan collect what it says? The independent checker's look at prizes."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from patrol.planning.plan import PatrolPlan, Route, Stand
from patrol.planning.prizes import Takings, Terms
from patrol.planning.violation import Rule, Violation

_TIME_S = 1e-3
"""Times of a plan may be off by so much: sums of floating-point numbers."""

_SHARE = 1e-6
"""Sums of prizes may be off by this share."""

_BUSY = {
    f"{kind}{link}"
    for kind in ("trunk", "primary", "secondary", "tertiary")
    for link in ("", "_link")
}
"""Classes of road at whose crossings a robot pauses."""


def check_prizes(
    plan: PatrolPlan,
    takings: Takings,
    graph: StreetGraph,
    risk_per_h: NDArray[np.float64] | None,
) -> Iterator[Violation]:
    """
    Check stands, pauses, windows and what is collected.

    Without the risk, of the figures only those are checked that do not need it.
    """
    terms = takings.terms
    broken = [*_numbers(plan, terms, graph)]
    if not broken:
        pause_s = _pauses(plan, terms, graph)
        for route in plan.routes:
            broken += _paused(route, terms, graph, pause_s)
            broken += _stood(route, terms, graph)
            broken += _windows(route, terms)
        broken += _stops(plan, terms)
        broken += _figures(plan, takings, graph, risk_per_h)
    yield from broken


def _numbers(plan: PatrolPlan, terms: Terms, graph: StreetGraph) -> Iterator[Violation]:
    for number, stop in enumerate(terms.stops):
        if not 0 <= stop.node < graph.num_nodes:
            yield Violation(
                Rule.STOP,
                f"stop {number}: node {stop.node} is not one of "
                f"0..{graph.num_nodes - 1}",
            )
    if abs(terms.slot_s[-1] - plan.shift.duration_s) > _TIME_S:
        yield Violation(
            Rule.PRIZES,
            f"the hours of the prizes end at {terms.slot_s[-1]:.1f} s, the shift at "
            f"{plan.shift.duration_s:.1f} s",
        )
    for route in plan.routes:
        for stand in route.stands:
            known = stand.stop is None or 0 <= stand.stop < len(terms.stops)
            if not (known and 0 <= stand.step < len(route.streets)):
                yield Violation(
                    Rule.STOP,
                    f"{route.robot!r}: stands at stop {stand.stop} before step "
                    f"{stand.step}: there are {len(terms.stops)} stops and "
                    f"{len(route.streets)} steps",
                )


def _pauses(plan: PatrolPlan, terms: Terms, graph: StreetGraph) -> NDArray[np.float64]:
    """Pause at each node before going on, found street by street."""
    ends = [0] * graph.num_nodes
    busy = [False] * graph.num_nodes
    kinds = graph.tags.highway.tolist()
    for kind, nodes in zip(kinds, graph.edge_nodes.tolist(), strict=True):
        for node in nodes:
            ends[node] += 1
            busy[node] |= str(kind) in _BUSY
    pause_s = np.array(
        [terms.crossing_s * (b and e > 2) for b, e in zip(busy, ends, strict=True)]
    )
    pause_s[list(plan.docks)] = 0.0
    return pause_s


def _start_nodes(route: Route, graph: StreetGraph) -> NDArray[np.int64]:
    ends = graph.edge_nodes[route.streets]
    return np.where(route.forward, ends[:, 0], ends[:, 1])


def _paused(
    route: Route, terms: Terms, graph: StreetGraph, pause_s: NDArray[np.float64]
) -> Iterator[Violation]:
    """Between two steps there is time for every stand, the crossing and the turn."""
    nodes = _start_nodes(route, graph)
    stands: dict[int, list[Stand]] = {}
    for stand in route.stands:
        stands.setdefault(stand.step, []).append(stand)
    for step in range(1, len(route.streets)):
        if route.trip[step] != route.trip[step - 1]:
            continue
        here = stands.get(step, [])
        kept = [stand for stand in here if stand.stop is not None]
        needed_s = float(pause_s[nodes[step]])
        needed_s += sum(stand.end_s - stand.begin_s for stand in here)
        same = route.streets[step] == route.streets[step - 1]
        if same and route.forward[step] != route.forward[step - 1] and not kept:
            needed_s += terms.u_turn_s
        gap_s = float(route.depart_s[step] - route.arrive_s[step - 1])
        if not gap_s >= needed_s - _TIME_S:
            yield Violation(
                Rule.TIMES,
                f"{route.robot!r}: step {step} begins {gap_s:.1f} s after the step "
                f"before, {needed_s:.1f} s are needed to stand, cross or turn there",
            )


def _stood(route: Route, terms: Terms, graph: StreetGraph) -> Iterator[Violation]:
    """Each stand is where and when the robot is there, and as long as it must be."""
    nodes = _start_nodes(route, graph) if len(route.streets) else np.zeros(0, int)
    for stand in route.stands:
        first = stand.step == 0 or route.trip[stand.step] != route.trip[stand.step - 1]
        since_s = 0.0 if first else float(route.arrive_s[stand.step - 1])
        until_s = float(route.depart_s[stand.step])
        if not since_s - _TIME_S <= stand.begin_s <= stand.end_s <= until_s + _TIME_S:
            yield Violation(
                Rule.STOP,
                f"{route.robot!r}: stands from {stand.begin_s:.1f} to "
                f"{stand.end_s:.1f} s before step {stand.step}, it is there from "
                f"{since_s:.1f} to {until_s:.1f} s",
            )
        if stand.stop is None:
            continue
        stop = terms.stops[stand.stop]
        if nodes[stand.step] != stop.node:
            yield Violation(
                Rule.STOP,
                f"{route.robot!r}: stop {stand.stop} is at node {stop.node}, the robot "
                f"is at node {nodes[stand.step]}",
            )
        if abs(stand.end_s - stand.begin_s - stop.dwell_s) > _TIME_S:
            yield Violation(
                Rule.STOP,
                f"{route.robot!r}: stands at stop {stand.stop} for "
                f"{stand.end_s - stand.begin_s:.1f} s, it must be {stop.dwell_s:.1f} s",
            )
        if not (
            stop.open_s - _TIME_S <= stand.begin_s
            and stand.end_s <= stop.close_s + _TIME_S
        ):
            yield Violation(
                Rule.WINDOW,
                f"{route.robot!r}: stands at stop {stand.stop} from "
                f"{stand.begin_s:.1f} to {stand.end_s:.1f} s, it is open from "
                f"{stop.open_s:.1f} to {stop.close_s:.1f} s",
            )


def _windows(route: Route, terms: Terms) -> Iterator[Violation]:
    windows = {window.street: window for window in terms.windows}
    for step in np.flatnonzero(route.served).tolist():
        window = windows.get(int(route.streets[step]))
        begin_s, end_s = float(route.depart_s[step]), float(route.arrive_s[step])
        if window is not None and not (
            window.open_s - _TIME_S <= begin_s and end_s <= window.close_s + _TIME_S
        ):
            yield Violation(
                Rule.WINDOW,
                f"{route.robot!r}: serves street {window.street} from {begin_s:.1f} to "
                f"{end_s:.1f} s, it is open from {window.open_s:.1f} to "
                f"{window.close_s:.1f} s",
            )


def _stops(plan: PatrolPlan, terms: Terms) -> Iterator[Violation]:
    visits = [s.stop for route in plan.routes for s in route.stands]
    for number, stop in enumerate(terms.stops):
        count = visits.count(number)
        if count > 1 or (stop.must and count == 0):
            yield Violation(
                Rule.STOP,
                f"stop {number} at node {stop.node} is visited {count} times, it must "
                f"be {'once' if stop.must else 'once or not at all'}",
            )


def _figures(
    plan: PatrolPlan,
    takings: Takings,
    graph: StreetGraph,
    risk_per_h: NDArray[np.float64] | None,
) -> Iterator[Violation]:
    served_m = sum(
        float(graph.edge_length_m[route.streets[route.served]].sum())
        for route in plan.routes
    )
    figures = [("served_m", takings.served_m, served_m)]
    if risk_per_h is not None:
        figures.append(
            (
                "covered_per_h",
                takings.covered_per_h,
                _covered(plan, takings, risk_per_h),
            )
        )
    for name, stated, true in figures:
        if not abs(stated - true) <= _SHARE * max(1e-6, abs(true)):
            yield Violation(
                Rule.FIGURES, f"{name} is stated as {stated:.9g}, it is {true:.9g}"
            )
    if not takings.covered_per_h <= takings.bound_per_h * (1 + _SHARE):
        yield Violation(
            Rule.BOUND,
            f"{takings.covered_per_h:.9g} incidents per hour are covered, above the "
            f"upper bound of {takings.bound_per_h:.9g}",
        )


def _covered(
    plan: PatrolPlan, takings: Takings, risk_per_h: NDArray[np.float64]
) -> float:
    """Sum the prizes anew, second by second of service."""
    terms, total = takings.terms, 0.0
    mean = terms.mean_factor
    for route in plan.routes:
        for step in np.flatnonzero(route.served).tolist():
            span = (float(route.depart_s[step]), float(route.arrive_s[step]))
            rate = float(risk_per_h[route.streets[step]]) / mean if mean else 0.0
            total += rate * _mean_factor(terms, *span)
        for stand in route.stands:
            if stand.stop is not None:
                per_h = terms.stops[stand.stop].per_h
                total += per_h * _mean_factor(terms, stand.begin_s, stand.end_s)
    return total


def _mean_factor(terms: Terms, begin_s: float, end_s: float) -> float:
    """Mean of the factor over a span of time; the last one holds on after the shift."""
    total, last = 0.0, len(terms.factor) - 1
    for number, factor in enumerate(terms.factor):
        until_s = terms.slot_s[number + 1] if number < last else np.inf
        spent_s = min(end_s, until_s) - max(begin_s, terms.slot_s[number])
        total += factor * max(0.0, spent_s)
    return total / (end_s - begin_s)

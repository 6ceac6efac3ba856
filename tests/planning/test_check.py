from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.traverse import Exclusion
from patrol.planning.check import CheckReport, check_plan
from patrol.planning.check_route import check_route
from patrol.planning.plan import BoundKind, PatrolPlan, Route
from patrol.planning.violation import Rule
from tests.planning.problems import grid_plan, grid_problem
from tests.strategies import grid_graph

PROBLEM = grid_problem()
GRAPH, TRAVERSAL = PROBLEM.graph, PROBLEM.fleet[0].traversal
PLAN = grid_plan()

Draw = Callable[[int], int]


def _check(plan: PatrolPlan) -> CheckReport:
    traversals = [TRAVERSAL] * len(PLAN.fleet)
    return check_plan(plan, GRAPH, traversals, risk_per_h=PROBLEM.risk_per_h)


def _with_route(
    draw: Draw, change: Callable[[Route], Route], *, least_trips: int = 1
) -> PatrolPlan:
    several = [n for n, r in enumerate(PLAN.routes) if r.num_trips >= least_trips]
    number = several[draw(len(several))]
    routes = list(PLAN.routes)
    routes[number] = change(routes[number])
    return replace(PLAN, routes=tuple(routes))


def _set(route: Route, name: str, step: int, value: object) -> Route:
    array = getattr(route, name).copy()
    array[step] = value
    return replace(route, **{name: array})


def _drop_step(draw: Draw) -> PatrolPlan:
    def change(route: Route) -> Route:
        step = draw(len(route.streets))
        names = ("streets", "forward", "served", "depart_s", "arrive_s", "trip")
        left: dict[str, Any] = {
            name: np.delete(getattr(route, name), step) for name in names
        }
        return replace(route, **left)

    return _with_route(draw, change)


def _turn_step(draw: Draw) -> PatrolPlan:
    def change(route: Route) -> Route:
        step = draw(len(route.streets))
        return _set(route, "forward", step, not route.forward[step])

    return _with_route(draw, change)


def _forget_service(draw: Draw) -> PatrolPlan:
    def change(route: Route) -> Route:
        served = np.flatnonzero(route.served)
        return _set(route, "served", int(served[draw(len(served))]), False)

    return _with_route(draw, change)


def _serve_deadhead(draw: Draw) -> PatrolPlan:
    def change(route: Route) -> Route:
        deadhead = np.flatnonzero(~route.served)
        return _set(route, "served", int(deadhead[draw(len(deadhead))]), True)

    return _with_route(draw, change)


def _hurry(draw: Draw) -> PatrolPlan:
    def change(route: Route) -> Route:
        step = draw(len(route.streets))
        return _set(route, "depart_s", step, route.depart_s[step] + 1.0)

    return _with_route(draw, change)


def _be_in_two_places(draw: Draw) -> PatrolPlan:
    def change(route: Route) -> Route:
        step = 1 + draw(len(route.streets) - 1)
        early_s = route.depart_s[step] - route.arrive_s[step - 1] + 5.0
        late = np.arange(len(route.streets)) >= step
        return replace(
            route,
            depart_s=route.depart_s - early_s * late,
            arrive_s=route.arrive_s - early_s * late,
        )

    return _with_route(draw, change)


def _merge_trips(draw: Draw) -> PatrolPlan:
    return _with_route(
        draw, lambda route: replace(route, trip=route.trip * 0), least_trips=2
    )


def _skip_charging(draw: Draw) -> PatrolPlan:
    def change(route: Route) -> Route:
        first = int(np.flatnonzero(route.trip > 0)[0])
        pause = route.depart_s[first] - route.arrive_s[first - 1]
        late = route.trip > 0
        return replace(
            route,
            depart_s=route.depart_s - pause * late,
            arrive_s=route.arrive_s - pause * late,
        )

    return _with_route(draw, change, least_trips=2)


def _misnumber_trips(draw: Draw) -> PatrolPlan:
    return _with_route(draw, lambda route: replace(route, trip=route.trip + 1))


def _start_early(draw: Draw) -> PatrolPlan:
    return _with_route(
        draw,
        lambda route: replace(
            route, depart_s=route.depart_s - 7, arrive_s=route.arrive_s - 7
        ),
    )


def _overlong(draw: Draw) -> PatrolPlan:
    last_s = max(PLAN.end_s)
    shift = replace(PLAN.shift, duration_s=last_s - 1 - draw(100))
    return replace(PLAN, shift=shift)


def _keep_out(draw: Draw) -> PatrolPlan:
    driven = np.unique(PLAN.routes[0].streets)
    return replace(PLAN, keep_out=driven[[draw(len(driven))]])


def _wrong_dock(draw: Draw) -> PatrolPlan:
    return _with_robots(dock=1 + draw(GRAPH.num_nodes - 1))


def _wrong_start(draw: Draw) -> PatrolPlan:
    return _with_robots(start=1 + draw(GRAPH.num_nodes - 1))


def _wrong_end(draw: Draw) -> PatrolPlan:
    return _with_robots(end=1 + draw(GRAPH.num_nodes - 1))


def _dock_off_the_map(draw: Draw) -> PatrolPlan:
    return _with_robots(dock=GRAPH.num_nodes + draw(5))


def _half_charged(draw: Draw) -> PatrolPlan:
    return _with_robots(charge=0.3 / (1 + draw(5)))


def _late(draw: Draw) -> PatrolPlan:
    return _with_robots(ready_s=1.0 + draw(100))


def _other_crew(draw: Draw) -> PatrolPlan:
    fleet = (PLAN.fleet[::-1], PLAN.fleet[:1], (*PLAN.fleet, PLAN.fleet[0]))
    return replace(PLAN, fleet=fleet[draw(3)])


def _bold_time(draw: Draw) -> PatrolPlan:
    bold_s = PLAN.longest_s + 1 + draw(5)
    return replace(PLAN, bound=replace(PLAN.bound, longest_s=bold_s))


def _with_robots(**changes: Any) -> PatrolPlan:
    fleet = tuple(replace(robot, **changes) for robot in PLAN.fleet)
    return replace(PLAN, fleet=fleet)


def _wrong_figure(draw: Draw) -> PatrolPlan:
    name = ("length_m", "longest_m", "required_m", "coverage")[draw(4)]
    return replace(PLAN, **{name: getattr(PLAN, name) * 0.99})


def _bold_bound(draw: Draw) -> PatrolPlan:
    bold = (
        replace(PLAN.bound, length_m=PLAN.length_m + 0.5),
        replace(PLAN.bound, longest_m=PLAN.longest_m + 0.5),
    )
    return replace(PLAN, bound=bold[draw(2)])


def _bold_kind(draw: Draw) -> PatrolPlan:
    proved = BoundKind.PROVED_OPTIMAL
    low = replace(PLAN.bound, length_m=PLAN.length_m - 1, longest_m=PLAN.longest_m - 1)
    bold = (replace(low, kind=proved), replace(low, longest_kind=proved))
    return replace(PLAN, bound=bold[draw(2)])


def _one_robot_twice(draw: Draw) -> PatrolPlan:
    name = PLAN.routes[draw(2)].robot
    routes = tuple(replace(route, robot=name) for route in PLAN.routes)
    return replace(_with_robots(name=name), routes=routes)


def _other_map(draw: Draw) -> PatrolPlan:
    return replace(PLAN, graph_digest=f"{draw(9)}" * 64)


def _unknown_street(draw: Draw) -> PatrolPlan:
    return _with_route(
        draw, lambda route: _set(route, "streets", 0, GRAPH.num_edges + draw(5))
    )


@pytest.mark.parametrize(
    ("corrupt", "rules"),
    [
        (_drop_step, {Rule.CONTINUITY, Rule.DOCK}),
        (_turn_step, {Rule.CONTINUITY, Rule.DOCK}),
        (_forget_service, {Rule.COVERAGE}),
        (_serve_deadhead, {Rule.COVERAGE}),
        (_hurry, {Rule.TIMES}),
        (_be_in_two_places, {Rule.TIMES}),
        (_merge_trips, {Rule.BATTERY}),
        (_skip_charging, {Rule.BATTERY}),
        (_misnumber_trips, {Rule.CONTINUITY}),
        (_start_early, {Rule.TIMES}),
        (_overlong, {Rule.SHIFT}),
        (_keep_out, {Rule.KEEP_OUT}),
        (_wrong_dock, {Rule.DOCK}),
        (_wrong_start, {Rule.DOCK}),
        (_wrong_end, {Rule.DOCK}),
        (_dock_off_the_map, {Rule.DOCK}),
        (_half_charged, {Rule.BATTERY}),
        (_late, {Rule.TIMES}),
        (_other_crew, {Rule.ROBOTS}),
        (_bold_time, {Rule.BOUND}),
        (_wrong_figure, {Rule.FIGURES}),
        (_bold_bound, {Rule.BOUND}),
        (_bold_kind, {Rule.BOUND}),
        (_one_robot_twice, {Rule.ROBOTS}),
        (_other_map, {Rule.MAP}),
        (_unknown_street, {Rule.STREET}),
    ],
)
@settings(deadline=None, max_examples=12)
@given(data=st.data())
def test_corrupted_plan_is_found_out(
    corrupt: Callable[[Draw], PatrolPlan], rules: set[Rule], data: st.DataObject
) -> None:
    plan = corrupt(lambda size: data.draw(st.integers(0, size - 1)))
    found = {violation.rule for violation in _check(plan).violations}
    assert found & rules


def test_plan_of_the_tests_is_sound_and_has_trips() -> None:
    assert _check(PLAN).violations == ()
    assert _check(PLAN).ok
    assert any(route.num_trips > 1 for route in PLAN.routes)


def test_violation_says_what_and_where() -> None:
    report = _check(replace(PLAN, required=np.arange(GRAPH.num_edges)))
    assert not report.ok
    assert "coverage: 2 of 24 required streets are not served, the first is" in str(
        report.violations[0]
    )


def test_street_closed_in_one_direction_or_both_is_named() -> None:
    street = int(PLAN.routes[0].streets[0])
    column = 0 if PLAN.routes[0].forward[0] else 1
    travel_s = TRAVERSAL.travel_s.copy()
    travel_s[street, column] = np.inf
    oneway = replace(TRAVERSAL, travel_s=travel_s)
    rules = {v.rule for v in check_plan(PLAN, GRAPH, [oneway] * 2).violations}
    assert Rule.DIRECTION in rules

    exclusion = TRAVERSAL.exclusion.copy()
    exclusion[street] = Exclusion.STEPS
    closed = replace(TRAVERSAL, exclusion=exclusion)
    rules = {v.rule for v in check_plan(PLAN, GRAPH, [closed] * 2).violations}
    assert rules == {Rule.EXCLUSION}


def test_other_map_is_refused_before_anything_else() -> None:
    report = check_plan(PLAN, grid_graph(3, 3), [TRAVERSAL] * 2)
    assert [violation.rule for violation in report.violations] == [Rule.MAP]


def test_checker_shares_no_code_with_the_planners() -> None:
    import ast
    import inspect

    from patrol.planning import check, check_prizes, check_route, violation

    imported = {
        node.module
        for module in (check, check_prizes, check_route, violation)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert {name for name in imported if name.startswith("patrol")} == {
        "patrol.planning.check_prizes",
        "patrol.planning.check_route",
        "patrol.planning.plan",
        "patrol.planning.prizes",
        "patrol.planning.robots",
        "patrol.planning.violation",
    }


def test_open_end_may_be_anywhere_and_a_robot_that_stays_is_at_its_end() -> None:
    assert _check(_with_robots(end=None)).ok
    none = replace(
        PLAN.routes[0],
        **{
            name: getattr(PLAN.routes[0], name)[:0]
            for name in ("streets", "forward", "served", "depart_s", "arrive_s", "trip")
        },
    )
    away = replace(_with_robots(end=5), routes=(none, none))
    found = check_route(away, away.fleet[0], none, (GRAPH, TRAVERSAL))
    assert [str(one) for one in found] == [
        "dock: 'robot 1': stays at node 0, it must end at node 5"
    ]


def test_robot_is_checked_with_what_it_can_drive_itself() -> None:
    exclusion = TRAVERSAL.exclusion.copy()
    exclusion[PLAN.routes[1].streets[0]] = Exclusion.WIDTH
    wide = replace(TRAVERSAL, exclusion=exclusion)
    report = check_plan(PLAN, GRAPH, [TRAVERSAL, wide])
    assert {one.rule for one in report.violations} == {Rule.EXCLUSION}
    assert "'robot 2'" in str(report.violations[0])
    report = check_plan(PLAN, GRAPH, [TRAVERSAL])
    assert {one.rule for one in report.violations} == {Rule.ROBOTS}


def test_reserve_of_the_battery_must_not_be_used() -> None:
    used_s = max(
        float((route.arrive_s - route.depart_s)[route.trip == trip].sum())
        for route in PLAN.routes
        for trip in np.unique(route.trip)
    )
    alike = PLAN.fleet[0].profile
    reserve = 1 - (used_s - 10) / alike.battery_s
    profile = replace(alike, reserve=reserve)
    assert reserve > alike.reserve
    report = _check(_with_robots(profile=profile))
    rules = {violation.rule for violation in report.violations}
    assert rules == {Rule.BATTERY}

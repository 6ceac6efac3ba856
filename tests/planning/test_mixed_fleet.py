import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from maps.paths import StreetNetwork
from maps.traverse import Exclusion, Traversal, obey_oneway, obeys_oneway
from patrol.errors import InfeasibleError
from patrol.planning import fleet_tasks
from patrol.planning.check import check_plan
from patrol.planning.plan import BoundKind, PatrolPlan
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.solve import solve
from patrol.robot import RobotProfile
from tests.planning.problems import (
    QUICK,
    mixed_problems,
    one_way_problems,
    problem_of,
    traversal_of,
    traversals_of,
    with_robots,
)
from tests.strategies import grid_graph, line_graph


def assert_sound(plan: PatrolPlan, problem: PatrolProblem) -> None:
    report = check_plan(
        plan, problem.graph, traversals_of(problem), risk_per_h=problem.risk_per_h
    )
    assert report.violations == ()
    assert plan.gap >= -1e-9
    assert plan.longest_gap >= -1e-9
    assert plan.longest_time_gap >= -1e-9


@settings(deadline=None, max_examples=40)
@given(problem=mixed_problems(), seed=st.integers(0, 3), large=st.booleans())
def test_plan_of_any_fleet_passes_the_checker_and_never_beats_its_bounds(
    problem: PatrolProblem, seed: int, large: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if large:  # too many streets to keep all distances
            patch.setattr(fleet_tasks, "_DENSE", 0)
            patch.setattr(fleet_tasks, "_KNOWN", 2)
        try:
            plan = solve(problem, seed=seed, until=QUICK)
        except InfeasibleError:
            event("infeasible")
            return
    event("planned")
    assert_sound(plan, problem)


@settings(deadline=None, max_examples=60)
@given(problem=one_way_problems(), seed=st.integers(0, 3), large=st.booleans())
def test_no_robot_of_a_mixed_fleet_drives_against_a_one_way_that_binds_it(
    problem: PatrolProblem, seed: int, large: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(fleet_tasks, "_DENSE", 0)
            patch.setattr(fleet_tasks, "_KNOWN", 2)
        try:
            plan = solve(problem, seed=seed, until=QUICK)
        except InfeasibleError:
            event("infeasible")
            return
    bound = sum(obeys_oneway(one.traversal) for one in problem.fleet)
    event(f"{bound} of {len(problem.fleet)} robots obey")
    assert_sound(plan, problem)


def test_checker_names_the_robot_that_drives_against_a_one_way() -> None:
    graph = grid_graph(2, 2)
    graph = replace(graph, tags=replace(graph.tags, oneway=np.array([1, 0, 0, 0])))
    problem = replace(problem_of(graph, [0]), objective=Objective.TOTAL)
    free, bound = robot_at(problem, "free", 1), robot_at(problem, "bound", 1)
    bound = replace(bound, traversal=obey_oneway(graph, bound.traversal))
    mixed = replace(problem, fleet=(bound, free))
    plan = solve(mixed, seed=0)
    assert_sound(plan, mixed)
    assert [route.streets.tolist() for route in plan.routes] == [[], [0, 0]]
    one, other = plan.routes
    routes = (replace(other, robot="bound"), replace(one, robot="free"))
    report = check_plan(replace(plan, routes=routes), graph, traversals_of(mixed))
    assert [str(one) for one in report.violations] == [
        "direction: 'bound': step 0 drives street 0, which must not be driven in this "
        "direction",
        "times: 'bound': step 0 takes 100.0 s, street 0 takes inf s",
    ]


@settings(deadline=None, max_examples=10)
@given(problem=mixed_problems())
def test_same_seed_same_mixed_plan(problem: PatrolProblem) -> None:
    try:
        one, other = (solve(problem, seed=5, until=QUICK) for _ in range(2))
    except InfeasibleError:
        return
    assert one.digest == other.digest


def robot_at(
    problem: PatrolProblem, name: str, dock: int, *, speed_mps: float = 1.0, **rest: Any
) -> PatrolRobot:
    robot = PatrolRobot.at_dock(
        name,
        profile=RobotProfile(name=f"{speed_mps} m/s", battery_s=1e6),
        traversal=traversal_of(problem.graph, speed_mps=speed_mps),
        dock=dock,
    )
    return replace(robot, **rest)


def test_each_of_two_docks_serves_its_own_end_of_a_line() -> None:
    problem = problem_of(line_graph(8), [0, 1, 6, 7])
    fleet = (robot_at(problem, "west", 0), robot_at(problem, "east", 8))
    plan = solve(replace(problem, fleet=fleet), seed=0)
    assert [sorted(set(r.streets.tolist())) for r in plan.routes] == [[0, 1], [6, 7]]
    assert plan.length_m == 800.0
    assert plan.gap == pytest.approx(0.0, abs=1e-9)
    assert plan.bound.kind is BoundKind.PROVED_OPTIMAL
    assert plan.longest_gap == pytest.approx(0.0, abs=1e-9)


def test_faster_robot_is_given_more() -> None:
    problem = problem_of(line_graph(6), [*range(6)])
    slow = robot_at(problem, "slow", 3)
    fast = robot_at(problem, "fast", 3, speed_mps=2.0)
    fork = replace(problem, fleet=(slow, fast), required=np.array([1, 2, 3, 4, 5]))
    plan = solve(fork, seed=0)
    assert_sound(plan, fork)
    assert [r.driving_s for r in plan.routes] == [400.0, 300.0]
    assert plan.longest_s == 400.0
    assert plan.bound.longest_s == pytest.approx(1000 / 3)


def test_least_total_leaves_the_second_robot_in_the_dock() -> None:
    problem = problem_of(grid_graph(3, 3), [0, 3, 5, 8, 11], robots=2)
    total = solve(replace(problem, objective=Objective.TOTAL), seed=0)
    longest = solve(problem, seed=0)
    assert total.length_m < longest.length_m
    assert total.longest_m > longest.longest_m
    assert min(len(route.streets) for route in total.routes) == 0
    assert total.objective is Objective.TOTAL


def test_least_total_takes_the_robots_that_the_shift_asks_for() -> None:
    problem = problem_of(line_graph(6), [*range(6)], robots=2, hours=0.2)
    middle = replace(with_robots(problem, dock=3), objective=Objective.TOTAL)
    plan = solve(middle, seed=0)
    assert_sound(plan, middle)
    assert plan.end_s == (600.0, 600.0)


def test_open_end_saves_the_way_back() -> None:
    problem = problem_of(line_graph(5), [0, 1, 2, 3, 4])
    there = replace(problem, fleet=(robot_at(problem, "one", 0, end=None),))
    plan = solve(there, seed=0)
    assert plan.routes[0].streets.tolist() == [0, 1, 2, 3, 4]
    assert plan.gap == pytest.approx(0.0, abs=1e-9)
    assert plan.bound.kind is BoundKind.PROVED_OPTIMAL


def test_robot_that_is_under_way_begins_where_it_is() -> None:
    problem = problem_of(line_graph(5), [4])
    away = replace(problem, fleet=(robot_at(problem, "one", 0, start=5, ready_s=60.0),))
    plan = solve(away, seed=0)
    assert_sound(plan, away)
    assert plan.routes[0].streets.tolist() == [4, 3, 2, 1, 0]
    assert plan.routes[0].depart_s[0] == 60.0
    assert plan.longest_gap == pytest.approx(0.0, abs=1e-9)


def test_robot_with_little_charge_goes_to_its_dock_first() -> None:
    problem = problem_of(line_graph(5), [4])
    profile = RobotProfile(battery_s=2000.0, recharge_s=1000.0, reserve=0.1)
    tired = robot_at(problem, "one", 0, start=2, charge=0.25)
    asked = replace(problem, fleet=(replace(tired, profile=profile),))
    plan = solve(asked, seed=0)
    assert_sound(plan, asked)
    assert plan.routes[0].streets.tolist() == [1, 0, 0, 1, 2, 3, 4, 4, 3, 2, 1, 0]
    assert plan.routes[0].trip.tolist() == [0, 0] + 10 * [1]
    flat = replace(asked, fleet=(replace(asked.fleet[0], charge=0.15),))
    with pytest.raises(InfeasibleError, match="begins with 15% of it away from"):
        solve(flat, seed=0)


def test_robot_that_begins_empty_in_its_dock_charges_before_it_leaves() -> None:
    problem = problem_of(line_graph(5), [0])
    profile = RobotProfile(battery_s=2000.0, recharge_s=1000.0, reserve=0.1)
    empty = replace(robot_at(problem, "one", 0, charge=0.05), profile=profile)
    asked = replace(problem, fleet=(empty,))
    plan = solve(asked, seed=0)
    assert_sound(plan, asked)
    # 100 s there and 100 s back and 200 s in reserve, of which 100 s are there
    assert plan.routes[0].depart_s[0] == pytest.approx(150.0)


def test_narrow_street_is_left_to_the_robot_that_fits() -> None:
    problem = problem_of(grid_graph(3, 3), [*range(12)])
    wide = robot_at(problem, "wide", 0)
    exclusion = wide.traversal.exclusion.copy()
    exclusion[[3, 7]] = Exclusion.WIDTH
    travel_s = wide.traversal.travel_s.copy()
    travel_s[[3, 7]] = np.inf
    wide = replace(wide, traversal=Traversal(problem.graph.digest, travel_s, exclusion))
    mixed = replace(problem, fleet=(wide, robot_at(problem, "narrow", 8)))
    plan = solve(mixed, seed=0)
    assert_sound(plan, mixed)
    served = plan.routes[1].streets[plan.routes[1].served]
    assert {3, 7} <= set(served.tolist())


def test_streets_beyond_every_battery_are_listed() -> None:
    problem = problem_of(line_graph(9), [0, 4, 5, 8])
    profile = RobotProfile(name="small", battery_s=700.0, reserve=0.1)
    fleet = tuple(
        replace(robot_at(problem, name, dock), profile=profile)
        for name, dock in (("west", 0), ("east", 9))
    )
    with pytest.raises(InfeasibleError) as caught:
        solve(replace(problem, fleet=fleet), seed=0)
    for part in ("2 of 4 required streets (4, 5)", "street 4", "16.7 min", "'small'"):
        assert part in str(caught.value)


@settings(deadline=None, max_examples=30)
@given(problem=st.one_of(mixed_problems(), one_way_problems()))
def test_plan_for_few_streets_is_the_shortest_there_is(problem: PatrolProblem) -> None:
    """Least total over all orders, directions and robots, on two streets at most."""
    few = replace(problem, required=problem.required[:2], objective=Objective.TOTAL)
    few = replace(few, shift=replace(few.shift, duration_s=1e6))
    full = replace(few.fleet[0].profile, battery_s=1e6, recharge_s=1.0)
    fleet = tuple(replace(r, profile=full, charge=1.0) for r in few.fleet)
    few = replace(few, fleet=fleet)
    plan = solve(few, seed=0)
    assert plan.length_m == pytest.approx(least_total_m(few))


def least_total_m(problem: PatrolProblem) -> float:
    graph = problem.graph

    def route_m(robot: PatrolRobot, streets: tuple[int, ...]) -> float:
        metres = graph.edge_length_m[:, None]
        metres = np.where(robot.traversal.open_ways, metres, np.inf)
        away_m = StreetNetwork.of(graph, metres).distances(range(graph.num_nodes))
        lengths = []
        for turns in itertools.product((0, 1), repeat=len(streets)):
            at, length_m = robot.start, 0.0
            for street, turn in zip(streets, turns, strict=True):
                ends = graph.edge_nodes[street]
                length_m += away_m[at, ends[turn]] + metres[street, turn]
                at = ends[1 - turn]
            lengths.append(
                length_m + (0 if robot.end is None else away_m[at, robot.end])
            )
        return min(lengths)

    def best_m(robot: PatrolRobot, streets: list[int]) -> float:
        return min(route_m(robot, order) for order in itertools.permutations(streets))

    required = problem.required.tolist()
    return min(
        sum(
            best_m(
                robot, [s for s, own in zip(required, share, strict=True) if own == r]
            )
            for r, robot in enumerate(problem.fleet)
        )
        for share in itertools.product(range(len(problem.fleet)), repeat=len(required))
    )


def test_routes_need_no_second_charge_where_one_lasts_for_the_average() -> None:
    problem = problem_of(grid_graph(6, 6), [*range(0, 60, 3)])
    profile = RobotProfile(battery_s=2400.0, reserve=0.1)
    fleet = tuple(
        replace(robot_at(problem, f"{dock}", dock), profile=profile)
        for dock in (0, 5, 30, 35)
    )
    even = replace(problem, fleet=fleet)
    for objective in Objective:
        plan = solve(replace(even, objective=objective), seed=0)
        assert_sound(plan, even)
        assert max(int(route.trip.max(initial=0)) for route in plan.routes) == 0


def test_robot_without_work_recharges_on_its_way_to_the_end() -> None:
    problem = problem_of(line_graph(9), [])
    profile = RobotProfile(battery_s=700.0, recharge_s=350.0, reserve=0.0)
    passing = robot_at(problem, "one", 5, start=0, end=9)
    asked = replace(problem, fleet=(replace(passing, profile=profile),))
    plan = solve(asked, seed=0)
    assert_sound(plan, asked)
    assert plan.routes[0].trip.tolist() == 5 * [0] + 4 * [1]

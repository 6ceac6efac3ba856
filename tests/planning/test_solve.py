import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import maps
from maps.osm import read_osm
from maps.traverse import obey_oneway, traverse
from patrol.errors import InfeasibleError, PlanError
from patrol.planning.check import check_plan
from patrol.planning.plan import BoundKind
from patrol.planning.problem import PatrolProblem, Shift
from patrol.planning.robots import numbered, uniform_fleet
from patrol.planning.solve import solve
from patrol.robot import RobotProfile
from tests.planning.problems import (
    QUICK,
    START,
    grid_problem,
    patrol_problems,
    problem_of,
    traversals_of,
    with_robots,
)
from tests.strategies import grid_graph, line_graph


@settings(deadline=None, max_examples=60)
@given(problem=patrol_problems(), seed=st.integers(0, 3))
def test_plan_passes_the_checker_and_never_beats_its_bounds(
    problem: PatrolProblem, seed: int
) -> None:
    plan = solve(problem, seed=seed, until=QUICK)

    report = check_plan(
        plan, problem.graph, traversals_of(problem), risk_per_h=problem.risk_per_h
    )
    assert report.violations == ()
    assert plan.gap >= -1e-9
    assert plan.longest_gap >= -1e-9
    assert plan.longest_time_gap >= -1e-9
    assert plan.deadhead_m == pytest.approx(plan.length_m - plan.required_m)
    assert [route.robot for route in plan.routes] == [
        robot.name for robot in problem.fleet
    ]


@settings(deadline=None, max_examples=20)
@given(problem=patrol_problems())
def test_same_seed_same_plan(problem: PatrolProblem) -> None:
    one, other = (solve(problem, seed=5, until=QUICK) for _ in range(2))
    assert one.digest == other.digest


@settings(deadline=None, max_examples=40)
@given(problem=patrol_problems(), data=st.data())
def test_plan_with_one_way_streets_passes_the_checker_and_its_bounds(
    problem: PatrolProblem, data: st.DataObject
) -> None:
    m = problem.graph.num_edges
    signs = data.draw(st.lists(st.sampled_from([-1, 0, 0, 1]), min_size=m, max_size=m))
    alike = problem.fleet[0].traversal
    travel_s = alike.travel_s.copy()
    travel_s[np.array(signs) > 0, 1] = np.inf
    travel_s[np.array(signs) < 0, 0] = np.inf
    traversal = replace(alike, travel_s=travel_s)
    try:
        problem = with_robots(problem, traversal=traversal)
        plan = solve(problem, seed=1, until=QUICK)
    except (PlanError, InfeasibleError):  # a trap, or a long way round
        assume(False)
    each = [traversal] * len(problem.fleet)
    report = check_plan(plan, problem.graph, each, risk_per_h=problem.risk_per_h)
    assert report.violations == ()
    assert plan.gap >= -1e-9
    assert plan.longest_gap >= -1e-9


def test_ring_of_one_way_streets_is_driven_round_and_that_is_proved() -> None:
    problem = problem_of(grid_graph(2, 2), [0])
    alike = problem.fleet[0].traversal
    travel_s = alike.travel_s.copy()
    travel_s[0, 1] = np.inf
    problem = with_robots(problem, traversal=replace(alike, travel_s=travel_s))
    plan = solve(problem, seed=0)
    assert plan.length_m == 400.0  # back along the same street is not allowed
    assert plan.routes[0].forward[plan.routes[0].streets == 0].tolist() == [True]
    assert plan.bound.kind is BoundKind.PROVED_OPTIMAL


def test_one_robot_on_a_line_goes_there_and_back_and_that_is_proved() -> None:
    plan = solve(problem_of(line_graph(5), [0, 1, 2, 3, 4]), seed=0)
    assert plan.length_m == 1000.0
    assert plan.routes[0].streets.tolist() == [0, 1, 2, 3, 4, 4, 3, 2, 1, 0]
    assert plan.routes[0].served.tolist() == [True] * 5 + [False] * 5
    assert plan.routes[0].arrive_s.tolist() == [100.0 * k for k in range(1, 11)]
    assert plan.bound.kind is BoundKind.PROVED_OPTIMAL
    assert plan.bound.longest_kind is BoundKind.PROVED_OPTIMAL
    assert plan.gap == pytest.approx(0.0, abs=1e-9)
    assert plan.coverage == 1.0


def test_two_robots_share_two_arms_evenly() -> None:
    graph = line_graph(6)
    problem = with_robots(problem_of(graph, [0, 1, 2, 3, 4, 5], robots=2), dock=3)
    plan = solve(problem, seed=0)
    assert [round(end) for end in plan.end_s] == [600, 600]
    assert plan.longest_m == 600.0
    assert plan.bound.longest_m == pytest.approx(600.0)
    assert plan.bound.longest_kind is BoundKind.PROVED_OPTIMAL


def test_farthest_street_bounds_the_longest_route() -> None:
    plan = solve(problem_of(line_graph(5), [4], robots=3), seed=0)
    assert plan.bound.longest_m == pytest.approx(1000.0)
    assert sorted(plan.end_s) == [0.0, 0.0, 1000.0]


def test_small_battery_means_trips_with_time_to_recharge() -> None:
    problem = grid_problem(battery_s=1500.0, robots=1)
    plan = solve(problem, seed=0, until=QUICK)
    route = plan.routes[0]
    assert route.num_trips >= 2
    starts = np.flatnonzero(np.diff(route.trip)) + 1
    edges = [0, *starts.tolist(), len(route.streets)]
    for (first, stop), (after, _) in itertools.pairwise(itertools.pairwise(edges)):
        used_s = route.arrive_s[stop - 1] - route.depart_s[first]
        assert used_s <= problem.fleet[0].profile.usable_battery_s
        pause_s = route.depart_s[after] - route.arrive_s[stop - 1]
        assert pause_s == pytest.approx(used_s / 2)  # full in half of battery_s


def test_uneven_travel_times_are_kept() -> None:
    problem = problem_of(grid_graph(3, 3), [0, 5, 9])
    alike = problem.fleet[0].traversal
    travel_s = alike.travel_s * np.array([1.0, 3.0])
    problem = with_robots(problem, traversal=replace(alike, travel_s=travel_s))
    plan = solve(problem, seed=0, until=QUICK)
    assert check_plan(plan, problem.graph, traversals_of(problem)).ok
    column = np.where(plan.routes[0].forward, 0, 1)
    assert plan.end_s[0] == pytest.approx(
        travel_s[plan.routes[0].streets, column].sum()
    )


def test_nothing_required_leaves_all_robots_in_the_dock() -> None:
    plan = solve(problem_of(grid_graph(2, 2), [], robots=2), seed=0)
    assert plan.length_m == plan.bound.length_m == plan.gap == 0
    assert plan.end_s == (0.0, 0.0)


def test_streets_of_many_kilometres_get_a_coarser_unit() -> None:
    graph = line_graph(3, spacing_m=40_000.0)
    plan = solve(problem_of(graph, [0, 2]), seed=0)
    assert plan.length_m == 240_000.0
    assert plan.bound.length_m == pytest.approx(240_000.0)


def test_battery_too_small_for_the_farthest_street_is_named() -> None:
    problem = problem_of(line_graph(5), [1, 4], battery_s=1000.0)
    with pytest.raises(InfeasibleError) as caught:
        solve(problem, seed=0)
    for part in ("1 of 2 required", "street 4", "16.7 min", "15.0 min", "larger"):
        assert part in str(caught.value)
    assert caught.value.exit_code == 3


def test_shift_too_short_says_by_how_much_and_the_ways_out() -> None:
    corners = problem_of(grid_graph(5, 5), [0, 3, 16, 19], robots=3, hours=1100 / 3600)
    with pytest.raises(InfeasibleError) as caught:
        solve(with_robots(corners, dock=12, start=12, end=12), seed=0)
    for part in ("2 of 3 robots", "1.7 min of 18.3 min", "about 1 more"):
        assert part in str(caught.value)


def test_more_than_the_robots_can_drive_is_refused_before_the_search() -> None:
    alone = problem_of(line_graph(6), [0, 1, 4, 5], hours=0.25)
    problem = with_robots(alone, dock=3, start=3, end=3)
    with pytest.raises(InfeasibleError) as caught:
        solve(problem, seed=0)
    for part in ("1 robots can drive 0.9 km", "below 1.2 km", "5.0 min", "1 more"):
        assert part in str(caught.value)


def test_street_too_far_for_the_shift_is_named() -> None:
    problem = problem_of(line_graph(5), [0, 4], hours=0.25, robots=3)
    with pytest.raises(InfeasibleError) as caught:
        solve(problem, seed=0)
    for part in ("1 of 2 required streets (4)", "16.7 min", "15.0 min", "1.7 min are"):
        assert part in str(caught.value)


@pytest.mark.parametrize("obeys", [False, True])
def test_real_streets_are_planned_and_checked(obeys: bool) -> None:
    street_map = read_osm(Path(maps.__file__).parent / "data" / "Helsinki.osm.pbf")
    graph = street_map.graph
    traversal = traverse(
        graph, width_m=0.8, kerb_m=0.05, max_slope=0.12, speed_mps=1.39
    )
    if obeys:
        traversal = obey_oneway(graph, traversal)
    drivable = np.flatnonzero(traversal.drivable)
    required = np.sort(np.random.default_rng(0).permutation(drivable)[::5])
    problem = PatrolProblem(
        graph=graph,
        required=required,
        risk_per_h=graph.edge_length_m,
        fleet=uniform_fleet(
            numbered(2),
            profile=RobotProfile(),
            traversal=traversal,
            dock=int(graph.edge_nodes[drivable[0], 0]),
        ),
        shift=Shift(START, 1000 * 3600.0),
    )
    plan = solve(problem, seed=0, until=QUICK)
    report = check_plan(plan, graph, [traversal] * 2, risk_per_h=problem.risk_per_h)
    assert report.violations == ()
    assert 0 <= plan.gap < 0.2
    assert plan.longest_m < 0.6 * plan.length_m

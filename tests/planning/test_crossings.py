"""Plans count the time for which robots stand before major roads."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import InfeasibleError
from patrol.mission.drive import drive_route
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.states import MissionOptions
from patrol.planning.check import check_plan
from patrol.planning.crossings import CROSSING_S
from patrol.planning.plan import PatrolPlan
from patrol.planning.problem import PatrolProblem
from patrol.planning.shift_schedule import Driving, ShiftScheduler
from patrol.planning.situation import charge_after
from patrol.planning.solve import solve
from sim.link import SimLink
from sim.machine import Machine
from sim.robot import Pose, SimRobot
from tests.planning.problems import QUICK, problem_of, traversals_of
from tests.strategies import grid_graph


def with_road(graph: StreetGraph, streets: list[int]) -> StreetGraph:
    highway = graph.tags.highway.copy()
    highway[streets] = "secondary"
    return replace(graph, tags=replace(graph.tags, highway=highway))


def town() -> StreetGraph:
    """Four by four corners, a major road along the second row."""
    return with_road(grid_graph(4, 4, spacing_m=40.0), [3, 4, 5])


def paths(plan: PatrolPlan, graph: StreetGraph) -> list[PlannedPath]:
    return [PlannedPath.of(route, graph) for route in plan.routes]


def times_hold(problem: PatrolProblem, plan: PatrolPlan) -> bool:
    return check_plan(plan, problem.graph, traversals_of(problem)).ok


def test_plan_stands_as_often_and_as_long_as_the_mission_that_drives_it() -> None:
    problem = problem_of(town(), list(range(24)), robots=2)
    plan = solve(problem, seed=0, until=QUICK)
    for route, path in zip(plan.routes, paths(plan, problem.graph), strict=True):
        stands = len(path.crossing_m)
        assert stands > 0
        assert route.end_s == pytest.approx(route.driving_s + stands * CROSSING_S)
    assert MissionOptions().crossing_s == CROSSING_S
    assert times_hold(problem, plan)


@settings(max_examples=25, deadline=None)
@given(
    battery_s=st.floats(400.0, 1600.0),
    required=st.sets(st.integers(0, 23), min_size=3),
)
def test_trips_with_their_stands_never_take_more_than_the_battery(
    battery_s: float, required: set[int]
) -> None:
    problem = problem_of(town(), sorted(required), battery_s=battery_s)
    try:
        plan = solve(problem, seed=0, until=QUICK)
    except InfeasibleError:
        return
    assert times_hold(problem, plan)
    (robot,), (route,) = plan.fleet, plan.routes
    left = charge_after(robot, route, len(route.streets))
    assert left >= robot.profile.reserve - 1e-6


@settings(max_examples=25, deadline=None)
@given(
    charge=st.floats(0.1, 1.0),
    battery_s=st.floats(300.0, 1600.0),
    start=st.integers(0, 15),
    jobs=st.lists(st.tuples(st.integers(0, 23), st.integers(0, 1)), max_size=8),
)
def test_rest_of_a_shift_counts_its_stands_and_never_runs_a_battery_empty(
    charge: float, battery_s: float, start: int, jobs: list[tuple[int, int]]
) -> None:
    problem = problem_of(town(), [0], battery_s=battery_s)
    robot = replace(problem.fleet[0], start=start, charge=charge)
    schedule = ShiftScheduler(robot, Driving(problem.graph, robot.traversal))
    try:
        route = schedule.route(jobs)
    except InfeasibleError:
        return
    stands = len(PlannedPath.of(route, problem.graph).crossing_m)
    gaps_s = route.depart_s[1:] - route.arrive_s[:-1]
    assert gaps_s[np.diff(route.trip) == 0].sum() == pytest.approx(stands * CROSSING_S)
    for steps in range(1, len(route.streets) + 1):
        in_trip = steps == len(route.streets) or np.diff(route.trip)[steps - 1] == 0
        left = charge_after(robot, route, steps)
        assert left >= robot.profile.reserve - 1e-6 or not in_trip


def test_standing_counts_against_the_shift() -> None:
    problem = problem_of(town(), list(range(24)))
    (route,) = solve(problem, seed=0, until=QUICK).routes
    standing_s = route.end_s - route.driving_s
    short = replace(
        problem,
        shift=replace(problem.shift, duration_s=route.driving_s + standing_s / 2),
    )
    with pytest.raises(InfeasibleError, match="does not fit the shift"):
        solve(short, seed=0, until=QUICK)


def test_robot_is_back_about_when_its_plan_says() -> None:
    problem = problem_of(town(), list(range(24)))
    plan = solve(problem, seed=0, until=QUICK)
    ((route,), (path,)) = plan.routes, paths(plan, problem.graph)
    profile = replace(plan.fleet[0].profile, speed_mps=1.0)
    (x_m, y_m), (ahead_m, up_m) = path.xy_m[:2].tolist()
    pose = Pose(x_m, y_m, float(np.arctan2(up_m - y_m, ahead_m - x_m)))
    track = drive_route(
        Mission(path, profile=profile), SimLink(Machine(SimRobot(pose, profile)))
    )
    assert track.finished
    assert track.events[-1].time_s == pytest.approx(route.end_s, rel=0.08)

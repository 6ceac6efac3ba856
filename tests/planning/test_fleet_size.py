from dataclasses import replace

import numpy as np
import pytest

from patrol.errors import InfeasibleError, PlanError
from patrol.planning.check import check_plan
from patrol.planning.fleet_size import smallest_fleet
from patrol.planning.schedule import most_driving_s
from tests.planning.problems import QUICK, problem_of, traversal_of, with_robots
from tests.strategies import grid_graph, line_graph


def test_four_arms_of_ten_minutes_take_two_robots_for_twenty_minutes() -> None:
    line = with_robots(problem_of(line_graph(6), [*range(6)]), dock=3)
    alone = smallest_fleet(
        replace(line, shift=replace(line.shift, duration_s=1200.0)), seed=0
    )
    assert (alone.robots, alone.least) == (1, 1)
    found = smallest_fleet(
        replace(line, shift=replace(line.shift, duration_s=1199.0)), seed=0
    )
    assert (found.robots, found.least) == (2, 2)
    assert [route.robot for route in found.plan.routes] == ["robot 1", "robot 2"]
    assert max(found.plan.end_s) == 600.0


def test_plan_of_the_smallest_fleet_is_sound_and_not_below_the_bound() -> None:
    problem = problem_of(grid_graph(4, 4), [*range(24)], hours=0.35)
    found = smallest_fleet(problem, seed=0, until=QUICK)
    fleet = [problem.fleet[0].traversal] * found.robots
    assert check_plan(found.plan, problem.graph, fleet).ok
    assert found.least <= found.robots == len(found.plan.fleet)
    assert found.least >= 2  # 2,400 m at 1 m/s in 1,260 s


def test_battery_counts_in_the_bound() -> None:
    problem = problem_of(line_graph(2), [0], battery_s=1000.0)
    robot = problem.fleet[0]  # it recharges 1,000 s in 500 s and keeps 100 s
    assert most_driving_s(robot, 800.0) == 800.0
    assert most_driving_s(robot, 3000.0) == pytest.approx(900 + 2100 * 2 / 3)
    late = replace(robot, ready_s=2200.0, charge=0.5)
    assert most_driving_s(late, 3000.0) == pytest.approx(400 + 400 * 2 / 3)


def test_more_robots_than_allowed_are_refused_with_both_numbers() -> None:
    problem = problem_of(grid_graph(4, 4), [*range(24)], hours=0.35)
    with pytest.raises(InfeasibleError, match=r"at least 3 robots .* 1 are allowed"):
        smallest_fleet(problem, seed=0, until=QUICK, most=1)
    arms = with_robots(problem_of(line_graph(6), [*range(6)], hours=0.2), dock=3)
    lame = replace(arms, required=np.array([0, 2, 3, 5]), shift=arms.shift)
    with pytest.raises(InfeasibleError, match="1 are allowed"):
        smallest_fleet(lame, seed=0, until=QUICK, most=1)
    far = problem_of(line_graph(5), [4], hours=0.25)
    with pytest.raises(InfeasibleError, match="however many robots there are"):
        smallest_fleet(far, seed=0, until=QUICK)


def test_mixed_fleet_has_no_smallest_size() -> None:
    problem = problem_of(line_graph(5), [4], robots=2)
    fast = replace(
        problem.fleet[1], traversal=traversal_of(problem.graph, speed_mps=2.0)
    )
    with pytest.raises(PlanError, match="the 2 robots differ"):
        smallest_fleet(replace(problem, fleet=(problem.fleet[0], fast)), seed=0)

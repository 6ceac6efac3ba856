from dataclasses import replace

import numpy as np

from patrol.planning.assign import assign, teams_of
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.schedule import Scheduler
from patrol.robot import RobotProfile
from tests.planning.problems import problem_of, traversal_of
from tests.strategies import grid_graph, line_graph


def with_docks(
    problem: PatrolProblem, docks: list[int], *, battery_s: float = 1e6
) -> PatrolProblem:
    """One robot for each dock, of 1 m/s."""
    traversal = traversal_of(problem.graph)
    fleet = tuple(
        PatrolRobot.at_dock(
            f"robot {number}",
            profile=RobotProfile(battery_s=battery_s),
            traversal=traversal,
            dock=dock,
        )
        for number, dock in enumerate(docks)
    )
    return replace(problem, fleet=fleet)


def share(problem: PatrolProblem) -> list[int]:
    teams = assign(problem, teams_of(problem.fleet), Scheduler(problem))
    return [int(team) for team in teams]


def test_teams_are_robots_of_one_kind_at_one_dock() -> None:
    problem = with_docks(problem_of(line_graph(4), [0]), [0, 4, 0])
    fast = RobotProfile(speed_mps=2.0)
    fleet = (*problem.fleet, replace(problem.fleet[0], name="fast", profile=fast))
    assert [team.robots for team in teams_of(fleet)] == [(0, 2), (1,), (3,)]


def test_for_the_least_total_each_street_goes_to_the_nearest_dock() -> None:
    problem = with_docks(problem_of(line_graph(10), [*range(8)]), [0, 10])
    near = replace(problem, objective=Objective.TOTAL)
    assert share(near) == [0, 0, 0, 0, 0, 1, 1, 1]


def test_for_a_short_longest_route_loads_are_even() -> None:
    problem = with_docks(problem_of(grid_graph(8, 8), [*range(112)]), [0, 63, 7])
    skewed = replace(problem, required=np.arange(60))
    loads = np.bincount(share(skewed), minlength=3)
    assert loads.min() >= 15  # 20 each are even; the nearest dock would have 40


def test_street_beyond_one_battery_goes_to_the_other_dock() -> None:
    problem = with_docks(
        problem_of(line_graph(10), [0, 1, 2, 3]), [0, 10], battery_s=1000.0
    )
    assert share(problem) == [0, 0, 0, 0]


def test_teams_at_one_dock_share_by_their_speed() -> None:
    problem = with_docks(problem_of(grid_graph(5, 5), [*range(40)]), [12, 12])
    fast = replace(
        problem.fleet[1],
        profile=RobotProfile(name="fast"),
        traversal=traversal_of(problem.graph, speed_mps=3.0),
    )
    mixed = replace(problem, fleet=(problem.fleet[0], fast))
    assert np.bincount(share(mixed)).tolist() == [10, 30]

"""What each robot of a plan is told to do in the simulator."""

from dataclasses import replace

from patrol.robot import RobotProfile
from sim.night import nights_of
from tests.planning.problems import grid_plan, grid_problem


def test_each_robot_has_its_own_kind_place_and_charge() -> None:
    plan, graph = grid_plan(), grid_problem().graph
    slow = RobotProfile(name="slow", speed_mps=0.5)
    other = replace(plan.fleet[1], profile=slow, start=5, charge=0.25)
    plan = replace(plan, fleet=(plan.fleet[0], other))
    first, second = nights_of(plan, graph, seed=2)
    assert (first.profile, second.profile) == (plan.fleet[0].profile, slow)
    assert (first.charge, second.charge) == (1.0, 0.25)
    assert (second.start.x_m, second.start.y_m) == tuple(graph.node_xy_m[5])
    assert (first.seed, second.seed) == (2000, 2001)

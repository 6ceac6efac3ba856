"""In the middle of a shift each robot is where the plan says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import PlanError
from patrol.planning.problem import PatrolProblem
from patrol.planning.situation import as_planned, charge_after
from patrol.planning.solve import solve
from tests.planning.problems import QUICK, patrol_problems, problem_of
from tests.strategies import line_graph


def test_robot_on_a_street_finishes_it() -> None:
    problem = problem_of(line_graph(3), [0, 2], battery_s=2000.0)
    plan = solve(problem, seed=0, until=QUICK)
    (one,) = as_planned(plan, problem.graph, now_s=30.0)
    assert (one.node, one.ready_s, one.finishing) == (1, 70.0, 0)
    assert one.served.tolist() == [0]
    assert one.charge == pytest.approx(1 - 100 / 2000)
    (one,) = as_planned(plan, problem.graph, now_s=150.0)
    assert (one.node, one.ready_s, one.finishing) == (2, 50.0, None)
    assert one.served.tolist() == [0]


def test_robot_is_at_the_start_and_at_the_end_of_its_route() -> None:
    problem = problem_of(line_graph(3), [0, 2], battery_s=2000.0)
    plan = solve(problem, seed=0, until=QUICK)
    (one,) = as_planned(plan, problem.graph, now_s=0.0)
    assert (one.node, one.ready_s, one.charge) == (0, 0.0, 1.0)
    assert one.served.tolist() == []
    (one,) = as_planned(plan, problem.graph, now_s=5000.0)
    assert (one.node, one.ready_s) == (0, 0.0)
    assert one.charge == pytest.approx(1 - 600 / 2000)
    assert one.served.tolist() == [0, 2]


def test_robot_that_charges_stays_until_its_next_trip() -> None:
    graph = line_graph(4)
    problem = problem_of(graph, [0, 3], battery_s=1000.0)
    robot = replace(problem.fleet[0], dock=2, start=2, end=2)
    problem = replace(problem, fleet=(replace(robot, profile=replace(
        robot.profile, battery_s=450.0, recharge_s=225.0)),))  # fmt: skip
    plan = solve(problem, seed=0, until=QUICK)
    route = plan.routes[0]
    assert route.num_trips == 2
    second = int(np.flatnonzero(route.trip == 1)[0])
    home_s, away_s = float(route.arrive_s[second - 1]), float(route.depart_s[second])
    (one,) = as_planned(plan, graph, now_s=(home_s + away_s) / 2)
    assert one.node == 2
    assert one.ready_s == pytest.approx((away_s - home_s) / 2)
    assert one.charge == pytest.approx(1.0)


def test_time_outside_the_shift_is_refused() -> None:
    problem = problem_of(line_graph(3), [0], hours=1.0)
    plan = solve(problem, seed=0, until=QUICK)
    for now_s in (-1.0, 3600.0, float("nan")):
        with pytest.raises(PlanError, match=r"within the shift of 60\.0 min"):
            as_planned(plan, problem.graph, now_s=now_s)


@settings(deadline=None, max_examples=40)
@given(problem=patrol_problems(), shares=st.lists(st.floats(0, 1), min_size=2))
def test_time_only_ever_adds_served_streets_and_the_charge_keeps_its_reserve(
    problem: PatrolProblem, shares: list[float]
) -> None:
    plan = solve(problem, seed=0, until=QUICK)
    served = np.zeros(0, np.int64)
    for share in sorted(shares):
        now_s = share * max(1.0, *plan.end_s)
        standing = as_planned(plan, problem.graph, now_s=now_s)
        now = np.concatenate([one.served for one in standing])
        assert np.isin(served, now).all()
        served = now
        for one, robot in zip(standing, plan.fleet, strict=True):
            assert one.ready_s >= 0
            assert robot.profile.reserve - 1e-6 <= one.charge <= 1
    whole = [charge_after(r, route, len(route.streets))
             for r, route in zip(plan.fleet, plan.routes, strict=True)]  # fmt: skip
    assert all(0 <= charge <= 1 for charge in whole)

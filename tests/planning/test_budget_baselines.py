"""Simple rules beside which a budget plan is measured."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.budget_baselines import RULES, coverage_per_h, greedy_per_h
from patrol.errors import PlanError
from patrol.planning.prizes import Prizes, Terms
from patrol.planning.problem import PatrolProblem, Shift
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen
from patrol.robot import RobotProfile
from tests.planning.problems import START, problem_of
from tests.strategies import grid_graph, line_graph


def priced(
    problem: PatrolProblem, per_h: list[float], *, duration_s: float
) -> PatrolProblem:
    half_s = duration_s / 2
    terms = Terms(slot_s=(0.0, half_s, duration_s), factor=(1.0, 0.5))
    prizes = Prizes(np.array(per_h), terms)
    shift = Shift(START, duration_s)
    return replace(problem, shift=shift, risk_per_h=prizes.per_h, prizes=prizes)


def grid(duration_s: float, *, robots: int = 1, seed: int = 0) -> PatrolProblem:
    problem = problem_of(grid_graph(4, 4), [], robots=robots)
    per_h = np.random.default_rng(seed).uniform(0, 1, problem.graph.num_edges)
    return priced(problem, per_h.tolist(), duration_s=duration_s)


@pytest.mark.parametrize("rule", list(RULES.values()))
def test_nothing_is_collected_where_there_is_no_time(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule(grid(1.0)) == 0.0


@pytest.mark.parametrize("rule", list(RULES.values()))
def test_all_is_collected_where_there_is_time(rule) -> None:  # type: ignore[no-untyped-def]
    problem = grid(1e6)
    assert problem.prizes is not None
    assert rule(problem) == pytest.approx(problem.prizes.per_h.sum())


def test_the_greedy_rule_takes_the_most_for_its_time_and_comes_home() -> None:
    # Streets of 100 m in a row, the dock at one end: there is time for the second.
    problem = problem_of(line_graph(4), [], robots=1)
    problem = priced(problem, [0.1, 1.0, 9.0, 9.0], duration_s=450.0)
    ends = {robot.dock for robot in problem.fleet}
    assert ends == {0}
    assert greedy_per_h(problem) == pytest.approx(1.1)
    assert coverage_per_h(problem) == pytest.approx(1.1)


def test_what_is_passed_late_is_worth_what_it_is_then() -> None:
    problem = priced(problem_of(line_graph(3), [], robots=1), [1, 1, 1], duration_s=700)
    # The third street is passed from 200 to 300 s: still in the first half.
    assert greedy_per_h(problem) == pytest.approx(3.0)
    late = priced(problem_of(line_graph(3), [], robots=1), [0, 0, 1], duration_s=1e3)
    slow = replace(late, fleet=tuple(replace(r, ready_s=350.0) for r in late.fleet))
    assert greedy_per_h(slow) == pytest.approx(0.5)


def test_a_second_trip_goes_on_where_the_first_one_stopped() -> None:
    problem = problem_of(line_graph(3), [], robots=1)
    problem = priced(problem, [1.0, 1.0, 1.0], duration_s=1e5)
    profile = RobotProfile(battery_s=1000.0, recharge_s=100.0)
    fleet = tuple(replace(robot, profile=profile) for robot in problem.fleet)
    assert coverage_per_h(replace(problem, fleet=fleet)) == pytest.approx(3.0)


@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 99), robots=st.integers(1, 2))
def test_no_rule_collects_more_than_the_bound_of_a_plan(seed: int, robots: int) -> None:
    problem = grid(900.0, robots=robots, seed=seed)
    plan = solve(problem, seed=0, until=StopWhen(rounds=4, tries=10))
    assert plan.takings is not None
    for rule in RULES.values():
        assert rule(problem) <= plan.takings.bound_per_h + 1e-9


def test_a_problem_without_prizes_is_refused() -> None:
    with pytest.raises(PlanError, match="no prizes"):
        greedy_per_h(problem_of(line_graph(3), [], robots=1))

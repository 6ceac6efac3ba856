"""Limits refuted by cuts, and the routes that sets of required edges ask for."""

import itertools
from collections.abc import Callable

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from patrol.planning.windy_limits import LimitCuts
from patrol.planning.windy_longest import windy_longest_bound
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_visits import Border, Visits
from tests.planning.windy_problems import windy, windy_problems

few_required = windy_problems(most_required=5)


def always() -> bool:
    return True


def star(arms: int, length: int) -> WindyProblem:
    """Required edges at the far ends of equal arms around the depot."""
    inner = [(0, 2 * arm + 1, length, length) for arm in range(arms)]
    outer = [(2 * arm + 1, 2 * arm + 2, 1, 1) for arm in range(arms)]
    return windy(inner + outer, list(range(arms, 2 * arms)))


def visits(problem: WindyProblem, limit: int, most: int) -> Visits:
    return Visits(problem, limit, most=most, borders=[], go_on=always)


@settings(deadline=None, max_examples=12)
@given(few_required, st.integers(2, 4), st.integers(0, 30))
def test_no_limit_is_refuted_that_a_plan_keeps(
    problem: WindyProblem, robots: int, above: int
) -> None:
    assume(problem.required.any())
    robots = min(robots, int(problem.required.sum()))
    best = windy_longest_bound(problem, robots).bound
    cuts = LimitCuts(problem, robots)
    found = cuts.refute(0, best + above, rounds=3, go_on=always)
    assert found <= best


@settings(deadline=None, max_examples=12)
@given(few_required, st.integers(1, 60))
def test_visits_are_no_more_than_the_routes_of_a_plan_within_the_limit(
    problem: WindyProblem, limit: int
) -> None:
    number = int(problem.required.sum())
    assume(number)
    able = (
        routes
        for routes in range(1, number + 1)
        if windy_longest_bound(problem, routes).bound <= limit
    )
    enough = next(able, None)
    assume(enough is not None)
    assert enough is not None
    assert visits(problem, limit, number).least(problem.required) <= enough


def test_arms_that_only_one_route_each_can_serve_ask_for_all_of_them() -> None:
    problem = star(arms=4, length=10)
    assert visits(problem, 22, 4).least(problem.required) == 4
    assert visits(problem, 44, 4).least(problem.required) == 2
    assert visits(problem, 88, 4).least(problem.required) == 1
    assert visits(problem, 22, 3).least(problem.required) == 3  # counts no farther
    assert visits(problem, 22, 4).least(np.zeros(8, bool)) == 0


def test_limits_are_refuted_up_to_the_longest_route_of_the_best_plan() -> None:
    problem = star(arms=5, length=10)
    # One of two routes must serve three arms, though the average is two and a half.
    found = LimitCuts(problem, 2).refute(0, 80, rounds=20, go_on=always)
    assert found in {55, 66}
    assert windy_longest_bound(problem, 2, upper=66).bound == 66


def test_borders_crossed_too_seldom_are_found_among_the_first_nodes() -> None:
    # Two required edges at the end of a long way: 30 for one of them, 40 for both.
    problem = windy([(0, 1, 10, 10), (1, 2, 5, 5), (1, 3, 5, 5)], [1, 2])
    order = np.array([3, 2, 1, 0])  # from the ends inwards
    found = visits(problem, 39, 2).broken(order, np.full(3, 2.0))
    assert [(one.edges.tolist(), one.visits) for one in found] == [([0], 2)]
    assert found[0].inside.tolist() == [False, True, True]
    assert visits(problem, 40, 2).broken(order, np.full(3, 2.0)) == []
    assert visits(problem, 39, 2).broken(order, np.full(3, 4.0)) == []


def test_known_borders_help_to_count() -> None:
    problem = star(arms=2, length=10)
    inside = problem.required & (np.arange(4) == 2)
    border = Border(np.array([0]), visits=2, inside=inside)
    counted = Visits(problem, 63, most=3, borders=[border], go_on=always)
    assert counted.least(problem.required) == 2
    assert visits(problem, 63, 3).least(problem.required) == 1


def _never_again(times: int) -> Callable[[], bool]:
    asked = itertools.count()
    return lambda: next(asked) < times


def test_a_stop_leaves_a_bound_that_holds() -> None:
    problem = star(arms=4, length=10)
    for times in range(6):
        cuts = LimitCuts(problem, 3)
        found = cuts.refute(22, 60, rounds=5, go_on=_never_again(times))
        assert 22 <= found <= 44


def test_same_problem_same_bound() -> None:
    def once() -> int:
        cuts = LimitCuts(star(arms=4, length=10), 3)
        return cuts.refute(0, 60, rounds=3, go_on=always)

    assert once() == once()

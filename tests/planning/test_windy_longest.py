"""The longest route of a windy fleet: exact for few required edges, else bounded."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.network import MAX_COST
from patrol.planning.plan import BoundKind
from patrol.planning.route_covering import Covering
from patrol.planning.route_pricing import Pricer
from patrol.planning.windy_bound import windy_bound
from patrol.planning.windy_longest import windy_longest_bound
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem
from patrol.planning.windy_subsets import MOST
from patrol.planning.windy_ways import NO_WAY, WindyWays
from tests.planning.windy_problems import optimal_cost, windy, windy_problems

few_required = windy_problems(most_required=5)


def shortest_longest_by_trying(problem: WindyProblem, robots: int) -> int:
    """Give every required edge to every robot in turn."""
    edges = np.flatnonzero(problem.required)
    alone: dict[tuple[int, ...], int] = {}
    for size in range(len(edges) + 1):
        for share in itertools.combinations(edges.tolist(), size):
            mask = np.zeros(problem.num_edges, bool)
            mask[list(share)] = True
            alone[share] = optimal_cost(replace(problem, required=mask))
    return min(
        max(alone[tuple(edges[np.array(who, int) == r])] for r in range(robots))
        for who in itertools.product(range(robots), repeat=len(edges))
    )


def grid(side: int, *, seed: int) -> WindyProblem:
    """Windy grid, two of three edges required."""
    random = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    across = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], axis=1)
    down = np.stack([node[:-1].ravel(), node[1:].ravel()], axis=1)
    ends = np.concatenate([across, down])
    cost = random.integers(1, 30, (len(ends), 2))
    required = random.random(len(ends)) < 2 / 3
    return WindyProblem(side * side, ends, cost, required, 0)


def asked(times: int) -> Callable[[], bool]:
    """Say yes so many times."""
    return iter([True] * times + [False] * 10_000).__next__


@settings(deadline=None, max_examples=25)
@given(few_required, st.integers(1, 4))
def test_few_required_edges_are_shared_in_the_best_way(
    problem: WindyProblem, robots: int
) -> None:
    found = windy_longest_bound(problem, robots)
    assert found.bound == shortest_longest_by_trying(problem, robots)
    if problem.required.any():
        assert found.orders is not None
        assert found.kind is BoundKind.PROVED_OPTIMAL
        served = np.concatenate(found.orders)
        assert sorted(served) == np.flatnonzero(problem.required).tolist()
        for order in found.orders:
            mask = np.zeros(problem.num_edges, bool)
            mask[order] = True
            assert optimal_cost(replace(problem, required=mask)) <= found.bound


@settings(deadline=None, max_examples=25)
@given(few_required, st.integers(1, 4), st.sampled_from([1, 10**5]))
def test_no_limit_is_refuted_that_a_plan_keeps(
    problem: WindyProblem, robots: int, scale: int
) -> None:
    if not problem.required.any():
        return
    large = np.minimum(problem.cost * scale, MAX_COST)
    problem = replace(problem, cost=np.where(problem.drivable, large, FORBIDDEN))
    ways = WindyWays.of(problem)
    best = windy_longest_bound(problem, robots).bound
    bound = Covering(ways, robots).refute(
        ways.farthest(), 2 * best + 9, rounds=50, go_on=lambda: True
    )
    assert ways.farthest() <= bound <= best


@settings(deadline=None, max_examples=60)
@given(windy_problems(most_required=3), st.data())
def test_no_route_earns_more_than_the_pricer_says(
    problem: WindyProblem, data: st.DataObject
) -> None:
    ways = WindyWays.of(problem)
    num = len(ways.edges)
    price = st.integers(0, 9)
    earn = np.array(data.draw(st.lists(price, min_size=num, max_size=num)), np.int64)
    limit, goal = data.draw(st.integers(0, 100)), data.draw(st.integers(0, 20))
    true = [
        int(earn[np.array(order) // 2].sum())
        for size in range(1, num + 1)
        for order in itertools.permutations(range(2 * num), size)
        if len({state // 2 for state in order}) == size
        if ways.cost(list(order)) <= limit
    ]
    found = Pricer(ways, limit).best(earn, goal)
    if max(true, default=0) > goal:
        assert found.routes
    if found.most is not None:
        assert max(true, default=0) <= found.most
    if (ways.go > 0).all() and (ways.out > 0).all():
        assert all(ways.cost(route) <= limit for route in found.routes)
        assert bool(found.routes) == (max(true, default=0) > goal)
    earned = [int(earn[np.array(route) // 2].sum()) for route in found.routes]
    assert earned == sorted(earned, reverse=True)
    assert min(earned, default=goal + 1) > goal


def test_bound_of_a_grid_is_between_the_average_and_a_plan() -> None:
    problem = grid(5, seed=3)
    assert problem.required.sum() > MOST
    tour = windy_bound(problem)
    assert tour.tour is not None
    longest = [windy_longest_bound(problem, robots).bound for robots in (1, 2, 3, 4)]
    assert longest[0] == tour.bound
    assert longest == sorted(longest, reverse=True)
    for robots, bound in enumerate(longest, start=1):
        assert bound >= tour.bound / robots


def test_covering_sees_that_no_arm_of_a_star_can_be_served_in_part() -> None:
    arms = [(0, i, 10, 10) for i in range(1, 23)]
    assert windy_bound(windy(arms)).bound == 440  # 147 on the average of three
    found = windy_longest_bound(windy(arms), 3, upper=160)
    assert found.bound == 160  # one robot has eight arms
    assert found.kind is BoundKind.PROVED_OPTIMAL


def test_average_counts_while_nothing_is_priced() -> None:
    problem = grid(5, seed=3)
    stopped = windy_longest_bound(problem, 3, go_on=lambda: False).bound
    assert 0 < stopped <= windy_longest_bound(problem, 3, go_on=asked(12)).bound


def test_upper_bound_that_is_met_is_proved_optimal() -> None:
    arms = [(0, i, 10, 10) for i in range(1, 22)]
    found = windy_longest_bound(windy(arms), 3, upper=140)
    assert found.kind is BoundKind.PROVED_OPTIMAL
    assert found.orders is None


def test_nothing_required_needs_no_route() -> None:
    found = windy_longest_bound(windy([(0, 1, 1, 1)], required=[]), 2, upper=0)
    assert found.bound == 0
    assert found.kind is BoundKind.PROVED_OPTIMAL


def test_ways_know_one_way_streets() -> None:
    ways = WindyWays.of(windy([(0, 1, 3, FORBIDDEN), (1, 0, 2, 9)], required=[0]))
    assert ways.out.tolist() == [3, NO_WAY]
    assert ways.home.tolist() == [2, 0]
    assert ways.farthest() == ways.cost([0]) == 5

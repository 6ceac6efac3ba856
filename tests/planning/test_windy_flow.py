import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.windy_core import WindyCore
from patrol.planning.windy_flow import balanced, fair_prices, flow_bound, paired
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem
from tests.planning.windy_problems import optimal_cost, windy, windy_problems


@settings(deadline=None, max_examples=60)
@given(problem=windy_problems(), data=st.data())
def test_balanced_passes_are_balanced_and_no_fewer_than_asked(
    problem: WindyProblem, data: st.DataObject
) -> None:
    problem = WindyCore.of(problem).problem
    asked = st.lists(st.integers(0, 2), min_size=2, max_size=2)
    rows = [data.draw(asked) for _ in range(problem.num_edges)]
    least = np.array(rows, np.int64).reshape(-1, 2) * problem.drivable
    passes = balanced(problem, least)
    assert (passes >= least).all()
    assert not problem.surplus(passes).any()
    assert not passes[~problem.drivable].any()


@settings(deadline=None, max_examples=40)
@given(cost=st.lists(st.tuples(*[st.integers(0, 9)] * 2), min_size=4, max_size=4))
def test_paired_passes_are_the_cheapest_of_their_parity(
    cost: list[tuple[int, int]],
) -> None:
    ends = [(0, 1), (1, 2), (2, 0), (0, 2)]
    problem = windy([(*e, *c) for e, c in zip(ends, cost, strict=True)])
    least = np.array([1, 1, 1, 2])
    found = paired(problem, least)
    choices = itertools.product(range(4), repeat=8)
    tables = np.array(list(choices), np.int64).reshape(-1, 4, 2)
    sums = tables.sum(axis=2)
    net = tables[:, :, 0] - tables[:, :, 1]
    even = ((sums - least) % 2 == 0).all(axis=1) & (sums >= least).all(axis=1)
    even &= (net[:, 0] == net[:, 1]) & (net[:, 0] + net[:, 3] == net[:, 2])
    best = (tables[even] * problem.cost).sum(axis=(1, 2)).min()
    assert problem.cost_of(found) == best
    assert not problem.surplus(found).any()


@settings(deadline=None, max_examples=100)
@given(problem=windy_problems())
def test_flow_bound_is_never_above_the_shortest_tour(problem: WindyProblem) -> None:
    assert flow_bound(WindyCore.of(problem).problem) <= optimal_cost(problem)


@settings(deadline=None, max_examples=40)
@given(problem=windy_problems(), data=st.data())
def test_directed_postman_is_exact_and_proved_by_the_flow_bound(
    problem: WindyProblem, data: st.DataObject
) -> None:
    n = problem.num_nodes
    ring = np.arange(n)
    extra = data.draw(
        st.lists(st.tuples(*[st.integers(0, n - 1)] * 2, st.integers(0, 9)), max_size=3)
    )
    cost = data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    edges = [
        (int(i), int((i + 1) % n), c, FORBIDDEN)
        for i, c in zip(ring, cost, strict=True)
    ]
    directed = windy(edges + [(a, b, c, FORBIDDEN) for a, b, c in extra])
    passes = balanced(directed, directed.drivable.astype(np.int64))
    assert directed.is_tour(passes)
    assert directed.cost_of(passes) == optimal_cost(directed) == flow_bound(directed)


def test_fair_price_of_what_comes_for_free_is_nothing() -> None:
    # Two one-way arcs lead from 0 to 1, so the street back is passed twice anyway.
    problem = windy([(0, 1, 5, FORBIDDEN), (0, 1, 5, FORBIDDEN), (0, 1, 3, 3)])
    fair = fair_prices(problem, np.array([1, 1, 0]))
    assert fair.tolist() == [[8.0, np.inf], [8.0, np.inf], [6.0, 0.0]]


def test_core_leaves_out_what_does_not_lead_back() -> None:
    problem = windy([(0, 1, 1, 1), (1, 2, 1, FORBIDDEN), (3, 1, 1, 1)], [0], depot=0)
    core = WindyCore.of(problem)
    assert core.edges.tolist() == [0, 2]
    assert core.problem.num_nodes == 3
    passes = core.expand(np.array([[1, 1], [0, 0]]))
    assert passes.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert problem.is_tour(passes)
    assert not replace(problem, depot=3).is_tour(passes)

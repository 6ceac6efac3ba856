import numpy as np
from hypothesis import given, settings

from patrol.planning.network import MAX_COST
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.simplify import simplify
from tests.planning.networks import network_of, optimal_extra, rural_problems


@settings(deadline=None)
@given(problem=rural_problems())
def test_best_tour_costs_the_same_and_expands_to_a_tour(problem: RuralProblem) -> None:
    small = simplify(problem)
    extra = optimal_extra(small.problem)

    large = small.expand(extra)

    assert problem.is_tour(large)
    assert problem.cost_of(large) == small.problem.cost_of(extra)
    assert problem.cost_of(large) == problem.cost_of(optimal_extra(problem))


def test_chain_becomes_one_edge_and_useless_ends_go() -> None:
    network = network_of(6, [(0, 1, 1), (1, 2, 2), (2, 3, 3), (3, 4, 4), (2, 5, 9)])
    required = np.array([True, False, False, True, False])
    small = simplify(RuralProblem(network, required, depot=0))
    assert sorted(small.problem.network.cost.tolist()) == [1, 4, 5]
    assert small.problem.required.sum() == 2
    assert small.expand(np.ones(3, np.int64)).tolist() == [1, 1, 1, 1, 0]


def test_chain_that_would_cost_too_much_stays_in_pieces() -> None:
    network = network_of(3, [(0, 1, MAX_COST), (1, 2, 1), (2, 0, 1)])
    required = np.array([True, True, False])
    small = simplify(RuralProblem(network, required, depot=0))
    assert small.problem.network.num_edges == 3

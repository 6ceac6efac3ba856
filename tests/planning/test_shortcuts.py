import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.network import NONE, Network, Roads
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.shortcuts import Shortcuts
from tests.planning.networks import network_of, optimal_extra, rural_problems


@settings(deadline=None)
@given(problem=rural_problems())
def test_best_tour_costs_the_same_on_short_cuts_and_comes_back(
    problem: RuralProblem,
) -> None:
    core = Shortcuts.of(problem)
    assert core.problem.num_parts == problem.num_parts
    if core.problem.network.num_edges > 9:
        return  # too many to try all
    small = optimal_extra(core.problem)
    large = core.expand(small)
    assert problem.is_tour(large)
    assert problem.cost_of(large) == core.problem.cost_of(small)
    assert problem.cost_of(large) == problem.cost_of(optimal_extra(problem))


@settings(deadline=None)
@given(seed=st.integers(0, 1000))
def test_distances_between_nodes_that_stay_are_kept(seed: int) -> None:
    problem = _grid(seed, side=7)
    core = Shortcuts.of(problem)
    assert core.problem.network.num_nodes < problem.network.num_nodes
    stay = np.flatnonzero(problem.part != NONE)
    place = np.flatnonzero(core.problem.part != NONE)
    before = _lengths(problem.network, stay)
    assert np.array_equal(_lengths(core.problem.network, place), before)


def test_way_over_a_needless_node_becomes_one_edge() -> None:
    network = network_of(4, [(0, 1, 1), (1, 2, 2), (2, 3, 1), (0, 3, 9)])
    problem = RuralProblem(network, np.array([True, False, True, False]), depot=0)
    core = Shortcuts.of(problem)
    assert core.problem.network.num_edges == 3  # the dear way from 0 to 3 is gone
    assert core.expand(np.array([1, 2, 1])).tolist() == [1, 2, 1, 0]


def test_edge_shared_by_short_cuts_is_passed_no_more_than_needed() -> None:
    # A star: node 3 needs not be passed, so three short cuts share its spokes.
    spokes = [(0, 3, 2), (1, 3, 2), (2, 3, 2)]
    loops = [(0, 0, 1), (1, 1, 1), (2, 2, 1)]
    problem = RuralProblem(
        network_of(4, spokes + loops), np.array([0, 0, 0, 1, 1, 1], bool), depot=0
    )
    core = Shortcuts.of(problem)
    assert core.problem.network.num_nodes == 3
    twice = np.where(core.problem.required, 0, 2)
    large = core.expand(twice)
    assert large.tolist() == [2, 2, 2, 0, 0, 0]
    assert problem.is_tour(large)


def _grid(seed: int, *, side: int) -> RuralProblem:
    rng = np.random.default_rng(seed)
    at = np.arange(side * side).reshape(side, side)
    right = np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])
    down = np.column_stack([at[:-1].ravel(), at[1:].ravel()])
    ends = np.concatenate([right, down])
    network = Network(side * side, ends, rng.integers(1, 50, len(ends)))
    return RuralProblem(network, rng.random(len(ends)) < 0.08, depot=0)


def _lengths(network: Network, nodes: np.ndarray) -> np.ndarray:
    roads = Roads.cheapest(network, network.cost.astype(float))
    return np.array(
        [roads.tree(nodes[i : i + 1]).distance[nodes] for i in range(len(nodes))]
    )

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import PlanError
from patrol.planning.network import MAX_COST, NONE, Network, Roads
from tests.planning.networks import distances, network_of, networks


def test_edge_outside_the_nodes_is_refused() -> None:
    with pytest.raises(PlanError, match=r"edge 1 ends at a node outside 0\.\.1"):
        network_of(2, [(0, 1, 5), (1, 2, 5)])


@pytest.mark.parametrize("cost", [0, -3, MAX_COST + 1])
def test_cost_that_the_matching_cannot_take_is_refused(cost: int) -> None:
    with pytest.raises(PlanError, match=f"edge 0 costs {cost}, allowed"):
        network_of(2, [(0, 1, cost)])


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(PlanError, match=r"expected \(1, 2\) for 1 costs"):
        Network(2, np.zeros((2, 2), np.int64), np.ones(1, np.int64))


def test_loop_adds_two_to_the_degree() -> None:
    network = network_of(2, [(0, 0, 1), (0, 1, 1)])
    assert network.degrees(np.array([1, 1])).tolist() == [3, 1]
    assert network.odd_nodes(np.array([1, 0])).tolist() == []


def test_lightest_of_parallel_edges_is_kept_and_loops_are_not() -> None:
    network = network_of(2, [(0, 1, 7), (1, 0, 3), (0, 1, 3), (1, 1, 1)])
    roads = Roads.cheapest(network, network.cost.astype(float))
    assert roads.edges.tolist() == [1]
    assert roads.between(np.array([1, 0]), np.array([0, 1])).tolist() == [1, 1]


@settings(deadline=None)
@given(network=networks(), data=st.data())
def test_paths_of_a_tree_are_as_long_as_the_shortest(
    network: Network, data: st.DataObject
) -> None:
    nodes = st.sets(st.integers(0, network.num_nodes - 1), min_size=1)
    sources = np.array(sorted(data.draw(nodes)))
    tree = Roads.cheapest(network, network.cost.astype(float)).tree(sources)
    table = distances(network)
    for node in range(network.num_nodes):
        assert tree.distance[node] == table[sources, node].min()
        assert network.cost[tree.edges_to(node)].sum() == tree.distance[node]
        assert table[tree.origin[node], node] == tree.distance[node]


def test_node_that_cannot_be_reached_has_no_path() -> None:
    network = network_of(3, [(0, 1, 4)])
    tree = Roads.cheapest(network, network.cost.astype(float)).tree(np.array([0]))
    assert np.isinf(tree.distance[2])
    assert tree.before[2] == tree.via[2] == NONE
    assert tree.edges_to(2) == []

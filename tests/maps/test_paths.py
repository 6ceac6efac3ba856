"""Shortest paths and parts, against networkx."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps import StreetGraph
from maps.paths import StreetNetwork, components
from patrol.errors import MapError
from tests.strategies import grid_graph, line_graph, street_graphs


def with_costs(
    data: st.DataObject, graph: StreetGraph, *, both_ways: bool
) -> NDArray[np.float64]:
    """Whole costs, so that ties occur; some streets closed."""
    shape = (graph.num_edges, 2) if both_ways else (graph.num_edges,)
    size = int(np.prod(shape))
    values = st.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf])
    drawn = data.draw(st.lists(values, min_size=size, max_size=size))
    return np.array(drawn).reshape(shape)


def as_networkx(
    graph: StreetGraph, cost: NDArray[np.float64]
) -> "nx.MultiDiGraph[int]":
    both = cost if cost.ndim == 2 else np.column_stack([cost, cost])
    peer: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    peer.add_nodes_from(range(graph.num_nodes))
    for (a, b), (there, back) in zip(graph.edge_nodes.tolist(), both, strict=True):
        peer.add_edge(a, b, weight=there) if np.isfinite(there) else None
        peer.add_edge(b, a, weight=back) if np.isfinite(back) else None
    return peer


@settings(deadline=None, max_examples=60)
@given(graph=street_graphs(connected=False), data=st.data(), both_ways=st.booleans())
def test_distances_and_paths_are_those_of_networkx(
    graph: StreetGraph, data: st.DataObject, both_ways: bool
) -> None:
    cost = with_costs(data, graph, both_ways=both_ways)
    network = StreetNetwork.of(graph, cost)
    distance = network.distances(np.arange(graph.num_nodes))
    both = cost if cost.ndim == 2 else np.column_stack([cost, cost])

    for source in range(graph.num_nodes):
        expected = nx.single_source_dijkstra_path_length(
            as_networkx(graph, cost), source
        )
        reached = {
            int(n): distance[source, n]
            for n in np.isfinite(distance[source]).nonzero()[0]
        }
        assert reached == expected
        tree = network.tree(source)
        for target in expected:
            path = network.path(tree, target)
            assert (path.nodes[0], path.nodes[-1]) == (source, target)
            steps = list(itertools.pairwise(path.nodes.tolist()))
            ends = graph.edge_nodes[path.streets]
            driven = np.where(path.forward[:, None], ends, ends[:, ::-1])
            assert driven.tolist() == [list(step) for step in steps]
            price = both[path.streets, np.where(path.forward, 0, 1)].sum()
            assert price == expected[target]


def test_of_parallel_streets_the_cheapest_is_taken_and_of_equals_the_first() -> None:
    graph = line_graph(1)
    twice = StreetGraph(
        projection=graph.projection,
        node_xy_m=graph.node_xy_m,
        node_osm_id=graph.node_osm_id,
        edge_nodes=np.array([[0, 1], [1, 0], [0, 1]]),
        edge_length_m=np.array([100.0, 100.0, 100.0]),
        edge_osm_id=np.array([1, 2, 3]),
        shape_xy_m=np.array([[0, 0], [100, 0], [100, 0], [0, 0], [0, 0], [100, 0.0]]),
        shape_start=np.array([0, 2, 4, 6]),
        tags=graph.tags.take(np.array([0, 0, 0])),
    )
    for cost, street in [((3, 2, 1), 2), ((2, 1, 1), 1), ((1, 1, 1), 0)]:
        path = StreetNetwork.of(twice, cost).shortest_path(0, 1)
        assert path.streets.tolist() == [street]
        assert path.forward.tolist() == [street != 1]


def test_a_tree_of_several_sources_knows_the_nearest() -> None:
    graph = line_graph(5)
    tree = StreetNetwork.of(graph, graph.edge_length_m).tree([0, 5])
    assert tree.source.tolist() == [0, 0, 0, 5, 5, 5]
    assert tree.distance.tolist() == [0, 100, 200, 200, 100, 0]


def test_ways_beyond_the_limit_are_not_found() -> None:
    graph = line_graph(3)
    found = StreetNetwork.of(graph, graph.edge_length_m).distances([0], limit=150.0)
    assert found.tolist() == [[0.0, 100.0, np.inf, np.inf]]


def test_no_way_is_an_error_that_names_the_node() -> None:
    graph = line_graph(2)
    network = StreetNetwork.of(graph, [1.0, np.inf])
    with pytest.raises(MapError, match="no open way to node 2"):
        network.shortest_path(0, 2)
    everything_closed = StreetNetwork.of(graph, [np.inf, np.inf])
    assert everything_closed.shortest_path(1, 1).streets.tolist() == []


@pytest.mark.parametrize("cost", [[1.0], [1.0, -1.0], [1.0, np.nan], [[1.0], [1.0]]])
def test_costs_that_do_not_fit_are_refused(cost: list[float]) -> None:
    with pytest.raises(MapError, match="cost"):
        StreetNetwork.of(line_graph(2), cost)


@pytest.mark.parametrize("nodes", [[3], [-1], []])
def test_sources_outside_the_graph_are_refused(nodes: list[int]) -> None:
    network = StreetNetwork.of(line_graph(2), [1.0, 1.0])
    with pytest.raises(MapError, match=r"nodes of 0\.\.2"):
        network.distances(nodes)


@settings(deadline=None, max_examples=60)
@given(graph=street_graphs(connected=False), data=st.data())
def test_parts_are_those_of_networkx_numbered_by_their_lowest_node(
    graph: StreetGraph, data: st.DataObject
) -> None:
    mask = np.isfinite(with_costs(data, graph, both_ways=False))
    peer = as_networkx(graph, np.where(mask, 1.0, np.inf)).to_undirected()
    parts = sorted(sorted(part) for part in nx.connected_components(peer))
    label = components(graph, mask)
    assert [
        np.flatnonzero(label == i).tolist() for i in range(label.max() + 1)
    ] == parts


def test_without_a_mask_all_streets_count() -> None:
    assert components(grid_graph(3, 3)).tolist() == [0] * 9

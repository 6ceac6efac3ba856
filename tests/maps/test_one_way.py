"""One-way streets: where they lead, and robots that obey them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from maps import StreetGraph, embedded_map_path, read_map
from maps.one_way import fewest_against, strong_parts
from maps.traverse import Exclusion, Traversal, keep_out, obey_oneway, traverse
from patrol.errors import MapError
from tests.strategies import graph_of, grid_graph, line_graph, street_graphs


def driven(graph: StreetGraph) -> Traversal:
    return traverse(graph, width_m=0.8, kerb_m=0.05, max_slope=0.12, speed_mps=1.0)


def signed(graph: StreetGraph, oneway: list[int]) -> StreetGraph:
    tags = replace(graph.tags, oneway=np.array(oneway, np.int8))
    return replace(graph, tags=tags)


@settings(deadline=None, max_examples=60)
@given(graph=street_graphs(), data=st.data())
def test_drivable_streets_all_reach_each_other_in_the_allowed_directions(
    graph: StreetGraph, data: st.DataObject
) -> None:
    m = graph.num_edges
    signs = st.lists(st.sampled_from([-1, 0, 1]), min_size=m, max_size=m)
    graph = signed(graph, data.draw(signs))
    try:
        found = obey_oneway(graph, driven(graph))
    except MapError:
        assume(False)
    open_ways = np.isfinite(found.travel_s)
    ends = graph.edge_nodes[found.drivable]
    label = strong_parts(graph.num_nodes, graph.edge_nodes, open_ways)
    assert len(np.unique(label[ends])) == 1
    assert not open_ways[graph.tags.oneway > 0, 1].any()
    assert not open_ways[graph.tags.oneway < 0, 0].any()
    assert open_ways[found.drivable].any(axis=1).all()
    assert not open_ways[~found.drivable].any()


def test_dead_end_that_leads_only_out_is_a_trap_and_the_rest_stays() -> None:
    graph = signed(line_graph(3), [0, 0, 1])
    found = obey_oneway(graph, driven(graph))
    assert found.exclusion.tolist() == [0, 0, Exclusion.ONE_WAY_TRAP]
    assert found.travel_s.tolist() == [[100, 100], [100, 100], [np.inf, np.inf]]


def test_ring_of_one_ways_is_driven_one_way_round() -> None:
    ring = graph_of(np.array([[0.0, 0], [90, 0], [0, 90]]), [(0, 1), (1, 2), (0, 2)])
    found = obey_oneway(ring, driven(ring))
    assert np.isfinite(found.travel_s).all()
    ring = signed(ring, [1, 1, -1])
    found = obey_oneway(ring, driven(ring))
    assert np.isfinite(found.travel_s).tolist() == [[1, 0], [1, 0], [0, 1]]


def test_map_of_traps_only_is_refused() -> None:
    graph = signed(line_graph(2), [1, 1])
    with pytest.raises(MapError, match="no street is left of 2"):
        obey_oneway(graph, driven(graph))


def test_keeping_out_keeps_the_directions_and_finds_new_traps() -> None:
    # Two rows of three nodes; the lower row leads east, the upper one west.
    graph = grid_graph(2, 3)
    oneway = [1, 1, -1, -1, 0, 0, 0]
    graph = signed(graph, oneway)
    found = obey_oneway(graph, driven(graph))
    closed = keep_out(graph, found, [5])  # the street in the middle
    assert closed.exclusion[5] == Exclusion.KEEP_OUT
    assert closed.drivable.sum() == 6
    assert np.isinf(closed.travel_s[0, 1])
    closed = keep_out(graph, closed, [1])
    assert closed.exclusion[3] == Exclusion.ONE_WAY_TRAP
    kept = keep_out(graph, closed, [])
    assert np.array_equal(kept.exclusion, closed.exclusion)


def test_fewest_streets_driven_against_are_named_in_order() -> None:
    ends = np.array([[0, 1], [1, 2], [2, 3], [0, 3]])
    ways = np.array([[0, 1], [1, 1], [0, 1], [0, 0]], bool)
    assert fewest_against(ends, ways, start=0, end=3) == [0, 2]
    assert fewest_against(ends, ways, start=3, end=0) == []
    assert fewest_against(ends, ways[[1, 1, 3, 3]], start=0, end=3) is None


def test_real_streets_with_one_ways_all_reach_each_other() -> None:
    graph = read_map(embedded_map_path()).graph
    free = driven(graph)
    found = obey_oneway(graph, free)
    open_ways = np.isfinite(found.travel_s)
    one_way = found.drivable & ~open_ways.all(axis=1)
    assert one_way.sum() > 500
    assert 0.8 < found.drivable.sum() / free.drivable.sum() < 1.0
    label = strong_parts(graph.num_nodes, graph.edge_nodes, open_ways)
    assert len(np.unique(label[graph.edge_nodes[found.drivable]])) == 1

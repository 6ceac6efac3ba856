"""A robot drives out of a trap if it can, and is told what shuts it in if not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from maps import StreetGraph
from maps.paths import StreetNetwork
from maps.traverse import Exclusion, Traversal, keep_out, obey_oneway, traverse
from maps.way_out import own_ways, say_cut_off, way_out
from patrol.errors import MapError
from tests.planning.problems import one_way_streets
from tests.strategies import grid_graph, line_graph


def distance_m(
    graph: StreetGraph, open_ways: np.ndarray, node: int, nodes: np.ndarray
) -> float:
    metres = np.where(open_ways, graph.edge_length_m[:, None], np.inf)
    return float(StreetNetwork.of(graph, metres).distances([node])[0, nodes].min())


@settings(deadline=None, max_examples=60)
@given(streets=one_way_streets(), data=st.data())
def test_way_out_is_legal_and_there_is_one_if_any_is_open(
    streets: tuple[StreetGraph, Traversal], data: st.DataObject
) -> None:
    graph, bound = streets
    number = st.integers(0, graph.num_edges - 1)
    shut = sorted(data.draw(st.sets(number, min_size=1, max_size=3)))
    node = data.draw(st.integers(0, graph.num_nodes - 1))
    try:
        closed = keep_out(graph, bound, shut)
    except MapError:
        assume(False)
    found = way_out(graph, closed, node)
    ways = own_ways(graph, closed)
    assert not ways[closed.exclusion == Exclusion.KEEP_OUT].any()
    new = np.isfinite(found.travel_s)
    assert not (new & ~ways).any()
    assert (new >= np.isfinite(closed.travel_s)).all()
    main = np.unique(graph.edge_nodes[closed.drivable])
    assert distance_m(graph, new, node, main) == pytest.approx(
        distance_m(graph, ways, node, main)
    )
    assert (found is closed) == (
        node in main or np.array_equal(new, closed.drivable[:, None] & ways)
    )


def pocket() -> tuple[StreetGraph, Traversal]:
    """Street 1 leads from node 3 to node 2 only, and street 2 from there to node 0."""
    graph = grid_graph(2, 2)  # streets 0-1, 2-3, 0-2, 1-3
    tags = replace(graph.tags, oneway=np.array([0, -1, -1, 0], np.int8))
    graph = replace(graph, tags=tags)
    free = traverse(graph, width_m=0.8, kerb_m=0.05, max_slope=0.1, speed_mps=2.0)
    return graph, obey_oneway(graph, free)


def test_robot_keeps_its_pace_on_the_way_out() -> None:
    graph, bound = pocket()
    assert bound.drivable.all()
    closed = keep_out(graph, bound, [1])  # none comes to node 2 any more
    assert closed.exclusion[2] == Exclusion.ONE_WAY_TRAP
    freed = way_out(graph, closed, 2)
    assert freed.travel_s[2].tolist() == [np.inf, 50.0]
    assert way_out(graph, closed, 3) is closed


def test_who_cannot_come_out_is_told_the_fewest_streets_that_shut_it_in() -> None:
    graph, bound = pocket()
    closed = keep_out(graph, bound, [2])
    assert way_out(graph, closed, 2) is closed
    assert say_cut_off(graph, closed, 2) == (
        "coming from there means driving against one-way streets [1], no fewer"
    )
    line = line_graph(3)
    free = traverse(line, width_m=0.8, kerb_m=0.05, max_slope=0.1, speed_mps=2.0)
    shut = keep_out(line, free, [1])
    said = "over closed streets [1]"
    away = 3 if shut.drivable[0] else 0
    assert say_cut_off(line, shut, away) == (
        f"coming from there means driving {said} and going there means driving {said}, "
        f"no fewer"
    )

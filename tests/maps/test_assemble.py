"""Lines become streets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph, StreetTags
from maps.assemble import Lines, assemble, line_lengths_m, ranges
from patrol.errors import MapError
from tests.strategies import GWANAK, street_graphs

SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)))


def lines_of(ends: list[tuple[int, int]], *shapes: list[tuple[float, float]]) -> Lines:
    return Lines(
        ends=np.array(ends),
        osm_id=np.arange(len(ends)) + 1,
        xy_m=np.concatenate([np.array(shape, dtype=float) for shape in shapes]),
        start=np.cumsum([0, *map(len, shapes)]),
        tags=StreetTags.empty(len(ends)),
    )


@given(SPANS)
def test_ranges_are_python_ranges_one_after_another(
    spans: list[tuple[int, int]],
) -> None:
    first = np.array([a for a, _ in spans], dtype=np.int64)
    stop = np.array([a + size for a, size in spans], dtype=np.int64)
    expected = [i for a, size in spans for i in range(a, a + size)]
    assert ranges(first, stop).tolist() == expected


@given(street_graphs(connected=False))
def test_lengths_are_those_of_the_points_to_the_micrometre(graph: StreetGraph) -> None:
    got = line_lengths_m(graph.shape_xy_m, graph.shape_start)
    assert got.tolist() == graph.edge_length_m.round(6).tolist()


def test_nodes_are_numbered_by_their_names_and_only_used_ones_stay() -> None:
    lines = lines_of([(70, 20), (20, 50)], [(0, 0), (9, 0)], [(9, 0), (9, 5)])
    graph = assemble(GWANAK, lines).graph
    assert graph.node_osm_id.tolist() == [20, 50, 70]
    assert graph.edge_nodes.tolist() == [[2, 0], [0, 1]]


def test_what_a_line_of_no_length_joined_stays_joined() -> None:
    lines = lines_of(
        [(1, 2), (2, 3), (3, 4)], [(0, 0), (9, 0)], [(9, 0), (9, 0)], [(9, 0), (9, 5)]
    )
    assembled = assemble(GWANAK, lines)
    assert assembled.num_dropped == 1
    assert assembled.graph.node_osm_id.tolist() == [1, 2, 4]
    assert assembled.graph.edge_nodes.tolist() == [[0, 1], [1, 2]]
    assert assembled.graph.edge_osm_id.tolist() == [1, 3]


def test_lines_of_no_length_alone_are_refused() -> None:
    with pytest.raises(MapError, match="none of 1 streets is longer than"):
        assemble(GWANAK, lines_of([(1, 2)], [(3, 3), (3, 3)]))


def test_lines_are_led_to_their_nodes_at_either_end() -> None:
    nodes = np.array([(0.0, 0.0), (10.0, 0.0)])
    tied = lines_of(
        [(0, 1), (1, 0), (0, 1)],
        [(0, 0), (9, 0)],
        [(9, 0), (0, 0)],
        [(1, 1), (9, 1)],
    ).tied_to(nodes)
    assert np.diff(tied.start).tolist() == [3, 3, 4]
    assert tied.xy_m.tolist() == [
        [0, 0], [9, 0], [10, 0], [10, 0], [9, 0], [0, 0],
        [0, 0], [1, 1], [9, 1], [10, 0],
    ]  # fmt: skip

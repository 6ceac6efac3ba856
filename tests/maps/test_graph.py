"""The street network refuses what does not fit, and its digest names it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from maps import StreetGraph, StreetMap, StreetTags
from patrol.errors import MapError
from tests.strategies import grid_graph, line_graph, street_graphs


@given(street_graphs())
def test_streets_run_from_their_first_node_to_their_last(graph: StreetGraph) -> None:
    for street, (first, last) in enumerate(graph.edge_nodes):
        shape = graph.shape_of(street)
        assert (shape[0] == graph.node_xy_m[first]).all()
        assert (shape[-1] == graph.node_xy_m[last]).all()
    assert graph.length_m == pytest.approx(graph.edge_length_m.sum())


def test_arrays_cannot_be_changed() -> None:
    graph = line_graph(2)
    for array in (graph.node_xy_m, graph.edge_nodes, graph.tags.highway):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"edge_nodes": np.array([[0, 1], [1, 9], [2, 3]])},
            "1, ends at a node outside",
        ),
        ({"edge_length_m": np.array([1.0, 0.0, 1.0])}, "1, has a length under 0.001 m"),
        ({"edge_length_m": np.array([1.0, np.nan, 1.0])}, "1, has a length under"),
        ({"edge_length_m": np.array([1.0, 1.0])}, r"shape \(2,\), expected \(3,\)"),
        ({"shape_start": np.array([0, 2, 4, 5])}, "shape_start runs from 0 to 5"),
        ({"shape_start": np.array([0, 2, 5, 6])}, "2, has fewer than 2 points"),
        ({"node_xy_m": np.array([[0, 0], [1, 0], [2, np.nan], [3, 0]])}, "node_xy_m"),
        ({"node_xy_m": np.array([[5, 5], [1, 0], [2, 0], [3, 0]])}, "start and end"),
        ({"tags": StreetTags.empty(2)}, r"tags.highway has shape|tags.* has shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    change: dict[str, NDArray[np.float64]], message: str
) -> None:
    with pytest.raises(MapError, match=message):
        replace(line_graph(3, spacing_m=1.0), **change)  # type: ignore[arg-type]  # one of many fields


def test_a_graph_without_streets_is_refused() -> None:
    with pytest.raises(MapError, match="0 streets"):
        replace(
            line_graph(1),
            edge_nodes=np.zeros((0, 2), np.int64),
            edge_length_m=np.zeros(0),
            edge_osm_id=np.zeros(0, np.int64),
            shape_xy_m=np.zeros((0, 2)),
            shape_start=np.zeros(1, np.int64),
            tags=StreetTags.empty(0),
        )


def test_the_digest_changes_with_every_array_and_only_then() -> None:
    graph = grid_graph(2, 3)
    assert graph.digest == grid_graph(2, 3).digest
    lit = graph.tags.lit.copy()
    lit[3] = "yes"
    others = [
        replace(graph, tags=replace(graph.tags, lit=lit)),
        replace(graph, edge_length_m=graph.edge_length_m + 1e-3),
        replace(graph, node_osm_id=graph.node_osm_id + 1),
        replace(graph, edge_nodes=graph.edge_nodes.astype(np.int32)),
    ]
    assert [other.digest == graph.digest for other in others] == [
        False, False, False, True,
    ]  # fmt: skip


def test_tags_of_an_unknown_street_are_each_their_own() -> None:
    tags = StreetTags.empty(2)
    tags.highway[:] = "footway"
    tags.width_m[0] = 2.0
    assert tags.name.tolist() == ["", ""]
    assert np.isnan(tags.incline).all()


def test_tags_can_be_taken_in_any_order() -> None:
    tags = StreetTags.empty(3)
    tags.name[:] = ["a", "b", "c"]
    assert tags.take(np.array([2, 0])).name.tolist() == ["c", "a"]


@pytest.mark.parametrize(
    "xy_m", [np.zeros(2), np.zeros((2, 3)), np.full((1, 2), np.nan)]
)
def test_a_layer_that_is_not_places_is_refused(xy_m: NDArray[np.float64]) -> None:
    with pytest.raises(MapError, match="lamps"):
        StreetMap(line_graph(1), points_xy_m={"lamps": xy_m})

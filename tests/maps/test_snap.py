"""Points to streets, against brute force."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps import StreetGraph
from maps.snap import incident_streets, nearest_node, snap, touching_streets
from patrol.errors import MapError
from tests.strategies import grid_graph, line_graph, street_graphs

POINTS = st.lists(
    st.tuples(st.integers(-50, 350), st.integers(-50, 350)), min_size=0, max_size=8
)


def masks(data: st.DataObject, graph: StreetGraph) -> NDArray[np.bool_]:
    size = graph.num_edges
    return np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))


@settings(deadline=None, max_examples=60)
@given(
    graph=street_graphs(), points=POINTS, within_m=st.integers(0, 90), data=st.data()
)
def test_snapping_is_what_brute_force_finds(
    graph: StreetGraph,
    points: list[tuple[int, int]],
    within_m: int,
    data: st.DataObject,
) -> None:
    mask = masks(data, graph)
    got = snap(graph, points, within_m=within_m, mask=mask)

    for i, xy in enumerate(points):
        place = shapely.Point(xy)
        lines = [shapely.LineString(graph.shape_of(e)) for e in range(graph.num_edges)]
        gaps = [
            line.distance(place) if mask[e] else np.inf for e, line in enumerate(lines)
        ]
        best = int(np.argmin(gaps))
        if abs(gaps[best] - within_m) < 1e-9:
            continue  # a matter of rounding
        if gaps[best] > within_m:
            assert got.street[i] == -1
            assert np.isnan(got.offset_m[i])
            assert np.isinf(got.distance_m[i])
            continue
        street = int(got.street[i])
        assert gaps[street] == pytest.approx(gaps[best], abs=1e-9)
        assert got.distance_m[i] == pytest.approx(gaps[best], abs=1e-9)
        on_street = lines[street].interpolate(got.offset_m[i])
        assert on_street.distance(place) == pytest.approx(gaps[best], abs=1e-9)
    assert got.found.tolist() == (got.street >= 0).tolist()


def test_of_equally_near_streets_the_lowest_number_is_taken() -> None:
    graph = grid_graph(3, 3)
    meeting = incident_streets(graph).of(4)
    assert snap(graph, graph.node_xy_m[[4]], within_m=1).street == meeting.min()
    centre = graph.node_xy_m[[0, 1, 3, 4]].mean(axis=0)
    around = [e for e, ends in enumerate(graph.edge_nodes) if max(ends) <= 4]
    assert snap(graph, [centre], within_m=60).street == min(around)


def test_points_far_beyond_the_map_find_their_street_if_the_reach_lets_them() -> None:
    graph = line_graph(3)
    far = [(-4000.0, 30.0), (150.0, 5000.0), (9000.0, -9000.0)]
    near = snap(graph, far, within_m=4500)
    assert near.street.tolist() == [0, -1, -1]
    assert near.distance_m[0] == pytest.approx(np.hypot(4000, 30))
    everything = snap(graph, far, within_m=np.inf)
    assert everything.street.tolist() == [0, 1, 2]
    assert everything.offset_m.tolist() == [0.0, 50.0, 100.0]


@settings(deadline=None)
@given(graph=street_graphs(), points=POINTS, data=st.data())
def test_the_nearest_node_is_at_an_open_street(
    graph: StreetGraph, points: list[tuple[int, int]], data: st.DataObject
) -> None:
    mask = masks(data, graph)
    if not mask.any():
        with pytest.raises(MapError, match="no nearest node"):
            nearest_node(graph, points, mask)
        return
    node, distance_m = nearest_node(graph, points, mask)
    allowed = np.unique(graph.edge_nodes[mask])
    for i, xy in enumerate(points):
        gaps = np.hypot(*(graph.node_xy_m[allowed] - xy).T)
        assert node[i] in allowed
        assert distance_m[i] == pytest.approx(gaps.min())


@given(street_graphs(connected=False))
def test_streets_meet_at_their_ends(graph: StreetGraph) -> None:
    meeting = incident_streets(graph)
    for node in range(graph.num_nodes):
        expected = [e for e, ends in enumerate(graph.edge_nodes) if node in ends]
        assert meeting.of(node).tolist() == expected


def test_a_point_at_a_crossing_touches_all_streets_that_meet_there() -> None:
    graph = grid_graph(3, 3)
    points = [(101, 100), (150, 101), (150, 500)]

    got = touching_streets(graph, points, within_m=20, at_node_m=2)

    assert got.of(0).tolist() == incident_streets(graph).of(4).tolist()
    assert got.of(1).tolist() == snap(graph, points, within_m=20).street[1:2].tolist()
    assert got.of(2).tolist() == []


def test_closed_streets_are_not_touched() -> None:
    graph = grid_graph(3, 3)
    mask = np.ones(graph.num_edges, dtype=bool)
    mask[incident_streets(graph).of(4)[:2]] = False
    got = touching_streets(graph, [(100, 100)], within_m=20, mask=mask)
    assert got.streets.tolist() == incident_streets(graph).of(4)[2:].tolist()
    mask[:] = False
    nothing = touching_streets(graph, [(100, 100)], within_m=20, mask=mask)
    assert nothing.start.tolist() == [0, 0]


def test_a_point_that_is_nowhere_is_refused() -> None:
    with pytest.raises(MapError, match="1 of 2 points have no place"):
        snap(line_graph(1), [(0, 0), (np.nan, 1)], within_m=5)
    with pytest.raises(MapError, match="reach of -1"):
        snap(line_graph(1), [(0, 0)], within_m=-1)

"""networkx and osmnx graphs become streets and come back."""

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings

from maps import LocalProjection, StreetGraph, embedded_map_path, read_map
from maps.networkx_graphs import from_networkx, read_graphml, to_networkx
from patrol.errors import MapError
from tests.shared_data import shared_file
from tests.strategies import line_graph, street_graphs

PLANE = LocalProjection(127.0, 37.5)
METRES = {1: (0.0, 0.0), 2: (300.0, 0.0), 3: (300.0, 400.0)}
DEGREES = {
    node: tuple(PLANE.to_lon_lat_deg([xy])[0].tolist()) for node, xy in METRES.items()
}


def drive_graph(places: dict[int, Any] = DEGREES, **attributes: object) -> Any:
    """A directed graph as osmnx makes: one two-way street, one one-way street."""
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.graph.update(attributes)
    for node, (x, y) in places.items():
        graph.add_node(node, x=x, y=y)
    bend = (places[1][0], places[2][1] + (places[3][1] - places[1][1]) / 2)
    there = shapely.LineString([places[1], bend, places[2]])
    tags = {"osmid": [7, 8], "highway": ["residential", "steps"], "name": ["A", "B"]}
    graph.add_edge(1, 2, geometry=there, reversed=True, **tags)
    back = there.reverse()
    graph.add_edge(2, 1, geometry=back, reversed=False, width=["3", "2.5"], **tags)
    graph.add_edge(2, 3, osmid=9, highway="service", oneway=True, length=1e9)
    return graph


def test_two_directions_of_a_street_become_one_and_a_single_one_is_one_way() -> None:
    graph = from_networkx(drive_graph())

    assert graph.node_osm_id.tolist() == [1, 2, 3]
    # Each street has the direction of OpenStreetMap's way.
    assert graph.edge_nodes.tolist() == [[1, 0], [1, 2]]
    assert graph.tags.oneway.tolist() == [0, 1]
    assert graph.edge_osm_id.tolist() == [7, 9]
    assert graph.tags.highway.tolist() == ["steps", "service"]
    assert graph.tags.name.tolist() == ["A; B", ""]
    assert graph.tags.width_m[0] == 2.5
    assert graph.edge_length_m == pytest.approx(
        [200 + np.hypot(300, 200), 400], abs=0.05
    )


def test_streets_of_the_same_ends_on_another_course_stay_apart() -> None:
    peer = drive_graph()
    peer.add_edge(2, 1, highway="footway")
    graph = from_networkx(peer)
    assert graph.num_edges == 3
    assert sorted(graph.tags.oneway.tolist()) == [0, 1, 1]


def test_a_projected_graph_is_the_same_graph() -> None:
    to_korea = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:5179", always_xy=True)
    korean = {node: to_korea.transform(*place) for node, place in DEGREES.items()}
    projected = drive_graph(korean, crs="EPSG:5179")
    projected.remove_edge(1, 2)  # its bend is not at the same place there
    projected.remove_edge(2, 1)
    degrees = drive_graph(crs=pyproj.CRS("EPSG:4326"))
    degrees.remove_edge(1, 2)
    degrees.remove_edge(2, 1)
    assert from_networkx(projected).digest == from_networkx(degrees).digest


@settings(deadline=None, max_examples=50)
@given(street_graphs())
def test_there_and_back_is_the_same_graph(graph: StreetGraph) -> None:
    # Made graphs have lengths of full precision, measured ones to the micrometre.
    once = from_networkx(to_networkx(graph))
    np.testing.assert_allclose(once.edge_length_m, graph.edge_length_m, atol=1e-6)
    np.testing.assert_array_equal(once.edge_nodes, graph.edge_nodes)
    np.testing.assert_array_equal(once.shape_xy_m, graph.shape_xy_m)
    assert from_networkx(to_networkx(once)).digest == once.digest


def test_the_embedded_map_survives_there_and_back_with_all_its_tags() -> None:
    graph = read_map(embedded_map_path()).graph
    peer = to_networkx(graph)
    assert peer.number_of_edges() == graph.num_edges
    assert sum(d["length"] for *_, d in peer.edges(data=True)) == pytest.approx(
        graph.length_m
    )
    assert from_networkx(peer).digest == graph.digest


def test_a_simple_undirected_graph_will_do() -> None:
    peer: nx.Graph[str] = nx.Graph()
    peer.add_node("a", x=127.0, y=37.5)
    peer.add_node("b", x=127.001, y=37.5)
    peer.add_edge("a", "b", geometry="LINESTRING (127.001 37.5, 127.0 37.5)")
    graph = from_networkx(peer)
    assert graph.num_edges == 1
    assert graph.node_osm_id.tolist() == [0, 0]
    assert graph.edge_nodes.tolist() == [[1, 0]]  # as its geometry runs


def test_a_geometry_that_stops_short_is_led_to_its_nodes() -> None:
    peer: nx.Graph[int] = nx.Graph()
    peer.add_node(1, x=127.0, y=37.5)
    peer.add_node(2, x=127.01, y=37.5)
    peer.add_edge(1, 2, geometry=shapely.LineString([(127.001, 37.5), (127.009, 37.5)]))
    straight: nx.Graph[int] = nx.Graph(peer)
    straight.edges[1, 2]["geometry"] = None
    short, whole = from_networkx(peer), from_networkx(straight)
    assert len(short.shape_xy_m) == 4
    assert short.length_m == pytest.approx(whole.length_m, abs=0.01)


@pytest.mark.parametrize(
    ("node", "edge", "message"),
    [
        ({}, {}, "node 2 has x None"),
        ({"x": "east", "y": 37.5}, {}, "node 2 has x 'east'"),
        ({"x": 953_899.7, "y": 1_952_027.9}, {}, "not on earth"),
        ({"x": 127.0, "y": 37.5}, {}, "none of 1 streets is longer"),
        (
            {"x": 127.1, "y": 37.5},
            {"geometry": shapely.Point(127, 37)},
            "edge 0 has a Point",
        ),
    ],
)
def test_what_is_no_street_network_is_refused(
    node: dict[str, object], edge: dict[str, object], message: str
) -> None:
    peer: nx.Graph[int] = nx.Graph()
    peer.add_node(1, x=127.0, y=37.5)
    peer.add_node(2, **node)
    peer.add_edge(1, 2, **edge)
    with pytest.raises(MapError, match=message):
        from_networkx(peer)


def test_a_graph_without_edges_is_refused() -> None:
    peer: nx.Graph[int] = nx.Graph()
    peer.add_node(1, x=127.0, y=37.5)
    with pytest.raises(MapError, match="1 nodes has no edge"):
        from_networkx(peer)


def test_known_tags_are_attributes_and_unknown_ones_absent() -> None:
    peer = to_networkx(line_graph(1))
    tags = peer.edges[0, 1, 0]
    assert tags["highway"] == "residential"
    assert {"surface", "width_m", "barrier"} & set(tags) == set()


def test_the_graph_of_gwanak_is_read(tmp_path: Path) -> None:
    street_map = read_graphml(shared_file("data/gwanak/gwanak_osm_roads.graphml"))
    graph = street_map.graph
    # osmnx counts 7,384 undirected edges: it has each of 8 loops twice.
    assert (graph.num_nodes, graph.num_edges) == (5199, 7384 - 8)
    loops = graph.edge_nodes[:, 0] == graph.edge_nodes[:, 1]
    counted_twice_m = graph.edge_length_m[loops].sum()
    assert loops.sum() == 8
    # The plane is the ellipsoid's, osmnx measures on a sphere: 0.07 % apart.
    assert graph.length_m + counted_twice_m == pytest.approx(419_837, rel=1e-3)
    assert (graph.tags.highway == "residential").sum() > 3_000
    assert "OpenStreetMap" in street_map.source

    broken = tmp_path / "cut.graphml"
    whole = shared_file("data/gwanak/gwanak_osm_roads.graphml").read_bytes()
    broken.write_bytes(whole[:100_000])
    with pytest.raises(MapError, match=r"cut\.graphml"):
        read_graphml(broken)


def test_graphml_of_an_old_osmnx_is_read_as_one_of_a_new(tmp_path: Path) -> None:
    import osmnx as ox

    graph = drive_graph(crs="epsg:4326")
    ox.save_graphml(graph, tmp_path / "new.graphml")
    old: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="{'init': 'epsg:4326'}")
    for node, data in graph.nodes(data=True):
        old.add_node(node, osmid=str(node), **{k: str(v) for k, v in data.items()})
    for u, v, data in graph.edges(data=True):
        old.add_edge(u, v, **{k: str(v) for k, v in data.items()})
    nx.write_graphml(old, tmp_path / "old.graphml")
    expected = read_graphml(tmp_path / "new.graphml").graph
    assert read_graphml(tmp_path / "old.graphml").graph.digest == expected.digest

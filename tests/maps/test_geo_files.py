"""GeoPackage and GeoJSON: plain lines, and what osmnx saves."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from maps.geo_files import read_gpkg
from maps.networkx_graphs import from_networkx
from maps.read import read_map
from patrol.errors import MapError
from tests.shared_data import shared_file

Line = list[tuple[float, float]]
CROSS = (127.001, 37.5)
WEST_EAST: Line = [(127.0, 37.5), CROSS, (127.002, 37.5)]
NORTH: Line = [CROSS, (127.001, 37.501)]
BRIDGE: Line = [(127.0005, 37.499), (127.0005, 37.501)]


def write_geojson(path: Path, *lines: Line, **properties: object) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"street {i}"} | properties,
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for i, line in enumerate(lines)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_lines_are_joined_at_ends_and_cut_where_another_one_ends(
    tmp_path: Path,
) -> None:
    path = write_geojson(tmp_path / "a.geojson", WEST_EAST, NORTH, BRIDGE)
    graph = read_gpkg(path).graph
    # The bridge crosses without a common point and stays apart.
    assert (graph.num_nodes, graph.num_edges) == (6, 4)
    assert graph.tags.name.tolist() == ["street 0", "street 0", "street 1", "street 2"]
    assert graph.length_m == pytest.approx(177 + 111 + 222, abs=1)


def test_tags_and_numbers_are_read_from_columns(tmp_path: Path) -> None:
    path = write_geojson(
        tmp_path / "a.geojson", NORTH, fclass="footway", width="2 m", osm_id="42"
    )
    graph = read_gpkg(path).graph
    assert graph.tags.highway.tolist() == ["footway"]
    assert graph.tags.width_m.tolist() == [2.0]
    assert graph.edge_osm_id.tolist() == [42]
    assert graph.node_osm_id.tolist() == [0, 0]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:5179", "EPSG:32652"])
def test_other_projections_give_the_same_streets(tmp_path: Path, crs: str) -> None:
    lines = [shapely.LineString(WEST_EAST), shapely.MultiLineString([NORTH]), None]
    table = gpd.GeoDataFrame({"lit": ["yes", None, "no"]}, geometry=lines, crs=4326)
    table.to_crs(crs).to_file(tmp_path / "a.gpkg", layer="ways")
    graph = read_gpkg(tmp_path / "a.gpkg").graph
    assert graph.num_edges == 3
    assert graph.tags.lit.tolist() == ["yes", "yes", ""]
    assert graph.length_m == pytest.approx(177 + 111, abs=1)


def test_a_geopackage_that_names_no_projection_is_refused(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(geometry=[shapely.LineString(NORTH)])
    with pytest.warns(UserWarning, match="crs"):
        table.to_file(tmp_path / "a.gpkg")
    with pytest.raises(MapError, match="names no coordinate reference system"):
        read_gpkg(tmp_path / "a.gpkg")


def test_several_layers_of_lines_are_refused_and_listed(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(geometry=[shapely.LineString(NORTH)], crs=4326)
    for layer in ("rivers", "ways"):
        table.to_file(tmp_path / "a.gpkg", layer=layer)
    with pytest.raises(MapError, match=r"rivers \(LineString\), ways"):
        read_gpkg(tmp_path / "a.gpkg")


def test_points_alone_are_refused(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(geometry=[shapely.Point(CROSS)], crs=4326)
    table.to_file(tmp_path / "a.gpkg", layer="lamps")
    table.to_file(tmp_path / "a.geojson")
    for name in ("a.gpkg", "a.geojson"):
        with pytest.raises(MapError, match="0 layers of lines"):
            read_gpkg(tmp_path / name)


def test_layers_of_nodes_and_edges_may_be_projected(tmp_path: Path) -> None:
    places = [shapely.Point(WEST_EAST[0]), shapely.Point(WEST_EAST[2])]
    nodes = gpd.GeoDataFrame({"osmid": [5, 9]}, geometry=places, crs=4326)
    edges = gpd.GeoDataFrame(
        {"u": [5], "v": [9]}, geometry=[shapely.LineString(WEST_EAST)], crs=4326
    )
    for layer, table in {"nodes": nodes, "edges": edges}.items():
        table.to_crs("EPSG:5179").to_file(tmp_path / "a.gpkg", layer=layer)
    graph = read_gpkg(tmp_path / "a.gpkg").graph
    assert graph.node_osm_id.tolist() == [5, 9]
    assert len(graph.shape_xy_m) == 3
    assert graph.length_m == pytest.approx(177, abs=1)


def test_what_osmnx_saves_is_the_graph_that_osmnx_had(tmp_path: Path) -> None:
    import osmnx as ox

    peer = ox.load_graphml(shared_file("data/gwanak/gwanak_osm_roads.graphml"))
    expected = from_networkx(peer)
    for directed in (True, False):
        path = tmp_path / f"{directed}.gpkg"
        ox.save_graph_geopackage(peer, path, directed=directed)
        got = read_gpkg(path).graph
        assert got.node_osm_id.tolist() == expected.node_osm_id.tolist()
        # Undirected, osmnx still has each of the 8 loops twice.
        assert got.num_edges == expected.num_edges + (0 if directed else 8)
        if directed:
            assert got.length_m == pytest.approx(expected.length_m)


def test_lists_that_osmnx_wrote_as_text_are_lists_again(tmp_path: Path) -> None:
    import networkx as nx
    import osmnx as ox

    peer: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326")
    for node, (x, y) in enumerate(WEST_EAST, start=1):
        peer.add_node(node, x=x, y=y)
    for ends in ((1, 2), (2, 1)):
        peer.add_edge(
            *ends,
            osmid=[71, 72],
            highway=["residential", "service"],
            name=["Bishop's Lane", "Main St, north"],
            width=["3", "2.5"],
        )
    ox.save_graph_geopackage(peer, tmp_path / "a.gpkg", directed=True)
    graph = read_gpkg(tmp_path / "a.gpkg").graph
    assert graph.tags.highway.tolist() == ["residential"]
    assert graph.tags.name.tolist() == ["Bishop's Lane; Main St, north"]
    assert graph.tags.width_m.tolist() == [2.5]
    assert graph.edge_osm_id.tolist() == [71]


LINKS = (
    "walk_edge_id,name,geometry_wkt\n"
    '7,남부순환로,"LINESTRING (126.950 37.480, 126.951 37.480)"\n'
    '8,,"LINESTRING (126.951 37.480, 126.952 37.481)"\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_official_links_are_read_from_wkt(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "links.csv"
    path.write_text(LINKS + "9,broken\n", encoding)
    found = read_map(path)
    assert found.graph.num_edges == 2
    assert found.graph.num_nodes == 3
    assert found.graph.tags.name.tolist() == ["남부순환로", ""]
    assert "1 rows without all columns left out" in found.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "1 rows and 0 columns whose name ends in 'wkt'"),
        ("a,wkt\n", "0 rows and 1 columns"),
        ("", "its columns are none"),
        ("a,wkt\n1,LINE 5\n", "is no WKT"),
        ("a,wkt\n1,POINT (1 2)\n", "none of 1 shapes is a line"),
    ],
)
def test_a_table_without_lines_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "links.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(MapError, match=said):
        read_map(path)

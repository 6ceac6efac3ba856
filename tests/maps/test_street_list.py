"""Streets that people name in a file."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from maps.areas import streets_touching, streets_within
from maps.street_list import read_street_list
from patrol.errors import MapError
from tests.strategies import grid_graph, line_graph, street_graphs


def listed(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "streets.csv"
    path.write_bytes(text.encode(encoding))
    return path


def drawn(folder: Path, graph: StreetGraph, *shapes: shapely.Geometry) -> Path:
    features = []
    for shape in shapes:
        placed = shapely.transform(shape, graph.projection.to_lon_lat_deg)
        geometry = json.loads(shapely.to_geojson(placed))
        features.append({"type": "Feature", "properties": {}, "geometry": geometry})
    path = folder / "streets.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_numbers_are_read_once_each_and_in_order(tmp_path: Path) -> None:
    found = read_street_list(listed(tmp_path, "street\n3\n1\n\n3\n"), line_graph(5))
    assert found.streets.tolist() == [1, 3]
    assert found.unknown == ()


def test_a_way_means_all_of_its_streets(tmp_path: Path) -> None:
    graph = line_graph(5)
    graph.edge_osm_id.flags.writeable = True
    graph.edge_osm_id[[0, 2]] = 77
    found = read_street_list(listed(tmp_path, "osm_way\n77\n5004\n"), graph)
    assert found.streets.tolist() == [0, 2, 4]


def test_list_may_come_from_a_korean_spreadsheet(tmp_path: Path) -> None:
    text = "이름;Street\n신림로;2\n봉천로;0\n"
    path = listed(tmp_path, text, encoding="cp949")
    assert read_street_list(path, line_graph(4)).streets.tolist() == [0, 2]
    path = listed(tmp_path, text, encoding="utf-8-sig")
    assert read_street_list(path, line_graph(4)).streets.tolist() == [0, 2]


def test_what_is_not_on_the_map_is_told_with_its_line(tmp_path: Path) -> None:
    graph = line_graph(3)
    found = read_street_list(listed(tmp_path, "street\n1\n3\n-1\n"), graph)
    assert found.streets.tolist() == [1]
    assert found.unknown == ("street 3 (line 3)", "street -1 (line 4)")
    found = read_street_list(listed(tmp_path, "x,osm_way\n,5002\n,9\n"), graph)
    assert found.streets.tolist() == [2]
    assert found.unknown == ("way 9 (line 3)",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "columns none"),
        ("road\n1\n", "columns road: it needs one of 'street' or 'osm_way'"),
        ("street\n", "names no street"),
        ("street\n1.5\n", "line 2: street is '1.5'"),
        ("street\n1\nx\n", "line 3: street is 'x'"),
        ("street\n²\n", "'²'"),
        ("a,street\n1\n", "line 2: street is ''"),
        (f"street\n{10**20}\n", "line 2"),
        ("street\n" + "1" * 200_000 + "\n", "field larger"),
    ],
)
def test_list_that_says_no_streets_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(MapError) as caught:
        read_street_list(listed(tmp_path, text), line_graph(3))
    assert said in str(caught.value)


def test_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("none.csv", "none.geojson"):
        with pytest.raises(MapError, match="none"):
            read_street_list(tmp_path / name, line_graph(3))


def test_drawn_line_means_the_streets_along_it_not_those_across(
    tmp_path: Path,
) -> None:
    graph = grid_graph(3, 3)
    line = shapely.LineString([(5, 104), (195, 97)])
    found = read_street_list(drawn(tmp_path, graph, line), graph)
    assert graph.edge_nodes[found.streets].tolist() == [[3, 4], [4, 5]]


def test_drawn_area_means_the_streets_of_which_half_is_inside(tmp_path: Path) -> None:
    graph = grid_graph(3, 3)
    box = shapely.box(-5, -5, 149, 51)
    found = read_street_list(drawn(tmp_path, graph, box), graph)
    assert graph.edge_nodes[found.streets].tolist() == [[0, 1], [0, 3], [1, 4]]
    wider = shapely.box(140, -5, 205, 5)  # the two boxes hold the second street
    found = read_street_list(drawn(tmp_path, graph, box, wider), graph)
    assert [1, 2] in graph.edge_nodes[found.streets].tolist()


def test_points_are_no_drawing(tmp_path: Path) -> None:
    graph = line_graph(2)
    with pytest.raises(MapError, match=r"Point in .* must hold polygons and lines"):
        read_street_list(drawn(tmp_path, graph, shapely.Point(0, 0)), graph)


@given(graph=street_graphs(), corner=st.tuples(st.integers(0, 300), st.integers(0, 9)))
def test_streets_inside_touch_and_a_larger_share_finds_no_more(
    graph: StreetGraph, corner: tuple[int, int]
) -> None:
    x, y = corner
    areas = np.array([shapely.box(x, y, x + 150, y + 150)], dtype=object)
    half = streets_within(graph, areas)
    assert np.isin(half, streets_touching(graph, areas)).all()
    assert np.isin(streets_within(graph, areas, share=1.0), half).all()
    everything = np.array([shapely.box(-1e4, -1e4, 1e4, 1e4)], dtype=object)
    assert len(streets_within(graph, everything, share=1.0)) == graph.num_edges

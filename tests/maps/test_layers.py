"""Things beside the streets: reading them from what offices publish, counting them."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import StreetGraph
from maps.layers import count_near, nearest_m, read_points
from patrol.errors import MapError
from tests.shared_data import shared_file
from tests.strategies import GWANAK, line_graph, street_graphs

POINTS = st.lists(st.tuples(st.integers(-50, 350), st.integers(-50, 350)), max_size=8)


@settings(deadline=None, max_examples=60)
@given(graph=street_graphs(), points=POINTS, within_m=st.integers(0, 90))
def test_counts_and_distances_are_what_brute_force_finds(
    graph: StreetGraph, points: list[tuple[int, int]], within_m: int
) -> None:
    count = count_near(graph, np.array(points).reshape(-1, 2), within_m=within_m)
    nearest = nearest_m(graph, points)
    for street in range(graph.num_edges):
        line = shapely.LineString(graph.shape_of(street))
        gaps = [line.distance(shapely.Point(xy)) for xy in points]
        assert count[street] == sum(gap <= within_m for gap in gaps)
        assert nearest[street] == min(gaps, default=np.inf)


HEADERS = [
    ("longitude", "latitude"), ("lon", "lat"), ("lng", "lat"), ("x", "y"),
    ("WGS84경도", "WGS84위도"), ("경도", "위도"), ("Longitude", " LATITUDE "),
]  # fmt: skip


@pytest.mark.parametrize(("lon", "lat"), HEADERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_columns_are_found_by_their_usual_names_in_any_encoding(
    tmp_path: Path, lon: str, lat: str, encoding: str
) -> None:
    path = tmp_path / "points.csv"
    text = f'{lat},이름,{lon}\n37.4781,"가로등, 1호",126.9514\n'
    path.write_bytes(text.encode(encoding))
    layer = read_points(path, GWANAK)
    assert layer.xy_m.tolist() == [[0.0, 0.0]]
    assert layer.skipped == 0


def test_rows_without_usable_coordinates_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    rows = [
        "126.95,37.47",
        ",",
        "126.95",
        "abc,37.4",
        "0,0",
        "126.95,137",
        "nan,37",
        "",
    ]
    path.write_text("lon,lat\n" + "\n".join(rows))
    layer = read_points(path, GWANAK)
    assert (len(layer.xy_m), layer.skipped) == (1, 6)


def test_named_columns_win_over_usual_names(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lon,lat,dock_e,dock_n\n1,2,126.9514,37.4781\n")
    layer = read_points(path, GWANAK, lon="dock_e", lat="dock_n")
    assert layer.xy_m.tolist() == [[0.0, 0.0]]


def test_missing_columns_are_named_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("name,address\na,b\n")
    with pytest.raises(MapError, match=r"its columns are name, address"):
        read_points(path, GWANAK)
    with pytest.raises(MapError, match="no column east, its"):
        read_points(path, GWANAK, lon="east", lat="north")


def test_metres_instead_of_degrees_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("x,y\n953899.7,1952027.9\n")
    with pytest.raises(MapError, match=r"none of 1 rows.*953899\.7"):
        read_points(path, GWANAK)


def test_geojson_points_are_read(tmp_path: Path) -> None:
    shapes = [
        {"type": "Point", "coordinates": [126.9514, 37.4781, 30.0]},
        {"type": "MultiPoint", "coordinates": [[126.95, 37.47], [126.96, 37.48]]},
        {"type": "LineString", "coordinates": [[126.95, 37.47], [126.96, 37.48]]},
        None,
    ]
    features = [{"type": "Feature", "geometry": shape} for shape in shapes]
    path = tmp_path / "points.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    layer = read_points(path, GWANAK)
    assert (len(layer.xy_m), layer.skipped) == (3, 2)
    assert layer.xy_m[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "Feature"}'])
def test_what_is_not_geojson_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "points.geojson"
    path.write_text(text)
    with pytest.raises(MapError, match=r"points\.geojson"):
        read_points(path, GWANAK)


def test_what_is_not_text_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(b"lon,lat\n\xff\xfe\xff")
    with pytest.raises(MapError, match="neither UTF-8 nor CP949"):
        read_points(path, GWANAK)
    with pytest.raises(MapError, match="cannot read"):
        read_points(tmp_path / "absent.csv", GWANAK)


def test_a_file_without_rows_is_an_empty_layer(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lon,lat\n")
    layer = read_points(path, GWANAK)
    assert layer.xy_m.shape == (0, 2)
    assert count_near(line_graph(2), layer.xy_m, within_m=10).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("name", "rows"), [("gwanak_cctv", 5366), ("gwanak_emergency_bells", 988)]
)
def test_the_files_of_gwanak_are_read_in_both_encodings(
    tmp_path: Path, name: str, rows: int
) -> None:
    path = shared_file(f"data/gwanak/{name}.csv")
    as_published = tmp_path / "cp949.csv"
    text = path.read_text("utf-8-sig")
    as_published.write_bytes(text.encode("cp949", errors="replace"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == rows + 1

    layer, again = read_points(path, GWANAK), read_points(as_published, GWANAK)

    assert (len(layer.xy_m), layer.skipped) == (rows, 0)
    assert (again.xy_m == layer.xy_m).all()
    assert np.hypot(*layer.xy_m.T).max() < 6_000

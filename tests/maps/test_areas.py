"""Streets in areas that people drew."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from maps.areas import read_areas, streets_touching
from patrol.errors import MapError
from tests.strategies import grid_graph, line_graph, street_graphs


def area_file(graph: StreetGraph, path: Path, *, kind: str = "Polygon") -> Path:
    """Square of 60 m around the plane's origin."""
    ring = [(-30, -30), (30, -30), (30, 30), (-30, 30), (-30, -30)]
    places = graph.projection.to_lon_lat_deg(ring).tolist()
    coordinates = [places] if kind == "Polygon" else places
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": kind, "coordinates": coordinates},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def test_streets_with_a_point_in_the_area_are_found(tmp_path: Path) -> None:
    graph = line_graph(3)
    areas = read_areas(area_file(graph, tmp_path / "area.geojson"), graph)
    assert streets_touching(graph, areas).tolist() == [0]
    assert shapely.area(areas[0]) == pytest.approx(3600, rel=1e-3)


@given(
    graph=street_graphs(connected=False),
    corner=st.tuples(st.integers(-50, 300), st.integers(-50, 300)),
    side=st.integers(5, 200),
)
def test_what_is_not_found_keeps_out_of_the_area(
    graph: StreetGraph, corner: tuple[int, int], side: int
) -> None:
    (x, y), box = corner, shapely.box(*corner, corner[0] + side, corner[1] + side)
    found = set(streets_touching(graph, np.array([box], dtype=object)).tolist())
    for street in range(graph.num_edges):
        line = shapely.LineString(graph.shape_of(street))
        assert (street in found) == (line.distance(box) == 0), (x, y, street)


def test_no_area_touches_no_street() -> None:
    assert streets_touching(grid_graph(3, 3), np.array([], dtype=object)).size == 0


def test_lines_are_no_areas(tmp_path: Path) -> None:
    graph = line_graph(1)
    path = area_file(graph, tmp_path / "line.geojson", kind="LineString")
    with pytest.raises(MapError, match=r"line.geojson holds LineString .* polygons"):
        read_areas(path, graph)


def test_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "area.geojson").write_text("{")
    with pytest.raises(MapError, match=r"cannot read areas from area\.geojson"):
        read_areas(tmp_path / "area.geojson", line_graph(1))

"""Areas with columns, cells, and how streets and points lie in them."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from maps.area_table import (
    area_of_points,
    grid_of_areas,
    read_area_table,
    street_shares,
)
from patrol.errors import MapError
from tests.shared_data import shared_file
from tests.strategies import GWANAK, grid_graph, line_graph, street_graphs

GRAPH = line_graph(4)


def area_file(folder: Path, *properties: dict[str, object]) -> Path:
    """One square a set of properties, each over the next 100 m to the east."""
    features = []
    for k, values in enumerate(properties):
        corners = np.array(shapely.box(100 * k, -50, 100 * k + 100, 50).exterior.coords)
        ring = GWANAK.to_lon_lat_deg(corners).tolist()
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": values, "geometry": shape})
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_columns_come_with_their_areas(tmp_path: Path) -> None:
    path = area_file(
        tmp_path, {"name": "남현동", "people": 10}, {"name": "b", "people": None}
    )
    table = read_area_table(path, GRAPH)
    assert len(table) == 2
    assert table.texts("name") == ("남현동", "b")
    assert np.isnan(table.numbers("people")).tolist() == [False, True]
    assert shapely.area(table.shapes) == pytest.approx([10_000, 10_000], rel=1e-3)


def test_column_that_is_not_there_or_no_number_is_refused(tmp_path: Path) -> None:
    table = read_area_table(area_file(tmp_path, {"name": "a"}), GRAPH)
    with pytest.raises(MapError, match="have no column 'people', they have 'name'"):
        table.numbers("people")
    with pytest.raises(MapError, match="'name' of the areas must hold numbers"):
        table.numbers("name")


def test_street_counts_in_each_area_by_its_length_there() -> None:
    shapes = np.array([shapely.box(0, -9, 150, 9), shapely.box(150, -9, 320, 9)])
    shares = street_shares(GRAPH, shapes).toarray()
    assert shares == pytest.approx(np.array([[1, 0.5, 0, 0], [0, 0.5, 1, 0.2]]))


@given(graph=street_graphs(), cell_m=st.floats(15, 400))
def test_cells_hold_every_street_whole(graph: StreetGraph, cell_m: float) -> None:
    table = grid_of_areas(graph, cell_m=cell_m)
    # A street on the border of two cells lies in both.
    assert (street_shares(graph, table.shapes).sum(axis=0) >= 1 - 1e-6).all()
    assert len(set(table.texts("name"))) == len(table)


def test_cells_are_named_from_the_south_west() -> None:
    table = grid_of_areas(grid_graph(3, 3), cell_m=150)
    assert table.texts("name") == ("E1 N1", "E1 N2", "E2 N1", "E2 N2")


@pytest.mark.parametrize("cell_m", [0, -5, float("nan"), 0.5])
def test_cells_that_cannot_be_are_refused(cell_m: float) -> None:
    with pytest.raises(MapError, match="no more than 10000 cells"):
        grid_of_areas(grid_graph(3, 3), cell_m=cell_m)


def test_point_is_in_the_first_area_that_holds_it() -> None:
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 20, 10)])
    points = np.array([[1.0, 1.0], [7.0, 5.0], [15.0, 5.0], [99.0, 5.0]])
    assert area_of_points(shapes, points).tolist() == [0, 0, 1, -1]


def test_boundaries_of_gwanak_are_read_with_their_names() -> None:
    path = shared_file("data/gwanak/gwanak_dong_boundaries.geojson")
    table = read_area_table(path, GRAPH)
    assert "보라매동" in table.texts("행정동")
    assert shapely.area(table.shapes).sum() / 1e6 == pytest.approx(29.57, rel=0.02)

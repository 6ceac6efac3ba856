"""A stored map comes back bit for bit, or not at all."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps import StreetGraph, StreetMap, embedded_map_path, read_map
from maps.store import load_map, save_map
from patrol.errors import MapError
from tests.strategies import line_graph, street_graphs

NUMBERS = st.floats(-1e4, 1e4)
LAYERS = st.dictionaries(
    st.sampled_from(["lamps", "cameras", "가로등"]),
    st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4).map(
        lambda points: np.array(points, dtype=np.float64).reshape(-1, 2)
    ),
)


@settings(deadline=None, max_examples=30)
@given(
    graph=street_graphs(connected=False),
    layers=LAYERS,
    source=st.text(),
    data=st.data(),
)
def test_a_map_comes_back_as_it_was(
    graph: StreetGraph,
    layers: dict[str, NDArray[np.float64]],
    source: str,
    data: st.DataObject,
) -> None:
    names = data.draw(
        st.lists(st.text(), min_size=graph.num_edges, max_size=graph.num_edges)
    )
    tags = replace(graph.tags, name=np.array(names, dtype=object))
    before = StreetMap(
        replace(graph, tags=tags), layers, source=source, notes=("a", "b")
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.parquet"
        save_map(before, path)
        after = load_map(path)

    assert after.graph.digest == before.graph.digest
    assert after.graph.projection == graph.projection
    assert (after.source, after.notes) == (source, ("a", "b"))
    assert sorted(after.points_xy_m) == sorted(layers)
    for name, xy_m in layers.items():
        np.testing.assert_array_equal(after.points_xy_m[name], xy_m)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "helsinki.parquet"
    save_map(read_map(embedded_map_path()), path)
    return path


def test_the_embedded_map_comes_back_as_it_was(stored: Path) -> None:
    before, after = read_map(embedded_map_path()), read_map(stored)
    assert after.graph.digest == before.graph.digest
    assert (after.source, after.notes) == (before.source, before.notes)


def test_geopandas_reads_the_file_and_finds_helsinki(stored: Path) -> None:
    import geopandas as gpd

    table = gpd.read_parquet(stored)
    streets = table[table["layer"] == "streets"]
    assert len(streets) == 5342
    np.testing.assert_allclose(streets.length, streets["length_m"], atol=1e-5)
    assert (table["layer"] == "lamps").sum() == 586
    west, south, east, north = streets.to_crs(4326).total_bounds
    assert 24.93 < west < east < 24.96
    assert 60.16 < south < north < 60.18


def changed(path: Path, target: Path, **own: object) -> Path:
    """The same file with other values in Patrol's own metadata."""
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    metadata[b"patrol"] = json.dumps(json.loads(metadata[b"patrol"]) | own).encode()
    pq.write_table(table.replace_schema_metadata(metadata), target)
    return target


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"format": 2}, "map format 2, this Patrol reads 1: update Patrol"),
        ({"digest": "0" * 64}, "is damaged: its streets have the digest"),
        ({"projection": {"lon_deg": 1.0, "lat_deg": 1.0}}, "is damaged"),
        ({"points": {}}, "is damaged"),
        ({"streets": "many"}, "is damaged"),
        ({"projection": {}}, "is damaged"),
    ],
)
def test_a_file_of_another_format_or_other_content_is_refused(
    stored: Path, tmp_path: Path, own: dict[str, object], message: str
) -> None:
    path = changed(stored, tmp_path / "other.parquet", **own)
    with pytest.raises(MapError, match=rf"other\.parquet.*{message}") as caught:
        load_map(path)
    assert "patrol map build" in str(caught.value)


def test_another_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(MapError, match="not a map of Patrol"):
        load_map(path)


@pytest.mark.parametrize("kept", [0, 3, 1000, -1])
def test_a_truncated_file_is_refused(stored: Path, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.parquet"
    path.write_bytes(stored.read_bytes()[:kept])
    with pytest.raises(MapError, match=r"cut\.parquet"):
        load_map(path)


def test_flipped_bytes_never_pass(stored: Path, tmp_path: Path) -> None:
    whole = stored.read_bytes()
    good = load_map(stored)
    path = tmp_path / "flipped.parquet"
    for place in np.random.default_rng(0).integers(4, len(whole) - 8, 25):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            after = load_map(path)
        except MapError:
            continue
        # A byte that nobody needs, such as one of the statistics.
        assert after.graph.digest == good.graph.digest
        for name, xy_m in good.points_xy_m.items():
            np.testing.assert_array_equal(after.points_xy_m[name], xy_m)


def test_a_layer_cannot_take_the_name_of_the_streets(tmp_path: Path) -> None:
    street_map = StreetMap(line_graph(1), {"streets": np.zeros((1, 2))})
    with pytest.raises(MapError, match="cannot be called 'streets'"):
        save_map(street_map, tmp_path / "city.parquet")
    assert list(tmp_path.iterdir()) == []

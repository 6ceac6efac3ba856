"""Any map file by its ending."""

from pathlib import Path

import pytest

from maps import embedded_map_path, read_map
from maps.store import save_map
from patrol.errors import MapError
from tests.maps.osm_xml import node_xml, way_xml, write_osm


def test_the_ending_chooses_the_reader_in_any_case(tmp_path: Path) -> None:
    made = write_osm(
        tmp_path / "One.OSM",
        node_xml(1, (127.0, 37.5)),
        node_xml(2, (127.001, 37.5)),
        way_xml(1, [1, 2]),
    )
    street_map = read_map(made)
    assert street_map.graph.num_edges == 1
    save_map(street_map, tmp_path / "one.parquet")
    assert read_map(tmp_path / "one.parquet").graph.digest == street_map.graph.digest


def test_an_unknown_ending_is_refused_with_those_that_are_read() -> None:
    with pytest.raises(
        MapError, match=r"'streets\.shp'.*\.parquet, \.osm, .*\.geojson"
    ):
        read_map(Path("streets.shp"))


@pytest.mark.parametrize("name", ["a.osm", "a.pbf", "a.graphml", "a.gpkg", "a.parquet"])
def test_an_absent_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MapError, match="there is no map file"):
        read_map(tmp_path / name)


@pytest.mark.parametrize("name", ["a.graphml", "a.gpkg", "a.geojson", "a.parquet"])
@pytest.mark.parametrize("content", [b"", b"hello", b"<graphml/>", b"{}"])
def test_a_file_that_is_not_what_its_ending_says_is_refused(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MapError):
        read_map(path)


def test_the_embedded_map_has_its_licence_beside_it() -> None:
    notice = (embedded_map_path().parent / "NOTICE.md").read_text("utf-8")
    assert "(c) OpenStreetMap contributors" in notice
    assert "ODbL" in notice


def test_the_embedded_map_is_the_one_of_the_notice() -> None:
    import hashlib

    digest = hashlib.sha256(embedded_map_path().read_bytes()).hexdigest()
    notice = (embedded_map_path().parent / "NOTICE.md").read_text("utf-8")
    assert digest in notice

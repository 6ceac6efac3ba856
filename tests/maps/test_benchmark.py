"""The benchmark of the readers, on a small city."""

import json
from pathlib import Path

import pytest

from benchmarks import maps as subject
from benchmarks.child import measure
from benchmarks.output import publish
from maps import embedded_map_path, read_map
from tests.maps.osm_xml import node_xml, way_xml, write_osm


def test_the_made_up_city_has_the_streets_it_says(tmp_path: Path) -> None:
    city = tmp_path / "city.osm.pbf"
    subject.write_city(str(city), "5")
    graph = read_map(city).graph
    assert (graph.num_nodes, graph.num_edges) == (25, 40)
    assert len(graph.shape_xy_m) == 40 * 4


def test_osmnx_is_given_streets_only_and_counts_them_as_we_do(tmp_path: Path) -> None:
    house, crossing = {"building": "yes"}, {"highway": "service"}
    source = write_osm(
        tmp_path / "a.osm",
        *(node_xml(i, (127.0 + i / 1000, 37.5 + i**2 / 10_000)) for i in range(1, 8)),
        way_xml(1, [1, 2, 3]),
        way_xml(2, [4, 2, 5], crossing),
        way_xml(3, [5, 6, 7, 5], house),
    )
    subject.write_xml(str(source), str(tmp_path / "streets.osm"))
    peer = subject.read_by_osmnx(str(tmp_path / "streets.osm"))
    ours = subject.read_by_patrol(str(source))
    assert (peer["nodes"], peer["edges"]) == (ours["nodes"], ours["edges"]) == (5, 4)
    # osmnx measures on a sphere.
    assert peer["length_km"] == pytest.approx(ours["length_km"], rel=5e-3)


def test_a_child_is_measured() -> None:
    path = str(embedded_map_path())
    got = measure("benchmarks.maps:read_by_patrol", path, timeout_s=60)
    assert got.error == ""
    assert got.result == subject.read_by_patrol(path)
    assert 0.1 < got.cpu_s < 60
    assert 20 < got.peak_mb < 1000


def test_a_failing_child_says_why(tmp_path: Path) -> None:
    path = str(tmp_path / "absent.osm")
    got = measure("benchmarks.maps:read_by_patrol", path, timeout_s=60)
    assert "there is no map file" in got.error
    assert got.result == {}


def test_figures_are_one_json_object_and_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"file": "a.osm", "edges": 1234, "cpu_s": float("nan"), "error": None}]
    publish("maps", rows, {"holds": True}, json_path=tmp_path / "out" / "maps.json")

    written = json.loads((tmp_path / "out" / "maps.json").read_text("utf-8"))
    assert sorted(written) == ["machine", "rows", "subject", "summary", "version"]
    assert written["rows"] == [
        {"file": "a.osm", "edges": 1234, "cpu_s": None, "error": None}
    ]
    assert written["summary"] == {"holds": True}
    assert {"a.osm", "1,234"} <= set(capsys.readouterr().out.split())

"""OpenStreetMap files: made up ones against a plain reader, and real extracts."""

import gzip
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import LocalProjection, StreetGraph, StreetMap, embedded_map_path
from maps.osm import read_osm
from patrol.errors import MapError
from tests.maps.osm_xml import node_xml, way_xml, write_osm
from tests.shared_data import shared_file
from tests.strategies import street_graphs

PLACES = {ref: (127.0 + ref * 1e-3, 37.5 + ref**2 % 7 * 1e-3) for ref in range(1, 9)}
NODES = [node_xml(ref, place) for ref, place in PLACES.items()]


def streets_of(street_map: StreetMap) -> list[tuple[int, tuple[int, ...]]]:
    """Way and nodes of each street, as far as the nodes are in `PLACES`."""
    graph = street_map.graph
    xy_m = graph.projection.to_xy_m(list(PLACES.values()))
    ref_at = {tuple(xy): ref for ref, xy in zip(PLACES, xy_m.tolist(), strict=True)}
    return sorted(
        (int(way), tuple(ref_at[tuple(xy)] for xy in graph.shape_of(street).tolist()))
        for street, way in enumerate(graph.edge_osm_id)
    )


def streets_by_hand(ways: Sequence[list[int]]) -> list[tuple[int, tuple[int, ...]]]:
    """The same cut street by street, as one would on paper."""
    runs = []
    for number, refs in enumerate(ways, start=1):
        run: list[int] = []
        for ref in [*refs, None]:
            if ref in PLACES and ref is not None:
                run += [ref] if run[-1:] != [ref] else []
                continue
            runs += [(number, run)] if len(run) > 1 else []
            run = []
    uses = Counter(ref for _, run in runs for ref in run)
    streets = []
    for number, run in runs:
        begin = 0
        for end in range(1, len(run)):
            if end == len(run) - 1 or uses[run[end]] > 1:
                streets.append((number, tuple(run[begin : end + 1])))
                begin = end
    return sorted(streets)


@settings(deadline=None, max_examples=60)
@given(
    ways=st.lists(st.lists(st.integers(1, 11), max_size=8), min_size=1, max_size=5),
    nodes_first=st.booleans(),
)
def test_ways_are_cut_where_they_meet_end_or_leave_the_extract(
    ways: list[list[int]], nodes_first: bool
) -> None:
    expected = streets_by_hand(ways)
    lines = [way_xml(number, refs) for number, refs in enumerate(ways, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        entries = NODES + lines if nodes_first else lines + NODES
        path = write_osm(Path(folder) / "made.osm", *entries)
        if not expected:
            with pytest.raises(MapError, match=r"made\.osm"):
                read_osm(path)
            return
        street_map = read_osm(path)

    assert streets_of(street_map) == expected
    missing = sum(ref not in PLACES for refs in ways for ref in refs)
    assert any(
        f": {missing} left out, the extract" in note for note in street_map.notes
    ) == (missing > 0)


@settings(deadline=None, max_examples=40)
@given(graph=street_graphs(connected=False))
def test_a_written_graph_is_read_back_with_its_topology_and_length(
    graph: StreetGraph,
) -> None:
    places = graph.projection.to_lon_lat_deg(graph.node_xy_m).tolist()
    entries = [
        node_xml(int(graph.node_osm_id[node]), (lon, lat))
        for node, (lon, lat) in enumerate(places)
    ]
    inner = 100_000
    for street, (first, last) in enumerate(graph.edge_nodes):
        shape = graph.projection.to_lon_lat_deg(graph.shape_of(street))[1:-1]
        refs = list(range(inner, inner + len(shape)))
        entries += [
            node_xml(ref, (p[0], p[1]))
            for ref, p in zip(refs, shape.tolist(), strict=True)
        ]
        ends = [int(graph.node_osm_id[node]) for node in (first, last)]
        entries.append(way_xml(street + 1, [ends[0], *refs, ends[1]]))
        inner += len(refs)
    with tempfile.TemporaryDirectory() as folder:
        again = read_osm(write_osm(Path(folder) / "made.osm", *entries)).graph

    assert again.num_edges == graph.num_edges
    order = np.argsort(again.edge_osm_id)
    np.testing.assert_array_equal(
        again.node_osm_id[again.edge_nodes[order]], graph.node_osm_id[graph.edge_nodes]
    )
    # OpenStreetMap keeps 1e-7 degrees, about 1 cm.
    np.testing.assert_allclose(
        again.edge_length_m[order], graph.edge_length_m, atol=0.06
    )


def test_tags_kerbs_and_barriers_come_to_their_streets(tmp_path: Path) -> None:
    tags = {
        "highway": "footway", "name": "봉천로 & <Co>", "surface": "asphalt",
        "lit": "yes", "foot": "designated", "access": "no", "service": "alley",
        "width": "2.5 m", "incline": "-5%", "oneway": "-1",
    }  # fmt: skip
    path = write_osm(
        tmp_path / "made.osm",
        node_xml(1, PLACES[1]),
        node_xml(2, PLACES[2], {"barrier": "kerb", "kerb": "raised"}),
        node_xml(3, PLACES[3]),
        node_xml(6, PLACES[6], {"kerb": "lowered"}),
        node_xml(4, PLACES[4], {"barrier": "stile"}),
        node_xml(5, PLACES[5], {"barrier": "bollard", "maxwidth:physical": "0.9"}),
        way_xml(10, [1, 2, 6, 3], tags),
        way_xml(11, [3, 4]),
        way_xml(12, [4, 5], {"highway": "path", "width": "3"}),
    )

    graph = read_osm(path).graph

    got = graph.tags
    assert got.highway.tolist() == ["footway", "residential", "path"]
    assert got.name[0] == "봉천로 & <Co>"
    assert (got.surface[0], got.lit[0], got.foot[0]) == ("asphalt", "yes", "designated")
    assert (got.access[0], got.service[0], got.oneway[0]) == ("no", "alley", -1)
    assert got.incline[0] == pytest.approx(-0.05)
    np.testing.assert_array_equal(got.width_m, [2.5, np.nan, 0.9])
    np.testing.assert_array_equal(got.kerb_m, [0.1, np.nan, np.nan])
    assert got.barrier.tolist() == ["", "stile", "stile"]


def test_lamps_cameras_and_bells_are_layers_and_silence_is_not_absence(
    tmp_path: Path,
) -> None:
    path = write_osm(
        tmp_path / "made.osm",
        *NODES,
        node_xml(20, (127.002, 37.501), {"highway": "street_lamp"}),
        node_xml(21, (127.003, 37.502), {"man_made": "surveillance"}),
        way_xml(1, [1, 2]),
    )

    street_map = read_osm(path)

    assert sorted(street_map.points_xy_m) == ["cameras", "lamps"]
    lamp = street_map.graph.projection.to_xy_m([127.002, 37.501])
    np.testing.assert_array_equal(street_map.points_xy_m["lamps"], lamp)


def test_ways_that_are_not_built_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write_osm(
        tmp_path / "made.osm",
        *NODES,
        way_xml(1, [1, 2]),
        way_xml(2, [2, 3], {"highway": "proposed"}),
        way_xml(3, [2, 4], {"highway": "construction"}),
        way_xml(4, [2, 4], {"building": "yes"}),
    )
    street_map = read_osm(path)
    assert street_map.graph.num_edges == 1
    assert street_map.notes == ("ways that are not built: 2 left out",)


def test_two_nodes_at_one_place_become_one_node(tmp_path: Path) -> None:
    path = write_osm(
        tmp_path / "made.osm",
        *NODES,
        node_xml(30, PLACES[2]),
        way_xml(1, [1, 2]),
        way_xml(2, [2, 30]),
        way_xml(3, [30, 3]),
    )
    street_map = read_osm(path)
    assert street_map.graph.num_edges == 2
    assert street_map.graph.num_nodes == 3
    assert street_map.notes == ("streets of no length: 1 turned into points",)


@pytest.mark.parametrize("ending", [".osm", ".osm.gz", ".osm.bz2", ".osm.pbf"])
def test_an_empty_file_is_refused_by_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"empty{ending}"
    path.write_bytes(b"")
    with pytest.raises(MapError, match=rf"empty\{ending}.*download is complete"):
        read_osm(path)


@pytest.mark.parametrize("kept", [100, 5_000, 300_000])
def test_a_cut_pbf_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(embedded_map_path().read_bytes()[:kept])
    with pytest.raises(MapError, match=r"cut\.osm\.pbf"):
        read_osm(path)


def test_a_corrupt_gz_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"<osm version='0.6'></osm>" * 50)
    path = tmp_path / "cut.osm.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MapError, match=r"cut\.osm\.gz"):
        read_osm(path)


def test_a_file_without_streets_is_refused(tmp_path: Path) -> None:
    house = way_xml(1, [1, 2, 3, 1], {"building": "yes"})
    with pytest.raises(MapError, match="no way with a highway tag"):
        read_osm(write_osm(tmp_path / "houses.osm", *NODES, house))
    with pytest.raises(MapError, match="not the nodes they run through"):
        read_osm(write_osm(tmp_path / "bare.osm", way_xml(1, [1, 2])))


def test_the_embedded_map_is_read_although_it_is_cut_off() -> None:
    street_map = read_osm(embedded_map_path())
    graph = street_map.graph

    assert (graph.num_nodes, graph.num_edges) == (3850, 5342)
    assert graph.length_m == pytest.approx(106_389.1, abs=0.1)
    assert {name: len(xy) for name, xy in street_map.points_xy_m.items()} == {
        "lamps": 586,
        "cameras": 221,
        "venues": 79,
    }
    assert street_map.notes == (
        "nodes that ways name and the file lacks: 912 left out, the extract is cut off "
        "at its edge",
        "ways that are not built: 3 left out",
    )
    assert "2019-04" in street_map.source
    assert "(c) OpenStreetMap contributors, ODbL 1.0" in street_map.source
    assert graph.projection == LocalProjection(24.9443, 60.1716)


def test_reading_twice_gives_the_same_map() -> None:
    first, second = (read_osm(embedded_map_path()).graph for _ in range(2))
    assert first.digest == second.digest


def test_xml_and_pbf_of_one_place_are_the_same_map() -> None:
    xml = read_osm(shared_file("data/seoul_osm/sinchon_ewha_2021.osm")).graph
    pbf = read_osm(shared_file("data/seoul_osm/sinchon_ewha_2021.osm.pbf")).graph
    assert xml.digest == pbf.digest
    assert (xml.num_nodes, xml.num_edges) == (994, 1323)


@pytest.mark.parametrize(
    ("name", "streets", "length_km"),
    [("andorra.osm.pbf", 2801, 854.7), ("monaco.osm.gz", 1587, 83.6)],
)
def test_small_countries_are_read(name: str, streets: int, length_km: float) -> None:
    graph = read_osm(shared_file(f"benchmarks/arc/streets/{name}")).graph
    assert graph.num_edges == streets
    assert graph.length_m / 1000 == pytest.approx(length_km, abs=0.1)

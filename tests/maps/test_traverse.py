"""What a robot can drive, and why not the rest."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import StreetGraph, embedded_map_path, read_map
from maps.paths import components
from maps.traverse import (
    Exclusion,
    Traversal,
    describe_exclusions,
    either,
    keep_out,
    traverse,
)
from patrol.errors import MapError
from tests.maps.osm_xml import node_xml, way_xml, write_osm
from tests.strategies import line_graph, street_graphs

SPEED_MPS = 1.25


def driven(graph: StreetGraph) -> Traversal:
    return traverse(
        graph, width_m=0.8, kerb_m=0.05, max_slope=0.12, speed_mps=SPEED_MPS
    )


def tagged(**tags: object) -> StreetGraph:
    """Two residential streets in a line, the second one with these tags."""
    graph = line_graph(2)
    columns = {name: getattr(graph.tags, name).copy() for name in tags}
    for name, value in tags.items():
        columns[name][1] = value
    return replace(graph, tags=replace(graph.tags, **columns))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({}, Exclusion.NONE),
        ({"highway": ""}, Exclusion.NONE),
        ({"highway": "footway"}, Exclusion.NONE),
        ({"highway": "cycleway"}, Exclusion.NONE),
        ({"highway": "motorway"}, Exclusion.NOT_A_STREET),
        ({"highway": "trunk"}, Exclusion.NOT_A_STREET),
        ({"highway": "corridor"}, Exclusion.NOT_A_STREET),
        ({"highway": "platform"}, Exclusion.NOT_A_STREET),
        ({"highway": "trail"}, Exclusion.NOT_A_STREET),
        ({"highway": "construction"}, Exclusion.NOT_A_STREET),
        ({"highway": "steps"}, Exclusion.STEPS),
        ({"highway": "steps", "access": "private"}, Exclusion.STEPS),
        ({"access": "private"}, Exclusion.ACCESS),
        ({"access": "no", "foot": "yes"}, Exclusion.NONE),
        ({"access": "customers"}, Exclusion.NONE),
        ({"foot": "no"}, Exclusion.ACCESS),
        ({"foot": "private", "access": "yes"}, Exclusion.ACCESS),
        ({"oneway": -1}, Exclusion.NONE),
        ({"width_m": 0.99}, Exclusion.WIDTH),
        ({"width_m": 1.0}, Exclusion.NONE),
        ({"incline": -0.13}, Exclusion.SLOPE),
        ({"incline": 0.12}, Exclusion.NONE),
        ({"surface": "sand"}, Exclusion.SURFACE),
        ({"surface": "gravel"}, Exclusion.NONE),
        ({"highway": "path"}, Exclusion.SURFACE),
        ({"highway": "path", "surface": "gravel"}, Exclusion.SURFACE),
        ({"highway": "path", "surface": "asphalt"}, Exclusion.NONE),
        ({"highway": "track", "surface": "compacted"}, Exclusion.NONE),
        ({"kerb_m": 0.10}, Exclusion.KERB),
        ({"kerb_m": 0.05}, Exclusion.NONE),
        ({"barrier": "stile"}, Exclusion.BARRIER),
        ({"width_m": 0.5, "barrier": "stile"}, Exclusion.WIDTH),
    ],
)
def test_each_street_has_its_first_reason(
    tags: Mapping[str, object], reason: Exclusion
) -> None:
    traversal = driven(tagged(**tags))
    assert traversal.exclusion.tolist() == [Exclusion.NONE, reason]
    times_s = traversal.travel_s[1]
    assert (times_s == (80.0 if reason is Exclusion.NONE else np.inf)).all()


@given(street_graphs(connected=False))
def test_the_drivable_part_is_the_longest_and_hangs_together(
    graph: StreetGraph,
) -> None:
    traversal = driven(graph)
    part = components(graph)[graph.edge_nodes[:, 0]]
    lengths_m = np.bincount(part, weights=graph.edge_length_m)
    assert len(np.unique(part[traversal.drivable])) == 1
    drivable_m = graph.edge_length_m[traversal.drivable].sum()
    assert drivable_m == pytest.approx(lengths_m.max())
    islands = traversal.exclusion == Exclusion.ISLAND
    assert (islands == ~traversal.drivable).all()
    assert np.isinf(traversal.travel_s[islands]).all()


@settings(deadline=None)
@given(graph=street_graphs(connected=False), data=st.data())
def test_kept_out_streets_are_closed_and_the_rest_hangs_together(
    graph: StreetGraph, data: st.DataObject
) -> None:
    before = driven(graph)
    numbers = st.lists(st.integers(0, graph.num_edges - 1), max_size=4)
    closed = data.draw(numbers)
    if len(set(closed)) == graph.num_edges:
        with pytest.raises(MapError, match="keep out"):
            keep_out(graph, before, closed)
        return

    after = keep_out(graph, before, closed)

    assert (after.exclusion[closed] == Exclusion.KEEP_OUT).all()
    assert (
        np.flatnonzero(after.exclusion == Exclusion.KEEP_OUT) == sorted(set(closed))
    ).all()
    label = components(graph, after.drivable)
    assert len(np.unique(label[graph.edge_nodes[after.drivable]])) == 1
    both = graph.edge_length_m[after.drivable] / SPEED_MPS
    np.testing.assert_allclose(after.travel_s[after.drivable].T, [both, both])
    if not closed:
        assert (after.exclusion == before.exclusion).all()
        assert (after.travel_s == before.travel_s).all()


def test_closing_a_bridge_makes_the_shorter_side_an_island() -> None:
    graph = line_graph(5)
    after = keep_out(graph, driven(graph), [1])
    assert [Exclusion(e).name for e in after.exclusion] == [
        "ISLAND", "KEEP_OUT", "NONE", "NONE", "NONE",
    ]  # fmt: skip


def test_a_street_that_is_excluded_anyway_keeps_its_reason() -> None:
    graph = tagged(highway="steps")
    after = keep_out(graph, driven(graph), [1])
    assert after.exclusion.tolist() == [Exclusion.NONE, Exclusion.STEPS]


def test_a_traversal_of_another_map_is_refused() -> None:
    with pytest.raises(MapError, match="work it out again"):
        keep_out(line_graph(3), driven(line_graph(2)), [0])


@pytest.mark.parametrize("street", [-1, 3])
def test_a_street_that_does_not_exist_cannot_be_kept_out_of(street: int) -> None:
    graph = line_graph(3)
    with pytest.raises(MapError, match=f"street {street} cannot"):
        keep_out(graph, driven(graph), [street])


def test_what_either_of_two_robots_can_drive() -> None:
    graph = line_graph(3)
    slow = traverse(graph, width_m=0.8, kerb_m=0.05, max_slope=0.12, speed_mps=1.0)
    fast = traverse(graph, width_m=0.8, kerb_m=0.05, max_slope=0.12, speed_mps=2.0)
    both = either([keep_out(graph, fast, [0, 1]), keep_out(graph, slow, [0])])
    assert both.exclusion.tolist() == [Exclusion.KEEP_OUT, 0, 0]
    assert both.travel_s[:, 0].tolist() == [np.inf, 100.0, 50.0]
    with pytest.raises(MapError, match="give those of one map"):
        either([slow, driven(line_graph(4))])


def test_a_map_of_only_steps_is_refused_with_the_reasons_counted(
    tmp_path: Path,
) -> None:
    steps = {"highway": "steps"}
    path = write_osm(
        tmp_path / "steps.osm",
        *(node_xml(ref, (127.0 + ref / 1000, 37.5)) for ref in range(1, 5)),
        way_xml(1, [1, 2], steps),
        way_xml(2, [2, 3], steps),
        way_xml(3, [3, 4], {"highway": "residential", "access": "private"}),
    )
    graph = read_map(path).graph
    with pytest.raises(MapError, match=r"any of the 3 streets.*steps 2, access 1"):
        driven(graph)


@pytest.mark.parametrize("speed_mps", [0.0, -1.0, float("nan")])
def test_a_robot_without_speed_is_refused(speed_mps: float) -> None:
    with pytest.raises(MapError, match="speed must be above 0"):
        traverse(
            line_graph(1), width_m=0.8, kerb_m=0.05, max_slope=0.1, speed_mps=speed_mps
        )


def test_exclusions_are_described_for_people() -> None:
    graph = tagged(highway="motorway")
    assert describe_exclusions(graph, driven(graph)) == {"not a street": (1, 100.0)}
    assert describe_exclusions(line_graph(2), driven(line_graph(2))) == {}


def test_most_of_the_embedded_map_can_be_driven() -> None:
    graph = read_map(embedded_map_path()).graph
    traversal = driven(graph)
    found = describe_exclusions(graph, traversal)
    counts = {reason: count for reason, (count, _) in found.items()}
    assert counts == {
        "not a street": 468,
        "access": 130,
        "island": 93,
        "steps": 141,
        "surface": 32,
        "width": 2,
        "barrier": 9,
    }
    assert list(found) == list(counts)
    assert traversal.drivable.sum() == graph.num_edges - sum(counts.values())
    assert graph.edge_length_m[traversal.drivable].sum() == pytest.approx(93_825, abs=1)

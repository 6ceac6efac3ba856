"""Concern is a documented sum: light, lamps, alleys, eyes."""

from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import maps
from maps import StreetGraph, StreetMap
from maps.osm import read_osm
from maps.street_map import BELLS, CAMERAS, LAMPS
from patrol.risk.concern import concern_layer, lamp_cover
from patrol.risk.weights import RiskWeights
from tests.strategies import line_graph, street_graphs

WEIGHTS = RiskWeights()
HELSINKI = Path(maps.__file__).parent / "data" / "Helsinki.osm.pbf"
LAMP_ROW = np.array([(10.0, 5.0), (50.0, 5.0), (90.0, 5.0)])


def tagged(graph: StreetGraph, **tags: list[str]) -> StreetGraph:
    texts = {name: np.array(values, dtype=object) for name, values in tags.items()}
    return replace(graph, tags=replace(graph.tags, **texts))


def concern(graph: StreetGraph, **layers: NDArray[np.float64]) -> list[float]:
    return list(concern_layer(StreetMap(graph, layers), WEIGHTS).total)


def test_the_lit_tag_is_believed() -> None:
    lit = tagged(line_graph(5), lit=["yes", "24/7", "no", "disused", "limited"])
    assert concern(lit) == [0, 0, 0.6, 0.6, 0]
    assert concern(lit, lamps=LAMP_ROW) == [0, 0, 0.6, 0.6, 0]


def test_darkness_is_inferred_from_lamps_where_the_tag_is_unset() -> None:
    line = line_graph(4)
    # Two of the three lamps stand on the first street, one lights both sides of 100 m.
    lamps = np.array([(40.0, 5.0), (60.0, 5.0), (100.0, 5.0)])
    assert concern(line, lamps=lamps) == pytest.approx([0, 1 / 3, 0.5, 0.5])


def test_a_short_street_needs_one_lamp() -> None:
    line = line_graph(1, spacing_m=15)
    assert list(lamp_cover(line, LAMP_ROW[:1], WEIGHTS)) == [1]


@pytest.mark.parametrize("layers", [{}, {LAMPS: np.zeros((0, 2))}])
def test_a_map_without_lamps_says_less(
    layers: dict[str, NDArray[np.float64]],
) -> None:
    assert concern(line_graph(2), **layers) == [0.35, 0.35]


def test_alleys_and_paths_concern_more_than_streets() -> None:
    classes = tagged(
        line_graph(7),
        highway=[
            "residential", "service", "service", "service", "footway",
            "living_street", "primary",
        ],
        service=["", "alley", "", "driveway", "", "", ""],
        lit=["yes"] * 7,
    )  # fmt: skip
    assert concern(classes) == [0, 0.4, 0.4, 0, 0.4, 0.2, 0]


@pytest.mark.parametrize("layer", [CAMERAS, BELLS])
def test_a_camera_or_a_bell_lowers_it_a_little(layer: str) -> None:
    alone = StreetMap(line_graph(3), {layer: np.array([(50.0, 49.0)])})
    both = StreetMap(
        line_graph(3), {CAMERAS: np.array([(40.0, 0)]), BELLS: np.array([(40.0, 0)])}
    )
    for street_map in (alone, both):
        total = concern_layer(street_map, WEIGHTS).total
        assert total == pytest.approx([0.25, 0.35, 0.35])


@given(graph=street_graphs(), data=st.data())
def test_total_is_the_sum_of_the_parts_cut_off_at_0_and_1(
    graph: StreetGraph, data: st.DataObject
) -> None:
    def drawn(*values: str) -> list[str]:
        value = st.sampled_from(values)
        return data.draw(
            st.lists(value, min_size=graph.num_edges, max_size=graph.num_edges)
        )

    tags = tagged(
        graph,
        lit=drawn("", "yes", "no"),
        highway=drawn("footway", "residential", "service"),
    )
    weights = RiskWeights(concern_unlit=1, concern_watched=data.draw(st.floats(0, 1)))
    layers = {LAMPS: LAMP_ROW, CAMERAS: np.array([(0.0, 0.0)])}
    layer = concern_layer(StreetMap(tags, layers), weights)
    assert list(layer.parts) == ["unlit", "few lamps", "alley", "watched"]
    summed = reduce(add, layer.parts.values())
    assert np.array_equal(layer.total, np.clip(summed, 0, 1))
    assert (layer.parts["watched"] <= 0).all()


def test_one_more_lamp_never_raises_concern() -> None:
    line = line_graph(3)
    lamps = np.random.default_rng(0).uniform(-20, 320, size=(12, 2))
    totals = [concern(line, lamps=lamps[:k]) for k in range(1, 13)]
    assert (np.diff(totals, axis=0) <= 0).all()


def test_real_helsinki_is_neither_all_dark_nor_all_bright() -> None:
    street_map = read_osm(HELSINKI)
    total = concern_layer(street_map, WEIGHTS).total
    length_m = street_map.graph.edge_length_m
    dark = length_m[total >= 0.5].sum() / length_m.sum()
    calm = length_m[total <= 0.1].sum() / length_m.sum()
    assert 0.05 < dark < 0.5
    assert 0.2 < calm < 0.8

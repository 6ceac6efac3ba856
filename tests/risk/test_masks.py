"""Places that were moved, gathered or lost are noticed and counted."""

import numpy as np
import pytest
from hypothesis import given

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.incidents import Incidents
from patrol.risk.masks import Places, look_at_places
from patrol.risk.placement import place_incidents
from tests.risk.makers import records
from tests.strategies import graph_of, line_graph, street_graphs


def block() -> StreetGraph:
    """Two streets of 400 m that cross in their middle."""
    xy_m = np.array([(0, 0), (200, 0), (-200, 0), (0, 200), (0, -200)])
    return graph_of(xy_m, [(0, 1), (2, 0), (0, 3), (4, 0)])


def along(count: int) -> np.ndarray:
    """Places on the first street, none twice, 7 m beside it."""
    return np.column_stack([np.linspace(20, 190, count), np.full(count, 7.0)])


def look(xy_m: np.ndarray) -> Places:
    return look_at_places(block(), xy_m, within_m=80)


def names(places: Places) -> list[str]:
    return [repair.name for repair in places.repairs]


def test_places_that_were_not_touched_need_no_word() -> None:
    assert names(look(along(300))) == []


def test_places_moved_to_a_crossing_are_counted() -> None:
    crossing = np.random.default_rng(0).uniform(-2, 2, (60, 2))
    places = look(np.vstack([along(100), crossing]))
    assert places.moved_to_crossings
    assert names(places) == ["shared_at_crossings"]
    assert "60 of 160 incidents (38%)" in places.repairs[0].sentence
    assert places.chance == pytest.approx(4 * 5 / 800)


def test_a_few_at_a_crossing_are_chance() -> None:
    assert not look(np.vstack([along(100), [(1, 1)] * 4])).moved_to_crossings


def test_few_places_for_many_incidents_are_told() -> None:
    places = look(np.repeat(along(40), 5, axis=0))
    assert names(places) == ["gathered_at_places"]
    assert "200 incidents lie at only 40 places" in places.repairs[0].sentence


def test_one_place_with_a_large_part_of_them_is_named() -> None:
    places = look(np.vstack([along(200), [(150, 3)] * 60]))
    assert names(places) == ["at_one_place"]
    assert places.repairs[0].count == 60
    lon, lat = places.lon_lat_deg[0].round(5)
    assert f"{lon} {lat}" in places.repairs[0].sentence


def test_all_incidents_at_one_place_are_refused() -> None:
    with pytest.raises(RiskError, match="all 10 incidents are at one place"):
        look(np.full((10, 2), 5.0))
    assert look(np.full((9, 2), 5.0)).num_inside == 9


def test_what_lies_outside_is_counted_and_listed() -> None:
    lost = [(900.0, 0.0), (900.0, 0.0), (0.0, 5000.0), (1e8, 1e8)]
    places = look(np.vstack([along(20), lost]))
    assert places.repairs[-1].name == "outside"
    assert places.repairs[-1].count == 4
    assert [count for _, _, count in places.outside] == [2, 1, 1]
    assert places.outside[0][:2] == pytest.approx(places.lon_lat_deg[0], abs=1e-6)
    assert (None, None, 1) in places.outside


def test_streets_without_a_crossing_have_nobody_at_one() -> None:
    places = look_at_places(line_graph(2), along(60), within_m=80)
    assert not places.at_crossing.any()
    assert places.chance == 0


@given(graph=street_graphs(), incidents=records())
def test_counts_agree_with_the_placement(
    graph: StreetGraph, incidents: Incidents
) -> None:
    places = look_at_places(graph, incidents.xy_m[:9], within_m=100)
    try:
        placed = place_incidents(graph, incidents.xy_m[:9], node_reach_m=20)
    except RiskError:
        assert places.num_inside == 0
        return
    assert places.num_inside == placed.inside.sum()
    assert places.num_at_crossings <= places.num_inside
    assert sum(n for *_, n in places.outside) == len(placed.outside)

"""Synthetic incidents say so, look like a record, and depend on the seed alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from maps.snap import snap
from patrol.errors import RiskError
from patrol.risk.hours import hour_of_week
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.model import fit_risk
from patrol.risk.placement import place_incidents, share_mass
from patrol.risk.synthetic import SyntheticCity, evening_profile, synthetic_incidents
from patrol.risk.weights import RiskWeights
from tests.risk.makers import DAY_S, NOW_S
from tests.strategies import grid_graph, line_graph, street_graphs

BUSY = SyntheticCity(per_km_year=100, days=365)
GRID = grid_graph(15, 15)


def draw(graph: StreetGraph, city: SyntheticCity = BUSY, seed: int = 1) -> Incidents:
    return synthetic_incidents(graph, city, now_s=NOW_S, seed=seed)


@given(graph=street_graphs(), seed=st.integers(0, 2**32))
def test_a_record_is_whole_synthetic_and_beside_the_streets(
    graph: StreetGraph, seed: int
) -> None:
    drawn = draw(graph, replace(BUSY, per_km_year=2000), seed)
    assert drawn.synthetic
    assert (drawn.since_s, drawn.until_s) == (NOW_S - 365 * DAY_S, NOW_S)
    assert (np.diff(drawn.time_s) >= 0).all()
    assert (drawn.origin == Origin.REPORTED).all()
    distance_m = snap(graph, drawn.xy_m, within_m=300).distance_m
    assert np.median(distance_m) < 15
    assert distance_m.max() < 200


def test_the_same_seed_draws_the_same_record_and_the_same_field() -> None:
    one, again, other = draw(GRID), draw(GRID), draw(GRID, seed=2)
    for name in ("xy_m", "time_s", "kind"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
    assert not np.array_equal(one.time_s[:50], other.time_s[:50])
    fields = [
        fit_risk(GRID, drawn, weights=RiskWeights(), now_s=NOW_S).digest
        for drawn in (one, again, other)
    ]
    assert fields[0] == fields[1] != fields[2]


def test_as_many_come_as_were_asked_for() -> None:
    expected = 100 * GRID.length_m / 1000
    assert len(draw(GRID)) == pytest.approx(expected, abs=5 * expected**0.5)
    half = replace(BUSY, days=182)
    assert len(draw(GRID, half)) == pytest.approx(expected / 2, rel=0.1)


def test_few_streets_bear_most_and_neighbours_are_alike() -> None:
    drawn = draw(GRID, replace(BUSY, per_km_year=1000))
    placement = place_incidents(GRID, drawn.xy_m, node_reach_m=0)
    count = share_mass(GRID, placement, np.ones(len(drawn)))
    top = np.sort(count)[::-1].cumsum() / count.sum()
    assert 0.01 < np.searchsorted(top, 0.5) / GRID.num_edges < 0.15
    at_node = [count[(GRID.edge_nodes == v).any(axis=1)] for v in range(225)]
    pairs = np.array([np.log1p(c[:2]) for c in at_node])
    assert np.corrcoef(pairs.T)[0, 1] > 0.15


def test_evenings_are_busy_by_the_local_clock() -> None:
    for zone in ("Asia/Seoul", "Europe/Helsinki"):
        drawn = draw(GRID, replace(BUSY, time_zone=zone))
        hour = hour_of_week(drawn.time_s, zone) % 24
        evening, morning = ((hour >= 19) & (hour < 23)).sum(), (hour // 4 == 2).sum()
        assert evening > 2.5 * morning
    assert evening_profile().mean() == pytest.approx(1)


def test_some_incidents_repeat_near_and_soon() -> None:
    # So long a map that the same streets are seldom hit twice by chance.
    drawn = draw(line_graph(3000), replace(BUSY, per_km_year=3))
    near = np.hypot(*(drawn.xy_m[:, None] - drawn.xy_m).transpose(2, 0, 1)) < 60
    apart_s = np.abs(drawn.time_s[:, None] - drawn.time_s)
    np.fill_diagonal(near, val=False)
    soon, late = near & (apart_s < 7 * DAY_S), near & (apart_s > 60 * DAY_S)
    chance = (apart_s < 7 * DAY_S).mean() / (apart_s > 60 * DAY_S).mean()
    assert soon.sum() / late.sum() > 1.5 * chance


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(RiskError, match=r"no incident was drawn where 1\.37e-05"):
        draw(line_graph(1), SyntheticCity(per_km_year=0.05, days=1))


@pytest.mark.parametrize(
    ("per_km_year", "days"), [(0.0, 10), (-1.0, 10), (float("nan"), 10), (1.0, 0)]
)
def test_an_impossible_city_is_refused(per_km_year: float, days: int) -> None:
    with pytest.raises(RiskError, match=f"of {per_km_year} incidents .* {days} days"):
        SyntheticCity(per_km_year=per_km_year, days=days)


def test_a_city_of_no_zone_is_refused() -> None:
    with pytest.raises(RiskError, match="no time zone 'Asia/Soul'"):
        SyntheticCity(time_zone="Asia/Soul")

"""The model adds up: mass conserved, shares exact, more incidents never less risk."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.factors import Surroundings
from patrol.risk.field import RiskField
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.model import cold_risk, decayed, decayed_hours, fit_risk
from patrol.risk.plain import (
    BASE,
    HISTORY,
    NEAR,
    SPILL,
    decayed_span_h,
    near_half_life_days,
)
from patrol.risk.profile import fit_profile
from patrol.risk.weights import RiskWeights
from tests.risk.makers import DAY_S, NOW_S, SINCE_S, record, records
from tests.strategies import grid_graph, line_graph, street_graphs

WEIGHTS = st.builds(
    RiskWeights,
    history_half_life_days=st.floats(1, 2000),
    history_weight=st.floats(0, 1),
    spill_weight=st.floats(0, 0.5),
    near_weight=st.floats(0, 0.5),
)
ON_MAP = ((50.0, 0.0), (150.0, 0.0))


def fit(graph: StreetGraph, incidents: Incidents, **weights: float) -> RiskField:
    named = {name.replace("_", ".", 1): value for name, value in weights.items()}
    return fit_risk(
        graph, incidents, weights=RiskWeights.from_mapping(named), now_s=NOW_S
    )


def on_graph(graph: StreetGraph, data: st.DataObject) -> Incidents:
    """Incidents at shape points and off them, at most 50 m from a street."""
    point = st.integers(0, len(graph.shape_xy_m) - 1)
    aside = st.floats(-35, 35)
    rows = data.draw(
        st.lists(
            st.tuples(point, aside, aside, st.integers(SINCE_S, NOW_S)),
            min_size=1,
            max_size=10,
        )
    )
    places = [graph.shape_xy_m[p] + (east, north) for p, east, north, _ in rows]
    return record(places, [time for *_, time in rows])


@given(graph=street_graphs(), data=st.data(), weights=WEIGHTS)
def test_mass_is_conserved_by_the_whole_and_by_each_share(
    graph: StreetGraph, data: st.DataObject, weights: RiskWeights
) -> None:
    incidents = on_graph(graph, data)
    field = fit_risk(graph, incidents, weights=weights, now_s=NOW_S)
    length_km = graph.edge_length_m / 1000
    hours = decayed_hours(incidents, weights=weights, now_s=NOW_S)
    count = decayed(NOW_S - incidents.time_s, weights=weights).sum()
    parts = weights.parts
    for name in (HISTORY, SPILL, BASE):
        mass = (field.shares.get(name, 0 * length_km) * length_km).sum() * hours
        assert mass == pytest.approx(parts[name] * count)
    fast_days = near_half_life_days(weights)
    begin_s, end_s = NOW_S - incidents.since_s, NOW_S - incidents.until_s
    near_hours = decayed_span_h(fast_days, begin_s, end_s)
    near = np.exp2(-(NOW_S - incidents.time_s) / (fast_days * DAY_S)).sum()
    mass = (field.shares.get(NEAR, 0 * length_km) * length_km).sum() * near_hours
    assert mass == pytest.approx(parts[NEAR] * near)
    assert all((share >= 0).all() for share in field.shares.values())


@given(graph=street_graphs(), data=st.data(), extra=st.integers(SINCE_S, NOW_S))
def test_one_more_incident_raises_every_rate(
    graph: StreetGraph, data: st.DataObject, extra: int
) -> None:
    before = on_graph(graph, data)
    street = data.draw(st.integers(0, graph.num_edges - 1))
    middle = graph.shape_of(street)[:2].mean(axis=0)
    after = record([*before.xy_m, middle], [*before.time_s, extra])
    old, new = fit(graph, before).rate_per_km_h, fit(graph, after).rate_per_km_h
    assert (new > old).all()


@given(days=st.floats(1, 2000))
def test_a_steady_rate_comes_out_the_same_at_every_half_life(days: float) -> None:
    daily = np.arange(SINCE_S + DAY_S // 2, NOW_S, DAY_S)
    steady = record(np.tile([(50.0, 0.0)], (len(daily), 1)), daily)
    field = fit(
        line_graph(1), steady, history_half_life_days=days, near_weight=0.0
    )  # near repeats know a few days only, of which the edges weigh more
    # One a day on a tenth of a kilometre; the hour sum rounds at short half-lives.
    assert field.rate_per_km_h[0] == pytest.approx(10 / 24, rel=0.03)


def test_an_incident_counts_half_after_a_half_life() -> None:
    old_and_new = record(ON_MAP, [NOW_S - 90 * DAY_S, NOW_S])
    field = fit(line_graph(2), old_and_new, history_half_life_days=90)
    history = field.shares[HISTORY]
    assert history[0] == pytest.approx(history[1] / 2)


def test_patrols_do_not_feed_on_what_they_find() -> None:
    origin = [Origin.REPORTED, Origin.PATROL]
    mixed = fit(line_graph(2), record(ON_MAP, origin=origin))
    assert mixed.digest == fit(line_graph(2), record(ON_MAP[:1])).digest
    assert mixed.num_incidents == 1


def test_outside_incidents_are_counted_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        field = fit(line_graph(2), record([*ON_MAP, (900, 900)]))
    assert (field.num_incidents, field.num_outside) == (2, 1)
    assert "1 of 3 reported incidents lie beside no street" in caplog.text
    assert "[2]" in caplog.text
    inside = fit(line_graph(2), record(ON_MAP))
    assert np.array_equal(field.rate_per_km_h, inside.rate_per_km_h)


def test_the_field_says_where_it_comes_from() -> None:
    graph = line_graph(2)
    field = fit(graph, record(ON_MAP, synthetic=True), history_weight=0.5)
    assert field.synthetic
    assert field.graph_digest == graph.digest
    assert field.time_zone == "Asia/Seoul"
    assert field.weights["history.weight"] == 0.5
    assert field.weights["base.weight"] == pytest.approx(0.42)
    assert not field.concern.any()


def test_concern_is_no_part_of_the_rate() -> None:
    graph, concern = line_graph(2), np.array([0.0, 1.0])
    incidents, weights = record(ON_MAP), RiskWeights()
    around = Surroundings({}, concern)
    dark = fit_risk(graph, incidents, weights=weights, now_s=NOW_S, around=around)
    assert np.array_equal(dark.rate_per_km_h, fit(graph, incidents).rate_per_km_h)
    assert dark.concern.tolist() == [0, 1]
    concern[0] = 0.5  # the caller's array stays the caller's


@given(incidents=records(min_size=0))
def test_the_profile_has_mean_one_and_no_silent_hour(incidents: Incidents) -> None:
    profile = fit_profile(incidents, weights=RiskWeights())
    assert profile.mean() == pytest.approx(1, abs=1e-12)
    assert (profile > 0).all()


def test_the_profile_finds_the_busy_hour_and_shrinks_to_flat() -> None:
    friday_2330 = NOW_S - 3 * DAY_S + 23 * 3600 + 1800
    weeks = friday_2330 - 7 * DAY_S * np.arange(50)
    busy = 4 * 24 + 23
    many = record(np.zeros((5000, 2)), np.tile(weeks, 100))
    profile = fit_profile(many, weights=RiskWeights())
    assert profile.argmax() == busy
    assert profile[busy + 1] == pytest.approx(profile[busy - 1])
    few = fit_profile(many.take(np.arange(5)), weights=RiskWeights())
    assert few.argmax() == busy
    assert 1 < few.max() < 2 < profile.max()


def test_the_profile_goes_round_the_week() -> None:
    sunday_2330 = NOW_S - DAY_S + 23 * 3600 + 1800
    last = record(np.zeros((500, 2)), np.full(500, sunday_2330))
    profile = fit_profile(last, weights=RiskWeights())
    assert profile.argmax() == 167
    # A year of 365 days saw each hour of Sunday once more.
    assert profile[0] == pytest.approx(profile[166], rel=0.01)
    assert profile[0] > 2


def test_an_hour_that_the_record_saw_more_often_is_not_busier() -> None:
    hours = np.arange(SINCE_S + 1800, SINCE_S + 10 * DAY_S, 3600)
    steady = replace(
        record(np.zeros((len(hours), 2)), hours), until_s=SINCE_S + 10 * DAY_S
    )
    profile = fit_profile(steady, weights=RiskWeights())
    assert np.allclose(profile, 1)


@given(graph=street_graphs(), total=st.floats(0.1, 1e5))
def test_a_cold_start_spreads_the_yearly_total_by_length(
    graph: StreetGraph, total: float
) -> None:
    field = cold_risk(
        graph, annual_total=total, time_zone="Asia/Seoul", weights=RiskWeights()
    )
    hourly = field.expected_per_h(graph, np.ones(168))
    assert hourly.sum() * 365.25 * 24 == pytest.approx(total)
    assert hourly == pytest.approx(hourly.sum() * graph.edge_length_m / graph.length_m)
    assert list(field.shares) == [BASE]
    assert (field.weights["history.weight"], field.weights["base.weight"]) == (0, 1)
    assert not field.synthetic


@pytest.mark.parametrize("total", [0.0, -1.0, float("nan"), float("inf")])
def test_a_cold_start_without_a_total_is_refused(total: float) -> None:
    with pytest.raises(RiskError, match=f"total of {total} incidents"):
        cold_risk(
            line_graph(1), annual_total=total, time_zone="UTC", weights=RiskWeights()
        )


@pytest.mark.parametrize(
    ("incidents", "message"),
    [
        (record(ON_MAP, origin=[Origin.PATROL] * 2), "none of 2 .* start cold"),
        (record(np.zeros((0, 2))), "none of 0 incidents was reported"),
        (replace(record(ON_MAP), until_s=NOW_S + 1), "after now .* cut it off"),
        (
            replace(record(ON_MAP), since_s=NOW_S - 2 * DAY_S),
            r"spans 2.00 days, it must span 7 or more: set since_s",
        ),
        (record([(1e5, 1e5)]), "all 1 incidents are further than 100 m"),
    ],
)
def test_a_record_that_teaches_nothing_is_refused(
    incidents: Incidents, message: str
) -> None:
    with pytest.raises(RiskError, match=message):
        fit(grid_graph(2, 3), incidents)

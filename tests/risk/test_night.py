"""Darkness acts in the dark hours only, and makes no risk over the week."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetMap
from patrol.errors import RiskError
from patrol.risk.daylight import dark_hours, sun_height_deg
from patrol.risk.factors import Surroundings
from patrol.risk.model import cold_risk, fit_risk
from patrol.risk.night import Night
from patrol.risk.store import load_risk, save_risk
from patrol.risk.weights import RiskWeights
from tests.risk.makers import NOW_S, record
from tests.risk.test_factors import tagged
from tests.strategies import GWANAK, line_graph

SEOUL = dark_hours(GWANAK.lat_deg, GWANAK.lon_deg, "Asia/Seoul")


def test_the_sun_stands_where_the_almanac_has_it() -> None:
    # Seoul, 2026-06-21: noon at 12:34 and 75.9 degrees, sunset at 19:57.
    noon, sunset = (
        int(datetime.fromisoformat(f"2026-06-21T{clock}+09:00").timestamp())
        for clock in ("12:34", "19:57")
    )
    high, low = sun_height_deg(np.array([noon, sunset]), 37.57, 126.98)
    assert high == pytest.approx(75.9, abs=0.6)
    assert low == pytest.approx(-0.83, abs=0.7)


def test_hours_of_the_night_are_dark_and_those_of_the_day_are_not() -> None:
    assert SEOUL.shape == (168,)
    assert SEOUL[[0, 3, 22, 24 + 23]].tolist() == [1, 1, 1, 1]
    assert SEOUL[[9, 12, 15]].tolist() == [0, 0, 0]
    assert 0 < SEOUL[18] < 1  # light in summer
    assert SEOUL.mean() == pytest.approx(0.5, abs=0.03)


def test_above_the_arctic_circle_noon_may_be_dark() -> None:
    assert 0.1 < dark_hours(70.0, 25.0, "Europe/Oslo")[12] < 0.4


@given(
    profile=st.lists(st.floats(0.1, 3), min_size=168, max_size=168),
    times=st.lists(st.floats(0.2, 4), min_size=1, max_size=5),
)
def test_darkness_makes_no_risk_over_the_week(
    profile: list[float], times: list[float]
) -> None:
    factor = np.array(profile) / np.mean(profile)
    night = Night(SEOUL.copy(), np.array(times))
    week = night.base_factor(factor, np.ones(168))
    assert week == pytest.approx(np.ones(len(times)))
    by_hour = sum(night.base_factor(factor, hour) for hour in np.eye(168)) / 168
    assert by_hour == pytest.approx(np.ones(len(times)))


def test_an_unlit_street_is_riskier_by_night_and_as_risky_by_day() -> None:
    graph = tagged(line_graph(4), lit=(2, "no"))
    weights = RiskWeights(beta_unlit=0.5)
    field = cold_risk(
        graph,
        annual_total=100,
        time_zone="Asia/Seoul",
        weights=weights,
        around=Surroundings.of(StreetMap(graph), weights),
    )
    midnight, noon = np.eye(168)[0], np.eye(168)[12]
    by_night = field.expected_per_h(graph, midnight)
    by_day = field.expected_per_h(graph, noon)
    assert by_night[2] / by_night[1] == pytest.approx(np.exp(0.5), rel=0.03)
    assert by_day[2] / by_day[1] == pytest.approx(1, rel=0.03)
    week = field.rate_during(np.ones(168))
    assert week == pytest.approx(field.rate_per_km_h)
    assert sum(field.shares_during(noon).values()) == pytest.approx(
        by_day / graph.edge_length_m * 1000
    )


def test_a_field_with_a_night_is_saved_and_read_as_it_was(tmp_path: Path) -> None:
    graph = tagged(line_graph(3), lit=(0, "no"))
    weights = RiskWeights()
    around = Surroundings.of(StreetMap(graph), weights)
    field = fit_risk(
        graph, record([(50, 0)] * 3), weights=weights, now_s=NOW_S, around=around
    )
    assert field.night is not None
    path = tmp_path / "risk.parquet"
    save_risk(field, path)
    again = load_risk(path, graph)
    assert again.digest == field.digest
    assert again.night is not None
    assert again.night.times.tolist() == field.night.times.tolist()


@pytest.mark.parametrize(
    ("dark", "times", "said"),
    [
        (np.ones(24), np.ones(2), "shape"),
        (np.full(168, 1.5), np.ones(2), "between 0 and 1"),
        (np.full(168, np.nan), np.ones(2), "between 0 and 1"),
        (np.ones(168), np.array([1.0, 0.0]), "above 0"),
        (np.ones(168), np.array([1.0, np.nan]), "above 0"),
    ],
)
def test_a_night_that_cannot_be_is_refused(
    dark: np.ndarray, times: np.ndarray, said: str
) -> None:
    with pytest.raises(RiskError, match=said):
        Night(dark, times)

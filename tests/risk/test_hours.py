"""Which hour of the week a moment is, across midnights and changes of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RiskError
from patrol.risk.hours import (
    HOURS_OF_WEEK,
    factor_slots,
    hour_of_week,
    hours_between,
    hours_of_week,
)

ZONES = st.sampled_from(
    ["Asia/Seoul", "Europe/Helsinki", "UTC", "Asia/Kathmandu", "America/Toronto"]
)
MOMENTS = st.integers(0, 2_000_000_000)


def hour_at(text: str, zone: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return int(hour_of_week(np.array([int(moment.timestamp())]), zone)[0])


@given(times=st.lists(MOMENTS, max_size=20), zone=ZONES)
def test_hour_is_what_the_local_clock_shows(times: list[int], zone: str) -> None:
    clocks = [datetime.fromtimestamp(time, ZoneInfo(zone)) for time in times]
    shown = [clock.weekday() * 24 + clock.hour for clock in clocks]
    assert hour_of_week(np.array(times, dtype=np.int64), zone).tolist() == shown


@pytest.mark.parametrize("zone", ["Asia/Seoul", "Europe/Helsinki"])
def test_the_week_turns_at_midnight_before_monday(zone: str) -> None:
    assert hour_at("2026-01-04T23:59:59", zone) == 167
    assert hour_at("2026-01-05T00:00:00", zone) == 0
    assert hour_at("2026-01-06T00:00:00", zone) == 24


@given(start=MOMENTS, length=st.integers(0, 30 * 86_400), zone=ZONES)
def test_spent_hours_sum_to_the_span(start: int, length: int, zone: str) -> None:
    spent = hours_between(start, start + length, zone)
    assert spent.shape == (HOURS_OF_WEEK,)
    assert (spent >= 0).all()
    assert spent.sum() == pytest.approx(length / 3600)


@given(start=MOMENTS, minutes=st.integers(1, 600), zone=ZONES)
def test_spent_hours_are_those_of_each_minute(
    start: int, minutes: int, zone: str
) -> None:
    seconds = np.arange(start, start + 60 * minutes)
    counted = np.bincount(hour_of_week(seconds, zone), minlength=HOURS_OF_WEEK) / 3600
    assert np.allclose(hours_between(start, start + 60 * minutes, zone), counted)


@pytest.mark.parametrize("zone", ["Asia/Seoul", "Europe/Helsinki"])
def test_a_night_shift_crosses_midnight(zone: str) -> None:
    friday = datetime(2026, 1, 9, 22, 30, tzinfo=ZoneInfo(zone))
    spent = hours_of_week(friday, 8 * 3600, time_zone=zone)
    evening = 4 * 24 + 22
    assert spent[evening] == 0.5
    assert np.all(spent[evening + 1 : evening + 8] == 1)
    assert spent[evening + 8] == 0.5
    assert spent.sum() == 8


def test_the_hour_that_spring_leaves_out_is_not_spent() -> None:
    night = datetime(2026, 3, 29, 2, tzinfo=ZoneInfo("Europe/Helsinki"))
    spent = hours_of_week(night, 3 * 3600, time_zone="Europe/Helsinki")
    sunday = 6 * 24
    assert spent[sunday + 2 : sunday + 6].tolist() == [1, 0, 1, 1]


def test_the_hour_that_autumn_doubles_is_spent_twice() -> None:
    night = datetime(2026, 10, 25, 2, tzinfo=ZoneInfo("Europe/Helsinki"))
    spent = hours_of_week(night, 4 * 3600, time_zone="Europe/Helsinki")
    sunday = 6 * 24
    assert spent[sunday + 2 : sunday + 6].tolist() == [1, 2, 1, 0]


def test_seoul_has_no_change_of_clocks() -> None:
    night = datetime(2026, 3, 29, 2, tzinfo=ZoneInfo("Asia/Seoul"))
    spent = hours_of_week(night, 4 * 3600, time_zone="Asia/Seoul")
    assert spent[6 * 24 + 2 : 6 * 24 + 6].tolist() == [1, 1, 1, 1]


def test_the_zone_of_the_start_does_not_name_the_hours() -> None:
    utc = datetime(2026, 1, 9, 13, tzinfo=UTC)
    seoul = utc.astimezone(ZoneInfo("Asia/Seoul"))
    spent = [hours_of_week(t, 3600, time_zone="Asia/Seoul") for t in (utc, seoul)]
    assert np.array_equal(spent[0], spent[1])
    assert spent[0][4 * 24 + 22] == 1


@pytest.mark.parametrize("name", ["Asia/Soul", "", "../etc/passwd", "Asia", "KST "])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(RiskError, match=r"no time zone.*Asia/Seoul"):
        hour_of_week(np.array([0]), name)


def test_a_start_without_a_zone_is_refused() -> None:
    naive = datetime.fromisoformat("2026-01-09T22:00")
    with pytest.raises(RiskError, match="2026-01-09T22:00:00 has no time zone"):
        hours_of_week(naive, 3600, time_zone="Asia/Seoul")


@pytest.mark.parametrize("duration_s", [-1.0, float("nan")])
def test_a_shift_that_ends_before_it_starts_is_refused(duration_s: float) -> None:
    start = datetime(2026, 1, 9, tzinfo=UTC) + timedelta(hours=1)
    with pytest.raises(RiskError, match="must not end before"):
        hours_of_week(start, duration_s, time_zone="UTC")


def test_the_factor_changes_on_the_hour_and_equal_hours_are_one_slot() -> None:
    profile = np.ones(HOURS_OF_WEEK)
    profile[4 * 24 + 23] = 2.0  # Friday from 23:00
    start = datetime(2026, 11, 20, 22, 30, tzinfo=ZoneInfo("Asia/Seoul"))
    slot_s, factor = factor_slots(start, 7200.0, profile, time_zone="Asia/Seoul")
    assert slot_s == (0.0, 1800.0, 5400.0, 7200.0)
    assert factor == (1.0, 2.0, 1.0)

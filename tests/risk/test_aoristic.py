"""Rounded and vague times are spread over the hours in which they may have been."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RiskError
from patrol.risk.aoristic import find_heaps, hour_counts
from patrol.risk.incident_file import ColumnMapping, load_incidents
from patrol.risk.incidents import Incidents
from tests.risk.makers import DAY_S, NOW_S, record
from tests.shared_data import shared_file
from tests.strategies import GWANAK

MONDAY_S = NOW_S - 7 * DAY_S  # 2026-05-25, 00:00 in Seoul


def at_minutes(minutes: np.ndarray, vague_s: np.ndarray | None = None) -> Incidents:
    """Incidents so many minutes after Monday 00:00, modulo a week."""
    times = MONDAY_S + (np.asarray(minutes, np.int64) % (7 * 1440)) * 60
    some = record(np.zeros((len(times), 2)), times)
    return replace(some, vague_s=vague_s)


def even_minutes(count: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 7 * 1440, count)


def test_even_times_have_no_heaps_and_stay_in_their_hours() -> None:
    some = at_minutes(even_minutes(3000))
    heaps = find_heaps(some)
    assert heaps.repairs == ()
    counts = np.bincount((some.time_s - MONDAY_S) // 3600, minlength=168)
    assert hour_counts(some).tolist() == counts.tolist()


def test_rounded_times_lie_half_in_the_hour_before() -> None:
    rounded = even_minutes(600) // 60 * 60
    some = at_minutes(np.concatenate([even_minutes(1400), rounded]))
    heaps = find_heaps(some)
    assert heaps.on_the_hour >= 600
    assert heaps.stood_in == 0
    assert "of 2,000 times are on the full hour" in heaps.repairs[0].sentence
    late = np.full(400, 22 * 60 + 30)
    early = np.full(200, 22 * 60)
    counts = hour_counts(at_minutes(np.concatenate([late, early])))
    assert counts[21] == pytest.approx(100)
    assert counts[22] == pytest.approx(500)


def test_midnight_that_stands_in_for_a_day_is_spread_over_it() -> None:
    rounded = even_minutes(600) // 60 * 60
    tuesdays = np.full(300, 1440)
    some = at_minutes(np.concatenate([even_minutes(1400), rounded, tuesdays]))
    heaps = find_heaps(some)
    assert np.flatnonzero(heaps.stand_in).tolist() == [0]
    assert heaps.stood_in == pytest.approx(300, abs=40)
    assert "at 00:00 are more" in heaps.repairs[-1].sentence
    counts = hour_counts(some)
    assert counts.sum() == pytest.approx(len(some))
    tuesday = counts[24:48]
    assert tuesday.max() < 2 * tuesday.min() + 20  # no heap of 300 is left


def test_a_file_of_whole_hours_is_taken_at_its_word() -> None:
    some = at_minutes(even_minutes(2000) // 60 * 60)
    assert find_heaps(some).repairs == ()
    counts = np.bincount((some.time_s - MONDAY_S) // 3600, minlength=168)
    assert hour_counts(some).tolist() == counts.tolist()


def test_a_file_of_dates_only_is_spread_over_its_days() -> None:
    heaps = find_heaps(at_minutes(even_minutes(500) // 1440 * 1440))
    assert heaps.stood_in == 500
    counts = hour_counts(at_minutes(np.full(240, 2 * 1440)))
    assert counts[48:72].tolist() == [10.0] * 24


def test_a_span_counts_in_its_hours_by_their_time_in_it() -> None:
    half = np.array([90, 0]) * 60
    some = at_minutes(np.array([120, 600]), vague_s=half)  # 00:30 to 03:30, and 10:00
    assert find_heaps(some).spans == 1
    counts = hour_counts(some)
    assert counts[:4] == pytest.approx(np.array([0.5, 1, 1, 0.5]) / 3)
    assert counts[10] == 1


def test_a_span_over_sunday_night_goes_round_the_week() -> None:
    counts = hour_counts(at_minutes(np.array([0]), vague_s=np.array([3600])))
    assert counts[[167, 0]].tolist() == [0.5, 0.5]


@given(
    minutes=st.lists(st.integers(0, 7 * 1440 - 1), min_size=1, max_size=80),
    vague=st.integers(0, 10 * DAY_S),
)
def test_every_incident_counts_once_however_it_is_spread(
    minutes: list[int], vague: int
) -> None:
    vague_s = np.arange(len(minutes)) % 3 * (vague // 2)
    counts = hour_counts(at_minutes(np.array(minutes), vague_s=vague_s))
    assert counts.sum() == pytest.approx(len(minutes))
    assert counts.min() >= 0


def test_torontos_full_hours_and_its_noon_are_found() -> None:
    loaded = load_incidents(
        shared_file("data/toronto-2018/incidents.csv.gz"),
        GWANAK,
        columns=ColumnMapping(time="t", keep_repeats=True),
        time_zone="UTC",
        until_s=NOW_S,
    )
    heaps = find_heaps(loaded.incidents)
    assert heaps.on_the_hour == 10_760
    assert heaps.stand_in[12] > 0.4
    assert hour_counts(loaded.incidents).sum() == pytest.approx(35_478)


def test_a_span_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(RiskError, match="vague by -1 s"):
        at_minutes(np.array([0]), vague_s=np.array([-1]))

"""The level follows the last months and the season, and never looks ahead."""

from dataclasses import replace

import numpy as np
import pytest

from patrol.risk.ground import Record, street_record
from patrol.risk.level import level_per_day
from tests.risk.makers import DAY_S, NOW_S, record
from tests.strategies import line_graph

YEARS = 4


def past(per_day: np.ndarray) -> Record:
    """So many incidents on each day before now, the last one first."""
    times = np.repeat(NOW_S - DAY_S // 2 - DAY_S * np.arange(len(per_day)), per_day)
    some = replace(
        record(np.full((1, 2), 50.0), [NOW_S]),
        xy_m=np.full((len(times), 2), (50.0, 0.0)),
        time_s=times,
        kind=np.full(len(times), "theft", dtype=object),
        origin=np.zeros(len(times), dtype=np.int8),
        since_s=int(NOW_S - len(per_day) * DAY_S),
    )
    return street_record(line_graph(1), some)


def level(found: Record, usual: float) -> float:
    return level_per_day(found, NOW_S, usual=usual, window_days=28)


def test_a_steady_record_stays_as_it_is() -> None:
    assert level(past(np.full(1500, 10)), 10.0) == pytest.approx(10, rel=0.01)
    assert level(past(np.full(40, 3)), 3.0) == pytest.approx(3, rel=0.03)


def test_a_fall_of_the_last_months_is_followed() -> None:
    days = np.where(np.arange(700) < 120, 10, 20)
    assert level(past(days), 18.0) == pytest.approx(10, rel=0.07)


def test_a_season_of_former_years_is_expected_again() -> None:
    since_spring = (np.arange(YEARS * 365) - 20) % 365
    days = np.where(since_spring > 365 - 60, 20, 10)  # the 40 days to come and 20 past
    assert level(past(days), 11.5) > 14


def test_a_few_incidents_change_little() -> None:
    one = np.zeros(200, dtype=np.int64)
    one[150] = 1
    assert level(past(one), 0.005) == pytest.approx(0.005, rel=0.02)


def test_what_comes_later_is_not_seen() -> None:
    found = past(np.full(800, 5))
    then_s = NOW_S - 200 * DAY_S
    early = found.time_s < then_s
    cut = replace(found, place=found.place[early], time_s=found.time_s[early])
    for one in (found, cut):
        seen = level_per_day(one, then_s, usual=5.0, window_days=28)
        assert seen == pytest.approx(
            level_per_day(found, then_s, usual=5.0, window_days=28)
        )

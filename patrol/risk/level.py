"""
How many incidents are to come in all: the last months, and the season of former years.

Where they are is for the parts to say; how many, a record over years says badly, as it
knows neither trend nor season. So the count of the last three months is the level, and
what followed the same months in former years, over those months, is the season. Both
are ratios of counts with some incidents of doubt added (gamma-Poisson means), so that
a small record changes little.
"""

import numpy as np

from patrol.risk.ground import Record

_DAY_S = 86_400
_YEAR_DAYS = 365.25
_MONTHS_DAYS = 91.0
_DOUBT = 50.0
"""Incidents added to both sides of a ratio."""


def level_per_day(
    record: Record, now_s: float, *, usual: float, window_days: float
) -> float:
    """
    Forecast the incidents a day on the whole ground in the window to come.

    Parameters
    ----------
    record
        Past incidents; nothing at or after ``now_s`` is seen.
    now_s
        Start of the window, seconds since 1970 UTC.
    usual
        Incidents a day by the decayed record.
    window_days
        Days of the window.
    """
    begun_s = max(record.since_s, float(record.time_s.min()))
    months = min(_MONTHS_DAYS, (now_s - begun_s) / _DAY_S)
    lately = _count(record, now_s - months * _DAY_S, now_s)
    level = usual * (lately + _DOUBT) / (usual * months + _DOUBT)
    return level * _season(record, now_s, begun_s, window_days=window_days)


def _season(
    record: Record, now_s: float, begun_s: float, *, window_days: float
) -> float:
    """Hold what followed these months in former years against what they led to."""
    came = expected = 0.0
    then_s = now_s - _YEAR_DAYS * _DAY_S
    while then_s - _MONTHS_DAYS * _DAY_S >= begun_s:
        came += _count(record, then_s, then_s + window_days * _DAY_S)
        before = _count(record, then_s - _MONTHS_DAYS * _DAY_S, then_s)
        expected += before * window_days / _MONTHS_DAYS
        then_s -= _YEAR_DAYS * _DAY_S
    return (came + _DOUBT) / (expected + _DOUBT)


def _count(record: Record, start_s: float, end_s: float) -> float:
    return float(np.sum((record.time_s >= start_s) & (record.time_s < end_s)))

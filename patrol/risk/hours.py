"""Hours of the week in local time: which of the 168 a moment falls into."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError

HOURS_OF_WEEK = 168
"""Hours of a week; hour 0 starts on Monday at 00:00 local time."""

_HOUR_S, _DAY_S = 3600, 86_400
_EPOCH_HOUR = 72  # 1970-01-01 was a Thursday

_STEP_S = 900
"""Every zone in use is a whole number of quarters from UTC and changes on one."""


def zone_of(time_zone: str) -> ZoneInfo:
    """
    Look up a time zone.

    Raises
    ------
    RiskError
        If there is no zone of this name.
    """
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise RiskError(
            f"there is no time zone {time_zone!r}: give an IANA name such as "
            f"'Asia/Seoul' or 'Europe/Helsinki'"
        ) from error


def hour_of_week(time_s: NDArray[np.int64], time_zone: str) -> NDArray[np.int64]:
    """
    Hour of the week of moments, as local clocks show it.

    Parameters
    ----------
    time_s
        Seconds since 1970 UTC, shape ``(k,)``.
    time_zone
        IANA name of the zone.

    Returns
    -------
    numpy.ndarray
        From 0 (Monday 00:00-01:00) to 167, shape ``(k,)``.

    Raises
    ------
    RiskError
        If there is no zone of this name.
    """
    return hour_of_local(local_seconds(time_s, time_zone))


def local_seconds(time_s: NDArray[np.int64], time_zone: str) -> NDArray[np.int64]:
    """
    Seconds since 1970 as local clocks count them, shape ``(k,)``.

    Raises
    ------
    RiskError
        If there is no zone of this name.
    """
    return time_s + _utc_offsets_s(time_s, zone_of(time_zone))


def hour_of_local(local_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """Hour of the week, 0 to 167, of `local_seconds`, shape ``(k,)``."""
    return (local_s // _HOUR_S + _EPOCH_HOUR) % HOURS_OF_WEEK


def hours_between(start_s: float, end_s: float, time_zone: str) -> NDArray[np.float64]:
    """
    Time that a span spends in each hour of the week.

    A span over a change of clocks spends two hours, or none, in the hour that is
    doubled or left out.

    Parameters
    ----------
    start_s, end_s
        First and last moment, seconds since 1970 UTC.
    time_zone
        IANA name of the zone.

    Returns
    -------
    numpy.ndarray
        Hours, shape ``(168,)``; they sum to the length of the span.

    Raises
    ------
    RiskError
        If the span ends before it starts, or there is no zone of this name.
    """
    if not start_s <= end_s:
        raise RiskError(
            f"a span of time from {start_s} to {end_s} s: it must not end before it "
            f"starts"
        )
    first, last = int(start_s // _STEP_S), int(end_s // _STEP_S)
    cuts = np.arange(first, last + 2, dtype=np.int64) * _STEP_S
    spent_s = np.diff(np.clip(cuts, start_s, end_s))
    hours = hour_of_week(cuts[:-1], time_zone)
    spent_h = np.zeros(HOURS_OF_WEEK)
    np.add.at(spent_h, hours, spent_s / _HOUR_S)
    return spent_h


def hours_of_week(
    start: datetime, duration_s: float, *, time_zone: str
) -> NDArray[np.float64]:
    """
    Time that a shift spends in each hour of the week.

    Parameters
    ----------
    start
        When it begins, with a time zone (which need not be the one below).
    duration_s
        How long it lasts, 0 or more.
    time_zone
        IANA name of the zone whose clocks name the hours.

    Returns
    -------
    numpy.ndarray
        Hours, shape ``(168,)``; they sum to the duration.

    Raises
    ------
    RiskError
        If ``start`` has no time zone, the duration is negative, or there is no zone
        of this name.
    """
    if start.utcoffset() is None:
        raise RiskError(
            f"start {start.isoformat()} has no time zone: write it with one, such as "
            f"{start.isoformat()}+09:00"
        )
    start_s = start.timestamp()
    return hours_between(start_s, start_s + duration_s, time_zone)


def factor_slots(
    start: datetime,
    duration_s: float,
    profile: NDArray[np.float64],
    *,
    time_zone: str,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """
    Cut a span of time where the factor of the hour of the week changes.

    Parameters
    ----------
    start
        When it begins, with a time zone (which need not be the one below).
    duration_s
        How long it lasts, above 0.
    profile
        Factor of each hour of the week, shape ``(168,)``.
    time_zone
        IANA name of the zone whose clocks name the hours.

    Returns
    -------
    tuple
        Seconds after the start at which the factor changes, from 0 to the duration,
        and the factor in between, one less.

    Raises
    ------
    RiskError
        If ``start`` has no time zone, the duration is not above 0, or there is no
        zone of this name.
    """
    if start.utcoffset() is None or not duration_s > 0:
        raise RiskError(
            f"a span of {duration_s} s from {start.isoformat()}: give a start with a "
            f"time zone and a length above 0 s"
        )
    start_s = start.timestamp()
    end_s = start_s + duration_s
    first, last = int(start_s // _STEP_S) + 1, int(-(-end_s // _STEP_S))
    inner = np.arange(first, last, dtype=np.int64) * _STEP_S
    moments = np.concatenate([[int(start_s)], inner])
    factor = profile[hour_of_week(moments, time_zone)]
    changes = np.flatnonzero(np.diff(factor, prepend=np.nan) != 0)
    begins_s = np.concatenate([[start_s], inner])[changes] - start_s
    return (*begins_s.tolist(), float(duration_s)), tuple(factor[changes].tolist())


def _utc_offsets_s(time_s: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    # Asking the zone is slow, and on nearly every day its answer is one and the same.
    days, place = np.unique(time_s // _DAY_S, return_inverse=True)
    at_start = _ask(days * _DAY_S, zone)
    changes = (at_start != _ask((days + 1) * _DAY_S, zone))[place]
    offsets = at_start[place]
    steps, place = np.unique(time_s[changes] // _STEP_S, return_inverse=True)
    offsets[changes] = _ask(steps * _STEP_S, zone)[place]
    return offsets


def _ask(time_s: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    moments = [datetime.fromtimestamp(moment, zone) for moment in time_s.tolist()]
    offsets = [moment.utcoffset() or timedelta() for moment in moments]
    return np.array([offset.total_seconds() for offset in offsets], dtype=np.int64)

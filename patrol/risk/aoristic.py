"""
Hours of incidents whose moment is not known to the minute.

A time given as a span counts in every hour of the span, in proportion to the time that
the span has there: aoristic weights [1]_. Times on the full hour are rounded ones where
they are far too many, and then half of each lies in the hour before. A full hour that
has many more of them than the other full hours have, such as 00:00 or 12:00, stands in
for "sometime that day"; what it has too many is spread over the day.

.. [1] Ratcliffe (2002). Aoristic Signatures and the Spatio-Temporal Analysis of High
   Volume Crime Patterns. *Journal of Quantitative Criminology* 18(1), 23-43.
   doi:10.1023/A:1013240828824.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.risk.hours import HOURS_OF_WEEK, hour_of_local, local_seconds
from patrol.risk.incidents import Incidents
from patrol.risk.repairs import Repair

_HOUR_S, _DAY_H = 3600, 24
_TOO_MANY = 2.0  # times what the other minutes of the hour have
_STANDS_IN = 1.5  # times what the other full hours have
_SURE = 5.0  # standard deviations of a Poisson count
_HOURS_ONLY = 0.9  # share on the full hour of a file that knows no minutes
_BLOCK = 10_000  # spans that are spread at a time


@dataclass(frozen=True)
class Heaps:
    """
    Where the clock times of a record heap up.

    Attributes
    ----------
    on_the_hour
        Incidents on the full hour that are taken as rounded to it.
    known
        Incidents of which a moment is given, not a span.
    stand_in
        Share of the incidents at each full hour that is taken as "sometime that day",
        shape ``(24,)``.
    stood_in
        Number of these.
    spans
        Incidents that are given as a span of time.
    """

    on_the_hour: int
    known: int
    stand_in: NDArray[np.float64]
    stood_in: int
    spans: int

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What is done about it, in sentences with counts."""
        found = [
            Repair(
                "times_spread_over_their_span",
                self.spans,
                f"{self.spans:,} incidents are given as a span of time: each counts "
                f"in the hours of its span, evenly",
            ),
            Repair(
                "full_hours_spread",
                self.on_the_hour,
                f"{self.on_the_hour:,} of {self.known:,} times are on the full hour, "
                f"far more than chance has: taken as rounded, half of each counts in "
                f"the hour before",
            ),
            Repair(
                "placeholder_hours_spread",
                self.stood_in,
                f"{self.stood_in:,} times at {self._named()} are more than other full "
                f'hours have: taken as "sometime that day" and spread over it',
            ),
        ]
        return tuple(one for one in found if one.count)

    def _named(self) -> str:
        return ", ".join(f"{h:02d}:00" for h in np.flatnonzero(self.stand_in))


def find_heaps(incidents: Incidents) -> Heaps:
    """Look for times that a person or a form has rounded."""
    vague = incidents.vague_s
    local_s = local_seconds(incidents.time_s, incidents.time_zone)
    local_s = local_s if vague is None else local_s[vague == 0]
    hour = local_s // _HOUR_S % _DAY_H
    full = local_s % _HOUR_S == 0
    at_full = np.bincount(hour[full], minlength=_DAY_H).astype(np.float64)
    beside = np.bincount(hour[~full], minlength=_DAY_H).astype(np.float64)
    usual = beside.sum() / 59
    hours_only = full.sum() >= _HOURS_ONLY * max(len(full), 1)
    rounded = not hours_only and _far_above(at_full.sum(), usual, times=_TOO_MANY)
    stand_in = _stand_in(at_full, beside, hours_only=hours_only)
    stand_in = stand_in if rounded or hours_only else np.zeros(_DAY_H)
    return Heaps(
        on_the_hour=int(full.sum()) if rounded else 0,
        known=len(full),
        stand_in=stand_in,
        stood_in=round(float(stand_in @ at_full)),
        spans=len(incidents) - len(full),
    )


def hour_counts(incidents: Incidents) -> NDArray[np.float64]:
    """
    Count incidents in the hours of the week, each spread as far as it is unsure.

    Returns
    -------
    numpy.ndarray
        Shape ``(168,)``; it sums to the number of incidents.
    """
    heaps = find_heaps(incidents)
    local_s = local_seconds(incidents.time_s, incidents.time_zone)
    vague = incidents.vague_s
    known = np.ones(len(local_s), np.bool_) if vague is None else vague == 0
    at_full = known & (local_s % _HOUR_S == 0)
    counts = _binned(local_s[known & ~at_full])
    if vague is not None:
        counts += _spread(local_s[~known], vague[~known])
    full = _binned(local_s[at_full]).reshape(-1, _DAY_H)
    someday = full * heaps.stand_in
    rounded = (full - someday).ravel()
    if heaps.on_the_hour:
        rounded = (rounded + np.roll(rounded, -1)) / 2
    whole_days = np.repeat(someday.sum(axis=1) / _DAY_H, _DAY_H)
    return np.asarray(counts + rounded + whole_days)


def _stand_in(
    at_full: NDArray[np.float64], beside: NDArray[np.float64], *, hours_only: bool
) -> NDArray[np.float64]:
    """Share of each full hour that is more than the others lead to expect."""
    if hours_only:
        usual = np.full(_DAY_H, 2 * np.median(at_full))
    else:
        seen = beside > 0
        part = np.median(at_full[seen] / beside[seen]) if seen.any() else 0.0
        usual = part * beside
    heaped = _far_above(at_full, usual, times=_STANDS_IN)
    excess = np.where(heaped, at_full - usual, 0.0)
    return np.asarray(excess / np.maximum(at_full, 1.0))


def _far_above(
    count: NDArray[np.float64] | float,
    usual: NDArray[np.float64] | float,
    *,
    times: float,
) -> NDArray[np.bool_]:
    limit = np.maximum(times * usual, usual + _SURE * np.sqrt(np.add(usual, 1.0)))
    return np.asarray(count > limit)


def _binned(local_s: NDArray[np.int64]) -> NDArray[np.float64]:
    hours = np.bincount(hour_of_local(local_s), minlength=HOURS_OF_WEEK)
    return hours.astype(np.float64)


def _spread(
    middle_s: NDArray[np.int64], vague_s: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Spread each incident evenly from so much before to so much after its middle."""
    longest_s = HOURS_OF_WEEK * _HOUR_S // 2
    whole_weeks = vague_s >= longest_s  # anything longer says nothing of the hour
    counts = np.full(HOURS_OF_WEEK, whole_weeks.sum() / HOURS_OF_WEEK)
    middle_s, vague_s = middle_s[~whole_weeks], vague_s[~whole_weeks]
    for first in range(0, len(middle_s), _BLOCK):
        some = slice(first, first + _BLOCK)
        begin_s, end_s = middle_s[some] - vague_s[some], middle_s[some] + vague_s[some]
        hours = end_s // _HOUR_S - begin_s // _HOUR_S + 1
        row = np.repeat(np.arange(len(hours)), hours)
        step = np.arange(len(row)) - np.repeat(np.cumsum(hours) - hours, hours)
        hour_s = (begin_s[row] // _HOUR_S + step) * _HOUR_S
        spent_s = np.minimum(end_s[row], hour_s + _HOUR_S) - np.maximum(
            begin_s[row], hour_s
        )
        weight = spent_s / (end_s - begin_s)[row]
        counts += np.bincount(hour_of_local(hour_s), weight, HOURS_OF_WEEK)
    return counts

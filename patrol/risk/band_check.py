"""Whether the bands of the learned risk hold what they say, in windows held back."""

from dataclasses import dataclass

import numpy as np

from patrol.risk.bands import coverage
from patrol.risk.evaluate import Windows
from patrol.risk.ground import Record
from patrol.risk.learned import LearningOptions, learn

_DAY_S = 86_400
_TELLING = 0.5
"""Incidents that must be expected of a unit for its band to be more than "none"."""


@dataclass(frozen=True)
class BandCheck:
    """
    Part of what came to pass that lay in its band; each should be ``share``.

    Attributes
    ----------
    share
        Chance of the bands.
    units
        Mean over all units and windows.
    by_expected
        The same, each unit weighted by what was expected of it.
    telling
        Mean over units of which half an incident or more was expected; NaN if none.
    num_telling
        Number of those, over all windows.
    """

    share: float
    units: float
    by_expected: float
    telling: float
    num_telling: int


def check_bands(
    record: Record, *, windows: Windows, options: LearningOptions, share: float = 0.8
) -> BandCheck:
    """
    Learn before each of the last windows of a record; hold its bands against them.

    Raises
    ------
    RiskError
        If the windows do not fit the record, or there is nothing to learn from.
    """
    covered, expected = [], []
    for start_s in windows.starts_s(record):
        learned = learn(record, start_s, options=options)
        found = record.drawn_between(start_s, start_s + windows.days * _DAY_S)
        mean = learned.per_day * windows.days
        covered.append(coverage(mean, learned.shape, found, share=share))
        expected.append(mean)
    inside, weight = np.concatenate(covered), np.concatenate(expected)
    telling = inside[weight >= _TELLING]
    return BandCheck(
        share=share,
        units=float(inside.mean()),
        by_expected=float(np.average(inside, weights=weight)),
        telling=float(telling.mean()) if len(telling) else float("nan"),
        num_telling=len(telling),
    )

"""Risk in a few classes, for the eye."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PER_HOURS = 1000
"""Rates are shown as incidents per km in this many hours: numbers one can say."""

_QUANTILES = (0.40, 0.65, 0.82, 0.92, 0.97)


@dataclass(frozen=True)
class RiskClasses:
    """
    Streets in at most six classes of rising risk.

    The limits lie at fixed shares of the street length and are rounded to two
    digits, so that the few riskiest streets stand out.

    Attributes
    ----------
    limits
        Inner limits in incidents per km per hour, ascending, shape ``(c - 1,)``.
    of_street
        Class of each street from 0 to ``c - 1``, shape ``(m,)``.
    """

    limits: NDArray[np.float64]
    of_street: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self.limits) + 1

    @property
    def labels(self) -> list[str]:
        """What the legend says, per km in `PER_HOURS` hours, lowest class first."""
        texts = [f"{limit * PER_HOURS:,.6g}" for limit in self.limits]
        if not texts:
            return ["0"]
        between = [f"{a} - {b}" for a, b in itertools.pairwise(texts)]
        return [f"< {texts[0]}", *between, f"≥ {texts[-1]}"]


def classify(
    rate_per_km_h: NDArray[np.float64], length_m: NDArray[np.float64]
) -> RiskClasses:
    """
    Put streets into classes of risk.

    Parameters
    ----------
    rate_per_km_h
        Expected incidents per km per hour on each street, shape ``(m,)``.
    length_m
        Length of each street, shape ``(m,)``: the weight in the quantiles.
    """
    order = np.argsort(rate_per_km_h, kind="stable")
    share = np.cumsum(length_m[order]) / length_m.sum()
    at = np.searchsorted(share, _QUANTILES).clip(max=len(order) - 1)
    limits = np.unique([_two_digits(rate) for rate in rate_per_km_h[order][at]])
    limits = limits[(limits > 0) & (limits <= rate_per_km_h.max())]
    return RiskClasses(limits, np.searchsorted(limits, rate_per_km_h, side="right"))


def _two_digits(rate: float) -> float:
    return float(f"{rate:.2g}")

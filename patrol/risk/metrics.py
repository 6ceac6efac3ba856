"""
How good a forecast of incidents on units of ground is.

Cuts are by size (length of streets), never by number: hit rate is the share of the
incidents on the riskiest part of the network, PAI is hit rate over that part, PEI is
hit rate over what an oracle would reach. Incidents count in fractions on the units
they touch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CUTS = (0.01, 0.05, 0.10)
"""Parts of the network's length at which hits are counted."""

CURVE_CUTS = np.unique(np.concatenate([np.geomspace(0.001, 1.0, 60), CUTS]))
"""Parts of the length at which a curve is drawn, ascending; closest where steep."""

LEAST_EXPECTED = 1e-8
"""A forecast of no incident where one happened would score minus infinity; a unit is
taken to expect this many in a window at least."""

_BINS = 10


@dataclass(frozen=True)
class Forecast:
    """
    What a model expected in one window, and what happened; shapes ``(m,)``.

    Attributes
    ----------
    expected, found
        Incidents on each unit.
    size_km
        Size of each unit.
    """

    expected: NDArray[np.float64]
    found: NDArray[np.float64]
    size_km: NDArray[np.float64]

    @property
    def order(self) -> NDArray[np.int64]:
        """Units from the highest expected rate to the lowest, shape ``(m,)``."""
        return _by_rate(self.expected / self.size_km)

    def hits(self) -> NDArray[np.float64]:
        """Share of the incidents on the riskiest of each of the `CUTS`."""
        return self.hits_at(np.array(CUTS))

    def hits_at(self, cuts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the incidents on the riskiest of each part of the length."""
        return _hits(self.order, self.found, self.size_km, cuts)

    def oracle_hits(self) -> NDArray[np.float64]:
        """Share that one would hit who knew what happened."""
        order = _by_rate(self.found / self.size_km)
        return _hits(order, self.found, self.size_km, np.array(CUTS))

    def log_score(self) -> float:
        """
        Poisson log-likelihood for each incident, in nats.

        ``sum(found * log(expected) - expected) / sum(found)``: what does not depend on
        the model (the factorials) is left out.
        """
        expected = np.maximum(self.expected, LEAST_EXPECTED)
        gained = self.found @ np.log(expected) - self.expected.sum()
        return float(gained / self.found.sum())


def calibration(forecasts: Sequence[Forecast]) -> NDArray[np.float64]:
    """
    Compare expected and found incidents in ten classes of risk.

    In each window the units are cut, from the highest rate down, into ten classes in
    each of which one tenth is expected; the classes of all windows are added up.

    Returns
    -------
    numpy.ndarray
        Expected and found incidents of each class, shape ``(2, 10)``.
    """
    table = np.zeros((2, _BINS))
    for one in forecasts:
        order = one.order
        expected = one.expected[order]
        above = np.cumsum(expected) - expected / 2
        bin_ = (above / expected.sum() * _BINS).astype(np.int64).clip(0, _BINS - 1)
        table[0] += np.bincount(bin_, expected, _BINS)
        table[1] += np.bincount(bin_, one.found[order], _BINS)
    return table


def hit_curve(forecasts: Sequence[Forecast]) -> NDArray[np.float64]:
    """Give the mean hits of windows at each of the `CURVE_CUTS`, shape ``(c,)``."""
    return np.asarray(np.mean([one.hits_at(CURVE_CUTS) for one in forecasts], axis=0))


def calibration_error(table: NDArray[np.float64]) -> float:
    """Give the expected calibration error: misplaced incidents over all found."""
    return float(np.abs(table[0] - table[1]).sum() / table[1].sum())


def _by_rate(rate: NDArray[np.float64]) -> NDArray[np.int64]:
    # Ties in an arbitrary but fixed order, or the order of a file would decide.
    shuffled = np.random.default_rng(0).permutation(len(rate))
    return shuffled[np.argsort(-rate[shuffled], kind="stable")]


def _hits(
    order: NDArray[np.int64],
    found: NDArray[np.float64],
    size_km: NDArray[np.float64],
    cuts: NDArray[np.float64],
) -> NDArray[np.float64]:
    part = np.concatenate([[0.0], np.cumsum(size_km[order])]) / size_km.sum()
    hit = np.concatenate([[0.0], np.cumsum(found[order])]) / found.sum()
    return np.asarray(np.interp(cuts, part, hit))

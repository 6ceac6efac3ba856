"""The parts of the plain risk on any ground: history, spill, near repeats and base."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.risk.weights import RiskWeights

HISTORY, SPILL, NEAR, BASE = "history", "spill", "near", "base"
"""Names of the shares: where incidents were, beside them, close to the last ones, and
what may happen anywhere."""

_DAY_S = 86_400

Spread = Callable[[NDArray[np.float64], float], NDArray[np.float64]]
"""Spreads the mass of units, ``(m,)``, by a standard deviation in metres."""


@dataclass(frozen=True)
class Seen:
    """
    What a record says at one moment.

    Attributes
    ----------
    count, near_count
        Incidents on each unit, decayed slowly and fast, shape ``(m,)``.
    hours, near_hours
        Hours of the record, decayed in the same ways.
    """

    count: NDArray[np.float64]
    near_count: NDArray[np.float64]
    hours: float
    near_hours: float


def near_half_life_days(weights: RiskWeights) -> float:
    """Half-life of near repeats: their mean age is half of ``near.days``."""
    return weights.near_days / 2 * float(np.log(2))


def decayed_span_h(half_life_days: float, begin_s: float, end_s: float) -> float:
    """Hours from ``begin_s`` to ``end_s`` ago, each weighted as an incident in it."""
    half_life_s = half_life_days * _DAY_S
    start, end = np.exp2(-np.array([begin_s, end_s]) / half_life_s)
    return float((end - start) * half_life_s / np.log(2) / 3600)


def plain_shares(
    seen: Seen, where: NDArray[np.float64], spread: Spread, *, weights: RiskWeights
) -> dict[str, NDArray[np.float64]]:
    """
    Give the expected incidents per hour of each part on each unit, ``(m,)`` each.

    Near repeats spread along the streets by half of ``near.distance_m``, so that nearly
    all of them lie within it.

    Parameters
    ----------
    seen
        What the record says.
    where
        Share of each unit in what may happen anywhere, shape ``(m,)``, sum 1.
    spread
        Spreads mass.
    weights
        Shares of the parts, and how far they spread.
    """
    part = weights.parts
    shares = {HISTORY: part[HISTORY] * seen.count / seen.hours}
    if part[SPILL] > 0:
        spilt = np.maximum(spread(seen.count, weights.spill_sd_m), 0.0)
        shares[SPILL] = part[SPILL] * spilt / seen.hours
    if part[NEAR] > 0:
        near = np.maximum(spread(seen.near_count, weights.near_distance_m / 2), 0.0)
        shares[NEAR] = part[NEAR] * near / seen.near_hours
    everywhere = where * (seen.count.sum() / seen.hours)
    return shares | {BASE: part[BASE] * everywhere}

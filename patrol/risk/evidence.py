"""What the past says at one moment: named parts of risk, each a share of the whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.ground import Ground, Record

BASE = "base"
"""Name of the part that lies on all streets alike, by length."""

_DAY_S = 86_400
_RECENT_DAYS = 90.0
_NEAR_DAYS = 7.0
"""Near repeats fade within two weeks (Johnson and others 2007)."""

_SPILL_M = 50.0
_NEAR_M = 150.0
_NEIGHBOURHOOD_M = 400.0
_MIDDLE_M = 150.0

_RATE_FLOOR = 0.05
"""Of the mean rate, added before a logarithm: lower rates are all alike."""


@dataclass(frozen=True)
class Evidence:
    """
    The record as it stood at one moment, on ``m`` units.

    Attributes
    ----------
    parts
        By name, shape ``(m,)`` each: where a part puts the incidents to come. Each
        sums to 1.
    per_day
        Incidents a day on the whole ground, by the decayed record.
    count
        Decayed count of the past incidents, shape ``(m,)``.
    features
        What a learner may look at, shape ``(m, f)``.
    """

    parts: dict[str, NDArray[np.float64]]
    per_day: float
    count: NDArray[np.float64]
    features: NDArray[np.float64]

    def mixed(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Incidents a day on each unit, parts weighted in their order, ``(m,)``."""
        return np.asarray(
            self.per_day * (np.column_stack([*self.parts.values()]) @ weights)
        )


def evidence_at(record: Record, now_s: float, *, half_life_days: float) -> Evidence:
    """
    Look back from a moment; nothing at or after it is seen.

    The parts are ``history`` (incidents, their weight halving every
    ``half_life_days``), ``recent`` (the last 90 days or so), ``spill`` and
    ``neighbourhood`` (history spread along the streets by 50 and by 400 m), ``near``
    (the last week or so spread by 150 m) and ``base`` (all alike).

    Raises
    ------
    RiskError
        If no incident is earlier than ``now_s``.
    """
    ground = record.ground
    age_days = (now_s - record.time_s) / _DAY_S
    past = age_days > 0
    if not past.any():
        raise RiskError(
            f"none of {len(past)} incidents is earlier than {now_s:.0f} s since 1970: "
            f"there is nothing to learn from"
        )
    span_days = (now_s - record.since_s) / _DAY_S

    def decayed(mean_days: float) -> NDArray[np.float64]:
        return record.mass(np.where(past, np.exp(-age_days.clip(0) / mean_days), 0.0))

    mean_days = half_life_days / np.log(2)
    history = decayed(mean_days)
    base = ground.size_km / ground.size_km.sum()
    masses = {
        "history": history,
        "recent": decayed(_RECENT_DAYS),
        "spill": ground.spread(history, sd_m=_SPILL_M),
        "neighbourhood": ground.spread(history, sd_m=_NEIGHBOURHOOD_M),
        "near": ground.spread(decayed(_NEAR_DAYS), sd_m=_NEAR_M),
        BASE: base,
    }
    parts = {name: _one(mass, instead=base) for name, mass in masses.items()}
    weighed_days = mean_days * -np.expm1(-span_days / mean_days)
    middle = _one(ground.spread(history, sd_m=_MIDDLE_M), instead=base)
    return Evidence(
        parts=parts,
        per_day=float(history.sum() / weighed_days),
        count=history,
        features=_features(ground, parts, middle),
    )


def _features(
    ground: Ground, parts: dict[str, NDArray[np.float64]], middle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithms of rates against the mean rate, of counts and size, and traits."""
    size = ground.size_km / ground.size_km.sum()
    seen = [part for name, part in parts.items() if name != BASE]
    rates = [np.log(part / size + _RATE_FLOOR) for part in (*seen, middle)]
    count = np.log(parts["history"] * ground.num_units + _RATE_FLOOR)
    length = np.log(ground.size_km)
    return np.column_stack([*rates, count, length, *ground.traits.values()])


def _one(
    mass: NDArray[np.float64], *, instead: NDArray[np.float64]
) -> NDArray[np.float64]:
    # The spread of a lone incident may leave a rounding error below nothing.
    whole = np.maximum(mass, 0.0)
    total = whole.sum()
    return whole / total if total > 0 else instead

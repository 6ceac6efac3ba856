"""
Rolling-origin evaluation: forecast a window from what came before, then the next.

A model never sees an incident of the window it is asked about, nor a later one.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.ground import Record
from patrol.risk.metrics import (
    CUTS,
    Forecast,
    calibration,
    calibration_error,
    hit_curve,
)

Model = Callable[[Record, float], NDArray[np.float64]]
"""From a record and a moment, which it must not look beyond, the incidents a day to
expect on each unit, shape ``(m,)``, none negative and not all 0."""

_DAY_S = 86_400


@dataclass(frozen=True)
class Windows:
    """
    The windows of an evaluation: the last days of a record, one after another.

    Attributes
    ----------
    days
        Days of each.
    count
        How many.

    Raises
    ------
    RiskError
        If there is no window or it has no length.
    """

    days: float = 14.0
    count: int = 7

    def __post_init__(self) -> None:
        if self.count < 1 or not 0 < self.days < np.inf:
            raise RiskError(
                f"{self.count} windows of {self.days} days: there must be at least "
                f"one, longer than 0 days"
            )

    def starts_s(self, record: Record) -> list[float]:
        """
        Start of each window, in seconds since 1970 UTC, ascending.

        Raises
        ------
        RiskError
            If the record does not reach back before the first of them.
        """
        end_s = record.until_s + 1.0
        starts = [end_s - self.days * _DAY_S * k for k in range(self.count, 0, -1)]
        if starts[0] <= record.time_s.min():
            span = (record.until_s - record.since_s) / _DAY_S
            raise RiskError(
                f"{self.count} windows of {self.days:g} days do not fit a record of "
                f"{span:.1f} days with some history before them: ask for fewer"
            )
        return starts


@dataclass(frozen=True)
class Evaluation:
    """
    How well one model did; means over the windows.

    Attributes
    ----------
    model
        Its name.
    hit_1, hit_5, hit_10
        Share of the incidents on the riskiest 1, 5 and 10 % of the length.
    pai_1, pai_5, pai_10
        These over 1, 5 and 10 %.
    pei_1, pei_5, pei_10
        These over those of an oracle, which says how much could be had at all.
    log_score
        Poisson log-likelihood for each incident, nats.
    ece
        Calibration error over all windows together.
    cpu_s
        CPU time of one forecast, training included.
    windows, incidents
        Windows, and incidents in them on the ground.
    """

    model: str
    hit_1: float
    hit_5: float
    hit_10: float
    pai_1: float
    pai_5: float
    pai_10: float
    pei_1: float
    pei_5: float
    pei_10: float
    log_score: float
    ece: float
    cpu_s: float
    windows: int
    incidents: int

    def as_row(self) -> dict[str, object]:
        """Give the figures for tables and scripts."""
        return asdict(self)


@dataclass(frozen=True)
class Comparison:
    """
    Models side by side on the same windows.

    Attributes
    ----------
    rows
        An evaluation for each model, the oracle's last.
    calibration
        Calibration table of each model by name, as `metrics.calibration` gives it.
    curves
        Mean share of the incidents on the riskiest part of the length, for each part
        of `metrics.CURVE_CUTS`, by name of the model; the oracle's too.
    left_out
        Why a model could not forecast, by its name; such as too short a history.
    """

    rows: list[Evaluation]
    calibration: dict[str, NDArray[np.float64]]
    curves: dict[str, NDArray[np.float64]]
    left_out: dict[str, str]


def evaluate(
    models: Mapping[str, Model], record: Record, *, windows: Windows
) -> Comparison:
    """
    Let models forecast the last windows of a record; the oracle comes last.

    Windows in which nothing happened are left out, and models that cannot forecast
    from what came before one.

    Raises
    ------
    RiskError
        If the windows do not fit the record, all are empty, or no model can forecast.
    """
    window_s = windows.days * _DAY_S
    found = {
        start_s: record.between(start_s, start_s + window_s)
        for start_s in windows.starts_s(record)
    }
    found = {start_s: one for start_s, one in found.items() if one.any()}
    if not found:
        raise RiskError(
            f"no incident in any of {windows.count} windows of {windows.days:g} days: "
            f"there is nothing to compare with"
        )
    result = Comparison([], {}, {}, {})
    for name, model in models.items():
        begun = time.process_time()
        try:
            expected = {s: model(record, s) * windows.days for s in found}
        except RiskError as error:
            result.left_out[name] = str(error)
            continue
        cpu_s = (time.process_time() - begun) / len(found)
        forecasts = [_forecast(expected[s], found[s], record) for s in found]
        result.calibration[name] = calibration(forecasts)
        result.curves[name] = hit_curve(forecasts)
        result.rows.append(_evaluation(name, forecasts, cpu_s))
    if not result.rows:
        raise RiskError("; ".join(dict.fromkeys(result.left_out.values())))
    oracle = [_forecast(one, one, record) for one in found.values()]
    result.rows.append(_evaluation("oracle", oracle, 0.0))
    result.curves["oracle"] = hit_curve(oracle)
    return result


def _forecast(
    expected: NDArray[np.float64], found: NDArray[np.float64], record: Record
) -> Forecast:
    return Forecast(expected, found, record.ground.size_km)


def _evaluation(name: str, forecasts: list[Forecast], cpu_s: float) -> Evaluation:
    hits = np.mean([one.hits() for one in forecasts], axis=0)
    possible = np.mean([one.oracle_hits() for one in forecasts], axis=0)
    pai, pei = (hits / CUTS).tolist(), (hits / possible).tolist()
    return Evaluation(
        model=name,
        hit_1=float(hits[0]),
        hit_5=float(hits[1]),
        hit_10=float(hits[2]),
        pai_1=pai[0],
        pai_5=pai[1],
        pai_10=pai[2],
        pei_1=pei[0],
        pei_5=pei[1],
        pei_10=pei[2],
        log_score=float(np.mean([one.log_score() for one in forecasts])),
        ece=calibration_error(calibration(forecasts)),
        cpu_s=cpu_s,
        windows=len(forecasts),
        incidents=round(sum(float(one.found.sum()) for one in forecasts)),
    )

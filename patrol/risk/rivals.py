"""The forecasts that ours must beat, and ours beside them."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from patrol.errors import RiskError
from patrol.risk.evaluate import Comparison, Model
from patrol.risk.evidence import evidence_at
from patrol.risk.factors import environment, fit_betas
from patrol.risk.ground import Record
from patrol.risk.learned import LearningOptions, learn, lessons_before
from patrol.risk.network_kde import network_kde
from patrol.risk.plain import Seen, decayed_span_h, near_half_life_days, plain_shares
from patrol.risk.weights import RiskWeights

_DAY_S = 86_400
_LGB = {
    "objective": "poisson",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 200,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "seed": 0,
}
_LGB_TREES = 120
_RIDGE = 20.0
_NEWTON_STEPS = 30
_KDE_STEP = 4  # cells of the raster in one standard deviation


def all_models(
    options: LearningOptions, *, on_streets: bool
) -> tuple[dict[str, Model], tuple[str, ...]]:
    """
    Give every model of a comparison by name, and a note for each that is missing.

    Parameters
    ----------
    options
        What those that learn are learned from, the same for all.
    on_streets
        Whether the ground is streets; on cells nothing has a way along them.
    """
    plain = replace(options, multiplier=None)
    models: dict[str, Model] = {
        "length only": length_only,
        "count": count,
        "decayed count": decayed_count(options.half_life_days),
        "planar KDE 200 m": planar_kde(200.0),
        "planar KDE 100 m": planar_kde(100.0),
        "network KDE (heat) 100 m": heat_kde(100.0),
        "network KDE (heat) 50 m": heat_kde(50.0),
        "Poisson GLM": poisson_glm(options),
    }
    if on_streets:
        models["network KDE (simple) 200 m"] = simple_kde(200.0)
        models["network KDE (simple) 50 m"] = simple_kde(50.0)
    notes: tuple[str, ...] = ()
    if find_spec("lightgbm"):
        models["LightGBM"] = light_gbm(options)
    else:
        notes = ("LightGBM is not installed and left out: pip install lightgbm",)
    models["patrol-plain"] = plain_model(
        RiskWeights(history_half_life_days=options.half_life_days)
    )
    models["patrol-mixture"] = patrol_model(plain)
    models["patrol-learned"] = patrol_model(options)
    return models, notes


def left_out_notes(compared: Comparison) -> tuple[str, ...]:
    """Say which models could not forecast, and why."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in compared.left_out.items():
        by_reason.setdefault(reason, []).append(name)
    return tuple(
        f"left out {', '.join(names)}: {reason}" for reason, names in by_reason.items()
    )


def best_of_ours(compared: Comparison) -> str:
    """Name our most learned model that could forecast."""
    there = {row.model for row in compared.rows}
    ours = ("patrol-learned", "patrol-mixture", "patrol-plain")
    return next(name for name in ours if name in there)


def length_only(record: Record, now_s: float) -> NDArray[np.float64]:
    """Spread the mean rate of the record evenly over the size of all units."""
    size = record.ground.size_km / record.ground.size_km.sum()
    return np.asarray(count(record, now_s).sum() * size)


def count(record: Record, now_s: float) -> NDArray[np.float64]:
    """Take the past incidents a day of each unit."""
    found = record.between(record.since_s, now_s)
    return np.asarray(found * _DAY_S / (now_s - record.since_s))


def decayed_count(half_life_days: float) -> Model:
    """Count incidents with a weight that halves every so many days."""
    mean_days = half_life_days / np.log(2)

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        age_days = (now_s - record.time_s) / _DAY_S
        past = np.where(age_days > 0, np.exp(-age_days.clip(0) / mean_days), 0.0)
        span_days = (now_s - record.since_s) / _DAY_S
        weighed_days = mean_days * -np.expm1(-span_days / mean_days)
        return np.asarray(record.mass(past) / weighed_days)

    return model


def planar_kde(sd_m: float) -> Model:
    """Smooth the past incidents with a normal kernel in the plane."""
    step_m = sd_m / _KDE_STEP

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        ground, past = record.ground, count(record, now_s)
        cell = ((ground.xy_m - ground.xy_m.min(axis=0)) / step_m).astype(np.int64)
        shape = cell.max(axis=0) + 1
        raster = np.zeros(shape)
        np.add.at(raster, tuple(cell.T), past)
        dense = gaussian_filter(raster, _KDE_STEP, mode="constant")[tuple(cell.T)]
        expected = dense * ground.size_km
        return np.asarray(expected * past.sum() / expected.sum())

    return model


def simple_kde(radius_m: float) -> Model:
    """Smooth the past incidents along the streets, with `network_kde`."""

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        past = (record.time_s >= record.since_s) & (record.time_s < now_s)
        share, lixels = record.share, record.ground.lixels
        if lixels is None or record.offset_m is None:
            raise RiskError(
                f"a network kernel on {record.ground.num_units} cells: it needs streets"
            )
        at_place = np.bincount(record.place[past], minlength=share.shape[1])
        street = np.repeat(np.arange(share.shape[0]), np.diff(share.indptr))
        mass = np.asarray(share.data * at_place[share.indices], dtype=np.float64)
        seen = mass > 0
        density = network_kde(
            lixels,
            street[seen],
            record.offset_m[seen],
            mass[seen],
            radius_m=radius_m,
        )
        held = density * lixels.length_m[lixels.street]
        expected = np.bincount(lixels.street, held, share.shape[0])
        per_day = past.sum() * _DAY_S / (now_s - record.since_s)
        return np.asarray(expected * per_day / expected.sum())

    return model


def heat_kde(sd_m: float) -> Model:
    """Smooth the past incidents along the streets, with the heat kernel."""

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        spread = record.ground.spread(count(record, now_s), sd_m=sd_m)
        return np.maximum(spread, 0.0)

    return model


def poisson_glm(options: LearningOptions) -> Model:
    """Fit a log-linear Poisson rate with a ridge, by Newton's method."""

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        lessons = lessons_before(record, now_s, options=options)
        features = np.vstack([lesson.known.features for lesson in lessons])
        found = np.concatenate([lesson.found for lesson in lessons])
        now = evidence_at(record, now_s, half_life_days=options.half_life_days)
        mean, sd = features.mean(axis=0), features.std(axis=0)
        sd[sd == 0] = 1.0
        size = np.tile(record.ground.size_km, len(lessons))
        slope = _glm((features - mean) / sd, found, size)
        line = _with_one((now.features - mean) / sd) @ slope
        return np.asarray(record.ground.size_km * np.exp(line) / options.window_days)

    return model


def light_gbm(options: LearningOptions) -> Model:
    """Fit LightGBM's Poisson trees, on one thread."""

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        import lightgbm

        lessons = lessons_before(record, now_s, options=options)
        features = np.vstack([lesson.known.features for lesson in lessons])
        found = np.concatenate([lesson.found for lesson in lessons])
        data = lightgbm.Dataset(features, found)
        booster = lightgbm.train(_LGB, data, num_boost_round=_LGB_TREES)
        now = evidence_at(record, now_s, half_life_days=options.half_life_days)
        return np.asarray(booster.predict(now.features)) / options.window_days

    return model


def plain_model(
    weights: RiskWeights, factors: Mapping[str, NDArray[np.float64]] | None = None
) -> Model:
    """
    Give our plain risk of some weights as a model to compare.

    Parameters
    ----------
    weights
        Weights; effects of factors that are not pinned are fitted before each window.
    factors
        Factors of the base rate on each unit, none where None.
    """
    known = factors or {}

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        ground = record.ground
        seen = _seen(record, now_s, weights=weights)
        fitted = fit_betas(known, seen.count, ground.size_km, weights=weights)
        where = environment(known, fitted.betas, ground.size_km) * ground.size_km
        shares = plain_shares(
            seen,
            where / where.sum(),
            lambda mass, sd_m: ground.spread(mass, sd_m=sd_m),
            weights=fitted,
        )
        return np.asarray(sum(shares.values()) * np.float64(24.0))

    return model


def _seen(record: Record, now_s: float, *, weights: RiskWeights) -> Seen:
    """Count what came before a moment, decayed slowly and fast."""
    age_s = now_s - record.time_s
    begin_s = now_s - record.since_s
    slow_days, fast_days = weights.history_half_life_days, near_half_life_days(weights)
    slow, fast = (
        record.mass(np.where(age_s > 0, np.exp2(-age_s.clip(0) / (days * _DAY_S)), 0.0))
        for days in (slow_days, fast_days)
    )
    return Seen(
        count=slow,
        near_count=fast,
        hours=decayed_span_h(slow_days, begin_s, 0.0),
        near_hours=decayed_span_h(fast_days, begin_s, 0.0),
    )


def learned_model(weights: RiskWeights, *, options: LearningOptions) -> Model:
    """Give our learned risk of some weights as a model to compare."""
    return patrol_model(options.chosen(weights))


def patrol_model(options: LearningOptions) -> Model:
    """Give our own learned risk as a model to compare."""

    def model(record: Record, now_s: float) -> NDArray[np.float64]:
        return learn(record, now_s, options=options).per_day

    return model


def rows_of(tables: Mapping[str, NDArray[np.float64]]) -> list[dict[str, object]]:
    """Lay calibration tables out: model, class, expected and found incidents."""
    return [
        {"model": name, "class": k + 1, "expected": expected, "found": found}
        for name, table in tables.items()
        for k, (expected, found) in enumerate(table.T.round(1).tolist())
    ]


def _glm(
    features: NDArray[np.float64], found: NDArray[np.float64], size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Slopes, the last of them the constant, shape ``(f + 1,)``."""
    design = _with_one(features)
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[-1] = 0.0
    slope = np.zeros(design.shape[1])
    slope[-1] = np.log(found.sum() / size.sum())
    for _ in range(_NEWTON_STEPS):
        expected = size * np.exp(np.clip(design @ slope, -30, 30))
        gradient = design.T @ (found - expected) - ridge * slope
        curve = (design * expected[:, np.newaxis]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curve, gradient)
        slope += step * min(1.0, 1 / np.abs(step).max())  # no wild first steps
        if np.abs(step).max() < 1e-5:
            break
    return slope


def _with_one(features: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([features, np.ones(len(features))])

"""
The learned risk: named parts weighed by what followed, times a learned multiplier.

``rate = multiplier x (w1 history + w2 recent + w3 spill + ... + w6 base)``: the weights
are found by expectation-maximisation and sum to 1, the multiplier by
`learn_multiplier`, both from what happened in the last windows after what was known
before each of them.
The multiplier and the contrast (`contrast`) are spread over the parts, so that a
street's rate stays an exact sum of named shares; the whole is scaled to the `level` of
the window to come.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.risk.bands import fit_dispersion
from patrol.risk.contrast import find_contrast, with_contrast
from patrol.risk.evidence import Evidence, evidence_at
from patrol.risk.factors import Surroundings
from patrol.risk.field import RiskField
from patrol.risk.ground import Record, street_record
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.level import level_per_day
from patrol.risk.mixture import mixture_weights
from patrol.risk.multiplier import MultiplierOptions, learn_multiplier
from patrol.risk.profile import fit_profile
from patrol.risk.weights import RiskWeights

_DAY_S = 86_400

_PLAIN_ONLY = ("beta.", "spill.", "near.", "history.weight", "history.node_reach_m")
"""Weights that say nothing here unless a person pinned them."""


@dataclass(frozen=True)
class Lesson:
    """
    What was known at the start of a window, and what happened in it.

    Attributes
    ----------
    known
        The evidence.
    found
        Incidents, shared over the units they touch, shape ``(m,)``.
    drawn
        The same as whole numbers, `Record.drawn_between`.
    """

    known: Evidence
    found: NDArray[np.float64]
    drawn: NDArray[np.float64]


@dataclass(frozen=True)
class LearningOptions:
    """
    What the learned risk is learned from.

    Attributes
    ----------
    window_days
        Days of each window whose incidents are to be explained by what came before.
    windows
        Most windows to learn from, the last ones of the record.
    first_days
        Days of the record that must lie before a window.
    half_life_days
        Time after which an incident counts half in the part ``history``.
    multiplier
        How carefully the multiplier is learned; without one where None.
    pinned
        Weights of parts that are given, by the part's name, not found.
    """

    window_days: float = 14.0
    windows: int = 6
    first_days: float = 28.0
    half_life_days: float = 500.0
    multiplier: MultiplierOptions | None = field(default_factory=MultiplierOptions)
    pinned: Mapping[str, float] = field(default_factory=dict)

    def chosen(self, weights: RiskWeights) -> "LearningOptions":
        """Take over what weights say: the half-life, and parts that are pinned."""
        given = {
            part: weight
            for part, weight in weights.parts.items()
            if f"{part}.weight" in weights.pinned
        }
        days = weights.history_half_life_days
        return replace(self, half_life_days=days, pinned=given)


@dataclass(frozen=True)
class Learned:
    """
    Expected incidents on ``m`` units, in named shares.

    Attributes
    ----------
    shares
        Incidents a day by name of the part, shape ``(m,)`` each; they sum to the whole.
    weights
        Weight of each part, sum 1.
    shape
        Shape of the gamma distribution of each unit's true rate (`bands`), ``(m,)``.
    contrast
        Power to which the densities were raised (`contrast.find_contrast`).
    """

    shares: Mapping[str, NDArray[np.float64]]
    weights: Mapping[str, float]
    shape: NDArray[np.float64]
    contrast: float

    @property
    def per_day(self) -> NDArray[np.float64]:
        """Expected incidents a day, shape ``(m,)``."""
        return np.asarray(sum(self.shares.values()))


def learn(record: Record, now_s: float, *, options: LearningOptions) -> Learned:
    """
    Learn the risk from what is known at a moment.

    Raises
    ------
    RiskError
        If the record before ``now_s`` is too short for one window to learn from, or
        nothing happened in the windows.
    """
    lessons = lessons_before(record, now_s, options=options)
    found = np.concatenate([lesson.found for lesson in lessons])
    parts = [np.column_stack([*one.known.parts.values()]) for one in lessons]
    names = lessons[0].known.parts
    pinned = np.array([options.pinned.get(name, np.nan) for name in names])
    weights = mixture_weights(np.vstack(parts), found, pinned)
    factor_of = _factors(lessons, weights, options)
    expected = [
        _expected(one, weights, options) * factor_of(one.known) for one in lessons
    ]
    size = record.ground.size_km
    power = find_contrast(expected, [lesson.found for lesson in lessons], size)
    dispersion = fit_dispersion(
        np.concatenate([with_contrast(one, size, power=power) for one in expected]),
        np.concatenate([lesson.drawn for lesson in lessons]),
        np.concatenate([lesson.known.count for lesson in lessons]),
    )
    now = evidence_at(record, now_s, half_life_days=options.half_life_days)
    mixed = now.mixed(weights)
    whole = with_contrast(mixed * factor_of(now), size, power=power)
    per_mass = whole / np.maximum(mixed, np.finfo(np.float64).tiny)
    level = level_per_day(
        record, now_s, usual=now.per_day, window_days=options.window_days
    )
    scale = per_mass * now.per_day * (level / whole.sum())
    named = dict(zip(now.parts, weights.tolist(), strict=True))
    return Learned(
        {name: named[name] * scale * part for name, part in now.parts.items()},
        named,
        dispersion.shape(now.count),
        power,
    )


def lessons_before(
    record: Record, now_s: float, *, options: LearningOptions
) -> list[Lesson]:
    """
    Go back to the starts of the last windows: what was known, and what followed.

    Raises
    ------
    RiskError
        As `learn`.
    """
    window_s = options.window_days * _DAY_S
    lessons = [
        Lesson(
            evidence_at(record, start_s, half_life_days=options.half_life_days),
            record.between(start_s, start_s + window_s),
            record.drawn_between(start_s, start_s + window_s),
        )
        for start_s in _window_starts(record, now_s, options)
    ]
    if not any(lesson.found.any() for lesson in lessons):
        raise RiskError(
            f"no incident in the last {len(lessons)} windows of "
            f"{options.window_days:g} days: there is nothing to learn from"
        )
    return lessons


def learn_risk(
    graph: StreetGraph,
    incidents: Incidents,
    *,
    weights: RiskWeights,
    now_s: int,
    around: Surroundings,
) -> RiskField:
    """
    Fit the learned risk of every street.

    Incidents count on every street that they touch (`street_record`); only reported
    ones are learned from. The field's weights have the learned ones as
    ``learned.history`` and so on in place of ``history.weight`` and ``base.weight``.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    incidents
        The record, in the plane of the graph.
    weights
        ``history.half_life_days`` and the weights of the profile count, and the
        weights of ``history``, ``spill`` and ``near`` where they are pinned.
    now_s
        Time at which the field is fitted, seconds since 1970 UTC.
    around
        The concern layer; the factors are left to the multiplier's own features.

    Raises
    ------
    RiskError
        If the record ends after ``now_s``, is too short, or lies outside the map.
    """
    if incidents.until_s > now_s:
        raise RiskError(
            f"the record of incidents goes on until {incidents.until_s} s, after now "
            f"({now_s} s since 1970): cut it off at now"
        )
    record = street_record(graph, incidents)
    options = LearningOptions().chosen(weights)
    learned = learn(record, now_s, options=options)
    km_h = graph.edge_length_m / 1000 * 24
    reported = incidents.take(incidents.origin == Origin.REPORTED)
    kept = {
        name: value
        for name, value in weights.as_mapping().items()
        if name in weights.pinned or not name.startswith(_PLAIN_ONLY)
    }
    kept.pop("base.weight", None)
    return RiskField(
        graph_digest=graph.digest,
        shares={name: share / km_h for name, share in learned.shares.items()},
        profile=fit_profile(reported, weights=weights),
        concern=around.concern.copy(),
        weights=kept
        | {f"learned.{name}": weight for name, weight in learned.weights.items()}
        | {"contrast.power": learned.contrast},
        synthetic=incidents.synthetic,
        time_zone=incidents.time_zone,
        num_incidents=len(record.time_s),
        num_outside=record.num_outside,
        shape=learned.shape,
    )


def _window_starts(
    record: Record, now_s: float, options: LearningOptions
) -> list[float]:
    window_s = options.window_days * _DAY_S
    first_s = max(record.since_s, record.time_s.min()) + options.first_days * _DAY_S
    starts = [now_s - window_s * (back + 1) for back in range(options.windows)]
    kept = [start_s for start_s in starts if start_s >= first_s]
    if not kept:
        need = options.first_days + options.window_days
        raise RiskError(
            f"the record before the forecast spans "
            f"{(now_s - record.since_s) / _DAY_S:.1f} days: the learned risk needs "
            f"{need:g} or more, use the plain risk until then"
        )
    return kept


def _factors(
    lessons: list[Lesson], weights: NDArray[np.float64], options: LearningOptions
) -> Callable[[Evidence], NDArray[np.float64]]:
    """Learn the multiplier; give its factor of each unit from what is known."""
    if options.multiplier is None:
        return lambda known: np.ones(len(known.features))
    multiplier = learn_multiplier(
        np.vstack([lesson.known.features for lesson in lessons]),
        np.concatenate([_expected(one, weights, options) for one in lessons]),
        np.concatenate([lesson.found for lesson in lessons]),
        options=options.multiplier,
    )
    return lambda known: multiplier.factor(known.features)


def _expected(
    lesson: Lesson, weights: NDArray[np.float64], options: LearningOptions
) -> NDArray[np.float64]:
    """Incidents that the parts alone expect in the window of a lesson, ``(m,)``."""
    return lesson.known.mixed(weights) * options.window_days

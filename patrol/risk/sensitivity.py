"""
Which weights matter: for the forecast, and for the streets that are served.

Many weights are first moved one at a time along random paths [1]_; those that change
most of the length to serve are then moved together, and the variance is parted among
them [2]_. A planner cares less about nats than about kilometres, so both are told.

.. [1] Morris (1991). Factorial Sampling Plans for Preliminary Computational
   Experiments. *Technometrics* 33(2), 161-174. doi:10.1080/00401706.1991.10484804.
.. [2] Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola (2010). Variance based
   sensitivity analysis of model output. *Computer Physics Communications* 181(2),
   259-270. doi:10.1016/j.cpc.2009.09.018.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.tune import with_values
from patrol.risk.weights import BETA_PRIORS, RiskWeights

RANGES: Mapping[str, tuple[float, float]] = {
    "history.half_life_days": (90.0, 1500.0),
    "history.weight": (0.4, 0.95),
    "history.node_reach_m": (5.0, 40.0),
    "spill.weight": (0.0, 0.3),
    "spill.sd_m": (25.0, 150.0),
    "near.weight": (0.0, 0.15),
    "near.distance_m": (50.0, 400.0),
    "near.days": (3.0, 60.0),
    "concern.weight": (0.0, 0.5),
    "concern.unlit": (0.3, 0.9),
    "concern.few_lamps": (0.2, 0.8),
    "concern.lit_unset": (0.1, 0.6),
    "concern.alley": (0.1, 0.7),
    "concern.watched": (0.0, 0.3),
    "concern.lamp_reach_m": (10.0, 40.0),
    "concern.watch_reach_m": (25.0, 100.0),
    "concern.lamps_per_100m": (1.5, 5.0),
    **{
        f"beta.{name}": (mean - 2 * sd, mean + 2 * sd)
        for name, (mean, sd) in BETA_PRIORS.items()
    },
}
"""Plausible range of each weight that can change which streets are served. Those of the
weekly profile cannot: it raises and lowers all streets alike."""

_LEVELS = 4
"""Levels of a weight in a path; a step moves it by two thirds of its range."""


@dataclass(frozen=True)
class Response:
    """
    What some weights lead to.

    Attributes
    ----------
    score
        Log score of the forecast, nats for each incident.
    required
        Streets to serve, ascending.
    """

    score: float
    required: NDArray[np.int64]


Respond = Callable[[RiskWeights], Response]
"""Gives the response to some weights."""


@dataclass(frozen=True)
class SensitivityOptions:
    """
    How much is tried.

    Attributes
    ----------
    paths
        Random paths of one step a weight.
    top
        Weights whose variance is parted, those that change most.
    samples
        Base samples of that, a power of 2; each takes ``top + 2`` responses.
    seed
        Seed of both designs.

    Raises
    ------
    RiskError
        If there are too few.
    """

    paths: int = 10
    top: int = 5
    samples: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        power = self.samples > 1 and self.samples & (self.samples - 1) == 0
        if self.paths < 2 or not 2 <= self.top <= len(RANGES) or not power:
            raise RiskError(
                f"{self.paths} paths, {self.top} weights on {self.samples} samples: "
                f"there must be 2 paths or more, 2 to {len(RANGES)} weights, and a "
                f"power of 2 of samples"
            )


@dataclass(frozen=True)
class Moved:
    """
    What one weight moves, alone and together with others.

    Attributes
    ----------
    name
        Its public name.
    changed, changed_sd
        Mean and standard deviation, over the paths, of the part of the length to
        serve that a step exchanges, see `changed_share`.
    score
        Mean absolute change of the log score over a step, nats for each incident.
    total_changed, total_score
        Share of the variance that the weight has a part in, of the length changed
        against the weights to begin with and of the log score; None where it was not
        parted. Of few samples these are rough and may leave 0 to 1.
    """

    name: str
    changed: float
    changed_sd: float
    score: float
    total_changed: float | None = None
    total_score: float | None = None


def sensitivity(
    respond: Respond,
    length_m: NDArray[np.float64],
    *,
    start: RiskWeights,
    options: SensitivityOptions,
    names: Sequence[str] = tuple(RANGES),
) -> list[Moved]:
    """
    Find out which weights matter.

    Parameters
    ----------
    respond
        Gives the response to some weights.
    length_m
        Length of each street, shape ``(m,)``.
    start
        Weights that are not moved stay as here.
    options
        How much is tried.
    names
        Weights that are moved, of `RANGES`, at least ``options.top``.

    Returns
    -------
    list of Moved
        One for each of these, by falling ``changed``.

    Raises
    ------
    RiskError
        If SALib is not installed.
    """
    design = _paths(names, options)
    responses = [respond(_weights(names, row, start)) for row in design]
    moved = _screened(names, design, responses, length_m)
    top = [one.name for one in moved[: options.top]]
    parts = _parted(top, respond, length_m, start=start, options=options)
    return [
        Moved(one.name, one.changed, one.changed_sd, one.score, *parts[one.name])
        if one.name in parts
        else one
        for one in moved
    ]


def changed_share(
    one: NDArray[np.int64], other: NDArray[np.int64], length_m: NDArray[np.float64]
) -> float:
    """
    Part of a choice of streets that another one exchanges, by length.

    Half of the length that is in one and not in the other, over the mean length of
    the two: 0 for the same streets, 1 where they have none in common.
    """
    both_m = float(length_m[one].sum() + length_m[other].sum())
    return float(length_m[np.setxor1d(one, other)].sum()) / both_m if both_m else 0.0


def _screened(
    names: Sequence[str],
    design: NDArray[np.float64],
    responses: Sequence[Response],
    length_m: NDArray[np.float64],
) -> list[Moved]:
    changed: dict[str, list[float]] = {name: [] for name in names}
    score: dict[str, list[float]] = {name: [] for name in names}
    path = len(names) + 1
    for step in range(len(design) - 1):
        if step % path == path - 1:
            continue  # from the end of one path to the start of the next
        before, after = responses[step], responses[step + 1]
        weight = names[int(np.abs(design[step + 1] - design[step]).argmax())]
        changed[weight].append(changed_share(before.required, after.required, length_m))
        score[weight].append(abs(after.score - before.score))
    moved = [
        Moved(
            name,
            float(np.mean(changed[name])),
            float(np.std(changed[name])),
            float(np.mean(score[name])),
        )
        for name in names
    ]
    return sorted(moved, key=lambda one: (-one.changed, one.name))


def _parted(
    names: Sequence[str],
    respond: Respond,
    length_m: NDArray[np.float64],
    *,
    start: RiskWeights,
    options: SensitivityOptions,
) -> dict[str, tuple[float, float]]:
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    problem = _problem(names)
    design = sample.sample(
        problem, options.samples, calc_second_order=False, seed=options.seed
    )
    responses = [respond(_weights(names, row, start)) for row in design]
    base = respond(start).required
    outcomes = (
        [changed_share(base, one.required, length_m) for one in responses],
        [one.score for one in responses],
    )
    totals = [np.zeros(len(names)) for _ in outcomes]
    for number, outcome in enumerate(map(np.array, outcomes)):
        if np.ptp(outcome) > 0:  # a constant has no variance to part
            found = analyze.analyze(
                problem, outcome, calc_second_order=False, seed=options.seed
            )
            totals[number] = np.asarray(found["ST"])
    return {
        name: (float(changed), float(score))
        for name, changed, score in zip(names, *totals, strict=True)
    }


def _paths(names: Sequence[str], options: SensitivityOptions) -> NDArray[np.float64]:
    try:
        from SALib.sample import morris
    except ImportError as error:
        raise RiskError(
            "a study of sensitivity needs SALib, which is not installed: pip install "
            "'patrol-robot[research]'"
        ) from error
    design = morris.sample(
        _problem(names), options.paths, num_levels=_LEVELS, seed=options.seed
    )
    return np.asarray(design, dtype=np.float64)


def _problem(names: Sequence[str]) -> dict[str, object]:
    # Every weight from 0 to 1, so that a step is the same part of each range.
    return {
        "num_vars": len(names),
        "names": list(names),
        "bounds": [[0.0, 1.0]] * len(names),
    }


def _weights(
    names: Sequence[str], row: NDArray[np.float64], start: RiskWeights
) -> RiskWeights:
    values = {}
    for name, share in zip(names, row.tolist(), strict=True):
        low, high = RANGES[name]
        values[name] = low + share * (high - low)
    return with_values(start, values)

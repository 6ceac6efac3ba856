"""
Weights that forecast best: a search by rolling origin, judged on windows it never saw.

The last windows of the record are cut off before the search begins and are used once,
when it is over, for the weights it ended with and for those it began with. A gain that
is there only on the windows of the search was luck.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.evaluate import Model, Windows, evaluate
from patrol.risk.ground import Record
from patrol.risk.weights import BETA_PRIORS, RiskWeights

if TYPE_CHECKING:
    from optuna import Study, Trial

ModelMaker = Callable[[RiskWeights], Model]
"""Gives the model that some weights make."""


@dataclass(frozen=True)
class Knob:
    """
    A weight that is searched.

    Attributes
    ----------
    least, most
        Range of the search: what is plausible, inside what is allowed.
    log
        Whether steps are in proportion, as for a half-life.
    """

    least: float
    most: float
    log: bool = False


KNOBS = {
    "history.half_life_days": Knob(30.0, 1500.0, log=True),
    "history.weight": Knob(0.3, 0.95),
    "spill.weight": Knob(0.0, 0.3),
    "near.weight": Knob(0.0, 0.15),
    "spill.sd_m": Knob(25.0, 150.0, log=True),
    "near.distance_m": Knob(50.0, 400.0, log=True),
    "near.days": Knob(3.0, 60.0, log=True),
    **{
        f"beta.{name}": Knob(mean - 2 * sd, mean + 2 * sd)
        for name, (mean, sd) in BETA_PRIORS.items()
    },
}
"""Weights of the rate that forecasts can tell apart, by public name."""

USUAL = ("history.half_life_days", "history.weight", "spill.weight", "near.weight")
"""Those that are searched where none is named."""


@dataclass(frozen=True)
class TuningOptions:
    """
    How long to search, and on which windows.

    Attributes
    ----------
    trials
        Weights that are tried; the first are those that the search begins with.
    window_days
        Days of each window.
    windows
        Windows of the search.
    held
        Windows after these, the last of the record, which the search never sees.
    seed
        Seed of the search.

    Raises
    ------
    RiskError
        If there is no trial, or no window of either kind.
    """

    trials: int = 40
    window_days: float = 14.0
    windows: int = 5
    held: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.trials, self.windows, self.held) < 1:
            raise RiskError(
                f"{self.trials} trials on {self.windows} windows with {self.held} held "
                f"back: there must be at least one of each"
            )


@dataclass(frozen=True)
class Score:
    """
    Log score, in nats for each incident, of one choice of weights.

    Attributes
    ----------
    searched, held
        Mean over the windows of the search, and over those held back.
    """

    searched: float
    held: float


@dataclass(frozen=True)
class Tuning:
    """
    What a search found.

    Attributes
    ----------
    weights
        The best weights on the windows of the search.
    start, best
        Scores of the weights it began with, and of these.
    trials
        Value of each knob, then the log score, of each trial, shape ``(t, k + 1)``.
    knobs
        Names of the knobs, in the order of the columns.
    """

    weights: RiskWeights
    start: Score
    best: Score
    trials: NDArray[np.float64]
    knobs: tuple[str, ...]

    @property
    def gain_held(self) -> float:
        """Nats for each incident won on the windows held back; may be negative."""
        return self.best.held - self.start.held


def tune(
    maker: ModelMaker,
    record: Record,
    *,
    start: RiskWeights,
    names: Sequence[str],
    options: TuningOptions,
) -> Tuning:
    """
    Search weights by their log score with a tree-structured Parzen estimator [1]_.

    Nothing says that the best there is was found; but no trial is better than what
    is given back, and the weights to begin with are a trial.

    Parameters
    ----------
    maker
        Gives the model of some weights.
    record
        Past incidents.
    start
        Weights to begin with; those without a knob stay.
    names
        Weights to search, of `KNOBS`.
    options
        How long, and on which windows.

    Raises
    ------
    RiskError
        If optuna is not installed, a name has no knob, or the windows do not fit.

    References
    ----------
    .. [1] Akiba, Sano, Yanase, Ohta and Koyama (2019). Optuna: A Next-generation
       Hyperparameter Optimization Framework. *KDD 2019*, 2623-2631.
       doi:10.1145/3292500.3330701.
    """
    knobs = _knobs(names)
    early = _before_held(record, options)

    def searched(weights: RiskWeights) -> float:
        return _score(maker(weights), early, options, count=options.windows)

    def held(weights: RiskWeights) -> float:
        return _score(maker(weights), record, options, count=options.held)

    values = start.as_mapping()
    own = {name: float(np.clip(values[name], k.least, k.most)) for name, k in knobs}
    study = _study(options.seed)
    study.enqueue_trial(own)
    study.optimize(
        lambda trial: searched(_chosen(trial, knobs, start)), n_trials=options.trials
    )
    best = with_values(start, study.best_params)
    before = searched(start)
    if study.best_value <= before:
        best = start
    return Tuning(
        weights=best,
        start=Score(before, held(start)),
        best=Score(max(study.best_value, before), held(best)),
        trials=_table(study, knobs),
        knobs=tuple(name for name, _ in knobs),
    )


def with_values(weights: RiskWeights, values: dict[str, float]) -> RiskWeights:
    """
    Change some weights, by public name.

    Raises
    ------
    RiskError
        If a name is unknown or a value is outside its range.
    """
    changed = RiskWeights.from_mapping(values)
    chosen = {name.replace(".", "_", 1): value for name, value in values.items()}
    return replace(weights, **chosen, pinned=weights.pinned | changed.pinned)


def _knobs(names: Sequence[str]) -> list[tuple[str, Knob]]:
    unknown = sorted(set(names) - set(KNOBS))
    if unknown or not names:
        raise RiskError(
            f"cannot tune {', '.join(unknown) or 'nothing'}: the weights that can be "
            f"tuned are {', '.join(KNOBS)}"
        )
    return [(name, KNOBS[name]) for name in dict.fromkeys(names)]


def _before_held(record: Record, options: TuningOptions) -> Record:
    """Cut the windows that are held back off a record."""
    last = Windows(days=options.window_days, count=options.held)
    cut_s = last.starts_s(record)[0]
    early = record.time_s < cut_s
    return replace(
        record,
        place=record.place[early],
        time_s=record.time_s[early],
        until_s=int(np.ceil(cut_s)) - 1,
    )


def _score(
    model: Model, record: Record, options: TuningOptions, *, count: int
) -> float:
    windows = Windows(days=options.window_days, count=count)
    return evaluate({"tuned": model}, record, windows=windows).rows[0].log_score


def _study(seed: int) -> "Study":
    try:
        import optuna
    except ImportError as error:
        raise RiskError(
            "tuning needs optuna, which is not installed: pip install "
            "'patrol-robot[research]'"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed)
    )


def _chosen(
    trial: "Trial", knobs: Sequence[tuple[str, Knob]], start: RiskWeights
) -> RiskWeights:
    values = {
        name: trial.suggest_float(name, knob.least, knob.most, log=knob.log)
        for name, knob in knobs
    }
    return with_values(start, values)


def _table(study: "Study", knobs: Sequence[tuple[str, Knob]]) -> NDArray[np.float64]:
    return np.array(
        [
            [*(trial.params[name] for name, _ in knobs), trial.value or np.nan]
            for trial in study.trials
        ]
    )

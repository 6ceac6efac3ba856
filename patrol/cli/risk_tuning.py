"""From incidents to weights that are written down."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from maps import StreetMap
from patrol.cli.risk_steps import RiskSource, incidents_of
from patrol.risk.factors import factor_layers
from patrol.risk.ground import street_record
from patrol.risk.learned import LearningOptions
from patrol.risk.rivals import learned_model, plain_model
from patrol.risk.tune import USUAL, ModelMaker, Tuning, TuningOptions, tune
from patrol.risk.weights import RiskWeights
from patrol.risk.weights_file import save_weights

_LEARNED_KNOBS = ("history.half_life_days",)
"""The learned risk finds its other weights itself."""


def tune_from(
    source: RiskSource,
    street_map: StreetMap,
    start: RiskWeights,
    *,
    names: Sequence[str] | None,
    options: TuningOptions,
) -> tuple[Tuning, dict[str, Any]]:
    """
    Tune the weights of a risk on the incidents of a source.

    Returns
    -------
    tuple
        The tuning, and its figures for scripts.

    Raises
    ------
    RiskError
        If the incidents cannot be used, a weight cannot be tuned, the windows do not
        fit, or optuna is not installed.
    """
    incidents, repairs = incidents_of(source, street_map)
    record = street_record(street_map.graph, incidents)
    known = _LEARNED_KNOBS if source.learned else USUAL
    factors = factor_layers(street_map, start)
    maker: ModelMaker = partial(plain_model, factors=factors)
    if source.learned:
        learning = LearningOptions(window_days=options.window_days)
        maker = partial(learned_model, options=learning)
    tuning = tune(maker, record, start=start, names=names or known, options=options)
    values, was = tuning.weights.as_mapping(), start.as_mapping()
    return tuning, {
        "notes": repairs.notes,
        "kind": "SYNTHETIC incidents" if incidents.synthetic else "incidents",
        "synthetic": incidents.synthetic,
        "model": "learned" if source.learned else "plain",
        "trials": options.trials,
        "window_days": options.window_days,
        "windows": options.windows,
        "held_windows": options.held,
        "tuned": {name: values[name] for name in tuning.knobs},
        "was": {name: was[name] for name in tuning.knobs},
        "searched": tuning.best.searched,
        "searched_was": tuning.start.searched,
        "held": tuning.best.held,
        "held_was": tuning.start.held,
        "gain_held": tuning.gain_held,
        "verdict": _verdict(tuning),
    }


def write_tuning(tuning: Tuning, figures: dict[str, Any], path: Path) -> None:
    """
    Write the weights that were found, and all others that are not the defaults.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    values, usual = tuning.weights.as_mapping(), RiskWeights().as_mapping()
    written = {
        name: value
        for name, value in values.items()
        if name in tuning.knobs or (value != usual[name] and name != "base.weight")
    }
    notes = (
        f"Tuned by {figures['trials']} trials on {figures['windows']} windows of "
        f"{figures['window_days']:g} days ({figures['kind']}, {figures['model']} risk)",
        f"log score {figures['searched']:.4f} there, was {figures['searched_was']:.4f}",
        f"{figures['held']:.4f} on {figures['held_windows']} later windows that the "
        f"search never saw, was {figures['held_was']:.4f}",
    )
    save_weights(written, path, notes=notes)


def _verdict(tuning: Tuning) -> str:
    if tuning.best == tuning.start:
        return "no better weights were found: they are what they were"
    if tuning.gain_held > 0:
        return f"better by {tuning.gain_held:.4f} nats on windows never searched"
    return (
        f"worse by {-tuning.gain_held:.4f} nats on windows never searched: the gain "
        f"was luck, keep the old weights"
    )

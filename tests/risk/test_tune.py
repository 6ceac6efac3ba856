"""Tuning finds what made the record, and never looks at the windows held back."""

import sys
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.evaluate import Model
from patrol.risk.ground import Record, street_record
from patrol.risk.rivals import plain_model
from patrol.risk.tune import KNOBS, USUAL, TuningOptions, tune, with_values
from patrol.risk.weights import BETA_PRIORS, RiskWeights
from tests.risk.makers import DAY_S, NOW_S, SINCE_S, record
from tests.strategies import grid_graph

pytest.importorskip("optuna", reason="in patrol-robot[research]")

OPTIONS = TuningOptions(trials=8, window_days=28, windows=2, held=1, seed=5)
NAMES = ("history.half_life_days", "history.weight")


def moving(count: int = 900) -> Record:
    """Incidents in the west for half a year, then in the east: old ones mislead."""
    rng = np.random.default_rng(2)
    times = np.sort(rng.integers(SINCE_S, NOW_S, count))
    late = times > NOW_S - 150 * DAY_S
    x = np.where(late, 600, 0) + 100 * rng.random(count)
    places = np.column_stack([x, 700 * rng.random(count)])
    return street_record(grid_graph(8, 8), record(places, times))


def test_weights_that_fit_the_record_are_found_and_hold_later_too() -> None:
    found = tune(
        plain_model, moving(), start=RiskWeights(), names=NAMES, options=OPTIONS
    )
    assert found.weights.history_half_life_days < 200
    assert found.best.searched > found.start.searched
    assert found.gain_held > 0
    assert found.trials.shape == (8, 3)
    assert found.trials[:, 2].max() == pytest.approx(found.best.searched)
    assert found.trials[0, :2].tolist() == [500.0, 0.75]


def test_same_seed_finds_the_same() -> None:
    past = moving(300)
    first, again = (
        tune(plain_model, past, start=RiskWeights(), names=NAMES, options=OPTIONS)
        for _ in range(2)
    )
    assert np.array_equal(first.trials, again.trials)
    assert first.weights == again.weights


def spy(seen: list[float]) -> Callable[[RiskWeights], Model]:
    def maker(weights: RiskWeights) -> Model:
        def model(past: Record, now_s: float) -> NDArray[np.float64]:
            seen.append(float(past.time_s.max()))
            return plain_model(weights)(past, now_s)

        return model

    return maker


def test_search_never_sees_an_incident_of_the_windows_held_back() -> None:
    seen: list[float] = []
    tune(spy(seen), moving(300), start=RiskWeights(), names=NAMES, options=OPTIONS)
    search = seen[: OPTIONS.trials * OPTIONS.windows]
    assert max(search) < NOW_S - OPTIONS.held * OPTIONS.window_days * DAY_S
    assert max(seen) > NOW_S - 7 * DAY_S  # the verdict does


def test_what_it_begins_with_is_kept_where_nothing_is_better() -> None:
    def maker(_: RiskWeights) -> Model:
        return plain_model(RiskWeights())

    start = RiskWeights(history_weight=0.5)
    found = tune(maker, moving(300), start=start, names=NAMES, options=OPTIONS)
    assert found.weights == start
    assert found.gain_held == 0


def test_weights_without_a_knob_stay() -> None:
    start = RiskWeights(concern_weight=0.4, history_weight=0.6)
    found = tune(
        plain_model,
        moving(300),
        start=start,
        names=["history.half_life_days"],
        options=OPTIONS,
    )
    assert found.weights.concern_weight == 0.4
    assert found.weights.history_weight == 0.6


@pytest.mark.parametrize("names", [[], ["concern.weight"], ["history.weigth"]])
def test_weight_that_forecasts_cannot_tell_is_refused(names: list[str]) -> None:
    with pytest.raises(RiskError, match="the weights that can be tuned are history"):
        tune(
            plain_model, moving(300), start=RiskWeights(), names=names, options=OPTIONS
        )


@pytest.mark.parametrize("wrong", ["trials", "windows", "held"])
def test_search_of_nothing_is_refused(wrong: str) -> None:
    with pytest.raises(RiskError, match="at least one of each"):
        TuningOptions(**{wrong: 0})


def test_search_without_optuna_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(RiskError, match=r"needs optuna.*research"):
        tune(
            plain_model, moving(300), start=RiskWeights(), names=NAMES, options=OPTIONS
        )


def test_base_weight_follows_history_weight() -> None:
    changed = with_values(RiskWeights(), {"history.weight": 0.9})
    assert changed.base_weight == pytest.approx(0.02)


def test_every_weight_of_the_rate_has_a_knob_within_what_is_allowed() -> None:
    assert set(USUAL) <= set(KNOBS)
    assert {f"beta.{name}" for name in BETA_PRIORS} <= set(KNOBS)
    for name, knob in KNOBS.items():
        for end in (knob.least, knob.most):
            assert RiskWeights.from_mapping({name: end}).as_mapping()[name] == end


def test_an_effect_of_the_surroundings_can_be_searched() -> None:
    past = moving(300)
    east = (past.ground.xy_m[:, 0] > 400).astype(np.float64)
    found = tune(
        partial(plain_model, factors={"cctv": east}),
        past,
        start=RiskWeights(),
        names=["beta.cctv"],
        options=OPTIONS,
    )
    assert found.weights.beta_cctv > -0.12  # late incidents are in the east
    assert "beta.cctv" in found.weights.pinned

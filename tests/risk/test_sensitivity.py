"""What a weight moves is known where the response is known."""

import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RiskError
from patrol.risk.sensitivity import (
    RANGES,
    Response,
    SensitivityOptions,
    changed_share,
    sensitivity,
)
from patrol.risk.weights import RiskWeights

pytest.importorskip("SALib", reason="in patrol-robot[research]")

LENGTH_M = np.full(40, 100.0)
OPTIONS = SensitivityOptions(paths=6, top=3, samples=16, seed=4)


def known(weights: RiskWeights) -> Response:
    """Half-life scores; the weight of concern shifts all, the alleys a little."""
    first = round(20 * weights.concern_weight / 0.5)
    required = np.arange(first, first + 10)
    if weights.concern_alley > 0.4:
        required = np.append(required[:-1], 39)
    return Response(-weights.history_half_life_days / 1000, required)


def test_weights_are_ranked_by_the_length_that_they_exchange() -> None:
    moved = sensitivity(known, LENGTH_M, start=RiskWeights(), options=OPTIONS)
    names = [one.name for one in moved]
    assert names[:2] == ["concern.weight", "concern.alley"]
    assert set(names) == set(RANGES)
    by_name = {one.name: one for one in moved}
    assert by_name["concern.weight"].changed > 0.9  # a step is 13 of 20 streets
    assert by_name["concern.alley"].changed <= 0.1
    assert by_name["history.half_life_days"].changed == 0
    assert by_name["history.half_life_days"].score == pytest.approx(1.41 * 2 / 3)
    assert by_name["concern.weight"].score == 0
    total = by_name["concern.weight"].total_changed
    assert total is not None
    assert total > 0.8
    assert by_name["concern.weight"].total_score == 0  # no score varies among the top
    assert moved[-1].total_changed is None


def test_same_seed_gives_the_same_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runs = [
            sensitivity(known, LENGTH_M, start=RiskWeights(), options=OPTIONS)
            for _ in range(2)
        ]
    assert runs[0] == runs[1]


def test_response_that_never_changes_has_no_variance_to_part() -> None:
    def constant(_: RiskWeights) -> Response:
        return Response(-3.0, np.arange(5))

    moved = sensitivity(constant, LENGTH_M, start=RiskWeights(), options=OPTIONS)
    assert {one.changed for one in moved} == {0.0}
    assert {one.total_changed for one in moved} == {0.0, None}


@given(
    st.lists(st.integers(0, 39), unique=True, min_size=1),
    st.lists(st.integers(0, 39), unique=True, min_size=1),
)
def test_exchanged_part_is_a_share_and_the_same_both_ways(
    one: list[int], other: list[int]
) -> None:
    first, second = np.sort(one), np.sort(other)
    part = changed_share(first, second, LENGTH_M)
    assert 0 <= part <= 1
    assert part == changed_share(second, first, LENGTH_M)
    assert (part == 0) == (set(one) == set(other))
    assert (part == 1) == set(one).isdisjoint(other)


def test_every_range_lies_within_what_a_weight_may_be() -> None:
    for name, ends in RANGES.items():
        assert ends[0] < RiskWeights().as_mapping()[name] < ends[1]
        for end in ends:
            assert RiskWeights.from_mapping({name: end}).as_mapping()[name] == end


@pytest.mark.parametrize("wrong", [{"paths": 1}, {"top": 1}, {"samples": 12}])
def test_too_little_to_learn_from_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(RiskError, match="there must be 2 paths or more"):
        SensitivityOptions(**wrong)


def test_study_without_salib_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    with pytest.raises(RiskError, match=r"needs SALib.*research"):
        sensitivity(known, LENGTH_M, start=RiskWeights(), options=OPTIONS)

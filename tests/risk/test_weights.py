"""Weights have names, defaults and ranges, and come from a file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RiskError
from patrol.risk.weights import RiskWeights, load_weights


def test_defaults_are_the_documented_ones() -> None:
    names = RiskWeights().as_mapping()
    assert names["history.half_life_days"] == 500
    assert names["history.weight"] == 0.75
    assert names["base.weight"] == pytest.approx(0.17)
    assert names["concern.weight"] == 0.2
    assert list(names) == sorted(names)


@given(weight=st.floats(0, 1))
def test_the_parts_of_the_rate_share_one(weight: float) -> None:
    weights = RiskWeights(history_weight=weight)
    parts = weights.parts
    assert sum(parts.values()) == pytest.approx(1)
    assert min(parts.values()) >= 0
    assert weights.base_weight == pytest.approx(max(0, 1 - weight - 0.08))
    assert parts["spill"] == pytest.approx(0.05 / max(1, weight + 0.08))


def test_names_and_values_go_round() -> None:
    weights = RiskWeights(history_half_life_days=90, concern_alley=0.1)
    names = weights.as_mapping()
    del names["base.weight"]
    assert RiskWeights.from_mapping(names) == weights


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "weights.toml"
    path.write_text("[history]\nhalf_life_days = 90\n[concern]\nweight = 0\n")
    assert load_weights(path) == RiskWeights(
        history_half_life_days=90, concern_weight=0
    )
    path.write_text("\ufeff[history]\nhalf_life_days = 90\n", "utf-8")
    assert load_weights(path).history_half_life_days == 90
    path.write_text("history.half_life_days = 90\nconcern = {weight = 0}\n")
    assert load_weights(path) == RiskWeights(
        history_half_life_days=90, concern_weight=0
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[history]\nhalf_life = 90", "no weight 'history.half_life'.*half_life_days"),
        ("[base]\nweight = 0.3", "base.weight is what history, spill and"),
        ("history = 3", "no weight 'history'"),
        ("[history]\nweight = 1.01", r"history.weight is 1.01.*from 0 to 1.*0.75"),
        ("[history]\nweight = nan", "history.weight is nan"),
        ("[history]\nhalf_life_days = 0", "half_life_days is 0: .*from 1 to 36500"),
        ('[history]\nweight = "high"', "history.weight is 'high'.*a number"),
        ("[concern]\nweight = true", "concern.weight is True"),
        ("[history\nweight = 1", "no TOML"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "weights.toml"
    path.write_text(text)
    with pytest.raises(RiskError, match=message) as caught:
        load_weights(path)
    assert "weights.toml" in str(caught.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RiskError, match=r"cannot read weights .*absent.toml"):
        load_weights(tmp_path / "absent.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RiskError, match="no TOML"):
        load_weights(binary)

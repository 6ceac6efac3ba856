"""Runs are added to a log, never changed, and can be told apart."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RiskError
from patrol.risk.run_log import (
    Run,
    append_run,
    differences,
    file_hash,
    read_runs,
    used_versions,
)
from patrol.risk.weights import RiskWeights, load_weights
from patrol.risk.weights_file import save_weights

FIT = Run(
    "fit", seed=3, at="2026-11-20T22:00:00+00:00", weights={"history.weight": 0.7}
)


def test_runs_come_back_in_the_order_in_which_they_were_added(tmp_path: Path) -> None:
    log = tmp_path / "study" / "runs.jsonl"
    second = Run("evaluate", seed=4, figures={"count.hit_5": 0.7, "note": "순찰"})
    append_run(FIT, log)
    before = log.read_bytes()
    append_run(second, log)
    assert log.read_bytes().startswith(before)
    assert read_runs(log) == [FIT, second]


def test_figure_that_is_no_number_is_written_as_null(tmp_path: Path) -> None:
    append_run(Run("tune", seed=0, figures={"held": float("nan")}), tmp_path / "log")
    assert read_runs(tmp_path / "log")[0].figures == {"held": None}


def test_only_what_differs_is_shown_and_the_time_is_no_difference() -> None:
    other = Run("fit", seed=3, at="later", weights={"history.weight": 0.8})
    assert differences([FIT, other]) == {"weights.history.weight": [0.7, 0.8]}
    assert differences([FIT, Run("fit", seed=3, at="later", weights=FIT.weights)]) == {}
    assert differences([FIT, Run("fit", seed=3)]) == {
        "weights.history.weight": [0.7, None]
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "line 2 is not a run"),
        ("[1]", "line 2 is not a run"),
        ('{"format": "patrol-run"', "line 2 is not a run"),
        (
            json.dumps(
                {"format": "patrol-run", "version": 9, "command": "x", "seed": 1}
            ),
            "of version 9, this Patrol reads",
        ),
    ],
)
def test_damaged_line_is_named(line: str, said: str, tmp_path: Path) -> None:
    log = tmp_path / "runs.jsonl"
    append_run(FIT, log)
    with log.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(RiskError, match=said):
        read_runs(log)


def test_log_that_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RiskError, match="cannot read the log"):
        read_runs(tmp_path / "none")
    (tmp_path / "empty").touch()
    with pytest.raises(RiskError, match="is empty"):
        read_runs(tmp_path / "empty")


def test_versions_name_what_computes() -> None:
    assert {"python", "numpy", "scipy"} <= set(used_versions())


def test_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a").startswith("ba7816bf8f01cfea")


@given(
    half_life=st.floats(1, 36_500),
    weight=st.floats(0, 1),
    concern=st.floats(0, 1),
)
def test_weights_that_were_written_are_read_as_they_were(
    half_life: float,
    weight: float,
    concern: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    values = {
        "history.half_life_days": half_life,
        "history.weight": weight,
        "concern.unlit": concern,
    }
    path = tmp_path_factory.mktemp("w") / "weights.toml"
    save_weights(values, path, notes=["tuned by a test", "순찰"])
    assert load_weights(path) == RiskWeights.from_mapping(values)
    assert path.read_text("utf-8").startswith("# tuned by a test\n# 순찰\n")

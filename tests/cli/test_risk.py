"""Comparing, learning and explaining the risk on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_evaluation_prints_every_model_for_scripts_and_people(
    patrol: Run, town: Path
) -> None:
    command = (
        "risk", "evaluate", town / "map.parquet", "--synthetic",
        "--time-zone", "Asia/Seoul", "--windows", 1, "--window-days", 90,
    )  # fmt: skip
    code, out, _ = patrol(*command, "--json")
    figures = json.loads(out)
    assert code == 0
    assert {"count", "patrol-mixture", "patrol-learned", "oracle"} <= {
        row["model"] for row in figures["rows"]
    }
    code, table, _ = patrol(*command)
    assert code == 0
    assert "SYNTHETIC incidents" in table
    assert "patrol-learned" in table


def test_explanation_of_a_learned_risk_is_an_exact_sum(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    risk = tmp_path / "learned.parquet"
    code, out, _ = patrol(
        "risk", "fit", town / "map.parquet", "--synthetic", "--learned",
        "--time-zone", "Asia/Seoul", "-o", risk, "--json",
    )  # fmt: skip
    assert code == 0
    assert "learned.history" in json.loads(out)["weights"]
    command = (
        "risk", "explain", town / "map.parquet", "--risk", risk, "--street", 7,
    )  # fmt: skip
    code, out, _ = patrol(*command, "--json")
    figures = json.loads(out)
    assert code == 0
    assert sum(figures["shares"].values()) == figures["rate_per_km_h"]
    assert {"history", "recent", "spill", "near", "base"} <= set(figures["shares"])
    assert 1 <= figures["rank"] <= figures["streets"] == 60
    code, table, _ = patrol(*command)
    assert code == 0
    assert "history" in table
    assert "fitted to" in table


@pytest.mark.parametrize("street", [-1, 60])
def test_street_that_is_not_there_cannot_be_explained(
    patrol: Run, town: Path, street: int
) -> None:
    code, _, err = patrol(
        "risk", "explain", town / "map.parquet", "--risk", town / "risk.parquet",
        "--street", street,
    )  # fmt: skip
    assert code == 2
    assert f"no street {street}" in err


def test_nothing_is_learned_from_a_yearly_total(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    code, _, err = patrol(
        "risk", "fit", town / "map.parquet", "--annual-total", 100, "--learned",
        "--time-zone", "Asia/Seoul", "-o", tmp_path / "r.parquet",
    )  # fmt: skip
    assert code == 2
    assert "--learned" in err


@pytest.mark.parametrize("learned", [(), ("--learned",)])
def test_explanation_with_incidents_tells_of_evidence_and_of_what_would_change(
    patrol: Run, town: Path, tmp_path: Path, learned: tuple[str, ...]
) -> None:
    risk = tmp_path / "risk.parquet"
    fit = ("risk", "fit", town / "map.parquet", "--synthetic", "--seed", 3)
    assert patrol(*fit, "--time-zone", "Asia/Seoul", "-o", risk, *learned)[0] == 0
    command = (
        "risk", "explain", town / "map.parquet", "--risk", risk, "--street", 7,
        "--synthetic", "--seed", 3,
    )  # fmt: skip
    code, out, err = patrol(*command, "--json")
    assert code == 0, err
    figures = json.loads(out)
    assert figures["behind_it"]["incidents"] >= 0
    more = figures["what_would_change"][0]
    assert more["rate_per_km_h"] > figures["rate_per_km_h"]
    code, table, _ = patrol(*command)
    assert "times as it is" in " ".join(table.split())
    code, _, err = patrol(*command[:-1], 4)
    assert code == 2
    assert "that it was fitted to" in err

"""Tuning, and comparing runs, on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

SEOUL = ("--synthetic", "--time-zone", "Asia/Seoul")


def needs_optuna() -> None:
    pytest.importorskip("optuna", reason="in patrol-robot[research]")


def test_tuned_weights_are_taken_by_fit_and_both_runs_are_compared(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    needs_optuna()
    weights, risk = tmp_path / "weights.toml", tmp_path / "risk.parquet"
    command = (
        "risk", "tune", town / "map.parquet", *SEOUL, "-o", weights, "--trials", 3,
        "--window-days", 60, "--windows", 2, "--held", 1,
    )  # fmt: skip
    code, out, _ = patrol(*command, "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["searched"] >= figures["searched_was"]
    assert figures["gain_held"] == pytest.approx(figures["held"] - figures["held_was"])
    first = weights.read_bytes()
    code, table, _ = patrol(*command)
    assert code == 0
    assert weights.read_bytes() == first
    assert "log score, held" in table
    assert "SYNTHETIC incidents" in table
    code, out, _ = patrol(
        "risk", "fit", town / "map.parquet", *SEOUL, "-o", risk, "--weights", weights,
        "--json",
    )  # fmt: skip
    fitted = json.loads(out)
    assert code == 0
    tuned = figures["tuned"]
    assert {name: fitted["weights"][name] for name in tuned} == tuned
    code, out, _ = patrol("risk", "compare", tmp_path / "runs.jsonl", "--json")
    compared = json.loads(out)
    assert [run["command"] for run in compared["runs"]] == ["tune", "tune", "fit"]
    assert compared["runs"][0]["hashes"]["map"]
    assert "numpy" in compared["runs"][0]["versions"]
    code, table, _ = patrol(
        "risk", "compare", tmp_path / "runs.jsonl", "--command", "tune"
    )
    assert code == 0
    assert "the same but for their time" in table
    code, table, _ = patrol("risk", "compare", tmp_path / "runs.jsonl")
    assert "command" in table
    assert "tune | tune | fit" in table


def test_only_the_half_life_of_the_learned_risk_is_tuned(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    needs_optuna()
    weights = tmp_path / "weights.toml"
    code, out, _ = patrol(
        "risk", "tune", town / "map.parquet", *SEOUL, "-o", weights, "--learned",
        "--trials", 1, "--windows", 1, "--held", 1, "--window-days", 90, "--json",
    )  # fmt: skip
    assert code == 0
    assert list(json.loads(out)["tuned"]) == ["history.half_life_days"]
    assert "learned risk" in weights.read_text()


def test_evaluation_is_logged_where_it_is_asked_for(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    log = tmp_path / "mine.jsonl"
    code, out, _ = patrol(
        "risk", "evaluate", town / "map.parquet", *SEOUL, "--windows", 1,
        "--window-days", 90, "--log", log, "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["log"] == str(log)
    (run,) = json.loads(patrol("risk", "compare", log, "--json")[1])["runs"]
    assert run["figures"]["oracle.hit_10"] <= 1
    assert "count.cpu_s" not in run["figures"]


def test_log_without_such_runs_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    patrol("risk", "fit", town / "map.parquet", *SEOUL, "-o", tmp_path / "r.parquet")
    code, _, err = patrol(
        "risk", "compare", tmp_path / "runs.jsonl", "--command", "tune"
    )
    assert code == 2
    assert "no run of 'tune'" in err


def test_sensitivity_tells_of_weights_and_of_routes(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    pytest.importorskip("SALib", reason="in patrol-robot[research]")
    folder = tmp_path / "study"
    code, out, _ = patrol(
        "risk", "sensitivity", town / "map.parquet", *SEOUL, "--paths", 2,
        "--samples", 2, "--routes", 1, "--windows", 2, "-o", folder, "--json",
    )  # fmt: skip
    figures = json.loads(out)
    assert code == 0
    names = {one["name"] for one in figures["weights"]}
    assert {"spill.weight", "near.days", "concern.weight"} <= names
    assert "beta.bars" not in names  # the town has none
    (route,) = figures["routes"]
    assert route["weight"] == figures["weights"][0]["name"]
    assert (
        min(route["route_km_low"], route["route_km_high"]) > figures["required_km"] / 2
    )
    assert (folder / "sensitivity.png").read_bytes().startswith(b"\x89PNG")
    assert "km of way that differ" in (folder / "sensitivity.html").read_text()
    (run,) = json.loads(patrol("risk", "compare", folder / "runs.jsonl", "--json")[1])[
        "runs"
    ]
    assert run["command"] == "sensitivity"


def test_sensitivity_is_told_to_people(patrol: Run, town: Path) -> None:
    pytest.importorskip("SALib", reason="in patrol-robot[research]")
    code, table, _ = patrol(
        "risk", "sensitivity", town / "map.parquet", *SEOUL, "--paths", 2,
        "--samples", 2, "--routes", 0, "--windows", 1,
    )  # fmt: skip
    assert code == 0
    assert "a step exchanges" in table
    assert "history.half_life_days" in table

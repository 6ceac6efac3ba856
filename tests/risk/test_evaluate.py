"""Models are compared on windows that they could not look into."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import risk as bench
from benchmarks.risk_files import read_record
from patrol.errors import RiskError
from patrol.risk.evaluate import Evaluation, Windows, evaluate
from patrol.risk.ground import Record, cell_record, street_record
from patrol.risk.learned import LearningOptions
from patrol.risk.metrics import CURVE_CUTS
from patrol.risk.multiplier import MultiplierOptions
from patrol.risk.rivals import (
    all_models,
    best_of_ours,
    count,
    left_out_notes,
    length_only,
    patrol_model,
    simple_kde,
)
from tests.risk.makers import DAY_S, NOW_S, SINCE_S, record
from tests.shared_data import shared_file
from tests.strategies import grid_graph


def year(count: int = 800) -> Record:
    rng = np.random.default_rng(1)
    places = np.column_stack([700 * rng.random(count) ** 3, 700 * rng.random(count)])
    times = np.sort(rng.integers(SINCE_S, NOW_S, count))
    return street_record(grid_graph(8, 8), record(places, times))


def by_name(rows: list[Evaluation]) -> dict[str, Evaluation]:
    return {row.model: row for row in rows}


def test_every_model_is_scored_on_the_same_incidents_and_none_beats_the_oracle() -> (
    None
):
    options = LearningOptions(multiplier=MultiplierOptions(trees=5))
    models, _ = all_models(options, on_streets=True)
    compared = evaluate(models, year(), windows=Windows(days=28, count=2))
    rows, found = compared.rows, by_name(compared.rows)
    assert {"length only", "count", "Poisson GLM", "patrol-learned"} <= set(found)
    oracle = found["oracle"]
    for row in rows:
        assert (row.windows, row.incidents) == (oracle.windows, oracle.incidents)
        assert row.hit_1 <= row.hit_5 <= row.hit_10
        assert row.hit_10 <= oracle.hit_10 + 1e-9
        assert row.log_score <= oracle.log_score + 1e-9
        assert row.pai_5 == pytest.approx(row.hit_5 / 0.05)
        assert row.pei_10 == pytest.approx(row.hit_10 / oracle.hit_10)
        curve = compared.curves[row.model]
        assert np.interp(0.05, CURVE_CUTS, curve) == pytest.approx(row.hit_5)
        assert (np.diff(curve) >= -1e-12).all()
        assert curve[-1] == pytest.approx(1)
    for table in compared.calibration.values():
        assert table[1].sum() == pytest.approx(oracle.incidents, abs=0.5)
    assert found["patrol-learned"].log_score > found["length only"].log_score


def test_a_model_is_asked_at_the_start_of_each_window() -> None:
    asked = []

    def model(past: Record, now_s: float) -> NDArray[np.float64]:
        asked.append(now_s)
        return length_only(past, now_s)

    evaluate({"spy": model}, year(), windows=Windows(days=14, count=3))
    assert np.diff(asked).tolist() == [14 * DAY_S] * 2
    assert asked[-1] == pytest.approx(NOW_S - 14 * DAY_S, abs=2)


def test_windows_that_leave_no_history_are_refused() -> None:
    with pytest.raises(RiskError, match="30 windows of 14 days do not fit"):
        evaluate({"count": count}, year(), windows=Windows(days=14, count=30))


def test_empty_windows_are_left_out_and_all_empty_is_refused() -> None:
    early = street_record(grid_graph(3, 3), record([(50, 0)] * 5, [SINCE_S + 9] * 5))
    with pytest.raises(RiskError, match="no incident in any of 2 windows"):
        evaluate({"count": count}, early, windows=Windows(days=7, count=2))
    times = [*[SINCE_S + 9] * 5, NOW_S - DAY_S]
    late = street_record(grid_graph(3, 3), record([(50, 0)] * 6, times))
    rows = evaluate({"count": count}, late, windows=Windows(days=7, count=3)).rows
    assert (rows[0].windows, rows[0].incidents) == (1, 1)


@pytest.mark.parametrize(("days", "number"), [(0, 3), (-1, 3), (14, 0), (np.inf, 1)])
def test_windows_that_cannot_be_are_refused(days: float, number: int) -> None:
    with pytest.raises(RiskError, match="windows of"):
        Windows(days=days, count=number)


def test_folder_without_streets_is_forecast_on_cells(tmp_path: Path) -> None:
    lines = ["t,lat,lon,type"]
    for k in range(300):
        day = f"2018-{1 + k // 28:02}-{1 + k % 28:02}"
        lines.append(f"{day}T10:00,43.7,{-79.4 + k % 3 / 500},theft")
    (tmp_path / "incidents.csv").write_text("\n".join([*lines, "x,43.7,-79.4,a"]))
    found, notes = read_record(tmp_path, cell_m=150, history_years=0.5)
    assert found.ground.num_units == 15  # three cells in a row and those round about
    assert 140 < len(found.time_s) < 200
    assert "1 of 301 rows" in notes[0]
    with pytest.raises(RiskError, match="holds no incidents"):
        read_record(tmp_path / "none", cell_m=150)


def test_benchmark_writes_a_row_for_each_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    days = np.sort(rng.integers(0, 200, 400))
    lines = ["t,lat,lon,type"]
    for day, (a, b) in zip(days, rng.integers(0, 5, (400, 2)) / 500, strict=True):
        when = np.datetime64("2018-01-01T10:00") + np.timedelta64(day, "D")
        lines.append(f"{when},{43.7 + a},{-79.4 + b},theft")
    (tmp_path / "incidents.csv").write_text("\n".join(lines))
    result = tmp_path / "risk.json"
    bench.main([str(tmp_path), "--windows", "1", "--json", str(result)])
    figures = json.loads(result.read_text())
    assert figures["subject"] == "risk"
    assert {"model", "hit_1", "hit_5", "hit_10", "pai_1", "pei_1", "log_score", "ece",
            "cpu_s", "windows", "incidents"} <= set(figures["rows"][0])  # fmt: skip
    assert "patrol-learned" in capsys.readouterr().out


def test_learned_risk_of_toronto_beats_prior_counts() -> None:
    folder = shared_file("data/toronto-2018/incidents.csv.gz").parent
    found, _ = read_record(folder, cell_m=150)
    models = {"count": count, "ours": patrol_model(LearningOptions())}
    rows = evaluate(models, found, windows=Windows(count=2)).rows
    ours, prior = by_name(rows)["ours"], by_name(rows)["count"]
    assert found.ground.num_units == 24_849
    assert ours.log_score > prior.log_score + 0.5
    assert ours.hit_10 > prior.hit_10
    assert ours.ece < prior.ece


def test_benchmark_without_a_folder_says_that_it_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = record(np.random.default_rng(0).random((300, 2)) * 200)
    times = np.linspace(SINCE_S, NOW_S, 300).astype(np.int64)
    drawn = street_record(grid_graph(3, 3), replace(few, time_s=times))
    monkeypatch.setattr(bench, "drawn_record", lambda: drawn)
    bench.main(["--windows", "1", "--json", str(tmp_path / "risk.json")])
    assert "SYNTHETIC" in capsys.readouterr().out
    summary = json.loads((tmp_path / "risk.json").read_text())["summary"]
    assert summary["windows"] == "1 of 14 days"
    assert "patrol-learned hit_5" not in summary


def test_network_kernel_keeps_the_incidents_a_day_and_needs_streets() -> None:
    past = year()
    expected = simple_kde(200.0)(past, float(NOW_S))
    assert expected.sum() == pytest.approx(count(past, float(NOW_S)).sum())
    assert (expected >= 0).all()
    assert (
        all_models(LearningOptions(), on_streets=False)[0]
        .keys()
        .isdisjoint({"network KDE (simple) 200 m", "network KDE (simple) 50 m"})
    )
    cells = cell_record(record(np.zeros((3, 2)), np.array([SINCE_S] * 3)), cell_m=50)
    with pytest.raises(RiskError, match="network kernel on 9 cells: it needs streets"):
        simple_kde(200.0)(cells, float(NOW_S))


def test_a_model_that_cannot_forecast_is_left_out_and_named() -> None:
    def early(_: Record, __: float) -> NDArray[np.float64]:
        raise RiskError("too early")

    windows = Windows(days=14, count=2)
    found = evaluate({"early": early, "count": count}, year(), windows=windows)
    assert [row.model for row in found.rows] == ["count", "oracle"]
    assert found.left_out == {"early": "too early"}
    assert left_out_notes(found) == ("left out early: too early",)
    with pytest.raises(RiskError, match="too early"):
        evaluate({"early": early}, year(), windows=windows)


def test_the_most_learned_of_our_models_speaks_for_us() -> None:
    windows = Windows(days=14, count=1)
    names = ("patrol-plain", "count", "patrol-mixture")
    found = evaluate(dict.fromkeys(names, count), year(), windows=windows)
    assert best_of_ours(found) == "patrol-mixture"

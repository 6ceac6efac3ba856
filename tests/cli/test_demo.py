"""The demo is the main job, whole: it runs as a newcomer runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = {
    "map", "streets", "required_km", "coverage", "length_km", "lower_bound_km",
    "bound_kind", "gap", "robots", "driven_km", "cross_track_p95_m", "commands_lost",
    "commands_duplicated", "faults_injected", "speedup", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], Path]:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "patrol", "demo", "--json", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), out


Demo = tuple[dict[str, object], Path]


def test_figures_have_the_promised_keys(demo: Demo) -> None:
    assert KEYS - demo[0].keys() == set()


def test_plan_is_no_shorter_than_its_bound(demo: Demo) -> None:
    figures = demo[0]
    length_km, bound_km = figures["length_km"], figures["lower_bound_km"]
    assert isinstance(length_km, float)
    assert isinstance(bound_km, float)
    assert 0 < bound_km <= length_km < 1.1 * bound_km


def test_night_is_driven_to_its_end(demo: Demo) -> None:
    figures = demo[0]
    length_km, driven_km = figures["length_km"], figures["driven_km"]
    assert isinstance(driven_km, float)
    assert figures["complete"] is True
    assert driven_km == pytest.approx(length_km, rel=0.03)
    assert isinstance(figures["cross_track_p95_m"], float)
    assert figures["cross_track_p95_m"] < 0.15


def test_faults_are_put_in_and_survived(demo: Demo) -> None:
    figures = demo[0]
    assert figures["faults_injected"] == 4
    assert figures["silences_injected"] == figures["stopped_in_silence"] == 2
    assert figures["commands_lost"] == figures["commands_duplicated"] == 0


def test_results_lie_in_the_folder(demo: Demo) -> None:
    names = {path.name for path in demo[1].iterdir()}
    assert {
        "report.html", "map.png", "plan.json", "plan.geojson", "record.jsonl.gz",
    } <= names  # fmt: skip


def test_synthetic_incidents_are_called_so(demo: Demo) -> None:
    figures, out = demo
    assert figures["synthetic_risk"] is True
    assert "SYNTHETIC" in (out / "report.html").read_text("utf-8")
    assert json.loads((out / "plan.json").read_text())["synthetic_risk"] is True

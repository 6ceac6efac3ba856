"""A search ends in time, or when the user wants, with a whole plan."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.cli.search import searching
from patrol.errors import PlanError
from patrol.planning.solve import solve
from patrol.planning.stop import Phase, Progress
from tests.cli.conftest import DOCK, Run
from tests.planning.problems import grid_problem


@pytest.fixture(autouse=True)
def interrupts_end_a_program() -> Iterator[None]:
    """Shells let those that they start in the background ignore Control-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_first_interruption_ends_the_search_and_the_second_the_program() -> None:
    with searching(None, as_json=True) as search:
        assert search.until.go_on()
        signal.raise_signal(signal.SIGINT)
        assert not search.until.go_on()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert search.interrupted
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("news", [1, 3])
def test_interrupted_plan_is_whole(news: int) -> None:
    heard: list[Progress] = []

    def hear(progress: Progress) -> None:
        heard.append(progress)
        if len(heard) == news:
            signal.raise_signal(signal.SIGINT)

    problem = grid_problem()
    with searching(None, as_json=True) as search:
        plan = solve(problem, seed=0, until=search.until, on_progress=hear)
    assert plan.required_m == problem.required_m
    assert plan.gap >= 0
    assert heard[-1].phase is Phase.EXCHANGE


def test_time_limits_the_search_and_longer_goes_on_after_the_usual_tries() -> None:
    problem = grid_problem(battery_s=1e6)
    heard: list[Progress] = []
    with searching(1.0, as_json=True) as search:
        begun = time.monotonic()
        solve(problem, seed=0, until=search.until, on_progress=heard.append)
        took_s = time.monotonic() - begun
    assert not search.interrupted
    assert took_s < 20.0  # on a loaded machine
    assert search.until.tries > 1000


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_time_that_is_none_is_refused(seconds: float) -> None:
    with (
        pytest.raises(PlanError, match="--seconds"),
        searching(seconds, as_json=True),
    ):
        pass


def test_plan_within_a_time_is_sound_and_prints_one_object(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    code, out, err = patrol(
        "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
        "--dock", DOCK, "--start", "2026-11-20T22:00", "-o", tmp_path / "p.json",
        "--seconds", "0.5", "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert json.loads(out)["interrupted"] is False
    assert patrol("check", tmp_path / "p.json", "--map", town / "map.parquet")[0] == 0


def test_budget_plan_ends_in_time_and_says_whether_it_was_interrupted(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    code, out, err = patrol(
        "plan", "budget", town / "map.parquet", "--risk", town / "risk.parquet",
        "--dock", DOCK, "--start", "2026-11-20T22:00", "--hours", 1, "--robots", 1,
        "--seconds", 0.5, "-o", tmp_path / "plan.json", "--json",
    )  # fmt: skip
    assert code == 0, err
    figures = json.loads(out)
    assert figures["interrupted"] is False
    assert 0 < figures["covered_per_h"] <= figures["bound_per_h"]

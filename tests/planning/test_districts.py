"""The instances that the benchmarks make of streets."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import city, districts, growth
from benchmarks.growth import draw, grid, run_size
from patrol.planning.check import check_plan
from patrol.planning.problem import Objective
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen


def test_district_requires_as_many_streets_as_asked_for() -> None:
    problem = districts.clustered(grid(600), 60, seed=3)
    assert problem.required.sum() == 60
    assert problem.part[problem.depot] >= 0
    again = districts.clustered(grid(600), 60, seed=3)
    assert np.array_equal(problem.required, again.required)


def test_required_streets_lie_in_scattered_groups() -> None:
    problem = districts.clustered(grid(2000), 100, seed=1)
    assert 10 <= problem.num_parts <= 60


def test_district_and_city_are_looked_for_in_the_folder(tmp_path: Path) -> None:
    assert districts.jobs(None) == districts.jobs(tmp_path) == []
    assert list(city.jobs(None)) == list(city.jobs(tmp_path)) == []
    (tmp_path / "streets").mkdir()
    (tmp_path / "streets" / "NY.gr.xz").touch()
    assert [seed for _, seed in districts.jobs(tmp_path)] == ["1", "2"]
    assert [kind for _, kind in city.jobs(tmp_path)] == ["longest", "total"]


def test_seconds_make_a_deadline() -> None:
    assert districts.effort_of("") == StopWhen()
    assert not districts.effort_of("-1").go_on()
    assert districts.effort_of("1000").go_on()


@pytest.mark.parametrize("problem", ["CPP", "RPP"])
def test_row_of_the_growth_holds_a_tour_above_its_bound(problem: str) -> None:
    row = run_size("", "600", problem)
    assert row["instance"] == "grid 577"
    assert row["streets"] == 577
    assert row["cost"] >= row["bound"] > 0  # type: ignore[operator]
    assert (row["bound_kind"] == "proved optimal") or problem == "RPP"


def test_grid_has_about_as_many_streets_as_asked_for() -> None:
    for streets in (100, 1000, 5000):
        assert grid(streets).num_edges == pytest.approx(streets, rel=0.15)


def test_growth_is_drawn(tmp_path: Path) -> None:
    rows = [
        {
            "instance": f"{place} {streets}",
            "problem": problem,
            "streets": streets,
            "solve_cpu_s": streets / 1e4,
            "peak_mb": 200.0,
        }
        for place in ("New York", "grid")
        for problem in ("CPP", "RPP")
        for streets in (1_000, 100_000)
    ]
    draw([*rows, {"error": "no answer in 900 s"}], tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    assert growth._networks(tmp_path) == [("", size) for size in growth._GRIDS]


@pytest.mark.parametrize("objective", Objective)
def test_small_city_is_planned_soundly(objective: Objective) -> None:
    problem = city.city(grid(1500), robots=6, docks=3, objective=objective, seed=1)
    assert len({robot.dock for robot in problem.fleet}) == 3
    plan = solve(problem, seed=1, until=StopWhen(rounds=5, tries=5))
    traversals = [robot.traversal for robot in problem.fleet]
    assert check_plan(plan, problem.graph, traversals).ok
    assert plan.gap >= 0
    assert plan.longest_gap >= 0

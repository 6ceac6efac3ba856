"""Input that is odd but possible: what it means, or why it is refused."""

import io
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from patrol.cli.app import run
from tests.cli.conftest import DOCK, Run, grid_geojson
from tests.cli.test_bad_input import plan_options

Edit = Callable[[dict], object]  # type: ignore[type-arg]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--seed", "-1", "--seed"),
        ("--start", "2026-11-20", "'2026-11-20'"),
        ("--start", "0001-01-01T00:00", "year 1"),
        ("--start", "9999-12-31T23:00", "year 9999"),
        ("--hours", "1e9", "8784 h"),
        ("--hours", "inf", "inf s"),
        ("--dock", "nan,nan", "nan"),
        ("--robot", "none.toml", "none.toml"),
        ("-o", ".", "a folder"),
    ],
)
def test_request_out_of_range_is_refused_with_its_value(
    patrol: Run, town: Path, tmp_path: Path, option: str, value: str, said: str
) -> None:
    options = plan_options(town, tmp_path / "p.json")
    code, out, err = patrol(*options, "--dock", DOCK, option, value, "--json")
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("name", ["recharge_s", "kerb_m", "reserve", "battery_s"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_robot_with_a_value_that_is_no_number_is_refused(
    patrol: Run, town: Path, tmp_path: Path, name: str, value: float
) -> None:
    robot = tmp_path / "robot.toml"
    robot.write_text(f"{name} = {value}\n")
    code, _, err = patrol("map", "info", town / "map.parquet", "--robot", robot)
    assert code == 2
    assert name in err
    assert str(value) in err


@pytest.fixture(scope="module")
def helsinki_risk(town: Path) -> Path:
    path = town / "helsinki.parquet"
    assert run([
        "risk", "fit", str(town / "map.parquet"), "--annual-total", "50",
        "--time-zone", "Europe/Helsinki", "-o", str(path), "--json",
    ]) == 0  # fmt: skip
    return path


def plan_at(
    patrol: Run, town: Path, risk: Path, output: Path, start: str
) -> tuple[int, str]:
    code, _, err = patrol(
        "plan", "cover", town / "map.parquet", "--risk", risk, "--dock", DOCK,
        "--start", start, "--hours", "6", "-o", output,
    )  # fmt: skip
    return code, err


@pytest.mark.parametrize(
    ("start", "as_kept"),
    [
        ("2026-10-24T22:00", "2026-10-24T22:00:00+03:00"),  # clocks go back at 4
        ("2026-03-28T22:00", "2026-03-28T22:00:00+02:00"),  # and forward at 3
        ("2026-12-31T22:00", "2026-12-31T22:00:00+02:00"),
        ("2026-10-25T03:30", "2026-10-25T03:30:00+03:00"),  # twice: the first
        ("2026-03-28T22:00+09:00", "2026-03-28T22:00:00+09:00"),
    ],
)
def test_shift_over_a_change_of_clocks_or_year_is_kept_and_sound(
    patrol: Run,
    town: Path,
    tmp_path: Path,
    helsinki_risk: Path,
    start: str,
    as_kept: str,
) -> None:
    path = tmp_path / "p.json"
    code, err = plan_at(patrol, town, helsinki_risk, path, start)
    assert (code, err) == (0, err)
    assert json.loads(path.read_text())["shift"]["start"] == as_kept
    code, out, _ = patrol("check", path, "--risk", helsinki_risk, "--json")
    assert (code, json.loads(out)["violations"]) == (0, [])


def test_start_that_the_clocks_skip_is_refused_with_what_they_show(
    patrol: Run, town: Path, tmp_path: Path, helsinki_risk: Path
) -> None:
    path = tmp_path / "p.json"
    code, err = plan_at(patrol, town, helsinki_risk, path, "2026-03-29T03:30")
    assert code == 2
    assert "Europe/Helsinki" in err
    assert "04:30:00+03:00" in err


def test_robots_that_stay_in_the_dock_are_planned_checked_and_exported(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    path = tmp_path / "p.json"
    options = (*plan_options(town, path), "--dock", DOCK, "--share", "0.01")
    code, out, _ = patrol(*options, "--robots", "9", "--json")
    assert code == 0
    assert json.loads(out)["robots"] == 9
    assert sum(not r["streets"] for r in json.loads(path.read_text())["routes"]) >= 7
    assert patrol("check", path)[0] == 0
    assert patrol("export", path, "--to", "gpx", "-o", tmp_path / "p.gpx")[0] == 0
    code, _, _ = patrol(
        "report", path, "--risk", town / "risk.parquet", "-o", tmp_path / "보고 서"
    )
    assert code == 0


def edited(town: Path, folder: Path, edit: Edit) -> Path:
    plan = json.loads((town / "plan.json").read_text())
    edit(plan)
    path = folder / "edited.json"
    path.write_text(json.dumps(plan))
    return path


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda p: p.update(required=[2**70]), "required.0"),
        (lambda p: p["fleet"][0].update(dock=2**70), "dock"),
        (lambda p: p["shift"].update(time_zone="Asia"), "'Asia'"),
        (lambda p: p["shift"].update(time_zone="Mars/X"), "'Mars/X'"),
        (lambda p: p["shift"].update(start="2026-11-20T22:00"), "time zone"),
        (lambda p: p["shift"].update(start="9999-12-31T22:00-03:00"), "9999"),
        (lambda p: p["shift"].update(duration_s=1e300), "1e+300"),
    ],
)
def test_plan_edited_into_nonsense_is_refused_with_its_value(
    patrol: Run, town: Path, tmp_path: Path, edit: Edit, said: str
) -> None:
    path = edited(town, tmp_path, edit)
    code, out, err = patrol("check", path, "--map", town / "map.parquet", "--json")
    assert (code, out) == (2, "")
    assert "edited.json" in err
    assert said in err


@pytest.mark.parametrize("text", ["[" * 100_000, '{"version": ' + "1" * 5000 + "}"])
def test_json_that_python_will_not_read_is_refused(
    patrol: Run, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "deep.json"
    path.write_text(text)
    code, _, err = patrol("check", path)
    assert code == 2
    assert "deep.json" in err


def test_plan_whose_map_is_gone_says_where_it_looked(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    path = edited(town, tmp_path, lambda p: p.update(map_path="gone/away.parquet"))
    code, _, err = patrol("check", path)
    assert code == 2
    assert str(tmp_path / "away.parquet") in err
    assert str(Path("gone/away.parquet")) in err
    assert "--map" in err


def test_map_is_only_written_under_a_name_that_can_be_read(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    code, _, err = patrol("map", "build", town / "grid.geojson", "-o", tmp_path / "m")
    assert code == 2
    assert ".parquet" in err
    assert not (tmp_path / "m").exists()


def test_point_in_the_name_of_a_place_makes_it_no_file(
    patrol: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maps import download, read_map

    asked = []

    def download_map(place: str) -> object:
        asked.append(place)
        (tmp_path / "g.geojson").write_text(json.dumps(grid_geojson(2)))
        return read_map(tmp_path / "g.geojson")

    monkeypatch.setattr(download, "download_map", download_map)
    output = tmp_path / "m.parquet"
    assert patrol("map", "build", "St. Louis, Missouri", "-o", output)[0] == 0
    assert patrol("map", "build", "St.Louis.osm", "-o", output)[0] == 2
    assert asked == ["St. Louis, Missouri"]


@pytest.mark.parametrize("as_json", [True, False])
def test_names_that_the_output_has_no_signs_for_are_escaped(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    path = tmp_path / "길🛵.geojson"
    path.write_bytes((town / "grid.geojson").read_bytes())
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", pipe)
    assert run(["map", "info", str(path), *["--json"] * as_json]) == 0
    pipe.seek(0)
    out = pipe.read()
    assert r"\uae38" in out
    if as_json:
        assert json.loads(out)["source"] == path.name


def test_every_command_takes_json_and_only_one_object_comes_out(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    plan, risk, source = town / "plan.json", town / "risk.parquet", town / "map.parquet"
    zone = ("--time-zone", "Asia/Seoul")
    for arguments in (
        ("map", "build", town / "grid.geojson", "-o", tmp_path / "m.parquet"),
        ("map", "info", source),
        ("risk", "fit", source, "--annual-total", "9", *zone, "-o", tmp_path / "r"),
        (*plan_options(town, tmp_path / "p.json"), "--dock", DOCK),
        ("check", plan),
        ("ports",),
        ("export", plan, "--to", "gpx", "-o", tmp_path / "p.gpx"),
        ("report", plan, "--risk", risk, "-o", tmp_path / "out"),
    ):
        code, out, err = patrol(*arguments, "--json")
        assert (code, err) == (0, ""), arguments
        assert out.endswith("\n")
        assert out.count("\n") == 1
        strict = json.loads(out, parse_constant=lambda name: pytest.fail(name))
        assert isinstance(strict, dict)

"""Fleets that differ, from a file to a plan that is checked and driven."""

import json
from pathlib import Path

import pytest

from patrol.cli.fleet_file import load_fleet
from patrol.errors import PlanError, RobotError
from patrol.planning.plan_file import load_plan
from patrol.robot import RobotProfile
from tests.cli.conftest import DOCK, SOUTH_DEG, SPACING_DEG, WEST_DEG, Run

EAST_DEG = WEST_DEG + 5 * SPACING_DEG
NORTH_DEG = SOUTH_DEG + 5 * SPACING_DEG
FLEET = f"""
[[robot]]
name = "west"
dock = [{WEST_DEG}, {SOUTH_DEG}]
count = 2

[[robot]]
name = "east"
dock = [{EAST_DEG}, {NORTH_DEG}]
start = [{EAST_DEG}, {SOUTH_DEG}]
end = "anywhere"
charge = 0.8
ready_min = 5
profile = {{ name = "slow", speed_mps = 0.9, battery_s = 7200 }}
"""


def options(town: Path, output: Path) -> list[object]:
    return [
        town / "map.parquet", "--risk", town / "risk.parquet", "--start",
        "2026-11-20T22:00", "--top-share", "0.3", "-o", output, "--json",
    ]  # fmt: skip


def test_mixed_fleet_is_planned_checked_driven_and_reported(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    (tmp_path / "fleet.toml").write_text(FLEET)
    path = tmp_path / "plan.json"
    code, out, err = patrol(
        "plan", "cover", *options(town, path), "--fleet", tmp_path / "fleet.toml"
    )
    assert code == 0, err
    figures = json.loads(out)
    assert (figures["robots"], figures["docks"]) == (3, 2)
    assert figures["minimised"] == "longest"
    assert figures["longest_min"] >= figures["longest_bound_min"] > 0
    plan = load_plan(path)
    assert [robot.name for robot in plan.fleet] == ["west 1", "west 2", "east"]
    assert all(len(route.streets) for route in plan.routes)
    assert plan.fleet[2].end is None
    assert plan.routes[2].depart_s[0] >= 300

    risk = town / "risk.parquet"
    where = ("--map", town / "map.parquet")
    assert patrol("check", path, "--risk", risk, *where)[0] == 0
    record = tmp_path / "record.jsonl.gz"
    code, out, err = patrol("simulate", path, "-o", record, *where, "--json")
    assert code == 0, err
    assert json.loads(out)["complete"]
    code, _, err = patrol(
        "report", path, "--risk", risk, "-o", tmp_path, "--record", record, *where
    )
    assert code == 0, err
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count('class="pin dock"') == 2
    assert "slow: 0.8 m wide" in page


def test_least_total_is_not_above_that_of_even_routes(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    lengths = {}
    for objective in ("longest", "total"):
        code, out, err = patrol(
            "plan", "cover", *options(town, tmp_path / "p.json"), "--dock", DOCK,
            "--minimise", objective,
        )  # fmt: skip
        assert code == 0, err
        lengths[objective] = json.loads(out)["length_km"]
    assert lengths["total"] <= lengths["longest"]


def test_size_says_how_many_robots_and_how_few_it_may_be(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    path = tmp_path / "p.json"
    code, out, err = patrol(
        "plan", "size", *options(town, path), "--dock", DOCK, "--hours", "0.5"
    )
    assert code == 0, err
    figures = json.loads(out)
    assert figures["robots"] >= figures["least_robots"] >= 2
    assert len(load_plan(path).fleet) == figures["robots"]
    code, _, err = patrol(
        "plan", "size", *options(town, path), "--dock", DOCK, "--hours", "0.5",
        "--most", "1",
    )  # fmt: skip
    assert (code, "1 are allowed" in err) == (3, True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "give --dock LON,LAT, or the robots by --fleet"),
        (("--fleet", "fleet.toml", "--dock", DOCK), "and --dock are given"),
        (("--fleet", "fleet.toml", "--robots", "2"), "and --robots are given"),
        (("--fleet", "no.toml"), "cannot read the fleet no.toml"),
    ],
)
def test_contradictions_on_the_command_line_are_named(
    patrol: Run, town: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    code, out, err = patrol("plan", "cover", *options(town, tmp_path / "p"), *more)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[robot", "is no TOML file"),
        ("", r"has \[\] at the top"),
        ("speed = 1", r"has \['speed'\] at the top: it must have \[\[robot\]\]"),
        ("robot = []", "it must have"),
        ("robot = [1]", "robot 1 is 1"),
        ("[[robot]]\nname = 'a'", "robot 1 has no dock"),
        ("[[robot]]\ndock = [1, 2]", "robot 1: name is None"),
        ("[[robot]]\nname = 'a'\ndock = 'x'", r"dock is 'x', it must be \[LON, LAT\]"),
        ("[[robot]]\nname = 'a'\ndock = [1]", r"dock is \[1\]"),
        ("[[robot]]\nname = 'a'\ncolour = 1", "'colour' is unknown; known are name"),
        ("[[robot]]\nname = 'a'\ncount = 0", "count is 0, it must be a number from 1"),
        ("[[robot]]\nname = 'a'\ndock = [1, 2]\nend = 'home'", 'or "anywhere"'),
        ("[[robot]]\nname = 'a'\ndock = [1, 2]\ncharge = 'x'", "charge is 'x'"),
        ("[[robot]]\nname = 'a'\ndock = [1, 2]\nprofile = 1", "profile is 1"),
    ],
)
def test_fault_of_a_fleet_file_is_named_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "fleet.toml").write_text(text)
    with pytest.raises(PlanError, match=said) as caught:
        load_fleet(tmp_path / "fleet.toml", default=RobotProfile())
    assert "fleet.toml" in str(caught.value)


def test_profile_may_be_a_file_beside_or_values(tmp_path: Path) -> None:
    (tmp_path / "wide.toml").write_text("name = 'wide'\nwidth_m = 1.1")
    robot = "[[robot]]\nname = '{}'\ndock = [1, 2]\n"
    text = robot.format("a") + "profile = 'wide.toml'\n" + robot.format("b")
    (tmp_path / "fleet.toml").write_text(text)
    default = RobotProfile(speed_mps=1.0)
    wide, plain = load_fleet(tmp_path / "fleet.toml", default=default)
    assert (wide.profile.width_m, plain.profile) == (1.1, default)
    assert plain.start_lon_lat_deg == plain.end_lon_lat_deg == (1.0, 2.0)
    (tmp_path / "fleet.toml").write_text(robot.format("a") + "profile = {reserve = 3}")
    with pytest.raises(RobotError, match="reserve is 3"):
        load_fleet(tmp_path / "fleet.toml", default=default)

"""``patrol drive`` in real time against ``patrol robot`` behind a pseudo-terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from patrol.mission.record_file import load_record
from tests.cli.conftest import SOUTH_DEG, WEST_DEG, Run, lines_geojson
from tests.shared_data import need

LANE_M = 4
LANE_DEG = LANE_M / 88_500  # metres in a degree of longitude at this latitude


@pytest.mark.parametrize("by_itself", [False, True])
def test_robot_on_a_line_is_driven_through_its_route(
    by_itself: bool, patrol: Run, tmp_path: Path
) -> None:
    plan, key = short_plan(patrol, tmp_path), tmp_path / "key"
    key.write_text("5a" * 32)
    key.chmod(0o600)
    signed = ["--key", str(key)] if by_itself else []
    how = [*signed, "--on-robot"] if by_itself else []
    robot = subprocess.Popen(
        [
            *(sys.executable, "-m", "patrol", "robot", str(plan)),
            *("--seconds", "600", *signed),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert robot.stdout is not None
        address = robot.stdout.readline().strip()
        with typed("pause 1\nfly\nresume\nstatus"):
            code, out, err = patrol(
                "drive", plan, "--port", address, "-o", tmp_path / "n.jsonl.gz",
                "--json", "--log", tmp_path / "bytes.log", *how,
            )  # fmt: skip
    finally:
        robot.kill()
        robot.communicate()
    assert code == 0, err
    for answer in ("Type a word", "is to stand", "'fly' is no word", "goes on"):
        assert answer in err
    figures = json.loads(out)
    assert figures["complete"]
    assert abs(figures["driven_km"] * 1000 - 2 * LANE_M) < 1.5
    assert figures["port_losses"] == 0
    code, out, _ = patrol("replay", tmp_path / "bytes.log", "--json", *signed)
    assert (code, json.loads(out)["same"]) == (0, True)


@contextmanager
def typed(text: str) -> Iterator[None]:
    """Have standard input be a pipe in which somebody has typed this."""
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    with os.fdopen(read) as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stream)
        yield


def test_each_robot_needs_a_log_of_its_own(patrol: Run, tmp_path: Path) -> None:
    plan = short_plan(patrol, tmp_path)
    twice = ["--log", tmp_path / "a", "--log", tmp_path / "a"]
    code, _, error = patrol("drive", plan, "--port", "x", *twice, "-o", tmp_path / "n")
    assert code == 2
    assert "1 files by --log for 1 robots" in error


def test_simulated_robot_drives_a_loaded_trip_by_itself(
    patrol: Run, tmp_path: Path
) -> None:
    plan = short_plan(patrol, tmp_path)
    code, out, err = patrol(
        "simulate", plan, "-o", tmp_path / "n.jsonl.gz", "--on-robot", "--json"
    )
    assert code == 0, err
    figures = json.loads(out)
    assert figures["complete"]
    assert (figures["commands_lost"], figures["commands_duplicated"]) == (0, 0)
    assert abs(figures["driven_km"] * 1000 - 2 * LANE_M) < 1.5
    record = load_record(tmp_path / "n.jsonl.gz")
    assert record.tracks[0].counters["missions_loaded"] == 1


def test_key_that_others_may_read_ends_with_4(patrol: Run, tmp_path: Path) -> None:
    plan, key = short_plan(patrol, tmp_path), tmp_path / "key"
    key.write_text("5a" * 32)
    key.chmod(0o644)
    code, _, err = patrol(
        "drive", plan, "--port", "/dev/null", "-o", tmp_path / "n.jsonl.gz",
        "--key", key,
    )  # fmt: skip
    assert code == 4
    assert "may be read by others" in err


def test_robot_that_never_answers_ends_with_4(patrol: Run, tmp_path: Path) -> None:
    plan = short_plan(patrol, tmp_path)
    ours, theirs = os.openpty()
    try:
        code, _, err = patrol(
            "drive", plan, "--port", os.ttyname(theirs), "-o", tmp_path / "n.jsonl.gz"
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert code == 4
    assert "no robot answered" in err
    assert not (tmp_path / "n.jsonl.gz").exists()


def test_rover_that_speaks_mavlink_is_stood_in_the_dock_and_named_so(
    patrol: Run, tmp_path: Path
) -> None:
    need("pymavlink")
    plan = short_plan(patrol, tmp_path)
    code, out, _ = patrol("robot", plan, "--mavlink", "--seconds", 0.1)
    assert code == 0
    assert out.startswith("mavlink:/dev/")
    code, _, err = patrol("hil", "mavlink:/dev/ttyACM0")
    assert code == 4
    assert "no robot of Patrol's own protocol" in err
    lost = ("drive", plan, "--port", "mavlink:/dev/ttyNONE0", "-o", tmp_path / "n")
    code, _, err = patrol(*lost)
    assert code == 4
    assert "'/dev/ttyNONE0': there is no such port" in err


def short_plan(patrol: Run, folder: Path) -> Path:
    """One robot, one lane of `LANE_M` metres, there and back."""
    line = [[WEST_DEG, SOUTH_DEG], [WEST_DEG + LANE_DEG, SOUTH_DEG]]
    (folder / "lane.geojson").write_text(json.dumps(lines_geojson([line])))
    plan, risk = folder / "plan.json", folder / "risk.parquet"
    made = [
        ("map", "build", folder / "lane.geojson", "-o", folder / "map.parquet"),
        ("risk", "fit", folder / "map.parquet", "--annual-total", 1,
         "--time-zone", "Asia/Seoul", "-o", risk),
        ("plan", "cover", folder / "map.parquet", "--risk", risk, "--robots", 1,
         "--dock", f"{WEST_DEG},{SOUTH_DEG}", "--start", "2026-11-20T22:00",
         "--top-share", 1, "-o", plan),
    ]  # fmt: skip
    for command in made:
        assert patrol(*command)[0] == 0
    return plan

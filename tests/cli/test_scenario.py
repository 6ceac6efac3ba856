"""``patrol simulate`` and ``patrol robot`` with a scenario."""

import json
from pathlib import Path

import pytest

from patrol.mission.record import EventKind
from patrol.mission.record_file import load_record
from tests.cli.conftest import Run
from tests.cli.test_real_time import short_plan

NIGHT = """
version = 1
clock_ppm = 50

[[fault]]
kind = "silence"
start_s = 4
duration_s = 1

[[fault]]
kind = "person"
start_s = 8
duration_s = 3
robot = "robot 1"
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "night.toml"
    path.write_text(NIGHT)
    return path


def test_night_of_a_scenario_is_driven_told_and_repeats(
    patrol: Run, tmp_path: Path, scenario: Path
) -> None:
    plan = short_plan(patrol, tmp_path)
    records = [tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"]
    for record in records:
        code, out, err = patrol(
            "simulate",
            plan,
            "--scenario",
            scenario,
            "--seed",
            3,
            "-o",
            record,
            "--json",
        )
        assert code == 0, err
    figures = json.loads(out)
    assert figures["faults_injected"] == 2
    assert figures["silences_injected"] == figures["stopped_in_silence"] == 1
    assert records[0].read_bytes() == records[1].read_bytes()
    (track,) = load_record(records[0]).tracks
    told = [e.detail for e in track.events if e.kind is EventKind.FAULT]
    assert told == ["no byte for 1 s", "person for 3 s"]


def test_scenario_that_is_wrong_ends_with_2_and_says_what_is_allowed(
    patrol: Run, tmp_path: Path, scenario: Path
) -> None:
    plan, record = short_plan(patrol, tmp_path), tmp_path / "n.jsonl.gz"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(NIGHT.replace("silence", "fog"))
    for more, said in (
        (["--scenario", wrong], "it must be one of byte-loss, bit-flips"),
        (["--scenario", tmp_path / "none.toml"], "cannot read the scenario"),
        (["--scenario", scenario, "--faults"], "give one of them"),
    ):
        code, out, err = patrol("simulate", plan, *more, "-o", record)
        assert (code, out) == (2, "")
        assert said in " ".join(err.split())
    assert not record.exists()


def test_robot_in_real_time_takes_a_scenario_too(
    patrol: Run, tmp_path: Path, scenario: Path
) -> None:
    plan = short_plan(patrol, tmp_path)
    code, out, err = patrol("robot", plan, "--scenario", scenario, "--seconds", 0.1)
    assert code == 0, err
    assert out.startswith("/dev/")

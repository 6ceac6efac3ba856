"""``patrol nights``: what chance does to a plan."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.test_real_time import short_plan


def test_nights_tell_when_each_robot_is_back_and_how_full(
    patrol: Run, tmp_path: Path
) -> None:
    plan = short_plan(patrol, tmp_path)
    many = ("nights", plan, "--nights", 20, "--people-per-h", 300)
    code, out, err = patrol(*many, "--json")
    assert code == 0, err
    figures = json.loads(out)
    (robot,) = figures["robots"]
    assert figures["nights"] == 20
    assert robot["robot"] == "robot 1"
    assert robot["home"] == robot["in_shift"] == 1
    early, usual, late = robot["end_min"]
    assert 0.1 < early <= usual <= late < 3
    assert 0.99 < robot["least_battery"][0] < 1

    code, out, _ = patrol(*many)
    assert code == 0
    assert "within the shift in 100%" in " ".join(out.split())
    assert json.loads(patrol(*many, "--json")[1]) == figures

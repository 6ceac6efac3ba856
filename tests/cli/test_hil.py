"""``patrol hil`` on what stands in for a robot, and on one behind a terminal."""

import contextlib
import json
import os
import threading
import time
import tty
from pathlib import Path

import pytest

from firmware_bridge import conformance_checks, probe
from patrol.errors import LinkError
from sim.firmware import SimFirmware
from sim.pty_port import open_pty
from sim.robot import Pose, SimRobot
from sim.serve import ServedRobot, serve
from tests.cli.conftest import Run
from tests.shared_data import missing


def test_simulator_conforms_and_the_reports_are_written(
    patrol: Run, tmp_path: Path
) -> None:
    code, out, _ = patrol(
        "hil", "sim", "--json", "--report", tmp_path / "r", "--log", tmp_path / "log"
    )
    figures = json.loads(out)
    assert code == 0
    assert (figures["failed"], figures["skipped"]) == (0, 0)
    assert figures["passed"] == len(figures["rows"])
    assert {row["group"] for row in figures["rows"]} >= {
        "framing", "exactly once", "e-stop", "watchdog", "reconnect", "timing",
        "missions", "guards",
    }  # fmt: skip
    assert all(row["meaning"] for row in figures["rows"])
    assert [Path(name).name for name in figures["files"]] == ["hil.html", "hil.xml"]
    assert all(Path(name).exists() for name in figures["files"])
    code, out, _ = patrol("replay", tmp_path / "log", "--json")
    assert (code, json.loads(out)["session"]) == (0, False)


# What the program adds to the core, which fuzzed streams hold to the Python's answers
# (test_firmware.py) and the simulator runs through all checks: its terminal, clock,
# wheels and memory. All checks on it, in real time: `make hil`, `benchmarks.bridge`.
OF_THE_PROGRAM = {
    "it is latched; p99 of 20 to its ACK",
    "it stops wheels that turn",
    "it outlives a restart",
    "a UART BREAK is one",
    "armed wheels follow",
    "silence to motors at zero",
    "a restart keeps commands",
    "longest gap between reports",
    "fence",
}


def test_firmware_conforms(patrol: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [one for one in conformance_checks.CHECKS if one.name in OF_THE_PROGRAM]
    monkeypatch.setattr(conformance_checks, "CHECKS", tuple(checks))
    code, out, error = patrol("hil", "firmware", "--json")
    if "cannot build the firmware" in error:
        missing(error)
    figures = json.loads(out)
    bad = [row for row in figures["rows"] if row["outcome"] != "passed"]
    assert (code, bad) == (0, [])
    assert len(figures["rows"]) == len(OF_THE_PROGRAM)
    assert figures["power_cycle"] is False


def test_robot_on_a_port_is_not_moved_unless_allowed_and_then_to_be_restarted(
    patrol: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)))
    address: list[str] = []
    ready, over = threading.Event(), threading.Event()

    def clock() -> float:
        if over.is_set():
            raise KeyboardInterrupt
        return time.monotonic()

    def run() -> None:
        with ServedRobot(firmware) as served, contextlib.suppress(KeyboardInterrupt):
            address.append(served.address)
            ready.set()
            serve([served], clock=clock)

    robot = threading.Thread(target=run)
    robot.start()
    try:
        assert ready.wait(10)
        code, out, error = patrol("hil", address[0])
        assert "Switch the robot off and on" not in out + error
        few = [one for one in conformance_checks.CHECKS if one.group == "guards"][:2]
        monkeypatch.setattr(conformance_checks, "CHECKS", tuple(few))
        moved = patrol("hil", address[0], "--allow-motion", "--report", tmp_path)
    finally:
        over.set()
        robot.join()
    assert code == 0
    assert "--allow-motion" in out
    assert firmware.machine.robot.driven_m == 0
    assert moved[0] == 0
    assert "When the checks are over: Switch the robot off and on" in moved[2]
    for told in (moved[1], (tmp_path / "hil.html").read_text("utf-8")):
        assert "Switch the robot off and on before you drive it" in told


def test_robot_that_does_not_answer_ends_with_four(
    patrol: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PATIENCE_S", 0.25)
    monkeypatch.setattr(conformance_checks, "CHECKS", conformance_checks.CHECKS[:2])
    robot_end, host_end = open_pty()
    tty.setraw(host_end)
    code, out, error = patrol("hil", os.ttyname(host_end), "--json")
    os.close(robot_end)
    os.close(host_end)
    assert code == LinkError.exit_code == 4
    assert json.loads(out)["failed"] == 2
    assert "2 of 2 checks failed" in error

"""The conformance suite passes a sound robot, and finds out those that are not."""

import itertools
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from firmware_bridge import robot_core
from firmware_bridge.conformance import (
    Bench,
    Check,
    Measured,
    Outcome,
    Row,
    count_outcomes,
    run_checks,
)
from firmware_bridge.conformance_checks import CHECKS
from firmware_bridge.conformance_meanings import MEANINGS
from firmware_bridge.conformance_report import BenchRun, figure_in_words, save_reports
from firmware_bridge.conformance_steps import fastest
from firmware_bridge.messages import Order
from firmware_bridge.probe import percentile
from firmware_bridge.robot_core import RobotCore
from firmware_bridge.robot_memory import KeptMemory
from firmware_bridge.robot_session import RobotSession
from patrol.errors import LinkError
from patrol.robot import Action, RobotState
from sim.faults import FaultPlan, Silence
from sim.firmware import SimFirmware
from sim.link import SimPort
from sim.robot import Pose, SimRobot


def bench(
    *, allow_motion: bool = True, restarts: bool = True, faults: FaultPlan | None = None
) -> Bench:
    firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)))
    port = SimPort(firmware, faults=faults)
    cut_power = firmware.reboot if restarts else None
    breaks = firmware.line_break if restarts else None
    return Bench(port, port.clock, allow_motion, cut_power, 0xFFFFFFF0, breaks)


def failed(rows: list[Row]) -> set[str]:
    return {row.check for row in rows if row.outcome is Outcome.FAILED}


def test_simulated_robot_conforms() -> None:
    rows = run_checks(bench(), CHECKS)
    assert failed(rows) == set()
    assert count_outcomes(rows) == {"passed": len(CHECKS), "failed": 0, "skipped": 0}


def test_without_leave_nothing_is_armed_and_what_was_left_out_is_said() -> None:
    firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)))
    port = SimPort(firmware)
    rows = run_checks(Bench(port, port.clock, False, None, 1), CHECKS)
    skipped = [row for row in rows if row.outcome is Outcome.SKIPPED]
    assert failed(rows) == set()
    assert len(skipped) >= 9
    assert all(row.detail for row in skipped)
    assert Action.ARM not in firmware.executed
    assert firmware.machine.robot.driven_m == 0
    assert firmware.machine.core.state is RobotState.DISARMED


def _patient(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(robot_core, "HOST_SILENCE_S", 0.5)


def _undying(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(robot_core, "SETPOINT_TTL_S", 60.0)
    take = RobotCore.take_setpoint
    patch.setattr(
        RobotCore, "take_setpoint", lambda s, d, ttl_s, now_s: take(
            s, d, ttl_s=ttl_s + 60, now_s=now_s
        )
    )  # fmt: skip


def _doubling(patch: pytest.MonkeyPatch) -> None:
    obey = RobotSession._obey

    def twice(self: RobotSession, order: Order, *, seq: int, now_s: float) -> bytes:
        self._core.carry_out(order.action, token=order.token, now_s=now_s)
        return obey(self, order, seq=seq, now_s=now_s)

    patch.setattr(RobotSession, "_obey", twice)


def _arming_in_estop(patch: pytest.MonkeyPatch) -> None:
    def arm(self: RobotCore, _: int) -> bool:
        self.state = RobotState.ARMED
        return True

    patch.setattr(RobotCore, "_arm", arm)


def _forgetful(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KeptMemory, "load", lambda _: b"")


def _deaf_to_estop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RobotSession, "_stop", lambda *_, **__: b"")


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (_patient, {"silence to motors at zero"}),
        (_undying, {"a setpoint dies"}),
        (_doubling, {"a repeated command is only answered"}),
        (_arming_in_estop, {"no ARM, and no clearing by another token"}),
        (_forgetful, {"a restart keeps commands", "it outlives a restart"}),
        (_deaf_to_estop, {"it is latched; p99 of 20 to its ACK"}),
    ],
)
def test_unsound_robot_is_found_out(
    spoil: object, found: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(spoil)
    spoil(monkeypatch)
    assert found <= failed(run_checks(bench(), CHECKS))


def test_robot_that_says_that_it_forgets_is_not_blamed_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boots = itertools.count(1)

    def start(self: SimFirmware) -> RobotSession:
        return RobotSession(self.machine.core, boot_id=next(boots))

    monkeypatch.setattr(SimFirmware, "_start", start)
    assert failed(run_checks(bench(), CHECKS)) == set()


def test_dead_line_fails_every_check_and_ends() -> None:
    silent = FaultPlan(silences=(Silence(0.0, 1e6),))
    rows = run_checks(bench(faults=silent), CHECKS)
    assert len(failed(rows)) == len(CHECKS)
    assert all(row.detail for row in rows)


def test_figure_beyond_its_limit_fails() -> None:
    slow = Check("timing", "too slow", lambda _p, _b: Measured(0.4, "s", 0.3))
    told = Check("timing", "told", lambda _p, _b: Measured(0.4, "s"))
    rows = run_checks(bench(), (slow, told))
    assert [row.outcome for row in rows] == [Outcome.FAILED, Outcome.PASSED]
    assert figure_in_words(rows[0].measured) == "400 ms (limit 300)"
    assert figure_in_words(rows[1].measured) == "400 ms"
    assert figure_in_words(Measured(3, "frames")) == "3 frames"


def test_computer_that_is_late_for_once_is_no_robot_that_is_slow() -> None:
    goes = iter([[0.9] * 20, [0.01] * 19 + [0.4], [0.02] * 20, [0.9] * 20])
    assert fastest(lambda: next(goes), 0.25) == Measured(0.02, "s", 0.25)
    assert next(goes) == [0.9] * 20
    assert fastest(lambda: [0.3, 0.4], 0.25) == Measured(0.4, "s", 0.25)


def test_lost_port_is_a_failure_with_a_reason() -> None:
    robot = bench()
    robot.port.close()
    (row,) = run_checks(robot, CHECKS[:1])
    assert row.outcome is Outcome.FAILED
    assert "lost the robot" in row.detail


def test_reports_can_be_read_by_people_and_by_ci(tmp_path: Path) -> None:
    def broken(_probe: object, _bench: object) -> None:
        raise LinkError("it answered <nothing> & went on")

    rows = run_checks(
        bench(allow_motion=False), (*CHECKS[:2], *CHECKS[-8:], Check("x", "y", broken))
    )
    tested = BenchRun(
        "<COM3>", motion=False, when=datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
    )
    page, junit = save_reports(rows, tmp_path / "new", tested=tested)
    suite = ET.parse(junit).getroot()
    assert suite.get("tests") == str(len(rows))
    assert suite.get("failures") == "1"
    assert len(suite.findall("testcase/skipped")) == count_outcomes(rows)["skipped"]
    html = page.read_text("utf-8")
    assert "Robot on the bench: &lt;COM3&gt;" in html
    assert "2026-11-20 22:00 UTC" in html
    assert "was not allowed to move" in html
    assert "1 of 11 checks failed: do not drive it." in html
    assert (
        html.index("What failed")
        < html.index("Times, the nearest")
        < (html.index(">Framing<"))
    )
    assert html.count("What is checked") == 1
    assert suite.get("timestamp") == "2026-11-20T22:00:00+00:00"
    limits = suite.findall("testcase/properties/property[@name='limit']")
    assert limits
    assert "&lt;nothing&gt; &amp;" in html
    assert "(limit 250)" in html


def test_percentile_is_the_least_value_that_enough_do_not_exceed() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert percentile(values, 0.99) == 99
    assert percentile(values, 0.5) == 50
    assert percentile([7.0], 0.99) == 7


def test_noise_on_the_line_is_told_as_noise() -> None:
    noisy = FaultPlan(rate=0.9)
    (row,) = run_checks(bench(faults=noisy), CHECKS[:1])
    assert row.outcome is Outcome.FAILED
    assert "only noise came" in row.detail
    assert "another baud rate" in row.detail


def test_every_check_has_a_meaning_and_every_meaning_a_check() -> None:
    assert set(MEANINGS) == {(check.group, check.name) for check in CHECKS}

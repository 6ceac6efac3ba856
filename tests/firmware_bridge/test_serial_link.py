"""The serial link on real pseudo-terminals, and what it says when things fail."""

import logging
import os
import tty
from collections.abc import Iterator

import pytest

from firmware_bridge.framing import Frame, encode_frame
from firmware_bridge.messages import Capability, Report, Result, Welcome, frame_of
from firmware_bridge.outbox import MOST_WAITING
from firmware_bridge.serial_link import SerialLink
from patrol.errors import LinkError
from patrol.robot import Action, RobotState, Telemetry
from sim.clock import VirtualClock
from sim.firmware import SimFirmware
from sim.link import SimPort
from sim.pty_port import PtyPort, open_pty
from sim.robot import Pose, SimRobot

START = Pose(0.0, 0.0, 0.0)


@pytest.fixture
def pty_address() -> Iterator[str]:
    """Name of a pseudo-terminal at whose other end nobody says anything."""
    robot_end, host_end = open_pty()
    tty.setraw(host_end)
    yield os.ttyname(host_end)
    os.close(robot_end)
    os.close(host_end)


class TickingPort:
    """A port that stays silent, and whose reads let virtual time pass."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.timeout: float | None = 0.0
        self.in_waiting = 0
        self.answer = b""

    def read(self, size: int = 1, /) -> bytes:
        self.clock.advance_to(self.clock.now_s + (self.timeout or 0.0))
        found, self.answer = self.answer[:size], self.answer[size:]
        self.in_waiting = len(self.answer)
        return found

    def write(self, data: bytes, /) -> int:
        return len(data)

    def close(self) -> None:
        return None


def test_robot_that_never_answers_is_given_up_after_the_timeout() -> None:
    port = TickingPort()
    link = SerialLink(port, name="/dev/ttyUSB7", clock=port.clock)
    with pytest.raises(LinkError, match="no robot answered on '/dev/ttyUSB7' in 3 s"):
        link.connect()
    assert port.clock() == pytest.approx(3.0)
    assert link.counters["hellos_sent"] == 30
    link.close()


def test_silent_pseudo_terminal_is_no_robot(pty_address: str) -> None:
    link = SerialLink.open(pty_address)
    with pytest.raises(LinkError, match="no robot answered"):
        link.connect(timeout_s=0.02)
    link.close()


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (1, 1, "speaks version 1 of the protocol, this program version 2: .* firmware"),
        (3, 5, "speaks version 3 to 5 .*, this program version 2: update this program"),
    ],
)
def test_robot_of_another_protocol_is_refused_with_both_versions(
    least: int, most: int, words: str
) -> None:
    port = TickingPort()
    link = SerialLink(port, name="old robot", clock=port.clock, nonce=5)
    none, last = Capability(0), (Result.NONE,) * 4
    refusal = Welcome(5, 1, 0, RobotState.DISARMED, none, 0, 0, 0, last, least, most)
    port.answer = encode_frame(frame_of(refusal))
    with pytest.raises(LinkError, match=words):
        link.connect()


def test_welcome_of_version_1_is_understood_though_it_is_shorter() -> None:
    port = TickingPort()
    link = SerialLink(port, name="old robot", clock=port.clock, nonce=5)
    refusal = Welcome(5, 1, 0, RobotState.DISARMED, Capability(0), 0, 0, 0)
    port.answer = encode_frame(Frame(Welcome.KIND, refusal.pack()[:24]))
    with pytest.raises(LinkError, match="'old robot' speaks version 1 of the protocol"):
        link.connect()


def test_robot_that_is_unplugged_is_lost_for_reading_and_for_sending() -> None:
    port = PtyPort(SimFirmware(SimRobot(START)))
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    link.connect()
    link.poll(0.0)
    port.unplug()
    with pytest.raises(LinkError, match="lost the robot on 'robot-1' while reading"):
        link.poll(0.01)
    with pytest.raises(LinkError, match="lost the robot on 'robot-1' while sending"):
        link.send(Action.ARM)
    link.close()


def test_real_pseudo_terminal_that_hangs_up_is_waited_for() -> None:
    robot_end, host_end = open_pty()
    link = SerialLink.open(os.ttyname(host_end))
    os.close(host_end)
    os.close(robot_end)
    assert link.poll(0.01) == []
    assert link.counters["port_losses"] == 1
    link.close()


def test_noise_at_another_baud_rate_is_told_from_silence() -> None:
    port = TickingPort()
    link = SerialLink(port, name="COM3", clock=port.clock)
    port.answer = bytes(range(1, 200)) * 2 + b"\x00"
    port.in_waiting = len(port.answer)
    with pytest.raises(LinkError, match=r"only noise came: 399 bytes .* baud rate"):
        link.connect()


def test_robot_that_speaks_but_does_not_hear_has_a_broken_wire() -> None:
    port = TickingPort()
    link = SerialLink(port, name="COM3", clock=port.clock)
    report = Report(Telemetry(1, 0, 0, 0, 0, 1, RobotState.DISARMED))
    port.answer = encode_frame(frame_of(report))
    port.in_waiting = len(port.answer)
    with pytest.raises(LinkError, match=r"1 of its frames came: .*\(TX\) connected"):
        link.connect()


def test_robot_that_answers_nothing_any_more_refuses_further_commands() -> None:
    port = TickingPort()
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    for _ in range(MOST_WAITING):
        link.send(Action.SENSORS_ON)
    with pytest.raises(LinkError, match="answers no command"):
        link.send(Action.SENSORS_ON)


def test_closing_disarms_the_robot() -> None:
    port = SimPort(SimFirmware(SimRobot(START)))
    with SerialLink(port, name="robot-1", clock=port.clock, nonce=1) as link:
        link.connect()
        link.send(Action.ARM)
        assert link.flush(1.0)
        assert port.line.firmware.machine.core.state is RobotState.ARMED
    assert port.line.firmware.executed == [Action.ARM, Action.DISARM]
    assert link.sent_by_action == {Action.ARM: 1, Action.DISARM: 1}
    with pytest.raises(OSError, match="closed"):
        port.read()


def test_refusal_and_restart_are_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    port = SimPort(SimFirmware(SimRobot(START)))
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    link.connect()
    link.send(Action.ESTOP)
    link.send(Action.ARM)
    link.flush(1.0)
    port.line.firmware.reboot()
    for _ in range(10):
        link.poll(0.25)
    assert "robot-1: connected" in caplog.text
    assert "robot-1: the robot refused ARM" in caplog.text
    assert "robot-1: the robot has restarted, arm it anew" in caplog.text
    assert link.counters["sessions"] == 2


def test_reconnecting_holds_the_robot() -> None:
    port = SimPort(SimFirmware(SimRobot(START)))
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    link.connect()
    link.send(Action.ARM)
    link.flush(1.0)
    link.reconnect()
    link.connect()
    assert link.poll(0.25)[-1].state is RobotState.HELD

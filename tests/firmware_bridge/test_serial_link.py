"""The serial link on real pseudo-terminals, and what it says when things fail."""

import errno
import logging
import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.framing import Frame, encode_frame
from firmware_bridge.messages import Capability, Result, Welcome, frame_of
from firmware_bridge.outbox import MOST_WAITING
from firmware_bridge.serial_link import (
    SerialLink,
    _in_words,
    list_ports,
    open_port,
)
from patrol.errors import LinkError
from patrol.robot import Action, RobotState
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


def test_port_that_does_not_exist_is_named_with_the_way_out() -> None:
    with pytest.raises(
        LinkError, match="'/dev/ttyNONE0': there is no such port"
    ) as info:
        SerialLink.open("/dev/ttyNONE0")
    assert "`patrol ports` lists" in str(info.value)
    assert info.value.exit_code == 4


def test_address_of_no_known_kind_is_refused() -> None:
    with pytest.raises(LinkError, match="'carrier-pigeon://roof'"):
        SerialLink.open("carrier-pigeon://roof")


def test_file_that_is_no_port_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("no port")
    with pytest.raises(LinkError, match="cannot open serial port"):
        SerialLink.open(str(file))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "join the group that owns it, often `dialout`"),
        (errno.EBUSY, "another program uses it"),
        (errno.ENXIO, "there is no such port"),
        (errno.EIO, "the system's own words"),
    ],
)
def test_reason_of_the_system_is_told_in_words(number: int, words: str) -> None:
    assert words in _in_words(OSError(number, "the system's own words"))


def test_busy_port_is_refused(pty_address: str) -> None:
    first = open_port(pty_address)
    with pytest.raises(LinkError, match="another program uses it"):
        SerialLink.open(pty_address)
    first.close()
    SerialLink.open(pty_address).close()


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


def test_real_pseudo_terminal_that_hangs_up_is_a_lost_robot() -> None:
    robot_end, host_end = open_pty()
    link = SerialLink.open(os.ttyname(host_end))
    os.close(host_end)
    os.close(robot_end)
    with pytest.raises(LinkError, match="lost the robot"):
        link.poll(0.5)
    link.close()


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


def test_ports_are_listed_by_address() -> None:
    addresses = [port.address for port in list_ports()]
    assert addresses == sorted(addresses)

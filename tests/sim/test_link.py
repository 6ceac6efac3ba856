"""Simulated robots behind bytes: faults survived, runs that repeat, real time."""

import contextlib
import os

import numpy as np
import pytest

from firmware_bridge.framing import FrameDecoder, encode_frame
from firmware_bridge.messages import (
    Hello,
    Report,
    Welcome,
    frame_of,
    message_of,
)
from firmware_bridge.robot_core import STOP
from firmware_bridge.serial_link import SerialLink
from patrol.robot import Action, Drive, RobotState, Telemetry
from sim.clock import Pacer, VirtualClock
from sim.faults import Burst, FaultPlan, Silence
from sim.firmware import Delivery, SimFirmware, compare_delivery
from sim.link import SimPort
from sim.pty_port import PtyPort
from sim.robot import STEP_S, Pose, SimRobot
from sim.serve import ServedRobot, serve

START = Pose(0.0, 0.0, 0.0)
BAD_NIGHT = FaultPlan(
    rate=0.002, bursts=(Burst(5.0, 2.0, 0.1),), silences=(Silence(10.0, 1.0),)
)


def linked(port: SimPort | PtyPort) -> SerialLink:
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    link.connect()
    return link


def patrol(link: SerialLink, time_s: float) -> list[Telemetry]:
    """Drive a wide curve, and arm whenever the robot is not armed."""
    seen: list[Telemetry] = []
    while link.now_s < time_s:
        reports = link.poll(0.25)
        seen += reports
        if reports and reports[-1].state is not RobotState.ARMED:
            link.send(Action.ARM)
        link.send(Drive(1.0, 0.05))
    return seen


def test_bad_line_loses_no_command_and_doubles_none() -> None:
    port = SimPort(SimFirmware(SimRobot(START)), faults=FaultPlan(0.01), seed=3)
    link = linked(port)
    sent = [Action.SENSORS_ON, Action.SENSORS_OFF, Action.ARM, Action.DISARM] * 100
    for action in sent:
        link.send(action)
        link.poll(0.04)
    link.flush(30)

    executed = port.line.firmware.executed
    assert executed == sent
    assert compare_delivery(link.sent_by_action, executed) == Delivery(0, 0)
    assert link.counters["retransmissions"] > 50
    assert link.counters["frames_dropped"] > 20
    assert port.line.counters["robot_frames_dropped"] > 20


def test_lost_and_doubled_commands_are_counted() -> None:
    sent = {Action.ARM: 2, Action.DISARM: 1}
    executed = [Action.ARM, Action.SENSORS_ON, Action.SENSORS_ON]
    assert compare_delivery(sent, executed) == Delivery(lost=2, duplicated=2)


def test_pseudo_terminal_and_port_in_process_give_the_same_run_to_the_bit() -> None:
    runs = []
    for make in (SimPort, PtyPort):
        port = make(SimFirmware(SimRobot(START, seed=5)), faults=BAD_NIGHT, seed=9)
        link = linked(port)
        seen = patrol(link, 20.0)
        link.close()
        runs.append((seen, link.counters, port.line.counters))
    assert runs[0] == runs[1]
    assert runs[0][2]["bytes_damaged"] > 20


def test_line_damages_differently_with_another_seed() -> None:
    runs = []
    for seed in (1, 2):
        firmware = SimFirmware(SimRobot(START))
        port = SimPort(firmware, faults=FaultPlan(0.02), seed=seed)
        patrol(linked(port), 10.0)
        runs.append(port.line.counters)
    assert runs[0] != runs[1]


def test_silent_second_stops_the_robot_and_it_goes_on_only_when_armed() -> None:
    firmware = SimFirmware(SimRobot(START))
    port = SimPort(firmware, faults=FaultPlan(silences=(Silence(5.0, 1.0),)))
    link = linked(port)
    seen = patrol(link, 10.0)

    track = firmware.machine.true_track()
    stood = track.time_s[(track.speed_mps == 0) & (track.time_s > 2)]
    assert 5.0 < stood[0] <= 5.0 + 0.3 + STEP_S + 1.0 / 1.5 + 0.2
    assert stood[-1] >= 6.0
    assert track.speed_mps[-1] == pytest.approx(1.0, abs=0.01)
    assert RobotState.HELD in {report.state for report in seen}
    assert port.line.counters["watchdog_trips"] == 1
    assert firmware.executed == [Action.ARM, Action.ARM]


def test_motors_are_at_zero_300_ms_and_one_loop_after_the_line_is_cut() -> None:
    for cut_s in np.arange(2.0, 2.3, 0.017):
        firmware = SimFirmware(SimRobot(START))
        port = SimPort(firmware, faults=FaultPlan(silences=(Silence(cut_s, 5.0),)))
        link = linked(port)
        patrol(link, cut_s)
        while firmware.machine.motors != STOP:
            link.send(Drive(1.0, 0.0))
            link.poll(STEP_S)
        assert firmware.now_s - cut_s <= 0.3 + STEP_S + 1e-6


def test_firmware_can_be_advanced_without_a_line() -> None:
    firmware = SimFirmware(SimRobot(START), telemetry_hz=10.0)
    assert len(firmware.advance(1.0)) == 10 * len(firmware.advance(0.1))
    assert firmware.now_s == pytest.approx(1.1)


def test_restarted_robot_is_disarmed_and_the_host_finds_it_again() -> None:
    port = SimPort(SimFirmware(SimRobot(START)))
    link = linked(port)
    patrol(link, 3.0)
    port.line.firmware.reboot()
    seen = patrol(link, 8.0)
    assert RobotState.DISARMED in {report.state for report in seen}
    assert seen[-1].state is RobotState.ARMED
    assert port.line.firmware.executed == [Action.ARM, Action.ARM]


def test_large_write_goes_through_the_pseudo_terminal_whole() -> None:
    port = PtyPort(SimFirmware(SimRobot(START)))
    assert port.write(bytes(100_000)) == 100_000
    port.timeout = 0.5
    assert port.read(1) != b""
    assert port.in_waiting > 0
    assert port.address.startswith("/dev/")
    port.close()
    port.close()


def test_virtual_clock_does_not_go_back() -> None:
    clock = VirtualClock()
    clock.advance_to(2.0)
    clock.advance_to(1.0)
    assert clock() == 2.0


def test_pacer_waits_and_says_when_it_is_late(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = VirtualClock()
    pacer = Pacer(clock=clock)
    assert pacer.wait_s(1.5) == 1.5
    clock.advance_to(5.0)
    assert pacer.wait_s(2.0) == 0
    assert "the simulation is 3.0 s behind real time" in caplog.text
    assert pacer.wait_s(2.5) == pytest.approx(0.5)


class HeardEnoughError(Exception):
    """A host has heard a robot's answer and a report."""


class PassingHost:
    """A clock that ticks when it is looked at, and a host that reads meanwhile."""

    def __init__(self) -> None:
        self.heard: set[type] = set()
        self._decoder = FrameDecoder()
        self._now_s = 0.0
        self._end = -1

    def open(self, address: str) -> None:
        self._end = os.open(address, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(self._end, encode_frame(frame_of(Hello(nonce=5))))

    def __call__(self) -> float:
        self._now_s += STEP_S
        if self._end >= 0:
            with contextlib.suppress(BlockingIOError):
                frames = self._decoder.feed(os.read(self._end, 4096))
                self.heard |= {type(message_of(frame)) for frame in frames}
        if self.heard == {Welcome, Report}:
            raise HeardEnoughError
        return self._now_s

    def close(self) -> None:
        os.close(self._end)


def test_served_robot_answers_on_the_pseudo_terminal_it_names() -> None:
    host = PassingHost()
    firmware = SimFirmware(SimRobot(START))
    with ServedRobot(firmware) as robot:
        host.open(robot.address)
        with pytest.raises(HeardEnoughError):
            serve([robot], duration_s=3600.0, clock=host)
    host.close()


def test_robot_that_nobody_listens_to_is_served_for_its_time() -> None:
    firmware = SimFirmware(SimRobot(START))
    with ServedRobot(firmware) as robot:
        lost_s = serve([robot], duration_s=60.0, clock=PassingHost())
        assert robot.address.startswith("/dev/")
    assert lost_s == 0
    assert firmware.now_s == pytest.approx(60.0, abs=2 * STEP_S)

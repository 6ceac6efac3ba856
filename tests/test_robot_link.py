"""One contract for every link to a robot."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest

from firmware_bridge.serial_link import SerialLink
from patrol.errors import LinkError
from patrol.robot import (
    Action,
    Drive,
    MissionLink,
    RobotLink,
    RobotMission,
    RobotState,
    Telemetry,
)
from sim.firmware import SimFirmware
from sim.link import SimLink, SimPort
from sim.machine import Machine
from sim.pty_port import PtyPort
from sim.robot import Pose, SimRobot

NORTH = Pose(10.0, 20.0, math.pi / 2)


@pytest.fixture(params=["sim", "serial over SimPort", "serial over PtyPort"])
def link(request: pytest.FixtureRequest) -> Iterator[MissionLink]:
    link = make_link(request.param)
    yield link
    link.close()


def make_link(kind: str) -> MissionLink:
    if kind == "sim":
        return SimLink(Machine(SimRobot(NORTH)))
    firmware = SimFirmware(SimRobot(NORTH))
    port = PtyPort(firmware) if "Pty" in kind else SimPort(firmware)
    serial = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    serial.connect()
    return serial


def drive(link: RobotLink, command: Drive, *, for_s: float) -> Telemetry:
    end_s = link.now_s + for_s
    reports: list[Telemetry] = []
    while link.now_s < end_s:
        link.send(command)
        reports += link.poll(0.2)
    return reports[-1]


def command(link: RobotLink, *actions: Action) -> Telemetry:
    for action in actions:
        link.send(action)
    for _ in range(5):
        reports = link.poll(0.25)
    return reports[-1]


def test_time_passes_while_the_host_waits_and_not_otherwise(link: RobotLink) -> None:
    start_s = link.now_s
    assert link.now_s == start_s
    link.poll(0.01)
    assert link.now_s == pytest.approx(start_s + 0.01)
    for _ in range(10):
        link.poll(0.2)
    assert 1.5 <= link.now_s - start_s <= 2.02


def test_reports_come_five_times_a_second_oldest_first(link: RobotLink) -> None:
    reports = [report for _ in range(20) for report in link.poll(0.25)]
    times_s = [report.time_s for report in reports]
    gaps_s = [b - a for a, b in itertools.pairwise(times_s)]
    assert gaps_s == [pytest.approx(0.2, abs=0.001)] * 19


def test_disarmed_robot_does_not_move(link: RobotLink) -> None:
    report = drive(link, Drive(1.0, 0.0), for_s=2)
    assert report.state is RobotState.DISARMED
    assert report.speed_mps == 0
    assert report.y_m == pytest.approx(20, abs=0.2)


def test_armed_robot_goes_where_it_is_sent(link: RobotLink) -> None:
    command(link, Action.ARM)
    report = drive(link, Drive(1.0, 0.0), for_s=5)
    assert report.state is RobotState.ARMED
    assert report.speed_mps == pytest.approx(1.0, abs=0.01)
    assert 24 < report.y_m < 25.2
    assert report.x_m == pytest.approx(10, abs=0.2)
    assert report.battery < 1


def test_positive_turn_is_counter_clockwise(link: RobotLink) -> None:
    command(link, Action.ARM)
    report = drive(link, Drive(0.0, 0.5), for_s=2)
    assert 2.0 < report.heading_rad < 2.8


def test_setpoint_dies_but_a_waiting_host_keeps_the_robot_armed(
    link: RobotLink,
) -> None:
    command(link, Action.ARM)
    drive(link, Drive(1.0, 0.0), for_s=2)
    report = command(link)
    assert report.speed_mps == 0
    assert report.state is RobotState.ARMED


def test_switches_show_in_the_reports(link: RobotLink) -> None:
    report = command(link, Action.SENSORS_ON, Action.START_CHARGING)
    assert (report.sensors_on, report.charging) == (True, True)
    report = command(link, Action.SENSORS_OFF, Action.STOP_CHARGING)
    assert (report.sensors_on, report.charging) == (False, False)


def test_moving_robot_refuses_to_charge_and_a_charging_one_to_move(
    link: RobotLink,
) -> None:
    command(link, Action.ARM)
    drive(link, Drive(1.0, 0.0), for_s=2)
    link.send(Action.START_CHARGING)
    assert not drive(link, Drive(1.0, 0.0), for_s=1).charging

    command(link)  # comes to rest
    command(link, Action.START_CHARGING)
    report = drive(link, Drive(1.0, 0.0), for_s=1)
    assert report.charging
    assert report.speed_mps == 0


def test_estop_is_latched_until_it_is_cleared_at_rest_and_armed(
    link: RobotLink,
) -> None:
    command(link, Action.ARM)
    drive(link, Drive(1.0, 0.0), for_s=2)
    link.send(Action.ESTOP)
    link.send(Action.CLEAR_ESTOP)  # still rolling
    assert command(link, Action.ARM).state is RobotState.ESTOPPED
    assert drive(link, Drive(1.0, 0.0), for_s=1).speed_mps == 0

    assert command(link, Action.CLEAR_ESTOP).state is RobotState.DISARMED
    assert command(link, Action.ARM).state is RobotState.ARMED


def test_robot_holds_what_is_loaded_and_drives_it_when_it_is_started(
    link: MissionLink,
) -> None:
    way = np.array([(10_000, 20_000), (10_000, 30_000), (14_000, 30_000)], np.int32)
    mission = RobotMission(way, np.full(3, 1000, np.uint16))
    link.load_mission(mission, from_m=1.5, timeout_s=5.0)
    report = command(link, Action.START_MISSION)
    assert (report.mission, report.along_m) == (mission.digest, 1.5)
    assert report.speed_mps == 0  # it is not armed

    command(link, Action.ARM, Action.START_MISSION)
    moving = wait(link, for_s=4.0)
    assert moving.along_m > 3
    resting = command(link, Action.PAUSE_MISSION)
    assert wait(link, for_s=2.0).speed_mps == 0
    command(link, Action.START_MISSION)
    report = wait(link, for_s=20.0)
    assert report.along_m == pytest.approx(14.0, abs=0.01)
    assert report.along_m > resting.along_m
    assert math.hypot(report.x_m - 14, report.y_m - 30) < 0.4


def wait(link: RobotLink, *, for_s: float) -> Telemetry:
    end_s = link.now_s + for_s
    reports: list[Telemetry] = []
    while link.now_s < end_s:
        reports += link.poll(0.2)
    return reports[-1]


def test_closed_link_refuses_everything_and_closes_twice(link: RobotLink) -> None:
    link.close()
    link.close()
    with pytest.raises(LinkError, match="closed"):
        link.send(Drive(0.0, 0.0))
    with pytest.raises(LinkError, match="closed"):
        link.poll(0.1)

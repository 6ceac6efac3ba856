"""The simulated robot's wheels, battery and sense of place."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.robot_core import STOP
from patrol.robot import Drive, RobotProfile
from sim.machine import Machine
from sim.robot import STEP_S, Dynamics, Pose, SimRobot
from sim.sensors import SensorKit

START = Pose(0.0, 0.0, 0.0)
NO_SLIP = Dynamics(slip=0.0)


def run(
    robot: SimRobot, drive: Drive, time_s: float, *, charging: bool = False
) -> None:
    for _ in range(round(time_s / STEP_S)):
        robot.step(drive, charging=charging)


def test_robot_drives_straight_and_reaches_its_speed() -> None:
    robot = SimRobot(START, dynamics=NO_SLIP)
    run(robot, Drive(1.0, 0.0), 11)
    assert robot.speed_mps == pytest.approx(1.0)
    assert robot.x_m == pytest.approx(10.4, abs=0.2)
    assert robot.y_m == 0
    assert robot.driven_m == pytest.approx(robot.x_m)


def test_robot_drives_a_circle_of_the_right_size() -> None:
    robot = SimRobot(Pose(5.0, 0.0, math.pi / 2), dynamics=NO_SLIP)
    robot.speed_mps, robot.turn_radps, robot._wanted_mps = 1.0, 0.2, 1.0
    run(robot, Drive(1.0, 0.2), math.tau / 0.2 / 2)
    assert robot.x_m == pytest.approx(-5, abs=0.05)
    assert robot.y_m == pytest.approx(0, abs=0.05)


def test_slip_shortens_the_way_by_its_share() -> None:
    slipping, gripping = SimRobot(START), SimRobot(START, dynamics=NO_SLIP)
    for robot in (slipping, gripping):
        run(robot, Drive(1.0, 0.0), 20)
    assert slipping.x_m == pytest.approx(0.99 * gripping.x_m)


@given(speed=st.floats(0.2, 2.7))
def test_motors_at_zero_brake_at_1_5_mps2(speed: float) -> None:
    robot = SimRobot(START, dynamics=NO_SLIP)
    run(robot, Drive(speed, 0.0), 6)
    before_m, before_mps = robot.x_m, robot.speed_mps
    steps = 0
    while robot.speed_mps > 0:
        robot.step(STOP)
        steps += 1
    assert steps * STEP_S == pytest.approx(before_mps / 1.5, abs=1.5 * STEP_S)
    way_m = before_mps**2 / (2 * 1.5)
    assert robot.x_m - before_m == pytest.approx(way_m, abs=before_mps * STEP_S)


@given(speed=st.floats(-10, 10), turn=st.floats(-10, 10))
def test_no_wheel_is_faster_than_the_robot_may_be(speed: float, turn: float) -> None:
    robot = SimRobot(START)
    run(robot, Drive(speed, turn), 5)
    half_track = robot.dynamics.track_m / 2
    wheel = abs(robot.speed_mps) + abs(robot.turn_radps) * half_track
    assert wheel <= robot.profile.max_speed_mps + 1e-6


def test_robot_speeds_up_no_faster_than_it_can() -> None:
    robot = SimRobot(START)
    speeds = [0.0]
    for _ in range(100):
        robot.step(Drive(2.0, 0.0))
        speeds.append(robot.speed_mps)
    assert np.diff(speeds).max() <= 1.0 * STEP_S + 1e-12


def test_full_battery_lasts_its_time_on_patrol_and_longer_at_rest() -> None:
    profile = RobotProfile(battery_s=100.0, recharge_s=50.0)
    driving, resting = SimRobot(START, profile), SimRobot(START, profile)
    run(driving, Drive(profile.speed_mps, 0.0), 50)
    run(resting, STOP, 50)
    assert driving.battery == pytest.approx(0.5, abs=0.01)
    assert resting.battery == pytest.approx(0.85, abs=0.001)

    run(driving, STOP, 10)
    before = driving.battery
    run(driving, STOP, 10, charging=True)
    assert driving.battery - before == pytest.approx(10 / 50)
    run(driving, STOP, 100, charging=True)
    assert driving.battery == 1


def test_robot_with_an_empty_battery_stands() -> None:
    robot = SimRobot(START, battery=0.0)
    run(robot, Drive(1.0, 1.0), 2)
    assert (robot.x_m, robot.y_m, robot.heading_rad) == (0, 0, 0)


def test_dock_without_recharge_time_fills_at_once() -> None:
    robot = SimRobot(START, RobotProfile(recharge_s=0.0), battery=0.1)
    robot.step(STOP, charging=True)
    assert robot.battery == 1


def test_impossible_charge_is_refused() -> None:
    with pytest.raises(ValueError, match=r"battery is 1\.5, it must be from 0 to 1"):
        SimRobot(START, battery=1.5)


def test_robot_with_exact_sensors_knows_the_truth() -> None:
    robot = SimRobot(Pose(1.0, 2.0, 3.0), sensors=SensorKit(exact=True))
    run(robot, Drive(1.0, 0.1), 5)
    assert robot.believed == (robot.x_m, robot.y_m, robot.heading_rad, 0.0)


def test_same_seed_gives_the_same_run_and_another_seed_another_belief() -> None:
    def reports(seed: int) -> list[object]:
        machine = Machine(SimRobot(START, seed=seed))
        return [report for _ in range(100) if (report := machine.step())]

    assert reports(1) == reports(1)
    assert reports(1) != reports(2)


def test_true_track_has_a_row_for_each_report() -> None:
    machine = Machine(SimRobot(START), telemetry_hz=10.0)
    assert machine.true_track().xy_m.shape == (0, 2)
    for _ in range(50):
        machine.step()
    track = machine.true_track()
    assert track.time_s == pytest.approx(np.arange(1, 11) * 0.1)
    assert track.xy_m.shape == (10, 2)
    assert not track.driven_m.any()


def test_impossible_report_rate_is_refused() -> None:
    with pytest.raises(ValueError, match=r"60 reports a second: from 0\.1 to 50"):
        Machine(SimRobot(START), telemetry_hz=60)

"""Slopes, obstacles and troubles of the body, and what they do to a robot."""

import math
from dataclasses import replace

import numpy as np
import pytest

from firmware_bridge.robot_core import STOP
from patrol.mission.drive import drive_route
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind
from patrol.robot import Drive, RobotProfile
from sim.firmware import SimFirmware
from sim.link import SimLink
from sim.machine import Machine
from sim.robot import STEP_S, Pose, SimRobot
from sim.sensors import GpsFault, GpsFaultKind, SensorKit
from sim.troubles import BodyFault, PowerCut, Trouble
from sim.world import World
from tests.mission.routes import route_along
from tests.strategies import line_graph

EXACT = SensorKit(exact=True)
AHEAD = Drive(1.0, 0.0)


def world(incline: float = 0.0, **blocked: float) -> World:
    graph = line_graph(3)
    tags = replace(graph.tags, incline=np.full(3, incline))
    streets = {int(name[1:]): from_s for name, from_s in blocked.items()}
    return World(replace(graph, tags=tags), streets)


def robot_on(
    ground: World | None, *faults: BodyFault, heading_rad: float = 0.0, x_m: float = 0.0
) -> SimRobot:
    return SimRobot(
        Pose(x_m, 0.0, heading_rad), sensors=EXACT, world=ground, body_faults=faults
    )


def run(robot: SimRobot, drive: Drive, time_s: float) -> SimRobot:
    for _ in range(round(time_s / STEP_S)):
        robot.step(drive)
    return robot


def test_slope_is_that_of_the_street() -> None:
    ground = world(0.08)
    assert ground.gradient(50.0, 2.0) == pytest.approx((0.08, 0.0))
    assert ground.gradient(50.0, 9.9) == pytest.approx((0.08, 0.0))
    assert ground.gradient(50.0, 10.1) == (0.0, 0.0)
    assert ground.gradient(50.0, 50.0) == (0.0, 0.0)
    assert world().gradient(50.0, 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("heading_rad", [0.0, 1.0, math.pi])
def test_robot_leans_as_the_street_does_wherever_it_looks(heading_rad: float) -> None:
    robot = run(robot_on(world(0.08), heading_rad=heading_rad, x_m=50.0), STOP, 0.2)
    assert robot.tilt_rad == pytest.approx(math.atan(0.08))
    assert run(robot_on(None), STOP, 0.2).tilt_rad == 0


def test_robot_that_leans_too_far_is_held_until_it_stands_level_again() -> None:
    lifted = BodyFault(Trouble.TILT, 10.0, 5.0, value=0.3)
    link = SimLink(Machine(robot_on(world(0.08), lifted)))  # 0.38 rad, 0.35 are allowed
    graph = line_graph(1)
    path = PlannedPath.of(route_along(graph, [0, 1]), graph)
    track = drive_route(Mission(path, profile=RobotProfile()), link)
    assert track.finished
    leaning = (track.time_s > 11.5) & (track.time_s < 15)
    assert np.abs(track.speed_mps[leaning]).max() == 0
    assert [event.kind for event in track.events].count(EventKind.REARMED) == 1


def test_steep_street_keeps_a_robot_from_being_armed_and_the_guard_is_named() -> None:
    link = SimLink(Machine(robot_on(world(0.5))))
    graph = line_graph(1)
    path = PlannedPath.of(route_along(graph, [0, 1]), graph)
    track = drive_route(Mission(path, profile=RobotProfile()), link)
    assert "does not arm: DISARMED (guard: tilt)" in track.events[-1].detail


def test_uphill_costs_more_battery_than_level_and_downhill_less() -> None:
    used = [
        1 - run(robot_on(world(incline)), AHEAD, 60).battery
        for incline in (0.06, 0.0, -0.06)
    ]
    assert used[0] > 2 * used[1] > 2.2 * used[2] > 0


def test_braking_downhill_takes_longer() -> None:
    def stop_m(incline: float) -> float:
        robot = run(robot_on(world(incline)), AHEAD, 10)
        before_m = robot.x_m
        return run(robot, STOP, 10).x_m - before_m

    assert stop_m(-0.08) > 1.5 * stop_m(0.0) > 1.2 * stop_m(0.08)


def test_robot_stands_before_what_blocks_its_street() -> None:
    robot = run(robot_on(world(s1=20.0)), AHEAD, 200)
    assert robot.speed_mps == 0
    assert 145 < robot.x_m < 149
    assert run(robot_on(world(s1=500.0)), AHEAD, 200).x_m > 150


def test_robot_waits_while_somebody_is_in_its_way() -> None:
    robot = robot_on(None, BodyFault(Trouble.PERSON, 10.0, 5.0))
    run(robot, AHEAD, 12)
    assert robot.speed_mps == 0
    before_m = robot.x_m
    assert run(robot, AHEAD, 2.5).x_m == before_m
    assert run(robot, AHEAD, 5).x_m > before_m + 2


def test_stuck_wheel_makes_the_robot_circle_about_it() -> None:
    stuck = BodyFault(Trouble.STUCK_WHEEL, 0.0, 100.0, left=True)
    robot = run(robot_on(None, stuck), AHEAD, 60)
    assert abs(robot.x_m) < 1
    assert abs(robot.y_m) < 1
    assert robot.driven_m > 20


def test_dead_encoder_changes_what_the_robot_believes_not_what_it_does() -> None:
    dead = BodyFault(Trouble.DEAD_ENCODER, 0.0, 100.0, left=False)
    blind = GpsFault(GpsFaultKind.OFF, 0.0, 100.0)
    sound, broken = (
        run(SimRobot(Pose(0, 0, 0), gps_faults=(blind,), body_faults=f), AHEAD, 5)
        for f in ((), (dead,))
    )
    assert broken.x_m == sound.x_m
    assert broken.believed.sigma_m > 1 > 5 * sound.believed.sigma_m
    assert abs(broken.believed.x_m - broken.x_m) < 2 * broken.believed.sigma_m


def test_sagging_battery_empties_faster_and_a_low_one_is_low_at_once() -> None:
    sag = BodyFault(Trouble.BATTERY_SAG, 0.0, 1e3, value=5.0)
    low = BodyFault(Trouble.LOW_BATTERY, 5.0, 0.2, value=0.2)
    used, usual = (
        1 - run(robot_on(None, *faults), AHEAD, 60).battery for faults in ((sag,), ())
    )
    assert used == pytest.approx(5 * usual, rel=0.02)
    assert run(robot_on(None, low), AHEAD, 6).battery == pytest.approx(0.2, abs=0.001)


def test_robot_without_power_says_nothing_rolls_out_and_starts_anew() -> None:
    robot = SimRobot(Pose(0, 0, 0), RobotProfile(), sensors=EXACT)
    firmware = SimFirmware(robot, power_cuts=(PowerCut(2.0, 3.0),))
    assert firmware.advance(2.0) != b""
    robot.speed_mps = 1.0
    assert firmware.advance(3.0) == b""
    assert firmware.receive(b"\x00hello\x00") == b""
    assert robot.speed_mps == 0
    assert firmware.advance(1.0) != b""
    assert firmware.now_s == pytest.approx(6.0, abs=0.05)

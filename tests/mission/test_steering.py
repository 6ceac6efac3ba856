"""Robots that steer like a car: bends within their radius, turns in three moves."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RobotError
from patrol.mission.drive import drive_route
from patrol.mission.follow import FollowOptions, Pose, follow
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.robot import Drive, RobotProfile
from sim import robot as sim_robot
from sim.link import SimLink
from sim.machine import Machine
from sim.robot import SimRobot
from sim.sensors import SensorKit
from tests.mission.routes import block_route, route_along
from tests.strategies import line_graph

CAR = replace(RobotProfile(), turning_radius_m=1.0)
STEERS = FollowOptions(least_radius_m=1.0)
GRAPH = line_graph(2)
PATH = PlannedPath.of(route_along(GRAPH, [0, 1, 2, 1, 0]), GRAPH)


@given(
    x_m=st.floats(-3, 30),
    y_m=st.floats(-3, 3),
    heading_rad=st.floats(-pi, pi),
    speed_mps=st.floats(0, 2),
)
def test_no_setpoint_is_tighter_than_the_robot_can_turn(
    x_m: float, y_m: float, heading_rad: float, speed_mps: float
) -> None:
    drive = follow(
        PATH, Pose(x_m, y_m, heading_rad, speed_mps), 10.0, options=STEERS
    ).drive
    assert abs(drive.turn_radps) <= abs(drive.speed_mps) / 1.0 + 1e-9
    assert drive.speed_mps != 0


def driven(path: PlannedPath, profile: RobotProfile) -> tuple[float, float]:
    """Drive a path; give the way from it that 95 % keep within, and the greatest."""
    robot = SimRobot(
        sim_robot.Pose(float(path.xy_m[0, 0]), float(path.xy_m[0, 1]), 0.0),
        profile,
        sensors=SensorKit(exact=True),
    )
    mission = Mission(path, profile=profile, start_s=0.0)
    track = drive_route(
        mission, SimLink(Machine(robot)), truth=lambda: (robot.x_m, robot.y_m)
    )
    assert track.finished, track.events[-1].detail
    off_m = track.cross_track_m[np.isfinite(track.cross_track_m)]
    return float(np.percentile(off_m, 95)), float(off_m.max())


def test_car_like_robot_drives_round_blocks_and_turns_at_a_dead_end() -> None:
    graph, route = block_route(spacing_m=40.0)
    p95_m, most_m = driven(PlannedPath.of(route, graph), CAR)
    assert p95_m < 0.5
    assert most_m < 1.5
    _, round_m = driven(PATH, CAR)
    assert round_m < 2.5


def test_car_like_robot_does_not_turn_where_it_stands() -> None:
    robot = SimRobot(sim_robot.Pose(0.0, 0.0, 0.0), CAR, sensors=SensorKit(exact=True))
    for _ in range(200):
        robot.step(Drive(0.0, 1.0))
    assert robot.heading_rad == 0
    for _ in range(500):
        robot.step(Drive(0.5, 1.5))
        assert abs(robot.turn_radps) <= robot.speed_mps / 1.0 + 1e-9


def test_negative_turning_radius_is_refused() -> None:
    with pytest.raises(RobotError, match="turning_radius_m is -1, it must be"):
        RobotProfile(turning_radius_m=-1)

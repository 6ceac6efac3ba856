"""Many nights in arrays: near to the robot with all its parts, and by chance."""

from dataclasses import replace

import numpy as np
import pytest

from patrol.mission.drive import drive_route
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.robot import RobotProfile
from sim.fleet import Chances, many_nights
from sim.link import SimLink
from sim.machine import Machine
from sim.robot import Pose, SimRobot
from sim.sensors import SensorKit
from tests.mission.routes import block_route, route_along, route_of_steps, steps_along
from tests.strategies import line_graph

SURE = Chances(place_m=0.0, slip=0.02)
PROFILE = RobotProfile()


def block_path(spacing_m: float = 40.0) -> PlannedPath:
    graph, route = block_route(spacing_m=spacing_m)
    return PlannedPath.of(route, graph)


def test_night_takes_as_long_as_with_firmware_and_costs_as_much() -> None:
    path = block_path()
    robot = SimRobot(Pose(0.0, 0.0, 0.0), sensors=SensorKit(exact=True))
    track = drive_route(
        Mission(path, profile=PROFILE, start_s=0.0), SimLink(Machine(robot))
    )
    nights = many_nights(path, PROFILE, nights=5, seed=1, chances=SURE)
    assert nights.end_s.mean() == pytest.approx(track.events[-1].time_s, rel=0.02)
    assert 1 - nights.battery.mean() == pytest.approx(1 - robot.battery, rel=0.05)
    assert nights.cross_track_m < 0.15


def test_people_in_the_way_make_nights_late_and_unlike() -> None:
    path = block_path()
    often = Chances(people_per_h=60.0, people_s=(10.0, 20.0))
    free, met = (
        many_nights(path, PROFILE, nights=20, seed=2, chances=chances).end_s
        for chances in (SURE, often)
    )
    rounds = (met.mean() - free.mean()) / 15.0
    assert rounds == pytest.approx(free.mean() / 60.0, rel=0.5)
    assert met.std() > 2 * free.std()


def test_same_seed_gives_the_same_nights_and_another_seed_others() -> None:
    path = block_path(20.0)
    first, second, other = (
        many_nights(path, PROFILE, nights=3, seed=seed).end_s for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_less_known_place_is_driven_less_exactly() -> None:
    path = block_path()
    vague = Chances(place_m=0.3)
    exact, rough = (
        many_nights(path, PROFILE, nights=3, seed=1, chances=c).cross_track_m
        for c in (SURE, vague)
    )
    assert exact < 0.1 < 0.3 < rough


def test_between_two_trips_the_robots_wait_and_charge() -> None:
    graph = line_graph(1, spacing_m=20.0)
    steps = steps_along(graph, [0, 1, 0]) * 2
    route = route_of_steps(graph, steps, trip=[0, 0, 1, 1], rest_s=100)
    profile = RobotProfile(battery_s=100.0, recharge_s=200.0, reserve=0.0)
    path = PlannedPath.of(route, graph)
    nights = many_nights(path, profile, nights=3, seed=1, chances=SURE)
    assert (nights.end_s > route.arrive_s[-1]).all()
    assert (nights.end_s < route.arrive_s[-1] + 30).all()
    assert (nights.battery > 0.4).all()


def test_robot_whose_battery_is_too_small_never_comes_home() -> None:
    graph = line_graph(2)
    path = PlannedPath.of(route_along(graph, [0, 1, 2, 1, 0]), graph)
    small = RobotProfile(battery_s=100.0)
    nights = many_nights(path, small, nights=2, seed=1, chances=SURE)
    assert np.isnan(nights.end_s).all()
    assert (nights.battery == 0).all()


def test_robot_without_a_route_is_home_at_once() -> None:
    graph = line_graph(1)
    path = PlannedPath.of(route_of_steps(graph, []), graph)
    nights = many_nights(path, PROFILE, nights=2, seed=1)
    assert nights.end_s.tolist() == [0, 0]
    assert np.isnan(nights.cross_track_m)


def test_robots_stand_before_each_major_road() -> None:
    graph = line_graph(2, spacing_m=40.0)
    free = PlannedPath.of(route_along(graph, [0, 1, 2]), graph)
    waits = replace(
        free,
        crossing_m=np.array([36.0]),
        stops_m=np.union1d(free.stops_m, [36.0]),
    )
    without_s, with_s = (
        many_nights(path, PROFILE, nights=2, seed=1, chances=SURE).end_s.mean()
        for path in (free, waits)
    )
    assert 3.0 < with_s - without_s < 8.0

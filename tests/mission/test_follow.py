import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.mission.follow import FollowOptions, Pose, follow, predict
from patrol.mission.path import PlannedPath
from patrol.planning.plan import Route
from patrol.robot import Drive, RobotState, Telemetry
from tests.mission.routes import block_route, route_along, routes
from tests.strategies import line_graph

OPTIONS = FollowOptions()

poses = st.builds(
    Pose,
    st.floats(-50, 350),
    st.floats(-50, 350),
    st.floats(-math.pi, math.pi),
    st.floats(-0.5, 2.0),
)


def there_and_back() -> PlannedPath:
    graph = line_graph(1)
    return PlannedPath.of(route_along(graph, [0, 1, 0]), graph)


@given(planned=routes(), pose=poses, share=st.floats(0, 1))
def test_setpoints_are_always_within_limits(
    planned: tuple[StreetGraph, Route], pose: Pose, share: float
) -> None:
    path = PlannedPath.of(planned[1], planned[0])
    along_m = share * path.length_m

    drive, after_m, cross_m = follow(path, pose, along_m, options=OPTIONS)

    assert 0 <= drive.speed_mps <= OPTIONS.speed_mps
    assert abs(drive.turn_radps) <= OPTIONS.turn_radps
    assert abs(after_m - along_m) <= 3 + OPTIONS.arrive_m
    assert math.isfinite(cross_m)


@given(planned=routes(), pose=poses, share=st.floats(0, 1))
def test_no_stop_is_passed_by_a_robot_that_is_not_there(
    planned: tuple[StreetGraph, Route], pose: Pose, share: float
) -> None:
    path = PlannedPath.of(planned[1], planned[0])
    along_m = share * (path.length_m - 0.01)
    low_m, stop_m = path.leg(along_m)

    after_m = follow(path, pose, along_m, options=OPTIONS).along_m

    assert after_m >= low_m - 0.001
    if math.dist(pose[:2], path.point_at(stop_m)) > 0.4:
        assert after_m < stop_m


def test_robot_on_a_straight_path_goes_straight_on_at_full_speed() -> None:
    pose = Pose(30, 0, 0, 1.39)
    drive = follow(there_and_back(), pose, 30, options=OPTIONS).drive
    assert drive.speed_mps == pytest.approx(1.39)
    assert drive.turn_radps == pytest.approx(0)


@pytest.mark.parametrize("side", [-1, 1])
def test_robot_beside_the_path_turns_towards_it(side: int) -> None:
    pose = Pose(30, 0.3 * side, 0, 1.39)
    pursuit = follow(there_and_back(), pose, 30, options=OPTIONS)
    assert pursuit.cross_track_m == pytest.approx(0.3 * side)
    assert pursuit.drive.turn_radps * side < 0


def test_robot_that_looks_back_turns_on_the_spot() -> None:
    drive = follow(
        there_and_back(), Pose(30, 0, math.radians(170), 0), 30, options=OPTIONS
    ).drive
    assert drive == Drive(0.0, -OPTIONS.turn_radps)


def test_robot_brakes_before_the_dead_end_and_turns_there() -> None:
    path = there_and_back()
    speeds = [
        follow(path, Pose(x, 0, 0, 1.39), x, options=OPTIONS).drive.speed_mps
        for x in (97.0, 99.0, 99.5, 99.9)
    ]
    at_end = follow(path, Pose(99.95, 0, 0, 0.1), 99.9, options=OPTIONS)
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] == pytest.approx(1.39)
    assert speeds[-1] <= 0.35
    assert at_end.along_m == 100
    assert at_end.drive.speed_mps == 0
    assert abs(at_end.drive.turn_radps) == OPTIONS.turn_radps


def test_a_stop_is_not_passed_by_going_by_at_a_distance() -> None:
    path = there_and_back()
    pursuit = follow(path, Pose(101, 3, 0, 0.5), 99.5, options=OPTIONS)
    assert pursuit.along_m < 100
    assert path.leg(pursuit.along_m) == (0, 100)
    assert abs(pursuit.drive.turn_radps) > 0


def test_robot_can_stop_from_every_speed_that_it_is_told_before_a_stop() -> None:
    path = there_and_back()
    for left_m in np.linspace(0.2, 4, 40).tolist():
        pose = Pose(100 - left_m, 0, 0, 1.39)
        speed_mps = follow(path, pose, pose.x_m, options=OPTIONS).drive.speed_mps
        assert speed_mps**2 / (2 * OPTIONS.brake_mps2) <= left_m


def test_corner_is_slowed_down_for() -> None:
    graph, route = block_route()
    path = PlannedPath.of(route, graph)
    drive = follow(path, Pose(79.6, 0, 0, 0.6), 79.6, options=OPTIONS).drive
    assert 0.3 < drive.speed_mps < 0.8
    assert drive.turn_radps > 0


def test_robot_far_off_the_path_comes_back_slowly() -> None:
    drive = follow(there_and_back(), Pose(30, -4, 1.5, 1.0), 30, options=OPTIONS).drive
    assert 0 < drive.speed_mps <= OPTIONS.regain_mps


def test_at_the_end_of_the_path_the_robot_stands() -> None:
    pursuit = follow(
        there_and_back(), Pose(0.02, 0.05, math.pi, 0.1), 199.9, options=OPTIONS
    )
    assert pursuit.along_m == 200
    assert pursuit.drive == Drive(0.0, 0.0)


def test_pose_is_carried_forward_by_the_age_of_the_report() -> None:
    report = Telemetry(1, 10, 20, math.pi / 2, 1.0, 0.5, RobotState.ARMED)
    pose = predict(report, Drive(1.0, 0.4), 0.5)
    assert pose.heading_rad == pytest.approx(math.pi / 2 + 0.2)
    assert pose.y_m == pytest.approx(20.5, abs=0.01)
    assert pose.x_m < 10


@pytest.mark.parametrize("name", ["speed_mps", "brake_mps2", "least_lookahead_m"])
def test_options_must_be_above_zero(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0.0, it must be above 0"):
        replace(OPTIONS, **{name: 0.0})

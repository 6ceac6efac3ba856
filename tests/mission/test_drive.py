"""Missions driven by simulated robots, from the dock to the dock."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.mission.drive import Progress, drive_route
from patrol.mission.figures import cross_track_max_m, cross_track_p95_m, served_streets
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind, Track
from patrol.mission.states import MissionState
from patrol.planning.plan import Route
from patrol.robot import Action, Drive, RobotProfile, RobotState
from sim.link import SimLink
from sim.machine import Machine
from sim.robot import Pose, SimRobot
from tests.mission.routes import SPEED_MPS, block_route, route_along, routes
from tests.mission.unicycle import Unicycle
from tests.strategies import graph_of, line_graph

Planned = tuple[StreetGraph, Route]
PROFILE = RobotProfile()


def drive(graph: StreetGraph, route: Route, robot: Unicycle) -> tuple[Mission, Track]:
    mission = Mission(PlannedPath.of(route, graph), profile=PROFILE)
    robot.x_m, robot.y_m = graph.node_xy_m[0].tolist()
    return mission, drive_route(mission, robot, truth=lambda: robot.place)


def moments(track: Track, kind: EventKind) -> list[float]:
    return [event.time_s for event in track.events if event.kind is kind]


@settings(max_examples=25, deadline=None)
@given(planned=routes(), seed=st.integers(0, 99), heading=st.floats(-math.pi, math.pi))
def test_whole_path_is_driven_in_order_and_close_to_the_plan(
    planned: Planned, seed: int, heading: float
) -> None:
    graph, route = planned
    robot = Unicycle(heading_rad=heading, noise_m=0.02, seed=seed)

    mission, track = drive(graph, route, robot)

    assert mission.state is MissionState.FINISHED, mission.reason
    assert robot.state is RobotState.DISARMED
    assert not robot.sensors_on
    assert served_streets(track).tolist() == route.streets[route.served].tolist()
    assert cross_track_max_m(track) <= 0.4
    assert math.dist(robot.place, graph.node_xy_m[0]) < 0.2
    assert robot.odometer_m == pytest.approx(mission.path.length_m, rel=0.03, abs=2)


@settings(max_examples=10, deadline=None)
@given(planned=routes(max_out=3))
def test_every_served_street_is_driven_with_sensors_on(planned: Planned) -> None:
    graph, route = planned
    robot = Unicycle()
    drive(graph, route, robot)
    with_sensors = np.array([(x, y) for x, y, on in robot.sensed if on]).reshape(-1, 2)
    for street in set(route.streets[route.served].tolist()):
        middle = _middle(graph, street)
        assert np.hypot(*(with_sensors - middle).T).min() < 0.5


def test_sensors_are_off_on_streets_that_are_only_passed() -> None:
    graph, tour = block_route()
    served = np.arange(len(tour.streets)) % 2 == 0
    robot = Unicycle()
    drive(graph, replace(tour, served=served), robot)
    middles = [_middle(graph, street) for street in tour.streets.tolist()]
    on_there = [
        next(on for x, y, on in robot.sensed if math.dist((x, y), place) < 1)
        for place in middles
    ]
    assert on_there == served.tolist()


def _middle(graph: StreetGraph, street: int) -> list[float]:
    shape = graph.shape_of(street)
    return list((shape[0] + shape[1]) / 2)


def test_right_angles_with_two_centimetres_of_noise_stay_within_a_hand() -> None:
    graph, route = block_route()
    for seed in range(4):
        robot = Unicycle(noise_m=0.02, age_s=0.05 * seed, seed=seed)
        _, track = drive(graph, route, robot)
        assert cross_track_p95_m(track) <= 0.10
        assert cross_track_max_m(track) <= 0.3


def test_planned_times_are_nearly_kept() -> None:
    graph, route = block_route(spacing_m=50)
    robot = Unicycle(noise_m=0.02)
    _, track = drive(graph, route, robot)
    assert float(route.arrive_s[-1]) / track.time_s[-1] >= 0.9
    assert max(abs(c.speed_mps) for _, _, c in robot.sent if isinstance(c, Drive)) <= (
        SPEED_MPS
    )


def test_a_silent_second_is_survived_without_driving_a_metre_twice() -> None:
    graph, route = block_route()
    robot = Unicycle(noise_m=0.02, silent=[(50.0, 51.2), (120.0, 124.0)])

    mission, track = drive(graph, route, robot)

    assert mission.state is MissionState.FINISHED
    assert len(moments(track, EventKind.SILENCE)) == 2
    assert len(moments(track, EventKind.REARMED)) == 2
    assert robot.odometer_m <= mission.path.length_m + 2
    stood = [t for t, *place in robot.trace if 122 < t < 124]
    places = {(x, y) for t, x, y in robot.trace if 122 < t < 124}
    assert len(stood) > 10
    assert len(places) == 1


@settings(max_examples=10, deadline=None)
@given(starts=st.lists(st.floats(1, 150), max_size=4), length=st.floats(0.2, 5))
def test_silences_at_any_time_are_survived(starts: list[float], length: float) -> None:
    graph = line_graph(2, spacing_m=40)
    route = route_along(graph, [0, 1, 2, 1, 0])
    robot = Unicycle(silent=[(start, start + length) for start in starts])
    mission, track = drive(graph, route, robot)
    assert mission.state is MissionState.FINISHED, mission.reason
    assert served_streets(track).tolist() == route.streets.tolist()
    assert cross_track_max_m(track) <= 0.4


def test_an_emergency_stop_is_waited_out_and_the_rest_is_driven() -> None:
    graph, route = block_route()
    mission = Mission(PlannedPath.of(route, graph), profile=PROFILE)
    robot = Unicycle(
        happen=[
            (60, lambda it: it.__setattr__("state", RobotState.ESTOPPED)),
            (150, lambda it: it.__setattr__("state", RobotState.DISARMED)),
            (200, lambda _: mission.__setattr__("may_go_on", True)),
        ]
    )
    robot.x_m, robot.y_m = graph.node_xy_m[0].tolist()
    track = drive_route(mission, robot, truth=lambda: robot.place)
    assert mission.state is MissionState.FINISHED
    assert len(moments(track, EventKind.ESTOP)) == 1
    while_stopped = [c for t, s, c in robot.sent if 60.5 < t < 200]
    assert while_stopped == []


def test_a_robot_pushed_off_the_path_comes_back_to_it() -> None:
    graph, route = block_route()

    def push(it: Unicycle) -> None:
        it.y_m -= 4.0

    robot = Unicycle(happen=[(30, push)])
    mission, track = drive(graph, route, robot)
    assert mission.state is MissionState.FINISHED
    assert cross_track_max_m(track) == pytest.approx(4, abs=0.3)
    late = track.cross_track_m[track.time_s > 60]
    assert np.nanmax(late) < 0.4


def test_a_robot_carried_away_is_stopped_and_says_so() -> None:
    graph, route = block_route()
    robot = Unicycle(happen=[(30, lambda it: it.__setattr__("y_m", -15.0))])
    mission, track = drive(graph, route, robot)
    assert mission.state is MissionState.ABORTED
    assert track.events[-1].kind is EventKind.ABORTED
    assert "off the planned path" in track.events[-1].detail
    assert robot.state is RobotState.DISARMED
    assert robot.now_s > robot.sent[-1][0]  # the link had time to repeat DISARM


def test_a_link_that_fails_ends_the_mission_but_not_the_record() -> None:
    graph, route = block_route()
    robot = Unicycle(lost_at_s=90.0)
    mission, track = drive(graph, route, robot)
    assert mission.state is MissionState.ABORTED
    assert "the link failed: lost the robot at 90" in track.events[-1].detail
    assert not track.finished
    assert 85 < track.time_s[-1] < 91
    assert 80 < track.driven_m[-1] < 125
    assert len(served_streets(track)) == 1


def test_between_two_trips_the_robot_charges_and_starts_on_time() -> None:
    graph, tour = block_route(spacing_m=40)
    k = len(tour.streets)
    route = Route(
        robot="r1",
        streets=np.tile(tour.streets, 2),
        forward=np.tile(tour.forward, 2),
        served=np.tile(tour.served, 2),
        depart_s=np.concatenate([tour.depart_s, tour.depart_s + 900]),
        arrive_s=np.concatenate([tour.arrive_s, tour.arrive_s + 900]),
        trip=np.repeat([0, 1], k),
    )
    robot = Unicycle(drain_per_s=1 / 1000, charge_per_s=1 / 800)

    mission, track = drive(graph, route, robot)

    assert mission.state is MissionState.FINISHED, mission.reason
    started = moments(track, EventKind.STARTED)
    assert started[1] == pytest.approx(900, abs=1.1)
    actions = [c for _, _, c in robot.sent if isinstance(c, Action)]
    assert actions.count(Action.START_CHARGING) == 1
    assert actions.count(Action.STOP_CHARGING) == 1
    charging = (track.time_s > 500) & (track.time_s < 890)
    assert (np.diff(track.battery[charging]) >= 0).all()
    assert (track.step[charging] == -1).all()
    assert np.isnan(track.cross_track_m[charging]).all()
    assert not robot.charging


def test_track_has_a_sample_a_second_and_progress_is_told() -> None:
    graph, route = block_route(spacing_m=40)
    told: list[Progress] = []
    robot = Unicycle()
    mission = Mission(PlannedPath.of(route, graph), profile=PROFILE)
    track = drive_route(mission, robot, on_progress=told.append)
    assert np.diff(track.time_s) == pytest.approx(1, abs=0.21)
    assert len(track.time_s) == pytest.approx(track.time_s[-1], rel=0.02)
    assert track.driven_m[-1] == pytest.approx(robot.odometer_m, rel=0.005)
    assert len(told) == pytest.approx(track.time_s[-1], rel=0.03)
    assert told[-1].state is MissionState.FINISHED
    assert told[-1].along_m == told[-1].length_m == mission.path.length_m


def test_same_seed_gives_the_same_track() -> None:
    graph, route = block_route(spacing_m=30)
    tracks = [drive(graph, route, Unicycle(noise_m=0.02, seed=5))[1] for _ in range(2)]
    assert tracks[0].xy_m.tolist() == tracks[1].xy_m.tolist()
    assert tracks[0].events == tracks[1].events


def test_the_simulated_robot_of_the_product_keeps_to_the_path_and_the_time() -> None:
    graph, route = block_route()
    robot = SimRobot(Pose(0.0, 0.0, 2.0), seed=3)
    mission = Mission(PlannedPath.of(route, graph), profile=PROFILE)

    track = drive_route(
        mission, SimLink(Machine(robot)), truth=lambda: (robot.x_m, robot.y_m)
    )

    assert mission.state is MissionState.FINISHED, mission.reason
    assert cross_track_p95_m(track) <= 0.10
    assert cross_track_max_m(track) <= 0.4
    assert float(route.arrive_s[-1]) / track.time_s[-1] >= 0.9


def test_a_faster_robot_keeps_to_the_path_too() -> None:
    graph, route = block_route()
    fast = replace(PROFILE, speed_mps=PROFILE.max_speed_mps)
    robot = Unicycle(noise_m=0.02)
    mission = Mission(PlannedPath.of(route, graph), profile=fast)
    track = drive_route(mission, robot, truth=lambda: robot.place)
    assert mission.state is MissionState.FINISHED, mission.reason
    assert cross_track_max_m(track) <= 0.5


def test_bends_of_a_winding_path_are_followed() -> None:
    angle = np.linspace(0, 4 * math.pi, 81)
    winding_m = np.column_stack([angle * 6, 4 * np.sin(angle)]).round(3)
    zigzag_m = np.array([(78, 0), (78, 1), (81, 1), (81, 4), (81.4, 4), (81.4, 8)])
    places_m = np.concatenate([winding_m, zigzag_m])
    graph = graph_of(places_m, [(i, i + 1) for i in range(len(places_m) - 1)])
    nodes = [*range(len(places_m)), *range(len(places_m) - 2, -1, -1)]
    robot = Unicycle(noise_m=0.02)

    mission, track = drive(graph, route_along(graph, nodes), robot)

    assert mission.state is MissionState.FINISHED, mission.reason
    assert cross_track_max_m(track) <= 0.35


def test_operator_stops_a_robot_for_good() -> None:
    graph = line_graph(3)
    robot = Unicycle()
    robot.x_m, robot.y_m = graph.node_xy_m[0].tolist()
    path = PlannedPath.of(route_along(graph, [0, 1, 2, 3, 2, 1, 0]), graph)
    mission = Mission(path, profile=PROFILE)

    track = drive_route(mission, robot, stop=lambda: mission.along_m > 50)

    assert not track.finished
    assert moments(track, EventKind.ABORTED)
    assert track.events[-1].detail == "stopped by the operator"
    assert robot.state is RobotState.DISARMED
    assert 50 < robot.x_m < 55

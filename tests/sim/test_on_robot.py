"""Missions that robots drive by themselves: over bad lines, restarts, stops."""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from firmware_bridge.fence import Fence
from firmware_bridge.limits import Limits
from firmware_bridge.mission_maker import make_mission
from firmware_bridge.serial_link import SerialLink
from maps import StreetGraph
from patrol.errors import LinkError, PlanError
from patrol.mission.drive import Progress, drive_route
from patrol.mission.figures import cross_track_max_m, cross_track_p95_m, served_streets
from patrol.mission.mission import Mission
from patrol.mission.on_robot import MissionHolder, OnRobotMission
from patrol.mission.path import PlannedPath
from patrol.mission.pieces import next_piece
from patrol.mission.record import EventKind, Track
from patrol.mission.states import MissionState
from patrol.planning.plan import Route
from patrol.robot import Action, RobotMission, RobotProfile, RobotState
from sim.faults import FaultPlan, Silence
from sim.firmware import SimFirmware, compare_delivery
from sim.link import SimLink, SimPort
from sim.machine import Machine
from sim.robot import Pose, SimRobot
from sim.sensors import GpsFault, GpsFaultKind
from tests.mission.routes import block_route, route_along, routes
from tests.strategies import line_graph

PROFILE = RobotProfile()


def at_dock(graph: StreetGraph) -> Pose:
    x_m, y_m = graph.node_xy_m[0].tolist()
    return Pose(x_m, y_m, 0.0)


class Night:
    """A robot that drives a route by itself over a simulated line."""

    def __init__(
        self,
        planned: tuple[StreetGraph, Route],
        *,
        faults: FaultPlan | None = None,
        on_robot: bool = True,
        away_m: float = 0.0,
        gps_faults: tuple[GpsFault, ...] = (),
        width_m: float | None = None,
    ) -> None:
        graph, route = planned
        self.path = PlannedPath.of(route, graph)
        if width_m is not None:
            widths_m = np.full(len(route.streets), width_m)
            self.path = replace(self.path, width_m=widths_m)
        dock = at_dock(graph)
        away = replace(dock, x_m=dock.x_m + away_m)
        self.robot = SimRobot(away, gps_faults=gps_faults)
        self.firmware = SimFirmware(self.robot)
        port = SimPort(self.firmware, faults=faults, seed=2)
        self.link = SerialLink(port, name="r1", clock=port.clock, nonce=1)
        self.link.connect()
        self.mission = make_mission(
            self.path, profile=PROFILE, link=self.link, on_robot=on_robot
        )
        self.happen: list[tuple[float, Callable[[], None]]] = []

    def drive(self) -> Track:
        def watch(progress: Progress) -> None:
            while self.happen and progress.time_s >= self.happen[0][0]:
                self.happen.pop(0)[1]()

        place = self.robot
        track = drive_route(
            self.mission,
            self.link,
            truth=lambda: (place.x_m, place.y_m),
            on_progress=watch,
        )
        self.link.flush(3.0)
        return track

    def delivery(self) -> tuple[int, int]:
        done = compare_delivery(self.link.sent_by_action, self.firmware.executed)
        return done.lost, done.duplicated


@settings(max_examples=3, deadline=None)
@given(planned=routes(max_out=2))
def test_whole_route_is_driven_by_the_robot_itself(
    planned: tuple[StreetGraph, Route],
) -> None:
    night = Night(planned)
    track = night.drive()
    _, route = planned
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    assert served_streets(track).tolist() == route.streets[route.served].tolist()
    assert cross_track_max_m(track) <= 0.5
    assert night.robot.driven_m == pytest.approx(night.path.length_m, rel=0.03, abs=2)
    assert night.link.counters["setpoints_sent"] < 10
    assert night.delivery() == (0, 0)


def test_robot_that_drives_by_itself_stands_while_its_operator_pauses_it() -> None:
    night = Night(block_route(spacing_m=30.0))
    stood_m: list[float] = []

    def note() -> None:
        stood_m.append(night.robot.driven_m)

    def pause(paused: bool) -> None:
        night.mission.pace.paused = paused

    night.happen = [
        (20.0, lambda: pause(True)),
        (25.0, note),
        (40.0, note),
        (40.0, lambda: pause(False)),
    ]
    track = night.drive()
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    assert 10.0 < stood_m[0] == pytest.approx(stood_m[1], abs=0.01)
    assert [event.kind for event in track.events].count(EventKind.PAUSED) == 1
    assert night.delivery() == (0, 0)


def test_robot_that_drives_by_itself_stops_before_a_major_road() -> None:
    graph, route = block_route(spacing_m=30.0)
    night = Night((graph, route))
    path = replace(night.path, crossing_m=np.array([50.0]))
    night.mission = make_mission(path, profile=PROFILE, link=night.link, on_robot=True)
    track = night.drive()
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    resting = np.abs(track.speed_mps) < 0.02
    near = np.abs(track.driven_m - 50.0) < 0.5
    assert (resting & near).sum() >= 2  # a sample a second, and it stands for three
    assert not resting[(track.driven_m > 5.0) & (track.driven_m < 45.0)].any()


def test_robot_that_drives_by_itself_goes_slower_while_it_is_unsure_of_its_place() -> (
    None
):
    gap = GpsFault(GpsFaultKind.OFF, start_s=60.0, duration_s=60.0)
    night = Night(block_route(spacing_m=30.0), gps_faults=(gap,), width_m=0.9)
    track = night.drive()
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    kinds = [event.kind for event in track.events]
    top_mps = PROFILE.speed_mps
    before = (track.time_s > 10) & (track.time_s < 60)
    unsure = (track.time_s > 87) & (track.time_s < 98)
    very = (track.time_s > 106) & (track.time_s < 119)
    after = (track.time_s > 140) & (track.time_s < 180)
    assert track.speed_mps[before].max() == pytest.approx(top_mps, abs=0.01)
    assert track.speed_mps[unsure].max() == pytest.approx(top_mps / 2, abs=0.01)
    assert track.speed_mps[very].max() == pytest.approx(top_mps / 4, abs=0.01)
    assert track.speed_mps[after].max() == pytest.approx(top_mps, abs=0.01)
    assert EventKind.UNSURE not in kinds
    assert night.link.counters["missions_loaded"] == 4
    assert served_streets(track).tolist() == night.path.route.streets.tolist()
    assert night.delivery() == (0, 0)


def test_robot_that_steers_itself_keeps_as_close_to_the_path_as_its_host() -> None:
    track = Night(block_route(spacing_m=30.0)).drive()
    assert cross_track_p95_m(track) < 0.1


def test_reconnects_and_restarts_miss_no_street_and_drive_none_twice() -> None:
    clean = Night(block_route(spacing_m=30.0))
    clean.drive()
    night = Night(block_route(spacing_m=30.0))
    for number in range(6):
        what = night.firmware.reboot if number % 2 else night.link.reconnect
        night.happen.append((20.0 + 33.3 * number, what))
    track = night.drive()
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    assert served_streets(track).tolist() == night.path.route.streets.tolist()
    assert night.robot.driven_m - clean.robot.driven_m < 2.0
    assert night.link.counters["missions_loaded"] == 4
    assert night.delivery() == (0, 0)


def test_bad_line_holds_the_robot_now_and_then_and_the_route_is_driven() -> None:
    faults = FaultPlan(5e-3, silences=(Silence(30.0, 4.0),))
    night = Night(block_route(spacing_m=30.0), faults=faults)
    track = night.drive()
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    kinds = [event.kind for event in track.events]
    assert EventKind.REARMED in kinds
    assert cross_track_max_m(track) < 0.5
    assert night.delivery() == (0, 0)


def test_estop_cleared_at_the_robot_does_not_set_its_mission_off() -> None:
    night = Night(block_route(spacing_m=30.0))
    core = night.firmware.machine.core

    def clear() -> None:
        night.link.send(Action.CLEAR_ESTOP)

    def check_rest() -> None:
        assert night.robot.speed_mps == 0
        assert core.state is RobotState.DISARMED
        assert night.mission.waits_for_go_ahead

    night.happen = [
        (30, lambda: night.link.send(Action.ESTOP)),
        (35, clear),
        (45, check_rest),
        (46, lambda: night.mission.__setattr__("may_go_on", True)),
    ]
    track = night.drive()
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    assert served_streets(track).tolist() == night.path.route.streets.tolist()


def test_mission_of_another_map_moves_no_robot_and_is_named() -> None:
    night = Night(block_route(spacing_m=30.0), away_m=2000.0)
    night.link.poll(0.5)
    night.firmware.machine.core.guards.limits = Limits()  # its fence would hold it, too
    night.drive()
    assert night.mission.state is MissionState.ABORTED
    assert "m off the planned path, more than 10 m" in night.mission.reason
    assert night.robot.driven_m < 0.1


def test_robot_outside_of_its_fence_is_given_up_with_the_guard_named() -> None:
    night = Night(block_route(spacing_m=30.0), away_m=2000.0)
    night.drive()
    assert night.mission.state is MissionState.ABORTED
    assert "the robot does not arm: DISARMED (guard: fence)" in night.mission.reason
    assert night.robot.driven_m == 0


def test_robot_with_little_room_gets_its_route_in_pieces() -> None:
    graph, route = block_route(spacing_m=30.0)
    night = Night((graph, route))
    night.firmware.machine.core.missions.room = 24
    night.link.reconnect()
    night.link.connect()
    night.mission = make_mission(
        night.path, profile=PROFILE, link=night.link, on_robot=True
    )
    track = night.drive()
    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    assert night.link.counters["missions_loaded"] > 4
    assert cross_track_max_m(track) < 0.5


def test_robot_without_room_for_one_leg_is_told_so() -> None:
    graph, route = block_route(spacing_m=30.0)
    path = PlannedPath.of(route, graph)
    with pytest.raises(PlanError, match="no room for a mission of one leg of 30 m"):
        next_piece(path, 0.0, speed_mps=1.0, fits=lambda _: False)


def test_robot_that_refuses_every_mission_is_given_up_with_the_reason() -> None:
    graph, route = block_route(spacing_m=30.0)

    def refuse(_mission: RobotMission, _from_m: float) -> None:
        raise LinkError("the robot refuses")

    machine = Machine(SimRobot(at_dock(graph)))
    mission = OnRobotMission(
        PlannedPath.of(route, graph), profile=PROFILE, holder=MissionHolder(refuse)
    )
    drive_route(mission, SimLink(machine))
    assert mission.state is MissionState.ABORTED
    assert "the robot refuses" in mission.reason


def test_simulated_link_loads_missions_as_the_serial_one_does() -> None:
    graph, route = block_route(spacing_m=30.0)
    machine = Machine(SimRobot(at_dock(graph)))
    link = SimLink(machine)

    def load(mission: RobotMission, from_m: float) -> None:
        link.load_mission(mission, from_m=from_m, timeout_s=1.0)

    mission = OnRobotMission(
        PlannedPath.of(route, graph), profile=PROFILE, holder=MissionHolder(load)
    )
    drive_route(mission, link)
    assert mission.state is MissionState.FINISHED, mission.reason
    huge = np.column_stack([np.arange(5000), np.zeros(5000)]).astype(np.int32)
    with pytest.raises(LinkError, match="it has room for 16384 bytes"):
        load(RobotMission(huge, np.ones(5000, np.uint16)), 0.0)


def test_piece_ends_at_the_end_of_its_trip_and_tells_both_ways_how_far_it_is() -> None:
    graph = line_graph(3, spacing_m=50)
    route = route_along(graph, [0, 1, 2, 1, 0])
    route = replace(route, trip=np.array([0, 0, 1, 1]))
    path = PlannedPath.of(route, graph)
    piece = next_piece(path, 12.5, speed_mps=1.39, fits=lambda _: True)
    assert (piece.start_m, piece.end_m) == (12.5, 100.0)
    assert piece.length_m == pytest.approx(87.5)
    assert piece.place_of(20.0) == pytest.approx(32.5)
    assert piece.along_of(32.5) == pytest.approx(20.0)
    assert piece.place_of(87.45) == 100.0
    assert set(piece.mission.speed_mmps.tolist()) == {1390}


def test_robot_is_held_to_the_fence_of_its_route_and_its_own_speed() -> None:
    night = Night(block_route(spacing_m=30.0), on_robot=False)
    night.link.poll(0.5)
    limits = night.firmware.machine.core.guards.limits
    assert isinstance(night.mission, Mission)
    assert not isinstance(night.mission, OnRobotMission)
    assert limits.speed_mmps == round(PROFILE.max_speed_mps * 1e3)
    assert limits.fence == Fence.around(night.path.xy_m)
    assert limits.tightened(Limits()) == limits


def test_other_host_on_the_same_robot_is_named_and_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    night = Night(block_route(spacing_m=30.0))
    port = night.link._port
    other = SerialLink(port, name="thief", clock=port.clock, nonce=999)  # type: ignore[attr-defined]
    caplog.set_level(logging.WARNING)

    def fight() -> None:
        for _ in range(40):
            other.reconnect()
            for link in (other, night.link) * 4:
                link.poll(0.2)

    with pytest.raises(LinkError, match="has another host, which took it over 3 times"):
        fight()
    assert "another host had taken it over" in caplog.text
    assert night.robot.speed_mps == 0

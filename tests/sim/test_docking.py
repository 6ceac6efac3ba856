"""Robots that are sent home in the middle of their route, and stopped from afar."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from firmware_bridge.limits import Limits
from firmware_bridge.mission_maker import Surroundings, make_mission
from firmware_bridge.serial_link import SerialLink
from maps import StreetGraph
from patrol.mission.drive import Progress, drive_route
from patrol.mission.figures import served_streets
from patrol.mission.home import WayHome
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind, MissionRecord, Track
from patrol.mission.standing import aborted, standings
from patrol.mission.states import MissionState
from patrol.planning.solve import solve
from patrol.robot import RobotProfile, RobotState
from sim.firmware import SimFirmware, compare_delivery
from sim.link import SimPort
from sim.robot import Pose, SimRobot
from tests.mission.routes import SPEED_MPS, block_route, route_along
from tests.planning.problems import QUICK, problem_of, traversal_of
from tests.strategies import line_graph

PROFILE = RobotProfile()


class Night:
    """A robot on its route, and what its operator does at which second."""

    def __init__(
        self, path: PlannedPath, graph: StreetGraph, *, on_robot: bool
    ) -> None:
        x_m, y_m = graph.node_xy_m[0].tolist()
        self.robot = SimRobot(Pose(x_m, y_m, 0.0), PROFILE)
        self.firmware = SimFirmware(self.robot)
        port = SimPort(self.firmware)
        self.link = SerialLink(port, name="r1", clock=port.clock, nonce=1)
        self.link.connect()
        home = WayHome(graph, traversal_of(graph, speed_mps=SPEED_MPS), 0)
        self.mission = make_mission(
            path,
            profile=PROFILE,
            link=self.link,
            on_robot=on_robot,
            around=Surroundings(home=home),
        )
        self.happen: list[tuple[float, Callable[[], None]]] = []
        self.seen: list[MissionState] = []

    def wish(self, at_s: float, name: str) -> None:
        self.happen.append((at_s, lambda: setattr(self.mission, name, True)))

    def drive(self) -> Track:
        def watch(progress: Progress) -> None:
            self.seen.append(progress.state)
            while self.happen and progress.time_s >= self.happen[0][0]:
                self.happen.pop(0)[1]()

        track = drive_route(self.mission, self.link, on_progress=watch)
        self.link.flush(3.0)
        done = compare_delivery(self.link.sent_by_action, self.firmware.executed)
        assert (done.lost, done.duplicated) == (0, 0)
        return track


@pytest.mark.parametrize("on_robot", [False, True])
@pytest.mark.parametrize(("at_s", "way_m"), [(35.0, 48.0), (80.0, 105.0)])
def test_robot_sent_home_takes_the_shortest_way_and_parks(
    on_robot: bool, at_s: float, way_m: float
) -> None:
    graph, route = block_route(spacing_m=30.0)
    night = Night(PlannedPath.of(route, graph), graph, on_robot=on_robot)
    night.wish(at_s, "wants_dock")
    track = night.drive()

    assert night.mission.state is MissionState.DOCKED, night.mission.reason
    assert np.hypot(night.robot.x_m, night.robot.y_m) < 0.3
    kinds = [event.kind for event in track.events]
    assert kinds[-2:] == [EventKind.DOCKING, EventKind.DOCKED]
    assert track.events[-2].values["home_m"] == pytest.approx(way_m, abs=4)
    docking = track.time_s >= track.events[-2].time_s
    assert (track.step[docking] == -1).all()
    driven_m = np.ptp(track.driven_m[docking])
    assert driven_m == pytest.approx(track.events[-2].values["home_m"], abs=3)
    assert len(served_streets(track)) == {35.0: 1, 80.0: 3}[at_s]
    assert not track.finished


def test_plan_made_anew_keeps_what_a_docked_robot_left() -> None:
    graph = line_graph(3, spacing_m=30)
    problem = problem_of(graph, [0, 1, 2], battery_s=2000.0)
    plan = solve(problem, seed=0, until=QUICK)
    (route,) = plan.routes
    night = Night(PlannedPath.of(route, graph), graph, on_robot=False)
    night.wish(35.0, "wants_dock")
    track = replace(night.drive(), robot=plan.fleet[0].name)
    record = MissionRecord(plan.digest, complete=False, simulated=True, tracks=(track,))

    (one,) = standings(plan, record, graph)
    assert (one.node, one.ready_s, one.finishing) == (0, 0.0, None)
    assert one.served.tolist() == [0]
    assert aborted(record, now_s=999.0) == ()
    left_s = track.events[-2].time_s
    (under_way,) = standings(plan, record, graph, now_s=left_s + 10)
    assert under_way.node == 0
    assert under_way.ready_s == pytest.approx(
        track.events[-1].time_s - left_s - 10, abs=8
    )


def test_fence_of_a_robot_holds_its_ways_home_too() -> None:
    graph = line_graph(4)
    far = PlannedPath.of(route_along(graph, [3, 4, 3]), graph)
    night = Night(far, graph, on_robot=False)
    night.link.poll(0.5)
    limits = night.firmware.machine.core.guards.limits
    assert limits.fence is not None
    easts_mm = [east_mm for east_mm, _ in limits.fence.corners_mm]
    assert min(easts_mm) < 0 < 420_000 == max(easts_mm)
    assert limits.tightened(Limits()) == limits


@pytest.mark.parametrize("on_robot", [False, True])
def test_emergency_stop_of_the_operator_ends_by_clear_and_go_only(
    on_robot: bool,
) -> None:
    graph, route = block_route(spacing_m=30.0)
    night = Night(PlannedPath.of(route, graph), graph, on_robot=on_robot)
    core, stood = night.firmware.machine.core, list[tuple[RobotState, float, bool]]()

    def look() -> None:
        waits = night.mission.waits_for_go_ahead
        stood.append((core.state, night.robot.driven_m, waits))

    night.wish(30.0, "wants_stop")
    night.wish(31.0, "may_go_on")  # too early: it is not cleared
    night.happen += [(33.0, look), (40.0, look)]
    night.wish(41.0, "wants_clear")
    night.happen += [(45.0, look), (50.0, look)]
    night.wish(51.0, "may_go_on")
    track = night.drive()

    assert night.mission.state is MissionState.FINISHED, night.mission.reason
    states, driven_m, waits = zip(*stood, strict=True)
    assert states == (*[RobotState.ESTOPPED] * 2, *[RobotState.DISARMED] * 2)
    assert set(driven_m) == {driven_m[0]}
    assert waits == (False, False, True, True)
    assert served_streets(track).tolist() == route.streets.tolist()

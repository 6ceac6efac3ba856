"""A route of the planner is driven by a MAVLink rover, and its bytes are kept."""

import json
import math
import os
from pathlib import Path

import pytest

from firmware_bridge.byte_log import MAVLINK, ByteLog, LoggedPort
from firmware_bridge.mavlink_link import MavlinkLink
from firmware_bridge.mavlink_wire import Address, MavWire
from firmware_bridge.mission_maker import make_mission
from firmware_bridge.replay import frames_of, read_log
from patrol.mission.drive import drive_route
from patrol.mission.figures import cross_track_p95_m
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind
from patrol.robot import RobotProfile
from sim.faults import FaultPlan, Silence
from sim.mavlink_rover import AUTO, SAFE, MavlinkPort, MavlinkRover
from sim.night import start_pose
from sim.pty_port import open_pty
from sim.robot import SimRobot
from sim.serve import ServedRobot, serve
from tests.mission.routes import block_route
from tests.shared_data import need

FAULTS = FaultPlan(rate=1e-3, silences=(Silence(60.0, 8.0),))


@pytest.fixture(autouse=True)
def pymavlink() -> None:
    need("pymavlink")


def test_rover_drives_the_route_by_itself_from_stand_to_stand() -> None:
    graph, route = block_route(spacing_m=20.0)
    path = PlannedPath.of(route, graph)
    robot = SimRobot(start_pose(path, graph.node_xy_m[0]))
    rover = MavlinkRover(robot, projection=graph.projection, parameters=SAFE)
    port = MavlinkPort(rover)
    link = MavlinkLink(port, name="r", projection=graph.projection, clock=port.clock)
    link.connect(20.0)
    mission = make_mission(path, profile=RobotProfile(), link=link, on_robot=True)
    track = drive_route(mission, link, truth=lambda: (robot.x_m, robot.y_m))
    link.close()
    assert track.finished, mission.reason
    assert str(AUTO) in rover.ran
    assert math.dist((robot.x_m, robot.y_m), graph.node_xy_m[0]) < 1.0


def test_route_is_driven_through_damage_and_a_silence_that_makes_it_hold(
    tmp_path: Path,
) -> None:
    graph, route = block_route(spacing_m=20.0)
    path = PlannedPath.of(route, graph)
    robot = SimRobot(start_pose(path, graph.node_xy_m[0]))
    rover = MavlinkRover(robot, projection=graph.projection, parameters=SAFE)
    port = MavlinkPort(rover, faults=FAULTS, seed=2)
    with ByteLog(tmp_path / "log", robot="rover-1") as log:
        logged = LoggedPort(port, log, clock=port.clock, speaks=MAVLINK)
        link = MavlinkLink(
            logged, name="r", projection=graph.projection, clock=port.clock
        )
        assert link.connect(20.0) == []
        mission = Mission(path, profile=RobotProfile(), start_s=link.now_s)
        track = drive_route(mission, link, truth=lambda: (robot.x_m, robot.y_m))
        link.close()
    kinds = [event.kind for event in track.events]
    assert track.finished
    assert EventKind.SILENCE in kinds
    assert EventKind.REARMED in kinds
    assert cross_track_p95_m(track) < 0.3
    assert math.dist((robot.x_m, robot.y_m), graph.node_xy_m[0]) < 0.3
    frames = list(frames_of(read_log(tmp_path / "log")))
    texts = [frame.text for frame in frames if frame.sent]
    assert any(text.startswith("SET_POSITION_TARGET_LOCAL_NED") for text in texts)
    assert any(frame.damaged for frame in frames)


def test_simulated_rover_can_be_served_on_a_pseudo_terminal() -> None:
    graph, _ = block_route()
    robot = SimRobot(start_pose(PlannedPath.of(_, graph), graph.node_xy_m[0]))
    rover = MavlinkRover(robot, projection=graph.projection)
    wire = MavWire(Address(255, 190))
    time_s = iter(range(10_000))
    with ServedRobot(rover) as served:
        assert served.address.startswith("/dev/")
        serve([served], duration_s=1.2, clock=lambda: float(next(time_s)))
    assert [m.get_type() for m in wire.feed(rover.step())] == []


def test_udp_and_serial_addresses_are_opened(tmp_path: Path) -> None:
    graph, _ = block_route()
    robot_end, host_end = open_pty()
    addresses = (f"mavlink:{os.ttyname(host_end)}", "mavlink:udp://127.0.0.1:0")
    for number, address in enumerate(addresses):
        with ByteLog(tmp_path / str(number), robot=address) as log:
            link = MavlinkLink.open(address, projection=graph.projection, log=log)
            link.poll(0.0)
            assert ("port_losses" in link.counters) == ("udp" not in address)
            link.close()
        header = json.loads((tmp_path / str(number)).read_text().splitlines()[0])
        assert header["speaks"] == MAVLINK
    os.close(robot_end)
    os.close(host_end)

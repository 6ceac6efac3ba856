"""
The simulator: its speed, and how its robots keep to their path, know and stop.

    python -m benchmarks.simulation [--seeds 4] [--json FILE]

Speeds are over CPU seconds of this process; stops are in simulated time.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from math import atan2
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.bridge_rows import Row, at_least, at_most
from benchmarks.output import publish
from benchmarks.simulation_place import place_rows
from benchmarks.simulation_routes import blocks, wander
from firmware_bridge.framing import encode_frame
from firmware_bridge.messages import Hello, Message, Order, Setpoint, frame_of
from firmware_bridge.serial_link import SerialLink
from maps import StreetGraph
from patrol.mission.drive import drive_route
from patrol.mission.match import StreetMatcher
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.robot import KPH, Action, Drive, RobotProfile
from sim.faults import FaultPlan, Silence
from sim.firmware import SimFirmware
from sim.fleet import Chances, many_nights
from sim.link import SimPort
from sim.robot import STEP_S, Pose, SimRobot
from sim.serve import ServedRobot, serve

_NONCE = 5
FAST = RobotProfile(
    name="fast", mass_kg=100.0, speed_mps=15 * KPH, max_speed_mps=15 * KPH
)
"""The fastest class of the Korean rules: 15 km/h up to 100 kg."""


def main(
    seeds: Annotated[int, typer.Option(help="Drives for each row about place.")] = 4,
    json: Annotated[Path | None, typer.Option(help="Where to write results.")] = None,
) -> None:
    """Measure the simulator against its targets."""
    rows = [
        *one_robot(),
        *fleet(500),
        *in_real_time(20, 20.0),
        *stopping(25),
        *place_rows(seeds),
    ]
    holds = all(bool(row["holds"]) for row in rows)
    publish("simulation", rows, {"holds": holds}, json_path=json)


def one_robot() -> Iterator[Row]:
    """Drive a whole mission: host, bytes, firmware, wheels, sensors and estimate."""
    graph, path = _blocks()
    (x, y), (ahead_x, ahead_y) = path.xy_m[:2].tolist()
    robot = SimRobot(Pose(x, y, atan2(ahead_y - y, ahead_x - x)))
    port = SimPort(SimFirmware(robot))
    streets = StreetMatcher(graph)
    start = time.process_time()
    with SerialLink(port, name="robot 1", clock=port.clock, nonce=1) as link:
        link.connect()
        mission = Mission(path, profile=robot.profile, streets=streets)
        drive_route(mission, link)
        speedup = link.now_s / (time.process_time() - start)
    yield at_least(
        "speed of one robot with firmware, on its mission", speedup, "x real time", 500
    )


def fleet(nights: int) -> Iterator[Row]:
    """Drive one route in many nights at once, in arrays."""
    _, path = _blocks()
    start = time.process_time()
    driven = many_nights(
        path, RobotProfile(), nights=nights, seed=1, chances=Chances(people_per_h=6.0)
    )
    used_s = time.process_time() - start
    yield at_least(
        f"fleet in arrays, {nights} robots", driven.robot_s / used_s, "robot-s/s", 5e4
    )
    late = float(np.isnan(driven.end_s).sum())
    yield at_most("robots of the fleet that did not come home", late, "", 0)


class _Hosts:
    """Hosts of many robots, and their clock, which runs as fast as they are served."""

    def __init__(self, addresses: list[str]) -> None:
        flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK
        self.ends = [os.open(address, flags) for address in addresses]
        self.now_s = 0.0
        self._looks = 0
        self._say(Hello(nonce=_NONCE))

    def __call__(self) -> float:
        self.now_s += STEP_S
        self._looks += 1
        if self._looks % 5 == 0:  # a command and a setpoint ten times a second
            self._say(Order(Action.ARM), _NONCE + 1)
            self._say(Setpoint(Drive(1.0, 0.1), 0.3), _NONCE + self._looks)
        return self.now_s

    def _say(self, message: Message, seq: int = 0) -> None:
        data = encode_frame(frame_of(message, session=1, seq=seq))
        for end in self.ends:
            os.write(end, data)
            with suppress(BlockingIOError):
                os.read(end, 4096)


def in_real_time(count: int, seconds: float) -> Iterator[Row]:
    """Serve robots on pseudo-terminals, hosts and all, in one process."""
    bodies = [SimRobot(Pose(0.0, 0.0, 0.0), seed=seed) for seed in range(count)]
    robots = [ServedRobot(SimFirmware(body)) for body in bodies]
    hosts = _Hosts([robot.address for robot in robots])
    start = time.process_time()
    serve(robots, duration_s=seconds, clock=hosts)
    used_s = time.process_time() - start
    for robot, end in zip(robots, hosts.ends, strict=True):
        os.close(end)
        robot.close()
    name = f"{count} robots on pseudo-terminals, with their hosts"
    yield at_most(name, used_s / seconds, "CPU s/s", 1.0)
    drove = sum(body.driven_m > 0.9 * (seconds - 2) for body in bodies)
    yield at_least("of them drove all the time", drove, "", count)


def stopping(cuts: int) -> Iterator[Row]:
    """Cut the line at many moments at 15 km/h; see when and where the robot stands."""
    stops = [_stop(8 + 0.0073 * number) for number in range(cuts)]
    worst_s, worst_m = (max(column) for column in zip(*stops, strict=True))
    yield at_most("line cut at 15 km/h to standstill", worst_s, "s", 3.1)
    yield at_most("way from the cut to standstill", worst_m, "m", 7.1)


def _stop(cut_s: float) -> tuple[float, float]:
    """Time and way from the cut of the line to standstill."""
    robot = SimRobot(Pose(0.0, 0.0, 0.0), FAST)
    cut = FaultPlan(silences=(Silence(cut_s, 60.0),))
    port = SimPort(SimFirmware(robot), faults=cut)
    link = SerialLink(port, name="robot 1", clock=port.clock, nonce=1)
    link.connect()
    link.send(Action.ARM)
    cut_m, firmware = 0.0, port.line.firmware
    while port.clock.now_s < cut_s or robot.speed_mps > 0:
        link.send(Drive(FAST.speed_mps, 0.0))
        link.poll(STEP_S)
        if port.clock.now_s <= cut_s:
            cut_m = robot.driven_m
    return firmware.now_s - cut_s, robot.driven_m - cut_m


def _blocks() -> tuple[StreetGraph, PlannedPath]:
    graph = blocks(6, 80.0)
    speed_mps = RobotProfile().speed_mps
    route = wander(graph, length_m=1920.0, start=0, seed=1, speed_mps=speed_mps)
    return graph, PlannedPath.of(route, graph)


if __name__ == "__main__":
    typer.run(main)

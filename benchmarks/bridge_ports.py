"""
Cables that are pulled out and put in again, and MAVLink rovers, in virtual time.

A replug is measured until a robot's report is there; the system gives the rights to the
device 0.3 s after it appears, as udev may.
"""

import importlib.util
import logging
from collections.abc import Iterator

import numpy as np

from benchmarks.bridge_rows import Row, at_least, at_most, row
from firmware_bridge.lasting_port import LastingPort
from firmware_bridge.mavlink_link import MavlinkLink
from firmware_bridge.mavlink_mission import items_of
from firmware_bridge.mavlink_modes import ARDUPILOT
from firmware_bridge.ports import PortGoneError
from firmware_bridge.serial_link import SerialLink
from maps.project import LocalProjection
from patrol.errors import LinkError
from patrol.robot import Action, RobotMission
from sim.clock import VirtualClock
from sim.faults import FaultPlan
from sim.firmware import SimFirmware
from sim.link import SimPort
from sim.mavlink_rover import HOLD, SAFE, MavlinkPort, MavlinkRover
from sim.robot import Pose, SimRobot

START = Pose(0.0, 0.0, 0.0)
PLANE = LocalProjection(126.95, 37.48)
BAD_RATE = 5e-3
_RIGHTS_S = 0.3
_MOST_MISSION_S = 60.0


def replugs(count: int) -> Iterator[Row]:
    """Pull a cable and put it in under another name, after times drawn at random."""
    logging.getLogger("firmware_bridge.lasting_port").setLevel(logging.ERROR)
    rng = np.random.default_rng(1)
    waits_s = []
    cable = _Cable()
    port = LastingPort(cable, name="bench", clock=cable.clock, wait=cable.wait)
    link = SerialLink(port, name="bench", clock=cable.clock, nonce=1)
    link.connect()
    for away_s in rng.uniform(0.01, 20.0, count).tolist():
        cable.there = False
        link.poll(away_s)
        cable.wait(max(0.0, float(rng.uniform(0.0, 0.1))))
        cable.plug_in()
        back_s = cable.clock()
        while not link.poll(0.02):
            pass
        waits_s.append(cable.clock() - back_s)
    link.close()
    yield at_most("replug under another name to a report, worst", max(waits_s), "s", 1)


def rovers(count: int) -> Iterator[Row]:
    """Load missions into rovers over a bad line, arm them often, and cut the link."""
    if importlib.util.find_spec("pymavlink") is None:
        absent = row("MAVLink (pymavlink is not installed)", float("nan"), "", None)
        yield absent | {"holds": True}
        return
    equal, times_s, doubled, held = 0, [], 0, 0
    for seed in range(count):
        rover, port, link = _rover(seed)
        start_s = link.now_s
        link.load_mission(_zigzag(), from_m=0.0, timeout_s=_MOST_MISSION_S)
        times_s.append(link.now_s - start_s)
        equal += _holds(rover, _zigzag())
        doubled += _armed_twice(rover, link)
        port.cut = True
        link.poll(10.0)
        held += rover.mode == HOLD and rover.robot.speed_mps == 0
        link.close()
    yield at_least("MAVLink missions equal at 5e-3", equal / count, "share", 1.0)
    yield at_most("MAVLink mission, 60 points at 5e-3", max(times_s), "s", 10)
    yield at_most("MAVLink commands that ran twice", doubled, "", 0)
    yield at_least("MAVLink link cut to HOLD and rest", held / count, "share", 1.0)


class _Cable:
    """A robot in virtual time, and the port that a hand pulls out."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.timeout: float | None = 0.0
        self.there = True
        self._rights_s = 0.0
        self._port = SimPort(SimFirmware(SimRobot(START)))

    def plug_in(self) -> None:
        self.there, self._rights_s = True, self.clock() + _RIGHTS_S

    def wait(self, time_s: float) -> None:
        """Let time pass; what the robot says into the air is lost."""
        end_s = self.clock() + time_s
        while self._port.clock() < end_s - 1e-6:
            self._port.timeout = end_s - self._port.clock()
            self._port.read(4096)
        self.clock.advance_to(end_s)

    def where(self) -> str | None:
        return "/dev/ttyUSB1" if self.there else None

    def open(self) -> "_Cable":
        if not self.there or self.clock() < self._rights_s:
            raise LinkError("not yet")
        return self

    @property
    def in_waiting(self) -> int:
        self._check()
        return self._port.in_waiting

    def read(self, size: int = 1, /) -> bytes:
        self._check()
        self._port.timeout = self.timeout
        found = self._port.read(size)
        self.clock.advance_to(self._port.clock())
        return found

    def write(self, data: bytes, /) -> int:
        self._check()
        return self._port.write(data)

    def close(self) -> None:
        """Close nothing: the robot lives on."""

    def _check(self) -> None:
        if not self.there:
            raise PortGoneError(5, "unplugged")


def _rover(seed: int) -> tuple[MavlinkRover, MavlinkPort, MavlinkLink]:
    robot = SimRobot(START, seed=seed)
    rover = MavlinkRover(robot, projection=PLANE, parameters=SAFE)
    port = MavlinkPort(rover, faults=FaultPlan(rate=BAD_RATE), seed=seed)
    link = MavlinkLink(port, name="rover", projection=PLANE, clock=port.clock)
    link.connect(20.0)
    return rover, port, link


def _zigzag() -> RobotMission:
    xy_mm = np.array([(5000 * i, 3000 * (i % 2)) for i in range(60)], np.int32)
    return RobotMission(xy_mm, np.full(60, 900, np.uint16))


def _holds(rover: MavlinkRover, mission: RobotMission) -> bool:
    given = items_of(mission, ARDUPILOT, PLANE.to_lon_lat_deg).items[1:]
    held = [(item.command, item.x, item.y) for item in rover.items[1:]]
    return held == [(item.command, item.lat, item.lon) for item in given]


def _armed_twice(rover: MavlinkRover, link: MavlinkLink) -> int:
    """Arm and disarm 20 times, each told twice; count changes beyond 40."""
    for number in range(40):
        action = Action.DISARM if number % 2 else Action.ARM
        for _ in range(2):
            link.send(action)
        for _ in range(40):
            link.poll(0.2)
    link.send(Action.ARM)
    link.poll(5.0)
    link.send(Action.START_MISSION)
    for _ in range(40):
        link.poll(0.2)
    changes = [name for name in rover.ran if name in ("ARM", "DISARM")]
    return max(0, len(changes) - 41)

"""
Missions in the robot: how long they take to load, and what an interruption costs.

The line is simulated byte by byte: 115,200 baud, 10 bits a byte, the robot's answers at
once. Times are simulated.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.bridge_rows import Row, at_most
from firmware_bridge.host_session import HostSession, MissionOver
from firmware_bridge.mission_maker import make_mission
from firmware_bridge.mission_messages import LoadState
from firmware_bridge.robot_core import RobotCore
from firmware_bridge.robot_session import RobotSession
from firmware_bridge.serial_link import SerialLink
from maps import StreetGraph
from maps.graph import StreetTags
from maps.project import LocalProjection
from patrol.mission.drive import Progress, drive_route
from patrol.mission.figures import served_streets
from patrol.mission.path import PlannedPath
from patrol.planning.plan import Route
from patrol.robot import RobotMission, RobotProfile
from sim.faults import damage
from sim.firmware import SimFirmware
from sim.link import SimPort
from sim.robot import Pose, SimRobot

_BYTE_S = 10 / 115_200
_POINTS = 200
_LOADINGS = 20
_GIVE_UP_S = 60.0
_BLOCK_M = 60.0
_CORNERS = (
    (0, 0), (1, 0), (1, 1), (2, 1), (2, 0), (3, 0), (3, 2), (1, 2), (1, 3), (0, 3),
)  # fmt: skip
_SOMEWHERE = LocalProjection(126.95, 37.48)
_EVERY_S = 31.0


def missions() -> Iterator[Row]:
    """Load 200 points at 115,200 baud; interrupt a robot on its way."""
    clean = [loading_s(0.0, seed=seed) for seed in range(3)]
    bad = [loading_s(5e-3, seed=seed) for seed in range(_LOADINGS)]
    name = f"{_POINTS} points loaded at 115,200 baud"
    yield at_most(name, max(clean), "s simulated", 2.0)
    worst = f"{name}, byte error 5e-3, worst of {_LOADINGS}"
    yield at_most(worst, max(bad), "s simulated", 6.0)
    yield from _interruptions()


def loading_s(rate: float, *, seed: int) -> float:
    """Time until a mission of 200 points is held, on a line that damages bytes."""
    line = _Line(rate, np.random.default_rng(seed))
    line.run_until(lambda: line.host.connected)
    begun_s = line.now_s
    line.say(line.host.load(_way(_POINTS, seed=seed), from_mm=0, now_s=line.now_s))
    line.run_until(lambda: line.over is not None)
    if line.over is None or line.over.state is not LoadState.HELD:
        return float("inf")
    return line.now_s - begun_s


@dataclass
class _Line:
    """A host and a robot, and the bytes between them, one after another."""

    rate: float
    generator: np.random.Generator
    now_s: float = 0.0
    over: MissionOver | None = None
    host: HostSession = field(default_factory=lambda: HostSession(nonce=1))
    up: deque[int] = field(default_factory=deque)
    down: deque[int] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.robot = RobotSession(RobotCore(), boot_id=1)

    def run_until(self, done: Callable[[], bool]) -> None:
        while not done() and self.now_s < _GIVE_UP_S:
            self.now_s += _BYTE_S
            if self.host.next_deadline_s <= self.now_s:
                self.say(self.host.due(self.now_s))
            if self.up:
                byte = bytes([self.up.popleft()])
                self.down += self._hurt(self.robot.receive(byte, self.now_s))
            if self.down:
                byte = bytes([self.down.popleft()])
                events = self.host.receive(byte, self.now_s)
                over = [one for one in events if isinstance(one, MissionOver)]
                self.over = over[0] if over else self.over

    def say(self, wire: bytes) -> None:
        self.up += self._hurt(wire)

    def _hurt(self, wire: bytes) -> bytes:
        if not wire:
            return wire
        return damage(wire, rate=self.rate, generator=self.generator)[0]


def _way(points: int, *, seed: int) -> RobotMission:
    generator = np.random.default_rng(seed)
    heading_rad = np.cumsum(generator.uniform(-0.4, 0.4, points))
    legs_mm = generator.uniform(2000, 30_000, points)
    ways = (legs_mm * [np.cos(heading_rad), np.sin(heading_rad)]).T
    xy_mm = np.round(np.cumsum(ways, axis=0)).astype(np.int32)
    return RobotMission(xy_mm, np.full(points, 1390, np.uint16))


def _interruptions() -> Iterator[Row]:
    clean_m, _, _ = drive_round(interrupt=False)
    driven_m, wrong, count = drive_round(interrupt=True)
    name = f"of {count} reconnects and restarts on a round"
    yield at_most(f"streets missed or driven twice, {name}", wrong, "", 0)
    again_m = max(driven_m - clean_m, 0.0)
    yield at_most(f"driven again in all, {name}", again_m, "m", 2.0 * count)


def drive_round(*, interrupt: bool) -> tuple[float, int, int]:
    """Way driven, streets missed or driven twice, and interruptions of one round."""
    graph, route = _round()
    path = PlannedPath.of(route, graph)
    robot = SimRobot(Pose(0.0, 0.0, 0.0))
    firmware = SimFirmware(robot)
    port = SimPort(firmware)
    link = SerialLink(port, name="r1", clock=port.clock, nonce=1)
    link.connect()
    mission = make_mission(path, profile=RobotProfile(), link=link, on_robot=True)
    count = 0

    def disturb(progress: Progress) -> None:
        nonlocal count
        if interrupt and progress.time_s > _EVERY_S * (count + 1):
            count += 1
            (firmware.reboot if count % 2 else link.reconnect)()

    track = drive_route(mission, link, on_progress=disturb)
    streets, wanted = served_streets(track).tolist(), route.streets.tolist()
    wrong = abs(len(streets) - len(wanted)) + sum(
        a != b for a, b in zip(streets, wanted, strict=False)
    )
    return robot.driven_m, wrong, count


def _round() -> tuple[StreetGraph, Route]:
    """Lay a closed way round blocks with a corner at nearly every crossing."""
    node_xy_m = np.array(_CORNERS, dtype=float) * _BLOCK_M
    nodes = np.arange(len(node_xy_m))
    edge_nodes = np.column_stack([nodes, np.roll(nodes, -1)])
    ways = node_xy_m[edge_nodes[:, 1]] - node_xy_m[edge_nodes[:, 0]]
    length_m = np.hypot(*ways.T)
    graph = StreetGraph(
        projection=_SOMEWHERE,
        node_xy_m=node_xy_m,
        node_osm_id=nodes,
        edge_nodes=edge_nodes,
        edge_length_m=length_m,
        edge_osm_id=nodes,
        shape_xy_m=node_xy_m[edge_nodes].reshape(-1, 2),
        shape_start=np.arange(0, 2 * len(nodes) + 1, 2),
        tags=StreetTags.empty(len(nodes)),
    )
    arrive_s = np.cumsum(length_m) / RobotProfile().speed_mps
    route = Route(
        robot="r1",
        streets=nodes,
        forward=np.ones(len(nodes), np.bool_),
        served=np.ones(len(nodes), np.bool_),
        depart_s=arrive_s - length_m / RobotProfile().speed_mps,
        arrive_s=arrive_s,
        trip=np.zeros(len(nodes), np.int64),
    )
    return graph, route

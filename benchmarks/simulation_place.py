"""How well simulated robots know their place, and keep to their path."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import atan2

import numpy as np

from benchmarks.bridge_rows import Row, at_least, at_most
from benchmarks.simulation_routes import blocks, wander
from maps import StreetGraph
from maps.read import embedded_map_path, read_map
from patrol.mission.drive import drive_route
from patrol.mission.localise import Place
from patrol.mission.match import StreetMatcher
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.states import MissionOptions
from patrol.robot import RobotProfile
from sim.link import SimLink
from sim.machine import Machine
from sim.robot import Pose, SimRobot
from sim.sensors import PLAIN, GpsFault, GpsFaultKind, SensorKit

SPEED_MPS = 1.5
_GAP = GpsFault(GpsFaultKind.OFF, start_s=400.0, duration_s=120.0)
_JUNCTION_M = 5.0
_SURE = 0.95
_PERIOD_S = 0.2
_MOVING_MPS = 0.05
_ANYWHERE = MissionOptions(pavement_m=100.0, abort_beyond_m=1000.0)


@dataclass
class _Seen:
    """What was seen of one drive, a value for each moment on the move; its corners."""

    across_m: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    near: list[bool] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)
    along_off_m: list[float] = field(default_factory=list)
    corners_per_m: float = 0.0


def place_rows(seeds: int) -> Iterator[Row]:
    """Drive 24 legs of 80 m with right-angled corners, and central Helsinki."""
    graph = blocks(6, 80.0)
    routes = [_route(graph, 1920.0, seed) for seed in range(seeds)]
    for name, kit, faults, target_m in (
        ("true pose", SensorKit(exact=True), (), 0.10),
        ("RTK", SensorKit(), (), 0.15),
        ("RTK with a gap of 120 s", SensorKit(), (_GAP,), 0.6),
        ("plain GPS", SensorKit(gps=PLAIN), (), None),
    ):
        options = _ANYWHERE if kit.gps is PLAIN else MissionOptions()
        drives = [
            _drive(graph, path, (kit, faults, seed), options)
            for seed, path in enumerate(routes)
        ]
        across = np.concatenate([drive.across_m for drive in drives])
        p95_m = float(np.percentile(across, 95))
        yield at_most(f"cross-track p95 at 1.5 m/s, {name}", p95_m, "m", target_m)
        if not kit.exact:
            covered = _mean([drive.covered for drive in drives])
            target = 0.95 if kit.gps is PLAIN else None
            yield at_least(f"2 sigma covers the truth, {name}", covered, "", target)
        if kit.gps is PLAIN:
            yield from _street_rows(drives, "blocks of 80 m", target=0.99)
    yield from _helsinki(seeds)


def _helsinki(seeds: int) -> Iterator[Row]:
    graph = read_map(embedded_map_path()).graph
    kit, drives = SensorKit(gps=PLAIN), []
    for seed in range(seeds):
        path = _route(graph, 1920.0, seed)
        drives.append(_drive(graph, path, (kit, (), seed), _ANYWHERE))
    yield from _street_rows(drives, "central Helsinki", target=None)


def _street_rows(
    drives: Sequence[_Seen], where: str, *, target: float | None
) -> Iterator[Row]:
    near, right = (
        _mean([d.near for d in drives]),
        _mean([d.right for d in drives]),
    )
    sure = np.concatenate([drive.sure for drive in drives]).astype(bool)
    of_sure = np.concatenate([drive.near for drive in drives])[sure]
    name = f"plain GPS, {where}"
    yield at_least(f"right street, or within 5 m of it, {name}", near, "", target)
    yield at_least(f"the same where 95 % sure, {name}", float(of_sure.mean()), "", None)
    yield at_least(f"how often it is 95 % sure, {name}", float(sure.mean()), "", None)
    yield at_least(f"right street to the metre, {name}", right, "", None)
    lost = float(np.mean([d.corners_per_m * np.mean(d.along_off_m) for d in drives]))
    told = f"the most of it by the error along the street, {name}"
    yield at_least(told, 1 - lost, "", None)


def _mean(parts: Sequence[Sequence[bool]]) -> float:
    return float(np.concatenate(parts).mean())


def _route(graph: StreetGraph, length_m: float, seed: int) -> PlannedPath:
    start = int(graph.edge_nodes[np.argmax(graph.edge_length_m), 0])
    route = wander(
        graph, length_m=length_m, start=start, seed=seed, speed_mps=SPEED_MPS
    )
    return PlannedPath.of(route, graph)


def _drive(
    graph: StreetGraph,
    path: PlannedPath,
    robot: tuple[SensorKit, tuple[GpsFault, ...], int],
    options: MissionOptions,
) -> _Seen:
    kit, faults, seed = robot
    profile = RobotProfile(speed_mps=SPEED_MPS)
    (x, y), (ahead_x, ahead_y) = path.xy_m[:2].tolist()
    pose = Pose(x, y, atan2(ahead_y - y, ahead_x - x))
    body = SimRobot(pose, profile, sensors=kit, gps_faults=faults, seed=seed)
    link = SimLink(Machine(body))
    mission = Mission(path, profile=profile, options=options, start_s=link.now_s)
    corners_per_m = (len(path.route.streets) - 1) / path.length_m
    matcher, seen = StreetMatcher(graph), _Seen(corners_per_m=corners_per_m)

    def look() -> tuple[float, float]:
        if mission.along_m > 0 and body.speed_mps > _MOVING_MPS:
            matcher.move(body.speed_mps * _PERIOD_S, body.believed)
            _look(seen, (graph, path, matcher), mission.along_m, body)
        return body.x_m, body.y_m

    track = drive_route(mission, link, truth=look)
    if not track.finished:
        raise RuntimeError(f"seed {seed} did not finish: {track.events[-1].detail}")
    return seen


def _look(
    seen: _Seen,
    ground: tuple[StreetGraph, PlannedPath, StreetMatcher],
    along_m: float,
    body: SimRobot,
) -> None:
    graph, path, matcher = ground
    true_m, across_m = path.project(body.x_m, body.y_m, along_m)
    seen.across_m.append(abs(across_m))
    believed: Place = body.believed
    spread = body.senses.localiser.covariance
    for axis, off_m in enumerate((believed.x_m - body.x_m, believed.y_m - body.y_m)):
        seen.covered.append(abs(off_m) <= 2 * float(np.sqrt(spread[axis, axis])))
    seen.along_off_m.append(_along_off_m(path, true_m, body))
    guess = matcher.guess
    steps = [path.step_at(true_m + m) for m in (-_JUNCTION_M, _JUNCTION_M)]
    streets = path.route.streets
    street = None if guess is None else guess.street
    here = street == streets[path.step_at(true_m)]
    seen.right.append(here)
    at_junction = street is not None and any(
        np.hypot(*(graph.node_xy_m[node] - (body.x_m, body.y_m))) < _JUNCTION_M
        for node in graph.edge_nodes[street]
    )
    seen.near.append(at_junction or street in streets[steps[0] : steps[1] + 1])
    seen.sure.append(guess is not None and guess.share >= _SURE)


def _along_off_m(path: PlannedPath, true_m: float, body: SimRobot) -> float:
    """How far along the street the estimate is off."""
    ahead, behind = np.array([path.point_at(true_m + m) for m in (0.1, -0.1)])
    off_m = np.array([body.believed.x_m - body.x_m, body.believed.y_m - body.y_m])
    return abs(float(off_m @ (ahead - behind))) / 0.2

"""
A night of a fleet in simulated robots, in virtual time, over real serial bytes.

Each robot has its own port, its own host loop and its own faults, and runs in its own
process, as it would on its own cable. The bytes go through this process or, with
`PtyPort`, through the kernel and pyserial: the night is the same to the bit, and takes
up to twice as long on a busy machine.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from math import atan2
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.mission_maker import Surroundings, make_mission
from firmware_bridge.serial_link import SerialLink
from maps import StreetGraph
from patrol.mission.causes import Cause
from patrol.mission.drive import Progress, drive_route
from patrol.mission.match import StreetMatcher
from patrol.mission.path import PlannedPath
from patrol.mission.record import Event, EventKind, MissionRecord, Track
from patrol.planning.plan import PatrolPlan, Route
from patrol.robot import RobotProfile
from sim.faults import BOTH_WAYS, Burst, FaultPlan, Silence
from sim.firmware import SimFirmware, compare_delivery
from sim.link import SimPort
from sim.machine import TrueTrack
from sim.pty_port import PtyPort
from sim.robot import Pose, SimRobot
from sim.scenario import Ordeal
from sim.world import World

_TELL_EVERY_S = 0.3  # real time between two calls of on_progress
_STANDS_AFTER_S = 2.3  # 0.3 s until it notices, and more than it needs to brake
_AT_REST_MPS = 0.02


@dataclass(frozen=True)
class RobotNight:
    """
    What one simulated robot is to do.

    Attributes
    ----------
    path
        Its route on the map.
    streets
        The map.
    profile
        The kind of robot.
    start
        Where it stands at first.
    charge
        Share of its battery that is full then, 0-1.
    seed
        Seed of its noise and of its faults.
    ordeal
        What goes wrong.
    on_robot
        Whether each trip is loaded into the robot, which then follows it by itself.
    port
        What its bytes go through.
    """

    path: PlannedPath
    streets: StreetGraph
    profile: RobotProfile
    start: Pose
    charge: float
    seed: int
    ordeal: Ordeal
    on_robot: bool = False
    port: type[SimPort] | type[PtyPort] = SimPort


def simulate_night(
    plan: PatrolPlan,
    graph: StreetGraph,
    *,
    seed: int,
    ordeals: Sequence[Ordeal] = (),
    on_progress: Callable[[float], None] | None = None,
) -> MissionRecord:
    """
    Drive a plan in simulated robots, each in a process of its own.

    Parameters
    ----------
    plan
        What to drive.
    graph
        Its map.
    seed
        Seed of everything that is drawn. Same seed, same night.
    ordeals
        What goes wrong for each robot, in the order of the plan's routes; by default
        nothing.
    on_progress
        Called now and then with the share of the way that is driven, from 0 to 1.
    """
    nights = nights_of(plan, graph, seed=seed, ordeals=ordeals)
    return drive_nights(plan, nights, on_progress=on_progress)


def drive_nights(
    plan: PatrolPlan,
    nights: Sequence[RobotNight],
    *,
    on_progress: Callable[[float], None] | None = None,
) -> MissionRecord:
    """
    Drive each robot's night of a plan in a process of its own; see `simulate_night`.

    Parameters
    ----------
    plan
        What the nights were made of by `nights_of`.
    nights
        What each robot does.
    on_progress
        As for `simulate_night`.
    """
    tracks = _drive_all(nights, on_progress or (lambda _: None))
    return MissionRecord(
        plan_digest=plan.digest,
        complete=all(track.finished for track in tracks),
        simulated=True,
        tracks=tuple(tracks),
    )


def nights_of(
    plan: PatrolPlan, graph: StreetGraph, *, seed: int, ordeals: Sequence[Ordeal] = ()
) -> list[RobotNight]:
    """Say for each robot of a plan what it is to do; see `simulate_night`."""
    lines = ordeals or [Ordeal()] * len(plan.routes)
    paths = [PlannedPath.of(route, graph) for route in plan.routes]
    crews = zip(plan.fleet, paths, lines, strict=True)
    return [
        RobotNight(
            path=path,
            streets=graph,
            profile=robot.profile,
            start=start_pose(path, graph.node_xy_m[robot.start]),
            charge=robot.charge,
            seed=seed * 1000 + number,
            ordeal=ordeal,
        )
        for number, (robot, path, ordeal) in enumerate(crews)
    ]


def start_pose(path: PlannedPath, start_xy_m: NDArray[np.float64]) -> Pose:
    """Stand where the route begins and look along it."""
    x, y = start_xy_m.tolist()
    if len(path.xy_m) < 2:
        return Pose(x, y, 0.0)
    ahead_x, ahead_y = path.xy_m[1].tolist()
    return Pose(x, y, atan2(ahead_y - y, ahead_x - x))


def draw_faults(plan: PatrolPlan, *, seed: int) -> list[Ordeal]:
    """
    Draw one burst of corrupt bytes and one silent second for each robot that drives.

    Each falls into the middle of the robot's first trip, so that it is under way.
    """
    generator = np.random.default_rng([seed, 0xFA])
    return [Ordeal(line=_draw(route, generator)) for route in plan.routes]


def robot_of(night: RobotNight, *, key: bytes | None = None) -> SimFirmware:
    """Build the robot of a night, firmware and all; one with a key wants signatures."""
    ordeal = night.ordeal
    robot = SimRobot(
        night.start,
        profile=night.profile,
        sensors=ordeal.sensors,
        gps_faults=ordeal.gps,
        body_faults=ordeal.body,
        world=World(night.streets, ordeal.blocked),
        seed=night.seed,
        battery=night.charge,
    )
    return SimFirmware(robot, power_cuts=ordeal.power, key=key)


def drive_simulated(
    night: RobotNight, on_progress: Callable[[Progress], None] | None = None
) -> Track:
    """
    Drive one robot through its night over a serial port.

    The counters of the track say how many commands were lost or carried out twice,
    how many faults there were before the run ended, and how many of the silences the
    robot stood still in, by its true speed.
    """
    firmware = robot_of(night)
    robot, ordeal = firmware.machine.robot, night.ordeal
    port = night.port(firmware, faults=ordeal.line, seed=night.seed)
    name = night.path.route.robot
    with SerialLink(port, name=name, clock=port.clock, nonce=1) as link:
        link.connect()
        start_s = link.now_s
        mission = make_mission(
            night.path,
            profile=night.profile,
            link=link,
            on_robot=night.on_robot,
            around=Surroundings(StreetMatcher(night.streets)),
        )

        def live() -> tuple[float, float]:
            now_s = link.now_s - start_s
            mission.pace.paused = ordeal.paused_at(now_s)
            mission.pace.may_cross = not ordeal.traffic_at(now_s)
            return robot.x_m, robot.y_m

        track = drive_route(mission, link, truth=live, on_progress=on_progress)
        link.flush(3.0)
        delivery = compare_delivery(link.sent_by_action, firmware.executed)
        counters = link.counters | port.line.counters
        faults = ordeal.line.begun_by(link.now_s)
        put_in = _put_in(ordeal, faults, start_s=start_s, end_s=link.now_s)
    truth = firmware.machine.true_track()
    return replace(
        track,
        events=tuple(sorted([*track.events, *put_in], key=lambda event: event.time_s)),
        counters=counters
        | {
            "commands_lost": delivery.lost,
            "commands_duplicated": delivery.duplicated,
            "faults_injected": len(put_in),
            "silences_injected": len(_cuts(faults)),
            "stopped_in_silence": _stops_in_silence(truth, faults),
        },
    )


def _drive_all(
    nights: Sequence[RobotNight], on_progress: Callable[[float], None]
) -> list[Track]:
    # Fresh processes: a fork would copy threads of the caller in mid-flight.
    context = get_context("spawn")
    shares = [context.Value("d", 0.0) for _ in nights]
    weights = [night.path.length_m for night in nights]
    with ProcessPoolExecutor(
        mp_context=context, initializer=_take_shares, initargs=(shares,)
    ) as pool:
        tracks = [pool.submit(_drive_one, i, night) for i, night in enumerate(nights)]
        pending: set[Future[Track]] = set(tracks)
        while pending:
            _, pending = wait(pending, _TELL_EVERY_S, return_when=FIRST_COMPLETED)
            on_progress(_mean([share.value for share in shares], weights))
        return [track.result() for track in tracks]


_shares: list["Synchronized[float]"] = []  # of this process, for its parent to read


def _take_shares(shares: list["Synchronized[float]"]) -> None:
    _shares[:] = shares


def _drive_one(number: int, night: RobotNight) -> Track:
    def tell(progress: Progress) -> None:
        _shares[number].value = progress.along_m / max(progress.length_m, 1e-9)

    return drive_simulated(night, tell)


def _mean(shares: Sequence[float], weights: Sequence[float]) -> float:
    return sum(s * w for s, w in zip(shares, weights, strict=True)) / max(
        sum(weights), 1e-9
    )


def _draw(route: Route, generator: np.random.Generator) -> FaultPlan:
    first_trip = route.trip == 0
    if not first_trip.any():
        return FaultPlan()
    begin_s, end_s = route.depart_s[0], route.arrive_s[first_trip][-1]
    burst_s, silence_s = begin_s + (end_s - begin_s) * generator.uniform(
        [0.25, 0.55], [0.45, 0.75]
    )
    return FaultPlan(
        bursts=(Burst(float(burst_s), 3.0, 0.1),),
        silences=(Silence(float(silence_s), 1.0),),
    )


def _put_in(
    ordeal: Ordeal, line: FaultPlan, *, start_s: float, end_s: float
) -> list[Event]:
    """Tell what went wrong by intent: what is wrong with the line, and the rest."""
    kind = EventKind.FAULT
    events = [
        Event.because(
            one.start_s - start_s,
            kind,
            Cause.BYTES_DAMAGED,
            share=one.rate,
            for_s=one.duration_s,
        )
        for one in line.bursts
    ]
    events += [
        Event.because(one.start_s - start_s, kind, Cause.LINE_CUT, for_s=one.duration_s)
        for one in _cuts(line)
    ]
    events += [
        Event.because(
            one.start_s, kind, Cause.PUT_IN, what=one.kind, for_s=one.duration_s
        )
        for one in ordeal.told
        if one.start_s < end_s
    ]
    return events


def _stops_in_silence(truth: TrueTrack, faults: FaultPlan) -> int:
    """Count the silences in which the robot came to a stand and stayed so."""
    return sum(_stopped(truth, one) for one in _cuts(faults))


def _cuts(faults: FaultPlan) -> list[Silence]:
    """Give the silences in both directions."""
    return [one for one in faults.silences if one.directions == BOTH_WAYS]


def _stopped(truth: TrueTrack, silence: Silence) -> bool:
    stood_s = silence.start_s + _STANDS_AFTER_S
    window_s = [silence.start_s, stood_s, silence.start_s + silence.duration_s]
    first, stood, end = np.searchsorted(truth.time_s, window_s)
    resting = np.abs(truth.speed_mps) < _AT_REST_MPS
    return bool(resting[first:stood].any() and resting[stood:end].all())

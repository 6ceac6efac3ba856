"""A fleet of real robots: one thread a cable, so that no robot waits for another."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from threading import Event

from firmware_bridge.byte_log import ByteLog
from firmware_bridge.mavlink_link import SCHEME, MavlinkLink
from firmware_bridge.mission_maker import Surroundings, make_mission
from firmware_bridge.serial_link import SerialLink
from maps import StreetGraph
from patrol.cli.operator import Operator
from patrol.cli.steps import open_streets
from patrol.mission.drive import drive_route
from patrol.mission.home import WayHome
from patrol.mission.match import StreetMatcher
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.record import MissionRecord, Track
from patrol.planning.plan import PatrolPlan

FleetLink = SerialLink | MavlinkLink
"""What a plan can be driven over."""


@dataclass(frozen=True)
class DriveOptions:
    """
    How a fleet is driven.

    Attributes
    ----------
    on_robot
        Load each trip into its robot, and let that follow it by itself.
    operator
        Says what the robots are to do besides their routes.
    key
        Key that all robots have; None if they take frames that are not signed.
    logs
        Files for every byte of each robot's line, in the order of the routes; by
        default none.
    baud
        Bits per second of all serial ports.
    """

    on_robot: bool
    operator: Operator
    key: bytes | None = None
    logs: Sequence[Path] = ()
    baud: int = 115_200


def drive_fleet(
    plan: PatrolPlan,
    graph: StreetGraph,
    addresses: Sequence[str],
    *,
    options: DriveOptions,
) -> MissionRecord:
    """
    Drive a plan in real time, each robot on its own serial port.

    No robot moves before all have answered.

    Parameters
    ----------
    plan
        What to drive. The shift begins now, whatever its date. Control-C stops all
        robots, and the record says so.
    graph
        Its map.
    addresses
        Port of each robot, in the order of the routes; ``mavlink:`` before that of an
        ArduPilot or PX4 rover.
    options
        How to drive it.

    Raises
    ------
    LinkError
        If a port cannot be opened or a robot does not answer at the start.
    """
    with ExitStack() as stack:
        links: list[FleetLink] = []
        for address, path in zip_longest(addresses, options.logs):
            links.append(
                _open(address, graph, options.baud, _log(stack, address, path))
            )
            stack.callback(links[-1].close)
        for link in links:
            if options.key is not None:
                link.sign_with(options.key)
            link.connect()
        homes = _homes(plan, graph)
        crews = list(zip(plan.fleet, plan.routes, homes, links, strict=True))
        missions = [
            make_mission(
                PlannedPath.of(route, graph),
                profile=robot.profile,
                link=link,
                on_robot=options.on_robot,
                around=Surroundings(StreetMatcher(graph), home),
            )
            for robot, route, home, link in crews
        ]
        tracks = _drive_all(missions, links, options.operator)
    return MissionRecord(
        plan_digest=plan.digest,
        complete=all(track.finished for track in tracks),
        simulated=False,
        tracks=tuple(tracks),
    )


def _log(stack: ExitStack, address: str, path: Path | None) -> ByteLog | None:
    return None if path is None else stack.enter_context(ByteLog(path, robot=address))


def _open(
    address: str, graph: StreetGraph, baud: int, log: ByteLog | None
) -> FleetLink:
    if address.startswith(SCHEME):
        return MavlinkLink.open(
            address, projection=graph.projection, baud=baud, log=log
        )
    return SerialLink.open(address, baud=baud, log=log)


def _homes(plan: PatrolPlan, graph: StreetGraph) -> list[WayHome]:
    kinds = {kind: open_streets(graph, kind, plan.keep_out) for kind in plan.profiles}
    return [WayHome(graph, kinds[robot.profile], robot.dock) for robot in plan.fleet]


def _drive_all(
    missions: Sequence[Mission], links: Sequence[FleetLink], operator: Operator
) -> list[Track]:
    stop = Event()
    operator.attend(missions)

    def drive(mission: Mission, link: FleetLink) -> Track:
        track = drive_route(
            mission,
            link,
            stop=stop.is_set,
            on_progress=lambda _: operator.look_at(mission),
        )
        return replace(track, counters=link.counters)

    with ThreadPoolExecutor(len(links)) as pool:
        driven = [
            pool.submit(drive, mission, link)
            for mission, link in zip(missions, links, strict=True)
        ]
        try:
            wait(driven)
        except KeyboardInterrupt:  # Control-C stops the robots, not only this program
            stop.set()
        return [one.result() for one in driven]

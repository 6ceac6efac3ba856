"""A fleet of real robots: one thread a cable, so that no robot waits for another."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from threading import Event

from firmware_bridge.serial_link import SerialLink
from maps import StreetGraph
from patrol.mission.drive import drive_route
from patrol.mission.match import StreetMatcher
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.record import MissionRecord, Track
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.robots import RobotDuty


def drive_fleet(
    plan: PatrolPlan, graph: StreetGraph, addresses: Sequence[str]
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
        Serial port of each robot, in the order of the routes.

    Raises
    ------
    LinkError
        If a port cannot be opened or a robot does not answer at the start.
    """
    with ExitStack() as stack:
        links = [stack.enter_context(SerialLink.open(a)) for a in addresses]
        for link in links:
            link.connect()
        tracks = _drive_all(plan, graph, links)
    return MissionRecord(
        plan_digest=plan.digest,
        complete=all(track.finished for track in tracks),
        simulated=False,
        tracks=tuple(tracks),
    )


def _drive_all(
    plan: PatrolPlan, graph: StreetGraph, links: Sequence[SerialLink]
) -> list[Track]:
    stop = Event()

    def drive(robot: RobotDuty, route: Route, link: SerialLink) -> Track:
        path = PlannedPath.of(route, graph)
        mission = Mission(
            path,
            profile=robot.profile,
            start_s=link.now_s,
            streets=StreetMatcher(graph),
        )
        track = drive_route(mission, link, stop=stop.is_set)
        return replace(track, counters=link.counters)

    with ThreadPoolExecutor(len(links)) as pool:
        driven = [
            pool.submit(drive, robot, route, link)
            for robot, route, link in zip(plan.fleet, plan.routes, links, strict=True)
        ]
        try:
            wait(driven)
        except KeyboardInterrupt:  # Control-C stops the robots, not only this program
            stop.set()
        return [one.result() for one in driven]

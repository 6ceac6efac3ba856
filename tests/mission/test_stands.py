"""Standing still on the way."""

from dataclasses import replace

from patrol.mission.drive import drive_route
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind, Track
from patrol.planning.plan import Stand
from patrol.robot import RobotProfile
from tests.mission.routes import route_along
from tests.mission.unicycle import Unicycle
from tests.strategies import line_graph


def driven(*stands: Stand) -> Track:
    graph = line_graph(2, spacing_m=20.0)
    route = replace(route_along(graph, [0, 1, 2, 1, 0]), stands=stands)
    mission = Mission(PlannedPath.of(route, graph), profile=RobotProfile())
    return drive_route(mission, Unicycle())


def test_a_robot_watches_at_a_stop_for_its_time() -> None:
    without, track = driven(), driven(Stand(1, 15.0, 105.0, stop=0))
    watched = [e for e in track.events if e.kind is EventKind.WATCHED]
    assert len(watched) == 1
    assert track.finished
    later_s = track.events[-1].time_s - without.events[-1].time_s
    assert 85 < later_s < 100


def test_a_robot_waits_until_a_street_opens() -> None:
    track = driven(Stand(2, 29.0, 80.0, stop=None))
    served = [e.time_s for e in track.events if e.kind is EventKind.STREET_SERVED]
    assert served[1] < 45
    assert served[2] > 80
    assert not any(e.kind is EventKind.WATCHED for e in track.events)

"""A robot that does not know its place slows down, then stands."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.mission.causes import Cause
from patrol.mission.follow import FollowOptions
from patrol.mission.match import StreetMatcher
from patrol.mission.mission import Mission
from patrol.mission.pace import Halt, Pace
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind
from patrol.mission.states import MissionOptions, MissionState
from patrol.robot import Command, Drive, RobotProfile, RobotState, Telemetry
from tests.mission.routes import route_along
from tests.strategies import graph_of, line_graph

PROFILE = RobotProfile()
GRAPH = line_graph(2)
PATH = PlannedPath.of(route_along(GRAPH, [0, 1, 2, 1, 0]), GRAPH)
ROOM_M = 1.25
REPORT = Telemetry(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, RobotState.ARMED)


def pace(streets: StreetMatcher | None = None, path: PlannedPath = PATH) -> Pace:
    return Pace(path, PROFILE, MissionOptions(), streets)


def unsure(sigma_m: float | None) -> Telemetry:
    return replace(REPORT, sigma_m=sigma_m)


def speed(judged: FollowOptions | Halt) -> float:
    return 0.0 if isinstance(judged, Halt) else judged.speed_mps


@given(sigmas=st.lists(st.floats(0, 5), min_size=2, max_size=2))
def test_less_known_is_never_faster_and_too_little_stands(sigmas: list[float]) -> None:
    sure, less = sorted(sigmas)
    sure_mps, less_mps = (speed(pace().judge(unsure(s), 10)) for s in (sure, less))
    assert less_mps <= sure_mps
    assert (less_mps == 0) == (2 * less > ROOM_M)
    assert (sure_mps == PROFILE.speed_mps) == (4 * sure <= ROOM_M)


def test_robot_that_stood_unsure_goes_on_only_when_it_is_surer() -> None:
    judge = pace()
    story = [0.6, 0.65, 0.6, 0.55, 0.45, 0.6]
    goes = [speed(judge.judge(unsure(sigma), 10)) > 0 for sigma in story]
    assert goes == [True, False, False, False, True, True]


def test_robot_that_does_not_tell_is_not_slowed() -> None:
    assert speed(pace().judge(unsure(None), 10)) == PROFILE.speed_mps


def test_wide_street_leaves_more_room_than_a_narrow_one() -> None:
    width_m = np.array([8.0, 1.0])
    graph = replace(GRAPH, tags=replace(GRAPH.tags, width_m=width_m))
    judge = pace(path=PlannedPath.of(route_along(graph, [0, 1, 2]), graph))
    assert speed(judge.judge(unsure(0.9), 10)) == PROFILE.speed_mps
    assert speed(judge.judge(unsure(0.9), 150)) == 0


def test_robot_on_another_street_stands() -> None:
    xy_m = np.array([(0.0, 0.0), (300.0, 0.0), (0.0, 40.0), (300.0, 40.0)])
    graph = graph_of(xy_m, [(0, 1), (2, 3), (0, 2)])
    path = PlannedPath.of(route_along(graph, [0, 1]), graph)
    judge = pace(StreetMatcher(graph), path)
    halts = []
    for second in range(60):
        here = replace(
            REPORT, time_s=float(second), x_m=second * 1.0, y_m=40.0, speed_mps=1.0
        )
        judged = judge.judge(here, second * 1.0)
        halts.append(judged.cause if isinstance(judged, Halt) else None)
    assert halts[5] is None
    assert halts[-1] is Cause.WRONG_STREET


def road(highway: str) -> PlannedPath:
    """A way of 200 m that comes to a road at 100 m, which is 8 m wide in two."""
    xy_m = np.array([(0, 0), (100, 0), (108, 0), (200, 0), (100, 50), (108, 50)])
    graph = graph_of(xy_m.astype(float), [(0, 1), (1, 2), (2, 3), (1, 4), (2, 5)])
    kinds = np.array(["footway"] * 3 + [highway] * 2, dtype=object)
    graph = replace(graph, tags=replace(graph.tags, highway=kinds))
    return PlannedPath.of(route_along(graph, [0, 1, 2, 3]), graph)


def test_robot_stands_before_a_major_road_and_not_on_its_island() -> None:
    assert road("primary").crossing_m.tolist() == [96.0]
    assert 96.0 in road("primary").stops_m
    assert road("residential").crossing_m.tolist() == []


def test_road_is_crossed_after_three_seconds_and_only_if_it_is_free() -> None:
    judge = pace(path=road("tertiary"))
    assert speed(judge.judge(REPORT, 95.9)) > 0
    judge.may_cross = False
    for time_s, free, goes in (
        (10.0, True, False),
        (12.9, True, False),
        (13.1, False, False),
        (99.0, False, False),
        (99.2, True, True),
    ):
        judge.may_cross = free
        judged = judge.judge(replace(REPORT, time_s=time_s), 96.0)
        assert (speed(judged) > 0) == goes
        if isinstance(judged, Halt):
            assert judged.state is MissionState.CROSSING
    assert speed(judge.judge(replace(REPORT, time_s=99.4), 96.1)) > 0


def test_robot_that_starts_anew_before_a_road_waits_anew() -> None:
    judge = pace(path=road("primary"))
    times_s = [50.0, 52.0, 1.0, 3.0, 4.1]
    goes = [
        speed(judge.judge(replace(REPORT, time_s=at_s), 96.0)) > 0 for at_s in times_s
    ]
    assert goes == [False, False, False, False, True]


def test_road_that_is_never_free_ends_the_mission() -> None:
    path = road("primary")
    mission = Mission(path, profile=PROFILE)
    mission.step([replace(REPORT, state=RobotState.DISARMED)], 0.0)
    mission.along_m = 96.0
    mission.pace.may_cross = False
    for second in range(1, 606):
        here = replace(REPORT, time_s=float(second), x_m=96.0)
        mission.step([here], float(second))
    assert mission.state is MissionState.ABORTED
    assert "no way across the road for 60" in mission.reason


def armed_mission() -> Mission:
    mission = Mission(PATH, profile=PROFILE)
    mission.step([replace(REPORT, state=RobotState.DISARMED)], 0.0)
    assert moves(mission.step([replace(REPORT, time_s=0.4)], 0.4))
    return mission


def state(mission: Mission) -> MissionState:
    return mission.state


def moves(commands: list[Command]) -> bool:
    return any(isinstance(c, Drive) and c != Drive(0.0, 0.0) for c in commands)


def at(now_s: float, sigma_m: float) -> list[Telemetry]:
    return [replace(REPORT, time_s=now_s, sigma_m=sigma_m)]


def test_mission_stands_while_its_place_is_unknown_and_then_goes_on() -> None:
    mission = armed_mission()
    assert not moves(mission.step(at(1.0, 2.0), 1.0))
    assert state(mission) is MissionState.UNSURE
    assert not moves(mission.step(at(1.2, 2.0), 1.2))
    assert moves(mission.step(at(1.4, 0.02), 1.4))
    assert state(mission) is MissionState.DRIVING
    events = [e for e in mission.track().events if e.kind is EventKind.UNSURE]
    assert [e.detail for e in events] == [
        "place known to 4.0 m, the street leaves 1.2 m, at 0 of 400 m of its route"
    ]


def test_mission_that_never_knows_its_place_is_given_up_after_ten_minutes() -> None:
    mission = armed_mission()
    for second in range(1, 603):
        mission.step(at(float(second), 2.0), float(second))
    assert mission.state is MissionState.ABORTED
    assert "unsure of its place for 60" in mission.reason


@pytest.mark.parametrize("for_s", [10, 1000])
def test_pause_stands_as_long_as_the_operator_likes(for_s: int) -> None:
    mission = armed_mission()
    mission.pace.paused = True
    for second in range(1, for_s):
        assert not moves(mission.step(at(float(second), 0.02), float(second)))
        assert mission.state is MissionState.PAUSED
    mission.pace.paused = False
    assert moves(mission.step(at(float(for_s), 0.02), float(for_s)))
    kinds = [e.kind for e in mission.track().events]
    assert kinds == [EventKind.STARTED, EventKind.PAUSED]

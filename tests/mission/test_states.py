"""The tables of states in the documentation are what missions do."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from maps import StreetGraph
from patrol.mission import states
from patrol.mission.causes import Cause
from patrol.mission.home import WayHome
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.states import MissionOptions
from patrol.mission.states import MissionState as State
from patrol.robot import RobotProfile
from sim.link import SimLink
from sim.machine import Machine
from sim.robot import Pose, SimRobot
from tests.mission.routes import route_of_steps, steps_along
from tests.planning.problems import traversal_of
from tests.strategies import graph_of

Pairs = set[tuple[State, State]]
PROFILE = RobotProfile(battery_s=100.0, recharge_s=20.0)
ENDS = {State.FINISHED, State.DOCKED, State.ABORTED}


def rows(table: int) -> list[list[str]]:
    """Rows of a table in the docstring, the words of each column put together."""
    assert states.__doc__ is not None
    parts = re.split(r"^=+ =+ =+$", states.__doc__, flags=re.MULTILINE)
    widths = re.findall(r"^(=+) (=+) (=+)$", states.__doc__, flags=re.MULTILINE)
    first, second, _ = (len(rule) for rule in widths[3 * table])
    cuts = ((0, first), (first + 1, first + second + 1), (first + second + 2, 999))
    found: list[list[str]] = []
    for line in parts[3 * table + 2].strip("\n").split("\n"):
        cells = [line[a:b].strip() for a, b in cuts]
        if cells[0]:
            found.append(cells)
        else:
            found[-1] = [
                f"{a} {b}".strip() for a, b in zip(found[-1], cells, strict=True)
            ]
    return found


def named(text: str) -> set[State]:
    return {State[name] for name in re.findall(r"[A-Z]{4,}", text)}


DUTIES = {State[row[0]]: named(row[2]) for row in rows(0)}
INTERRUPTIONS = {
    State[row[0]]: named(row[2].split(":")[0]) or set(DUTIES) - ENDS for row in rows(1)
}


def crossed_line() -> StreetGraph:
    """Two streets in a line, with a major road across their joint."""
    xy_m = np.array([(0.0, 0.0), (8.0, 0.0), (16.0, 0.0), (8.0, 9.0), (8.0, -9.0)])
    graph = graph_of(xy_m, [(0, 1), (1, 2), (1, 3), (4, 1)])
    highway = graph.tags.highway.copy()
    highway[2:] = "primary"
    return replace(graph, tags=replace(graph.tags, highway=highway))


def mission_of(seed: int, graph: StreetGraph) -> tuple[Mission, SimLink]:
    """A route of two trips, or none: late or at once, from its dock or elsewhere."""
    steps = [] if seed % 10 == 9 else steps_along(graph, [0, 1, 2, 1, 0, 1, 0])
    trip = [0, 0, 0, 0, 1, 1][: len(steps)]
    route = route_of_steps(graph, steps, trip=trip, rest_s=12)
    late_s = [0.0, 12.0][seed % 2]
    departs_s, arrives_s = route.depart_s + late_s, route.arrive_s + late_s
    battery = [1.0, 0.15][seed % 4 == 3]
    mission = Mission(
        PlannedPath.of(replace(route, depart_s=departs_s, arrive_s=arrives_s), graph),
        profile=PROFILE,
        options=MissionOptions(abort_after_s=20.0, crossing_s=1.0),
    )
    mission.home = WayHome(graph, traversal_of(graph), [0, 0, 1][seed % 3])
    return mission, SimLink(Machine(SimRobot(Pose(0, 0, 0), PROFILE, battery=battery)))


def night(seed: int) -> Iterator[State]:
    """What a mission does in a minute in which nearly everything happens."""
    draw = np.random.default_rng(seed)
    mission, link = mission_of(seed, crossed_line())
    silent_s = unsure_s = -1.0
    quiet = seed % 8 == 0
    often = np.array([0.015, 0.015, 0.03, 0.01, 0.4, 0.4, 0.003]) * (not quiet)
    dock_s = draw.uniform(0, [3, 25, 999, 999, 999][seed % 5])
    while not mission.done and link.now_s < (99 if quiet else 50):
        reports, now_s = link.poll(0.2), link.now_s
        silent, unsure, paused, stop, clear, go, abort = (
            draw.random(7) < often
        ).tolist()
        silent_s = now_s + draw.uniform(1, 9) if silent else silent_s
        unsure_s = now_s + 1 if unsure else unsure_s
        mission.pace.paused = paused or (mission.pace.paused and draw.random() < 0.9)
        parking = mission.state is State.PARKING and seed % 8 == 1
        mission.wants_stop |= stop or parking  # which is over too soon for chance
        mission.wants_clear |= clear
        mission.may_go_on |= go
        mission.wants_dock |= now_s > dock_s
        if abort:
            mission.abort(Cause.OPERATOR)
        sigma_m = 9.0 if now_s < unsure_s else 0.0
        reports = [replace(one, sigma_m=sigma_m) for one in reports]
        for command in mission.step([] if now_s < silent_s else reports, now_s):
            link.send(command)
        yield mission.state


@pytest.fixture(scope="module")
def seen() -> tuple[Pairs, Pairs, Pairs]:
    """Duties that followed one another, interruptions by duty, and ends by state."""
    duties, interruptions, ends = Pairs(), Pairs(), Pairs()
    for seed in range(90):
        duty = state = State.WAITING
        for now in night(seed):
            if now in INTERRUPTIONS:
                interruptions.add((now, duty))
            elif now is State.ABORTED:
                ends.add((state, now))
            elif now is not duty:
                duties.add((duty, now))
                duty = now
            state = now
    return duties, interruptions, ends


def test_each_state_is_in_one_table() -> None:
    assert [*DUTIES, *INTERRUPTIONS] == list(State)


def test_duties_follow_one_another_as_the_table_says(
    seen: tuple[Pairs, Pairs, Pairs],
) -> None:
    assert seen[0] == {
        (one, other) for one, others in DUTIES.items() for other in others
    }


def test_interruptions_come_during_the_duties_that_the_table_says(
    seen: tuple[Pairs, Pairs, Pairs],
) -> None:
    told = {(one, duty) for one, duties in INTERRUPTIONS.items() for duty in duties}
    assert seen[1] == told


def test_any_state_but_the_last_three_may_end_in_giving_up(
    seen: tuple[Pairs, Pairs, Pairs],
) -> None:
    given_up = {one for one, _ in seen[2]}
    assert given_up <= {*State} - ENDS
    assert len(given_up) >= 6

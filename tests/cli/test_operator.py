"""What the operator types while robots drive."""

import os
import string
import sys
from dataclasses import replace

import numpy as np
import pytest

from patrol.cli.operator import WORDS, Operator, typed_lines
from patrol.cli.operator_words import OPERATOR_WORDS, told
from patrol.mission.home import WayHome
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.states import MissionState
from patrol.report.texts import Language
from patrol.robot import Action, Command, RobotProfile, RobotState, Telemetry
from tests.mission.routes import route_along
from tests.planning.problems import traversal_of
from tests.strategies import line_graph

ARMED = Telemetry(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, RobotState.ARMED)


def mission(name: str = "robot 1", *, road_m: float | None = None) -> Mission:
    """One robot that has just begun to drive."""
    graph = line_graph(2)
    route = replace(route_along(graph, [0, 1, 2, 1, 0]), robot=name)
    path = PlannedPath.of(route, graph)
    if road_m is not None:
        path = replace(path, crossing_m=np.array([road_m]))
    one = Mission(path, profile=RobotProfile())
    one.home = WayHome(graph, traversal_of(graph), 0)
    one.step([ARMED], 0.0)
    step(one, 0.2)
    return one


def step(one: Mission, now_s: float, **changes: object) -> list[Command]:
    return one.step([replace(ARMED, time_s=now_s, **changes)], now_s)  # type: ignore[arg-type] # test values


def is_in(one: Mission, state: MissionState) -> bool:
    return one.state is state


class Desk:
    """An operator's, with what he was told."""

    def __init__(
        self, *missions: Mission, confirm: bool = False, **options: object
    ) -> None:
        self.told: list[str] = []
        self.operator = Operator(
            confirm_crossings=confirm,
            lines=(),
            say=self.told.append,
            **options,  # type: ignore[arg-type] # test values
        )
        self.operator.attend(missions).join()
        self.told.clear()

    def type(self, line: str) -> str:
        self.told.clear()
        self.operator.hear(line)
        return "".join(self.told)


def test_pause_and_resume_are_for_one_robot_or_for_all() -> None:
    one, two = mission(), mission("robot 2")
    desk = Desk(one, two)
    assert desk.type("pause 2") == "robot 2 is to stand until `resume`\n"
    assert (one.pace.paused, two.pace.paused) == (False, True)
    step(two, 1.0)
    assert is_in(two, MissionState.PAUSED)
    desk.type("PAUSE")
    assert one.pace.paused
    assert desk.type("resume robot 1") == "robot 1 goes on\n"
    assert desk.type("resume") == "robot 2 goes on\n"
    assert {one.pace.paused, two.pace.paused} == {False}
    assert desk.type("resume 2") == "robot 2 is not paused\n"


def test_dock_ends_a_pause_and_sends_the_robot_home_once() -> None:
    one = mission()
    desk = Desk(one)
    desk.type("pause")
    assert "is to go to its dock" in desk.type("dock 1")
    step(one, 1.0, x_m=30.0, speed_mps=1.0)
    step(one, 2.0, x_m=31.0)
    assert one.state in {MissionState.DOCKING, MissionState.DRIVING}
    assert "on its way to its dock already" in desk.type("dock 1")


def test_emergency_stop_needs_clear_and_go_each_with_the_robots_number() -> None:
    one, two = mission(), mission("robot 2")
    desk = Desk(one, two)
    assert desk.type("stop").count("EMERGENCY STOP sent") == 2
    assert step(one, 1.0) == [Action.ESTOP]
    assert "does not wait for that" in desk.type("go 1")
    assert step(one, 1.2) == []  # a report from before it
    assert not one.waits_for_go_ahead
    step(one, 1.4, state=RobotState.ESTOPPED)
    assert desk.type("clear") == (
        "`clear` is for one robot at a time: type `clear` and its number\n"
    )
    assert "is cleared once it is at rest" in desk.type("clear 1")
    assert step(one, 1.6, state=RobotState.ESTOPPED, speed_mps=0.4) == []
    assert step(one, 1.8, state=RobotState.ESTOPPED) == [Action.CLEAR_ESTOP]
    assert step(one, 2.0, state=RobotState.DISARMED) == []
    desk.operator.look_at(one)
    assert "its emergency stop is cleared. Look that nobody" in desk.told[-1]
    assert "robot 1 drives on" in desk.type("go 1")
    assert step(one, 2.2, state=RobotState.DISARMED) == [Action.ARM]
    assert two.wants_stop


def test_robot_crosses_a_road_on_the_operators_word_only_and_one_road_at_a_time() -> (
    None
):
    one = mission(road_m=1.0)
    desk = Desk(one, confirm=True)
    assert "does not wait at a road" in desk.type("cross 1")
    step(one, 0.8, x_m=1.0)
    for now_s in (1.0, 2.0, 9.0, 300.0):
        step(one, now_s, x_m=1.0)
        assert is_in(one, MissionState.CROSSING)
    desk.operator.look_at(one)
    desk.operator.look_at(one)
    assert len(desk.told) == 2
    assert "Look that the way is free" in desk.told[-1]
    assert desk.type("cross") == "robot 1 crosses the road\n"
    step(one, 301.0, x_m=1.0)
    assert is_in(one, MissionState.DRIVING)
    assert not one.pace.may_cross


def test_nobody_is_asked_at_roads_or_after_a_stop_who_said_so_before() -> None:
    one = mission(road_m=1.0)
    desk = Desk(one, go_on_after_estop=True)
    step(one, 0.8, x_m=1.0)
    step(one, 1.0, x_m=1.0)
    desk.operator.look_at(one)
    step(one, 5.0, x_m=1.0)
    assert is_in(one, MissionState.DRIVING)
    step(one, 6.0, state=RobotState.ESTOPPED)
    step(one, 7.0, state=RobotState.DISARMED)
    desk.operator.look_at(one)
    assert one.may_go_on
    assert desk.told == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("halt", "'halt' is no word that is known here; type one of pause, resume,"),
        ("stop 3", "there is no robot '3'; type a number or name of robot 1, 2 (dusk)"),
        ("pause -1", "there is no robot '-1'"),
        ("pause 0", "there is no robot '0'"),
        ("status dusk", "2 (dusk) drives, at 0 of 400 m"),
        ("clear 1", "robot 1 has no emergency stop that could be cleared"),
        ("help", "Type a word and Enter"),
    ],
)
def test_wrong_words_are_answered_and_change_nothing(typed: str, answer: str) -> None:
    one, two = mission(), mission("dusk")
    before = [repr(vars(m.pace)["paused"]) for m in (one, two)]
    assert Desk(one, two).type(typed).startswith(answer)
    assert [repr(vars(m.pace)["paused"]) for m in (one, two)] == before
    assert {one.wants_stop, two.wants_stop} == {False}


def test_an_empty_line_says_nothing_and_a_robot_that_is_done_says_so() -> None:
    one = mission()
    desk = Desk(one)
    assert desk.type("  ") == ""
    step(one, 1.0, state=RobotState.ARMED, battery=0.3)
    step(one, 2.0, state=RobotState.ARMED, battery=0.9)
    assert "mission is over. the battery rose" in desk.type("pause 1")
    desk.operator.look_at(one)
    assert "GAVE UP: the battery rose" in desk.told[-1]


def test_lines_come_from_a_pipe_in_any_pieces_and_end_with_it() -> None:
    read, write = os.pipe()
    for piece in (b"pau", b"se 1\nresume\n", "상태\nst".encode(), b"op"):
        os.write(write, piece)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as stream:
        assert list(typed_lines(stream)) == ["pause 1", "resume", "상태", "stop"]


def test_input_that_is_closed_or_no_file_is_nobody() -> None:
    read, write = os.pipe()
    os.close(write)
    stream = os.fdopen(read, encoding="utf-8")
    stream.close()
    assert list(typed_lines(stream)) == []
    assert list(typed_lines(None)) == []
    assert list(typed_lines(sys.stdin)) == []  # pytest's, which cannot be read


def test_who_is_to_confirm_crossings_and_cannot_type_is_told_so() -> None:
    said: list[str] = []
    operator = Operator(confirm_crossings=True, lines=(), say=said.append)
    operator.attend([mission()]).join()
    assert said[0].startswith("Type a word and Enter")
    assert "nobody can confirm crossings" in said[1]


def test_languages_have_the_same_lines_with_the_same_gaps() -> None:
    en, ko = OPERATOR_WORDS[Language.EN], OPERATOR_WORDS[Language.KO]
    assert list(en) == list(ko)
    for key, line in en.items():
        gaps, others = (
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (line, ko[key])
        )
        assert gaps == others, key


def test_each_word_and_each_state_has_its_line() -> None:
    gaps = {"robot": "r", "along_m": 1.0, "length_m": 2.0, "reason": "why"}
    for language in Language:
        for state in MissionState:
            assert told(language, f"state_{state.value}", **gaps)
        for word in WORDS:
            assert told(language, f"did_{word}", **gaps)
            assert f"  {word} " in told(language, "help")

"""The operator's go-ahead after an emergency stop."""

import io
import threading
from types import SimpleNamespace
from typing import Any

from patrol.cli.go_ahead import GoAhead


def waiting(robot: str) -> Any:
    route = SimpleNamespace(robot=robot)
    path = SimpleNamespace(route=route)
    return SimpleNamespace(path=path, waits_for_go_ahead=True, may_go_on=False)


def asked(typed: str, *missions: Any) -> str:
    told: list[str] = []
    go = GoAhead(always=False, lines=io.StringIO(typed), say=told.append)
    read, go._read = go._read, lambda: None  # type: ignore[method-assign]
    for mission in missions * 2:
        go.look_at(mission)
    thread = threading.Thread(target=read)
    thread.start()
    thread.join(5.0)
    return "".join(told)


def test_only_the_robot_that_is_named_goes_on() -> None:
    first, second = waiting("r1"), waiting("r2")
    told = asked("go r2\n", first, second)
    assert (first.may_go_on, second.may_go_on) == (False, True)
    assert told.count("r1: its emergency stop is cleared") == 1
    assert "r2 drives on" in told


def test_other_words_let_nobody_go_and_say_what_to_type() -> None:
    mission = waiting("r1")
    told = asked("yes\ngo r7\ngo\n", mission)
    assert not mission.may_go_on
    assert "'yes' lets nobody go: type `go ROBOT`; robots that wait: r1" in told


def test_with_the_switch_nobody_is_asked() -> None:
    mission, told = waiting("r1"), list[str]()
    GoAhead(always=True, lines=io.StringIO(), say=told.append).look_at(mission)
    assert mission.may_go_on
    assert told == []


def test_robot_that_does_not_wait_is_left_alone() -> None:
    mission = waiting("r1")
    mission.waits_for_go_ahead = False
    assert asked("go r1\n", mission).startswith("'go r1' lets nobody go")
    assert not mission.may_go_on

"""What an operator types while robots drive, and what he is asked."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from types import MappingProxyType
from typing import NamedTuple, TextIO

from patrol.cli.operator_words import told
from patrol.mission.machine import MissionMachine
from patrol.mission.states import MissionState
from patrol.report.texts import Language

_CHUNK = 4096
_NEWS = (
    MissionState.DOCKING,
    MissionState.FINISHED,
    MissionState.DOCKED,
    MissionState.ABORTED,
    MissionState.UNSURE,
    MissionState.SILENT,
    MissionState.ESTOPPED,
)
"""States that an operator is told of by themselves."""


class _Word(NamedTuple):
    """
    A command of the operator.

    Attributes
    ----------
    obey
        Gives it to a mission; tells whether it has a meaning there now.
    names_robot
        Whether it must name one robot: what sets a robot off near people or cars.
    """

    obey: Callable[[MissionMachine], bool]
    names_robot: bool = False


class Operator:
    """
    Passes the operator's words on to missions, and asks him where one waits for them.

    Parameters
    ----------
    go_on_after_estop
        Let every robot go on by itself once its emergency stop is cleared.
    confirm_crossings
        Let a robot cross each major road only on the operator's word.
    language
        In which he is spoken to. The words that he types are the same in each.
    lines
        What he types; by default standard input, whatever that is.
    say
        How he is told something, a line at a time.
    """

    def __init__(
        self,
        *,
        go_on_after_estop: bool = False,
        confirm_crossings: bool = False,
        language: Language = Language.EN,
        lines: Iterable[str] | None = None,
        say: Callable[[str], object] | None = None,
    ) -> None:
        self._goes_on = go_on_after_estop
        self._confirms = confirm_crossings
        self._language = language
        self._lines = typed_lines(sys.stdin) if lines is None else lines
        self._write = say or sys.stderr.write
        self._missions: Sequence[MissionMachine] = ()
        self._told: dict[str, tuple[MissionState, bool]] = {}

    def attend(self, missions: Sequence[MissionMachine]) -> Thread:
        """Take the missions, in the order of their numbers; begin to listen."""
        self._missions = missions
        for mission in missions:
            mission.pace.confirms = self._confirms
            mission.pace.may_cross = not self._confirms
        thread = Thread(target=self._listen, daemon=True)
        thread.start()
        return thread

    def look_at(self, mission: MissionMachine) -> None:
        """Tell the operator what is new; call it about once a second."""
        name, state = mission.path.route.robot, mission.state
        if mission.waits_for_go_ahead and self._goes_on:
            mission.may_go_on = True
            return
        news = (state, mission.waits_for_go_ahead)
        if self._told.get(name) == news:
            return
        self._told[name] = news
        if mission.waits_for_go_ahead:
            self._say("ask_go", robot=self._named(mission))
        elif state is MissionState.CROSSING and not mission.pace.may_cross:
            self._say("ask_cross", robot=self._named(mission))
        elif state in _NEWS:
            self._tell_state(mission)

    def hear(self, line: str) -> None:
        """Obey one line, or say why not."""
        word, _, robot = line.strip().partition(" ")
        word, robot = word.lower(), robot.strip()
        if not word:
            return
        if word == "help":
            self._say("help")
        elif word != "status" and word not in WORDS:
            self._say("unknown", typed=line.strip(), words=", ".join(_ALL))
        elif missions := self._find(robot):
            self._pass_on(word, missions, named=bool(robot))
        else:
            names = ", ".join(self._named(mission) for mission in self._missions)
            self._say("no_robot", typed=robot, robots=names)

    def _pass_on(
        self, word: str, missions: Sequence[MissionMachine], *, named: bool
    ) -> None:
        if word == "status":
            for mission in missions:
                self._tell_state(mission)
            return
        if WORDS[word].names_robot and not named and len(self._missions) > 1:
            self._say("which_robot", word=word)
            return
        for mission in missions:
            obeyed = not mission.done and WORDS[word].obey(mission)
            key = f"did_{word}" if obeyed else f"not_{word}"
            if obeyed or named or len(missions) == 1:
                key = "over" if mission.done else key
                self._say(key, robot=self._named(mission), reason=mission.reason)

    def _listen(self) -> None:
        self._say("help")
        for line in self._lines:
            self.hear(line)
        # Who starts it from a service or a script types nothing, and need not know.
        if self._confirms:
            self._say("deaf")

    def _find(self, robot: str) -> list[MissionMachine]:
        """Missions of a robot by name or number; of all robots if it is empty."""
        if not robot:
            return list(self._missions)
        names = [mission.path.route.robot for mission in self._missions]
        if robot in names:
            return [self._missions[names.index(robot)]]
        number = int(robot) if robot.isascii() and robot.isdigit() else 0
        return list(self._missions[number - 1 : number]) if number else []

    def _named(self, mission: MissionMachine) -> str:
        number = [one is mission for one in self._missions].index(True) + 1
        name = mission.path.route.robot
        return name if name == f"robot {number}" else f"{number} ({name})"

    def _tell_state(self, mission: MissionMachine) -> None:
        self._say(
            f"state_{mission.state.value}",
            robot=self._named(mission),
            along_m=mission.along_m,
            length_m=mission.path.length_m,
            reason=mission.reason,
        )

    def _say(self, key: str, **gaps: object) -> None:
        self._write(told(self._language, key, **gaps) + "\n")


def typed_lines(stream: TextIO | None) -> Iterator[str]:
    """
    Give lines of a terminal, a pipe or a file as they come; none if there is nobody.

    Read from the descriptor: a thread that waits in a buffered reader keeps Python
    from ending. A terminal that belongs to another job reads as closed, and does not
    stop this program, and with it the robots.
    """
    with suppress(OSError, ValueError, AttributeError):
        if stream is None:
            return
        descriptor = stream.fileno()
        rest = b""
        while chunk := os.read(descriptor, _CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode(stream.encoding, errors="replace")
        if rest:
            yield rest.decode(stream.encoding, errors="replace")


def keep_going_in_background() -> None:
    """Let reading from a terminal of another job fail instead of stopping us."""
    if hasattr(signal, "SIGTTIN"):
        with suppress(ValueError):  # not the main thread: whoever has it decides
            signal.signal(signal.SIGTTIN, signal.SIG_IGN)


def _pause(mission: MissionMachine) -> bool:
    mission.pace.paused = True
    return True


def _resume(mission: MissionMachine) -> bool:
    was_paused, mission.pace.paused = mission.pace.paused, False
    return was_paused


def _cross(mission: MissionMachine) -> bool:
    if mission.state is not MissionState.CROSSING:
        return False
    mission.pace.may_cross = True
    return True


def _dock(mission: MissionMachine) -> bool:
    if mission.wants_dock or mission.state is MissionState.PARKING:
        return False
    mission.wants_dock, mission.pace.paused = True, False
    return True


def _stop(mission: MissionMachine) -> bool:
    mission.wants_stop = True
    return True


def _clear(mission: MissionMachine) -> bool:
    if mission.state is not MissionState.ESTOPPED or mission.waits_for_go_ahead:
        return False
    mission.wants_clear = True
    return True


def _go(mission: MissionMachine) -> bool:
    if not mission.waits_for_go_ahead:
        return False
    mission.may_go_on = True
    return True


WORDS: Mapping[str, _Word] = MappingProxyType(
    {
        "pause": _Word(_pause),
        "resume": _Word(_resume),
        "cross": _Word(_cross, names_robot=True),
        "dock": _Word(_dock),
        "stop": _Word(_stop),
        "clear": _Word(_clear, names_robot=True),
        "go": _Word(_go, names_robot=True),
    }
)
"""What an operator may type, besides ``status`` and ``help``."""

_ALL = (*WORDS, "status", "help")

"""The operator's word that a robot may go on after an emergency stop."""

import sys
from collections.abc import Callable, Iterator
from threading import Lock, Thread
from typing import TextIO

from patrol.mission.mission import Mission

_WORD = "go"


class GoAhead:
    """
    Ask the operator, once for each stop, whether a robot may go on.

    That an emergency stop was cleared at the robot says that somebody is there, and
    not that the robot may set off.

    Parameters
    ----------
    always
        Let every robot go on by itself once its stop is cleared.
    lines, say
        Where the operator types, and where he is asked.
    """

    def __init__(
        self,
        *,
        always: bool,
        lines: TextIO | None = None,
        say: Callable[[str], object] = sys.stderr.write,
    ) -> None:
        self._always = always
        self._lines = lines or sys.stdin
        self._say = say
        self._waiting: dict[str, Mission] = {}
        self._lock = Lock()
        self._reader: Thread | None = None

    def look_at(self, mission: Mission) -> None:
        """Ask for a mission that waits; call it about once a second."""
        robot = mission.path.route.robot
        if not mission.waits_for_go_ahead:
            return
        if self._always:
            mission.may_go_on = True
            return
        with self._lock:
            known = self._waiting.get(robot) is mission
            self._waiting[robot] = mission
            if self._reader is None:
                self._reader = Thread(target=self._read, daemon=True)
                self._reader.start()
        if not known:
            self._say(
                f"{robot}: its emergency stop is cleared. Look that nobody is near it, "
                f"then type `{_WORD} {robot}` and Enter to let it drive on\n"
            )

    def _read(self) -> None:
        for line in self._lines:
            for robot, mission in self._named(line):
                mission.may_go_on = True
                self._say(f"{robot} drives on\n")

    def _named(self, line: str) -> Iterator[tuple[str, Mission]]:
        word, _, robot = line.strip().partition(" ")
        with self._lock:
            mission = self._waiting.pop(robot, None) if word == _WORD else None
            names = ", ".join(sorted(self._waiting)) or "none"
        if mission is not None:
            yield robot, mission
        else:
            self._say(
                f"{line.strip()!r} lets nobody go: type `{_WORD} ROBOT`; robots that "
                f"wait: {names}\n"
            )

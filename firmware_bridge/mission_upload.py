"""
The host's end of loading a mission: parts in a window, the lost ones again.

Sans I/O. The line keeps its order, so a part that was sent before one that has arrived
and is still lacking is lost, and is sent again at once (selective repeat); a timer is
needed only for the last ones.
"""

from collections.abc import Iterator

from firmware_bridge.mission_messages import (
    PART_SIZE,
    PARTS_AHEAD,
    Commit,
    Load,
    Loaded,
    LoadState,
    Part,
)
from firmware_bridge.mission_steps import encode_steps, start_of
from patrol.robot import RobotMission

WINDOW = 8
"""Parts on their way at once: 37 ms of a line of 115,200 baud."""

_AGAIN_S = 0.1  # a window's way there, a slow loop, and the answer's way back


class MissionUpload:
    """
    Load one mission into a robot.

    Parameters
    ----------
    mission
        What to load.
    from_mm
        Where its progress is to begin.

    Attributes
    ----------
    load
        How it is announced; its size is that of the mission in bytes.
    outcome
        HELD, TOO_LONG or WRONG once it is over; None before.
    deadline_s
        When `due` will next have something to send.
    sendings
        Parts sent so far, those sent again included.

    Raises
    ------
    ValueError
        If two points in a row are equal.
    """

    def __init__(self, mission: RobotMission, *, from_mm: int) -> None:
        data = encode_steps(mission)
        self.load = Load(mission.digest, len(data), from_mm, start_of(mission))
        self.outcome: LoadState | None = None
        self.deadline_s = 0.0
        self._parts = [
            Part(mission.digest, number, data[at : at + PART_SIZE])
            for number, at in enumerate(range(0, len(data), PART_SIZE))
        ]
        self._known: Loaded | None = None  # what the robot has; None before its answer
        self.sendings = 0
        self._sent: dict[int, int] = {}  # part: when, as a number of all sendings
        self._committed = False

    def begin_again(self) -> None:
        """Announce it anew, as after a reconnect; the robot tells what it has."""
        self._known = None
        self._sent.clear()
        self._committed = False
        self.deadline_s = 0.0

    def due(self, now_s: float) -> list[Load | Part | Commit]:
        """Return what is to be sent now, and set `deadline_s` anew."""
        if self.outcome is not None or now_s < self.deadline_s:
            return []
        self.deadline_s = now_s + _AGAIN_S
        if self._known is None:
            return [self.load]
        if self._known.lacking >= len(self._parts):
            self._committed = True
            return [Commit(self.load.digest)]
        self._sent.clear()  # nothing was heard for long: all that flew is lost
        return list(self._fill(self._known))

    def heard(self, loaded: Loaded, now_s: float) -> list[Load | Part | Commit]:
        """Take in an answer of the robot; return what is to be sent at once."""
        if loaded.digest != self.load.digest or self.outcome is not None:
            return []
        match loaded.state:
            case LoadState.LOADING:
                return self._go_on(loaded, now_s)
            case LoadState.HELD if self._committed:
                self.outcome = loaded.state
            case LoadState.TOO_LONG | LoadState.WRONG:
                self.outcome = loaded.state
            case LoadState.UNKNOWN if self._known is not None:
                self.begin_again()
                return self.due(now_s)
        return []

    def _go_on(self, loaded: Loaded, now_s: float) -> list[Load | Part | Commit]:
        self._known = loaded
        if loaded.lacking >= len(self._parts):
            if self._committed:
                return []
            self.deadline_s = now_s
            return self.due(now_s)
        arrived = [n for n in self._sent if loaded.has(n)]
        newest = max((self._sent.pop(n) for n in arrived), default=-1)
        self._sent = {n: at for n, at in self._sent.items() if at > newest}
        self.deadline_s = now_s + _AGAIN_S
        return list(self._fill(loaded))

    def _fill(self, known: Loaded) -> Iterator[Load | Part | Commit]:
        """Send what the robot lacks and is not on its way, as far as the window."""
        end = min(known.lacking + PARTS_AHEAD + 1, len(self._parts))
        for number in range(known.lacking, end):
            if len(self._sent) >= WINDOW:
                return
            if number not in self._sent and not known.has(number):
                self._sent[number] = self.sendings
                self.sendings += 1
                yield self._parts[number]

    @property
    def parts(self) -> int:
        """Parts of the mission."""
        return len(self._parts)

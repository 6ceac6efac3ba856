"""
Where a robot keeps missions: one that it holds, and one that is being loaded.

Both have the same room, and a mission changes its place only when it is whole and its
digest is right. So the robot always holds all of a mission, or all of the one before.
"""

from firmware_bridge.mission_messages import (
    PART_SIZE,
    PARTS_AHEAD,
    Load,
    Loaded,
    LoadState,
    Part,
)
from firmware_bridge.mission_steps import digest_of, read_steps
from firmware_bridge.robot_path import RobotPath


class RobotMissions:
    """
    Take in missions part by part.

    Parameters
    ----------
    room
        Most bytes of a mission.

    Attributes
    ----------
    room
        Most bytes of a mission.
    digest, path
        The mission that the robot holds; 0 and None if it holds none.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.digest = 0
        self.path: RobotPath | None = None
        self._load: Load | None = None
        self._data = bytearray()
        self._lacking = 0
        self._beyond = 0

    def begin(self, load: Load) -> Loaded:
        """Make room for a mission, or go on with the one that is being loaded."""
        if load.size > self.room:
            return Loaded(load.digest, LoadState.TOO_LONG)
        before = self._load
        if before is None or (before.digest, before.size) != (load.digest, load.size):
            self._data = bytearray(load.size)
            self._lacking = self._beyond = 0
        self._load = load
        return self._state(load.digest)

    def take(self, part: Part) -> Loaded:
        """Take in a part; one that does not fit changes nothing."""
        load = self._load
        if load is not None and load.digest == part.digest:
            first = part.number * PART_SIZE
            ahead = part.number - self._lacking
            fits = len(part.data) == min(PART_SIZE, load.size - first)
            if fits and 0 <= ahead <= PARTS_AHEAD:
                self._data[first : first + PART_SIZE] = part.data
                self._mark(ahead)
        return self._state(part.digest)

    def commit(self, digest: int) -> tuple[Loaded, bool]:
        """Let a whole mission take its place; tell whether another is held now."""
        load = self._load
        if load is None or load.digest != digest or self._lacking < self._parts:
            return self._state(digest), False
        self._load = None
        steps = read_steps(load.start, bytes(self._data))
        if steps is None or digest_of(load.start, steps) != digest:
            return Loaded(digest, LoadState.WRONG), False
        self.digest, self.path = digest, RobotPath(steps, load.from_mm)
        return self._state(digest), True

    @property
    def _parts(self) -> int:
        return -(-len(self._data) // PART_SIZE)

    def _mark(self, ahead: int) -> None:
        if ahead:
            self._beyond |= 1 << ahead - 1
            return
        self._lacking += 1
        while self._beyond & 1:
            self._lacking += 1
            self._beyond >>= 1
        self._beyond >>= 1

    def _state(self, digest: int) -> Loaded:
        if self._load is not None and self._load.digest == digest:
            return Loaded(digest, LoadState.LOADING, self._lacking, self._beyond)
        held = digest != 0 and digest == self.digest
        return Loaded(digest, LoadState.HELD if held else LoadState.UNKNOWN)

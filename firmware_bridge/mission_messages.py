"""Messages about missions and limits; their tables are in ``PROTOCOL.md``."""

from dataclasses import astuple, dataclass
from enum import IntEnum
from struct import Struct
from typing import ClassVar, Self

from firmware_bridge.fence import Fence
from firmware_bridge.limits import Limits
from firmware_bridge.mission_steps import PathStart

PART_SIZE = 32
"""Bytes of a mission in one part; the last one may be shorter."""

PARTS_AHEAD = 32
"""A robot takes parts that are at most so far after the first that it lacks."""


class LoadState(IntEnum):
    """What became of a mission that the host loads."""

    LOADING = 0
    """Parts of it are lacking, or it waits for COMMIT."""
    HELD = 1
    """The robot holds all of it, in place of the one before."""
    TOO_LONG = 2
    """It has more bytes than the robot has room for."""
    WRONG = 3
    """Its bytes are damaged or do not have its digest; the robot has dropped it."""
    UNKNOWN = 4
    """The robot knows nothing of it: begin again."""


@dataclass(frozen=True, slots=True)
class Load:
    """
    The host begins to load a mission, or goes on with it after a reconnect.

    Attributes
    ----------
    digest
        Its name, see `RobotMission.digest`; not 0.
    size
        Its bytes, without the first point.
    from_mm
        Where its progress is to begin.
    start
        Its first point.
    """

    KIND: ClassVar[int] = 0x07
    digest: int
    size: int
    from_mm: int
    start: PathStart

    def pack(self) -> bytes:
        """Give the payload."""
        return _LOAD.pack(self.digest, self.size, self.from_mm, *astuple(self.start))

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) != _LOAD.size:
            return None
        digest, size, from_mm, *start = _LOAD.unpack(payload)
        if not (digest and size and start[2]):
            return None
        return cls(digest, size, from_mm, PathStart(*start))


@dataclass(frozen=True, slots=True)
class Part:
    """
    A piece of the mission that is being loaded.

    Attributes
    ----------
    digest
        Of the mission.
    number
        Which piece, from 0.
    data
        From 1 to `PART_SIZE` bytes.
    """

    KIND: ClassVar[int] = 0x08
    digest: int
    number: int
    data: bytes

    def pack(self) -> bytes:
        """Give the payload."""
        return _PART.pack(self.digest, self.number) + self.data

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if not _PART.size < len(payload) <= _PART.size + PART_SIZE:
            return None
        digest, number = _PART.unpack_from(payload)
        return cls(digest, number, payload[_PART.size :])


@dataclass(frozen=True, slots=True)
class Commit:
    """The mission of this digest takes the place of the one before."""

    KIND: ClassVar[int] = 0x09
    digest: int

    def pack(self) -> bytes:
        """Give the payload."""
        return _COMMIT.pack(self.digest)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        return cls(*_COMMIT.unpack(payload)) if len(payload) == _COMMIT.size else None


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    The robot tells how far the loading is; it answers LOAD, PART and COMMIT.

    Attributes
    ----------
    digest
        Of the mission that the message named.
    state
        What became of it.
    lacking
        First part that the robot lacks; the number of all if it lacks none.
    beyond
        Bit 0 is set if it has the part after that, and so on for 32 parts.
    """

    KIND: ClassVar[int] = 0x87
    digest: int
    state: LoadState
    lacking: int = 0
    beyond: int = 0

    def pack(self) -> bytes:
        """Give the payload."""
        return _LOADED.pack(self.digest, self.state, self.lacking, self.beyond)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) != _LOADED.size:
            return None
        digest, state, lacking, beyond = _LOADED.unpack(payload)
        if state not in _LOAD_STATES:
            return None
        return cls(digest, _LOAD_STATES[state], lacking, beyond)

    def has(self, number: int) -> bool:
        """Tell whether the robot has a part."""
        ahead = number - self.lacking - 1
        return number < self.lacking or (ahead >= 0 and bool(self.beyond >> ahead & 1))


@dataclass(frozen=True, slots=True)
class Limit:
    """
    The host tightens the robot's limits; what is looser changes nothing.

    A fence goes by `Enclose`, and is not in here.
    """

    KIND: ClassVar[int] = 0x0A
    limits: Limits

    def pack(self) -> bytes:
        """
        Give the payload.

        Raises
        ------
        struct.error
            If a limit does not fit its field.
        """
        return _pack_limits(self.limits)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) != _LIMITS.size:
            return None
        return cls(Limits(*_LIMITS.unpack(payload)))


@dataclass(frozen=True, slots=True)
class LimitsNow:
    """The robot tells the limits that hold; it answers LIMIT."""

    KIND: ClassVar[int] = 0x8A
    limits: Limits

    def pack(self) -> bytes:
        """Give the payload; see `Limit.pack`."""
        return _pack_limits(self.limits)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) != _LIMITS.size:
            return None
        return cls(Limits(*_LIMITS.unpack(payload)))


@dataclass(frozen=True, slots=True)
class Enclose:
    """The host gives the robot a fence; it takes it if it has none."""

    KIND: ClassVar[int] = 0x0B
    fence: Fence

    def pack(self) -> bytes:
        """
        Give the payload.

        Raises
        ------
        struct.error
            If a corner does not fit its field.
        """
        return self.fence.pack()

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        fence = Fence.unpack(payload)
        return None if fence is None else cls(fence)


@dataclass(frozen=True, slots=True)
class FenceNow:
    """The robot tells the name of the fence that holds; it answers FENCE."""

    KIND: ClassVar[int] = 0x8B
    name: int

    def pack(self) -> bytes:
        """Give the payload; see `Enclose.pack`."""
        return _NAME.pack(self.name)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        return cls(*_NAME.unpack(payload)) if len(payload) == _NAME.size else None


def _pack_limits(limits: Limits) -> bytes:
    return _LIMITS.pack(
        limits.speed_mmps, limits.accel_mmps2, limits.tilt_mrad, limits.battery
    )


_LOAD = Struct("<IHIiiH")
_PART = Struct("<IH")
_COMMIT = Struct("<I")
_LOADED = Struct("<IBHI")
_LIMITS = Struct("<HHHH")
_NAME = Struct("<I")
_LOAD_STATES = {int(state): state for state in LoadState}

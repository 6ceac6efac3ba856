"""How a session begins: what the host asks, and what the robot says it is."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from struct import Struct
from typing import ClassVar, Self

from patrol.robot import RobotState

PROTOCOL = 2
"""Version of the protocol that this program speaks; frames have one of their own."""

WINDOW = 4
"""Most commands on their way at once, and results that a robot remembers."""


class Result(IntEnum):
    """What became of a command."""

    NONE = 0
    """No command of this number has been carried out."""
    DONE = 1
    REFUSED = 2
    """The robot's safety logic did not allow it; nothing was changed."""


class Capability(IntFlag):
    """What a robot has besides wheels."""

    SENSORS = 1
    CHARGING = 2
    MEMORY = 4
    """It knows after a restart what it had dealt with, and whether it was stopped."""
    MISSIONS = 8
    """It can hold a mission and drive it by itself."""
    SIGNED = 16
    """It has a key: it takes only signed frames, but for HELLO and ESTOP."""


@dataclass(frozen=True, slots=True)
class Hello:
    """
    The host asks for a session.

    Attributes
    ----------
    nonce
        Number that the host never uses for another session, 32 bits.
    least_version, most_version
        Range of protocol versions that the host speaks.
    """

    KIND: ClassVar[int] = 0x01
    nonce: int
    least_version: int = PROTOCOL
    most_version: int = PROTOCOL

    def pack(self) -> bytes:
        """Give the payload."""
        return _HELLO.pack(self.nonce, self.least_version, self.most_version)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        return cls(*_HELLO.unpack(payload)) if len(payload) == _HELLO.size else None


@dataclass(frozen=True, slots=True)
class Welcome:
    """
    The robot grants a session; its number is in the frame's header.

    Attributes
    ----------
    nonce
        Of the `Hello` that it answers.
    boot_id
        Changes whenever the robot starts.
    version
        Version of the protocol for this session; 0 if there is none in common.
    state
        What the robot's safety logic allows now.
    capabilities
        What the robot has.
    estop_token
        Token of the last e-stop that the robot remembers; 0 if there was none.
    last_session, last_seq, last_results
        The session before this one, its last command that was carried out, and the
        results of its last `WINDOW` commands, newest first.
    least_version, most_version
        Range of protocol versions that the robot speaks.
    mission_room
        Most bytes of a mission that it holds; 0 if it holds none.
    heard
        Counter of the last signed frame that it has believed since it started.
    """

    KIND: ClassVar[int] = 0x81
    nonce: int
    boot_id: int
    version: int
    state: RobotState
    capabilities: Capability
    estop_token: int
    last_session: int
    last_seq: int
    last_results: tuple[Result, ...] = (Result.NONE,) * WINDOW
    least_version: int = PROTOCOL
    most_version: int = PROTOCOL
    mission_room: int = 0
    heard: int = 0

    def pack(self) -> bytes:
        """Give the payload."""
        return _WELCOME.pack(
            self.nonce,
            self.boot_id,
            self.version,
            self.state,
            self.capabilities,
            self.estop_token,
            self.last_session,
            self.last_seq,
            bytes(self.last_results),
            self.least_version,
            self.most_version,
            self.mission_room,
            self.heard,
        )

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) == _WELCOME.size - len(_VERSION_1):
            payload += _VERSION_1
        if len(payload) != _WELCOME.size:
            return None
        nonce, boot, version, state, has, token, session, seq, results, *more = (
            _WELCOME.unpack(payload)
        )
        known = results_of(results)
        if state not in _STATES or known is None:
            return None
        last = (token, session, seq, known)
        return cls(nonce, boot, version, _STATES[state], Capability(has), *last, *more)

    @staticmethod
    def boot_id_in(payload: bytes) -> int:
        """Look the boot id up before the rest is believed."""
        return int.from_bytes(payload[4:8], "little")


def results_of(payload: bytes) -> tuple[Result, ...] | None:
    """Read the results of `WINDOW` commands; None if a number is none."""
    if len(payload) != WINDOW or not all(number in _RESULTS for number in payload):
        return None
    return tuple(_RESULTS[number] for number in payload)


_HELLO = Struct("<IBB")
_WELCOME = Struct(f"<IIBBHIHH{WINDOW}sBBHI")
_VERSION_1 = (
    b"\x01\x01\x00\x00\x00\x00\x00\x00"  # what the WELCOME of version 1 ended without
)
_STATES = {int(state): state for state in RobotState}
_RESULTS = {int(result): result for result in Result}

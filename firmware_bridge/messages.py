"""
What the frames say: every message of the protocol, packed and unpacked.

Offsets, units and ranges are told in ``PROTOCOL.md``. Unpacking never raises on
what came over the wire: it gives None where the bytes are no message.
"""

import math
import struct
from dataclasses import dataclass
from struct import Struct
from typing import ClassVar, Self

from firmware_bridge.framing import Frame
from firmware_bridge.greeting import WINDOW as WINDOW
from firmware_bridge.greeting import Capability as Capability
from firmware_bridge.greeting import Hello as Hello
from firmware_bridge.greeting import Result as Result
from firmware_bridge.greeting import Welcome as Welcome
from firmware_bridge.greeting import results_of
from firmware_bridge.mission_messages import (
    Commit,
    Enclose,
    FenceNow,
    Limit,
    LimitsNow,
    Load,
    Loaded,
    Part,
)
from firmware_bridge.place_codes import code_of_sigma, sigma_of_code
from patrol.robot import Action, Drive, Guard, RobotState, Telemetry


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The host is alive and has nothing else to say."""

    KIND: ClassVar[int] = 0x02

    def pack(self) -> bytes:
        """Give the payload, which is empty."""
        return b""

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        return None if payload else cls()


@dataclass(frozen=True, slots=True)
class Setpoint:
    """
    Drive so until ``ttl_s`` has passed or another setpoint comes.

    Attributes
    ----------
    drive
        Speed and rate of turn, kept to 1 mm/s and 1 mrad/s.
    ttl_s
        Time to live, from 0 to 65.535 s.
    """

    KIND: ClassVar[int] = 0x03
    drive: Drive
    ttl_s: float

    def pack(self) -> bytes:
        """
        Give the payload.

        Raises
        ------
        ValueError
            If the speed or the rate of turn is beyond 32.767, or not a number.
        """
        speed, turn = self.drive.speed_mps, self.drive.turn_radps
        try:
            return _SETPOINT.pack(
                round(speed * 1e3), round(turn * 1e3), round(self.ttl_s * 1e3)
            )
        except (struct.error, ValueError, OverflowError) as error:
            raise ValueError(
                f"cannot send speed {speed} m/s, turn {turn} rad/s for {self.ttl_s} s: "
                f"the wire holds -32.768 to 32.767 of each, for 0 to 65.535 s"
            ) from error

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) != _SETPOINT.size:
            return None
        speed, turn, ttl = _SETPOINT.unpack(payload)
        return cls(Drive(speed / 1e3, turn / 1e3), ttl / 1e3)


@dataclass(frozen=True, slots=True)
class Order:
    """
    A command to be carried out once, in the order of its number.

    Attributes
    ----------
    action
        What to do; an e-stop has a message of its own, `Estop`.
    token
        Of the e-stop that a CLEAR_ESTOP clears; else 0.
    """

    KIND: ClassVar[int] = 0x04
    action: Action
    token: int = 0

    def pack(self) -> bytes:
        """Give the payload."""
        return _ORDER.pack(self.action.value, self.token)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) != _ORDER.size:
            return None
        number, token = _ORDER.unpack(payload)
        action = _ORDERS.get(number)
        return None if action is None else cls(action, token)


@dataclass(frozen=True, slots=True)
class Results:
    """Results of the last `WINDOW` commands, newest first; ``ack`` numbers them."""

    KIND: ClassVar[int] = 0x84
    results: tuple[Result, ...]

    def pack(self) -> bytes:
        """Give the payload."""
        return bytes(self.results)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        results = results_of(payload)
        return None if results is None else cls(results)


@dataclass(frozen=True, slots=True)
class Estop:
    """Stop and stay stopped. The token names this e-stop; it is not 0."""

    KIND: ClassVar[int] = 0x05
    token: int

    def pack(self) -> bytes:
        """Give the payload."""
        return _TOKEN.pack(self.token)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        token = _token(payload)
        return None if not token else cls(token)


@dataclass(frozen=True, slots=True)
class EstopAck:
    """The robot has latched the e-stop of this token."""

    KIND: ClassVar[int] = 0x85
    token: int

    def pack(self) -> bytes:
        """Give the payload."""
        return _TOKEN.pack(self.token)

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        token = _token(payload)
        return None if not token else cls(token)


@dataclass(frozen=True, slots=True)
class Report:
    """
    The robot tells how it is.

    Attributes
    ----------
    telemetry
        Kept to 1 ms, 1 mm, 0.1 mrad, 1 mm/s and 0.01 % of the battery; the
        uncertainty of the place to the next of 63 steps.
    estop_token
        Token of the last e-stop; 0 if there was none.
    """

    KIND: ClassVar[int] = 0x86
    telemetry: Telemetry
    estop_token: int = 0

    def pack(self) -> bytes:
        """
        Give the payload; the clock wraps after 2^32 ms, which is 49.7 days.

        Raises
        ------
        struct.error
            If a value does not fit its field.
        """
        t = self.telemetry
        return _REPORT.pack(
            round(t.time_s * 1e3) & 0xFFFFFFFF,
            round(t.x_m * 1e3),
            round(t.y_m * 1e3),
            round(math.remainder(t.heading_rad, math.tau) * 1e4),
            round(t.speed_mps * 1e3),
            round(t.battery * 1e4),
            t.state,
            t.sensors_on | t.charging << 1 | code_of_sigma(t.sigma_m) << 2,
            self.estop_token,
            t.mission,
            round(t.along_m * 1e3),
            t.guards,
        )

    @classmethod
    def unpack(cls, payload: bytes) -> Self | None:
        """Read a payload; None if it is not one."""
        if len(payload) != _REPORT.size:
            return None
        time, x, y, heading, speed, battery, state, flags, token, *more = (
            _REPORT.unpack(payload)
        )
        mission, along, guards = more
        if state not in _STATES or battery > 10_000 or guards > _GUARDS:
            return None
        telemetry = Telemetry(
            time_s=time / 1e3,
            x_m=x / 1e3,
            y_m=y / 1e3,
            heading_rad=min(max(heading / 1e4, -math.pi), math.pi),  # 3.1416 > pi
            speed_mps=speed / 1e3,
            battery=battery / 1e4,
            state=_STATES[state],
            sensors_on=bool(flags & 1),
            charging=bool(flags & 2),
            mission=mission,
            along_m=along / 1e3,
            guards=Guard(guards),
            sigma_m=sigma_of_code(flags >> 2),
        )
        return cls(telemetry, token)


Message = (
    Hello | Welcome | Heartbeat | Setpoint | Order | Results | Estop | EstopAck | Report
    | Load | Part | Commit | Loaded | Limit | LimitsNow | Enclose | FenceNow
)  # fmt: skip
"""Whatever a frame can say."""


def frame_of(
    message: Message, *, session: int = 0, seq: int = 0, ack: int = 0
) -> Frame:
    """Put a message into a frame."""
    return Frame(message.KIND, message.pack(), session, seq, ack)


def message_of(frame: Frame) -> Message | None:
    """Read the message of a frame; None if the frame holds none that is known."""
    kind = _KINDS.get(frame.kind)
    return None if kind is None else kind.unpack(frame.payload)


_SETPOINT = Struct("<hhH")
_ORDER = Struct("<BI")
_TOKEN = Struct("<I")
_REPORT = Struct("<IiihhHBBIIIB")
_GUARDS = 63
_STATES = {int(state): state for state in RobotState}
_ORDERS = {a.value: a for a in Action if a is not Action.ESTOP}
_KINDS: dict[int, type[Message]] = {
    kind.KIND: kind
    for kind in (
        Hello, Welcome, Heartbeat, Setpoint, Order, Results, Estop, EstopAck, Report,
        Load, Part, Commit, Loaded, Limit, LimitsNow, Enclose, FenceNow,
    )
}  # fmt: skip


def _token(payload: bytes) -> int:
    return int(_TOKEN.unpack(payload)[0]) if len(payload) == _TOKEN.size else 0

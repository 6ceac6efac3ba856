"""
The host's end of MAVLink, sans I/O: bytes and times in, reports and bytes out.

A MAVLink command is carried out as often as it arrives, so none is sent whose
repetition does anything: a wish says what the vehicle's state shall be, what is
missing of it is asked for until its heartbeat shows it, and no longer.
"""

import logging
from dataclasses import dataclass, field

from firmware_bridge.mavlink_mission import Transfer
from firmware_bridge.mavlink_modes import Mode
from firmware_bridge.mavlink_vehicle import VehicleView
from firmware_bridge.mavlink_wire import (
    HOST_COMPONENT,
    HOST_SYSTEM,
    Address,
    MavWire,
    Message,
    address_of,
    dialect,
)
from patrol.robot import Drive, Telemetry

TICK_S = 0.05
"""Time between two looks at what is due."""

HEARTBEAT_S = 0.1
"""
Time between two heartbeats. A damaged length byte makes a vehicle's parser swallow the
280 bytes that follow: at one heartbeat a second that is 13 s of them, and its failsafe
stops it.
"""

SETPOINT_S = 0.2
"""Time between two setpoints: PX4 drops out of offboard below 2 a second."""

SETPOINT_TTL_S = 0.3
"""Age at which a setpoint is replaced by standing still."""

_ASK_S = 0.3  # between two of the same question or wish
_GIVE_UP_S = 10.0  # a wish that a vehicle does not grant in this time
_SHOW_S = 1.2  # a heartbeat comes every second
_ACCEPTED = 0  # MAV_RESULT_ACCEPTED
_BLIND_S = 1.0  # an e-stop is asked for so long, whatever the vehicle says
_SILENT_S = 2.0  # after so long a vehicle in HOLD may hold because of that
_FRESH_S = 1.5  # without a place for so long, its rate is asked for again
_REPORT_US = 200_000
_WANTED = {33: _REPORT_US, 30: _REPORT_US, 42: _REPORT_US, 1: 1_000_000, 147: 1_000_000}
_HEARTBEAT = 0
_SET_MODE, _ARM, _INTERVAL, _REQUEST = 176, 400, 511, 512  # MAV_CMD numbers
_FORCE = 21196  # disarms whatever the vehicle thinks of it
_BODY = 8  # MAV_FRAME_BODY_NED
_SPEED_AND_TURN = 0b0101_1110_0111  # type mask: all but these is ignored

_log = logging.getLogger(__name__)


@dataclass
class Wish:
    """
    What the vehicle's state shall be.

    Attributes
    ----------
    mode, armed
        Wanted; None where it does not matter.
    urgent
        Asked for in every tick and never given up; in the first second whatever the
        vehicle says, for that may be out of date.
    """

    mode: Mode | None
    armed: bool | None
    urgent: bool = False
    until_s: float = float("inf")
    ask_s: float = float("-inf")
    mode_shown: bool = False

    def __str__(self) -> str:
        mode = self.mode and f"in mode {self.mode.value}"
        armed = None if self.armed is None else "armed" if self.armed else "disarmed"
        return " and ".join(filter(None, (armed, mode)))

    def is_granted(self, view: VehicleView) -> bool:
        """Tell whether the vehicle is as wished."""
        return self.mode in (None, view.mode) and self.armed in (None, view.armed)


@dataclass
class MavSession:
    """
    Talk to one vehicle.

    Attributes
    ----------
    view
        What is known of it.
    wish
        What it shall be; None if it is as it was last told.
    transfer
        Dialogue about its mission that is under way.
    parameters
        What it has told of the parameters that were asked for.
    commands_sent
        Commands sent so far, repetitions among them.
    last_heard_s
        When the vehicle last said anything.
    """

    view: VehicleView
    wish: Wish | None = None
    transfer: Transfer | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    commands_sent: int = 0
    last_heard_s: float = float("-inf")
    next_deadline_s: float = float("-inf")
    _asked: tuple[str, ...] = ()
    _ask_s: float = float("-inf")
    _beat_s: float = float("-inf")
    _place_s: float = float("-inf")
    _drive: Drive = field(default_factory=lambda: Drive(0.0, 0.0))
    _drive_until_s: float = float("-inf")
    _drive_s: float = float("-inf")
    _answer: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._wire = MavWire(Address(HOST_SYSTEM, HOST_COMPONENT))

    @property
    def counters(self) -> dict[str, int]:
        """Figures so far by name."""
        return {
            "frames_received": self._wire.messages,
            "frames_dropped": self._wire.damaged,
            "commands_sent": self.commands_sent,
        }

    def drive(self, drive: Drive, now_s: float) -> None:
        """Take over a setpoint; it dies after `SETPOINT_TTL_S`."""
        self._drive, self._drive_until_s = drive, now_s + SETPOINT_TTL_S
        self._drive_s = self.next_deadline_s = float("-inf")

    def want(self, wish: Wish, now_s: float) -> None:
        """Make the vehicle as wished; a newer wish replaces an older one."""
        self.wish = wish
        wish.until_s = now_s + (_BLIND_S if wish.urgent else _GIVE_UP_S)
        self.next_deadline_s = float("-inf")

    def ask_for(self, *names: str) -> None:
        """Ask for parameters, until they are in `parameters`."""
        self._asked = names

    def receive(self, chunk: bytes, now_s: float) -> list[Telemetry]:
        """Take in bytes of the vehicle, cut anywhere; return its reports."""
        reports = []
        for message in self._wire.feed(chunk):
            report = self.view.hear(message)
            if report is not None:
                self._place_s = now_s
                reports.append(report)
            if address_of(message) == self.view.address:
                self.view.paused &= now_s - self.last_heard_s < _SILENT_S
                self.last_heard_s = now_s
                self._hear(message, now_s)
        return reports

    def due(self, now_s: float) -> bytes:
        """Return what is to be written now."""
        self.next_deadline_s = now_s + TICK_S
        messages, self._answer = [*self._answer], []
        messages += self._heartbeat(now_s)
        if self.view.address is not None:
            messages += self._setpoint(now_s) + self._wishes(now_s)
            messages += self._questions(now_s)
            messages += self._transfer(now_s)
        if now_s < self._drive_until_s:
            self.next_deadline_s = min(self.next_deadline_s, self._drive_until_s)
        return b"".join(map(self._wire.encode, messages))

    def _transfer(self, now_s: float) -> list[Message]:
        if self.transfer is None:
            return []
        messages = self.transfer.due(now_s)
        self.next_deadline_s = min(self.next_deadline_s, self.transfer.deadline_s)
        return messages

    def _hear(self, message: Message, now_s: float) -> None:
        match message.get_type():
            case "PARAM_VALUE":
                value = self.view.autopilot.value_of(
                    message.param_value, message.param_type
                )
                self.parameters[message.param_id] = value
            case "COMMAND_ACK" if message.command in (_SET_MODE, _ARM):
                self._hear_answer(message.result, now_s)
        if self.transfer is not None:
            self._answer += self.transfer.hear(message, now_s)
        if self._answer:
            self.next_deadline_s = float("-inf")

    def _hear_answer(self, result: int, now_s: float) -> None:
        """Leave a vehicle that said yes the time to show it, and ask it to."""
        self._answer.append(self._command(_REQUEST, _HEARTBEAT))
        wish = self.wish
        if wish is not None and not wish.urgent and result == _ACCEPTED:
            wish.ask_s = max(wish.ask_s, now_s + _SHOW_S)

    def _heartbeat(self, now_s: float) -> list[Message]:
        if now_s < self._beat_s:
            return []
        self._beat_s = now_s + HEARTBEAT_S
        return [dialect().MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3)]  # a host

    def _setpoint(self, now_s: float) -> list[Message]:
        """Keep a guided vehicle going, or standing: it must never be left alone."""
        alive = now_s < self._drive_until_s
        if not alive and self._drive != Drive(0.0, 0.0):
            self._drive, self._drive_s = Drive(0.0, 0.0), float("-inf")
        guided = Mode.GUIDED in (self.view.mode, self.wish and self.wish.mode)
        if not guided or now_s < self._drive_s:
            return []
        self._drive_s = now_s + SETPOINT_S
        target = self._target
        drive = self._drive
        return [
            dialect().MAVLink_set_position_target_local_ned_message(
                int(now_s * 1e3) & 0xFFFFFFFF,
                target.system,
                target.component,
                _BODY,
                _SPEED_AND_TURN,
                *(0.0, 0.0, 0.0),
                *(drive.speed_mps, 0.0, 0.0),
                *(0.0, 0.0, 0.0),
                *(0.0, -drive.turn_radps),  # clockwise seen from above
            )
        ]

    def _wishes(self, now_s: float) -> list[Message]:
        wish, view = self.wish, self.view
        if wish is None:
            return []
        shown = wish.mode in (None, view.mode)
        if now_s < wish.ask_s and shown == wish.mode_shown:
            return []
        wish.mode_shown = shown
        if not wish.urgent and (wish.is_granted(view) or now_s > wish.until_s):
            if not wish.is_granted(view):
                _log.warning(
                    "the vehicle does not do it: it is %s, in mode %s, not %s",
                    view.state.name,
                    view.mode.value,
                    wish,
                )
            self.wish = None
            return []
        wish.ask_s = now_s + (TICK_S if wish.urgent else _ASK_S)
        blind = wish.urgent and now_s < wish.until_s
        return self._missing(wish, blind=blind)

    def _missing(self, wish: Wish, *, blind: bool) -> list[Message]:
        """
        Ask for what is missing of a wish; blindly, for all of it.

        It is armed only when its mode shows: nobody else's mode is to move it.
        """
        view, asked = self.view, []
        if wish.mode is not None and (blind or wish.mode is not view.mode):
            main, sub = view.autopilot.numbers[wish.mode]
            asked.append(self._command(_SET_MODE, 1, main, sub))
        late = wish.armed and asked  # it is armed once its mode shows
        if wish.armed is not None and (blind or wish.armed != view.armed) and not late:
            force = _FORCE if wish.urgent else 0
            asked.append(self._command(_ARM, int(wish.armed), force))
        return asked

    def _questions(self, now_s: float) -> list[Message]:
        """Ask again for what a line or a restart of the vehicle has swallowed."""
        if now_s < self._ask_s:
            return []
        self._ask_s = now_s + _ASK_S
        missing = [name for name in self._asked if name not in self.parameters]
        asked = [
            dialect().MAVLink_param_request_read_message(
                self._target.system, self._target.component, name.encode(), -1
            )
            for name in missing
        ]
        if now_s - self._place_s > _FRESH_S:
            asked += [self._command(_INTERVAL, *pair) for pair in _WANTED.items()]
        return asked

    def _command(self, number: int, *values: float) -> Message:
        self.commands_sent += 1
        target = self._target
        filled = [*values, *[0.0] * (7 - len(values))]
        return dialect().MAVLink_command_long_message(
            target.system, target.component, number, 0, *filled
        )

    @property
    def _target(self) -> Address:
        return self.view.address or Address(0, 0)

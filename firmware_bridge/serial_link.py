"""
A `RobotLink` over a serial port; the only module that imports pyserial.

It moves bytes and turns the port's errors into `LinkError`. What the bytes mean is
for `host_session` to say.
"""

import errno
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import serial
from serial.tools import list_ports as serial_ports

from firmware_bridge.host_session import (
    HostEvent,
    HostSession,
    Incompatible,
    MissionOver,
    OtherHost,
    Unsigned,
)
from firmware_bridge.limits import Limits
from firmware_bridge.link_words import (
    event_in_words,
    keys_in_words,
    mission_in_words,
    other_hosts_in_words,
    versions_in_words,
)
from firmware_bridge.mission_messages import LoadState
from firmware_bridge.mission_steps import encode_steps
from patrol.errors import LinkError
from patrol.robot import Action, Command, RobotMission, Telemetry

_log = logging.getLogger(__name__)

_WRITE_TIMEOUT_S = 0.5  # a peer that reads nothing blocks a write after some 20 kB
_FAREWELL_S = 0.5  # a robot that cannot be disarmed in this time stops itself
_EARLY_S = 1e-6  # clocks are sums of floats: this little too early is in time
_MOST_OTHERS = 3  # a check on the bench in between is no second host


class Port(Protocol):
    """What a `SerialLink` needs of a port; pyserial's ports have it."""

    timeout: float | None

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        ...

    def read(self, size: int = 1, /) -> bytes:
        """Wait up to ``timeout`` seconds for ``size`` bytes; return what came."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Write all of the bytes."""
        ...

    def close(self) -> None:
        """Close the port."""
        ...


@dataclass(frozen=True)
class PortInfo:
    """A serial port of this computer: its address, and what is known of it."""

    address: str
    description: str


class SerialLink:
    """
    A robot at the other end of a port.

    Parameters
    ----------
    port
        Open port; the link closes it.
    name
        Name of the robot or of its port, for messages.
    clock
        Monotonic clock in seconds. A simulated port brings its own.
    nonce
        Number, 32 bits, that no earlier host has used with this robot. It is drawn
        if absent; give it where a run has to be repeatable.
    """

    def __init__(
        self,
        port: Port,
        *,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        nonce: int | None = None,
    ) -> None:
        self._port = port
        self._name = name
        self._clock = clock
        nonce = secrets.randbits(32) if nonce is None else nonce
        self._session = HostSession(nonce=nonce)
        self._closed = False
        self._refusal = ""  # why there is no talking to this robot
        self._kept: list[Telemetry] = []
        self._mission_over: MissionOver | None = None

    @classmethod
    def open(cls, address: str, *, baud: int = 115_200) -> Self:
        """
        Open a port by device name or pyserial address, such as ``socket://``.

        Raises
        ------
        LinkError
            If the port cannot be opened.
        """
        return cls(open_port(address, baud=baud), name=address)

    @property
    def now_s(self) -> float:
        """See `RobotLink.now_s`."""
        return self._clock()

    @property
    def counters(self) -> dict[str, int]:
        """Figures of the link by name; see `HostCounters`."""
        return self._session.counters

    @property
    def sent_by_action(self) -> dict[Action, int]:
        """How often each action was handed over."""
        return dict(self._session.sent_by_action)

    def sign_with(self, key: bytes) -> None:
        """Sign all frames with a key of the robot's; say so before `connect`."""
        self._session.sign_with(key)

    def connect(self, timeout_s: float = 3.0) -> None:
        """
        Wait until the robot has answered.

        Raises
        ------
        LinkError
            If it does not answer in time, or speaks another protocol.
        """
        end_s = self._clock() + timeout_s
        while not self._session.connected:
            if self._clock() >= end_s - _EARLY_S:
                raise LinkError(
                    f"no robot answered on {self._name!r} in {timeout_s:g} s: is it "
                    f"switched on, and is this its port? `patrol ports` lists the "
                    f"ports of this computer"
                )
            self._exchange(end_s)

    def reconnect(self) -> None:
        """
        Ask for a new session; the robot holds until it is armed anew.

        Raises
        ------
        LinkError
            If the link is closed.
        """
        self._check_open()
        self._session.reconnect()

    def flush(self, timeout_s: float) -> bool:
        """
        Wait until all commands are answered; tell whether they are.

        Reports that come in the meantime are lost.

        Raises
        ------
        LinkError
            If the link is closed or lost.
        """
        end_s = self._clock() + timeout_s
        while self._session.unanswered and self._clock() < end_s - _EARLY_S:
            self._exchange(end_s)
        return not self._session.unanswered

    def send(self, command: Command) -> None:
        """See `RobotLink.send`."""
        self._check_open()
        try:
            wire = self._session.send(command, self._clock())
        except OverflowError as error:
            raise LinkError(
                f"the robot on {self._name!r} answers no command: {error}"
            ) from error
        self._write(wire)

    def tighten(self, limits: Limits) -> None:
        """
        Have the robot keep these limits besides its own, over its restarts too.

        Raises
        ------
        LinkError
            If the link is closed or lost.
        """
        self._check_open()
        self._write(self._session.tighten(limits, self._clock()))

    def has_room(self, mission: RobotMission) -> bool:
        """Tell whether the robot can hold a mission of this length."""
        return len(encode_steps(mission)) <= self._session.mission_room

    def load_mission(
        self, mission: RobotMission, *, from_m: float, timeout_s: float
    ) -> None:
        """See `MissionLink.load_mission`; reports that come are for `poll`."""
        self._check_open()
        now_s = self._clock()
        self._mission_over = None
        try:
            wire = self._session.load(mission, from_mm=round(from_m * 1e3), now_s=now_s)
        except ValueError as error:
            raise LinkError(f"cannot load a mission: {error}") from error
        self._write(wire)
        over = self._await_load(now_s + timeout_s)
        if over is None or over.state is not LoadState.HELD:
            self._session.drop_load()
            room = self._session.mission_room
            words = mission_in_words(over, len(mission.xy_mm), room, timeout_s)
            raise LinkError(f"the robot on {self._name!r} {words}")

    def poll(self, timeout_s: float) -> list[Telemetry]:
        """See `RobotLink.poll`."""
        if self._kept:
            kept, self._kept = self._kept, []
            return kept
        end_s = self._clock() + timeout_s
        while True:
            reports = self._exchange(end_s)
            if reports or self._clock() >= end_s - _EARLY_S:
                return reports

    def close(self) -> None:
        """See `RobotLink.close`; disarms the robot if it is there to hear it."""
        if self._closed:
            return
        with suppress(LinkError):
            if self._session.connected:
                self.send(Action.DISARM)
                self.flush(_FAREWELL_S)
        self._closed = True
        with suppress(OSError):
            self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _await_load(self, end_s: float) -> MissionOver | None:
        while self._mission_over is None and self._clock() < end_s - _EARLY_S:
            self._kept += self._exchange(end_s)
        return self._mission_over

    def _exchange(self, end_s: float) -> list[Telemetry]:
        """Write what is due, wait for bytes until the next thing is, take them in."""
        self._check_open()
        now_s = self._clock()
        if self._session.next_deadline_s <= now_s + _EARLY_S:
            self._write(self._session.due(now_s))
        wake_s = min(end_s, self._session.next_deadline_s)
        chunk = self._read(max(0.0, wake_s - now_s))
        events = self._session.receive(chunk, self._clock()) if chunk else []
        reports = []
        for event in events:
            if isinstance(event, Telemetry):
                reports.append(event)
            else:
                self._note(event)
        return reports

    def _note_other_host(self) -> None:
        others = self._session.counters["other_hosts"]
        _log.warning("%s: another host had taken it over", self._name)
        if others >= _MOST_OTHERS:
            self._refusal = other_hosts_in_words(others)

    def _write(self, wire: bytes) -> None:
        if not wire:
            return
        try:
            self._port.write(wire)
        except OSError as error:  # pyserial's errors are OSErrors
            raise self._lost("sending") from error

    def _read(self, timeout_s: float) -> bytes:
        try:
            if self._port.timeout != timeout_s:
                self._port.timeout = timeout_s
            chunk = self._port.read(self._port.in_waiting or 1)
            more = self._port.in_waiting if chunk else 0
            return chunk + self._port.read(more) if more else chunk
        except OSError as error:
            raise self._lost("reading") from error

    def _lost(self, doing: str) -> LinkError:
        return LinkError(
            f"lost the robot on {self._name!r} while {doing}: is it still plugged in "
            f"and switched on? It stops by itself; `patrol ports` lists the ports of "
            f"this computer"
        )

    def _check_open(self) -> None:
        if self._closed:
            raise LinkError(f"the link to {self._name!r} is closed: open it again")
        if self._refusal:
            raise LinkError(f"the robot on {self._name!r} {self._refusal}")

    def _note(self, event: HostEvent) -> None:
        match event:
            case Incompatible():
                self._refusal = versions_in_words(event)
            case Unsigned():
                self._refusal = keys_in_words(event)
            case MissionOver():
                self._mission_over = event
            case OtherHost():
                self._note_other_host()
            case _:
                level, words = event_in_words(event)
                _log.log(level, "%s: %s", self._name, words)


def open_port(address: str, *, baud: int = 115_200) -> Port:
    """
    Open a serial port for this program alone.

    Parameters
    ----------
    address
        Device name such as ``/dev/ttyUSB0`` or ``COM3``, or a pyserial address.
    baud
        Bits per second.

    Raises
    ------
    LinkError
        If the port cannot be opened.
    """
    try:
        port: Port = serial.serial_for_url(
            address,
            baudrate=baud,
            timeout=0,
            write_timeout=_WRITE_TIMEOUT_S,
            exclusive=True,
        )
    except (OSError, ValueError) as error:  # pyserial's errors are OSErrors
        raise LinkError(
            f"cannot open serial port {address!r}: {_in_words(error)}; "
            f"`patrol ports` lists the ports of this computer"
        ) from error
    return port


def list_ports() -> list[PortInfo]:
    """List the serial ports of this computer, by address."""
    found = [PortInfo(p.device, p.description) for p in serial_ports.comports()]
    return sorted(found, key=lambda port: port.address)


def _in_words(error: OSError | ValueError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    match number:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return "there is no such port"
        case errno.EACCES | errno.EPERM:
            return (
                "this user may not use it, or another program does; on Linux join "
                "the group that owns it, often `dialout`, and log in again"
            )
        case errno.EAGAIN | errno.EBUSY:
            return "another program uses it; close that program first"
        case _:
            return str(error)

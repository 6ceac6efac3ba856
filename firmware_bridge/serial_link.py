"""
A `RobotLink` over a port.

It moves bytes and turns the port's errors into `LinkError`. What the bytes mean is
for `host_session` to say, what can happen to a port for `ports` and `lasting_port`.
"""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from firmware_bridge.byte_log import PATROL, ByteLog, command_in_words
from firmware_bridge.framing import VERSION
from firmware_bridge.host_session import (
    Connected,
    GivenUp,
    HostEvent,
    HostSession,
    Incompatible,
)
from firmware_bridge.lasting_port import LastingPort
from firmware_bridge.messages import Result
from firmware_bridge.outbox import Answered
from firmware_bridge.ports import BAUD, Plug, Port
from patrol.errors import LinkError
from patrol.robot import Action, Command, Telemetry

_log = logging.getLogger(__name__)

_FAREWELL_S = 0.5  # a robot that cannot be disarmed in this time stops itself
_EARLY_S = 1e-6  # clocks are sums of floats: this little too early is in time


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
    log
        Where every step of the session and every byte is written down; the link
        writes its first line.
    """

    def __init__(
        self,
        port: Port,
        *,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        nonce: int | None = None,
        log: ByteLog | None = None,
    ) -> None:
        self._port = port
        self._name = name
        self._clock = clock
        nonce = secrets.randbits(32) if nonce is None else nonce
        self._session = HostSession(nonce=nonce)
        self._closed = False
        self._incompatible = False
        self._bytes_read = 0
        self._log = log
        if log is not None:
            log.begin(clock(), speaks=PATROL, nonce=nonce)

    @classmethod
    def open(
        cls, address: str, *, baud: int = BAUD, log: ByteLog | None = None
    ) -> Self:
        """
        Open a port that is opened again whenever it was lost.

        Parameters
        ----------
        address
            As `firmware_bridge.ports.open_port` takes it.
        baud
            Bits per second.
        log
            As for `SerialLink`.

        Raises
        ------
        LinkError
            If the port cannot be opened.
        """
        port = LastingPort(Plug(address, baud=baud), name=address)
        return cls(port, name=address, log=log)

    @property
    def now_s(self) -> float:
        """See `RobotLink.now_s`."""
        return self._clock()

    @property
    def counters(self) -> dict[str, int]:
        """Figures of the link by name; see `HostCounters` and `LastingPort`."""
        port = self._port
        ports = port.counters if isinstance(port, LastingPort) else {}
        return self._session.counters | ports

    @property
    def sent_by_action(self) -> dict[Action, int]:
        """How often each action was handed over."""
        return dict(self._session.sent_by_action)

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
                heard = noise_in_words(self._bytes_read, self._session.counters)
                raise LinkError(
                    f"no robot answered on {self._name!r} in {timeout_s:g} s{heard}? "
                    f"`patrol ports` lists the ports of this computer"
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
        self._note_step(self._clock(), "=")
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
        now_s = self._clock()
        try:
            wire = self._session.send(command, now_s)
        except OverflowError as error:
            raise LinkError(
                f"the robot on {self._name!r} answers no command: {error}"
            ) from error
        self._note_step(now_s, "!", command_in_words(command), wire.hex())
        self._write(wire)

    def poll(self, timeout_s: float) -> list[Telemetry]:
        """See `RobotLink.poll`."""
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

    def _exchange(self, end_s: float) -> list[Telemetry]:
        """Write what is due, wait for bytes until the next thing is, take them in."""
        self._check_open()
        now_s = self._clock()
        if self._session.next_deadline_s <= now_s + _EARLY_S:
            wire = self._session.due(now_s)
            self._note_step(now_s, ">", wire.hex())
            self._write(wire)
        wake_s = min(end_s, self._session.next_deadline_s)
        chunk = self._read(max(0.0, wake_s - now_s))
        return self._take_in(chunk, self._clock()) if chunk else []

    def _take_in(self, chunk: bytes, now_s: float) -> list[Telemetry]:
        self._note_step(now_s, "<", chunk.hex())
        reports = []
        for event in self._session.receive(chunk, now_s):
            if isinstance(event, Telemetry):
                reports.append(event)
            else:
                self._note(event)
        return reports

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
            chunk += self._port.read(more) if more else b""
        except OSError as error:
            raise self._lost("reading") from error
        self._bytes_read += len(chunk)
        return chunk

    def _lost(self, doing: str) -> LinkError:
        return LinkError(
            f"lost the robot on {self._name!r} while {doing}: is it still plugged in "
            f"and switched on? It stops by itself; `patrol ports` lists the ports of "
            f"this computer"
        )

    def _note_step(self, now_s: float, *words: str) -> None:
        if self._log is not None:
            self._log.write(now_s, *words)

    def _check_open(self) -> None:
        if self._closed:
            raise LinkError(f"the link to {self._name!r} is closed: open it again")
        if self._incompatible:
            raise LinkError(
                f"the robot on {self._name!r} does not speak version {VERSION} of the "
                f"protocol: update its firmware or this program"
            )

    def _note(self, event: HostEvent) -> None:
        match event:
            case Incompatible():
                self._incompatible = True
            case Connected(restarted=True):
                _log.warning("%s: the robot has restarted, arm it anew", self._name)
            case Connected():
                _log.info("%s: connected", self._name)
            case GivenUp():
                _log.warning("%s: %s lost in a restart", self._name, event.action.name)
            case Answered(result=Result.REFUSED):
                _log.warning("%s: the robot refused %s", self._name, event.action.name)
            case Answered():
                _log.info("%s: %s done", self._name, event.action.name)


def noise_in_words(bytes_read: int, counters: Mapping[str, int]) -> str:
    """Say what a line brought on which no robot answered, as an open question."""
    if bytes_read == 0:
        return ": is it switched on, and is this its port"
    if counters["frames_received"]:
        return (
            f", yet {counters['frames_received']} of its frames came: it speaks, but "
            f"does not hear. Is the wire to it (TX) connected"
        )
    return (
        f", only noise came: {bytes_read} bytes and no frame among them. Does it speak "
        f"at another baud rate, or is it another device"
    )

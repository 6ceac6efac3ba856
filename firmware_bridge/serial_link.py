"""
A `RobotLink` over a port.

It moves bytes and turns the port's errors into `LinkError`. What the bytes mean is
for `host_session` to say, what can happen to a port for `ports` and `lasting_port`.
"""

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from firmware_bridge.byte_log import PATROL, ByteLog
from firmware_bridge.host_session import (
    HostEvent,
    HostSession,
    Incompatible,
    MissionOver,
    OtherHost,
    Unsigned,
)
from firmware_bridge.lasting_port import LastingPort
from firmware_bridge.limits import Limits
from firmware_bridge.link_words import (
    event_in_words,
    keys_in_words,
    mission_in_words,
    noise_in_words,
    other_hosts_in_words,
    versions_in_words,
)
from firmware_bridge.log_steps import (
    DropLoad,
    LoadMission,
    SignFrames,
    Told,
    told_in_words,
)
from firmware_bridge.mission_messages import LoadState
from firmware_bridge.mission_steps import encode_steps
from firmware_bridge.ports import BAUD, Plug, Port
from patrol.errors import LinkError
from patrol.robot import Action, Command, RobotMission, Telemetry

_log = logging.getLogger(__name__)

_FAREWELL_S = 0.5  # a robot that cannot be disarmed in this time stops itself
_EARLY_S = 1e-6  # clocks are sums of floats: this little too early is in time
_MOST_OTHERS = 3  # a check on the bench in between is no second host


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
        self._bytes_read = 0
        self._log = log
        if log is not None:
            log.begin(clock(), speaks=PATROL, nonce=nonce)
        self._refusal = ""  # why there is no talking to this robot
        self._kept: list[Telemetry] = []
        self._mission_over: MissionOver | None = None

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

    def sign_with(self, key: bytes) -> None:
        """Sign all frames with a key of the robot's; say so before `connect`."""
        self._session.sign_with(key)
        self._note_told(self._clock(), SignFrames(), b"")

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
                frames = self._session.counters["frames_received"]
                heard = noise_in_words(self._bytes_read, frames)
                raise LinkError(
                    f"no robot answered on {self._name!r} in {timeout_s:g} s{heard} "
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
        self._note_told(now_s, command, wire)
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
        now_s = self._clock()
        wire = self._session.tighten(limits, now_s)
        self._note_told(now_s, limits, wire)
        self._write(wire)

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
        from_mm = round(from_m * 1e3)
        try:
            wire = self._session.load(mission, from_mm=from_mm, now_s=now_s)
        except ValueError as error:
            raise LinkError(f"cannot load a mission: {error}") from error
        self._note_told(now_s, LoadMission(mission, from_mm), wire)
        self._write(wire)
        over = self._await_load(now_s + timeout_s)
        if over is None or over.state is not LoadState.HELD:
            self._session.drop_load()
            self._note_told(self._clock(), DropLoad(), b"")
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

    def __exit__(self, *_: object) -> None:
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

    def _note_told(self, now_s: float, told: Told, wire: bytes) -> None:
        if self._log is not None:
            self._log.write(now_s, "!", told_in_words(told), wire.hex())

    def _note_step(self, now_s: float, *words: str) -> None:
        if self._log is not None:
            self._log.write(now_s, *words)

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

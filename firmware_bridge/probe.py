"""
A host that can misbehave: it sends single frames to a robot, and watches the answers.

`HostSession` hides what the line does; the conformance suite needs to see it.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from firmware_bridge.framing import Frame, FrameDecoder, encode_frame
from firmware_bridge.link_words import noise_in_words
from firmware_bridge.messages import (
    Estop,
    EstopAck,
    Heartbeat,
    Hello,
    Message,
    Order,
    Report,
    Results,
    Setpoint,
    Welcome,
    frame_of,
    message_of,
)
from firmware_bridge.mission_messages import FenceNow, LimitsNow, Loaded
from firmware_bridge.ports import Port
from firmware_bridge.robot_core import REST_MPS
from firmware_bridge.serial_numbers import after
from patrol.errors import LinkError
from patrol.robot import Action, Drive

PATIENCE_S = 3.0
"""Longest wait for an answer: a busy computer is late, a robot is not this late."""

_REPEAT_S = 0.25  # an emulator or a cable may lose a byte, and that is no failure
_Asked = TypeVar(
    "_Asked", Welcome, Results, EstopAck, Report, Loaded, LimitsNow, FenceNow
)


Until = Callable[[Report], bool]
"""Whether a report is the one that was waited for."""


def is_still(report: Report) -> bool:
    """Tell whether the wheels stand."""
    return abs(report.telemetry.speed_mps) < REST_MPS


def _never(_report: Report) -> bool:
    return False


@dataclass(frozen=True)
class Heard:
    """A frame of the robot, what it says, and when it came on the probe's clock."""

    frame: Frame
    message: Message
    at_s: float


@dataclass
class Probe:
    """
    Talk to a robot frame by frame.

    Attributes
    ----------
    port, clock
        The line, and the clock by which its timeouts run.
    nonce
        Of the next session but one: it counts up.
    session, seq, setpoint_seq
        Of the session that stands.
    """

    port: Port
    clock: Callable[[], float]
    nonce: int
    session: int = 0
    seq: int = 0
    setpoint_seq: int = 0
    _decoder: FrameDecoder = field(default_factory=FrameDecoder, repr=False)
    _repeated: bool = False
    _heard: bool = False
    _bytes_read: int = 0

    def send(
        self, message: Message, *, seq: int = 0, session: int | None = None
    ) -> None:
        """Send one frame, in the standing session unless another is named."""
        number = self.session if session is None else session
        self.send_bytes(encode_frame(frame_of(message, session=number, seq=seq)))

    def send_bytes(self, wire: bytes) -> None:
        """
        Send bytes as they are.

        Raises
        ------
        LinkError
            If the port fails.
        """
        try:
            self.port.write(wire)
        except OSError as error:
            raise LinkError(
                "lost the robot while sending: is it plugged in?"
            ) from error

    def hear(self, for_s: float) -> Iterator[Heard]:
        """
        Give the robot's frames as they come, until the time is over.

        Raises
        ------
        LinkError
            If the port fails.
        """
        end_s = self.clock() + for_s
        while (left_s := end_s - self.clock()) > 0:
            chunk = self._read(left_s)
            at_s = self.clock()
            self._bytes_read += len(chunk)
            for frame in self._decoder.feed(chunk):
                self._heard = True
                message = message_of(frame)
                if message is not None:
                    yield Heard(frame, message, at_s)

    def drain(self) -> None:
        """Take in what is still on its way from before."""
        for _ in self.hear(1.0 if self._repeated else 0.06):
            pass
        self._repeated = False

    def ask(
        self,
        wire: bytes,
        kind: type[_Asked],
        *,
        fits: Callable[[_Asked, Frame], bool] = lambda _message, _frame: True,
    ) -> tuple[_Asked, Frame, float]:
        """
        Send bytes until an answer of this kind comes that fits.

        Others are late answers to what was sent before, and are passed over.

        Returns
        -------
        message, frame
            The answer.
        trip_s
            Time from the last sending to the answer.

        Raises
        ------
        LinkError
            If none comes in `PATIENCE_S`.
        """
        for _ in range(round(PATIENCE_S / _REPEAT_S)):
            sent_s = self.clock()
            self.send_bytes(wire)
            for heard in self.hear(_REPEAT_S):
                said, frame = heard.message, heard.frame
                if isinstance(said, kind) and fits(said, frame):
                    return said, frame, heard.at_s - sent_s
            self._repeated = True
        noise = "" if self._heard else noise_in_words(self._bytes_read, 0)
        raise LinkError(f"no {kind.__name__} that fits came in {PATIENCE_S:g} s{noise}")

    def connect(self, *, nonce: int | None = None) -> tuple[Welcome, float]:
        """Begin a session; return the robot's welcome, and the time it took."""
        self.nonce = after(self.nonce, bits=32) if nonce is None else nonce
        wire = b"\x00" + encode_frame(frame_of(Hello(self.nonce)))
        welcome, frame, trip_s = self.ask(
            wire, Welcome, fits=lambda said, _: said.nonce == self.nonce
        )
        self.session = frame.session
        self.seq = self.setpoint_seq = self.nonce & 0xFFFF
        return welcome, trip_s

    def order(self, action: Action, token: int = 0) -> tuple[Results, Frame, float]:
        """Send the next command until it is answered; see `ask`."""
        self.seq = after(self.seq)
        frame = frame_of(Order(action, token), session=self.session, seq=self.seq)
        wire = encode_frame(frame)
        return self.ask(wire, Results, fits=lambda _, answer: answer.ack == self.seq)

    def estop(self, token: int, *, session: int | None = None) -> float:
        """Send an e-stop until it is acknowledged; return the time that took."""
        number = self.session if session is None else session
        wire = encode_frame(frame_of(Estop(token), session=number))
        return self.ask(wire, EstopAck, fits=lambda said, _: said.token == token)[2]

    def report(self) -> Report:
        """
        Wait for the next report.

        Raises
        ------
        LinkError
            If none comes in `PATIENCE_S`.
        """
        self.drain()
        for heard in self.hear(PATIENCE_S):
            if isinstance(heard.message, Report):
                return heard.message
        raise LinkError(f"no report came in {PATIENCE_S:g} s")

    def drive(
        self, drive: Drive, for_s: float, *, until: Until = _never
    ) -> list[Heard]:
        """Send setpoints 20 times a second; return the reports that came."""

        def steer() -> None:
            self.setpoint_seq = after(self.setpoint_seq)
            self.send(Setpoint(drive, 0.3), seq=self.setpoint_seq)

        return self._go_on(steer, for_s, until)

    def beat(self, for_s: float, *, until: Until = _never) -> list[Heard]:
        """Send heartbeats 20 times a second; return the reports that came."""
        return self._go_on(lambda: self.send(Heartbeat()), for_s, until)

    def reports(self, for_s: float, *, until: Until = _never) -> list[Heard]:
        """
        Say nothing for a while; return the reports that came.

        Parameters
        ----------
        for_s
            Longest time.
        until
            Ends it when it holds for a report, the last that is returned.
        """
        seen = []
        for one in self.hear(for_s):
            if isinstance(one.message, Report):
                seen.append(one)
                if until(one.message):
                    break
        return seen

    def silence_after(self, wire: bytes, kind: type[Message]) -> bool:
        """Send bytes; tell whether no answer of this kind comes in 0.15 s."""
        self.drain()
        self.send_bytes(wire)
        answers = [one for one in self.hear(0.15) if isinstance(one.message, kind)]
        return not answers

    def token(self, number: int) -> int:
        """Name an e-stop, from 0 to 127 in a session, newer than all before."""
        return ((self.nonce << 7) + number) & 0xFFFFFFFF or 1

    def order_wire(self, action: Action, seq: int) -> bytes:
        """Give the bytes of a command with a number of the caller's choice."""
        return encode_frame(frame_of(Order(action), session=self.session, seq=seq))

    def rest(self) -> None:
        """Disarm, and wait until the wheels stand."""
        self.order(Action.DISARM)
        self.reports(PATIENCE_S, until=is_still)

    def _go_on(
        self, say: Callable[[], None], for_s: float, until: Until
    ) -> list[Heard]:
        seen: list[Heard] = []
        for _ in range(round(for_s / 0.05)):
            say()
            seen += self.reports(0.05, until=until)
            if any(until(report) for report in said(seen[-1:])):
                break
        return seen

    def _read(self, timeout_s: float) -> bytes:
        try:
            self.port.timeout = timeout_s
            chunk = self.port.read(1)
            more = self.port.in_waiting if chunk else 0
            return chunk + self.port.read(more) if more else chunk
        except OSError as error:
            raise LinkError(
                "lost the robot while reading: is it plugged in?"
            ) from error


def percentile(values: list[float], share: float) -> float:
    """Give the least value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    below = itertools.takewhile(
        lambda at: at / len(ordered) < share, range(len(ordered))
    )
    return ordered[min(len(list(below)), len(ordered)) - 1]


def pairs(seen: list[Heard]) -> list[tuple[Heard, Report]]:
    """Give the reports among what was heard, each with its frame."""
    return [(one, one.message) for one in seen if isinstance(one.message, Report)]


def said(seen: list[Heard]) -> list[Report]:
    """Give the reports among what was heard."""
    return [report for _, report in pairs(seen)]

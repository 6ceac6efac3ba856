"""Read a byte log: its frames in words, and the session run again over its steps."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.byte_log import LOG_VERSION, MAVLINK, PATROL
from firmware_bridge.framing import Frame, FrameDecoder
from firmware_bridge.host_session import HostEvent, HostSession
from firmware_bridge.limits import Limits
from firmware_bridge.log_steps import DropLoad, LoadMission, SignFrames, Told, told_of
from firmware_bridge.mavlink_wire import Address, MavWire
from firmware_bridge.messages import message_of
from firmware_bridge.signing import without_tag
from patrol.errors import RecordError
from patrol.robot import Command

_SIGNS = {sign: sign for sign in ("<", ">", "=")}
_WAY_OUT = "`patrol drive --log` and `patrol hil --log` write such files"


Decoded = tuple[list[tuple[str, int]], int]
Decoder = Callable[[bytes], Decoded]


@dataclass(frozen=True)
class Step:
    """
    One line of a log.

    Attributes
    ----------
    time_s
        On the link's clock.
    sign
        ``<`` bytes came, ``>`` bytes were due, ``!`` a command, ``=`` a new session.
    data
        The bytes.
    told
        Of ``!``, what the host was told; else None.
    """

    time_s: float
    sign: str
    data: bytes = b""
    told: Told | None = None


@dataclass(frozen=True)
class Log:
    """
    A log that was read.

    Attributes
    ----------
    robot, speaks, nonce, started, clock_s
        As in `firmware_bridge.byte_log`.
    steps
        In the order of the file.
    cut_off
        Whether the last line is not whole, as after a crash; it is left out.
    """

    robot: str
    speaks: str
    nonce: int | None
    started: str
    clock_s: float
    steps: tuple[Step, ...]
    cut_off: bool

    @property
    def is_signed(self) -> bool:
        """Whether the host signed its frames."""
        return any(isinstance(step.told, SignFrames) for step in self.steps)


@dataclass(frozen=True)
class LoggedFrame:
    """
    A frame of a log.

    Attributes
    ----------
    time_s
        When it was whole, on the link's clock.
    sent
        Whether the host sent it.
    text
        What it says.
    seq
        Its number.
    damaged
        Whether these are bytes that were thrown away.
    """

    time_s: float
    sent: bool
    text: str
    seq: int = 0
    damaged: bool = False


@dataclass(frozen=True)
class Replay:
    """
    What a session does when its steps are done again.

    Attributes
    ----------
    events
        What came out of it, each with its time.
    differs_s
        Time of the first step in which it sends other bytes than the log says; None
        if it sends the same.
    """

    events: tuple[tuple[float, HostEvent], ...]
    differs_s: float | None


def read_log(path: Path) -> Log:
    """
    Read a log.

    Raises
    ------
    RecordError
        If the file is no log, of another version, or damaged in the middle.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path} cannot be read as a byte log: {error}") from error
    first, *lines = text.split("\n")
    header = _header(first, path)
    rest = lines.pop() if lines else ""  # empty where the last line is whole
    steps = [_step(line, path, number) for number, line in enumerate(lines, start=2)]
    return Log(
        robot=str(header.get("robot", "")),
        speaks=str(header.get("speaks", "")),
        nonce=_nonce(header, path),
        started=str(header.get("started", "")),
        clock_s=float(str(header.get("clock_s", 0.0))),
        steps=tuple(steps),
        cut_off=bool(rest),
    )


def frames_of(log: Log) -> Iterator[LoggedFrame]:
    """
    Give the frames of both directions in the order in which they were whole.

    Raises
    ------
    RecordError
        If the log is of no known protocol.
    LinkError
        If it is of MAVLink, and pymavlink is not installed.
    """
    decode = _DECODERS.get(log.speaks)
    if decode is None:
        raise RecordError(
            f"the log of {log.robot} is of {log.speaks!r}; known are "
            f"{' and '.join(_DECODERS)}"
        )
    ends = {True: decode(), False: decode()}
    for step in log.steps:
        sent = step.sign != "<"
        found, dropped = ends[sent](step.data)
        for text, seq in found:
            yield LoggedFrame(step.time_s, sent, text, seq)
        if dropped:
            yield LoggedFrame(step.time_s, sent, f"{dropped} damaged", damaged=True)


def replay(log: Log, *, key: bytes | None = None) -> Replay:
    """
    Do the steps of a session again.

    Parameters
    ----------
    log
        What was done.
    key
        With which its frames are signed, if they are.

    Raises
    ------
    RecordError
        If the log holds no session, as one of the bench, or a signed one and there is
        no key.
    """
    if log.is_signed and key is None:
        raise RecordError(
            f"the session of {log.robot} is signed, and its key is in no log: give it "
            f"by --key"
        )
    if log.nonce is None:
        raise RecordError(
            f"the log of {log.robot} holds bytes and no session: only what "
            f"`patrol drive --log` has written can be run again"
        )
    session = HostSession(nonce=log.nonce)
    events: list[tuple[float, HostEvent]] = []
    differs_s: float | None = None
    for step in log.steps:
        at_s = step.time_s
        if step.sign == "<":
            events += [(at_s, event) for event in session.receive(step.data, at_s)]
        elif _send(session, step, key) != step.data and differs_s is None:
            differs_s = at_s
    return Replay(tuple(events), differs_s)


def _send(session: HostSession, step: Step, key: bytes | None) -> bytes:
    if isinstance(step.told, SignFrames) and key is not None:
        session.sign_with(key)
        return b""
    if step.told is not None and not isinstance(step.told, SignFrames):
        try:
            return _tell(session, step.told, step.time_s)
        except (ValueError, OverflowError) as error:
            raise RecordError(f"the log has been changed: {error}") from error
    if step.sign == ">":
        return session.due(step.time_s)
    session.reconnect()
    return b""


def _tell(
    session: HostSession, told: Command | LoadMission | DropLoad | Limits, now_s: float
) -> bytes:
    match told:
        case LoadMission():
            return session.load(told.mission, from_mm=told.from_mm, now_s=now_s)
        case DropLoad():
            session.drop_load()
            return b""
        case Limits():
            return session.tighten(told, now_s)
    return session.send(told, now_s)


def _decode_patrol() -> Decoder:
    decoder = FrameDecoder()

    def decode(data: bytes) -> Decoded:
        before = decoder.dropped
        frames = [(_text(frame), frame.seq) for frame in decoder.feed(data)]
        return frames, decoder.dropped - before

    return decode


def _decode_mavlink() -> Decoder:
    wire = MavWire(Address(0, 0))

    def decode(data: bytes) -> Decoded:
        before = wire.damaged
        found = [(str(message), message.get_seq()) for message in wire.feed(data)]
        return found, wire.damaged - before

    return decode


_DECODERS = {PATROL: _decode_patrol, MAVLINK: _decode_mavlink}


def _text(frame: Frame) -> str:
    message = message_of(without_tag(frame))
    return f"type {frame.kind:#04x}, no message" if message is None else repr(message)


def _header(line: str, path: Path) -> dict[str, object]:
    try:
        header = json.loads(line)
        version = header["patrol_byte_log"]
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(
            f"{path} is no byte log, its first line is {line[:40]!r}: {_WAY_OUT}"
        ) from error
    if version != LOG_VERSION:
        raise RecordError(
            f"{path} is a byte log of version {version}, this program reads "
            f"{LOG_VERSION}: use the program that wrote it"
        )
    return dict(header)


def _nonce(header: dict[str, object], path: Path) -> int | None:
    nonce = header.get("nonce")
    if nonce is None or (isinstance(nonce, int) and 0 <= nonce < 1 << 32):
        return nonce
    raise RecordError(f"{path} has the nonce {nonce!r}: it must be from 0 to 2^32 - 1")


def _step(line: str, path: Path, number: int) -> Step:
    try:
        time, sign, *words = line.split(" ")
        time_s = float(time)
        if sign == "!":
            return _told_step(time_s, words)
        (data,) = words or [""]
        return Step(time_s, _SIGNS[sign], bytes.fromhex(data))
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(
            f"{path}, line {number}: {line[:60]!r} is no line of a byte log ({error})"
        ) from error


def _told_step(time_s: float, words: Sequence[str]) -> Step:
    told, rest = told_of(words)
    (data,) = rest or [""]
    return Step(time_s, "!", bytes.fromhex(data), told)

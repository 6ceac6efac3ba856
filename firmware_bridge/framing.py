"""
Frames on the wire: a header, a payload and a CRC-32, stuffed by COBS [1]_.

No I/O and no clock in this module: bytes go in, frames come out. What the wire
delivers is never trusted, so a bad frame is counted and dropped, and the decoder
is in step again at the next zero byte. The layout is told in ``PROTOCOL.md``.

.. [1] Cheshire and Baker (1999). Consistent Overhead Byte Stuffing.
   *IEEE/ACM Transactions on Networking* 7(2), 159-172. doi:10.1109/90.769765.
"""

from dataclasses import dataclass, field
from struct import Struct
from zlib import crc32

VERSION = 1
"""Version of the protocol that this module speaks."""

MAX_PAYLOAD = 240
"""Largest payload in bytes: header, payload and CRC fit one COBS block."""

_HEADER = Struct("<BBBHHH")
_CRC = Struct("<I")
_LEAST_BODY = _HEADER.size + _CRC.size
_MOST_BODY = _LEAST_BODY + MAX_PAYLOAD
_MOST_STUFFED = _MOST_BODY + 1
_CODES = tuple(bytes([code]) for code in range(_MOST_STUFFED + 1))


@dataclass(frozen=True, slots=True)
class Frame:
    """
    One frame, as both ends see it.

    Attributes
    ----------
    kind
        Type number of the message in the payload, from 0 to 255.
    payload
        The packed message, at most `MAX_PAYLOAD` bytes.
    session, seq, ack
        Numbers of the session and of the message in it, and of the last command
        carried out, from 0 to 65535.
    flags
        Bit 0: signed. The others are 0, and not looked at on receipt.
    """

    kind: int
    payload: bytes = b""
    session: int = 0
    seq: int = 0
    ack: int = 0
    flags: int = 0


def encode_frame(frame: Frame) -> bytes:
    """
    Give the bytes of a frame on the wire, with the zero byte at the end.

    Raises
    ------
    ValueError
        If the payload is longer than `MAX_PAYLOAD` bytes.
    struct.error
        If a number of the header does not fit its field.
    """
    if len(frame.payload) > MAX_PAYLOAD:
        raise ValueError(
            f"payload of {len(frame.payload)} bytes, a frame holds {MAX_PAYLOAD}"
        )
    body = header_of(frame) + frame.payload
    return stuff(body + _CRC.pack(crc32(body))) + b"\x00"


def header_of(frame: Frame) -> bytes:
    """
    Give the header's bytes.

    Raises
    ------
    struct.error
        If a number does not fit its field.
    """
    return _HEADER.pack(
        VERSION, frame.kind, frame.flags, frame.session, frame.seq, frame.ack
    )


@dataclass
class FrameDecoder:
    """
    Cut a byte stream into frames.

    Attributes
    ----------
    dropped
        Frames thrown away so far: too short, too long, badly stuffed, with a wrong
        CRC or of another version.
    """

    dropped: int = 0
    _buffer: bytearray = field(default_factory=bytearray, repr=False)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take in a chunk, cut anywhere; return the frames it completed."""
        *ends, rest = chunk.split(b"\x00")
        frames = []
        for end in ends:
            self._keep(end)
            frame = _open(bytes(self._buffer))
            if frame is not None:
                frames.append(frame)
            elif self._buffer:
                self.dropped += 1
            self._buffer.clear()
        self._keep(rest)
        return frames

    def _keep(self, data: bytes) -> None:
        room = (
            _MOST_STUFFED + 1 - len(self._buffer)
        )  # one too many marks it as too long
        self._buffer += data[:room]


def stuff(body: bytes) -> bytes:
    """
    Take the zero bytes out of a body of at most 253 bytes.

    Raises
    ------
    ValueError
        If the body is longer than 253 bytes, so that one block does not hold it.
    """
    if len(body) > _MOST_BODY:
        raise ValueError(f"body of {len(body)} bytes, one block holds {_MOST_BODY}")
    # A run is at most 253 bytes long, so none reaches the 254 that needs a split.
    return b"".join([_CODES[len(run) + 1] + run for run in body.split(b"\x00")])


def unstuff(stuffed: bytes) -> bytes | None:
    """
    Put the zero bytes back; None if the bytes are not as `stuff` makes them.

    At most 254 bytes make sense, and codes of 0 and of 255 never come out even.
    """
    runs = []
    at, end = 0, len(stuffed)
    while at < end:
        code = stuffed[at]
        run = stuffed[at + 1 : at + code]
        if len(run) != code - 1 or 0 in run:
            return None
        runs.append(run)
        at += code
    return b"\x00".join(runs) if runs else None


def _open(stuffed: bytes) -> Frame | None:
    if not _LEAST_BODY < len(stuffed) <= _MOST_STUFFED:
        return None
    body = unstuff(stuffed)
    if body is None:
        return None
    content = body[: -_CRC.size]
    if crc32(content) != _CRC.unpack_from(body, len(content))[0]:
        return None
    version, kind, flags, session, seq, ack = _HEADER.unpack_from(content)
    if version != VERSION:
        return None
    return Frame(kind, content[_HEADER.size :], session, seq, ack, flags)

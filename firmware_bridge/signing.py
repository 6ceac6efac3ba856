"""
Frames that only who has the key can make: truncated HMAC-SHA-256 and a counter.

``PROTOCOL.md`` tells under "Signed frames" what that protects against, and what not.
The tag is 64 bits of an HMAC (RFC 2104, RFC 4868 truncates likewise); the counter keeps
what was heard once from counting twice.
"""

import hmac
import re
import stat
from dataclasses import replace
from pathlib import Path
from struct import Struct

from firmware_bridge.framing import Frame, header_of
from patrol.errors import LinkError

SIGNED = 1
"""Bit of the header's flags that a signed frame has."""

KEY_SIZE = 32
"""Bytes of a key."""

_BOOT, _COUNTER = Struct("<I"), Struct("<I")
_TAG = 8
_TRAILER = _COUNTER.size + _TAG


class Signer:
    """
    Sign the frames of one end, and check those of the other.

    Parameters
    ----------
    key
        `KEY_SIZE` bytes that both ends know, and nobody else.

    Attributes
    ----------
    sent, heard
        Counter of the last frame that was signed, and of the last one that was
        believed; both count from 0 when the robot starts.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a key of {len(key)} bytes, it has {KEY_SIZE}")
        self._key = key
        self.sent = 0
        self.heard = 0

    def sign(self, frame: Frame, *, boot_id: int) -> Frame:
        """Give the frame with the next counter and its tag."""
        self.sent += 1
        counted = replace(
            frame,
            flags=frame.flags | SIGNED,
            payload=frame.payload + _COUNTER.pack(self.sent),
        )
        return replace(counted, payload=counted.payload + self._tag(counted, boot_id))

    def check(self, frame: Frame, *, boot_id: int) -> Frame | None:
        """Give the frame that was signed; None if it was not, or has been heard."""
        if not frame.flags & SIGNED or len(frame.payload) < _TRAILER:
            return None
        text, tag = frame.payload[:-_TAG], frame.payload[-_TAG:]
        counted = replace(frame, payload=text)
        if not hmac.compare_digest(tag, self._tag(counted, boot_id)):
            return None
        (counter,) = _COUNTER.unpack_from(text, len(text) - _COUNTER.size)
        if counter <= self.heard:
            return None
        self.heard = counter
        return replace(frame, payload=text[: -_COUNTER.size])

    def _tag(self, counted: Frame, boot_id: int) -> bytes:
        text = _BOOT.pack(boot_id) + header_of(counted) + counted.payload
        return hmac.digest(self._key, text, "sha256")[:_TAG]


def without_tag(frame: Frame) -> Frame:
    """Give a frame as one without the key reads it; unsigned ones stay as they are."""
    if not frame.flags & SIGNED:
        return frame
    return replace(frame, payload=frame.payload[:-_TRAILER])


def load_key(path: Path) -> bytes:
    """
    Read a key of 64 hexadecimal digits from a file that is only its owner's.

    Raises
    ------
    LinkError
        If it cannot be read, others may read it, or it holds no key.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise LinkError(f"cannot read the key {path}: {error}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise LinkError(
            f"the key {path} may be read by others (mode {stat.S_IMODE(mode):04o}): "
            f"`chmod 600 {path}`, and make a new one if they might have"
        )
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * KEY_SIZE}}}", text):
        raise LinkError(
            f"{path} holds {len(text)} characters, a key is {2 * KEY_SIZE} hexadecimal "
            f"digits: make one by `openssl rand -hex {KEY_SIZE}`"
        )
    return bytes.fromhex(text)

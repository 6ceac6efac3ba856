"""
MAVLink messages to bytes and back, sans I/O; the only module that imports pymavlink.

MAVLink's check is 16 bits, its sequence number only counts losses, and nothing is
carried out exactly once [1]_. What is built on it here may therefore be sent again at
any time, and is believed only when the vehicle's state shows it.

.. [1] MAVLink Developer Guide, https://mavlink.io/en/guide/serialization.html.
"""

import os
from dataclasses import dataclass
from typing import Any

from patrol.errors import LinkError

HOST_SYSTEM = 255
"""System number of a ground station: ArduPilot's failsafe listens to this one."""

HOST_COMPONENT = 190
"""MAV_COMP_ID_MISSIONPLANNER, the usual component of a ground station."""

_MARKER = b"\xfd"
_HEADER, _CRC, _SIGNATURE, _SIGNED = 10, 2, 13, 1

Message = Any
"""A message of pymavlink, which has no types."""


@dataclass(frozen=True)
class Address:
    """System and component number of a MAVLink node."""

    system: int
    component: int


def dialect() -> Any:
    """
    Give pymavlink's messages of the dialect that ArduPilot and PX4 share.

    Raises
    ------
    LinkError
        If pymavlink is not installed.
    """
    os.environ.setdefault("MAVLINK20", "1")
    try:
        from pymavlink.dialects.v20 import common
    except ImportError as error:
        raise LinkError(
            "MAVLink needs the package pymavlink: pip install 'patrol-robot[mavlink]'"
        ) from error
    return common


class MavWire:
    """
    One end of a MAVLink 2 line.

    Frames are cut out here and checked by pymavlink: its own parser throws away a
    whole stretch of bytes where one was damaged, and over a bad line may stay out of
    step for as long as the same messages are repeated. Frames of MAVLink 1 are left
    out: vehicles change over when they hear version 2.

    Parameters
    ----------
    own
        Numbers of this end.

    Attributes
    ----------
    messages, damaged
        Good messages that came; starts of frames that turned out to be none.
    """

    def __init__(self, own: Address) -> None:
        common = dialect()
        self.messages = self.damaged = 0
        self._error = common.MAVError
        self._longest = {
            number: kind.unpacker.size for number, kind in common.mavlink_map.items()
        }
        self._mav = common.MAVLink(None, own.system, own.component)
        self._buffer = bytearray()

    def encode(self, message: Message) -> bytes:
        """Give the bytes of a message, numbered as the next of this end."""
        wire = bytes(message.pack(self._mav))
        self._mav.seq = (self._mav.seq + 1) % 256
        return wire

    def feed(self, chunk: bytes) -> list[Message]:
        """Take in bytes, cut anywhere; give the messages that they completed."""
        buffer = self._buffer
        buffer += chunk
        found = []
        while (start := buffer.find(_MARKER)) >= 0:
            del buffer[:start]
            size = self._size()
            if size is None:
                break
            message = self._decode(size)
            if message is None:
                self.damaged += 1
                del buffer[0]  # the next frame may begin within this one
            else:
                del buffer[:size]
                found.append(message)
        else:
            buffer.clear()
        self.messages += len(found)
        return found

    def _size(self) -> int | None:
        """
        Give the size of the frame in front; None while more bytes are to come.

        It is 0 where the header is of no message that is known: a damaged length must
        not make us wait for bytes that never come.
        """
        buffer = self._buffer
        if len(buffer) < _HEADER:
            return None
        payload, flags, number = (
            buffer[1],
            buffer[2],
            int.from_bytes(buffer[7:10], "little"),
        )
        if flags & ~_SIGNED or payload > self._longest.get(number, -1):
            return 0
        size = _HEADER + payload + _CRC + (_SIGNATURE if flags else 0)
        return size if len(buffer) >= size else None

    def _decode(self, size: int) -> Message | None:
        try:
            return self._mav.decode(self._buffer[:size]) if size else None
        except self._error:
            return None


def address_of(message: Message) -> Address:
    """Say who sent a message."""
    return Address(message.get_srcSystem(), message.get_srcComponent())

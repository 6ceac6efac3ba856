"""
What a robot keeps over a restart, as PROTOCOL.md says under "Restarts".

One record says which command it dealt with last, and whether it was e-stopped. No
I/O here: the record is bytes, and a `Memory` keeps them.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Protocol, Self
from zlib import crc32

from firmware_bridge.messages import WINDOW, Result

_LAYOUT = 1
_RECORD = Struct("<BBHIIHHHHBBHI")
_CRC = Struct("<I")
_STOPPED, _KNOWN = 1, 2
_NO_RESULTS = (Result.NONE,) * WINDOW

RECORD_SIZE = _RECORD.size + _CRC.size
"""Bytes of a record."""


class Memory(Protocol):
    """Keeps one record over a restart: EEPROM in a robot, an attribute in a test."""

    def load(self) -> bytes:
        """Give what was saved last; no bytes if nothing was."""
        ...

    def save(self, record: bytes) -> None:
        """Keep a record; when this returns, a restart does not lose it."""
        ...


class KeptMemory:
    """
    Memory of a simulated robot: it lasts as long as the object.

    Attributes
    ----------
    record
        What was saved last; no bytes if nothing was.
    """

    def __init__(self) -> None:
        self.record = b""

    def load(self) -> bytes:
        """See `Memory.load`."""
        return self.record

    def save(self, record: bytes) -> None:
        """See `Memory.save`."""
        self.record = record


@dataclass(frozen=True, slots=True)
class SessionLog:
    """
    The commands that a robot has dealt with in one session.

    Attributes
    ----------
    session
        Number of the session; 0 for none.
    seq
        Number of the last command.
    results
        Results of the last `WINDOW` commands, newest first.
    """

    session: int = 0
    seq: int = 0
    results: tuple[Result, ...] = _NO_RESULTS


@dataclass(frozen=True, slots=True)
class RobotRecord:
    """
    All that a robot keeps over a restart.

    Attributes
    ----------
    count
        Number of this saving, 16 bits; tells the newer of two records.
    boot_id
        Number of the start.
    nonce
        Of the last session; 0 if there was none.
    last, before
        The last session and the one before it.
    estop_token
        Token of the last e-stop; 0 if there was none.
    estop_session
        Session in whose frame it came; None if there was none.
    estopped
        Whether it has not been cleared.
    """

    count: int
    boot_id: int
    nonce: int
    last: SessionLog
    before: SessionLog
    estop_token: int
    estop_session: int | None
    estopped: bool

    def pack(self) -> bytes:
        """Give the record's bytes."""
        known = self.estop_session is not None
        body = _RECORD.pack(
            _LAYOUT,
            self.estopped * _STOPPED | known * _KNOWN,
            self.count,
            self.boot_id,
            self.nonce,
            self.last.session,
            self.last.seq,
            self.before.session,
            self.before.seq,
            _pack_results(self.last.results),
            _pack_results(self.before.results),
            self.estop_session or 0,
            self.estop_token,
        )
        return body + _CRC.pack(crc32(body))

    @classmethod
    def unpack(cls, record: bytes) -> Self | None:
        """Read a record; None if there is none, or it is damaged."""
        if len(record) != RECORD_SIZE or record[0] != _LAYOUT:
            return None
        body = record[: _RECORD.size]
        if crc32(body) != _CRC.unpack_from(record, _RECORD.size)[0]:
            return None
        (_, flags, count, boot_id, nonce, *logs, estop_session, token) = _RECORD.unpack(
            body
        )
        session, seq, session_before, seq_before, results, results_before = logs
        return cls(
            count,
            boot_id,
            nonce,
            SessionLog(session, seq, _unpack_results(results)),
            SessionLog(session_before, seq_before, _unpack_results(results_before)),
            token,
            estop_session if flags & _KNOWN else None,
            bool(flags & _STOPPED),
        )


def _pack_results(results: tuple[Result, ...]) -> int:
    return sum(result << 2 * at for at, result in enumerate(results))


def _unpack_results(packed: int) -> tuple[Result, ...]:
    # 3 is no result, and no record with a good CRC holds it: whoever wrote it is wrong.
    numbers = [packed >> 2 * at & 3 for at in range(WINDOW)]
    return tuple(Result(n) if n < len(Result) else Result.NONE for n in numbers)

"""
Every byte between a host and a robot, with its time, in a file that can be replayed.

The first line is a JSON object: version of the format, robot, what is spoken, nonce of
the session, and wall-clock time at which the link's clock showed ``clock_s``. Each
line after it is one step of the host, as it happened:

=================== ===================================================
line                means
=================== ===================================================
``12.5 < 0a0b``     these bytes came
``12.5 > 0a0b``     these bytes were sent because it was time
``12.5 ! ARM 0a0b`` this command was handed over, and sent these bytes
``12.5 ! 0.5 -0.1`` so is a setpoint: speed in m/s, turn in rad/s
``12.5 ! load 0 ..`` a mission: metres 0, points and speeds in hexadecimal; also
                    ``drop`` to stop loading, ``sign``, and ``tighten`` with limits
``12.5 =``          a new session was asked for
=================== ===================================================

Times are seconds on the link's clock, with all their digits; bytes are hexadecimal,
and absent where there are none. The file grows line by line, so that what is there
after a crash can be read.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from firmware_bridge.greeting import PROTOCOL
from firmware_bridge.ports import Port
from patrol.errors import LinkError

LOG_VERSION = 1
"""Version of the file's format."""

PATROL = f"patrol {PROTOCOL}"
"""Name in the file of the protocol of ``PROTOCOL.md``."""

MAVLINK = "mavlink 2"
"""Name in the file of MAVLink."""


class ByteLog:
    """
    Write down what goes over one link.

    Parameters
    ----------
    path
        File to be made; one that is there is replaced.
    robot
        Name of the robot or its port.

    Raises
    ------
    LinkError
        If the file cannot be made.
    """

    def __init__(self, path: Path, *, robot: str) -> None:
        self._robot = robot
        try:
            self._file = path.open("w", encoding="utf-8", buffering=1)
        except OSError as error:
            raise LinkError(
                f"cannot write the log {path}: {error.strerror}; give another file"
            ) from error

    def begin(self, now_s: float, *, speaks: str, nonce: int | None = None) -> None:
        """
        Write the first line.

        Parameters
        ----------
        now_s
            Time on the link's clock.
        speaks
            `PATROL` or `MAVLINK`.
        nonce
            Of the session that is written down step by step; None if only bytes are.
        """
        header = {
            "patrol_byte_log": LOG_VERSION,
            "robot": self._robot,
            "speaks": speaks,
            "nonce": nonce,
            "clock_s": now_s,
            "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        self._file.write(json.dumps(header, ensure_ascii=False) + "\n")

    def write(self, now_s: float, *words: str) -> None:
        """Write one line: the time, and the words that are not empty."""
        self._file.write(" ".join([repr(now_s), *filter(None, words)]) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LoggedPort:
    """
    A port whose bytes are written down.

    Parameters
    ----------
    port
        The port; it is closed with this one.
    log
        Where to.
    clock
        Monotonic clock in seconds.
    speaks
        As for `ByteLog.begin`.
    """

    def __init__(
        self, port: Port, log: ByteLog, *, clock: Callable[[], float], speaks: str
    ) -> None:
        self._port = port
        self._log = log
        self._clock = clock
        log.begin(clock(), speaks=speaks)

    @property
    def counters(self) -> dict[str, int]:
        """Figures of the port by name, if it has some."""
        counters: dict[str, int] = getattr(self._port, "counters", {})
        return counters

    @property
    def timeout(self) -> float | None:
        """Longest wait of `read`, in seconds."""
        return self._port.timeout

    @timeout.setter
    def timeout(self, timeout_s: float | None) -> None:
        self._port.timeout = timeout_s

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        return self._port.in_waiting

    def read(self, size: int = 1, /) -> bytes:
        """See `Port.read`."""
        chunk = self._port.read(size)
        if chunk:
            self._log.write(self._clock(), "<", chunk.hex())
        return chunk

    def write(self, data: bytes, /) -> int | None:
        """See `Port.write`."""
        self._log.write(self._clock(), ">", data.hex())
        return self._port.write(data)

    def close(self) -> None:
        """Close the port."""
        self._port.close()

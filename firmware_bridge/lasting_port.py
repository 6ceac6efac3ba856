"""
A port that outlives its cable: unplugged, it waits; replugged, it goes on.

To the session above, a cable that was out looks like a line that was silent: the
robot has stopped itself, and is armed anew by the rules for that.
"""

import logging
import time
from collections.abc import Callable
from typing import Protocol

from firmware_bridge.ports import Port, PortStuckError
from patrol.errors import LinkError

LOOK_EVERY_S = 0.1
"""Time between two looks whether an unplugged device is back."""

FIRST_WAIT_S = 0.05
"""Wait after the first attempt that failed to open a device that is there."""

MOST_WAIT_S = 2.0
"""Longest wait between two attempts."""

_log = logging.getLogger(__name__)


class Socket(Protocol):
    """Where a cable is plugged in; `firmware_bridge.ports.Plug` is one."""

    def where(self) -> str | None:
        """Name under which the port can be opened now; None while it is not there."""
        ...

    def open(self) -> Port:
        """Open it; raises `LinkError`."""
        ...


class LastingPort:
    """
    Open a port, and open it again whenever it was lost.

    While it is lost, reading waits and gives nothing, and what is written is dropped:
    a setpoint of before must not move a robot that is back.

    Parameters
    ----------
    socket
        Where the port is plugged in.
    name
        For messages.
    clock, wait
        Monotonic clock in seconds, and how to let time pass.

    Attributes
    ----------
    losses, returns
        How often the port was lost, and was back.
    stalls
        Writes that the device did not take in time.
    bytes_dropped
        Bytes that were to be written while there was no port.

    Raises
    ------
    LinkError
        If it cannot be opened the first time.
    """

    def __init__(
        self,
        socket: Socket,
        *,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.timeout: float | None = 0.0
        self.losses = self.returns = self.stalls = self.bytes_dropped = 0
        self._socket = socket
        self._name = name
        self._clock = clock
        self._wait = wait
        self._port: Port | None = socket.open()
        self._seen = True
        self._wait_s = FIRST_WAIT_S
        self._look_s = self._try_s = float("-inf")

    @property
    def counters(self) -> dict[str, int]:
        """Figures of the port by name."""
        return {
            "port_losses": self.losses,
            "port_returns": self.returns,
            "port_stalls": self.stalls,
            "port_bytes_dropped": self.bytes_dropped,
        }

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        if self._port is None:
            return 0
        try:
            return self._port.in_waiting
        except OSError as error:
            self._lose(error)
            return 0

    def read(self, size: int = 1, /) -> bytes:
        """See `Port.read`; nothing while the port is lost."""
        if self._port is None:
            return self._wait_for_return()
        try:
            if self._port.timeout != self.timeout:
                self._port.timeout = self.timeout
            return self._port.read(size)
        except OSError as error:
            self._lose(error)
            return b""

    def write(self, data: bytes, /) -> int | None:
        """See `Port.write`; drops the bytes while the port is lost."""
        if self._port is None:
            self.bytes_dropped += len(data)
            return None
        try:
            return self._port.write(data)
        except PortStuckError as error:
            self.stalls += 1
            _log.warning("%s: %s", self._name, error)
        except OSError as error:
            self._lose(error)
        self.bytes_dropped += len(data)
        return None

    def close(self) -> None:
        """Close the port for good."""
        if self._port is not None:
            self._port.close()
        self._port = None
        self._try_s = self._look_s = float("inf")

    def _lose(self, error: OSError) -> None:
        _log.warning(
            "%s: the port is lost (%s); the robot stops by itself, and goes on when "
            "the port is back",
            self._name,
            error.strerror or error,
        )
        self.losses += 1
        if self._port is not None:
            self._port.close()
        self._port = None
        self._seen = False
        self._look_s = self._clock()

    def _wait_for_return(self) -> bytes:
        """Look and try as often as fits the timeout."""
        end_s = self._clock() + (float("inf") if self.timeout is None else self.timeout)
        while self._port is None:
            now_s = self._clock()
            if now_s >= self._look_s:
                self._look(now_s)
            elif now_s >= end_s:
                break
            else:
                self._wait(min(end_s, self._look_s) - now_s)
        return b""

    def _look(self, now_s: float) -> None:
        self._look_s = now_s + LOOK_EVERY_S
        name = self._socket.where()
        if name is not None and not self._seen:
            self._wait_s = FIRST_WAIT_S
            self._try_s = now_s
        self._seen = name is not None
        if name is not None and now_s >= self._try_s:
            self._try(name)
        if self._seen and self._port is None:
            self._look_s = max(min(self._look_s, self._try_s), now_s + FIRST_WAIT_S)

    def _try(self, name: str) -> None:
        try:
            self._port = self._socket.open()
        except LinkError as error:
            self._try_s = self._clock() + self._wait_s
            if self._wait_s < MOST_WAIT_S <= 2 * self._wait_s:  # not only settling
                _log.warning("%s: %s", self._name, error)
            self._wait_s = min(2 * self._wait_s, MOST_WAIT_S)
            return
        self.returns += 1
        _log.warning("%s: the port is back as %s", self._name, name)

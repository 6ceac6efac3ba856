"""
A simulated robot behind a real pseudo-terminal, in virtual time.

Every byte goes through the kernel: pyserial has one end open, as it would have a
cable, and the simulator has the other. The kernel moves bytes when it likes, so
each side waits until as many have arrived as were sent before time goes on. That
keeps a run the same each time, to the bit the same as on a `sim.link.SimPort`.
"""

import os
import pty
import select

from firmware_bridge.ports import open_port
from patrol.errors import LinkError
from sim.clock import VirtualClock
from sim.faults import FaultPlan
from sim.firmware import SimFirmware
from sim.link import SimLine

_ARRIVAL_S = 60.0  # real time; bytes take some 10 us, on a machine with a free core
_PIECE = 1024  # bytes on the way at once: the kernel holds 4096


class PtyPort:
    """
    A port, as `firmware_bridge.ports.Port`, through the kernel to a robot.

    Parameters
    ----------
    firmware, faults, seed
        As for `sim.link.SimLine`.

    Attributes
    ----------
    line
        The line and the robot.
    address
        Name of the pseudo-terminal, such as ``/dev/pts/3``.
    timeout
        Longest wait of `read`, in virtual seconds; None waits for ever.

    Raises
    ------
    LinkError
        If no pseudo-terminal can be had.
    """

    def __init__(
        self, firmware: SimFirmware, *, faults: FaultPlan | None = None, seed: int = 0
    ) -> None:
        self.line = SimLine(firmware, faults=faults, seed=seed)
        self.timeout: float | None = 0.0
        self._came = b""
        self._robot_end, host_end = open_pty()
        self.address = os.ttyname(host_end)
        try:
            self._port = open_port(self.address)
        except LinkError:
            os.close(self._robot_end)
            raise
        finally:
            os.close(host_end)
        self._port.timeout = _ARRIVAL_S
        self._plugged = True

    @property
    def clock(self) -> VirtualClock:
        """Virtual time of the line: the clock for a `SerialLink` on this port."""
        return self.line.clock

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        return len(self._came)

    def read(self, size: int = 1, /) -> bytes:
        """Return up to ``size`` bytes; time passes if there are none."""
        if not self._came:
            timeout_s = float("inf") if self.timeout is None else self.timeout
            self._came = self._to_host(self.line.wait(timeout_s))
        found, self._came = self._came[:size], self._came[size:]
        return found

    def write(self, data: bytes, /) -> int:
        """Send bytes to the robot."""
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self._port.write(piece)
            self.line.send(self._at_robot(len(piece)))
        return len(data)

    def unplug(self) -> None:
        """Take the cable out: from now on the host's end fails."""
        if self._plugged:
            os.close(self._robot_end)
        self._plugged = False

    def close(self) -> None:
        """Close both ends."""
        self._port.close()
        self.unplug()

    def _to_host(self, data: bytes) -> bytes:
        if not self._plugged:
            return self._port.read(1)  # lets pyserial say what it finds
        arrived = b""
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            os.write(self._robot_end, piece)
            arrived += self._port.read(len(piece))
        if len(arrived) != len(data):
            raise self._lost(len(data) - len(arrived))
        return arrived

    def _at_robot(self, size: int) -> bytes:
        arrived = b""
        while len(arrived) < size and self._plugged:
            ready, _, _ = select.select([self._robot_end], [], [], _ARRIVAL_S)
            if not ready:
                raise self._lost(size - len(arrived))
            arrived += os.read(self._robot_end, size - len(arrived))
        return arrived

    def _lost(self, missing: int) -> OSError:
        return OSError(
            f"{missing} bytes did not come through {self.address} in {_ARRIVAL_S} s"
        )


def open_pty() -> tuple[int, int]:
    """
    Open a pseudo-terminal; return the file numbers of the robot's and host's ends.

    Raises
    ------
    LinkError
        If the system gives none.
    """
    try:
        return pty.openpty()
    except OSError as error:
        raise LinkError(
            f"the system gives no pseudo-terminal ({error}): is /dev/pts mounted, and "
            f"are there fewer of them open than it allows?"
        ) from error

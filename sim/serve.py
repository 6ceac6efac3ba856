"""Serve simulated robots on pseudo-terminals in real time, for trying things out."""

import os
import select
import time
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, Self

from sim.clock import Pacer
from sim.faults import Direction, FaultPlan, FaultyLine
from sim.pty_port import open_pty

_READ = 4096


class Served(Protocol):
    """A simulated robot behind bytes; `sim.firmware.SimFirmware` is one."""

    @property
    def now_s(self) -> float:
        """Robot's clock."""
        ...

    def receive(self, data: bytes) -> bytes:
        """Take in bytes of the host; return the answers."""
        ...

    def step(self) -> bytes:
        """Run one loop; return what is due."""
        ...


class ServedRobot:
    """
    A simulated robot behind a pseudo-terminal.

    Programs may come and go. What the robot says while nobody reads is lost, as on a
    cable.

    Parameters
    ----------
    firmware
        The robot.
    faults
        What is wrong with the line.
    seed
        Seed of the faults.

    Attributes
    ----------
    address
        Name of the pseudo-terminal, such as ``/dev/pts/3``.

    Raises
    ------
    LinkError
        If no pseudo-terminal can be had.
    """

    def __init__(
        self, firmware: Served, *, faults: FaultPlan | None = None, seed: int = 0
    ) -> None:
        plan = faults or FaultPlan()
        self._firmware = firmware
        self._start_s = firmware.now_s
        self._up = FaultyLine(plan, seed=2 * seed)
        self._down = FaultyLine(plan, seed=2 * seed + 1, direction=Direction.FROM_ROBOT)
        self._robot_end, self._host_end = open_pty()
        tty.setraw(self._host_end)
        os.set_blocking(self._robot_end, False)
        self.address = os.ttyname(self._host_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Give the robot's end, for `select.select`."""
        return self._robot_end

    @property
    def time_s(self) -> float:
        """Time since it was made, on the robot's clock."""
        return self._firmware.now_s - self._start_s

    def step(self) -> None:
        """Run one loop of the robot; what it says goes to the host."""
        self._say(self._firmware.step())
        late = self._up.carry(b"", self.time_s)
        if late:
            self._say(self._firmware.receive(late))

    def listen(self) -> None:
        """Take in what the host has said, and answer."""
        heard = self._up.carry(os.read(self._robot_end, _READ), self.time_s)
        self._say(self._firmware.receive(heard) if heard else b"")

    def close(self) -> None:
        """Close both ends."""
        os.close(self._robot_end)
        os.close(self._host_end)

    def _say(self, data: bytes) -> None:
        came = self._down.carry(data, self.time_s)
        if came:
            with suppress(BlockingIOError):
                os.write(self._robot_end, came)


def serve(
    robots: Sequence[ServedRobot],
    *,
    duration_s: float = float("inf"),
    clock: Callable[[], float] = time.monotonic,
) -> float:
    """
    Run robots in real time until the time is over; say how much time was lost.

    Stop it earlier by an exception, such as Control-C raises. Who cannot keep up is
    told so in the log.

    Parameters
    ----------
    robots
        They have lived equally long.
    duration_s
        How long they run, on their own clocks.
    clock
        Monotonic real clock, in seconds.
    """
    pacer = Pacer(clock=clock)
    while robots[0].time_s < duration_s:
        for robot in robots:
            robot.step()
        _listen(robots, pacer)
    return pacer.lost_s


def _listen(robots: Sequence[ServedRobot], pacer: Pacer) -> None:
    """Answer the hosts at once, until the time of the robots' next loop."""
    wait_s = float("inf")
    while wait_s > 0:  # a host that never stops must not stop the robots' loops
        wait_s = pacer.wait_s(robots[0].time_s)
        ready, _, _ = select.select(robots, [], [], wait_s)
        if not ready:
            return
        for robot in ready:
            robot.listen()

"""Serve a simulated robot on a pseudo-terminal in real time, for trying things out."""

import os
import select
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from sim.clock import Pacer
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


def serve_pty(
    firmware: Served,
    *,
    opened: Callable[[str], None],
    duration_s: float = float("inf"),
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """
    Run a robot in real time behind a pseudo-terminal, until the time is over.

    Stop it earlier by an exception, such as Control-C raises or ``opened`` may. What
    the robot says while nobody reads is lost, as on a cable.

    Parameters
    ----------
    firmware
        The robot.
    opened
        Called once with the name of the pseudo-terminal, such as ``/dev/pts/3``.
    duration_s
        How long the robot runs, on its own clock.
    clock
        Monotonic real clock, in seconds.

    Raises
    ------
    LinkError
        If no pseudo-terminal can be had.
    """
    robot_end, host_end = open_pty()
    try:
        tty.setraw(host_end)  # held open, so that programs may come and go
        os.set_blocking(robot_end, False)
        opened(os.ttyname(host_end))
        start_s = firmware.now_s
        pacer = Pacer(clock=clock)
        while firmware.now_s < start_s + duration_s:
            said = firmware.step()
            _say(robot_end, said)
            _listen(robot_end, firmware, pacer, start_s=start_s)
    finally:
        os.close(robot_end)
        os.close(host_end)


def _listen(robot_end: int, firmware: Served, pacer: Pacer, *, start_s: float) -> None:
    """Answer the host at once, until the time of the robot's next loop."""
    wait_s = float("inf")
    while wait_s > 0:  # a host that never stops must not stop the robot's loop
        wait_s = pacer.wait_s(firmware.now_s - start_s)
        ready, _, _ = select.select([robot_end], [], [], wait_s)
        if not ready:
            return
        _say(robot_end, firmware.receive(os.read(robot_end, _READ)))


def _say(robot_end: int, data: bytes) -> None:
    if data:
        with suppress(BlockingIOError):
            os.write(robot_end, data)

"""The robot that an address names, on the bench: a cable, or what stands in for it."""

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patrol.errors import LinkError

if TYPE_CHECKING:
    from firmware_bridge.conformance import Bench

_NONCE = 1  # stand-ins begin anew each time, so their runs may begin alike


@contextmanager
def open_bench(
    address: str, *, allow_motion: bool, baud: int, log: Path | None = None
) -> Iterator["Bench"]:
    """
    Open the robot that an address names.

    Parameters
    ----------
    address
        ``sim``, ``firmware``, ``simavr``, or a port.
    allow_motion
        Whether a robot on a port may move; what stands in for one always may.
    baud
        Bits per second of a serial port.
    log
        File for every byte; by default none is kept.

    Raises
    ------
    LinkError
        If it cannot be opened, built or started.
    """
    with _open(address, allow_motion=allow_motion, baud=baud) as bench:
        if log is None:
            yield bench
            return
        from firmware_bridge.byte_log import PATROL, ByteLog, LoggedPort

        with ByteLog(log, robot=address) as file:
            port = LoggedPort(bench.port, file, clock=bench.clock, speaks=PATROL)
            yield replace(bench, port=port)


@contextmanager
def _open(address: str, *, allow_motion: bool, baud: int) -> Iterator["Bench"]:
    from firmware_bridge.conformance import Bench

    match address:
        case "sim":
            yield _simulated()
        case "firmware" | "simavr":
            with _stand_in(address) as bench:
                yield bench
        case _ if address.startswith("mavlink:"):
            raise LinkError(
                f"{address} is no robot of Patrol's own protocol, which is what the "
                f"bench checks; `patrol drive` looks at a MAVLink vehicle's failsafes"
            )
        case _:
            from firmware_bridge.ports import open_port

            port = open_port(address, baud=baud)
            nonce = secrets.randbits(32)
            try:
                yield Bench(port, time.monotonic, allow_motion, None, nonce)
            finally:
                port.close()


def _simulated() -> "Bench":
    from firmware_bridge.conformance import Bench
    from sim.firmware import SimFirmware
    from sim.link import SimPort
    from sim.robot import Pose, SimRobot

    firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)))
    port = SimPort(firmware)
    return Bench(port, port.clock, True, firmware.reboot, _NONCE, firmware.line_break)


@contextmanager
def _stand_in(address: str) -> Iterator["Bench"]:
    """Build the reference firmware and run it, as a program or in an emulated chip."""
    from firmware_bridge.conformance import Bench
    from firmware_bridge.ports import open_port
    from firmware_bridge.reference_firmware import (
        build_firmware,
        run_posix,
        run_simavr,
    )

    target, run = {
        "firmware": ("posix", run_posix),
        "simavr": ("simavr", run_simavr),
    }[address]
    with tempfile.TemporaryDirectory() as name:
        build_firmware(target, Path(name))
        with run(Path(name)) as running:
            port = open_port(running.address)
            try:
                yield Bench(
                    port,
                    time.monotonic,
                    True,
                    running.cut_power,
                    _NONCE,
                    running.send_break,
                )
            finally:
                port.close()

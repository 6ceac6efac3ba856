"""``patrol hil``: check a robot, or what stands in for one, against the protocol."""

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json
from patrol.cli.output import emit, progress_console
from patrol.errors import LinkError

if TYPE_CHECKING:
    from firmware_bridge.conformance import Bench

_NONCE = 1  # stand-ins begin anew each time, so their runs may begin alike


def hil(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="sim, firmware, simavr, a serial port or a pyserial address.",
        ),
    ],
    report: Annotated[
        Path | None, typer.Option(help="Folder for hil.html and hil.xml (JUnit).")
    ] = None,
    allow_motion: Annotated[
        bool,
        typer.Option("--allow-motion", help="Let a real robot move: jack it up first."),
    ] = False,
    baud: Annotated[int, typer.Option(help="Bits per second of a serial port.")] = (
        115_200
    ),
    log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep every byte for `patrol replay`."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a robot on the bench against the protocol, and time its answers."""
    from firmware_bridge.conformance import count_outcomes, run_checks
    from firmware_bridge.conformance_checks import CHECKS
    from firmware_bridge.conformance_report import (
        figure_in_words,
        rows_as_json,
        save_reports,
    )

    console = progress_console(as_json=as_json)
    with (
        console.status(f"Checking {address}"),
        _bench(address, allow_motion=allow_motion, baud=baud) as bench,
        _logged(bench, log, robot=address) as listened,
    ):
        rows = run_checks(listened, CHECKS)
    files = save_reports(rows, report, address=address) if report else []
    counts = count_outcomes(rows)
    figures = counts | {"rows": rows_as_json(rows), "files": [str(f) for f in files]}
    table = [
        (
            f"{row.group}: {row.check}",
            " ".join(
                filter(
                    None,
                    [row.outcome.value, figure_in_words(row.measured), row.detail],
                )
            ),
        )
        for row in rows
    ]
    total = [(name, str(number)) for name, number in counts.items()]
    emit(figures, [*table, *total], as_json=as_json)
    if counts["failed"]:
        raise LinkError(f"{counts['failed']} of {len(rows)} checks failed on {address}")


@contextmanager
def _logged(bench: "Bench", path: Path | None, *, robot: str) -> Iterator["Bench"]:
    """Keep every byte of a bench, if that is wanted."""
    from firmware_bridge.byte_log import PATROL, ByteLog, LoggedPort

    if path is None:
        yield bench
        return
    with ByteLog(path, robot=robot) as log:
        port = LoggedPort(bench.port, log, clock=bench.clock, speaks=PATROL)
        yield replace(bench, port=port)


@contextmanager
def _bench(address: str, *, allow_motion: bool, baud: int) -> Iterator["Bench"]:
    """
    Open the robot that an address names.

    Raises
    ------
    LinkError
        If it cannot be opened, built or started.
    """
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
    return Bench(port, port.clock, True, firmware.reboot, _NONCE)


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
                yield Bench(port, time.monotonic, True, running.cut_power, _NONCE)
            finally:
                port.close()

"""``patrol hil``: check a robot, or what stands in for one, against the protocol."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from patrol.cli.bench import open_bench
from patrol.cli.options import Baud, Json
from patrol.cli.output import emit, progress_console
from patrol.errors import LinkError


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
        typer.Option(
            "--allow-motion",
            help="Let a real robot move: jack it up first. Its limits are tightened, "
            "too, until you switch it off and on.",
        ),
    ] = False,
    baud: Baud = 115_200,
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
        POWER_CYCLE,
        BenchRun,
        figure_in_words,
        rows_as_json,
        save_reports,
    )

    console = progress_console(as_json=as_json)
    with (
        console.status(f"Checking {address}"),
        open_bench(address, allow_motion=allow_motion, baud=baud, log=log) as bench,
    ):
        tightened = bench.is_left_tightened
        if tightened:
            console.print(f"When the checks are over: {POWER_CYCLE}")
        rows = run_checks(bench, CHECKS)
    when = datetime.now(UTC).astimezone()
    tested = BenchRun(address, bench.allow_motion, when, tightened=tightened)
    files = save_reports(rows, report, tested=tested) if report else []
    counts = count_outcomes(rows)
    figures = counts | {
        "rows": rows_as_json(rows),
        "files": [str(f) for f in files],
        "power_cycle": tightened,
    }
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
    total += [("now", POWER_CYCLE)] * tightened
    emit(figures, [*table, *total], as_json=as_json)
    if counts["failed"]:
        raise LinkError(f"{counts['failed']} of {len(rows)} checks failed on {address}")

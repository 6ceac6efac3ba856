"""The commands of ``patrol`` and their exit codes."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper

import typer

from patrol.cli import (
    demo,
    drive,
    hil,
    maps,
    nights,
    plan,
    ports,
    replan,
    replay,
    report,
    risk,
)
from patrol.errors import PatrolError

app = typer.Typer(
    name="patrol",
    help="Plan patrols on real streets and drive patrol robots.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.add_typer(maps.app, name="map")
app.add_typer(risk.app, name="risk")
plan.app.command("replan")(replan.replan)
app.add_typer(plan.app, name="plan")
app.command("check")(plan.check)
app.command("simulate")(drive.simulate)
app.command("nights")(nights.nights)
app.command("drive")(drive.drive)
app.command("robot")(drive.robot)
app.command("hil")(hil.hil)
app.command("ports")(ports.ports)
app.command("replay")(replay.replay)
app.command("export")(report.export)
app.command("report")(report.report)


def run(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Returns
    -------
    int
        0 done, 2 bad input, 3 no feasible plan, 4 robot or link failed, 130 when
        the user broke it off.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that the terminal or pipe has no signs for must not end the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app(arguments, standalone_mode=True)
    except SystemExit as stop:  # typer ends so, with 2 for wrong usage
        return stop.code if isinstance(stop.code, int) else 1
    except PatrolError as error:
        return _tell(str(error), error.exit_code)
    except OSError as error:  # a file that cannot be read or written
        return _tell(f"{error.strerror or error}: {error.filename or ''}", 2)
    return 0


def _tell(message: str, code: int) -> int:
    sys.stderr.write(f"patrol: {message}\n")
    return code

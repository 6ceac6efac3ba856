"""What commands print: one JSON object for scripts, a short table for people."""

import json
import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

Row = tuple[str, str]


def emit(figures: Mapping[str, object], rows: Sequence[Row], *, as_json: bool) -> None:
    """
    Print the result of a command on standard output.

    Parameters
    ----------
    figures
        For scripts: what ``--json`` prints.
    rows
        For people: label and value.
    as_json
        Which of the two.
    """
    if as_json:
        sys.stdout.write(as_line(figures))
        return
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, value)
    Console(highlight=False, markup=False).print(table)


def as_line(figures: Mapping[str, object]) -> str:
    """Give one line of JSON that standard output can carry, whatever its encoding."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(figures, ensure_ascii=not unicode, default=float) + "\n"


def progress_console(*, as_json: bool) -> Console:
    """
    Give a console on standard error for progress.

    Standard output belongs to the result. It stays silent for scripts.
    """
    return Console(stderr=True, quiet=as_json, highlight=False)

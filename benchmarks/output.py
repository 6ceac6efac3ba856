"""What every benchmark ends with: a table for people, one JSON object for scripts."""

import json
import math
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from patrol.files import write_atomically

Row = Mapping[str, object]

_FILE_WIDTH = 150  # characters, where the table goes to a file


def publish(
    subject: str,
    rows: Sequence[Row],
    summary: Mapping[str, object],
    *,
    json_path: Path | None = None,
) -> None:
    """
    Print the results as a table and write them as one JSON object.

    Parameters
    ----------
    subject
        Name of the benchmark, such as ``"maps"``.
    rows
        Results; the columns are all keys that occur, in order of appearance.
    summary
        The few figures that matter, with their targets.
    json_path
        Where the JSON object is written; not at all if left out.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    result = {
        "subject": subject,
        "version": patrol_version(),
        "machine": machine(),
        "rows": [_finite(row) for row in rows],
        "summary": _finite(summary),
    }
    if json_path is not None:
        text = json.dumps(
            result, indent=1, ensure_ascii=False, default=float, allow_nan=False
        )
        write_atomically(json_path, f"{text}\n".encode())
    width = None if sys.stdout.isatty() else _FILE_WIDTH
    console = Console(highlight=False, markup=False, width=width)
    console.print(as_table(rows))
    for name, value in summary.items():
        console.print(f"{name}: {_shown(value)}")


def as_table(rows: Sequence[Row]) -> Table:
    """Lay rows out for the terminal; numbers stand right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        is_text = any(isinstance(row.get(name), str) for row in rows)
        table.add_column(
            name,
            justify="left" if is_text else "right",
            no_wrap=name != names[-1],
        )
    for row in rows:
        table.add_row(*(_shown(row.get(name)) for name in names))
    return table


def machine() -> dict[str, object]:
    """Describe this machine, as far as it matters to the figures."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def patrol_version() -> str:
    """Version of Patrol that is installed, or ``unknown`` in a bare checkout."""
    try:
        return version("patrol-robot")
    except PackageNotFoundError:
        return "unknown"


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")  # Linux; elsewhere the platform module knows
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    return next(named, platform.processor())


def _finite(values: Row) -> dict[str, object]:
    """Write what is not a number as null, as JSON knows no NaN."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"

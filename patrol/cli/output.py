"""What commands print: one JSON object for scripts, a short table for people."""

import json
import sys
from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

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
    console = Console(highlight=False, markup=False)
    width = max((cell_len(label) for label, _ in rows), default=0) + 2
    for label, value in rows:
        first, *rest = wrap_words(value, console.width - width)
        head = label + " " * (width - cell_len(label))
        console.print(Text.assemble((head, "dim"), first), soft_wrap=True)
        for line in rest:
            console.print(" " * width + line, soft_wrap=True)


def wrap_words(text: str, cells: int) -> list[str]:
    """
    Break a text between words; a word that is too long, as a path, stays whole.

    Parameters
    ----------
    text
        What to break.
    cells
        Room of a line; a Korean letter takes two cells.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if cell_len(longer) <= cells or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


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

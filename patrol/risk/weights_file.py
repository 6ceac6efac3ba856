"""Weights written down as `weights.load_weights` reads them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from patrol.files import write_atomically


def save_weights(
    values: Mapping[str, float], path: Path, *, notes: Sequence[str] = ()
) -> None:
    """
    Write a ``weights.toml``, whole or not at all.

    Parameters
    ----------
    values
        Weights by public name, such as ``history.weight``; the others keep their
        defaults when the file is read.
    path
        File to write.
    notes
        Sentences for the head of the file: where the weights come from.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    lines = [f"# {note}" for note in notes]
    section = ""
    for name, value in sorted(values.items()):
        table, _, key = name.partition(".")
        if table != section:
            section = table
            lines += ["", f"[{table}]"]
        lines.append(f"{key} = {value!r}")
    write_atomically(path, ("\n".join(lines).lstrip("\n") + "\n").encode())

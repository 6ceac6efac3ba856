"""Rural postman instances in the format of Corberan, Plana and Sanchis."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError

_EDGE = re.compile(
    r"\(\s*(?P<a>\d+)\s*,\s*(?P<b>\d+)\s*\)\s*coste\s+(?P<to>\d+)(?:\s+(?P<fro>\d+))?"
)


@dataclass(frozen=True)
class RuralFile:
    """
    An undirected rural postman problem of ``n`` nodes and ``m`` edges.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    edge_nodes
        Ends of each edge, from 0, shape ``(m, 2)``.
    cost
        Cost of each edge, shape ``(m,)``.
    required
        Mask of the edges that must be passed, shape ``(m,)``.
    depot
        First node of the first required edge; a tour passes it anyway.
    """

    num_nodes: int
    edge_nodes: NDArray[np.int64]
    cost: NDArray[np.int64]
    required: NDArray[np.bool_]
    depot: int


def read_rural(path: Path) -> RuralFile:
    """
    Read an undirected rural postman problem; headers may be damaged, the lists count.

    Raises
    ------
    PlanError
        If a line is no edge, costs differently both ways, or none is required.
    """
    rows: list[tuple[int, int, int, bool]] = []
    wanted = True
    text = path.read_text(encoding="latin-1")
    for number, line in enumerate(text.splitlines(), start=1):
        if "REQ" in line.upper() and "(" not in line:
            wanted = "NOREQ" not in line.upper()
        elif "(" in line:
            rows.append((*_edge(line, path, number), wanted))
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    required = table[:, 3] == 1
    if not required.any():
        raise PlanError(f"{path} holds no required edge: it is no rural postman file")
    ends = table[:, :2] - 1
    return RuralFile(
        num_nodes=int(ends.max()) + 1,
        edge_nodes=ends,
        cost=table[:, 2],
        required=required,
        depot=int(ends[required.argmax(), 0]),
    )


def best_known(path: Path) -> int | None:
    """Best known value from ``best_known.csv`` in the folder or above it, if any."""
    for folder in path.resolve().parents[:3]:
        table = folder / "best_known.csv"
        if not table.is_file():
            continue
        name = path.resolve().relative_to(folder).as_posix()
        with table.open(encoding="utf-8", newline="") as lines:
            values = {r["instance"]: r["best_known"] for r in csv.DictReader(lines)}
        return int(values[name]) if values.get(name) else None
    return None


def _edge(line: str, path: Path, number: int) -> tuple[int, int, int]:
    match = _EDGE.search(line)
    if match is None:
        raise PlanError(f"{path}, line {number}: {line.strip()!r} is no edge")
    if match["fro"] not in {None, match["to"]}:
        raise PlanError(
            f"{path}, line {number}: costs {match['to']} one way and {match['fro']} "
            f"the other; only undirected instances are read"
        )
    return int(match["a"]), int(match["b"]), int(match["to"])

"""Capacitated arc routing instances as CARPData.jl keeps them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError

_AFTER = 4  # lines after the edges: vehicles, capacity, lower bound, best known


@dataclass(frozen=True)
class CapacitatedFile:
    """
    A capacitated arc routing problem of ``n`` nodes and ``m`` edges, depot 0.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    edge_nodes
        Ends of each edge, from 0, shape ``(m, 2)``.
    cost, demand
        Of each edge, shape ``(m,)``; edges with demand are required.
    capacity
        What a vehicle holds.
    bound, best_known
        Published lower bound and best cost.
    """

    num_nodes: int
    edge_nodes: NDArray[np.int64]
    cost: NDArray[np.int64]
    demand: NDArray[np.int64]
    capacity: int
    bound: int
    best_known: int


def read_capacitated(path: Path) -> CapacitatedFile:
    """
    Read an instance: nodes, edges, a line for each edge, and four numbers.

    Raises
    ------
    PlanError
        If a line is missing or holds something else, with its number.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    num_nodes, num_edges = (
        _numbers(path, lines, 0, 1)[0],
        _numbers(path, lines, 1, 1)[0],
    )
    rows = [_numbers(path, lines, 2 + k, 4) for k in range(num_edges)]
    after = [_numbers(path, lines, 2 + num_edges + k, 1)[0] for k in range(_AFTER)]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    _, capacity, bound, best_known = after
    return CapacitatedFile(
        num_nodes=num_nodes,
        edge_nodes=table[:, :2],
        cost=table[:, 2],
        demand=table[:, 3],
        capacity=capacity,
        bound=bound,
        best_known=best_known,
    )


def _numbers(path: Path, lines: list[str], row: int, count: int) -> list[int]:
    """Whole numbers of a line, which must hold so many."""
    if row >= len(lines):
        raise PlanError(
            f"{path} ends after {len(lines)} lines, line {row + 1} is missing"
        )
    words = lines[row].split()
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise PlanError(
            f"{path}, line {row + 1}: {lines[row].strip()!r}, expected {count} whole "
            f"numbers"
        )
    return numbers

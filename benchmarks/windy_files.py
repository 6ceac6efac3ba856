"""
Arc-routing instances whose costs depend on the direction, in two formats.

The Spanish one (Corberan, Plana, Sanchis) lists edges with a cost each way; a mark in
place of a cost forbids that direction, so undirected, mixed and windy problems are all
written in it. The other lists arcs ``from, to, cost, required``. Which one a file is in
is told by its content, what the problem is by its costs.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem

_MARKS = (9999, 99999999)
"""Costs that mean a forbidden direction, if nothing in the file costs more."""

_EDGE = re.compile(
    r"\(\s*(?P<a>\d+)\s*,\s*(?P<b>\d+)\s*\)\s*coste\s+(?P<to>\d+)(?:\s+(?P<fro>\d+))?",
    re.IGNORECASE,
)
_ARC = re.compile(r"^\s*(\d+)\s*[,;\s]\s*(\d+)\s*[,;\s]\s*(\d+)\s*[,;\s]\s*([01])\s*$")
_VEHICLES = re.compile(r"(?:VEHIC|VEHICLE)\w*\s*:\s*(\d+)", re.IGNORECASE)
_FLEET_NAME = re.compile(r"P\d{3,}", re.IGNORECASE)
_FLEETS = (2, 3, 4, 5)
_BLANK = " \t\x1a"  # some files end with the mark that DOS wrote

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WindyFile:
    """
    A problem of ``n`` nodes and ``m`` edges or arcs.

    Attributes
    ----------
    problem
        The problem, with node 1 of the file as the depot where there are vehicles,
        else with the first node of the first required edge, which a tour passes
        anyway.
    kind
        ``RPP``, ``WRPP``, ``MRPP`` or ``DRPP``, with ``C`` for ``R`` where every edge
        is required.
    vehicles
        Numbers of vehicles to plan for; empty for a single tour.
    """

    problem: WindyProblem
    kind: str
    vehicles: tuple[int, ...]


def is_windy(path: Path) -> bool:
    """Whether a file is in one of the two formats, whatever its name."""
    lines = path.read_bytes()[:4000].decode("latin-1").splitlines()
    if any("ISTAS" in line.upper() or _EDGE.search(line) for line in lines):
        return True
    return sum(_ARC.match(line) is not None for line in lines) > len(lines) / 2 and (
        any("," in line for line in lines)
    )


def read_windy(path: Path) -> WindyFile:
    """
    Read a problem; headers may be damaged, the lists count.

    Raises
    ------
    PlanError
        If a line is no edge, none is required, or no tour exists.
    """
    lines = path.read_text(encoding="latin-1").splitlines()
    listed = any(_EDGE.search(line) for line in lines)
    table, required = (_edges if listed else _arcs)(path, lines)
    if not required.any():
        raise PlanError(f"{path} holds no required edge: it is no arc-routing file")
    ends, cost = table[:, :2] - 1, table[:, 2:]
    vehicles = _vehicles(path, lines, cost) if listed else ()
    problem = WindyProblem(
        num_nodes=int(ends.max()) + 1,
        edge_nodes=ends,
        cost=cost,
        required=required,
        depot=0 if vehicles else int(ends[required.argmax(), 0]),
    )
    return WindyFile(problem, _kind(problem), vehicles)


def _edges(path: Path, lines: list[str]) -> tuple[Ints, NDArray[np.bool_]]:
    rows: list[tuple[int, ...]] = []
    wanted = True
    required = []
    for number, line in enumerate(lines, start=1):
        if "COORDENADAS" in line.upper():
            break
        if "REQ" in line.upper() and "(" not in line:
            wanted = "NOREQ" not in line.upper().replace(" ", "")
        elif "(" in line:
            rows.append(_edge(line, path, number))
            required.append(wanted)
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    cost = table[:, 2:]
    for mark in _MARKS:
        if cost[cost < FORBIDDEN].max(initial=0) == mark:
            cost[cost == mark] = FORBIDDEN
    for mark in _MARKS:
        if cost[cost < FORBIDDEN].max(initial=0) == mark:
            cost[cost == mark] = FORBIDDEN
    return table, np.array(required, bool)


def _edge(line: str, path: Path, number: int) -> tuple[int, ...]:
    match = _EDGE.search(line)
    if match is None:
        raise PlanError(f"{path}, line {number}: {line.strip()!r} is no edge")
    there = int(match["to"])
    back = there if match["fro"] is None else int(match["fro"])
    return int(match["a"]), int(match["b"]), there, back


def _arcs(path: Path, lines: list[str]) -> tuple[Ints, NDArray[np.bool_]]:
    """Arcs of a list; what stands before the first one is the header."""
    matches = [_ARC.match(line) for line in lines]
    first = next((k for k, match in enumerate(matches) if match), len(lines))
    rows = []
    for number, (line, match) in enumerate(zip(lines, matches, strict=True), start=1):
        if match is not None:
            rows.append([int(word) for word in match.groups()])
        elif number > first and line.strip(_BLANK):
            raise PlanError(
                f"{path}, line {number}: {line.strip()!r} is no arc, expected "
                f"from, to, cost and 0 or 1"
            )
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    against = np.full(len(table), FORBIDDEN)
    return np.column_stack([table[:, :3], against]), table[:, 3] == 1


def _vehicles(path: Path, lines: list[str], cost: Ints) -> tuple[int, ...]:
    """Vehicles that a file states, or 2 to 5 for the set that is named P..."""
    for line in lines:
        if found := _VEHICLES.search(line):
            return (int(found[1]),)
    windy = bool((cost[:, 0] != cost[:, 1]).any())
    named = next((x for x in lines if "NOMBRE" in x.upper()), path.name)
    name = named.split(":")[-1].strip()
    return _FLEETS if windy and _FLEET_NAME.match(name) else ()


def _kind(problem: WindyProblem) -> str:
    drivable = problem.drivable
    both = drivable.all(axis=1)
    if not both.any():
        letter = "D"
    elif (problem.cost[both, 0] != problem.cost[both, 1]).any():
        letter = "W"
    else:
        letter = "" if both.all() else "M"
    return f"{letter}{'CPP' if problem.required.all() else 'RPP'}"

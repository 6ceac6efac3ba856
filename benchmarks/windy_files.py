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
    r"\(\s*(?P<a>\d+)\s*,\s*(?P<b>\d+)\s*\)\s*cost\w*:?\s+(?P<to>\d+)"
    r"(?:\s+(?P<fro>\d+))?",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^\s*\(|\bcoste\b", re.IGNORECASE)
_TITLE = re.compile(r"_(?P<free>NO_?)?REQ\w*\s*:?\s*$", re.IGNORECASE)
_ARC = re.compile(r"^\s*(\d+)\s*[,;\s]\s*(\d+)\s*[,;\s]\s*(\d+)\s*[,;\s]\s*([01])\s*$")
_VEHICLES = re.compile(r"(?:VEHIC|VEHICLE)\w*\s*:\s*(\d+)", re.IGNORECASE)
_FLEET_NAME = re.compile(r"P\d{3,}", re.IGNORECASE)
_FLEETS = (2, 3, 4, 5)
_SIZES = 4  # lines of a list of arcs before the one with the sizes of its parts
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
    if _is_listed(lines):
        return True
    arcs = [_ARC.match(line) is not None and "," in line for line in lines]
    first = arcs.index(True) if any(arcs) else len(arcs)
    numbers = all(re.fullmatch(r"[\d\s,]*", line) for line in lines[:first])
    return numbers and 2 * sum(arcs[first:]) > len(arcs) - first


def read_windy(path: Path) -> WindyFile:
    """
    Read a problem; headers may be damaged, the lists count.

    Raises
    ------
    PlanError
        If a line is no edge, none is required, or no tour exists.
    """
    lines = path.read_text(encoding="latin-1").splitlines()
    listed = _is_listed(lines)
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


def _is_listed(lines: list[str]) -> bool:
    return any(_TITLE.search(line) or _EDGE.search(line) for line in lines)


def _edges(path: Path, lines: list[str]) -> tuple[Ints, NDArray[np.bool_]]:
    """Edges and arcs of the lists; titles tell which are required."""
    rows: list[tuple[int, ...]] = []
    required: list[bool] = []
    wanted, two_way = True, True
    for number, line in enumerate(lines, start=1):
        if title := _TITLE.search(line):
            wanted, two_way = title["free"] is None, "ARCO" not in line.upper()
        elif _LISTED.search(line):
            rows.append(_edge(line, path, number, two_way=two_way))
            required.append(wanted)
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    cost = table[:, 2:]
    for mark in sorted(_MARKS, reverse=True):
        if cost[cost < FORBIDDEN].max(initial=0) == mark:
            cost[cost == mark] = FORBIDDEN
    return table, np.array(required, bool)


def _edge(line: str, path: Path, number: int, *, two_way: bool) -> tuple[int, ...]:
    match = _EDGE.search(line)
    if match is None or "0" in {match["a"], match["b"]}:
        raise PlanError(
            f"{path}, line {number}: {line.strip()!r} is no edge, expected two nodes "
            f"from 1 and a cost each way, such as ( 1, 2) coste 5 6"
        )
    there = int(match["to"])
    back = there if two_way else FORBIDDEN
    if match["fro"] is not None:
        back = int(match["fro"])
    return int(match["a"]), int(match["b"]), there, back


def _arcs(path: Path, lines: list[str]) -> tuple[Ints, NDArray[np.bool_]]:
    """Arcs of a list; what stands before the first one is the header."""
    matches = [_ARC.match(line) for line in lines]
    first = next((k for k, match in enumerate(matches) if match), len(lines))
    if first == _SIZES and lines[first - 1].strip() == "4":
        first += 1  # the sizes of four parts look like an arc
    rows = []
    for row, (line, match) in enumerate(zip(lines, matches, strict=True)):
        if row < first or not line.strip(_BLANK):
            continue
        if match is None or "0" in match.group(1, 2):
            raise PlanError(
                f"{path}, line {row + 1}: {line.strip()!r} is no arc, expected two "
                f"nodes from 1, a cost, and 1 or 0 for required or not"
            )
        rows.append([int(word) for word in match.groups()])
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    against = np.full(len(table), FORBIDDEN)
    return np.column_stack([table[:, :3], against]), table[:, 3] == 1


def _vehicles(path: Path, lines: list[str], cost: Ints) -> tuple[int, ...]:
    """Vehicles that a file states, or 2 to 5 for the set that is named P..."""
    for line in lines:
        if found := _VEHICLES.search(line):
            return (int(found[1]),)
    two_way = (cost < FORBIDDEN).all(axis=1)
    windy = bool((cost[two_way, 0] != cost[two_way, 1]).any())
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

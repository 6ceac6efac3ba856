"""Streets that people name in a file: by number, by OpenStreetMap way, or drawn."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maps.areas import read_drawing, streets_within
from maps.graph import StreetGraph
from patrol.errors import MapError

COLUMNS = ("street", "osm_way")
"""Columns of a list: the number of a street, or of a way of OpenStreetMap."""

_DELIMITERS = ",;\t"
_LONGEST_NUMBER = 18  # digits that surely fit 64 bits


@dataclass(frozen=True)
class NamedStreets:
    """
    Streets that a file names.

    Attributes
    ----------
    streets
        Their numbers, ascending, shape ``(k,)``.
    unknown
        What it names that is not on the map, such as ``"way 123 (line 4)"``.
    """

    streets: NDArray[np.int64]
    unknown: tuple[str, ...] = ()


def read_street_list(path: Path, graph: StreetGraph) -> NamedStreets:
    """
    Read which streets a file names.

    A ``.csv`` file has a header with a column ``street`` (numbers of the streets of
    this map) or ``osm_way`` (numbers of ways of OpenStreetMap, all of whose streets
    are meant); other columns do not matter. Any other file holds polygons or lines:
    the streets of which at least half lies inside, or within
    `maps.areas.LINE_REACH_M` of a line.

    Raises
    ------
    MapError
        If the file cannot be read, has neither column, or a number is none.
    """
    if path.suffix.lower() != ".csv":
        return NamedStreets(streets_within(graph, read_drawing(path, graph)))
    column, numbers = _numbers(path)
    found, unknown = [np.zeros(0, np.int64)], []
    order = np.argsort(graph.edge_osm_id, kind="stable")
    ways = graph.edge_osm_id[order]
    for line, number in numbers:
        if column == "osm_way":
            first, stop = np.searchsorted(ways, [number, number + 1])
            streets = order[first:stop]
        else:
            known = 0 <= number < graph.num_edges
            streets = np.array([number] if known else [], np.int64)
        found.append(streets)
        if len(streets) == 0:
            unknown.append(f"{column.removeprefix('osm_')} {number} (line {line})")
    return NamedStreets(np.unique(np.concatenate(found)), tuple(unknown))


def _numbers(path: Path) -> tuple[str, list[tuple[int, int]]]:
    """Column of the list, and line and number of each of its rows."""
    rows = _rows(path)
    _, header = next(rows, (1, []))
    names = [name.strip().lower() for name in header]
    column = next((name for name in COLUMNS if name in names), None)
    if column is None:
        raise MapError(
            f"{path.name} has the columns {', '.join(names) or 'none'}: it needs one "
            f"of {' or '.join(map(repr, COLUMNS))} in its first line"
        )
    place = names.index(column)
    numbers = []
    for line, row in rows:
        text = row[place].strip() if place < len(row) else ""
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(text) <= _LONGEST_NUMBER):
            raise MapError(
                f"{path.name}, line {line}: {column} is {text!r}, it must be a whole "
                f"number"
            )
        numbers.append((line, int(text)))
    if not numbers:
        raise MapError(f"{path.name} names no street below its first line")
    return column, numbers


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines with their numbers, from 1; empty lines are left out."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MapError(
            f"cannot read the streets in {path}: {error.strerror}"
        ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp949", errors="replace")  # only digits matter
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                yield rows.line_num, row
    except csv.Error as error:
        raise MapError(f"{path.name}, line {rows.line_num}: {error}") from error

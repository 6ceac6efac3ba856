"""
The nearest of many straight pieces of line to each of many points, compiled.

The pieces are sorted into the square cells of a raster that they touch; around each
point the cells are searched ring by ring, until no nearer piece can follow.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled

NOWHERE = -1
"""No piece of line."""


_Arrays = tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]
]
_Found = tuple[int, float, float]


class Pieces(NamedTuple):
    """
    ``q`` straight pieces of line.

    Attributes
    ----------
    a, b
        Both ends of each in metres, shape ``(q, 2)``.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]


class Raster(NamedTuple):
    """
    Square cells, row by row; cell ``c`` is touched by ``piece[start[c]:start[c + 1]]``.

    Attributes
    ----------
    west_m, south_m, cell_m
        Corner of the first cell, and the side of each.
    columns, rows
        Number of cells each way.
    start, piece
        Pieces of each cell, as sparse rows.
    """

    west_m: float
    south_m: float
    cell_m: float
    columns: int
    rows: int
    start: NDArray[np.int64]
    piece: NDArray[np.int64]


class Nearest(NamedTuple):
    """
    Nearest piece of each of ``k`` points.

    Attributes
    ----------
    piece
        Its number, the lowest of equally near ones; `NOWHERE` if none is within
        reach; shape ``(k,)``.
    part
        Where on the piece, from 0 at ``a`` to 1 at ``b``, shape ``(k,)``.
    distance_m
        How far, shape ``(k,)``; infinite if none is within reach.
    """

    piece: NDArray[np.int64]
    part: NDArray[np.float64]
    distance_m: NDArray[np.float64]


def nearest_pieces(
    pieces: Pieces, xy_m: NDArray[np.float64], *, within_m: float
) -> Nearest:
    """
    Find the nearest piece of each point.

    Parameters
    ----------
    pieces
        At least one.
    xy_m
        Points, shape ``(k, 2)``.
    within_m
        Pieces farther away do not count.
    """
    raster = _raster(pieces)
    found = Nearest(
        np.full(len(xy_m), NOWHERE), np.zeros(len(xy_m)), np.full(len(xy_m), np.inf)
    )
    points = np.array(xy_m, dtype=np.float64)  # one type: each other is compiled anew
    _search_all(pieces, raster, points, float(within_m), found)
    return found


def _raster(pieces: Pieces) -> Raster:
    """Lay out about as many cells as there are pieces, none longer than needed."""
    corners = np.concatenate([pieces.a, pieces.b])
    low, high = corners.min(axis=0), corners.max(axis=0)
    width, height = np.maximum(high - low, 1.0)
    cell_m = max(
        np.sqrt(width * height / len(pieces.a)), max(width, height) / len(pieces.a)
    )
    columns, rows = int(width / cell_m) + 1, int(height / cell_m) + 1
    bare = Raster(
        float(low[0]),
        float(low[1]),
        float(cell_m),
        columns,
        rows,
        np.zeros(columns * rows + 1, np.int64),
        np.zeros(0, np.int64),
    )
    start = np.concatenate([[0], np.cumsum(_sort_in(pieces, bare, bare.start[1:]))])
    piece = np.empty(start[-1], np.int64)
    sorted_in = bare._replace(piece=piece)
    _sort_in(pieces, sorted_in, start[:-1].copy())
    return sorted_in._replace(start=start)


@compiled
def _sort_in(
    pieces: Pieces, raster: Raster, free: NDArray[np.int64]
) -> NDArray[np.int64]:
    """
    Write the pieces into the cells they touch, from the places in ``free`` on.

    Where the raster has no room for pieces yet, they are only counted in ``free``.
    """
    west, south, cell, columns, rows = (
        raster.west_m, raster.south_m, raster.cell_m, raster.columns, raster.rows,
    )  # fmt: skip
    room = raster.piece
    for number in range(len(pieces.a)):
        (ax, ay), (bx, by) = pieces.a[number], pieces.b[number]
        first, last = int((min(ax, bx) - west) / cell), int((max(ax, bx) - west) / cell)
        for column in range(first, min(last, columns - 1) + 1):
            low, high = _rows_in(
                (ax - west, ay - south), (bx - west, by - south), column, cell
            )
            for row in range(max(0, low), min(high, rows - 1) + 1):
                at = row * columns + column
                if len(room):
                    room[free[at]] = number
                free[at] += 1
    return free


@compiled
def _rows_in(
    a: tuple[float, float], b: tuple[float, float], column: int, cell: float
) -> tuple[int, int]:
    """First and last row that a piece touches in a column of cells."""
    (ax, ay), (bx, by) = a, b
    if abs(bx - ax) < 1e-9:
        return int(min(ay, by) / cell), int(max(ay, by) / cell)
    slope = (by - ay) / (bx - ax)
    left = min(max(column * cell, min(ax, bx)), max(ax, bx))
    right = min(max((column + 1) * cell, min(ax, bx)), max(ax, bx))
    one, other = ay + slope * (left - ax), ay + slope * (right - ax)
    slack = 1e-9 * (abs(one) + abs(other) + cell)  # rounding must not lose a cell
    return int((min(one, other) - slack) / cell), int((max(one, other) + slack) / cell)


@compiled
def _search_all(
    pieces: Pieces,
    raster: Raster,
    xy_m: NDArray[np.float64],
    within_m: float,
    found: Nearest,
) -> None:
    arrays = pieces.a, pieces.b, raster.start, raster.piece
    size = raster.columns, raster.rows
    cell = raster.cell_m
    for point in range(len(xy_m)):
        x, y = xy_m[point, 0], xy_m[point, 1]
        column = int(np.floor((x - raster.west_m) / cell))
        row = int(np.floor((y - raster.south_m) / cell))
        ring = max(-column, column - size[0], -row, row - size[1], 0)
        last = ring + max(size) + 1
        best = NOWHERE, 0.0, np.inf
        while ring <= last and (ring - 1) * cell <= min(best[2], within_m):
            for c in range(max(0, column - ring), min(column + ring, size[0] - 1) + 1):
                step = 1 if abs(c - column) == ring else 2 * ring
                rows = row - ring, row + ring, step
                best = _search_column(arrays, size, (c, rows), (x, y), best)
            ring += 1
        if best[2] <= within_m:
            found.piece[point], found.part[point], found.distance_m[point] = best


@compiled
def _search_column(
    arrays: _Arrays,
    size: tuple[int, int],
    cells: tuple[int, tuple[int, int, int]],
    xy: tuple[float, float],
    best: _Found,
) -> _Found:
    """Look for a nearer piece in some cells of a column."""
    a, b, start, piece = arrays
    x, y = xy
    number, part, distance = best
    column, (low, high, step) = cells
    for row in range(low, high + 1, max(1, step)):
        if not 0 <= row < size[1]:
            continue
        cell = row * size[0] + column
        for at in range(start[cell], start[cell + 1]):
            one = piece[at]
            along, far = _to_piece((a[one, 0], a[one, 1]), (b[one, 0], b[one, 1]), x, y)
            if far < distance or (far == distance and one < number):
                number, part, distance = one, along, far
    return number, part, distance


@compiled
def _to_piece(
    a: tuple[float, float], b: tuple[float, float], x: float, y: float
) -> tuple[float, float]:
    """Part of a piece at which it is nearest to a point, and how far that is."""
    (ax, ay), (bx, by) = a, b
    square = (bx - ax) ** 2 + (by - ay) ** 2
    part = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square if square > 0 else 0.0
    if part <= 0:
        return 0.0, np.hypot(x - ax, y - ay)
    if part >= 1:
        return 1.0, np.hypot(x - bx, y - by)
    return part, np.hypot(x - ax - part * (bx - ax), y - ay - part * (by - ay))

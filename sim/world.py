"""The ground that simulated robots drive on: slopes, and streets that are blocked."""

from collections.abc import Mapping
from math import ceil, hypot

import numpy as np
import shapely
from numpy.typing import NDArray

from maps import StreetGraph
from maps.snap import street_lines

_ON_STREET_M = 10.0  # a robot within this of a street is on its slope
_CELL_M = 20.0  # side of the squares that are known to be level or not
_BLOCK_M = 1.5  # half the length of what blocks a street


class World:
    """
    What a robot meets where it is.

    Parameters
    ----------
    graph
        The streets; their ``incline`` is the slope.
    blocked
        Streets that cannot be passed, and the second of the night from which on. What
        blocks a street is at its middle: a kerb that no map has, a fence, a fallen
        tree.
    """

    def __init__(
        self, graph: StreetGraph, blocked: Mapping[int, float] | None = None
    ) -> None:
        self._sloped = np.flatnonzero(np.nan_to_num(graph.tags.incline))
        self._incline = graph.tags.incline[self._sloped].tolist()
        self._lines = street_lines(graph, self._sloped)
        self._tree = shapely.STRtree(self._lines)
        self._sloped_cells = _cells_near(self._lines)
        self._blocks = [
            (*_middle(graph, street), from_s)
            for street, from_s in sorted((blocked or {}).items())
        ]

    def gradient(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Give the rise per metre east and north; 0 where no slope is known."""
        if _cell(x_m, y_m) not in self._sloped_cells:
            return 0.0, 0.0
        here = shapely.Point(x_m, y_m)
        found = self._tree.query_nearest(here, max_distance=_ON_STREET_M)
        if not len(found):
            return 0.0, 0.0
        line = self._lines[found[0]]
        at_m = shapely.line_locate_point(line, here)
        a, b = (
            shapely.line_interpolate_point(line, at_m + step) for step in (-0.5, 0.5)
        )
        dx, dy = b.x - a.x, b.y - a.y
        per_m = self._incline[found[0]] / max(hypot(dx, dy), 1e-9)
        return dx * per_m, dy * per_m

    def is_blocked(self, x_m: float, y_m: float, now_s: float) -> bool:
        """Tell whether nobody can be at a place."""
        return any(
            from_s <= now_s and hypot(x_m - at_x, y_m - at_y) < _BLOCK_M
            for at_x, at_y, from_s in self._blocks
        )


def _cell(x_m: float, y_m: float) -> tuple[int, int]:
    return int(x_m // _CELL_M), int(y_m // _CELL_M)


def _cells_near(lines: NDArray[np.object_]) -> frozenset[tuple[int, int]]:
    """Cells of the plane with ground within `_ON_STREET_M` of a line, or a few more.

    Most robots are on level ground most of the time: a cell says so much faster than
    the nearest line does.
    """
    dense = shapely.segmentize(lines, _CELL_M)
    points = np.floor(shapely.get_coordinates(dense) / _CELL_M).astype(np.int64)
    reach = 1 + ceil(_ON_STREET_M / _CELL_M)
    steps = range(-reach, reach + 1)
    around = np.array([(i, j) for i in steps for j in steps])
    cells = np.unique((points[:, None] + around).reshape(-1, 2), axis=0)
    return frozenset(map(tuple, cells.tolist()))


def _middle(graph: StreetGraph, street: int) -> tuple[float, float]:
    line = street_lines(graph, np.array([street]))[0]
    point = shapely.line_interpolate_point(line, 0.5, normalized=True)
    return float(point.x), float(point.y)

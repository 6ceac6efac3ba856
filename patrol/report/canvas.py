"""From metres in the plane to the drawing's own units: tenths of a metre, y down."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph

UNITS_PER_M = 10
"""Drawing units in a metre: coordinates are kept to 0.1 m."""

_MARGIN_M = 25.0


@dataclass(frozen=True)
class Canvas:
    """
    The box that is drawn.

    Attributes
    ----------
    west_m, north_m
        Upper left corner in the map's plane.
    width, height
        Size in drawing units.
    """

    west_m: float
    north_m: float
    width: int
    height: int

    @classmethod
    def around(cls, graph: StreetGraph) -> "Canvas":
        """Take in a whole network with a margin."""
        west, south = graph.shape_xy_m.min(axis=0) - _MARGIN_M
        east, north = graph.shape_xy_m.max(axis=0) + _MARGIN_M
        width, height = np.ceil(np.array([east - west, north - south]) * UNITS_PER_M)
        return cls(float(west), float(north), int(width), int(height))

    def place(self, xy_m: NDArray[np.float64]) -> NDArray[np.int64]:
        """Turn metres ``(k, 2)`` into drawing units ``(k, 2)``."""
        offset = (xy_m - (self.west_m, self.north_m)) * (UNITS_PER_M, -UNITS_PER_M)
        return np.rint(offset).astype(np.int64)

    def path(self, lines: Iterable[NDArray[np.float64]]) -> str:
        """Write lines, each of shape ``(q, 2)`` in metres, as one SVG path."""
        return "".join(_line(self.place(line)) for line in lines)


def _line(points: NDArray[np.int64]) -> str:
    if len(points) < 2:
        return ""
    # An absolute start, then steps: one digit less for each point than absolute.
    x, y = points[0].tolist()
    steps = "".join(f"{dx} {dy} " for dx, dy in np.diff(points, axis=0).tolist())
    return f"M{x} {y}l{steps.replace(' -', '-').rstrip()}"

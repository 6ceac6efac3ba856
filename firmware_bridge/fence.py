"""
The fence of a robot: a polygon, and which places are inside of it.

Whole numbers only, so that the C gives the same answers to the bit; ``PROTOCOL.md``
tells the rule under "Guards".
"""

import itertools
import math
from dataclasses import dataclass
from struct import Struct
from typing import Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.mission_steps import wrapped
from firmware_bridge.robot_path import divide
from patrol.errors import RobotError

MOST_CORNERS = 16
"""Most corners of a fence: 128 bytes of the robot's memory."""

_LEAST_CORNERS = 3
_BESIDE_M = 20.0
_HALVINGS = 32
_COARSE_MM = 30  # how far beside an edge either answer may come, and a bit
_CORNER = Struct("<ii")


@dataclass(frozen=True, slots=True)
class Fence:
    """
    A polygon in which a robot must be able to stop.

    Attributes
    ----------
    corners_mm
        East and north of the map's origin, one after another; the last is joined to
        the first. From 3 to 16.

    Raises
    ------
    RobotError
        If there are fewer or more.
    """

    corners_mm: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not _LEAST_CORNERS <= len(self.corners_mm) <= MOST_CORNERS:
            raise RobotError(
                f"a fence of {len(self.corners_mm)} corners, it has "
                f"{_LEAST_CORNERS} to {MOST_CORNERS}: leave out those that matter least"
            )

    @classmethod
    def around(cls, xy_m: NDArray[np.float64]) -> Self:
        """
        Give the fence of a route: a convex one, 20 m around it.

        A mission is given up 10 m beside its path, so it does not come to the fence.

        Parameters
        ----------
        xy_m
            The route, metres east and north, shape ``(p, 2)``, ``p`` above 0.
        """
        angles = np.arange(MOST_CORNERS) * (math.tau / MOST_CORNERS)
        facing = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        reach_m = (xy_m @ facing.T).max(axis=0) + _BESIDE_M
        # Each side meets the next one at a corner.
        after, reach_after_m = np.roll(facing, -1, 0), np.roll(reach_m, -1)
        cross = math.sin(math.tau / MOST_CORNERS)
        x_m = (reach_m * after[:, 1] - reach_after_m * facing[:, 1]) / cross
        y_m = (reach_after_m * facing[:, 0] - reach_m * after[:, 0]) / cross
        corners = np.rint(np.stack([x_m, y_m], axis=1) * 1e3).astype(int).tolist()
        return cls(tuple((int(x), int(y)) for x, y in corners))

    @property
    def name(self) -> int:
        """CRC-32 of what goes over the wire, by which both ends know it."""
        return crc32(self.pack())

    def pack(self) -> bytes:
        """Give its bytes: the number of corners, then each."""
        corners = b"".join(itertools.starmap(_CORNER.pack, self.corners_mm))
        return bytes([len(self.corners_mm)]) + corners

    @classmethod
    def unpack(cls, packed: bytes) -> Self | None:
        """Read its bytes; None if they are none."""
        count = packed[0] if packed else 0
        if len(packed) != 1 + _CORNER.size * count:
            return None
        try:
            return cls(tuple(_CORNER.iter_unpack(packed[1:])))
        except RobotError:
            return None

    def encloses(self, x_mm: int, y_mm: int) -> bool:
        """Tell whether a place is inside: an odd number of edges is east of it."""
        ways = [(wrapped(x - x_mm), wrapped(y - y_mm)) for x, y in self.corners_mm]
        edges = itertools.pairwise((ways[-1], *ways))
        return sum(_crosses(*a, *b) for a, b in edges) % 2 == 1

    def clearance_mm(self, x_mm: int, y_mm: int) -> int:
        """
        Give a distance within which every place is inside, if this place is.

        It is that to the nearest edge, less what `encloses` is coarse by.
        """
        corners = np.array(self.corners_mm, float) - (x_mm, y_mm)
        legs = np.roll(corners, -1, axis=0) - corners
        square = np.maximum((legs**2).sum(axis=1), 1.0)
        along = np.clip(-(corners * legs).sum(axis=1) / square, 0.0, 1.0)
        off_mm = float(np.hypot(*(corners + along[:, None] * legs).T).min())
        return max(0, int(0.99 * off_mm) - _COARSE_MM)


def _crosses(ax: int, ay: int, bx: int, by: int) -> bool:
    """
    Tell whether an edge, given from the place, crosses the ray east of it.

    The half that crosses the ray is halved until it lies on one side of the place: no
    product that 32 bits do not hold, and at most 25 mm beside the edge.
    """
    up = by > 0
    if (ay > 0) == up:
        return False
    for _half in range(_HALVINGS):
        if (ax > 0) == (bx > 0):
            break
        x, y = divide(ax + bx, 2), divide(ay + by, 2)
        if (y > 0) == up:
            bx, by = x, y
        else:
            ax, ay = x, y
    return ax > 0 and bx > 0

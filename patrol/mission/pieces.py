"""Pieces of a planned path that a robot drives by itself, one after another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError
from patrol.mission.path import PlannedPath
from patrol.robot import RobotMission

_AT_M = 1e-3
_ARRIVED_M = 0.1  # the robot and we round its way differently, by millimetres
_LEAST_POINTS = 2


@dataclass(frozen=True)
class Piece:
    """
    A part of a path as a mission.

    Attributes
    ----------
    start_m, end_m
        Where on the path it begins and ends.
    mission
        Its points.
    length_m
        Length of the mission, which is that of the path but for rounding.
    speed_mps
        Speed on it.
    """

    start_m: float
    end_m: float
    mission: RobotMission
    length_m: float
    speed_mps: float

    def place_of(self, along_m: float) -> float:
        """Give the progress along the path of a robot that has come so far in it."""
        if along_m >= self.length_m - _ARRIVED_M:
            return self.end_m
        share = along_m / self.length_m
        return self.start_m + share * (self.end_m - self.start_m)

    def along_of(self, place_m: float) -> float:
        """Give how far into the mission a place on the path is."""
        share = (place_m - self.start_m) / (self.end_m - self.start_m)
        return min(max(share, 0.0), 1.0) * self.length_m


def next_piece(
    path: PlannedPath,
    from_m: float,
    *,
    speed_mps: float,
    fits: Callable[[RobotMission], bool],
) -> Piece:
    """
    Cut the piece that a robot drives next: to its next stop or the end of its trip.

    Stops are stands and the edges of major roads.

    Where the robot has not enough room for so many points, the piece ends sooner.

    Parameters
    ----------
    path
        The planned path.
    from_m
        Progress at which the piece begins; not at the end of the path.
    speed_mps
        Speed on it.
    fits
        Tells whether the robot has room for a mission.

    Raises
    ------
    PlanError
        If it has no room for a single leg.
    """
    ends_m = np.concatenate([path.stand_m, path.crossing_m, path.trip_end_m])
    end_m = float(ends_m[ends_m > from_m + _AT_M].min())
    inner = (path.along_m > from_m + _AT_M) & (path.along_m < end_m - _AT_M)
    places_m = np.array([from_m, *path.along_m[inner].tolist(), end_m])
    while True:
        piece = _piece(path, places_m, speed_mps)
        if fits(piece.mission):
            return piece
        if len(places_m) <= _LEAST_POINTS:
            raise PlanError(
                f"the robot has no room for a mission of one leg of "
                f"{piece.length_m:.0f} m, {from_m:.0f} m along its route: let the "
                f"host drive it, without --on-robot"
            )
        places_m = places_m[: max(len(places_m) // 2, _LEAST_POINTS)]


def _piece(path: PlannedPath, places_m: NDArray[np.float64], speed_mps: float) -> Piece:
    xy_m = np.array([path.point_at(place_m) for place_m in places_m.tolist()])
    xy_mm = np.round(xy_m * 1e3).astype(np.int32)
    moved = np.append(True, (np.diff(xy_mm, axis=0) != 0).any(axis=1))
    xy_mm = xy_mm[moved]
    speeds = np.full(len(xy_mm), round(speed_mps * 1e3), np.uint16)
    length_m = float(np.hypot(*np.diff(xy_mm, axis=0).T).sum()) / 1e3
    ends_m = (float(places_m[0]), float(places_m[-1]))
    return Piece(*ends_m, RobotMission(xy_mm, speeds), length_m, speed_mps)

"""
The planned path of one robot: one line through the plane, in travel direction.

Questions are asked near the robot's present progress only. So a path may pass the
same street twice, cross itself and turn back on itself: what is near in the plane
but far along the path is never mixed up.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from math import hypot, inf, radians

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import PlanError
from patrol.planning.crossings import Crossings
from patrol.planning.plan import Route

SHARP_TURN_RAD = radians(100)
"""A corner this sharp is taken by stopping and turning on the spot."""

_NEAR_M = 3.0
"""How far before and after the present progress a place on the path is sought."""

_KERB_M = 4.0  # from the middle of a road to where one waits for it
_JOINT_M = 0.01  # shapes are kept to the millimetre
_CORNER_WINDOW_M = 0.5  # bends this close together are driven as one corner
_CORNER_CUT_M = 0.25  # what the arc through a corner may leave on its inside
_STRAIGHT_RAD = 0.02  # less than the noise of a street's drawing


@dataclass(frozen=True)
class PlannedPath:
    """
    A route of ``k`` steps as a line of ``p`` points.

    Attributes
    ----------
    route
        The route it was made of.
    xy_m
        Points, shape ``(p, 2)``, in the map's plane; no two in a row are equal.
    along_m
        Distance from the start to each point, shape ``(p,)``, ascending.
    step_start_m
        Distance from the start at which each step begins, and the length of the
        path at the end, shape ``(k + 1,)``.
    stops_m
        Where the robot must come to a standstill, ascending: turns sharper than
        `SHARP_TURN_RAD`, stands, crossings and the end of each trip, shape ``(s,)``.
    trip_end_m
        Distance at which each trip ends, shape ``(t,)``.
    stand_m
        Distance at which each stand of the route is, shape ``(d,)``; a stop each.
    corner_radius_m
        Radius of the arc that fits into the corner at each point, shape ``(p,)``;
        infinite where the path is straight or the robot turns on the spot.
    width_m
        Width of the street of each step, shape ``(k,)``; NaN where unknown.
    crossing_m
        Where the robot stands before it crosses a major road, ascending, shape
        ``(c,)``; a stop each.

    Raises
    ------
    PlanError
        By `of`, if a step does not begin where the step before it ends, or the
        streets have no length.
    """

    route: Route
    xy_m: NDArray[np.float64]
    along_m: NDArray[np.float64]
    step_start_m: NDArray[np.float64]
    stops_m: NDArray[np.float64]
    trip_end_m: NDArray[np.float64]
    stand_m: NDArray[np.float64]
    corner_radius_m: NDArray[np.float64]
    width_m: NDArray[np.float64]
    crossing_m: NDArray[np.float64]

    def __post_init__(self) -> None:
        for array in (
            self.xy_m,
            self.along_m,
            self.step_start_m,
            self.stops_m,
            self.trip_end_m,
            self.stand_m,
            self.corner_radius_m,
            self.width_m,
            self.crossing_m,
        ):
            array.flags.writeable = False

    @classmethod
    def of(cls, route: Route, graph: StreetGraph) -> "PlannedPath":
        """
        Lay the streets of a route end to end.

        Parameters
        ----------
        route
            Steps, each along one street of ``graph``.
        graph
            The network that the route was planned on.
        """
        shapes = [
            graph.shape_of(street)[:: 1 if forward else -1]
            for street, forward in zip(
                route.streets.tolist(), route.forward.tolist(), strict=True
            )
        ]
        _check_joints(shapes, route)
        lengths = [float(np.hypot(*np.diff(s, axis=0).T).sum()) for s in shapes]
        step_start_m = np.cumsum([0.0, *lengths])
        xy_m = _joined(shapes, route)
        along_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy_m, axis=0).T)))
        along_m = along_m[: len(xy_m)]
        last_of_trip = np.flatnonzero(np.diff(route.trip, append=-1))
        trip_end_m = step_start_m[last_of_trip + 1]
        stand_m = step_start_m[[stand.step for stand in route.stands]]
        crossing_m = _crossings(route, graph, step_start_m)
        turn_rad = _turns(xy_m)
        sharp = np.abs(turn_rad) > SHARP_TURN_RAD
        return cls(
            route=route,
            xy_m=xy_m,
            along_m=along_m,
            step_start_m=step_start_m,
            stops_m=_merged(
                np.sort(
                    np.concatenate([along_m[sharp], trip_end_m, stand_m, crossing_m])
                )
            ),
            trip_end_m=trip_end_m,
            stand_m=stand_m,
            corner_radius_m=_corner_radii(np.where(sharp, 0.0, turn_rad), along_m),
            width_m=graph.tags.width_m[route.streets],
            crossing_m=crossing_m,
        )

    @property
    def length_m(self) -> float:
        """Length of the whole path."""
        return float(self.step_start_m[-1])

    def project(
        self, x_m: float, y_m: float, near_m: float, *, within_leg: bool = False
    ) -> tuple[float, float]:
        """
        Find the nearest place on the path that is near a known progress.

        Parameters
        ----------
        x_m, y_m
            A place in the plane.
        near_m
            Progress near which to look, 3 m to either side.
        within_leg
            Do not look beyond the stops before and after ``near_m``.

        Returns
        -------
        along_m
            Distance from the start to the nearest place.
        cross_track_m
            Distance from there, positive on the left of the path.
        """
        xs, ys, alongs = self._lists
        low_m, high_m = self.leg(near_m) if within_leg else (0.0, self._length_m)
        low_m, high_m = max(low_m, near_m - _NEAR_M), min(high_m, near_m + _NEAR_M)
        first = max(bisect_right(alongs, low_m) - 1, 0)
        last = min(bisect_left(alongs, high_m), len(alongs) - 1)
        best_m, found_m, side = inf, low_m, 1.0
        for i in range(min(first, len(alongs) - 2), last):
            length_m = alongs[i + 1] - alongs[i]
            ux, uy = (xs[i + 1] - xs[i]) / length_m, (ys[i + 1] - ys[i]) / length_m
            dx, dy = x_m - xs[i], y_m - ys[i]
            here_m = min(max(dx * ux + dy * uy, low_m - alongs[i], 0.0), length_m)
            here_m = min(here_m, high_m - alongs[i])
            off_m = hypot(dx - here_m * ux, dy - here_m * uy)
            if off_m < best_m:
                best_m, found_m, side = off_m, alongs[i] + here_m, ux * dy - uy * dx
        return found_m, best_m if side >= 0 else -best_m

    def where(self, along_m: float) -> dict[str, float]:
        """Progress and length, rounded, as events tell it."""
        return {"along_m": round(along_m, 1), "length_m": round(self.length_m, 1)}

    def point_at(self, along_m: float) -> tuple[float, float]:
        """Place at a distance from the start; beyond an end, straight on from it."""
        xs, ys, alongs = self._lists
        i = min(max(bisect_right(alongs, along_m) - 1, 0), len(alongs) - 2)
        return self._on_segment(i, along_m, xs, ys, alongs)

    def point_before(self, stop_m: float, along_m: float) -> tuple[float, float]:
        """As `point_at`, but go straight on at ``stop_m`` instead of turning there."""
        xs, ys, alongs = self._lists
        if along_m <= stop_m:
            return self.point_at(along_m)
        i = min(max(bisect_left(alongs, stop_m - 1e-6) - 1, 0), len(alongs) - 2)
        return self._on_segment(i, along_m, xs, ys, alongs)

    def leg(self, along_m: float) -> tuple[float, float]:
        """Find the stops before and after a place; between them it drives through."""
        stops = self._stops
        after = bisect_right(stops, along_m)
        low_m = stops[after - 1] if after else 0.0
        return low_m, stops[after] if after < len(stops) else self._length_m

    def step_at(self, along_m: float) -> int:
        """Step that a place on the path belongs to; at a joint, the later one."""
        steps = self._step_starts
        return min(max(bisect_right(steps, along_m) - 1, 0), len(steps) - 2)

    def corners(self, from_m: float, to_m: float) -> list[tuple[float, float]]:
        """Corners on a piece of the path: distance from the start and radius."""
        places, radii = self._corners
        first, last = bisect_left(places, from_m), bisect_right(places, to_m)
        return list(zip(places[first:last], radii[first:last], strict=True))

    # Plain floats and bisect: ten times as fast as numpy on a handful of numbers.

    @cached_property
    def _lists(self) -> tuple[list[float], list[float], list[float]]:
        x_m, y_m = self.xy_m.T.tolist()
        return x_m, y_m, self.along_m.tolist()

    @cached_property
    def _stops(self) -> list[float]:
        return list(self.stops_m.tolist())

    @cached_property
    def _step_starts(self) -> list[float]:
        return list(self.step_start_m.tolist())

    @cached_property
    def _length_m(self) -> float:
        return self.length_m

    @cached_property
    def _corners(self) -> tuple[list[float], list[float]]:
        bent = np.isfinite(self.corner_radius_m)
        return self.along_m[bent].tolist(), self.corner_radius_m[bent].tolist()

    @staticmethod
    def _on_segment(
        i: int, along_m: float, xs: list[float], ys: list[float], alongs: list[float]
    ) -> tuple[float, float]:
        share = (along_m - alongs[i]) / (alongs[i + 1] - alongs[i])
        return xs[i] + share * (xs[i + 1] - xs[i]), ys[i] + share * (ys[i + 1] - ys[i])


def _check_joints(shapes: list[NDArray[np.float64]], route: Route) -> None:
    for step in range(1, len(shapes)):
        gap_m = float(np.hypot(*(shapes[step][0] - shapes[step - 1][-1])))
        if gap_m > _JOINT_M:
            raise PlanError(
                f"route of {route.robot!r}: step {step} (street "
                f"{route.streets[step]}) begins {gap_m:.1f} m from where step "
                f"{step - 1} (street {route.streets[step - 1]}) ends: is it the plan "
                f"of another map?"
            )


def _joined(shapes: list[NDArray[np.float64]], route: Route) -> NDArray[np.float64]:
    if not shapes:
        return np.empty((0, 2))
    xy_m = _without_repeats(np.concatenate(shapes))
    if len(xy_m) < 2:
        raise PlanError(
            f"route of {route.robot!r}: its {len(shapes)} streets have no length in "
            f"the plane, the first is street {route.streets[0]}"
        )
    return xy_m


def _without_repeats(xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
    moved = np.hypot(*np.diff(xy_m, axis=0).T) > 0
    kept: NDArray[np.float64] = xy_m[np.append(True, moved)]
    return kept


def _merged(places_m: NDArray[np.float64]) -> NDArray[np.float64]:
    # The end of a trip may also be a sharp turn, the same but for rounding.
    return places_m[np.diff(places_m, prepend=-1.0) > 1e-6]


def _crossings(
    route: Route, graph: StreetGraph, step_start_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find where to stand before major roads: at the kerb."""
    steps = Crossings(graph).steps(
        route.streets, route.forward, route.trip, step_start_m[:-1]
    )
    kerbs_m = step_start_m[steps] - _KERB_M
    return np.maximum(kerbs_m, step_start_m[[step - 1 for step in steps]])


def _turns(xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn at each point, counter-clockwise, shape ``(p,)``; 0 at both ends."""
    turn_rad = np.zeros(len(xy_m))
    heading_rad = np.arctan2(*np.diff(xy_m, axis=0).T[::-1])
    change = np.diff(heading_rad)
    turn_rad[1:-1] = np.arctan2(np.sin(change), np.cos(change))
    return turn_rad


def _corner_radii(
    turn_rad: NDArray[np.float64], along_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Radius of the arc that leaves each corner at most `_CORNER_CUT_M` inside."""
    summed = np.append(0.0, np.cumsum(turn_rad))
    first = np.searchsorted(along_m, along_m - _CORNER_WINDOW_M, side="left")
    last = np.searchsorted(along_m, along_m + _CORNER_WINDOW_M, side="right")
    whole = np.maximum(np.abs(summed[last] - summed[first]), np.abs(turn_rad))
    half_turn = np.minimum(whole / 2, radians(80))
    bent = (half_turn > _STRAIGHT_RAD) & (turn_rad != 0)
    radius_m = np.full(len(turn_rad), inf)
    radius_m[bent] = _CORNER_CUT_M / (1 / np.cos(half_turn[bent]) - 1)
    return radius_m

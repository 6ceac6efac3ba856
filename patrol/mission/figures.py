"""What a record says in numbers: planned against driven."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RecordError
from patrol.mission.record import EventKind, MissionRecord, Track
from patrol.planning.plan import PatrolPlan, Route


@dataclass(frozen=True)
class RouteFigures:
    """
    One robot's route, planned against driven.

    Attributes
    ----------
    robot
        Name of the robot.
    planned_km, driven_km
        Length of the route; distance driven.
    planned_end_s, driven_end_s
        Seconds after the shift's start at which the last step ends by plan, and at
        which the robot had finished; None if it did not, or stays in the dock.
    planned_served, driven_served
        Number of different streets to serve, and of those served.
    missed
        Streets to serve that were not, ascending, shape ``(k,)``.
    cross_track_p95_m, cross_track_max_m
        Distance from the planned path; NaN if it never was on its route.
    """

    robot: str
    planned_km: float
    driven_km: float
    planned_end_s: float | None
    driven_end_s: float | None
    planned_served: int
    driven_served: int
    missed: NDArray[np.int64]
    cross_track_p95_m: float
    cross_track_max_m: float


def driven_km(record: MissionRecord) -> float:
    """Distance that all robots drove together, in km."""
    return sum(_driven_m(track) for track in record.tracks) / 1000


def cross_track_p95_m(*tracks: Track) -> float:
    """
    Distance from the planned path that 95 % of the samples keep within.

    Samples off the route do not count; NaN if there are no others.
    """
    distances = _cross_track_m(*tracks)
    return float(np.percentile(distances, 95)) if len(distances) else float("nan")


def cross_track_max_m(*tracks: Track) -> float:
    """Greatest distance from the planned path; NaN if no sample is on the route."""
    distances = _cross_track_m(*tracks)
    return float(distances.max()) if len(distances) else float("nan")


def finish_s(track: Track) -> float | None:
    """Seconds after the shift's start at which the robot had finished, if it did."""
    ends = (e.time_s for e in track.events if e.kind is EventKind.FINISHED)
    return next(ends, None)


def end_s(track: Track) -> float:
    """Seconds after the shift's start of the last that is known of the robot."""
    events_s = track.events[-1].time_s if track.events else 0.0
    samples_s = float(track.time_s[-1]) if track.samples else 0.0
    return max(events_s, samples_s)


def served_streets(track: Track) -> NDArray[np.int64]:
    """Streets that were really served, in that order, a street once a visit."""
    return np.array(
        [
            event.street
            for event in track.events
            if event.kind is EventKind.STREET_SERVED and event.street is not None
        ],
        dtype=np.int64,
    )


def compare(
    plan: PatrolPlan, record: MissionRecord, *, edge_length_m: NDArray[np.float64]
) -> tuple[RouteFigures, ...]:
    """
    Set each route of a plan against what was driven.

    Parameters
    ----------
    plan
        The plan that was driven.
    record
        The record of its night.
    edge_length_m
        Length of each street of the plan's map, shape ``(m,)``.

    Returns
    -------
    tuple of RouteFigures
        One a route, in the order of the plan.

    Raises
    ------
    RecordError
        If the record has no track of a robot of the plan, or one too many.
    """
    tracks = {track.robot: track for track in record.tracks}
    planned = {route.robot for route in plan.routes}
    if planned != set(tracks):
        raise RecordError(
            f"the plan is for the robots {sorted(planned)}, the record is of "
            f"{sorted(tracks)}: compare a record with the plan that was driven"
        )
    return tuple(
        _compare(route, tracks[route.robot], edge_length_m) for route in plan.routes
    )


def _compare(
    route: Route, track: Track, edge_length_m: NDArray[np.float64]
) -> RouteFigures:
    wanted = np.unique(route.streets[route.served])
    served = np.unique(served_streets(track))
    moves = len(route.streets) > 0
    return RouteFigures(
        robot=route.robot,
        planned_km=float(edge_length_m[route.streets].sum()) / 1000,
        driven_km=_driven_m(track) / 1000,
        planned_end_s=float(route.arrive_s[-1]) if moves else None,
        driven_end_s=finish_s(track) if moves else None,
        planned_served=len(wanted),
        driven_served=len(served),
        missed=np.setdiff1d(wanted, served),
        cross_track_p95_m=cross_track_p95_m(track),
        cross_track_max_m=cross_track_max_m(track),
    )


def _driven_m(track: Track) -> float:
    return float(track.driven_m[-1]) if track.samples else 0.0


def _cross_track_m(*tracks: Track) -> NDArray[np.float64]:
    if not tracks:
        return np.empty(0)
    distances = np.concatenate([track.cross_track_m for track in tracks])
    known: NDArray[np.float64] = distances[np.isfinite(distances)]
    return known

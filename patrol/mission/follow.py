"""
Regulated pure pursuit [1]_: aim at a point a little ahead on the path.

A pure function of the pose and the progress; what was measured is never changed.
The speed is regulated by what lies ahead (corners, stops) and by the bend of the
arc that is driven. Where the aim is far to the side, the robot turns on the spot, or
backs up to it if it steers like a car.

.. [1] Macenski, Singh, Martin and Gines (2023). Regulated Pure Pursuit for Robot
   Path Tracking. *Autonomous Robots* 47, 685-694. doi:10.1007/s10514-023-10097-6,
   arXiv:2305.20026.
"""

from dataclasses import dataclass
from math import atan2, cos, hypot, pi, radians, sin, sqrt, tau
from typing import NamedTuple

from patrol.mission.path import PlannedPath
from patrol.robot import Drive, Telemetry

STANDSTILL = Drive(speed_mps=0.0, turn_radps=0.0)
"""Neither go nor turn."""


class Pose(NamedTuple):
    """Where a robot is, how it stands and how fast it goes."""

    x_m: float
    y_m: float
    heading_rad: float
    speed_mps: float


class Pursuit(NamedTuple):
    """
    What to do next, and where on the path the robot is.

    Attributes
    ----------
    drive
        The setpoint.
    along_m
        Progress: distance from the start of the path.
    cross_track_m
        Distance from the path, positive on its left.
    """

    drive: Drive
    along_m: float
    cross_track_m: float


_MAY_BE_0 = ("lead_s", "least_radius_m")


@dataclass(frozen=True)
class FollowOptions:
    """
    How to follow a path.

    Attributes
    ----------
    speed_mps
        Speed where nothing asks for less.
    brake_mps2, speed_up_mps2
        Change of speed that is counted on before a corner, and asked for after it.
    sideways_mps2
        Greatest acceleration to the side.
    turn_radps
        Greatest turn rate.
    lookahead_s, least_lookahead_m
        The aim is as far ahead as the robot goes in this time, at least so far.
    lead_s
        Age that a report usually has when its answer takes effect; the pose is
        carried forward by it.
    turn_on_spot_rad
        Bearing of the aim from which the robot turns without going.
    arrive_m
        Nearness at which a stop counts as reached.
    least_radius_m
        Radius of the tightest turn; 0 if the robot turns on the spot. One that cannot
        turns round in three moves, back and forth.
    regain_beyond_m, regain_mps
        Farther from the path than this, go no faster than that.
    """

    speed_mps: float = 1.39
    brake_mps2: float = 0.7
    speed_up_mps2: float = 0.8
    sideways_mps2: float = 0.7
    turn_radps: float = 1.5
    lookahead_s: float = 0.9
    least_lookahead_m: float = 0.6
    lead_s: float = 0.15
    turn_on_spot_rad: float = radians(60)
    arrive_m: float = 0.08
    least_radius_m: float = 0.0
    regain_beyond_m: float = 2.0
    regain_mps: float = 0.5

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (0 < value < float("inf") or (name in _MAY_BE_0 and value == 0)):
                raise ValueError(f"{name} is {value}, it must be above 0 and finite")


def follow(
    path: PlannedPath, pose: Pose, along_m: float, *, options: FollowOptions
) -> Pursuit:
    """
    Steer a robot along a path.

    Parameters
    ----------
    path
        The planned path.
    pose
        Where the robot is now.
    along_m
        Progress that the last call gave, 0 at the start.
    options
        How to follow.

    Returns
    -------
    Pursuit
        Setpoint and new progress. Progress goes past a stop only when the robot is
        there, and never back over it; at the end of the path it is exactly
        ``path.length_m``.
    """
    here_m, cross_m = path.project(pose.x_m, pose.y_m, along_m, within_leg=True)
    stop_m = path.leg(along_m)[1]
    if _has_arrived(stop_m - here_m, cross_m, options):
        here_m = stop_m
        stop_m = path.leg(here_m)[1]
    else:
        here_m = min(here_m, stop_m - _SHORT_OF_M)
    if here_m >= path.length_m:
        return Pursuit(STANDSTILL, here_m, cross_m)
    bearing_rad, far_m = _aim(path, pose, here_m, stop_m=stop_m, options=options)
    if options.least_radius_m and abs(bearing_rad) > _TURN_ROUND_RAD:
        return Pursuit(_back_round(bearing_rad, options), here_m, cross_m)
    if not options.least_radius_m and abs(bearing_rad) > _spot_limit(
        pose.speed_mps, options
    ):
        return Pursuit(_turn_on_spot(bearing_rad, options), here_m, cross_m)
    bend = _within_steering(2 * sin(bearing_rad) / far_m, options)
    speed_mps = min(
        _speed_for_bend(bend, bearing_rad, options),
        _speed_for_stop(stop_m - here_m, options),
        _speed_for_corners(path, here_m, options),
        options.regain_mps if abs(cross_m) > options.regain_beyond_m else 99.0,
        max(pose.speed_mps, 0.0) + options.speed_up_mps2 * _SPEED_UP_STEP_S,
    )
    turn_radps = min(max(speed_mps * bend, -options.turn_radps), options.turn_radps)
    return Pursuit(Drive(speed_mps, turn_radps), here_m, cross_m)


def predict(report: Telemetry, drive: Drive, lead_s: float) -> Pose:
    """Carry a reported pose forward by ``lead_s`` under the last setpoint."""
    turned_rad = drive.turn_radps * lead_s
    heading_rad = report.heading_rad + turned_rad / 2
    gone_m = report.speed_mps * lead_s
    return Pose(
        report.x_m + gone_m * cos(heading_rad),
        report.y_m + gone_m * sin(heading_rad),
        report.heading_rad + turned_rad,
        report.speed_mps,
    )


_SPEED_UP_STEP_S = 0.5  # a control period and the lag of the reported speed
_CREEP_MPS = 0.1  # slow enough to end within the nearness of a stop
_TURN_GAIN_PER_S = 1.5  # a turn on the spot settles without overshoot at 0.2 s
_LEAST_TURN_RADPS = 0.2
_TURN_ROUND_RAD = radians(90)
_BACK_MPS = 0.4
_STANDING_SHARE = 1 / 3
_SHORT_OF_M = 0.001  # progress that is not yet past a stop
_OFF_LINE_M = 0.3  # beside a stop by more than this, head for the stop itself
_CORNER_REACH_M = 0.5  # pure pursuit begins to turn this far before a corner


def _has_arrived(left_m: float, cross_m: float, options: FollowOptions) -> bool:
    return left_m <= options.arrive_m and abs(cross_m) <= _OFF_LINE_M


def _aim(
    path: PlannedPath,
    pose: Pose,
    here_m: float,
    *,
    stop_m: float,
    options: FollowOptions,
) -> tuple[float, float]:
    """Bearing, counter-clockwise from ahead, and distance of the point to aim at."""
    ahead_m = max(options.lookahead_s * pose.speed_mps, options.least_lookahead_m)
    x_m, y_m = path.point_before(stop_m, here_m + ahead_m)
    if here_m + ahead_m > stop_m:
        stop_x_m, stop_y_m = path.point_at(stop_m)
        here_x_m, here_y_m = path.point_at(here_m)
        if hypot(pose.x_m - here_x_m, pose.y_m - here_y_m) > _OFF_LINE_M:
            x_m, y_m = stop_x_m, stop_y_m
    dx_m, dy_m = x_m - pose.x_m, y_m - pose.y_m
    bearing_rad = (atan2(dy_m, dx_m) - pose.heading_rad + pi) % tau - pi
    return bearing_rad, max(hypot(dx_m, dy_m), options.least_lookahead_m / 2)


def _spot_limit(speed_mps: float, options: FollowOptions) -> float:
    # Once it stands, it turns until it looks along the path.
    share = 1.0 if speed_mps > _CREEP_MPS / 2 else _STANDING_SHARE
    return share * options.turn_on_spot_rad


def _turn_on_spot(bearing_rad: float, options: FollowOptions) -> Drive:
    rate_radps = min(_TURN_GAIN_PER_S * abs(bearing_rad), options.turn_radps)
    rate_radps = max(rate_radps, _LEAST_TURN_RADPS)
    return Drive(0.0, rate_radps if bearing_rad > 0 else -rate_radps)


def _back_round(bearing_rad: float, options: FollowOptions) -> Drive:
    """Back up with the wheels turned full, so that the robot turns to its aim."""
    rate_radps = _BACK_MPS / options.least_radius_m
    return Drive(-_BACK_MPS, rate_radps if bearing_rad > 0 else -rate_radps)


def _within_steering(bend: float, options: FollowOptions) -> float:
    if not options.least_radius_m:
        return bend
    most = 1 / options.least_radius_m
    return min(max(bend, -most), most)


def _speed_for_bend(bend: float, bearing_rad: float, options: FollowOptions) -> float:
    """Speed on an arc of ``bend`` (1/m): no skidding, no turning too fast."""
    tight = abs(bend) + 1e-9
    slow_mps = min(sqrt(options.sideways_mps2 / tight), options.turn_radps / tight)
    straight = 1 - abs(bearing_rad) / options.turn_on_spot_rad
    aimed_mps = _CREEP_MPS + options.speed_mps * max(straight, 0.0)
    return min(options.speed_mps, slow_mps, aimed_mps)


def _speed_for_stop(left_m: float, options: FollowOptions) -> float:
    return max(sqrt(2 * options.brake_mps2 * max(left_m, 0.0)) * 0.9, _CREEP_MPS)


def _speed_for_corners(
    path: PlannedPath, here_m: float, options: FollowOptions
) -> float:
    """Speed that can still be brought down to that of each corner ahead."""
    slow_mps = options.speed_mps
    brake_m = slow_mps**2 / (2 * options.brake_mps2) + _CORNER_REACH_M
    for place_m, radius_m in path.corners(
        here_m - _CORNER_REACH_M / 2, here_m + brake_m
    ):
        free_m = max(place_m - here_m - _CORNER_REACH_M, 0.0)
        corner_mps2 = options.sideways_mps2 * radius_m
        slow_mps = min(slow_mps, sqrt(corner_mps2 + 2 * options.brake_mps2 * free_m))
    return slow_mps

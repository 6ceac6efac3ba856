"""
How fast a mission may go where it is, and what makes it stand.

It slows where two standard deviations of the robot's place exceed a quarter of the
street's width, and stands where they exceed half: beyond that nobody knows whether it
is still on the pavement. It stands where the robot is surely on another street than
the plan's, and before each major road, until that may be crossed. And it stands while
its operator wants it to.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import hypot, inf, isfinite
from types import MappingProxyType
from typing import NamedTuple

from patrol.mission.causes import Cause
from patrol.mission.follow import FollowOptions
from patrol.mission.localise import Place
from patrol.mission.match import Guess, StreetMatcher
from patrol.mission.path import PlannedPath
from patrol.mission.states import MissionOptions, MissionState
from patrol.robot import RobotProfile, Telemetry

_SURE_AGAIN = 0.8  # share of the room under which a robot that stood goes on
_SURE_SHARE = 0.99
_BESIDE_M = 5.0  # a street nearer than this to the path is not another street
_AT_M = 1e-3  # progress at a stop is exact but for rounding
_MOVED_M = 0.2
CREEP_MPS = 0.2
"""Slower than this brings no safety."""

_LONGEST_S = 1.0  # between two reports; over a longer gap nobody knows the way
_SURELY_M = 10.0  # way on another street after which it is not chance


class Halt(NamedTuple):
    """
    Why a mission stands.

    Attributes
    ----------
    state
        What it is doing meanwhile.
    cause, values
        Of its event; an everyday halt has none.
    limit_s, give_up
        Time after which the mission is given up, and why then.
    """

    state: MissionState
    cause: Cause | None = None
    values: Mapping[str, float | str] = MappingProxyType({})
    limit_s: float = inf
    give_up: Cause = Cause.UNSURE_TOO_LONG


class Pace:
    """
    Judge each report.

    Parameters
    ----------
    path
        The route on the map.
    profile
        The kind of robot: its speed.
    options
        Limits of the mission.
    streets
        Follows the street that the robot is on; None if nobody does.

    Attributes
    ----------
    paused
        Whether the operator wants the robot to stand.
    may_cross
        Whether the way across a road is free; set by whoever can tell.
    confirms
        Whether that is said for one road at a time: having crossed one uses it up.
    """

    def __init__(
        self,
        path: PlannedPath,
        profile: RobotProfile,
        options: MissionOptions,
        streets: StreetMatcher | None,
    ) -> None:
        self.paused = False
        self.may_cross = True
        self.confirms = False
        self._stands_unsure = False
        self._follow = replace(
            options.follow,
            speed_mps=profile.speed_mps,
            least_radius_m=profile.turning_radius_m,
        )
        self._streets = streets
        self._options = options
        self._time_s: float | None = None
        self.take(path, 0.0)

    def take(self, path: PlannedPath, along_m: float) -> None:
        """Judge by this path from now on, from a progress along it."""
        self._path = path
        self._room_m = [
            width_m / 2 if isfinite(width_m) else self._options.pavement_m / 2
            for width_m in path.width_m.tolist()
        ]
        ahead_m = path.crossing_m[path.crossing_m >= along_m - _AT_M]
        self._crossings = ahead_m.tolist()[::-1]
        self._crossing_since_s: float | None = None
        self._moved_m = along_m
        self._elsewhere_m = 0.0

    def judge(self, report: Telemetry, along_m: float) -> FollowOptions | Halt:
        """
        Say how a robot may follow its path now, or why it stands.

        Parameters
        ----------
        report
            The newest.
        along_m
            Progress along the path.
        """
        room_m = self._room_m[self._path.step_at(along_m)]
        far_m = 2 * (report.sigma_m or 0.0)
        sure_m = room_m * (_SURE_AGAIN if self._stands_unsure else 1.0)
        elsewhere = self._street_elsewhere(report, along_m)
        self._stands_unsure = far_m > sure_m
        if self.paused:
            return Halt(MissionState.PAUSED, Cause.PAUSED)
        limit_s = self._options.unsure_abort_after_s
        if self._stands_unsure:
            values = {"far_m": far_m, "room_m": room_m}
            return Halt(MissionState.UNSURE, Cause.PLACE_UNSURE, values, limit_s)
        if elsewhere is not None:
            values = {"street": elsewhere}
            return Halt(MissionState.UNSURE, Cause.WRONG_STREET, values, limit_s)
        if self._waits_to_cross(report.time_s, along_m):
            return Halt(
                MissionState.CROSSING,
                limit_s=self._options.crossing_abort_after_s,
                give_up=Cause.NEVER_FREE,
            )
        return self._slowed(2 * (room_m - far_m) / room_m)

    def _waits_to_cross(self, now_s: float, along_m: float) -> bool:
        """Stand before each road for a while, and until it may be crossed."""
        if not self._crossings or along_m < self._crossings[-1] - _AT_M:
            return False
        since_s = self._crossing_since_s
        if since_s is None or now_s < since_s:  # a robot that starts anew counts from 0
            since_s = self._crossing_since_s = now_s
        if now_s - since_s < self._options.crossing_s or not self.may_cross:
            return True
        self._crossings.pop()
        self._crossing_since_s = None
        self.may_cross = not self.confirms
        return False

    def moved(self, along_m: float) -> bool:
        """Tell whether the robot got on since this was last true."""
        if abs(along_m - self._moved_m) <= _MOVED_M:
            return False
        self._moved_m = along_m
        return True

    def _slowed(self, share: float) -> FollowOptions:
        if share >= 1:
            return self._follow
        speed_mps = max(share * self._follow.speed_mps, CREEP_MPS)
        return replace(self._follow, speed_mps=speed_mps)

    def _street_elsewhere(self, report: Telemetry, along_m: float) -> int | None:
        """Follow the robot's street; give it where it is surely not of the plan."""
        if self._streets is None:
            return None
        before_s = report.time_s if self._time_s is None else self._time_s
        passed_s = report.time_s - before_s
        self._time_s = report.time_s
        way_m = report.speed_mps * min(max(passed_s, 0.0), _LONGEST_S)
        sigma_m = report.sigma_m or 0.0
        here = Place(report.x_m, report.y_m, report.heading_rad, sigma_m)
        self._streets.move(way_m, here)
        guess = self._streets.guess
        beside_m = _BESIDE_M + 2 * sigma_m
        if (
            guess is None
            or guess.share < _SURE_SHARE
            or self._is_near(guess.street, along_m, beside_m)
            or not self._is_elsewhere(self._streets, guess, here, along_m)
        ):
            self._elsewhere_m = 0.0
            return None
        self._elsewhere_m += abs(way_m)
        return guess.street if self._elsewhere_m > _SURELY_M else None

    def _is_near(self, street: int, along_m: float, beside_m: float) -> bool:
        """Tell whether the plan has a street about here."""
        first = self._path.step_at(along_m - beside_m)
        last = self._path.step_at(along_m + beside_m)
        return street in self._path.route.streets[first : last + 1]

    def _is_elsewhere(
        self, streets: StreetMatcher, guess: Guess, here: Place, along_m: float
    ) -> bool:
        """Tell whether a guess is off the path, and the estimate agrees with it."""
        x_m, y_m, _ = streets.place_of(guess.street, guess.offset_m)
        beside_m = _BESIDE_M + 2 * here.sigma_m
        if hypot(x_m - here.x_m, y_m - here.y_m) > beside_m:
            return False  # a guess that has lost the robot
        return abs(self._path.project(here.x_m, here.y_m, along_m)[1]) > beside_m

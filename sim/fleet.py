"""
Many robots at once, in arrays: one route driven in hundreds of nights.

For studies of chance: how late is the last robot, how low its battery? A robot here is
its wheels, its battery, an error of its place and people in its way; it follows its
path by the rules of `patrol.mission.follow`, ten times a second. There is no line and
no firmware, which `sim.night` has.
"""

from dataclasses import dataclass, field
from math import exp, pi, sqrt, tau

import numpy as np
from numpy.typing import NDArray

from patrol.mission.follow import FollowOptions
from patrol.mission.path import PlannedPath
from patrol.mission.states import MissionOptions
from patrol.mission.trips import Trips
from patrol.robot import RobotProfile
from sim.robot import Dynamics

Floats = NDArray[np.float64]

STEP_S = 0.1
"""Time of one step."""

_GRID_M = 0.25
_CREEP_MPS = 0.1
_STANDING_MPS = 0.05
_REST_DRAW = 0.3
_BIN_M = 0.01
_BINS = 2000
_CROSSING_S = MissionOptions().crossing_s
_LATE_S = 2 * 3600.0  # after its planned end a night is over, home or not


@dataclass(frozen=True)
class Chances:
    """
    What differs from night to night.

    Attributes
    ----------
    place_m, place_s
        Standard deviation of what a robot gets wrong of its place, east and north
        each, and for how long it stays so.
    people_per_h, people_s
        How often an hour somebody is in its way; least and most time of that.
    slip
        Greatest share of the wheels' way that is lost; each night draws its own.
    charge
        Share of the battery that is full at the start, the same each night.
    """

    place_m: float = 0.02
    place_s: float = 10.0
    people_per_h: float = 0.0
    people_s: tuple[float, float] = (5.0, 20.0)
    slip: float = 0.02
    charge: float = 1.0


@dataclass(frozen=True)
class Nights:
    """
    What became of ``n`` nights of one route.

    Attributes
    ----------
    end_s
        When the robot was back, seconds after the start; NaN if it was not two hours
        after its time; shape ``(n,)``.
    battery
        Least charge on the way, shape ``(n,)``.
    cross_track_m
        Distance from the path that 95 % of all moments keep within.
    robot_s
        Seconds that all robots lived together.
    """

    end_s: Floats
    battery: Floats
    cross_track_m: float
    robot_s: float


def many_nights(
    path: PlannedPath,
    profile: RobotProfile,
    *,
    nights: int,
    seed: int,
    chances: Chances | None = None,
) -> Nights:
    """
    Drive one route in many nights at once.

    Parameters
    ----------
    path
        The route on the map.
    profile
        The kind of robot.
    nights
        How many.
    seed
        Seed of all chance.
    chances
        What differs from night to night.
    """
    fleet = _Fleet(path, profile, nights, np.random.default_rng(seed))
    fleet.live(chances or Chances())
    wrong = np.cumsum(fleet.off_counts)
    beyond = int(np.searchsorted(wrong, 0.95 * wrong[-1])) if wrong[-1] else 0
    return Nights(
        end_s=fleet.end_s,
        battery=fleet.least,
        cross_track_m=(beyond + 1) * _BIN_M if wrong[-1] else float("nan"),
        robot_s=fleet.robot_s,
    )


@dataclass
class _Line:
    """A path as arrays that can be asked for many places at once."""

    path: PlannedPath
    options: FollowOptions
    stops_m: Floats = field(init=False)
    waits_s: Floats = field(init=False)

    def __post_init__(self) -> None:
        path = self.path
        self.stops_m = np.append(path.stops_m, path.length_m)
        self.waits_s = np.zeros(len(self.stops_m))
        self.waits_s[np.searchsorted(path.stops_m, path.crossing_m - 1e-5)] = (
            _CROSSING_S
        )
        for at_m, stand in zip(path.stand_m, path.route.stands, strict=True):
            at = np.searchsorted(path.stops_m, at_m - 1e-6)
            self.waits_s[at] += stand.end_s - stand.begin_s
        steps = np.diff(self.path.xy_m, axis=0)
        self._tangent = steps / np.hypot(*steps.T)[:, None]
        self._speed_mps = self._corner_speeds()

    def at(self, along_m: Floats) -> tuple[Floats, Floats]:
        """Places and tangents, shape ``(n, 2)`` each; straight on beyond an end."""
        path = self.path
        i = np.searchsorted(path.along_m, along_m, side="right") - 1
        i = np.clip(i, 0, len(path.along_m) - 2)
        tangent = self._tangent[i]
        rest_m = along_m - path.along_m[i]
        return path.xy_m[i] + rest_m[:, None] * tangent, tangent

    def before(self, stop_m: Floats, along_m: Floats) -> Floats:
        """Places as by `at`, but straight on at a stop, shape ``(n, 2)``."""
        over_m = np.maximum(along_m - stop_m, 0.0)
        at_m = np.minimum(along_m, stop_m - 1e-6)
        place, tangent = self.at(at_m)
        moved: Floats = place + over_m[:, None] * tangent
        return moved

    def speed_for_corners(self, along_m: Floats) -> Floats:
        """Speed that can still be brought down to that of each corner ahead."""
        i = np.clip((along_m / _GRID_M).astype(np.int64), 0, len(self._speed_mps) - 1)
        speed: Floats = self._speed_mps[i]
        return speed

    def _corner_speeds(self) -> Floats:
        path, options = self.path, self.options
        count = int(path.length_m / _GRID_M) + 2
        squared = np.full(count, options.speed_mps**2)
        bent = np.isfinite(path.corner_radius_m)
        cells = (path.along_m[bent] / _GRID_M).astype(np.int64)
        slow = options.sideways_mps2 * path.corner_radius_m[bent]
        np.minimum.at(squared, cells, slow)
        gain = 2 * options.brake_mps2 * _GRID_M
        for i in range(count - 2, -1, -1):
            squared[i] = min(squared[i], squared[i + 1] + gain)
        speed_mps: Floats = np.sqrt(squared)
        return speed_mps


class _Fleet:
    """The robots of all nights; see `many_nights`."""

    def __init__(
        self,
        path: PlannedPath,
        profile: RobotProfile,
        count: int,
        rng: np.random.Generator,
    ) -> None:
        self._rng, self._profile, self._dynamics = rng, profile, Dynamics()
        self._options = FollowOptions(speed_mps=profile.speed_mps)
        self._line = _Line(path, self._options) if len(path.xy_m) > 1 else None
        trips = Trips(path, profile)
        self._depart_s, self._charge = np.array(trips.depart_s), np.array(trips.charge)
        self._trip_end_m = np.array(trips.end_m)
        self._limit_s = float(path.route.arrive_s[-1]) + _LATE_S if trips else 0.0
        self.off_counts = np.zeros(_BINS, dtype=np.int64)
        self.robot_s = 0.0
        self.end_s = np.full(count, np.nan if trips else 0.0)
        self.least = np.ones(count)
        self._battery = np.ones(count)
        start = np.array([[0.0, 0.0]]) if self._line is None else path.xy_m[:1]
        self._xy_m = np.repeat(start, count, axis=0)
        ahead = (path.xy_m[1] - path.xy_m[0]) if self._line else np.array([1.0, 0.0])
        self._heading = np.full(count, float(np.arctan2(ahead[1], ahead[0])))
        self._speed, self._turn, self._along, self._busy_s = np.zeros((4, count))
        self._trip = np.zeros(count, dtype=np.int64)
        self._away = np.zeros(count, dtype=np.bool_)
        self._error = np.zeros((count, 2))

    def live(self, chances: Chances) -> None:
        """Let all nights pass."""
        if self._line is None:
            return
        self._battery[:] = chances.charge
        slip = self._rng.uniform(0, chances.slip, len(self.end_s))
        now_s = 0.0
        while now_s < self._limit_s and self._lives().any():
            self.robot_s += STEP_S * int(self._lives().sum())
            self._depart(now_s)
            self._err(chances)
            speed, turn = self._steer(self._line, now_s)
            self._meet_people(chances, now_s)
            speed[self._busy_s > now_s] = 0.0
            turn[self._busy_s > now_s] = 0.0
            self._move(speed, turn, slip)
            now_s += STEP_S
            self._arrive(now_s)

    def _lives(self) -> NDArray[np.bool_]:
        """Tell which robots are not home yet, and may come."""
        lives: NDArray[np.bool_] = np.isnan(self.end_s) & (self._battery > 0)
        return lives

    def _depart(self, now_s: float) -> None:
        trip = np.minimum(self._trip, len(self._depart_s) - 1)
        waits = ~self._away & np.isnan(self.end_s)
        ready = (now_s >= self._depart_s[trip]) & (self._battery >= self._charge[trip])
        self._away |= waits & ready
        full_s = self._profile.recharge_s
        filled = STEP_S / full_s if full_s > 0 else 1.0
        docked = waits & ~ready & (self._trip > 0)
        self._battery[docked] = np.minimum(self._battery[docked] + filled, 1.0)

    def _err(self, chances: Chances) -> None:
        keep = exp(-STEP_S / chances.place_s)
        fresh_m = chances.place_m * sqrt(1 - keep * keep)
        self._error *= keep
        self._error += fresh_m * self._rng.standard_normal(self._error.shape)

    def _meet_people(self, chances: Chances, now_s: float) -> None:
        if chances.people_per_h == 0:
            return
        met = self._rng.random(len(self._busy_s)) < chances.people_per_h * STEP_S / 3600
        for_s = self._rng.uniform(*chances.people_s, len(met))
        self._busy_s[met] = np.maximum(self._busy_s, now_s + for_s)[met]

    def _steer(self, line: _Line, now_s: float) -> tuple[Floats, Floats]:
        """Regulated pure pursuit of all robots at once; note how far off they are."""
        options = self._options
        place, tangent = line.at(self._along)
        stop = np.searchsorted(line.stops_m[:-1], self._along + 1e-9, side="right")
        stop_m = line.stops_m[stop]
        off = self._xy_m - place
        self._note_off(off, tangent)
        believed = off + self._error
        gone_m = np.clip((believed * tangent).sum(axis=1), 0.0, 1.0)
        left_m = stop_m - self._along - gone_m
        there = left_m <= options.arrive_m
        self._along = np.where(there, stop_m, self._along + gone_m)
        wait_s = line.waits_s[stop]
        waits = there & self._away & (wait_s > 0)
        self._busy_s[waits] = np.maximum(self._busy_s, now_s + wait_s)[waits]
        far_m = np.maximum(options.lookahead_s * self._speed, options.least_lookahead_m)
        aim = line.before(stop_m, self._along + far_m) - self._xy_m - self._error
        bearing = np.arctan2(aim[:, 1], aim[:, 0]) - self._heading
        bearing = (bearing + pi) % tau - pi
        distance_m = np.maximum(np.hypot(*aim.T), options.least_lookahead_m / 2)
        bend = 2 * np.sin(bearing) / distance_m
        return self._regulate(line, bearing, bend, left_m)

    def _regulate(
        self, line: _Line, bearing: Floats, bend: Floats, left_m: Floats
    ) -> tuple[Floats, Floats]:
        options = self._options
        tight = np.abs(bend) + 1e-9
        slow = np.minimum(
            np.sqrt(options.sideways_mps2 / tight), options.turn_radps / tight
        )
        straight = 1 - np.abs(bearing) / options.turn_on_spot_rad
        to_stop = 0.9 * np.sqrt(2 * options.brake_mps2 * np.maximum(left_m, 0.0))
        speed = np.minimum.reduce(
            [
                slow,
                _CREEP_MPS + options.speed_mps * straight,
                np.maximum(to_stop, _CREEP_MPS),
                line.speed_for_corners(self._along),
                self._speed + options.speed_up_mps2 / 2,
            ]
        )
        turn = np.clip(speed * bend, -options.turn_radps, options.turn_radps)
        limit = options.turn_on_spot_rad * np.where(
            self._speed > _STANDING_MPS, 1.0, 1 / 3
        )
        spot = np.abs(bearing) > limit
        rate = np.clip(1.5 * np.abs(bearing), 0.2, options.turn_radps)
        speed = np.where(spot, 0.0, speed)
        turn = np.where(spot, np.copysign(rate, bearing), turn)
        return speed * self._away, turn * self._away

    def _move(self, speed: Floats, turn: Floats, slip: Floats) -> None:
        limits, profile = self._dynamics, self._profile
        change = speed - self._speed
        self._speed += np.clip(
            change, -limits.brake_mps2 * STEP_S, limits.accel_mps2 * STEP_S
        )
        most = limits.turn_accel_radps2 * STEP_S
        self._turn += np.clip(turn - self._turn, -most, most)
        grip = (1 - slip) * (self._battery > 0)
        middle = self._heading + self._turn * grip * STEP_S / 2
        way_m = self._speed * grip * STEP_S
        self._xy_m[:, 0] += way_m * np.cos(middle)
        self._xy_m[:, 1] += way_m * np.sin(middle)
        self._heading += self._turn * grip * STEP_S
        rest = _REST_DRAW * STEP_S / profile.battery_s
        drive = (1 - _REST_DRAW) * STEP_S / profile.battery_s / profile.speed_mps
        draw = np.where(self._away, rest + drive * self._speed, 0.0)
        self._battery = np.maximum(self._battery - draw, 0.0)
        self.least = np.minimum(self.least, self._battery)

    def _arrive(self, now_s: float) -> None:
        trip = np.minimum(self._trip, len(self._trip_end_m) - 1)
        there = self._away & (self._along >= self._trip_end_m[trip] - 1e-6)
        self._away &= ~there
        self._trip += there
        home = there & (self._trip == len(self._trip_end_m))
        self.end_s[home] = now_s

    def _note_off(self, off: Floats, tangent: Floats) -> None:
        aside_m = np.abs(off[:, 1] * tangent[:, 0] - off[:, 0] * tangent[:, 1])
        bins = np.minimum((aside_m[self._away] / _BIN_M).astype(np.int64), _BINS - 1)
        self.off_counts += np.bincount(bins, minlength=_BINS)

"""
Where a robot is, and how well it knows: odometry, gyro and GPS in one estimate.

An extended Kalman filter [1]_ of seven states: place, heading, bias of the gyro, scale
of the odometry, and the slow part of the error of GPS, which a filter that takes GPS
for white noise mistakes for motion. No clock and no I/O: times are arguments.

What made other robots' estimates fail [2]_ [3]_ is answered here:

- receivers state less noise than they have: its size is learned from how well fixes
  agree with the estimate, by the median, which a jump does not move [4]_;
- a gate that refuses for ever: after half a minute of refusals the place is taken to
  be unknown, and the uncertainty says so, until fixes have agreed for a while;
- a fix is old when it comes: it is compared with where the robot was then.

The uncertainty is for use: `patrol.mission.certainty` slows and stops a robot by it.
The estimate is never pulled towards the planned path or its streets: that would be
sure of itself by circular reasoning.

.. [1] Bar-Shalom, Li and Kirubarajan (2001). *Estimation with Applications to Tracking
   and Navigation*. Wiley. doi:10.1002/0471221279.
.. [2] Moore and Stouch (2014). A Generalized Extended Kalman Filter Implementation for
   the Robot Operating System. *IAS-13*, 335-348. doi:10.1007/978-3-319-08338-4_25.
.. [3] FusionCore (2026). arXiv:2605.25239.
.. [4] After Mehra (1970). On the Identification of Variances and Adaptive Kalman
   Filtering. *IEEE Transactions on Automatic Control* 15(2), 175-184.
   doi:10.1109/TAC.1970.1099422.
"""

from collections import deque
from dataclasses import dataclass
from math import cos, exp, hypot, remainder, sin, sqrt, tau
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

X, Y, HEADING, BIAS, SCALE, SLOW_X, SLOW_Y = range(7)

_GATE = 13.82  # chi-square of 2 degrees of freedom, 99.9 %
_MEDIAN = 1.386  # the same, 50 %
_LEARN = 0.02  # change of the noise's size with each fix
_MOST_NOISE = 400.0  # at most 20 times as much noise as stated
_WARY = 100.0  # after a contradiction GPS regains its weight only by agreeing
_UNBELIEVED_S = 30.0  # a jump in a street canyon is usually over by then
_REMEMBERED = 64  # moves kept for fixes that come late
_WHEELS_LIE_RAD = 0.03  # of turn in one move, against the gyro
_LOST_SCALE = 0.5  # then a wheel may count nothing


class Place(NamedTuple):
    """
    Where a robot believes it is.

    Attributes
    ----------
    x_m, y_m
        East and north in the map's plane.
    heading_rad
        Counter-clockwise from east.
    sigma_m
        Standard deviation of the place, in the direction in which it is greatest.
    """

    x_m: float
    y_m: float
    heading_rad: float
    sigma_m: float


class Move(NamedTuple):
    """
    What wheels and gyro felt in a short time.

    Attributes
    ----------
    duration_s
        How long it was, usually 0.1 s.
    way_m
        Way of the wheels, backwards negative.
    turn_rad
        Turn by the gyro, counter-clockwise.
    wheel_turn_rad
        Turn by the difference of the wheels, or by the steering.
    """

    duration_s: float
    way_m: float
    turn_rad: float
    wheel_turn_rad: float


@dataclass(frozen=True)
class GpsNoise:
    """
    What is known of a receiver's errors; that of most receivers is optimistic.

    Attributes
    ----------
    white_m
        Standard deviation of what differs from fix to fix, east and north each.
    slow_m, slow_s
        Standard deviation and time constant of what changes slowly.
    latency_s
        Age of a fix when it comes.
    """

    white_m: float
    slow_m: float
    slow_s: float
    latency_s: float


@dataclass(frozen=True)
class MotionNoise:
    """
    What wheels and gyro get wrong: a MEMS gyro and two encoders on pavements.

    Attributes
    ----------
    way
        Standard deviation of the way, in m for each square root of a metre.
    side
        The same to the side.
    turn
        Of the turn, in rad for each square root of a second.
    turn_share
        Of the turn, as a share of it.
    bias
        By which the gyro's bias wanders, in rad/s for each square root of a second.
    scale
        By which the odometry's scale wanders, for each square root of a metre.
    start_m, start_rad, start_bias_radps, start_scale
        Standard deviations at the start, in the dock.
    """

    way: float = 0.02
    side: float = 0.01
    turn: float = 2.5e-4
    turn_share: float = 0.003
    bias: float = 4e-6
    scale: float = 3e-4
    start_m: float = 0.05
    start_rad: float = 0.02
    start_bias_radps: float = 0.01
    start_scale: float = 0.04


class Localiser:
    """
    Follow a robot's place from a known start.

    Parameters
    ----------
    start
        Where it stands; its ``sigma_m`` is that of `MotionNoise.start_m`.
    gps
        Errors of the receiver, as its maker states them.
    motion
        Errors of wheels and gyro.

    Attributes
    ----------
    taken, refused, lost
        Fixes taken and refused so far, and how often the place was given up.
    """

    def __init__(
        self,
        start: tuple[float, float, float],
        *,
        gps: GpsNoise,
        motion: MotionNoise | None = None,
    ) -> None:
        self._gps = gps
        self._motion = m = motion or MotionNoise()
        self._state: list[float] = [*start, 0.0, 0.0, 0.0, 0.0]
        sigmas = [m.start_m, m.start_m, m.start_rad, m.start_bias_radps, m.start_scale]
        self._cov: NDArray[np.float64] = np.diag(
            np.square([*sigmas, gps.slow_m, gps.slow_m])
        )
        self._now_s = 0.0
        self._noise = 1.0  # variance of the fixes over the stated one
        self._path: deque[tuple[float, float, float]] = deque(maxlen=_REMEMBERED)
        self._gone = (0.0, 0.0)  # by the wheels alone, to carry late fixes forward
        self._doubt_since_s: float | None = None
        self._sound_scale: tuple[float, float] | None = None  # while wheels lie
        self._place: Place | None = None
        self.taken = self.refused = self.lost = 0

    @property
    def place(self) -> Place:
        """Where the robot is now."""
        if self._place is None:  # asked for more often than it changes
            x_m, y_m, heading_rad = self._state[:3]
            sigma_m = self._sigma_m()
            self._place = Place(x_m, y_m, remainder(heading_rad, tau), sigma_m)
        return self._place

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance of east, north (m) and heading (rad), shape ``(3, 3)``."""
        return self._cov[:3, :3].copy()

    def move(self, move: Move) -> None:
        """Take in what wheels and gyro felt since the last call."""
        self._now_s += move.duration_s
        self._place = None
        self._drift(move.duration_s)
        if move.way_m == 0 and move.wheel_turn_rad == 0:
            self._rest(move)
        else:
            self._go(move)
        self._path.append((self._now_s, *self._gone))

    def fix(self, x_m: float, y_m: float) -> bool:
        """
        Take in a fix that has just come; tell whether it was believed.

        Parameters
        ----------
        x_m, y_m
            Place of the antenna, `GpsNoise.latency_s` ago.
        """
        self._place = None
        off = self._innovation(x_m, y_m)
        spread = self._spread()
        distance = _distance(off, spread)
        self._learn_noise(distance)
        if distance > _GATE:
            self._refuse(off)
            return False
        self._doubt_since_s = None
        self.taken += 1
        self._correct(off, spread)
        return True

    def _drift(self, duration_s: float) -> None:
        """Let the slow error of GPS and the gyro's bias wander."""
        gps, cov = self._gps, self._cov
        keep = exp(-duration_s / gps.slow_s)
        cov[SLOW_X:] *= keep
        cov[:, SLOW_X:] *= keep
        fresh = self._noise * gps.slow_m**2 * (1 - keep * keep)
        cov[SLOW_X, SLOW_X] += fresh
        cov[SLOW_Y, SLOW_Y] += fresh
        self._state[SLOW_X] *= keep
        self._state[SLOW_Y] *= keep
        cov[BIAS, BIAS] += self._motion.bias**2 * duration_s

    def _rest(self, move: Move) -> None:
        """At rest the gyro tells its bias, unless it feels that the robot is turned."""
        cov, duration_s = self._cov, move.duration_s
        off = move.turn_rad / duration_s - self._state[BIAS]
        spread = cov[BIAS, BIAS] + self._motion.turn**2 / duration_s
        if off * off > _GATE * spread:
            self._turn(move.turn_rad, duration_s)
            return
        gain = cov[:, BIAS] / spread
        self._add(gain * off)
        cov -= np.outer(gain, gain) * spread

    def _turn(self, turn_rad: float, duration_s: float) -> float:
        """Turn by the gyro; return the turn without its bias."""
        motion, cov, state = self._motion, self._cov, self._state
        turned = turn_rad - state[BIAS] * duration_s
        state[HEADING] += turned
        cov[HEADING] -= duration_s * cov[BIAS]
        cov[:, HEADING] -= duration_s * cov[:, BIAS]
        cov[HEADING, HEADING] += (
            motion.turn**2 * duration_s + (motion.turn_share * turned) ** 2
        )
        return turned

    def _go(self, move: Move) -> None:
        motion, cov, state = self._motion, self._cov, self._state
        turned = move.turn_rad - state[BIAS] * move.duration_s
        self._judge_wheels(abs(turned - move.wheel_turn_rad) > _WHEELS_LIE_RAD)
        way_m = (1 + state[SCALE]) * move.way_m
        middle = state[HEADING] + turned / 2
        east, north = cos(middle), sin(middle)
        dx, dy = way_m * east, way_m * north
        # Rows, then columns, of F P F': place by heading and by scale.
        for one, side, ahead in ((X, -dy, east), (Y, dx, north)):
            cov[one] += side * cov[HEADING] + move.way_m * ahead * cov[SCALE]
        for one, side, ahead in ((X, -dy, east), (Y, dx, north)):
            cov[:, one] += side * cov[:, HEADING] + move.way_m * ahead * cov[:, SCALE]
        long_m = abs(move.way_m)
        along, across = motion.way**2 * long_m, motion.side**2 * long_m
        cov[X, X] += along * east * east + across * north * north
        cov[Y, Y] += along * north * north + across * east * east
        mixed = (along - across) * east * north
        cov[X, Y] += mixed
        cov[Y, X] += mixed
        cov[SCALE, SCALE] += motion.scale**2 * long_m
        self._turn(move.turn_rad, move.duration_s)
        state[X] += dx
        state[Y] += dy
        self._gone = (self._gone[0] + dx, self._gone[1] + dy)

    def _judge_wheels(self, lie: bool) -> None:
        """While wheels contradict the gyro, learn their scale; then go back to it."""
        cov, state = self._cov, self._state
        if lie and self._sound_scale is None:
            self._sound_scale = (state[SCALE], float(cov[SCALE, SCALE]))
            cov[SCALE, SCALE] += _LOST_SCALE**2
        elif not lie and self._sound_scale is not None:
            state[SCALE], variance = self._sound_scale
            cov[SCALE], cov[:, SCALE] = 0.0, 0.0
            cov[SCALE, SCALE] = variance
            self._sound_scale = None

    def _innovation(self, x_m: float, y_m: float) -> tuple[float, float]:
        """How far a fix is from where it was expected, carried to now."""
        then_s = self._now_s - self._gps.latency_s
        then_x, then_y = self._gone
        for time_s, gone_x, gone_y in reversed(self._path):
            then_x, then_y = gone_x, gone_y
            if time_s <= then_s + 1e-6:
                break
        state = self._state
        return (
            x_m + self._gone[0] - then_x - state[X] - state[SLOW_X],
            y_m + self._gone[1] - then_y - state[Y] - state[SLOW_Y],
        )

    def _spread(self) -> tuple[float, float, float]:
        """Say how large innovations should be: variance east, covariance, north."""
        cov = self._cov
        white = self._noise * self._gps.white_m**2
        return (
            float(cov[X, X] + 2 * cov[X, SLOW_X] + cov[SLOW_X, SLOW_X] + white),
            float(cov[X, Y] + cov[X, SLOW_Y] + cov[SLOW_X, Y] + cov[SLOW_X, SLOW_Y]),
            float(cov[Y, Y] + 2 * cov[Y, SLOW_Y] + cov[SLOW_Y, SLOW_Y] + white),
        )

    def _learn_noise(self, distance: float) -> None:
        """Track the median: each fix moves the size of the noise by the same step."""
        step = 1 + _LEARN if distance > _MEDIAN else 1 / (1 + _LEARN)
        self._noise = min(max(self._noise * step, 1.0), _MOST_NOISE)

    def _refuse(self, off: tuple[float, float]) -> None:
        """Keep the estimate; give it up where GPS has contradicted it for long."""
        self.refused += 1
        if self._doubt_since_s is None:
            self._doubt_since_s = self._now_s
        if self._now_s - self._doubt_since_s < _UNBELIEVED_S:
            return
        self.lost += 1
        self._doubt_since_s = None
        far = off[0] ** 2 + off[1] ** 2
        self._cov[X, X] += far
        self._cov[Y, Y] += far
        self._cov[HEADING, HEADING] += 0.1
        self._noise = max(self._noise, _WARY)

    def _correct(
        self, off: tuple[float, float], spread: tuple[float, float, float]
    ) -> None:
        cov = self._cov
        inverse = _inverse(spread)
        seen = cov[:, X : Y + 1] + cov[:, SLOW_X:]
        gain = seen @ inverse
        self._add(gain @ np.array(off))
        cov -= gain @ seen.T

    def _add(self, change: NDArray[np.float64]) -> None:
        self._state = [a + b for a, b in zip(self._state, change.tolist(), strict=True)]

    def _sigma_m(self) -> float:
        a, b, c = self._cov[X, X], self._cov[X, Y], self._cov[Y, Y]
        return sqrt(max((a + c) / 2 + hypot((a - c) / 2, b), 0.0))


def _inverse(spread: tuple[float, float, float]) -> NDArray[np.float64]:
    a, b, c = spread
    return np.array([[c, -b], [-b, a]]) / (a * c - b * b)


def _distance(off: tuple[float, float], spread: tuple[float, float, float]) -> float:
    """Squared Mahalanobis distance, chi-square of 2 degrees of freedom."""
    (a, b, c), (x, y) = spread, off
    return (c * x * x - 2 * b * x * y + a * y * y) / (a * c - b * b)

"""
How a robot follows its mission by itself: pure pursuit [1]_ in whole numbers.

No floating point, so that the C of a small chip and this give the same answers to the
bit; every product fits 32 bits. The speed is regulated by the arc that is driven, by
slower steps ahead and by stops: the end of the mission, and corners sharper than 100
degrees, where the robot turns on the spot.

.. [1] Macenski, Singh, Martin and Gines (2023). Regulated Pure Pursuit for Robot
   Path Tracking. *Autonomous Robots* 47, 685-694. doi:10.1007/s10514-023-10097-6.
"""

from math import isqrt
from typing import NamedTuple

from firmware_bridge.mission_steps import Step, wrapped

_WINDOW_MM = 3000  # how far ahead of its progress the robot looks for itself
_MOST_OFF_MM = 20_000  # farther off counts as this far: products fit 32 bits
_FAR_MM = 10_000  # farther from the path than this, it stops
_REGAIN_MM, _REGAIN_MMPS = 2000, 500
_ARRIVE_MM, _OFF_LINE_MM = 80, 300
_LEAST_AHEAD_MM, _MOST_AHEAD_MM = 600, 4000
_BRAKE_MMPS2, _SIDEWAYS_MMPS2 = 700, 700
_TOP_MMPS, _CREEP_MMPS = 5000, 100
_TURN_MRADPS, _LEAST_TURN_MRADPS = 1500, 200
_MOST_RADIUS_MM = 100_000

RIGHT_ANGLE = 15_708
"""A quarter of a turn in 0.1 mrad."""


class Motion(NamedTuple):
    """What the motors are to do: mm/s forwards, mrad/s counter-clockwise."""

    speed_mmps: int
    turn_mradps: int


STANDSTILL = Motion(0, 0)
"""Neither go nor turn."""


class Senses(NamedTuple):
    """
    What a robot knows of itself in one loop, in the units of REPORT.

    Attributes
    ----------
    x_mm, y_mm, heading
        Where it believes it is; the heading in 0.1 mrad, from -31416 to 31416.
    speed_mmps
        Speed over ground.
    battery
        Charge in 0.01 %.
    tilt_mrad
        How far the body leans, in whatever direction.
    """

    x_mm: int = 0
    y_mm: int = 0
    heading: int = 0
    speed_mmps: int = 0
    battery: int = 10_000
    tilt_mrad: int = 0


class _Found(NamedTuple):
    """Where on the path the robot is: its step, how far in it, how far beside it."""

    number: int
    into_mm: int
    off2_mm2: int


class RobotPath:
    """
    A mission that is whole, and how far along it the robot has come.

    Parameters
    ----------
    steps
        The mission, at least one step.
    from_mm
        Where the progress begins.

    Attributes
    ----------
    along_mm, length_mm
        Progress, which never goes back, and the length of the whole.
    """

    def __init__(self, steps: list[Step], from_mm: int) -> None:
        self._steps = steps
        self._stops = [*map(_is_sharp, steps, steps[1:]), True]
        self.length_mm = steps[-1].end_mm
        self.along_mm = min(from_mm, self.length_mm)
        self._here = sum(step.from_mm <= from_mm for step in steps[1:])

    @property
    def finished(self) -> bool:
        """Whether the end is reached."""
        return self.along_mm >= self.length_mm

    def pursue(self, now: Senses) -> Motion | None:
        """Say how to drive on; None if the robot is too far from the path."""
        found = self._locate(now)
        if found.off2_mm2 > _FAR_MM * _FAR_MM:
            return None
        self._here = found.number
        step = self._steps[found.number]
        self.along_mm = step.from_mm + found.into_mm
        near = found.off2_mm2 <= _OFF_LINE_MM * _OFF_LINE_MM
        arrived = near and step.length_mm - found.into_mm <= _ARRIVE_MM
        if arrived and self._stops[self._here]:
            self.along_mm = step.end_mm
            if self.finished:
                return STANDSTILL
            self._here += 1
        return self._steer(now, found.off2_mm2)

    def _locate(self, now: Senses) -> _Found:
        """Find the nearest place from the progress on, up to the next stop."""
        number = self._here
        least_mm = self.along_mm - self._steps[number].from_mm
        best = _project(self._steps, number, now, least_mm=least_mm)
        while (
            not self._stops[number]
            and self._steps[number].end_mm - self.along_mm < _WINDOW_MM
        ):
            number += 1
            found = _project(self._steps, number, now, least_mm=0)
            if found.off2_mm2 < best.off2_mm2:
                best = found
        return best

    def _steer(self, now: Senses, off2_mm2: int) -> Motion:
        speed = min(abs(now.speed_mmps), _TOP_MMPS)
        ahead_mm = min(max(speed * 9 // 10, _LEAST_AHEAD_MM), _MOST_AHEAD_MM)
        (aim_x, aim_y), most = self._look_ahead(speed, ahead_mm, off2_mm2)
        if off2_mm2 > _REGAIN_MM * _REGAIN_MM:
            most = min(most, _REGAIN_MMPS)
        dx = _within(wrapped(aim_x - now.x_mm), 16_383)
        dy = _within(wrapped(aim_y - now.y_mm), 16_383)
        sine, cosine = sine_of(now.heading), sine_of(now.heading + RIGHT_ANGLE)
        front = divide(dx * cosine + dy * sine, 16_384)
        left = divide(dy * cosine - dx * sine, 16_384)
        return _arc(front, left, most, moves=speed > _CREEP_MMPS // 2)

    def _look_ahead(
        self, speed: int, ahead_mm: int, off2_mm2: int
    ) -> tuple[tuple[int, int], int]:
        """Give the point to aim at, and the speed that what lies ahead allows."""
        number = self._here
        step = self._steps[number]
        most = min(step.speed_mmps, _TOP_MMPS)
        reach_mm = max(speed * speed // (2 * _BRAKE_MMPS2) + 600, ahead_mm)
        aim_mm = self.along_mm + ahead_mm
        aim = _point(step, aim_mm - step.from_mm)
        while not self._stops[number] and step.end_mm - self.along_mm <= reach_mm:
            left_mm = step.end_mm - self.along_mm
            number += 1
            step = self._steps[number]
            slow = min(step.speed_mmps, _TOP_MMPS)
            most = min(most, isqrt(slow * slow + 2 * _BRAKE_MMPS2 * left_mm))
            if step.from_mm < aim_mm:
                aim = _point(step, aim_mm - step.from_mm)
        if self._stops[number]:
            left_mm = step.end_mm - self.along_mm
            slow = isqrt(2 * _BRAKE_MMPS2 * left_mm) * 9 // 10
            most = min(most, max(slow, _CREEP_MMPS))
            if step.end_mm < aim_mm and off2_mm2 > _OFF_LINE_MM * _OFF_LINE_MM:
                aim = step.end_xy_mm  # it has passed the stop: back to it
        return aim, most


def _arc(front: int, left: int, most: int, *, moves: bool) -> Motion:
    """Drive the arc to an aim so far in front and to the left, or turn towards it."""
    size = abs(left)
    away2 = front * front + left * left
    away = max(isqrt(away2), 1)
    # 60 degrees to the side; once it stands, it turns until it looks along the path.
    if (front * 1732 if moves else front * 364) < size * 1000:
        bearing = size * 1000 // away if front > 0 else 1571
        rate = min(max(bearing * 3 // 2, _LEAST_TURN_MRADPS), _TURN_MRADPS)
        return Motion(0, rate if left > 0 else -rate)
    away2 = max(away2, 90_000)
    radius_mm = min(away2 // (2 * size), _MOST_RADIUS_MM) if size else _MOST_RADIUS_MM
    slow = min(
        isqrt(_SIDEWAYS_MMPS2 * radius_mm),
        radius_mm * 3 // 2,
        _CREEP_MMPS + max(divide(most * (2 * front - away), away), 0),
    )
    speed = min(most, slow)
    turn = divide(speed * 2 * left, away2 // 1000)
    return Motion(speed, _within(turn, _TURN_MRADPS))


def _is_sharp(step: Step, after: Step) -> bool:
    """Tell whether the corner between two steps is sharper than 100 degrees."""
    dot = step.dx_mm * after.dx_mm + step.dy_mm * after.dy_mm
    return -dot > step.length_mm * after.length_mm // 64 * 11


def _project(steps: list[Step], number: int, now: Senses, *, least_mm: int) -> _Found:
    """Find the place on a step that is nearest to the robot."""
    step = steps[number]
    px = _within(wrapped(now.x_mm - step.x_mm), _MOST_OFF_MM)
    py = _within(wrapped(now.y_mm - step.y_mm), _MOST_OFF_MM)
    dot = px * step.dx_mm + py * step.dy_mm
    into_mm = min(dot // step.length_mm if dot > 0 else 0, step.length_mm)
    into_mm = min(max(into_mm, least_mm), step.length_mm)
    off_x = px - divide(into_mm * step.dx_mm, step.length_mm)
    off_y = py - divide(into_mm * step.dy_mm, step.length_mm)
    return _Found(number, into_mm, off_x * off_x + off_y * off_y)


def _point(step: Step, into_mm: int) -> tuple[int, int]:
    return (
        wrapped(step.x_mm + divide(into_mm * step.dx_mm, step.length_mm)),
        wrapped(step.y_mm + divide(into_mm * step.dy_mm, step.length_mm)),
    )


def sine_of(angle: int) -> int:
    """Give the sine of an angle in 0.1 mrad, times 16384; within 0.0003 of it."""
    turned = angle
    while turned > 2 * RIGHT_ANGLE:
        turned -= 4 * RIGHT_ANGLE
    while turned < -2 * RIGHT_ANGLE:
        turned += 4 * RIGHT_ANGLE
    size = abs(turned)
    size = min(size, 2 * RIGHT_ANGLE - size)
    share = size * 16_384 // RIGHT_ANGLE
    square = share * share // 16_384
    # sin(x pi/2) = x (1.5706 - x^2 (0.6435 - 0.0729 x^2)), times 16384
    inner = 10_543 - 1194 * square // 16_384
    sine = share * (25_733 - square * inner // 16_384) // 16_384
    return sine if turned >= 0 else -sine


def _within(number: int, most: int) -> int:
    return min(max(number, -most), most)


def divide(number: int, by: int) -> int:
    """Divide as C does: towards zero."""
    return number // by if number >= 0 else -(-number // by)

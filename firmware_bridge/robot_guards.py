"""
What a robot keeps its host from, sans I/O: see "Guards" in ``PROTOCOL.md``.

Whole numbers only, so that the C gives the same answers to the bit.
"""

from firmware_bridge.limits import Limits
from firmware_bridge.mission_steps import wrapped
from firmware_bridge.robot_path import (
    RIGHT_ANGLE,
    STANDSTILL,
    Motion,
    Senses,
    divide,
    sine_of,
)
from patrol.robot import Guard

_BRAKE_MMPS2 = 1500  # what the wheels brake with when the motors are at zero
_TOP_MMPS = 5000
_TURN_SHARE = 4
_LONGEST_MS = 100  # a loop that was late does not make up for it
STOPPING = Guard.FENCE | Guard.TILT | Guard.BATTERY
"""Guards that keep a robot from being armed."""


class Guards:
    """
    Hold a robot to its limits.

    Attributes
    ----------
    limits
        What it does not go beyond.
    acting
        What it keeps its host from at the moment.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.acting = Guard(0)
        self._last = STANDSTILL
        self._last_ms = 0

    def look(self, now: Senses) -> bool:
        """Note what is wrong with the robot's place; tell whether it must not move."""
        lean = abs(now.tilt_mrad) > self.limits.tilt_mrad
        empty = now.battery < self.limits.battery
        out = not self.limits.encloses(*_stop_point(now))
        lasting = self.acting & ~STOPPING
        self.acting = (
            lasting | out * Guard.FENCE | lean * Guard.TILT | empty * Guard.BATTERY
        )
        return lean or empty or out

    def rest(self, now_ms: int) -> None:
        """Take in that the motors are at zero, whatever they were told."""
        self._last, self._last_ms = STANDSTILL, now_ms
        self.acting &= ~(Guard.SPEED | Guard.SLEW)

    def ease(self, wanted: Motion, now_ms: int) -> Motion:
        """Give what the motors may do of what they are told."""
        capped = self._capped(wanted)
        passed_ms = min((now_ms - self._last_ms) & 0xFFFFFFFF, _LONGEST_MS)
        change = max(self.limits.accel_mmps2 * passed_ms // 1000, 1)
        eased = Motion(
            _eased(self._last.speed_mmps, capped.speed_mmps, change),
            _eased(self._last.turn_mradps, capped.turn_mradps, _TURN_SHARE * change),
        )
        self.acting &= ~(Guard.SPEED | Guard.SLEW)
        self.acting |= (capped != wanted) * Guard.SPEED
        self.acting |= (eased != capped) * Guard.SLEW
        self._last, self._last_ms = eased, now_ms
        return eased

    def _capped(self, wanted: Motion) -> Motion:
        """Slow down to the greatest speed; the curve stays."""
        size, most = abs(wanted.speed_mmps), self.limits.speed_mmps
        if size <= most:
            return wanted
        return Motion(
            divide(wanted.speed_mmps * most, size),
            divide(wanted.turn_mradps * most, size),
        )


def _eased(last: int, wanted: int, change: int) -> int:
    """Go from the last towards the wanted; only away from zero it takes time."""
    if wanted > max(last, 0):
        return min(wanted, max(last, 0) + change)
    if wanted < min(last, 0):
        return max(wanted, min(last, 0) - change)
    return wanted


def _stop_point(now: Senses) -> tuple[int, int]:
    """Where the robot would come to rest."""
    speed = min(max(now.speed_mmps, -_TOP_MMPS), _TOP_MMPS)
    way_mm = divide(speed * abs(speed), 2 * _BRAKE_MMPS2)
    east = divide(way_mm * sine_of(now.heading + RIGHT_ANGLE), 16_384)
    north = divide(way_mm * sine_of(now.heading), 16_384)
    return wrapped(now.x_mm + east), wrapped(now.y_mm + north)

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
# Plain numbers: a loop has no time for flags that are objects.
_SPEED, _SLEW, _PATH = int(Guard.SPEED), int(Guard.SLEW), int(Guard.PATH)
_FENCE, _TILT, _BATTERY = int(Guard.FENCE), int(Guard.TILT), int(Guard.BATTERY)
_STOPPING = _FENCE | _TILT | _BATTERY
_EASING = _SPEED | _SLEW


class Guards:
    """
    Hold a robot to its limits.

    Attributes
    ----------
    limits
        What it does not go beyond.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._acting = 0
        self._last = STANDSTILL
        self._last_ms = 0
        self._clear = (0, 0, 0)  # a place, and how far around it is inside

    @property
    def acting(self) -> Guard:
        """What it keeps its host from at the moment."""
        return Guard(self._acting)

    @property
    def keeps_disarmed(self) -> bool:
        """Whether the robot must not be armed."""
        return bool(self._acting & _STOPPING)

    def lost_path(self, *, is_lost: bool) -> None:
        """Note whether the robot was too far from its mission's path."""
        self._acting = self._acting & ~_PATH | is_lost * _PATH

    def look(self, now: Senses) -> bool:
        """Note what is wrong with the robot's place; tell whether it must not move."""
        found = 0
        if abs(now.tilt_mrad) > self.limits.tilt_mrad:
            found = _TILT
        if now.battery < self.limits.battery:
            found |= _BATTERY
        if self._leaves(now):
            found |= _FENCE
        self._acting = self._acting & ~_STOPPING | found
        return found != 0

    def _leaves(self, now: Senses) -> bool:
        """Tell whether the robot would come to rest outside of its fence."""
        fence = self.limits.fence
        if fence is None:
            return False
        speed = min(max(now.speed_mmps, -_TOP_MMPS), _TOP_MMPS)
        way_mm = divide(speed * abs(speed), 2 * _BRAKE_MMPS2)
        x_mm, y_mm, clear_mm = self._clear
        if abs(now.x_mm - x_mm) + abs(now.y_mm - y_mm) + abs(way_mm) < clear_mm:
            return False  # whichever way it looks
        east_mm = divide(way_mm * sine_of(now.heading + RIGHT_ANGLE), 16_384)
        north_mm = divide(way_mm * sine_of(now.heading), 16_384)
        x_mm, y_mm = wrapped(now.x_mm + east_mm), wrapped(now.y_mm + north_mm)
        if not fence.encloses(x_mm, y_mm):
            return True
        self._clear = (x_mm, y_mm, fence.clearance_mm(x_mm, y_mm))
        return False

    def rest(self, now_ms: int) -> None:
        """Take in that the motors are at zero, whatever they were told."""
        self._last, self._last_ms = STANDSTILL, now_ms
        self._acting &= ~_EASING

    def ease(self, wanted: Motion, now_ms: int) -> Motion:
        """Give what the motors may do of what they are told."""
        capped = self._capped(wanted)
        passed_ms = min((now_ms - self._last_ms) & 0xFFFFFFFF, _LONGEST_MS)
        change = max(self.limits.accel_mmps2 * passed_ms // 1000, 1)
        eased = Motion(
            _eased(self._last.speed_mmps, capped.speed_mmps, change),
            _eased(self._last.turn_mradps, capped.turn_mradps, _TURN_SHARE * change),
        )
        easing = (capped != wanted) * _SPEED | (eased != capped) * _SLEW
        self._acting = self._acting & ~_EASING | easing
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

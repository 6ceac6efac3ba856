"""
Limits that a robot keeps by itself, and that its host can only tighten.

Whole numbers in the units of the wire; ``PROTOCOL.md`` tells them under "Guards".
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RobotError
from patrol.robot import RobotProfile

_CAPS_MMPS = ((100.0, 4167), (230.0, 2778), (500.0, 1389))
"""15, 10 and 5 km/h by mass with load: Intelligent Robots Act of Korea, 2023."""

_FARTHEST_MM = (1 << 31) - 1
_MOST = (1 << 16) - 1
_FENCE_M = 20.0


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What a robot does not go beyond, whoever asks for it.

    Attributes
    ----------
    speed_mmps
        Greatest speed; the default is that of up to 230 kg.
    accel_mmps2
        Fastest that it speeds up; it may always slow down at once. Its rate of turn
        changes by at most 4 mrad/s for each mm/s of it.
    tilt_mrad
        Farthest that the body may lean.
    battery
        Charge in 0.01 % below which it does not move.
    x_least_mm, y_least_mm, x_most_mm, y_most_mm
        Box in which it must be able to stop; by default everywhere.
    """

    speed_mmps: int = 2778
    accel_mmps2: int = 2000
    tilt_mrad: int = 350
    battery: int = 300
    x_least_mm: int = -_FARTHEST_MM - 1
    y_least_mm: int = -_FARTHEST_MM - 1
    x_most_mm: int = _FARTHEST_MM
    y_most_mm: int = _FARTHEST_MM

    @classmethod
    def of_mass(cls, mass_kg: float) -> Self:
        """
        Give the limits of a robot that weighs so much, load included.

        Raises
        ------
        RobotError
            If it is heavier than an outdoor robot may be.
        """
        for most_kg, speed_mmps in _CAPS_MMPS:
            if mass_kg <= most_kg:
                return cls(speed_mmps)
        raise RobotError(
            f"a robot of {mass_kg:g} kg: one on the pavement weighs at most "
            f"{_CAPS_MMPS[-1][0]:g} kg"
        )

    @classmethod
    def around(cls, xy_m: NDArray[np.float64], profile: RobotProfile) -> Self:
        """
        Give the limits of a robot on its route: its greatest speed, and a fence.

        Parameters
        ----------
        xy_m
            The route, metres east and north, shape ``(p, 2)``, ``p`` above 0. The
            fence is 20 m around it: a mission is given up 10 m beside its path.
        profile
            The kind of robot.
        """
        x_least, y_least = np.floor((xy_m.min(axis=0) - _FENCE_M) * 1e3).tolist()
        x_most, y_most = np.ceil((xy_m.max(axis=0) + _FENCE_M) * 1e3).tolist()
        box = (int(x_least), int(y_least), int(x_most), int(y_most))
        loosest = (_MOST, _MOST, 0)
        return cls(min(round(profile.max_speed_mps * 1e3), _MOST), *loosest, *box)

    def tightened(self, by: "Limits") -> "Limits":
        """Give the tighter of each limit: what is looser in ``by`` changes nothing."""
        return Limits(
            min(self.speed_mmps, by.speed_mmps),
            min(self.accel_mmps2, by.accel_mmps2),
            min(self.tilt_mrad, by.tilt_mrad),
            max(self.battery, by.battery),
            max(self.x_least_mm, by.x_least_mm),
            max(self.y_least_mm, by.y_least_mm),
            min(self.x_most_mm, by.x_most_mm),
            min(self.y_most_mm, by.y_most_mm),
        )

    def encloses(self, x_mm: int, y_mm: int) -> bool:
        """Tell whether a place is inside of the box."""
        in_x = self.x_least_mm <= x_mm <= self.x_most_mm
        return in_x and self.y_least_mm <= y_mm <= self.y_most_mm

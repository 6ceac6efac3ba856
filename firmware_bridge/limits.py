"""
Limits that a robot keeps by itself, and that its host can only tighten.

Whole numbers in the units of the wire; ``PROTOCOL.md`` tells them under "Guards".
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.fence import Fence
from patrol.errors import RobotError
from patrol.robot import RobotProfile

_CAPS_MMPS = ((100.0, 4167), (230.0, 2778), (500.0, 1389))
"""15, 10 and 5 km/h by mass with load: Intelligent Robots Act of Korea, 2023."""

_MOST = (1 << 16) - 1


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
    fence
        Where it must be able to stop; None for everywhere.
    """

    speed_mmps: int = 2778
    accel_mmps2: int = 2000
    tilt_mrad: int = 350
    battery: int = 300
    fence: Fence | None = None

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
            The route, metres east and north, shape ``(p, 2)``, ``p`` above 0.
        profile
            The kind of robot.
        """
        speed_mmps = min(round(profile.max_speed_mps * 1e3), _MOST)
        return cls(speed_mmps, _MOST, _MOST, 0, Fence.around(xy_m))

    def tightened(self, by: "Limits") -> "Limits":
        """
        Give the tighter of each limit: what is looser in ``by`` changes nothing.

        A fence stays the one that there is: two would be one of any number of parts.
        """
        return Limits(
            min(self.speed_mmps, by.speed_mmps),
            min(self.accel_mmps2, by.accel_mmps2),
            min(self.tilt_mrad, by.tilt_mrad),
            max(self.battery, by.battery),
            self.fence or by.fence,
        )


LOOSEST = Limits(_MOST, _MOST, _MOST, 0)
"""Limits that tighten nothing."""

"""What darkness does to the rate of a street, hour by hour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.hours import HOURS_OF_WEEK


@dataclass(frozen=True)
class Night:
    """
    When it is dark, and what that does to the base rate of ``m`` streets.

    Arrays are read-only.

    Attributes
    ----------
    dark
        Part of each hour of the week that is dark, from 0 to 1, shape ``(168,)``.
    times
        What the base rate is multiplied by in the dark, above 0, shape ``(m,)``; 1
        where a street is lit.

    Raises
    ------
    RiskError
        If a value is outside its range.
    """

    dark: NDArray[np.float64]
    times: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.dark.shape != (HOURS_OF_WEEK,):
            raise RiskError(
                f"darkness of shape {self.dark.shape}: it must have one value for each "
                f"of {HOURS_OF_WEEK} hours"
            )
        if not ((self.dark >= 0) & (self.dark <= 1)).all():
            raise RiskError(
                f"darkness from {self.dark.min()} to {self.dark.max()}: it must lie "
                f"between 0 and 1"
            )
        if not (np.isfinite(self.times) & (self.times > 0)).all():
            raise RiskError(
                f"an effect of darkness from {self.times.min()} to {self.times.max()}: "
                f"it must be above 0"
            )
        for array in (self.dark, self.times):
            array.flags.writeable = False

    def base_factor(
        self, profile: NDArray[np.float64], hours: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """
        Give the factor of each street's mean base rate over some hours, ``(m,)``.

        Over a whole week it is the mean of the profile: darkness moves risk between
        hours and makes none.

        Parameters
        ----------
        profile
            Factor of each hour of the week, shape ``(168,)``, mean 1.
        hours
            Time spent in each hour of the week, shape ``(168,)``, not all 0.
        """
        week = float(np.mean(profile * self.dark))
        by_night = float(np.average(profile * self.dark, weights=hours))
        by_day = float(np.average(profile, weights=hours)) - by_night
        return np.asarray(
            (by_day + by_night * self.times) / (1 - week + week * self.times)
        )

"""Which hours of the local day are dark, over the year, by where the sun stands."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from patrol.risk.hours import HOURS_OF_WEEK, local_seconds

_SUNSET_DEG = -0.833
"""Height of the sun's middle at sunset: its radius, and the air's refraction."""

_DAYS, _STEP_S, _DAY_S, _HOUR_S = 52, 600, 86_400, 3600
_YEAR = datetime(2025, 1, 1, tzinfo=UTC)  # any year: only the clock changes differ


def dark_hours(lat_deg: float, lon_deg: float, time_zone: str) -> NDArray[np.float64]:
    """
    Part of each hour of the week that is dark, mean over a year, shape ``(168,)``.

    Parameters
    ----------
    lat_deg, lon_deg
        Place, WGS84 degrees.
    time_zone
        IANA name of the zone whose clocks name the hours.

    Raises
    ------
    RiskError
        If there is no zone of this name.
    """
    first_s = int(_YEAR.timestamp())
    days_s = first_s + np.arange(_DAYS) * 7 * _DAY_S  # one day of each week
    time_s = (days_s[:, np.newaxis] + np.arange(0, _DAY_S, _STEP_S)).ravel()
    dark = sun_height_deg(time_s, lat_deg, lon_deg) < _SUNSET_DEG
    hour = local_seconds(time_s, time_zone) // _HOUR_S % 24
    share = np.bincount(hour, dark, minlength=24) / np.bincount(hour, minlength=24)
    return np.tile(share, HOURS_OF_WEEK // 24)


def sun_height_deg(
    time_s: NDArray[np.int64], lat_deg: float, lon_deg: float
) -> NDArray[np.float64]:
    """
    Height of the sun above the horizon, good to about half a degree [1]_.

    Parameters
    ----------
    time_s
        Seconds since 1970 UTC, shape ``(k,)``.
    lat_deg, lon_deg
        Place, WGS84 degrees.

    References
    ----------
    .. [1] Spencer (1971). Fourier series representation of the position of the sun.
       *Search* 2(5), 172.
    """
    year_s = timedelta(days=365.2422).total_seconds()
    angle = 2 * np.pi * ((time_s - _YEAR.timestamp()) / year_s % 1)
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
    )
    ahead_min = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    minutes = time_s / 60 % 1440 + 4 * lon_deg + ahead_min
    turn = np.deg2rad(minutes / 4 - 180)
    lat = np.deg2rad(lat_deg)
    height = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(
        declination
    ) * np.cos(turn)
    return np.asarray(np.rad2deg(np.arcsin(np.clip(height, -1, 1))))

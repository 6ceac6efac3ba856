"""A flat plane for one city: metres east and north of a local origin."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyproj
import pyproj.exceptions
from numpy.typing import ArrayLike, NDArray

from patrol.errors import MapError


@dataclass(frozen=True)
class LocalProjection:
    """
    Transverse Mercator about one point, true to scale there.

    Within 20 km of the origin, lengths are right to 5 parts in a million.

    Attributes
    ----------
    lon_deg, lat_deg
        Origin of the plane, WGS84.
    """

    lon_deg: float
    lat_deg: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon_deg <= 180 and -90 <= self.lat_deg <= 90):
            raise MapError(
                f"no place has longitude {self.lon_deg} and latitude {self.lat_deg}: "
                f"longitude is from -180 to 180, latitude from -90 to 90"
            )

    @classmethod
    def around(cls, lon_lat_deg: ArrayLike) -> "LocalProjection":
        """
        Centre a plane on the box around points, also across the antimeridian.

        Parameters
        ----------
        lon_lat_deg
            Longitude and latitude, shape ``(k, 2)``, k at least 1.
        """
        points = np.asarray(lon_lat_deg, dtype=np.float64).reshape(-1, 2)
        low, high = points.min(axis=0), points.max(axis=0)
        if high[0] - low[0] > 180:  # the short way round is over the antimeridian
            east = points[:, 0] % 360
            low[0], high[0] = east.min(), east.max()
        lon, lat = ((low + high) / 2).round(4)
        return cls(float(lon - 360 * (lon > 180)), float(lat))

    @cached_property
    def crs(self) -> pyproj.CRS:
        """Coordinate reference system of the plane."""
        return pyproj.CRS.from_proj4(
            f"+proj=tmerc +lat_0={self.lat_deg} +lon_0={self.lon_deg} +k=1 "
            f"+x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
        )

    def to_xy_m(self, lon_lat_deg: ArrayLike) -> NDArray[np.float64]:
        """Project longitude and latitude ``(k, 2)`` to metres, to the millimetre."""
        return self._transform(lon_lat_deg, "FORWARD").round(3) + 0.0

    def to_lon_lat_deg(self, xy_m: ArrayLike) -> NDArray[np.float64]:
        """Turn metres in the plane ``(k, 2)`` into longitude and latitude."""
        return self._transform(xy_m, "INVERSE")

    @cached_property
    def _transformer(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs("OGC:CRS84", self.crs, always_xy=True)

    def _transform(self, points: ArrayLike, direction: str) -> NDArray[np.float64]:
        array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        first, second = self._transformer.transform(
            array[:, 0], array[:, 1], direction=direction
        )
        return np.column_stack([first, second])


def to_degrees(points: ArrayLike, crs: object) -> NDArray[np.float64]:
    """
    Turn coordinates of any reference system into longitude and latitude.

    Parameters
    ----------
    points
        Coordinates, east before north, shape ``(k, 2)``.
    crs
        What they are in: anything that pyproj takes; None for degrees.

    Raises
    ------
    MapError
        If the system is unknown or a point is not on earth.
    """
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if crs is not None:
        try:
            known = pyproj.CRS.from_user_input(crs)
        except pyproj.exceptions.CRSError as error:
            raise MapError(
                f"unknown coordinate reference system {crs!r}: give one such as "
                f"EPSG:4326"
            ) from error
        step = pyproj.Transformer.from_crs(known, "OGC:CRS84", always_xy=True)
        array = np.column_stack(step.transform(array[:, 0], array[:, 1]))
    bad = np.flatnonzero(~np.all(np.abs(array) <= (180, 90), axis=1))
    if len(bad):
        raise MapError(
            f"{len(bad)} of {len(array)} points are not on earth, the first is "
            f"{array[bad[0]]} in {crs or 'degrees'}: name the coordinate reference "
            f"system they are in"
        )
    return array

"""Things beside the streets (lamps, cameras, bells): reading and counting them."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from maps.graph import StreetGraph
from maps.project import LocalProjection
from maps.snap import point_geometries, street_lines
from patrol.errors import MapError

LON_NAMES = (
    "longitude", "lon", "lng", "long", "lon_deg", "wgs84경도", "경도", "x", "x좌표",
)  # fmt: skip
"""Usual names of a longitude column, small letters, the surest first."""

LAT_NAMES = (
    "latitude", "lat", "lat_deg", "wgs84위도", "위도", "y", "y좌표",
)  # fmt: skip
"""Usual names of a latitude column, small letters, the surest first."""

_ENCODINGS = ("utf-8-sig", "cp949")  # cp949: what Korean public offices publish


@dataclass(frozen=True)
class PointLayer:
    """
    Places read from a file.

    Attributes
    ----------
    xy_m
        Metres east and north in the plane asked for, shape ``(k, 2)``.
    skipped
        Rows without usable coordinates, which are not in ``xy_m``.
    """

    xy_m: NDArray[np.float64]
    skipped: int


def count_near(
    graph: StreetGraph, points_xy_m: ArrayLike, *, within_m: float
) -> NDArray[np.int64]:
    """
    Count the points within reach of each street.

    Parameters
    ----------
    graph
        Streets.
    points_xy_m
        Points in the plane of the graph, shape ``(k, 2)``.
    within_m
        Reach from the street's line.

    Returns
    -------
    numpy.ndarray
        Shape ``(m,)``. A point within reach of several streets counts for each.
    """
    points = point_geometries(points_xy_m)
    near = shapely.STRtree(points).query(
        street_lines(graph), predicate="dwithin", distance=within_m
    )
    return np.bincount(near[0], minlength=graph.num_edges)


def nearest_m(graph: StreetGraph, points_xy_m: ArrayLike) -> NDArray[np.float64]:
    """
    Measure from each street's line to the nearest point.

    Parameters
    ----------
    graph
        Streets.
    points_xy_m
        Points in the plane of the graph, shape ``(k, 2)``.

    Returns
    -------
    numpy.ndarray
        Metres, shape ``(m,)``; infinite where there is no point at all.
    """
    points = point_geometries(points_xy_m)
    distance_m = np.full(graph.num_edges, np.inf)
    pairs, gap_m = shapely.STRtree(points).query_nearest(
        street_lines(graph), return_distance=True, all_matches=False
    )
    distance_m[pairs[0]] = gap_m
    return distance_m


def read_points(
    path: Path,
    projection: LocalProjection,
    *,
    lon: str | None = None,
    lat: str | None = None,
) -> PointLayer:
    """
    Read places from a CSV (UTF-8 or CP949) or a GeoJSON file of points.

    Parameters
    ----------
    path
        File with the ending ``.csv``, ``.geojson`` or ``.json``.
    projection
        Plane in which the places are wanted.
    lon, lat
        Names of the columns with longitude and latitude in degrees; found by their
        usual names where left out. Not used for GeoJSON.

    Raises
    ------
    MapError
        If the file cannot be read, has no such columns, or no row with coordinates.
    """
    text = _decoded(path)
    if path.suffix.lower() in {".geojson", ".json"}:
        pairs = list(_geojson_pairs(text, path))
    else:
        pairs = list(_csv_pairs(text, path, lon=lon, lat=lat))
    good = [pair for pair in map(_degrees, pairs) if pair is not None]
    if pairs and not good:
        raise MapError(
            f"none of {len(pairs)} rows of {path.name} has a longitude and latitude in "
            f"degrees, the first is {pairs[0]}: name other columns, or convert the "
            f"file to WGS84"
        )
    xy_m = projection.to_xy_m(np.array(good).reshape(-1, 2))
    return PointLayer(xy_m=xy_m, skipped=len(pairs) - len(good))


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MapError(f"cannot read {path}: {error.strerror}") from error
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MapError(f"{path.name} is neither UTF-8 nor CP949 text: save it as UTF-8")


def _csv_pairs(
    text: str, path: Path, *, lon: str | None, lat: str | None
) -> Iterator[tuple[object, object]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    at_lon = _column(header, (lon,) if lon else LON_NAMES, path)
    at_lat = _column(header, (lat,) if lat else LAT_NAMES, path)
    for row in rows:
        if row:
            short = max(at_lon, at_lat) >= len(row)
            yield ("", "") if short else (row[at_lon], row[at_lat])


def _column(header: Sequence[str], names: Iterable[str], path: Path) -> int:
    plain = [name.strip().lower() for name in header]
    for name in names:
        if name.strip().lower() in plain:
            return plain.index(name.strip().lower())
    raise MapError(
        f"{path.name} has no column {' or '.join(names)}, its columns are "
        f"{', '.join(header) or 'none'}: name the ones with longitude and latitude"
    )


def _geojson_pairs(text: str, path: Path) -> Iterator[tuple[object, object]]:
    try:
        content = json.loads(text)
        features = content["features"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise MapError(
            f"{path.name} is not a GeoJSON feature collection: {error!r}; export it "
            f"again as GeoJSON"
        ) from error
    for feature in features:
        geometry = feature.get("geometry") or {}
        places = geometry.get("coordinates")
        if geometry.get("type") == "MultiPoint" and places:
            yield from ((place[0], place[1]) for place in places)
        elif geometry.get("type") == "Point" and places:
            yield places[0], places[1]
        else:
            yield None, None


def _degrees(pair: tuple[object, object]) -> tuple[float, float] | None:
    try:
        lon, lat = (float(str(value)) for value in pair)
    except ValueError:
        return None
    on_earth = math.isfinite(lon + lat) and abs(lon) <= 180 and abs(lat) <= 90
    # 0, 0 in the Gulf of Guinea is how many tables write "unknown".
    return (lon, lat) if on_earth and (lon, lat) != (0.0, 0.0) else None

"""Areas drawn by people: which streets they touch."""

from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.project import to_degrees
from maps.snap import street_lines
from patrol.errors import MapError


def read_areas(path: Path, graph: StreetGraph) -> NDArray[np.object_]:
    """
    Read polygons from a GeoJSON or GeoPackage file into the plane of a graph.

    Raises
    ------
    MapError
        If the file cannot be read, names no coordinate reference system, or holds
        anything but polygons.
    """
    try:
        meta, _, wkb, _ = pyogrio.raw.read(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise MapError(
            f"cannot read areas from {path.name}: {error}; give polygons as GeoJSON or "
            f"GeoPackage"
        ) from error
    shapes = np.asarray(shapely.from_wkb(wkb), dtype=object)
    kinds = sorted({str(shape.geom_type) for shape in shapes if shape is not None})
    if not meta["crs"] or not kinds or set(kinds) - {"Polygon", "MultiPolygon"}:
        raise MapError(
            f"{path.name} holds {', '.join(kinds) or 'nothing'} in "
            f"{meta['crs'] or 'no coordinate reference system'}: it must hold "
            f"polygons, in longitude and latitude or another named system"
        )
    areas = shapely.force_2d(shapes[~shapely.is_missing(shapes)])
    plane = graph.projection
    moved = shapely.transform(
        areas, lambda points: plane.to_xy_m(to_degrees(points, meta["crs"]))
    )
    return np.asarray(moved, dtype=object)


def streets_touching(
    graph: StreetGraph, areas: NDArray[np.object_]
) -> NDArray[np.int64]:
    """
    Find the streets that have any point in an area.

    Parameters
    ----------
    graph
        Streets.
    areas
        Polygons in the plane of the graph, shape ``(k,)``.

    Returns
    -------
    numpy.ndarray
        Numbers of the streets, ascending.
    """
    tree = shapely.STRtree(street_lines(graph))
    _, streets = tree.query(areas, predicate="intersects")
    return np.unique(streets).astype(np.int64)

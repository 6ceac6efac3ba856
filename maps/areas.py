"""Areas and lines drawn by people: which streets they touch or hold."""

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

LINE_REACH_M = 10.0
"""A street within this of a drawn line is meant by it: a finger's width on a map."""

_AREAS = frozenset({"Polygon", "MultiPolygon"})
_LINES = frozenset({"LineString", "MultiLineString"})


def read_areas(path: Path, graph: StreetGraph) -> NDArray[np.object_]:
    """
    Read polygons from a GeoJSON or GeoPackage file into the plane of a graph.

    Raises
    ------
    MapError
        If the file cannot be read, names no coordinate reference system, or holds
        anything but polygons.
    """
    return _read_shapes(path, graph, kinds=_AREAS, called="polygons")


def read_drawing(path: Path, graph: StreetGraph) -> NDArray[np.object_]:
    """
    Read polygons and lines, each line as the area within `LINE_REACH_M` of it.

    Raises
    ------
    MapError
        If the file cannot be read, names no coordinate reference system, or holds
        anything but polygons and lines.
    """
    shapes = _read_shapes(
        path, graph, kinds=_AREAS | _LINES, called="polygons and lines"
    )
    drawn = np.isin([shape.geom_type for shape in shapes], sorted(_LINES))
    shapes[drawn] = shapely.buffer(shapes[drawn], LINE_REACH_M)
    return shapes


def streets_within(
    graph: StreetGraph, areas: NDArray[np.object_], *, share: float = 0.5
) -> NDArray[np.int64]:
    """
    Find the streets that lie in the areas, taken together, by so much of their length.

    Parameters
    ----------
    graph
        Streets.
    areas
        Polygons in the plane of the graph, shape ``(k,)``.
    share
        Least share of a street's length, above 0, at most 1.

    Returns
    -------
    numpy.ndarray
        Numbers of the streets, ascending.
    """
    near = streets_touching(graph, areas)
    lines = street_lines(graph, near)
    inside_m = shapely.length(shapely.intersection(lines, shapely.union_all(areas)))
    # A street that lies in the areas as a whole must not fail by rounding.
    return near[inside_m >= share * shapely.length(lines) * (1 - 1e-9)]


def _read_shapes(
    path: Path, graph: StreetGraph, *, kinds: frozenset[str], called: str
) -> NDArray[np.object_]:
    try:
        meta, _, wkb, _ = pyogrio.raw.read(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise MapError(
            f"cannot read areas from {path.name}: {error}; give {called} as GeoJSON or "
            f"GeoPackage"
        ) from error
    shapes = np.asarray(shapely.from_wkb(wkb), dtype=object)
    found = sorted({str(shape.geom_type) for shape in shapes if shape is not None})
    if not meta["crs"] or not found or set(found) - kinds:
        raise MapError(
            f"{path.name} holds {', '.join(found) or 'nothing'} in "
            f"{meta['crs'] or 'no coordinate reference system'}: it must hold "
            f"{called}, in longitude and latitude or another named system"
        )
    whole = shapely.force_2d(shapes[~shapely.is_missing(shapes)])
    plane = graph.projection
    moved = shapely.transform(
        whole, lambda points: plane.to_xy_m(to_degrees(points, meta["crs"]))
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

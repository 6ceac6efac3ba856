"""Named areas with figures of their own, and how much of each street lies in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from maps.areas import read_areas
from maps.graph import StreetGraph
from maps.snap import point_geometries, street_lines
from patrol.errors import MapError

_MOST_CELLS = 10_000


@dataclass(frozen=True)
class AreaTable:
    """
    ``a`` areas in the plane of a graph.

    Attributes
    ----------
    shapes
        Polygons, shape ``(a,)``.
    columns
        What the file says of each, by name of the column, shape ``(a,)`` each.
    """

    shapes: NDArray[np.object_] = field(repr=False)
    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.shapes)

    def texts(self, column: str) -> tuple[str, ...]:
        """
        Values of a column as text.

        Raises
        ------
        MapError
            If there is no such column.
        """
        return tuple(str(value) for value in self._column(column))

    def numbers(self, column: str) -> NDArray[np.float64]:
        """
        Values of a column as numbers, NaN where it has none, shape ``(a,)``.

        Raises
        ------
        MapError
            If there is no such column, or a value is neither a number nor empty.
        """
        values = self._column(column)
        try:
            return np.array(
                [np.nan if v in (None, "") else float(v) for v in values],
                dtype=np.float64,
            )
        except (TypeError, ValueError) as error:
            raise MapError(
                f"column {column!r} of the areas must hold numbers: {error}"
            ) from error

    def _column(self, name: str) -> NDArray[Any]:
        if name not in self.columns:
            raise MapError(
                f"the areas have no column {name!r}, they have "
                f"{', '.join(map(repr, self.columns)) or 'none'}: name one of these"
            )
        return self.columns[name]


def read_area_table(path: Path, graph: StreetGraph) -> AreaTable:
    """
    Read polygons with their columns from a GeoJSON or GeoPackage file.

    Raises
    ------
    MapError
        As `areas.read_areas`, or if an area has no shape.
    """
    shapes = read_areas(path, graph)
    meta, _, _, values = pyogrio.raw.read(path, read_geometry=False)
    columns = dict(zip(meta["fields"].tolist(), values, strict=True))
    rows = len(values[0]) if values else len(shapes)
    if rows != len(shapes):
        raise MapError(
            f"{path.name} has {rows} areas, {rows - len(shapes)} of them without a "
            f"shape: take those out"
        )
    return AreaTable(shapes, columns)


def grid_of_areas(graph: StreetGraph, *, cell_m: float) -> AreaTable:
    """
    Lay square cells over a map, those that hold a piece of street.

    Returns
    -------
    AreaTable
        With a column ``name``, as ``E2 N5``: counted from the south-western corner.

    Raises
    ------
    MapError
        If the side is not above 0 or makes more than 10,000 cells.
    """
    low, high = graph.shape_xy_m.min(axis=0), graph.shape_xy_m.max(axis=0)
    wide, tall = np.ceil((high - low + 1e-6) / cell_m) if cell_m > 0 else (0, 0)
    if not 0 < wide * tall <= _MOST_CELLS:
        raise MapError(
            f"cells of {cell_m} m: the side must be above 0 and make no more than "
            f"{_MOST_CELLS} cells on a map of {high[0] - low[0]:.0f} x "
            f"{high[1] - low[1]:.0f} m"
        )
    east, north = (a.ravel() for a in np.mgrid[: int(wide), : int(tall)])
    west_m, south_m = low[0] + east * cell_m, low[1] + north * cell_m
    cells = shapely.box(west_m, south_m, west_m + cell_m, south_m + cell_m)
    tree = shapely.STRtree(street_lines(graph))
    used = np.unique(tree.query(cells, predicate="intersects")[0])
    names = [f"E{east[k] + 1} N{north[k] + 1}" for k in used]
    return AreaTable(cells[used], {"name": np.array(names, dtype=object)})


def street_shares(graph: StreetGraph, shapes: NDArray[np.object_]) -> csr_array:
    """
    Share of each street's length that lies in each area.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    shapes
        Polygons in the plane of the graph, shape ``(a,)``.

    Returns
    -------
    csr_array
        Shape ``(a, m)``; a column sums to less than 1 where a street leaves all
        areas, to more where areas overlap.
    """
    lines = street_lines(graph)
    at, street = shapely.STRtree(lines).query(shapes, predicate="intersects")
    inside_m = shapely.length(shapely.intersection(shapes[at], lines[street]))
    whole_m = shapely.length(lines[street])
    share = np.divide(inside_m, whole_m, out=np.zeros(len(at)), where=whole_m > 0)
    return csr_array((share, (at, street)), shape=(len(shapes), graph.num_edges))


def area_of_points(
    shapes: NDArray[np.object_], xy_m: NDArray[np.float64]
) -> NDArray[np.int64]:
    """First area that holds each point, -1 where none does, shape ``(k,)``."""
    point, at = shapely.STRtree(shapes).query(
        point_geometries(xy_m), predicate="intersects"
    )
    found = np.full(len(xy_m), len(shapes), dtype=np.int64)
    np.minimum.at(found, point, at)
    return np.where(found < len(shapes), found, -1)

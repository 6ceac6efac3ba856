"""Which street or node is at a place: points to streets and to nodes."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from maps.assemble import ranges
from maps.graph import StreetGraph
from patrol.errors import MapError


@dataclass(frozen=True)
class Snapped:
    """
    Nearest street of each of ``k`` points.

    Attributes
    ----------
    street
        Number of the street, shape ``(k,)``; -1 where none is within reach.
    offset_m
        How far along the street from its first node, shape ``(k,)``; NaN where none
        is within reach.
    distance_m
        Distance from the street, shape ``(k,)``; infinite where none is within reach.
    """

    street: NDArray[np.int64]
    offset_m: NDArray[np.float64]
    distance_m: NDArray[np.float64]

    @property
    def found(self) -> NDArray[np.bool_]:
        """Mask of the points that have a street, shape ``(k,)``."""
        return self.street >= 0


@dataclass(frozen=True)
class Incidence:
    """
    Streets that belong to each of ``k`` things (nodes, points), as sparse rows.

    Attributes
    ----------
    start
        Thing ``i`` has ``streets[start[i]:start[i + 1]]``, shape ``(k + 1,)``.
    streets
        Street numbers, ascending within a row.
    """

    start: NDArray[np.int64]
    streets: NDArray[np.int64]

    def of(self, thing: int) -> NDArray[np.int64]:
        """Streets of one thing."""
        return self.streets[self.start[thing] : self.start[thing + 1]]


def snap(
    graph: StreetGraph,
    xy_m: ArrayLike,
    *,
    within_m: float,
    mask: NDArray[np.bool_] | None = None,
) -> Snapped:
    """
    Find the nearest street of each point; of equally near ones the lowest number.

    Parameters
    ----------
    graph
        Streets.
    xy_m
        Points in the plane of the graph, shape ``(k, 2)``.
    within_m
        Reach: streets farther away do not count.
    mask
        Streets that count, shape ``(m,)``; all where it is left out.

    Raises
    ------
    MapError
        If a coordinate is not a finite number or the reach is negative.
    """
    points = _checked_points(xy_m)
    if not within_m >= 0:
        raise MapError(f"a reach of {within_m} m: it must be 0 or more")
    streets = np.arange(graph.num_edges) if mask is None else np.flatnonzero(mask)
    if not len(streets) or not len(points):
        return _nowhere(len(points))
    from maps.nearest import Pieces, nearest_pieces  # numba: half a second to import

    first, stop = graph.shape_start[streets], graph.shape_start[streets + 1] - 1
    at = ranges(first, stop)
    a, b = (np.asarray(graph.shape_xy_m[i], np.float64) for i in (at, at + 1))
    nearest = nearest_pieces(Pieces(a, b), points, within_m=within_m)
    long_m = np.hypot(*(b - a).T)
    before_m = np.cumsum(long_m) - long_m
    line = np.repeat(np.arange(len(streets)), stop - first)
    starts = np.concatenate([[0], np.cumsum(stop - first)])[:-1]
    piece, found = nearest.piece, nearest.piece >= 0
    along_m = before_m[piece] - before_m[starts[line[piece]]]
    along_m += nearest.part * long_m[piece]
    return Snapped(
        np.where(found, streets[line[piece]], -1),
        np.where(found, along_m, np.nan),
        nearest.distance_m,
    )


def _nowhere(points: int) -> Snapped:
    return Snapped(
        np.full(points, -1), np.full(points, np.nan), np.full(points, np.inf)
    )


def nearest_node(
    graph: StreetGraph,
    xy_m: ArrayLike,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    Find the nearest node of each point.

    Parameters
    ----------
    graph
        Streets.
    xy_m
        Points in the plane of the graph, shape ``(k, 2)``.
    mask
        Streets whose end nodes count, shape ``(m,)``; all where it is left out.

    Returns
    -------
    tuple
        Node numbers, shape ``(k,)``, and distances in metres, shape ``(k,)``.

    Raises
    ------
    MapError
        If a coordinate is not a finite number, or the mask leaves no street.
    """
    points = _checked_points(xy_m)
    ends = graph.edge_nodes if mask is None else graph.edge_nodes[mask]
    if not len(ends):
        raise MapError(
            f"none of {graph.num_edges} streets is open, so there is no nearest node: "
            f"open a street or use another map"
        )
    nodes = np.unique(ends)
    distance_m, place = KDTree(graph.node_xy_m[nodes]).query(points)
    return nodes[np.asarray(place, dtype=np.int64)], np.asarray(distance_m)


def incident_streets(graph: StreetGraph) -> Incidence:
    """List the streets that meet at each node; a loop counts once."""
    streets = np.repeat(np.arange(graph.num_edges), 2)
    nodes = graph.edge_nodes.ravel()
    loop = np.zeros(len(nodes), dtype=bool)
    loop[1::2] = graph.edge_nodes[:, 0] == graph.edge_nodes[:, 1]
    nodes, streets = nodes[~loop], streets[~loop]
    order = np.lexsort((streets, nodes))
    start = np.searchsorted(nodes[order], np.arange(graph.num_nodes + 1))
    return Incidence(start.astype(np.int64), streets[order])


def touching_streets(
    graph: StreetGraph,
    xy_m: ArrayLike,
    *,
    within_m: float,
    at_node_m: float = 2.0,
    mask: NDArray[np.bool_] | None = None,
) -> Incidence:
    """
    List the streets that each point touches.

    A point near a node touches all streets that meet there, another one touches its
    nearest street, a point out of reach touches none.

    Parameters
    ----------
    graph
        Streets.
    xy_m
        Points in the plane of the graph, shape ``(k, 2)``.
    within_m
        Reach: streets farther away do not count.
    at_node_m
        How near a node is "at" it: 2 m for exact places, 10 m or more where the
        source moved its points to intersections.
    mask
        Streets that count, shape ``(m,)``; all where it is left out.
    """
    points = _checked_points(xy_m)
    single = snap(graph, points, within_m=within_m, mask=mask)
    counts = np.zeros(len(points), dtype=np.int64)
    if not single.found.any():
        return Incidence(np.zeros(len(points) + 1, dtype=np.int64), counts[:0])
    node, node_m = nearest_node(graph, points, mask)
    at_node = single.found & (node_m <= at_node_m)

    meeting = _masked(incident_streets(graph), mask)
    counts[single.found] = 1
    counts[at_node] = np.diff(meeting.start)[node[at_node]]
    start = np.concatenate([[0], np.cumsum(counts)])
    streets = np.empty(start[-1], dtype=np.int64)
    alone = single.found & ~at_node
    streets[start[:-1][alone]] = single.street[alone]
    shared = ranges(start[:-1][at_node], start[1:][at_node])
    streets[shared] = meeting.streets[
        ranges(meeting.start[node[at_node]], meeting.start[node[at_node] + 1])
    ]
    return Incidence(start, streets)


def street_lines(
    graph: StreetGraph, streets: NDArray[np.int64] | None = None
) -> NDArray[np.object_]:
    """Shapely lines of some streets or all, in the plane, shape ``(k,)``."""
    if streets is None:
        streets = np.arange(graph.num_edges)
    first, stop = graph.shape_start[streets], graph.shape_start[streets + 1]
    line = np.repeat(np.arange(len(streets)), stop - first)
    lines = shapely.linestrings(graph.shape_xy_m[ranges(first, stop)], indices=line)
    return np.asarray(lines, dtype=object)


def point_geometries(xy_m: ArrayLike) -> NDArray[np.object_]:
    """Shapely points, shape ``(k,)``."""
    points = np.asarray(xy_m, dtype=np.float64).reshape(-1, 2)
    return np.asarray(shapely.points(points), dtype=object)


def _masked(incidence: Incidence, mask: NDArray[np.bool_] | None) -> Incidence:
    if mask is None:
        return incidence
    open_ = mask[incidence.streets]
    start = np.concatenate([[0], np.cumsum(open_)])[incidence.start]
    return Incidence(start, incidence.streets[open_])


def _checked_points(xy_m: ArrayLike) -> NDArray[np.float64]:
    points = np.asarray(xy_m, dtype=np.float64).reshape(-1, 2)
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        raise MapError(
            f"{len(bad)} of {len(points)} points have no place, the first is "
            f"{points[bad[0]]} at {bad[0]}: leave them out first"
        )
    return points

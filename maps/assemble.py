"""From lines with named ends to a `StreetGraph`; what every reader ends with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from maps.graph import SHORTEST_M, StreetGraph, StreetTags
from maps.project import LocalProjection
from patrol.errors import MapError


@dataclass(frozen=True)
class Lines:
    """
    ``m`` lines between named nodes, in the plane.

    Attributes
    ----------
    ends
        Name (a number) of the node at each line's start and end, shape ``(m, 2)``.
    osm_id
        OpenStreetMap's number of the way, shape ``(m,)``.
    xy_m
        Points of all lines, one after another, to the millimetre, shape ``(p, 2)``.
        Lines that share an end share its point.
    start
        Line ``e`` has the points ``start[e]:start[e + 1]``, shape ``(m + 1,)``.
    tags
        What the source says of each line.
    """

    ends: NDArray[np.int64]
    osm_id: NDArray[np.int64]
    xy_m: NDArray[np.float64]
    start: NDArray[np.int64]
    tags: StreetTags

    def tied_to(self, node_xy_m: NDArray[np.float64]) -> "Lines":
        """
        Lead each line to the very places of its nodes, where it stops short of them.

        Parameters
        ----------
        node_xy_m
            Places by node name, which must be 0 to n - 1, shape ``(n, 2)``.
        """
        first, stop = self.start[:-1], self.start[1:]
        tail, head = node_xy_m[self.ends[:, 0]], node_xy_m[self.ends[:, 1]]
        before = np.any(self.xy_m[first] != tail, axis=1)
        after = np.any(self.xy_m[stop - 1] != head, axis=1)
        xy_m = np.insert(
            self.xy_m,
            np.concatenate([stop[after], first[before]]),
            np.concatenate([head[after], tail[before]]),
            axis=0,
        )
        size = np.diff(self.start) + before + after
        start = np.concatenate([[0], np.cumsum(size)])
        return Lines(self.ends, self.osm_id, xy_m, start, self.tags)


@dataclass(frozen=True)
class Assembled:
    """
    A graph and how many lines of no length are not in it.

    Attributes
    ----------
    graph
        The streets.
    num_dropped
        Lines of no length; their two ends have become one node.
    """

    graph: StreetGraph
    num_dropped: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What was repaired, for people."""
        if not self.num_dropped:
            return ()
        return (f"streets of no length: {self.num_dropped} turned into points",)


def assemble(projection: LocalProjection, lines: Lines) -> Assembled:
    """
    Make a graph of lines; nodes are numbered by the order of their names.

    Raises
    ------
    MapError
        If no line has a length.
    """
    length_m = line_lengths_m(lines.xy_m, lines.start)
    kept = np.flatnonzero(length_m >= SHORTEST_M)
    if not len(kept):
        raise MapError(
            f"none of {len(length_m)} streets is longer than {SHORTEST_M} m: check "
            f"that the coordinates are longitude and latitude in degrees"
        )
    node, ends = _joined_nodes(lines.ends, length_m < SHORTEST_M)
    used, edge_nodes = np.unique(ends[kept], return_inverse=True)
    edge_nodes = edge_nodes.reshape(-1, 2).astype(np.int64)
    points = ranges(lines.start[kept], lines.start[kept + 1])
    shape_start = np.concatenate([[0], np.cumsum(np.diff(lines.start)[kept])])
    node_xy_m = np.empty((len(used), 2))
    node_xy_m[edge_nodes[:, 0]] = lines.xy_m[lines.start[kept]]
    node_xy_m[edge_nodes[:, 1]] = lines.xy_m[lines.start[kept + 1] - 1]
    graph = StreetGraph(
        projection=projection,
        node_xy_m=node_xy_m,
        node_osm_id=node[used],
        edge_nodes=edge_nodes,
        edge_length_m=length_m[kept],
        edge_osm_id=lines.osm_id[kept],
        shape_xy_m=lines.xy_m[points],
        shape_start=shape_start.astype(np.int64),
        tags=lines.tags.take(kept),
    )
    return Assembled(graph, len(length_m) - len(kept))


def line_lengths_m(
    xy_m: NDArray[np.float64], start: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Length of each line, to the micrometre so that every machine has the same."""
    step_m = np.hypot(*np.diff(xy_m, axis=0).T)
    travelled_m = np.zeros(len(xy_m))
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))
    inside = line[1:] == line[:-1]
    travelled_m[1:] = np.where(inside, step_m, 0.0)
    length_m = np.bincount(line, weights=travelled_m, minlength=len(start) - 1)
    return np.asarray(length_m, dtype=np.float64).round(6)


def ranges(first: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers ``first[0]..stop[0]-1``, then ``first[1]..stop[1]-1``, and so on."""
    size = stop - first
    before = np.cumsum(size) - size
    return np.repeat(first - before, size) + np.arange(size.sum())


def _joined_nodes(
    ends: NDArray[np.int64], same: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the names in order, and each line's ends as places in them."""
    name, place = np.unique(ends, return_inverse=True)
    place = place.reshape(-1, 2)
    if not same.any():
        return name, place
    tail, head = place[same].T
    links = csr_array((np.ones(len(tail)), (tail, head)), shape=(len(name), len(name)))
    _, group = connected_components(links, directed=False)
    _, lowest = np.unique(group, return_index=True)
    return name, lowest[group][place]

"""
What lies within a short way of a node, along the streets: Dijkstra with an end.

Compiled, and in place: the arrays of a `Reach` serve one node after another.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.risk.lixels import Lixels


class Links(NamedTuple):
    """
    Streets that end at each node, as sparse rows, and the node at their other end.

    A street is forward at its first node, and only there if it is a loop.
    """

    start: NDArray[np.int64]
    street: NDArray[np.int64]
    node: NDArray[np.int64]
    forward: NDArray[np.bool_]


class Reach(NamedTuple):
    """Distances from one node, in radii; infinite beyond 1. And a heap's room."""

    distance: NDArray[np.float64]
    near: NDArray[np.int64]
    key: NDArray[np.float64]
    node: NDArray[np.int64]


def links_of(lixels: Lixels) -> Links:
    """List the streets at each node."""
    first, last = lixels.edge_nodes.T
    streets = np.arange(len(first))
    back = streets[first != last]
    ends = np.concatenate([first, last[back]])
    order = np.argsort(ends, kind="stable")
    return Links(
        np.searchsorted(ends[order], np.arange(lixels.num_nodes + 1)),
        np.concatenate([streets, back])[order],
        np.concatenate([last, first[back]])[order],
        order < len(first),
    )


@compiled
def room(links: Links) -> Reach:
    """Make room for the distances from one node, all infinite."""
    nodes, most = len(links.start) - 1, len(links.node) + 1
    return Reach(
        np.full(nodes, np.inf),
        np.empty(nodes, np.int64),
        np.empty(most),
        np.empty(most, np.int64),
    )


@compiled
def walk(source: int, links: Links, length: NDArray[np.float64], reach: Reach) -> int:
    """Measure the way to every node nearer than 1; return their number."""
    start, street, away, _ = links
    distance, near, keys, nodes = reach
    distance[source] = 0.0
    near[0], found = source, 1
    keys[0], nodes[0], waiting = 0.0, source, 1
    while waiting:
        so_far, here = keys[0], nodes[0]
        waiting -= 1
        _sink(keys, nodes, waiting)
        if so_far > distance[here]:
            continue
        for link in range(start[here], start[here + 1]):
            there = away[link]
            way = so_far + length[street[link]]
            if way < 1 and way < distance[there]:
                if distance[there] == np.inf:
                    near[found] = there
                    found += 1
                distance[there] = way
                _rise(keys, nodes, waiting, way, there)
                waiting += 1
    return found


@compiled
def _rise(
    keys: NDArray[np.float64], nodes: NDArray[np.int64], at: int, key: float, node: int
) -> None:
    """Put a node into the heap, whose first free place is ``at``."""
    while at > 0 and keys[(at - 1) >> 1] > key:
        above = (at - 1) >> 1
        keys[at], nodes[at] = keys[above], nodes[above]
        at = above
    keys[at], nodes[at] = key, node


@compiled
def _sink(keys: NDArray[np.float64], nodes: NDArray[np.int64], size: int) -> None:
    """Fill the top of the heap, which was taken, with the last of its nodes."""
    key, node, at = keys[size], nodes[size], 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[at], nodes[at] = keys[below], nodes[below]
        at = below
    keys[at], nodes[at] = key, node

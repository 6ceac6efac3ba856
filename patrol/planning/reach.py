"""Shortest ways to what lies near, each by a search that ends early (Dijkstra)."""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE, Network


class Streets(NamedTuple):
    """
    A network whose edges can be looked up by node.

    Attributes
    ----------
    starts, halves
        Halves of the edges at node ``i`` are ``halves[starts[i]:starts[i + 1]]``:
        half ``2e + s`` leads from end ``s`` of edge ``e`` to the other.
    ends, cost
        Both ends of each edge, shape ``(m, 2)``, and its cost, shape ``(m,)``.
    """

    starts: NDArray[np.int64]
    halves: NDArray[np.int64]
    ends: NDArray[np.int64]
    cost: NDArray[np.int64]

    @classmethod
    def of(cls, network: Network) -> "Streets":
        """Look at a network by node."""
        ends = network.edge_nodes
        halves = np.argsort(ends.ravel(), kind="stable")
        count = np.bincount(ends.ravel(), minlength=network.num_nodes)
        starts = np.concatenate([[0], np.cumsum(count)])
        return cls(starts, halves, ends, network.cost)


@compiled
def nearest(
    streets: Streets, wanted: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Find the wanted nodes nearest to each wanted node, itself first.

    Parameters
    ----------
    streets
        Network of ``n`` nodes.
    wanted
        Mask of the nodes to start from and to find, shape ``(n,)``.
    count
        How many to find.

    Returns
    -------
    node, distance
        Nodes by distance, shape ``(n, count)``, and how far they are; `NONE` where
        there are fewer, and in the rows of nodes that are not wanted.
    """
    n = len(wanted)
    node, distance = np.full((n, count), NONE), np.full((n, count), NONE)
    far, seen = np.zeros(n, np.int64), np.full(n, NONE)
    for source in range(n):
        if not wanted[source]:
            continue
        heap = [(np.int64(0), np.int64(source))]
        far[source], seen[source] = 0, source
        found = 0
        while len(heap) > 0 and found < count:
            reached, a = heappop(heap)
            if reached > far[a]:
                continue
            if wanted[a]:
                node[source, found], distance[source, found] = a, reached
                found += 1
            for place in range(streets.starts[a], streets.starts[a + 1]):
                half = streets.halves[place]
                b = streets.ends[half >> 1, 1 - (half & 1)]
                beyond = reached + streets.cost[half >> 1]
                if seen[b] != source or beyond < far[b]:
                    far[b], seen[b] = beyond, source
                    heappush(heap, (beyond, b))
    return node, distance


@compiled
def ways(
    streets: Streets, pairs: NDArray[np.int64], passes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """
    Count the passes of shortest ways.

    Parameters
    ----------
    streets
        Network of ``n`` nodes and ``m`` edges.
    pairs
        Where each way starts and ends, shape ``(k, 2)``.
    passes
        Passes of each edge, shape ``(m,)``; one is added for each way over it.

    Returns
    -------
    NDArray
        Cost of each way, shape ``(k,)``; `NONE` where there is none.
    """
    n = len(streets.starts) - 1
    far, seen, via = np.zeros(n, np.int64), np.full(n, NONE), np.zeros(n, np.int64)
    cost = np.full(len(pairs), NONE)
    for i in range(len(pairs)):
        source, target = pairs[i]
        heap = [(np.int64(0), source)]
        far[source], seen[source] = 0, i
        while len(heap) > 0:
            reached, a = heappop(heap)
            if a == target:
                cost[i] = reached
                break
            if reached > far[a]:
                continue
            for place in range(streets.starts[a], streets.starts[a + 1]):
                half = streets.halves[place]
                b = streets.ends[half >> 1, 1 - (half & 1)]
                beyond = reached + streets.cost[half >> 1]
                if seen[b] != i or beyond < far[b]:
                    far[b], seen[b], via[b] = beyond, i, half
                    heappush(heap, (beyond, b))
        while cost[i] >= 0 and target != source:
            half = via[target]
            passes[half >> 1] += 1
            target = streets.ends[half >> 1, half & 1]
    return cost

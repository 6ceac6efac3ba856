"""
Sets of nodes that hang together strongly: the branches of one tree of mergers.

The two sets with the most passes between them are merged, again and again. A set that
a solution separates from the rest is, as a rule, among the branches.
"""

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from numba import types
from numba.typed import Dict
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE


class MergeTree(NamedTuple):
    """
    Branches of ``k`` clusters and ``r`` mergers.

    Attributes
    ----------
    child
        The two branches of each merger, shape ``(r, 2)``: numbers below ``k`` are
        clusters, ``k + i`` is merger ``i``.
    mass
        Mass of each branch, shape ``(k + r,)``.
    crossing
        Passes over the border of each branch, shape ``(k + r,)``.
    """

    child: NDArray[np.int64]
    mass: NDArray[np.int64]
    crossing: NDArray[np.float64]


class _Lists(NamedTuple):
    """Edges at each set as linked lists of their halves, by the leading cluster."""

    lead: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    after: NDArray[np.int64]
    size: NDArray[np.int64]


@compiled
def merge_strongest(
    ends: NDArray[np.int64], x: NDArray[np.float64], mass: NDArray[np.int64]
) -> MergeTree:
    """
    Merge clusters until no passes are left between them.

    Parameters
    ----------
    ends
        Clusters at the two ends of each edge, shape ``(q, 2)``; no loops.
    x
        Passes of each edge, above 0, shape ``(q,)``.
    mass
        Mass of each cluster, shape ``(k,)``.
    """
    k = len(mass)
    child, total = np.empty((k, 2), np.int64), np.zeros(2 * k, np.int64)
    crossing = np.zeros(2 * k)
    total[:k] = mass
    between = Dict.empty(types.int64, types.float64)
    for e in range(len(x)):
        a, b = ends[e, 0], ends[e, 1]
        key = min(a, b) * k + max(a, b)
        between[key] = between.get(key, 0.0) + x[e]
        crossing[a] += x[e]
        crossing[b] += x[e]
    heap = [(-passes, key // k, key % k) for key, passes in between.items()]
    heapify(heap)
    lists = _set_out(ends, k)
    branch = np.arange(k)
    num = k
    while len(heap) > 0:
        negative, a, b = heappop(heap)
        key = min(a, b) * k + max(a, b)
        dead = lists.lead[a] != a or lists.lead[b] != b
        if dead or between[key] != -negative:
            continue  # one of them has grown since
        if lists.size[a] < lists.size[b]:
            a, b = b, a
        _absorb(ends, lists, (a, b), between, heap)
        one, other = branch[a], branch[b]
        child[num - k, 0], child[num - k, 1] = one, other
        total[num] = total[one] + total[other]
        crossing[num] = crossing[one] + crossing[other] + 2.0 * negative
        branch[a] = num
        num += 1
    return MergeTree(child[: num - k].copy(), total[:num].copy(), crossing[:num].copy())


@compiled
def branch_borders(
    tree: MergeTree, chosen: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Find the edges over the borders of some branches.

    Parameters
    ----------
    tree
        Tree of ``k`` clusters.
    chosen
        Branches, shape ``(c,)``.
    ends
        Clusters at the two ends of each edge, shape ``(m, 2)``.

    Returns
    -------
    edges, starts
        Edges of the ``i``-th border are ``edges[starts[i]:starts[i + 1]]``, ascending.
    """
    k = len(tree.mass) - len(tree.child)
    low, high, order = _leaf_ranges(tree, k)
    place = np.empty(k, np.int64)
    place[order] = np.arange(k)
    lists = _set_out(ends, k)
    edges = [np.int64(0)]
    edges.clear()
    starts = np.zeros(len(chosen) + 1, np.int64)
    for i in range(len(chosen)):
        first, stop = low[chosen[i]], high[chosen[i]]
        for p in range(first, stop):
            half = lists.first[order[p]]
            while half != NONE:
                beyond = place[ends[half >> 1, 1 - (half & 1)]]
                if not first <= beyond < stop:
                    edges.append(half >> 1)
                half = lists.after[half]
        starts[i + 1] = len(edges)
    flat = np.empty(len(edges), np.int64)
    for j in range(len(edges)):
        flat[j] = edges[j]
    for i in range(len(chosen)):
        flat[starts[i] : starts[i + 1]].sort()
    return flat, starts


@compiled
def _set_out(ends: NDArray[np.int64], k: int) -> _Lists:
    lists = _Lists(
        np.arange(k),
        np.full(k, NONE),
        np.full(k, NONE),
        np.full(2 * len(ends), NONE),
        np.zeros(k, np.int64),
    )
    for half in range(2 * len(ends) - 1, -1, -1):
        a = ends[half >> 1, half & 1]
        lists.after[half] = lists.first[a]
        if lists.first[a] == NONE:
            lists.last[a] = half
        lists.first[a] = half
        lists.size[a] += 1
    return lists


@compiled
def _absorb(  # type: ignore[no-untyped-def]  # a Numba dict and heap have no types
    ends: NDArray[np.int64], lists: _Lists, pair: tuple[int, int], between, heap
):
    """Give what the second set is linked to, to the first."""
    a, b = pair
    k = len(lists.lead)
    lists.lead[b] = a
    half = lists.first[b]
    while half != NONE:
        c = ends[half >> 1, 1 - (half & 1)]
        while lists.lead[c] != c:
            lists.lead[c] = lists.lead[lists.lead[c]]
            c = lists.lead[c]
        old = min(b, c) * k + max(b, c)
        if c != a and between[old] > 0.0:
            new = min(a, c) * k + max(a, c)
            between[new] = between.get(new, 0.0) + between[old]
            between[old] = 0.0
            heappush(heap, (-between[new], a, c))
        half = lists.after[half]
    lists.after[lists.last[a]] = lists.first[b]
    lists.last[a] = lists.last[b]
    lists.size[a] += lists.size[b]


@compiled
def _leaf_ranges(
    tree: MergeTree, k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Order the clusters so that each branch is the range from low to below high."""
    size = len(tree.mass)
    count = np.ones(size, np.int64)
    inner = np.zeros(size, np.bool_)
    for i in range(len(tree.child)):
        one, other = tree.child[i]
        count[k + i] = count[one] + count[other]
        inner[one] = inner[other] = True
    low = np.zeros(size, np.int64)
    at = 0
    for branch in range(size - 1, -1, -1):
        if not inner[branch]:
            low[branch] = at
            at += count[branch]
        if branch >= k:
            one, other = tree.child[branch - k]
            low[one], low[other] = low[branch], low[branch] + count[one]
    order = np.empty(k, np.int64)
    for cluster in range(k):
        order[low[cluster]] = cluster
    return low, low + count, order

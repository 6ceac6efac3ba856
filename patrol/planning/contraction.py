"""
Take nodes that need not be passed out of a network, as contraction hierarchies do.

Who passes such a node comes from one neighbour and goes to another, so ways over it
become edges of their own. One that is no shorter than some other way is left out:
mostly a search of a few nodes tells [1]_.

.. [1] Geisberger, Sanders, Schultes and Vetter (2012). Exact routing in large road
   networks using contraction hierarchies. *Transportation Science* 46(3), 388-404.
   doi:10.1287/trsc.1110.0401.
"""

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import MAX_COST, NONE

_MOST_NEIGHBOURS = 12
"""A node with more neighbours stays: it would leave too many edges behind."""

_SETTLED = 60
"""Nodes that a search for another way looks at."""


class Web(NamedTuple):
    """
    A network that can be taken apart, with room for ``cap`` edges.

    Attributes
    ----------
    ends
        Both ends of each edge, shape ``(cap, 2)``.
    cost
        Cost of each edge, shape ``(cap,)``.
    made_of
        The two edges in place of which each edge is, or `NONE`, shape ``(cap, 2)``.
    alive
        Whether the edge is there, shape ``(cap,)``.
    first, after
        Halves of the edges at each node as linked lists.
    made
        Number of edges so far, shape ``(1,)``.
    distance, seen, stamp
        For searches: distance of a node, the search that saw it, the last search.
    """

    ends: NDArray[np.int64]
    cost: NDArray[np.int64]
    made_of: NDArray[np.int64]
    alive: NDArray[np.bool_]
    first: NDArray[np.int64]
    after: NDArray[np.int64]
    made: NDArray[np.int64]
    distance: NDArray[np.int64]
    seen: NDArray[np.int64]
    stamp: NDArray[np.int64]


def web_of(num_nodes: int, ends: NDArray[np.int64], cost: NDArray[np.int64]) -> Web:
    """Make a web of a network of ``m`` edges, with room for as many again."""
    m = len(cost)
    room = 3 * m + 16
    web = Web(
        ends=np.zeros((room, 2), np.int64),
        cost=np.zeros(room, np.int64),
        made_of=np.full((room, 2), NONE),
        alive=np.zeros(room, bool),
        first=np.full(num_nodes, NONE),
        after=np.full(2 * room, NONE),
        made=np.zeros(1, np.int64),
        distance=np.zeros(num_nodes, np.int64),
        seen=np.zeros(num_nodes, np.int64),
        stamp=np.zeros(1, np.int64),
    )
    _fill(web, ends, cost)
    return web


@compiled
def contract(web: Web, fixed: NDArray[np.bool_], required: NDArray[np.bool_]) -> None:
    """
    Drop edges that are no short cuts, then nodes, those with few neighbours first.

    Parameters
    ----------
    web
        Network of ``n`` nodes and ``m`` edges; changed in place.
    fixed
        Nodes that stay, shape ``(n,)``; all ends of required edges are among them.
    required
        Edges that stay, shape ``(m,)``.
    """
    for e in range(web.made[0]):
        a, b = web.ends[e]
        if not required[e] and (a == b or _way_round(web, e)):
            web.alive[e] = False
    heap = [(_degree(web, v), v) for v in range(len(fixed)) if not fixed[v]]
    heapify(heap)
    while len(heap) > 0:
        degree, v = heappop(heap)
        now = _degree(web, v)
        if now != degree:
            heappush(heap, (now, v))
            continue
        if degree > _MOST_NEIGHBOURS:
            break
        _take_out(web, v, degree)


@compiled
def _fill(web: Web, ends: NDArray[np.int64], cost: NDArray[np.int64]) -> None:
    for e in range(len(cost)):
        _add(web, ends[e, 0], ends[e, 1], cost[e])


@compiled
def _add(web: Web, a: int, b: int, cost: int) -> int:
    e = web.made[0]
    web.made[0] += 1
    web.ends[e, 0], web.ends[e, 1], web.cost[e] = a, b, cost
    web.alive[e] = True
    for side in range(2):
        node = web.ends[e, side]
        web.after[2 * e + side] = web.first[node]
        web.first[node] = 2 * e + side
    return int(e)


@compiled
def _degree(web: Web, node: int) -> int:
    """Count the edges at a node; dead ones are taken out of its list."""
    count, before, half = 0, NONE, web.first[node]
    while half != NONE:
        if web.alive[half >> 1]:
            count += 1
            before = half
        elif before == NONE:
            web.first[node] = web.after[half]
        else:
            web.after[before] = web.after[half]
        half = web.after[half]
    return count


@compiled
def _way_round(web: Web, edge: int) -> bool:
    """Whether some way without an edge is no dearer."""
    web.alive[edge] = False
    _search(web, web.ends[edge, 0], web.cost[edge])
    web.alive[edge] = True
    b = web.ends[edge, 1]
    return bool(web.seen[b] == web.stamp[0] and web.distance[b] <= web.cost[edge])


@compiled
def _search(web: Web, source: int, limit: int) -> None:
    """Find ways from a node, up to a limit and a number of nodes (Dijkstra)."""
    web.stamp[0] += 1
    stamp = web.stamp[0]
    web.seen[source] = stamp
    web.distance[source] = 0
    heap = [(np.int64(0), np.int64(source))]
    settled = 0
    while len(heap) > 0 and settled < _SETTLED:
        far, a = heappop(heap)
        if far > web.distance[a]:
            continue
        settled += 1
        half = web.first[a]
        while half != NONE:
            e = half >> 1
            reached = far + web.cost[e]
            if web.alive[e] and reached <= limit:
                b = web.ends[e, 1 - (half & 1)]
                if web.seen[b] != stamp or reached < web.distance[b]:
                    web.seen[b] = stamp
                    web.distance[b] = reached
                    heappush(heap, (reached, b))
            half = web.after[half]


@compiled
def _take_out(web: Web, v: int, degree: int) -> None:
    """Put edges in place of a node, unless they are too long or too many."""
    if degree == 0:
        return  # nothing leads there
    edges, half = np.empty(degree, np.int64), web.first[v]
    for i in range(degree):
        edges[i] = half >> 1
        half = web.after[half]
    if 2 * web.cost[edges].max() > MAX_COST:
        return
    if web.made[0] + degree * (degree - 1) // 2 > len(web.alive):
        return
    web.alive[edges] = False
    for i in range(degree - 1):
        a = web.ends[edges[i], 0] + web.ends[edges[i], 1] - v
        limit = web.cost[edges[i]] + web.cost[edges[i + 1 :]].max()
        _search(web, a, limit)
        for j in range(i + 1, degree):
            b = web.ends[edges[j], 0] + web.ends[edges[j], 1] - v
            cost = web.cost[edges[i]] + web.cost[edges[j]]
            if a == b or (web.seen[b] == web.stamp[0] and web.distance[b] <= cost):
                continue
            e = _add(web, a, b, cost)
            web.made_of[e, 0], web.made_of[e, 1] = edges[i], edges[j]

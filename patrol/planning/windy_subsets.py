"""
The shortest longest route by dynamic programming over subsets of the required edges.

First the cheapest route past each subset [1]_, then the best way to share a subset
among so many routes. Exact; time and memory double with each required edge and
more, so it is for few of them.

.. [1] Held and Karp (1962). A dynamic programming approach to sequencing problems.
   *Journal of the Society for Industrial and Applied Mathematics* 10(1), 196-210.
   doi:10.1137/0110015.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.windy_ways import NO_WAY, WindyWays

MOST = 19
"""Most required edges: 3 s and 170 MB; each one more takes three times as long."""

Ints = NDArray[np.int64]


def shortest_longest(ways: WindyWays, robots: int) -> tuple[int, list[Ints]]:
    """
    Share the required edges so that the dearest route is as cheap as can be.

    Parameters
    ----------
    ways
        Ways between at most `MOST` required edges.
    robots
        Number of routes, at least 1.

    Returns
    -------
    int
        Cost of the dearest route; no plan has a cheaper one.
    list of NDArray
        Required edges of each route in the order of service; some may be empty.
    """
    num = len(ways.edges)
    last = _routes(ways.out, ways.go, num)
    alone = np.minimum((last + ways.home).min(axis=1, initial=NO_WAY), NO_WAY)
    alone[0] = 0

    @cache
    def shared(routes: int) -> Ints:
        half = routes // 2
        return alone if half == 0 else _share(shared(half), shared(routes - half))

    def split(subset: int, routes: int) -> list[int]:
        if routes == 1:
            return [subset]
        one, other = shared(routes // 2), shared(routes - routes // 2)
        part = _best_part(one, other, subset)
        return split(part, routes // 2) + split(subset - part, routes - routes // 2)

    parts = split(len(alone) - 1, robots)
    longest = max(int(alone[part]) for part in parts)
    return longest, [ways.edges[_order(ways, last, part)] for part in parts]


def _order(ways: WindyWays, last: Ints, subset: int) -> list[int]:
    """List the required edges of a subset in the order of its cheapest route."""
    order: list[int] = []
    after = ways.home
    while subset:
        state = int((last[subset] + after).argmin())
        order.append(state // 2)
        subset ^= 1 << (state // 2)
        after = ways.go[:, state]
    return order[::-1]


@compiled
def _routes(out: Ints, go: Ints, num: int) -> Ints:
    """Cost from the depot past each subset to the end of each state."""
    cost = np.full((1 << num, 2 * num), NO_WAY)
    for state in range(2 * num):
        cost[1 << (state // 2), state] = out[state]
    for subset in range(1, 1 << num):
        for state in range(2 * num):
            here = cost[subset, state]
            if here >= NO_WAY:
                continue
            for other in range(2 * num):
                if not subset >> (other // 2) & 1:
                    more = subset | 1 << (other // 2)
                    there = here + go[state, other]
                    cost[more, other] = min(cost[more, other], there)
    return cost


@compiled
def _share(one: Ints, other: Ints) -> Ints:
    """Give the least of the dearer of two shares, for each subset."""
    best = np.empty_like(one)
    for subset in range(len(one)):
        best[subset] = NO_WAY
        part = subset
        while True:
            best[subset] = min(best[subset], max(one[part], other[subset ^ part]))
            if part == 0:
                break
            part = (part - 1) & subset
    return best


@compiled
def _best_part(one: Ints, other: Ints, subset: int) -> int:
    best, found, part = NO_WAY, subset, subset
    while True:
        longest = max(one[part], other[subset ^ part])
        if longest < best:
            best, found = longest, part
        if part == 0:
            return found
        part = (part - 1) & subset

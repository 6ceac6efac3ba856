"""The compiled part of `patrol.planning.moats`: sets that grow and merge."""

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE

USED_UP = 1e-6
"""Slack, in units of the costs, below which an edge counts as used up."""


class Growth(NamedTuple):
    """
    Moats of one pass, ``c`` of them.

    Attributes
    ----------
    edges, starts
        Edges over the border of the ``i``-th moat are
        ``edges[starts[i]:starts[i + 1]]``; none if borders were not asked for.
    width
        Slack that each moat took from each of its edges, shape ``(c,)``.
    """

    edges: NDArray[np.int64]
    starts: NDArray[np.int64]
    width: NDArray[np.float64]


class _Sets(NamedTuple):
    """Sets of clusters and the edges at them, as linked lists of their halves."""

    lead: NDArray[np.int64]
    mass: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    after: NDArray[np.int64]
    size: NDArray[np.int64]


@compiled
def grow_moats(
    ends: NDArray[np.int64],
    mass: NDArray[np.int64],
    slack: NDArray[np.float64],
    terms: tuple[int, bool],
) -> Growth:
    """
    Grow moats round every set that a cut must separate.

    Parameters
    ----------
    ends
        Clusters at the two ends of each edge, shape ``(m, 2)``.
    mass
        Mass of each cluster, shape ``(k,)``.
    slack
        What of the cost of each edge no cut has taken up yet, shape ``(m,)``; what is
        left afterwards is written there.
    terms
        A set must be left when its mass is above 0 and below the first; if that is 0,
        when its mass is odd. The second says whether to list the borders, which may
        have hundreds of entries for each edge on a large network.
    """
    total, listed = terms
    sets = _set_out(ends, mass)
    heap = [(0.0, a) for a in range(len(mass)) if _needed(mass[a], total)]
    heapify(heap)
    edges, starts, width = [np.int64(0)], [np.int64(0)], [0.0]
    edges.clear()
    width.clear()
    while len(heap) > 0:
        grown, one = heappop(heap)
        if sets.lead[one] != one or not _needed(sets.mass[one], total):
            continue
        step = _narrowest(ends, sets, slack, one)
        if sets.first[one] == NONE:
            continue
        half = sets.first[one]
        while half != NONE:
            slack[half >> 1] -= step
            if listed and step > USED_UP:
                edges.append(half >> 1)
            half = sets.after[half]
        if step > USED_UP:
            starts.append(np.int64(len(edges)))
            width.append(step)
        one = _swallow(ends, sets, slack, one)
        heappush(heap, (grown + step, one))
    return Growth(np.array(edges), np.array(starts), np.array(width))


@compiled
def _needed(mass: int, total: int) -> bool:
    return mass % 2 == 1 if total == 0 else 0 < mass < total


@compiled
def _narrowest(
    ends: NDArray[np.int64], sets: _Sets, slack: NDArray[np.float64], one: int
) -> float:
    """Take inner edges out of the list of a set; return the least slack left."""
    step, before = np.inf, NONE
    half = sets.first[one]
    while half != NONE:
        if _leader(sets.lead, ends[half >> 1, 1 - (half & 1)]) != one:
            step = min(step, slack[half >> 1])
            if before == NONE:
                sets.first[one] = half
            else:
                sets.after[before] = half
            before = half
        else:
            sets.size[one] -= 1
        half = sets.after[half]
    sets.last[one] = before
    if before == NONE:
        sets.first[one] = NONE
    else:
        sets.after[before] = NONE
    return step


@compiled
def _swallow(
    ends: NDArray[np.int64], sets: _Sets, slack: NDArray[np.float64], one: int
) -> int:
    """Merge a set with all that lies behind its used up edges; return the leader."""
    behind = [np.int64(0)]
    behind.clear()
    half = sets.first[one]
    while half != NONE:
        if slack[half >> 1] <= USED_UP:
            behind.append(np.int64(ends[half >> 1, 1 - (half & 1)]))
        half = sets.after[half]
    for cluster in behind:
        other = _leader(sets.lead, int(cluster))
        if other != one:
            one = _merge(sets, one, other)
    return one


@compiled
def _merge(sets: _Sets, one: int, other: int) -> int:
    """Merge two sets; the one with more edges leads."""
    if sets.size[other] > sets.size[one]:
        one, other = other, one
    sets.lead[other] = one
    sets.mass[one] += sets.mass[other]
    sets.size[one] += sets.size[other]
    if sets.first[other] != NONE:
        if sets.first[one] == NONE:
            sets.first[one] = sets.first[other]
        else:
            sets.after[sets.last[one]] = sets.first[other]
        sets.last[one] = sets.last[other]
    return one


@compiled
def _leader(lead: NDArray[np.int64], cluster: int) -> int:
    while lead[cluster] != cluster:
        lead[cluster] = lead[lead[cluster]]
        cluster = lead[cluster]
    return cluster


@compiled
def _set_out(ends: NDArray[np.int64], mass: NDArray[np.int64]) -> _Sets:
    k = len(mass)
    sets = _Sets(
        np.arange(k),
        mass.copy(),
        np.full(k, NONE),
        np.full(k, NONE),
        np.full(2 * len(ends), NONE),
        np.zeros(k, np.int64),
    )
    for half in range(2 * len(ends) - 1, -1, -1):
        a = ends[half >> 1, half & 1]
        if a == ends[half >> 1, 1 - (half & 1)]:
            continue
        sets.after[half] = sets.first[a]
        if sets.first[a] == NONE:
            sets.last[a] = half
        sets.first[a] = half
        sets.size[a] += 1
    return sets

"""
Connectivity cuts by maximum flow: none that is broken is missed.

One required part is the sink. From another, near it, flow is sent to the sink until
it is enough; then that part hangs together with the sink, and is sink from then on
[1]_. So nearly every flow is short.

.. [1] Padberg and Rinaldi (1990). An efficient algorithm for the minimum capacity cut
   problem. *Mathematical Programming* 47, 19-36. doi:10.1007/BF01580850.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE

_DUST = 1e-9  # flow that is a rounding error


class _Flow(NamedTuple):
    """Halves of the edges at each cluster in rows, and what they still can carry."""

    ends: NDArray[np.int64]
    starts: NDArray[np.int64]
    halves: NDArray[np.int64]
    room: NDArray[np.float64]
    via: NDArray[np.int64]
    queue: NDArray[np.int64]
    seen: NDArray[np.int64]


@compiled
def weak_sides(
    ends: NDArray[np.int64],
    x: NDArray[np.float64],
    mass: NDArray[np.int64],
    least: float,
) -> list[NDArray[np.int64]]:
    """
    Find sets of clusters that less than enough flow leaves.

    Parameters
    ----------
    ends
        Clusters at the two ends of each edge, shape ``(q, 2)``; no loops.
    x
        What each edge carries, shape ``(q,)``.
    mass
        Clusters that must hang together are above 0, shape ``(k,)``.
    least
        Flow that is enough.

    Returns
    -------
    list of NDArray
        Clusters of each set; no two sets share a cluster of mass. Empty only if no
        cut between clusters of mass is below ``least``.
    """
    flow = _set_out(ends, x, len(mass))
    sink = np.zeros(len(mass), np.bool_)
    done = np.zeros(len(mass), np.bool_)
    found = [np.zeros(1, np.int64)]
    found.clear()
    for cluster in _outwards(flow, mass):
        if mass[cluster] == 0 or done[cluster]:
            continue
        if not sink.any():
            sink[cluster] = True
            continue
        size = _send(flow, x, sink, cluster, least)
        if size == 0:
            sink[cluster] = True
            continue
        side = flow.queue[:size].copy()
        done[side] = True
        found.append(side)
    return found


@compiled
def _outwards(flow: _Flow, mass: NDArray[np.int64]) -> NDArray[np.int64]:
    """Clusters, each row of neighbours breadth first from the first one of mass."""
    k = len(mass)
    order = np.empty(k, np.int64)
    seen = np.zeros(k, np.bool_)
    num = 0
    for source in range(k):
        if seen[source] or mass[source] == 0:
            continue
        order[num] = source
        seen[source] = True
        at, num = num, num + 1
        while at < num:
            a = order[at]
            at += 1
            for place in range(flow.starts[a], flow.starts[a + 1]):
                b = _head(flow, flow.halves[place])
                if not seen[b]:
                    seen[b] = True
                    order[num] = b
                    num += 1
    return order[:num]


@compiled
def _send(
    flow: _Flow,
    x: NDArray[np.float64],
    sink: NDArray[np.bool_],
    source: int,
    least: float,
) -> int:
    """Send flow to the sink; 0 if it is enough, else the number of those reached."""
    sent = 0.0
    used = [np.int64(0)]
    used.clear()
    size = 0
    while sent < least:
        size, end = _search(flow, sink, source)
        if end == NONE:
            break
        size = 0
        amount, a = least, end
        while a != source:
            amount = min(amount, flow.room[flow.via[a]])
            a = _head(flow, flow.via[a] ^ 1)
        a = end
        while a != source:
            half = flow.via[a]
            flow.room[half] -= amount
            flow.room[half ^ 1] += amount
            used.append(half >> 1)
            a = _head(flow, half ^ 1)
        sent += amount
    for edge in used:
        flow.room[2 * edge] = flow.room[2 * edge + 1] = x[edge]
    return size


@compiled
def _search(flow: _Flow, sink: NDArray[np.bool_], source: int) -> tuple[int, int]:
    """Find a way with room: how many were reached, and the sink's end or `NONE`."""
    flow.seen[0] += 1
    stamp = flow.seen[0]
    flow.queue[0] = source
    flow.seen[source + 1] = stamp
    at, num = 0, 1
    while at < num:
        a = flow.queue[at]
        at += 1
        for place in range(flow.starts[a], flow.starts[a + 1]):
            half = flow.halves[place]
            b = _head(flow, half)
            if flow.room[half] <= _DUST or flow.seen[b + 1] == stamp:
                continue
            flow.seen[b + 1] = stamp
            flow.via[b] = half
            if sink[b]:
                return num, b
            flow.queue[num] = b
            num += 1
    return num, NONE


@compiled
def _head(flow: _Flow, half: int) -> int:
    return int(flow.ends[half >> 1, 1 - (half & 1)])


@compiled
def _set_out(ends: NDArray[np.int64], x: NDArray[np.float64], k: int) -> _Flow:
    starts = np.zeros(k + 1, np.int64)
    for e in range(len(x)):
        starts[ends[e, 0] + 1] += 1
        starts[ends[e, 1] + 1] += 1
    starts = np.cumsum(starts)
    halves, at = np.empty(2 * len(x), np.int64), starts[:-1].copy()
    room = np.empty(2 * len(x))
    for half in range(2 * len(x)):
        a = ends[half >> 1, half & 1]
        halves[at[a]] = half
        at[a] += 1
        room[half] = x[half >> 1]
    queue = np.empty(k, np.int64)
    seen = np.zeros(k + 1, np.int64)
    return _Flow(ends, starts, halves, room, np.full(k, NONE), queue, seen)

"""
Shortest ways from street to street where waiting at corners and turning round cost.

Every street is two arcs: arc ``2 e`` goes along street ``e``, arc ``2 e + 1`` against
it. A way is a row of arcs; its cost is the time along them, a pause at the corner
before each, and a price for each turn back into the street just left. So the ways are
shortest in the graph of arcs, not of nodes [1]_.

.. [1] Caldwell (1961). On finding minimum routes in a network with turn penalties.
   *Communications of the ACM* 4(2), 107-108. doi:10.1145/366105.366184.
"""

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE


class Arcs(NamedTuple):
    """
    ``2 q`` arcs between ``n`` nodes; an arc and its twin are ``a`` and ``a ^ 1``.

    Attributes
    ----------
    tail, head
        Nodes at which each arc begins and ends, shape ``(2 q,)``.
    time_s
        Time along it, shape ``(2 q,)``; infinite where it must not be driven.
    before_s
        Pause at its tail before it is entered, shape ``(2 q,)``.
    around_s
        Price of entering it from its twin, shape ``(2 q,)``.
    start, out
        Arcs that leave node ``v``: ``out[start[v] : start[v + 1]]``.
    driven
        Arcs below this number may be driven through; a way may only end with the
        others, which stand for stops.
    """

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    time_s: NDArray[np.float64]
    before_s: NDArray[np.float64]
    around_s: NDArray[np.float64]
    start: NDArray[np.int64]
    out: NDArray[np.int64]
    driven: int


def make_arcs(
    edge_nodes: NDArray[np.int64],
    time_s: NDArray[np.float64],
    *,
    pause_s: NDArray[np.float64],
    u_turn_s: float,
    stops: tuple[NDArray[np.int64], NDArray[np.float64]],
) -> Arcs:
    """
    Look at streets and stops as arcs.

    Parameters
    ----------
    edge_nodes
        Both ends of each street, shape ``(m, 2)``.
    time_s
        Time along and against it, shape ``(m, 2)``; infinite where it is closed.
    pause_s
        Pause at each node before going on, shape ``(n,)``.
    u_turn_s
        Price of turning back into a street at its end.
    stops
        Node and duration of each stop, shape ``(z,)`` each; they become edges ``m``
        to ``m + z - 1``, loops without a pause.
    """
    at, dwell_s = stops
    tail = np.concatenate([edge_nodes.ravel(), np.repeat(at, 2)]).astype(np.int64)
    head = np.concatenate([edge_nodes[:, ::-1].ravel(), np.repeat(at, 2)])
    flat_s = np.concatenate([time_s.ravel(), np.repeat(dwell_s, 2)])
    driven = 2 * len(edge_nodes)
    street = np.arange(len(tail)) < driven
    order = np.argsort(tail, kind="stable")
    order = order[np.isfinite(flat_s[order])]
    start = np.searchsorted(tail[order], np.arange(len(pause_s) + 1))
    return Arcs(
        tail=tail,
        head=head.astype(np.int64),
        time_s=flat_s.astype(np.float64),
        before_s=np.where(street, pause_s[tail], 0.0),
        around_s=np.where(street, float(u_turn_s), 0.0),
        start=start.astype(np.int64),
        out=order.astype(np.int64),
        driven=driven,
    )


class Frontier(NamedTuple):
    """
    Working memory of a search; ``seen`` is all False between two searches.

    Attributes
    ----------
    reach_s
        Cost from the source to the start of each arc, shape ``(2 q,)``.
    via
        Arc before each arc, `NONE` at the source, shape ``(2 q,)``.
    seen
        Whether the two are known, shape ``(2 q,)``.
    """

    reach_s: NDArray[np.float64]
    via: NDArray[np.int64]
    seen: NDArray[np.bool_]


def frontier(arcs: Arcs) -> Frontier:
    """Make working memory for searches on these arcs."""
    num = len(arcs.tail)
    return Frontier(np.full(num, np.inf), np.full(num, NONE), np.zeros(num, np.bool_))


@compiled
def spread(
    arcs: Arcs, memory: Frontier, source: tuple[int, int], goal: tuple[int, int]
) -> NDArray[np.int64]:
    """
    Find the arcs nearest to a source, nearest first (Dijkstra).

    Parameters
    ----------
    arcs
        The streets.
    memory
        Working memory; its ``seen`` is left True for the arcs returned and those
        beside them, see `forget`.
    source
        Node, and the arc over which it was reached or `NONE`.
    goal
        Most arcs to find, and an arc at which to stop or `NONE`.
    """
    reach_s, _, seen = memory
    node, last = source
    most, target = goal
    heap = [(0.0, NONE)]
    heap.pop()
    _leave(arcs, memory, heap, (node, last, 0.0))
    found = np.empty(most, np.int64)
    num = 0
    while len(heap) > 0 and num < most:
        cost_s, arc = heapq.heappop(heap)
        if cost_s > reach_s[arc]:
            continue
        found[num] = arc
        num += 1
        if arc == target:
            break
        if arc >= arcs.driven:
            continue
        end_s = cost_s + arcs.before_s[arc] + arcs.time_s[arc]
        _leave(arcs, memory, heap, (arcs.head[arc], arc, end_s))
    for k in range(len(heap)):
        seen[heap[k][1]] = False
    return found[:num]


@compiled
def _leave(
    arcs: Arcs,
    memory: Frontier,
    heap: list[tuple[float, int]],
    place: tuple[int, int, float],
) -> None:
    """Reach the arcs that leave a node, to which an arc led at some cost."""
    node, last, cost_s = place
    reach_s, via, seen = memory
    for k in range(arcs.start[node], arcs.start[node + 1]):
        arc = arcs.out[k]
        back = last >= 0 and arc == last ^ 1
        there_s = cost_s + (arcs.around_s[arc] if back else 0.0)
        if not seen[arc] or there_s < reach_s[arc]:
            seen[arc], via[arc], reach_s[arc] = True, last, there_s
            heapq.heappush(heap, (there_s, arc))


@compiled
def forget(memory: Frontier, found: NDArray[np.int64]) -> None:
    """Make the memory ready for the next search."""
    for arc in found:
        memory.seen[arc] = False


@compiled
def way(
    arcs: Arcs, memory: Frontier, source: tuple[int, int], target: int
) -> NDArray[np.int64]:
    """Arcs of a shortest way from a source to the start of an arc, that one last."""
    found = spread(arcs, memory, source, (len(arcs.tail), target))
    rows = [target]
    while memory.via[rows[-1]] != source[1]:
        rows.append(memory.via[rows[-1]])
    forget(memory, found)
    return np.array(rows[::-1])


@compiled
def reach_all(
    arcs: Arcs, memory: Frontier, source: tuple[int, int]
) -> NDArray[np.float64]:
    """Cost from a source to the start of every arc, shape ``(2 q,)``."""
    cost_s = np.full(len(arcs.tail), np.inf)
    found = spread(arcs, memory, source, (len(arcs.tail), NONE))
    for arc in found:
        cost_s[arc] = memory.reach_s[arc]
    forget(memory, found)
    return cost_s

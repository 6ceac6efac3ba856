"""
Ways between streets that lie near each other, found without looking farther.

A replan has a second, not a minute: the distances of all pairs of streets would take
longer than the replan itself. So a search from each street ends as soon as enough
others are met. Compiled; costs may be any floats from 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from maps.compiled import compiled
from patrol.planning.network import NONE


class Streets(NamedTuple):
    """
    A network of ``n`` nodes, ready for compiled searches.

    Attributes
    ----------
    first
        Node ``v`` has the links ``first[v]:first[v + 1]``, shape ``(n + 1,)``.
    head, cost
        Where each link leads and what it costs, shape ``(q,)`` each.
    """

    first: NDArray[np.int64]
    head: NDArray[np.int64]
    cost: NDArray[np.float64]

    @classmethod
    def of(cls, matrix: csr_array) -> "Streets":
        """Take over a matrix of costs, from row node to column node."""
        return cls(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int64),
            matrix.data.astype(np.float64),
        )


class Search(NamedTuple):
    """
    Room for one search after another from single nodes, ``n`` nodes.

    Attributes
    ----------
    cost, before, via
        Cost from the source, node before and link from there, shape ``(n,)``.
    seen, done
        Number of the search that met, and that settled, each node, shape ``(n,)``.
    heap_cost, heap_node
        Open nodes, a binary heap.
    """

    cost: NDArray[np.float64]
    before: NDArray[np.int64]
    via: NDArray[np.int64]
    seen: NDArray[np.int64]
    done: NDArray[np.int64]
    heap_cost: NDArray[np.float64]
    heap_node: NDArray[np.int64]


class NearWays(NamedTuple):
    """
    Distances between the ends of ``t`` tasks and of those near them.

    Attributes
    ----------
    column
        Tasks near each task, ascending, `t` where there are fewer, shape ``(t, k)``.
    link
        Distance from end ``x`` of task ``i`` to end ``y`` of task ``column[i, c]`` at
        ``[i, c, x, y]``, shape ``(t, k, 2, 2)``.
    back
        Distance from there to here: the same array where all ways go both ways alike.
    """

    column: NDArray[np.int64]
    link: NDArray[np.float64]
    back: NDArray[np.float64]


def near_ways(
    streets: Streets, ends: NDArray[np.int64], *, near: int, wanted: NDArray[np.int64]
) -> NearWays:
    """
    Work out the ways to tasks that lie near each task.

    Parameters
    ----------
    streets
        Network.
    ends
        Nodes at both ends of each task, shape ``(t, 2)``; those of one part of the
        network reach each other.
    near
        How many tasks to find round each.
    wanted
        Tasks that must be among them, however far, shape ``(t, w)``; `NONE` for none.

    Returns
    -------
    NearWays
        The ways there; those back are taken to be the same, see `with_ways_back`.
    """
    num = len(ends)
    order = np.argsort(ends.ravel(), kind="stable")
    nodes = len(streets.first) - 1
    tasks_at = np.searchsorted(ends.ravel()[order], np.arange(nodes + 1))
    width = min(num, near + wanted.shape[1] + 1)
    column = np.full((num, width), num)
    link = np.full((num, width, 2, 2), np.inf)
    at = (tasks_at.astype(np.int64), (order // 2).astype(np.int64))
    rows = NearWays(column, link, link)
    _fill(streets, at, (ends, wanted, near), rows)
    return rows


def with_ways_back(
    rows: NearWays, against: Streets, ends: NDArray[np.int64]
) -> NearWays:
    """
    Work out the ways back from near tasks where they differ from those there.

    Parameters
    ----------
    rows
        Ways there.
    against
        The network with every link turned round.
    ends
        Nodes at both ends of each task, shape ``(t, 2)``.
    """
    num, width = rows.column.shape
    wanted = np.where(rows.column == num, NONE, rows.column)
    found = near_ways(against, ends, near=0, wanted=wanted)
    row = np.arange(num)[:, None] * (num + 1)
    keys, asked = (row + found.column).ravel(), (row + rows.column).ravel()
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    met = (keys[place] == asked) & (rows.column < num).ravel()
    back = np.full((num * width, 2, 2), np.inf)
    back[met] = found.link.reshape(-1, 2, 2)[place[met]]
    return rows._replace(back=back.reshape(rows.link.shape))


@compiled
def empty_search(streets: Streets) -> Search:
    """Make room for searches on a network; number them from 0."""
    n, q = len(streets.first) - 1, len(streets.head) + 1
    none = np.full((4, n), NONE)
    return Search(
        np.zeros(n),
        none[0],
        none[1],
        none[2],
        none[3],
        np.zeros(q),
        np.zeros(q, np.int64),
    )


@compiled
def distances_from(
    streets: Streets, source: int, wanted: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cost of the cheapest ways from one node to others, in their order."""
    search = empty_search(streets)
    size = start(search, source, 0)
    while size > 0:
        _, size = settle(streets, search, size, 0)
    found = np.full(len(wanted), np.inf)
    for k in range(len(wanted)):
        if search.done[wanted[k]] == 0:
            found[k] = search.cost[wanted[k]]
    return found


@compiled
def links_between(
    streets: Streets, search: Search, run: int, pair: tuple[int, int]
) -> NDArray[np.int64]:
    """Links of a cheapest way from one node to another that one joins, in order."""
    source, target = pair
    size = start(search, source, run)
    while size > 0 and search.done[target] != run:
        _, size = settle(streets, search, size, run)
    count, node = 0, target
    while search.before[node] != NONE:
        node = search.before[node]
        count += 1
    links = np.empty(count, np.int64)
    node = target
    for k in range(count - 1, -1, -1):
        links[k] = search.via[node]
        node = search.before[node]
    return links


@compiled
def start(search: Search, source: int, run: int) -> int:
    """Begin a search of a number not used before; return the size of its heap."""
    search.cost[source], search.before[source] = 0.0, NONE
    search.seen[source] = run
    search.heap_cost[0], search.heap_node[0] = 0.0, source
    return 1


@compiled
def settle(streets: Streets, search: Search, size: int, run: int) -> tuple[int, int]:
    """Settle the next node (`NONE` if it was settled); return it and the heap size."""
    node, size = _pop(search, size)
    if search.done[node] == run:
        return NONE, size
    search.done[node] = run
    here = search.cost[node]
    for k in range(streets.first[node], streets.first[node + 1]):
        head, cost = streets.head[k], here + streets.cost[k]
        if search.seen[head] != run or cost < search.cost[head]:
            search.seen[head], search.cost[head] = run, cost
            search.before[head], search.via[head] = node, k
            size = _push(search, size, head)
    return node, size


@compiled
def _push(search: Search, size: int, node: int) -> int:
    costs, nodes = search.heap_cost, search.heap_node
    cost, k = search.cost[node], size
    while k > 0 and costs[(k - 1) // 2] > cost:
        costs[k], nodes[k] = costs[(k - 1) // 2], nodes[(k - 1) // 2]
        k = (k - 1) // 2
    costs[k], nodes[k] = cost, node
    return size + 1


@compiled
def _pop(search: Search, size: int) -> tuple[int, int]:
    costs, nodes = search.heap_cost, search.heap_node
    top, size = nodes[0], size - 1
    cost, node, k = costs[size], nodes[size], 0
    while 2 * k + 1 < size:
        child = 2 * k + 1
        if child + 1 < size and costs[child + 1] < costs[child]:
            child += 1
        if costs[child] >= cost:
            break
        costs[k], nodes[k] = costs[child], nodes[child]
        k = child
    costs[k], nodes[k] = cost, node
    return top, size


@compiled
def _fill(
    streets: Streets,
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
    asked: tuple[NDArray[np.int64], NDArray[np.int64], int],
    rows: NearWays,
) -> None:
    """Fill the rows of all tasks: two searches each, one from either end."""
    ends, wanted, near = asked
    num = len(ends)
    search = empty_search(streets)
    cost = np.zeros((2, len(streets.first) - 1))
    half, mark = np.zeros(num, np.int64), np.full(num, NONE)
    must, met = np.zeros(num, np.bool_), np.empty(num, np.int64)
    for task in range(num):
        left = 0
        for other in wanted[task]:
            if other != NONE and not must[other]:
                must[other] = True
                left += 1
        for x in range(2):
            half[:] = 0
            count = _meet(
                (streets, search, at),
                (ends[task, x], 2 * task + x),
                (half, must, met),
                (near + 1, left),
            )
            for other in met[:count]:
                mark[other] = 2 * task + x if x == 0 or mark[other] == 2 * task else -1
                for y in range(2):
                    cost[x, ends[other, y]] = search.cost[ends[other, y]]
        _write(task, (ends, cost), np.sort(met[:count]), (mark, rows))
        must[:] = False


@compiled
def _meet(
    world: tuple[Streets, Search, tuple[NDArray[np.int64], NDArray[np.int64]]],
    begin: tuple[int, int],
    notes: tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]],
    limits: tuple[int, int],
) -> int:
    """Search until so many tasks and all that must be are met by both ends."""
    streets, search, (tasks_at, tasks) = world
    (source, run), (half, must, met), (enough, left) = begin, notes, limits
    size, count, others = start(search, source, run), 0, 0
    while size > 0 and (others < enough or left > 0):
        node, size = settle(streets, search, size, run)
        if node == NONE:
            continue
        for task in tasks[tasks_at[node] : tasks_at[node + 1]]:
            half[task] += 1
            if half[task] == 2 and (others < enough or must[task]):
                met[count] = task
                count += 1
                others += 1
                left -= must[task]
    return count


@compiled
def _write(
    task: int,
    known: tuple[NDArray[np.int64], NDArray[np.float64]],
    met: NDArray[np.int64],
    rows: tuple[NDArray[np.int64], NearWays],
) -> None:
    """Write a row: the tasks that both searches met, and the four ways to each."""
    (ends, cost), (mark, (column, link, _)) = known, rows
    k = 0
    for other in met:
        if other == task or mark[other] != 2 * task + 1 or k == column.shape[1]:
            continue
        column[task, k] = other
        for x in range(2):
            for y in range(2):
                link[task, k, x, y] = cost[x, ends[other, y]]
        k += 1

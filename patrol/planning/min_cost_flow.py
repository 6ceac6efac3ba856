"""
Cheapest flows, by the network simplex method in whole numbers.

The basis is a spanning tree; an arc that is too dear or too cheap for the potentials
enters, the first arc of its cycle that is full or empty leaves [1]_. Candidates are
looked for in blocks, and ties are broken so that the tree stays strongly feasible [2]_,
which rules out going round in circles.

.. [1] Dantzig (1951). Application of the simplex method to a transportation problem.
   In Koopmans (ed.), *Activity Analysis of Production and Allocation*, 359-373.
.. [2] Cunningham (1976). A network simplex method. *Mathematical Programming* 11,
   105-116. doi:10.1007/BF01580379.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.errors import InfeasibleError
from patrol.planning.network import NONE

UNLIMITED = 2**60
"""Capacity of an arc that has none."""

_LOWER, _TREE, _UPPER = 1, 0, -1  # where the flow of an arc stands

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Arcs:
    """
    ``a`` arcs between ``n`` nodes.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    tail, head
        Where each arc starts and ends, shape ``(a,)`` each.
    cost
        Cost of a unit on each, whole numbers, shape ``(a,)``. Negative ones need a
        capacity.
    capacity
        Most units on each, shape ``(a,)``; `UNLIMITED` if any.
    """

    num_nodes: int
    tail: Ints
    head: Ints
    cost: Ints
    capacity: Ints


@dataclass(frozen=True)
class Flow:
    """
    A cheapest flow and its proof.

    Attributes
    ----------
    units
        Units on each arc, shape ``(a,)``.
    potential
        Price of a unit at each node, shape ``(n,)``: an arc with room left costs at
        least what the price rises along it, one with flow at most that. So no flow is
        cheaper.
    """

    units: Ints
    potential: Ints


def cheapest_flow(arcs: Arcs, supply: Ints) -> Flow:
    """
    Send what nodes have to where it is wanted, at least cost; exact.

    Parameters
    ----------
    arcs
        Arcs between ``n`` nodes.
    supply
        Units that each node has to give, negative if it wants some, shape ``(n,)``;
        they sum to 0.

    Raises
    ------
    InfeasibleError
        If some unit cannot get where it is wanted.
    """
    tree, table = _artificial(arcs, supply)
    _pivot_all(tree, table)
    num = len(arcs.tail)
    stuck = np.flatnonzero(table.flow[num:])
    if len(stuck):
        raise InfeasibleError(
            f"no balanced way: {len(stuck)} of {arcs.num_nodes} nodes cannot be left "
            f"as often as they are reached, the first is node {stuck[0]}: from there "
            f"no way leads on, or none leads there"
        )
    return Flow(table.flow[:num].copy(), tree.potential[:-1].copy())


class _Table(NamedTuple):
    """Arcs, with one more between each node and the root."""

    tail: Ints
    head: Ints
    cost: Ints
    capacity: Ints
    flow: Ints
    state: NDArray[np.int8]


class _Tree(NamedTuple):
    """A spanning tree that hangs from the root, node ``n``; by node."""

    parent: Ints
    arc: Ints  # to the parent
    upward: NDArray[np.bool_]  # whether that arc leads to the parent
    depth: Ints
    child: Ints  # the first one
    left: Ints  # sibling before
    right: Ints  # sibling after
    potential: Ints


def _artificial(arcs: Arcs, supply: Ints) -> tuple[_Tree, _Table]:
    """Begin with everything sent by way of the root, at a cost beyond any path."""
    n, a = arcs.num_nodes, len(arcs.tail)
    node = np.arange(n, dtype=np.int64)
    gives = supply >= 0
    dear = (int(np.abs(arcs.cost).max(initial=0)) + 1) * (n + 1)
    table = _Table(
        tail=np.concatenate([arcs.tail, np.where(gives, node, n)]),
        head=np.concatenate([arcs.head, np.where(gives, n, node)]),
        cost=np.concatenate([arcs.cost, np.full(n, dear)]),
        capacity=np.concatenate([arcs.capacity, np.full(n, UNLIMITED)]),
        flow=np.concatenate([np.zeros(a, np.int64), np.abs(supply)]),
        state=np.repeat(np.array([_LOWER, _TREE], np.int8), [a, n]),
    )
    tree = _Tree(
        parent=np.append(np.full(n, n), NONE),
        arc=np.append(a + node, NONE),
        upward=np.append(gives, False),
        depth=np.append(np.ones(n, np.int64), 0),
        child=np.append(np.full(n, NONE), 0 if n else NONE),
        left=np.append(node - 1, NONE),
        right=np.append(node + 1, NONE),
        potential=np.append(np.where(gives, -dear, dear), 0),
    )
    if n:
        tree.right[n - 1] = NONE
    return tree, table


@compiled
def _pivot_all(tree: _Tree, table: _Table) -> None:
    """Let arcs enter until none would make the flow cheaper."""
    num = len(table.tail)
    block = max(20, int(np.sqrt(num)))
    start = 0
    while True:
        entering, start = _entering(tree.potential, table, start, block)
        if entering == NONE:
            return
        _pivot(tree, table, entering)


@compiled
def _entering(
    potential: Ints, table: _Table, start: int, block: int
) -> tuple[int, int]:
    """Find the arc that gains most in the next block that holds one that gains."""
    num = len(table.tail)
    best, found, left = 0, NONE, block
    e = start
    for _ in range(num):
        gap = table.cost[e] + potential[table.tail[e]] - potential[table.head[e]]
        gain = table.state[e] * gap
        if gain < best:
            best, found = gain, e
        e = e + 1 if e + 1 < num else 0
        left -= 1
        if left == 0:
            if found != NONE:
                return found, e
            left = block
    return found, e


@compiled
def _pivot(tree: _Tree, table: _Table, entering: int) -> None:
    """Push flow around the cycle of an arc, and let the arc that stops it leave."""
    grows = table.state[entering]
    first, second = table.tail[entering], table.head[entering]
    if grows == _UPPER:
        first, second = second, first
    delta, leaving, side = _stop(tree, table, (entering, first, second))
    if delta > 0:
        table.flow[entering] += grows * delta
        _push(tree, table, (first, second), delta)
    if leaving == NONE:
        table.state[entering] = -grows
        return
    out = tree.arc[leaving]
    table.state[entering] = _TREE
    table.state[out] = _LOWER if table.flow[out] == 0 else _UPPER
    low, high = (first, second) if side == 1 else (second, first)
    _rehang(tree, leaving, (low, high, entering), table.tail)
    _reprice(tree, table, low)


@compiled
def _stop(
    tree: _Tree, table: _Table, cycle: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Find how much can be pushed, the node whose arc stops it, and the side."""
    entering, u, v = cycle
    delta, leaving, side = table.capacity[entering], NONE, 0
    while u != v:
        if tree.depth[u] >= tree.depth[v]:
            arc = tree.arc[u]
            room = table.flow[arc]
            if not tree.upward[u]:
                room = table.capacity[arc] - room
            if room < delta:
                delta, leaving, side = room, u, 1
            u = tree.parent[u]
        else:
            arc = tree.arc[v]
            room = table.flow[arc]
            if tree.upward[v]:
                room = table.capacity[arc] - room
            if room <= delta:
                delta, leaving, side = room, v, 2
            v = tree.parent[v]
    return delta, leaving, side


@compiled
def _push(tree: _Tree, table: _Table, ends: tuple[int, int], delta: int) -> None:
    u, v = ends
    while u != v:
        if tree.depth[u] >= tree.depth[v]:
            table.flow[tree.arc[u]] += -delta if tree.upward[u] else delta
            u = tree.parent[u]
        else:
            table.flow[tree.arc[v]] += delta if tree.upward[v] else -delta
            v = tree.parent[v]


@compiled
def _rehang(
    tree: _Tree, leaving: int, entering: tuple[int, int, int], tail: Ints
) -> None:
    """Cut the branch at a node and hang it up by another of its nodes."""
    node, parent, arc = entering
    while True:
        old_parent, old_arc = tree.parent[node], tree.arc[node]
        _unhook(tree, node)
        tree.parent[node], tree.arc[node] = parent, arc
        tree.upward[node] = tail[arc] == node
        first = tree.child[parent]
        tree.left[node], tree.right[node] = NONE, first
        if first != NONE:
            tree.left[first] = node
        tree.child[parent] = node
        if node == leaving:
            return
        node, parent, arc = old_parent, node, old_arc


@compiled
def _unhook(tree: _Tree, node: int) -> None:
    before, after = tree.left[node], tree.right[node]
    if before == NONE:
        tree.child[tree.parent[node]] = after
    else:
        tree.right[before] = after
    if after != NONE:
        tree.left[after] = before


@compiled
def _reprice(tree: _Tree, table: _Table, top: int) -> None:
    """Renew depths and potentials of a branch after it was hung up elsewhere."""
    arc, parent = tree.arc[top], tree.parent[top]
    cost = -table.cost[arc] if tree.upward[top] else table.cost[arc]
    shift = tree.potential[parent] + cost - tree.potential[top]
    node = top
    while True:
        tree.depth[node] = tree.depth[tree.parent[node]] + 1
        tree.potential[node] += shift
        if tree.child[node] != NONE:
            node = tree.child[node]
            continue
        while node != top and tree.right[node] == NONE:
            node = tree.parent[node]
        if node == top:
            return
        node = tree.right[node]

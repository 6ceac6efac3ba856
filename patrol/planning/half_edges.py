"""
Minimum-weight T-joins of whole cities, by weighted matching of half-edges.

Each edge has two halves, and the halves at a node, with one more vertex where their
number does not suit the parity, form a clique of cost nothing. A perfect matching
takes an edge (both halves matched with each other) or leaves its halves to their
cliques, so it *is* a T-join, of the same cost. No distances between nodes are needed
and no candidates are left out.

The matching is Edmonds' [1]_. Trees grow one at a time, only up to a radius that is
doubled in rounds: so all moats grow about evenly, and most vertices find their mate
near by.

.. [1] Edmonds (1965). Maximum matching and a polyhedron with 0,1-vertices. *Journal
   of Research of the National Bureau of Standards B* 69, 125-130.
   doi:10.6028/jres.069B.013.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.alternating_tree import augment_from
from patrol.planning.blossoms import (
    BLOSSOM,
    CLOCK,
    VERTEX,
    State,
    Tables,
    settle,
    top,
)
from patrol.planning.matching_dual import dual_value


def join_edges(
    edge_nodes: NDArray[np.int64],
    weight: NDArray[np.int64],
    is_odd: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """
    Find a cheapest set of edges with odd degree at the given nodes only.

    The dual of the matching is checked in whole numbers: it is feasible, and worth
    what the edges weigh, so nothing lighter exists. Time grows a little faster than
    the number of edges, memory with it; a node with ``d`` edges costs at least
    ``d ** 2``, which is nothing on streets.

    Parameters
    ----------
    edge_nodes
        Both ends of each edge, shape ``(m, 2)``; no loops.
    weight
        Whole numbers from 0, shape ``(m,)``.
    is_odd
        Mask of the nodes, shape ``(n,)``; an even number in every part.

    Returns
    -------
    NDArray
        Mask of the edges, shape ``(m,)``.

    Raises
    ------
    ArithmeticError
        If the proof fails, which would be an error in this package.
    """
    halves, tables = set_out(edge_nodes, weight, is_odd)
    match_all(tables)
    chosen: NDArray[np.bool_] = tables.vertices["mate"][halves[:, 0]] == halves[:, 1]
    cost = int(weight[chosen].sum())
    odd = np.bincount(edge_nodes[chosen].ravel(), minlength=len(is_odd)) % 2 == 1
    value = dual_value(tables)
    if value != 2 * cost or not np.array_equal(odd, is_odd):
        raise ArithmeticError(
            f"a T-join of weight {cost} at {odd.sum()} nodes is not proved best: its "
            f"dual is worth {value / 2} for {is_odd.sum()} nodes; please report this"
        )
    return chosen


def set_out(
    edge_nodes: NDArray[np.int64],
    weight: NDArray[np.int64],
    is_odd: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], Tables]:
    """
    Make the cliques, matched in pairs, with one vertex left at each odd node.

    Also returned are the vertices of the two halves of each edge, shape ``(m, 2)``.
    """
    ends = edge_nodes.ravel()
    degree = np.bincount(ends, minlength=len(is_odd))
    node = np.concatenate([ends, np.flatnonzero((degree + is_odd) % 2)])
    order = np.argsort(node, kind="stable")
    halves = np.argsort(order, kind="stable")[: len(ends)].reshape(-1, 2)
    sizes = np.bincount(node, minlength=len(is_odd))
    starts = np.concatenate([[0], np.cumsum(sizes)])

    vertices = np.zeros(len(node), VERTEX)
    vertices["node"] = node[order]
    vertices["twin"] = -1
    vertices["twin"][halves] = halves[:, ::-1]
    vertices["cost"][halves] = 2 * weight[:, None]  # even, so that duals stay whole
    number = np.arange(len(node))
    rank = number - starts[vertices["node"]]
    left = (rank % 2 == 0) & (rank == sizes[vertices["node"]] - 1)
    vertices["mate"] = np.where(left, -1, number + 1 - 2 * (rank % 2))
    vertices["set"] = number
    return halves, Tables(vertices, *_blossoms(len(node)), starts)


def _blossoms(
    num_vertices: int,
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[Any]]:
    """Make the vertices blossoms, and as many more as there can be at a time."""
    spare = np.arange(num_vertices, num_vertices + num_vertices // 2)
    blossoms = np.zeros(num_vertices + len(spare), BLOSSOM)
    blossoms["parent"] = -1
    blossoms["count"] = 1
    for name in ("stem", "head", "tail", "set", "owner"):
        blossoms[name] = np.arange(len(blossoms))
    clock = np.zeros(1, CLOCK)
    clock["spare"] = len(spare)
    return blossoms, spare, clock


def match_all(tables: Tables) -> None:
    """Grow trees in rounds of twice the radius until every vertex is matched."""
    limit = 1 + int(tables.vertices["cost"].mean()) // 4
    while grow_trees(tables, limit) > 0:
        limit *= 2


@compiled
def grow_trees(tables: Tables, limit: int) -> int:
    """
    Grow a tree from each unmatched vertex, each at most by a limit.

    Returns
    -------
    int
        How many failed. With none, the mates of all vertices are right.
    """
    heap = [(np.int64(0), np.int64(0), np.int64(0))]
    touched = [np.int64(0)]
    fresh = [np.int64(0)]
    fresh.clear()
    s = State(
        tables.vertices,
        tables.blossoms,
        tables.spare,
        tables.clock,
        tables.starts,
        heap,
        touched,
        fresh,
    )
    failed = 0
    for vertex in range(len(s.vertices)):
        stem = s.blossoms[top(s, vertex)].stem
        unmatched = stem == vertex and s.vertices[vertex].mate < 0
        if unmatched and not augment_from(s, vertex, limit):
            failed += 1
    if failed == 0:
        settle(s)
    return failed

"""Closed walks that pass every edge of an even network."""

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError
from patrol.planning.network import Network


def euler_walk(
    network: Network,
    passes: NDArray[np.int64],
    *,
    start: int,
    rng: np.random.Generator | None = None,
) -> NDArray[np.int64]:
    """
    Walk every edge as often as asked, back to the start (Hierholzer [1]_).

    Parameters
    ----------
    network
        Network with ``m`` edges.
    passes
        How often each edge is passed, shape ``(m,)``. Every node has an even number
        of passing ends, and all passed edges hang together with the start.
    start
        Node at which the walk starts and ends.
    rng
        Draws the order in which edges are tried; by their number if left out.

    Returns
    -------
    NDArray
        Edges in the order of the walk, shape ``(passes.sum(),)``.

    Raises
    ------
    PlanError
        If there is no such walk.

    References
    ----------
    .. [1] Hierholzer (1873). Ueber die Moeglichkeit, einen Linienzug ohne
       Wiederholung und ohne Unterbrechung zu umfahren. doi:10.1007/BF01442866.
    """
    odd = network.odd_nodes(passes)
    if len(odd):
        raise PlanError(
            f"no closed walk: {len(odd)} nodes have an odd number of passes, the first "
            f"is node {odd[0]}"
        )
    walk = _hierholzer(_open_ends(network, passes, rng), start)
    if len(walk) != passes.sum():
        raise PlanError(
            f"no closed walk: {passes.sum() - len(walk)} of {passes.sum()} passes do "
            f"not hang together with node {start}"
        )
    return walk


def walk_nodes(
    network: Network, walk: NDArray[np.int64], *, start: int
) -> NDArray[np.int64]:
    """Nodes that a walk of ``k`` edges passes, shape ``(k + 1,)``."""
    nodes = [start]
    for a, b in network.edge_nodes[walk].tolist():
        if nodes[-1] not in {a, b}:
            raise PlanError(
                f"step {len(nodes) - 1} of the walk passes edge "
                f"{walk[len(nodes) - 1]} from {a} to {b}, but it is at {nodes[-1]}"
            )
        nodes.append(b if nodes[-1] == a else a)
    return np.array(nodes, dtype=np.int64)


def _open_ends(
    network: Network, passes: NDArray[np.int64], rng: np.random.Generator | None
) -> list[list[tuple[int, int, int]]]:
    """For each node its passes still to walk: (pass, edge, node at the other end)."""
    edges = np.repeat(np.arange(network.num_edges), passes)
    order = np.arange(len(edges)) if rng is None else rng.permutation(len(edges))
    ends: list[list[tuple[int, int, int]]] = [[] for _ in range(network.num_nodes)]
    pairs = network.edge_nodes[edges].tolist()
    for number, edge in zip(order.tolist(), edges[order].tolist(), strict=True):
        a, b = pairs[number]
        ends[a].append((number, edge, b))
        ends[b].append((number, edge, a))
    return ends


def _hierholzer(
    ends: list[list[tuple[int, int, int]]], start: int
) -> NDArray[np.int64]:
    walked: set[int] = set()
    stack = [(start, -1)]
    walk: list[int] = []
    while stack:
        node, edge = stack[-1]
        if ends[node]:
            number, onward, other = ends[node].pop()
            if number not in walked:
                walked.add(number)
                stack.append((other, onward))
        else:
            stack.pop()
            walk.append(edge)
    return np.array(walk[:-1][::-1], dtype=np.int64)

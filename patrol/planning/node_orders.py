"""Orders of the nodes of a network, whose beginnings are sets that hang together."""

import heapq

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled


class NodeOrders:
    """
    Orders in which sets of nodes grow, link by link.

    Parameters
    ----------
    num_nodes
        Number ``n`` of nodes.
    edge_nodes
        Both ends of each edge, shape ``(m, 2)``.
    """

    def __init__(self, num_nodes: int, edge_nodes: NDArray[np.int64]) -> None:
        tails, heads = edge_nodes.T
        tail, head = np.concatenate([tails, heads]), np.concatenate([heads, tails])
        order = np.argsort(tail, kind="stable")
        first = np.cumsum(np.bincount(tail, minlength=num_nodes))
        self._first = np.concatenate([[0], first]).astype(np.int64)
        self._beside = head[order]
        self._edge = np.tile(np.arange(len(edge_nodes)), 2)[order]

    def grown(self, seed: int, weight: NDArray[np.float64]) -> NDArray[np.int64]:
        """
        Take the node with the heaviest links to those taken, again and again.

        Parameters
        ----------
        seed
            Node to begin with.
        weight
            Weight of each edge, shape ``(m,)``.

        Returns
        -------
        NDArray
            Place of each node, ``n`` for one that is not reached, shape ``(n,)``.
        """
        return _places(self._first, self._beside, weight[self._edge], seed)


@compiled
def _places(
    first: NDArray[np.int64],
    beside: NDArray[np.int64],
    weight: NDArray[np.float64],
    seed: int,
) -> NDArray[np.int64]:
    n = len(first) - 1
    order = np.full(n, n)
    key = np.zeros(n)
    heap = [(0.0, seed)]
    taken = 0
    while len(heap) > 0:
        _, node = heapq.heappop(heap)
        if order[node] < n:
            continue
        order[node] = taken
        taken += 1
        for k in range(first[node], first[node + 1]):
            other = beside[k]
            if order[other] == n:
                key[other] += weight[k]
                heapq.heappush(heap, (-key[other], other))
    return order

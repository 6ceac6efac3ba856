"""Cheap edges that join the parts of a network."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from patrol.planning.network import Network, Roads


def connectors(
    network: Network, price: NDArray[np.float64], part: NDArray[np.int64]
) -> NDArray[np.int64]:
    """
    Join parts by a minimum spanning tree of the shortest paths between them.

    The tree is exact although not all pairs of parts are compared: it lies in the
    pairs whose nearest-part regions touch [1]_.

    Parameters
    ----------
    network
        Network with ``n`` nodes and ``m`` edges.
    price
        What each edge costs here, above 0, shape ``(m,)``.
    part
        Part of each node, negative for a node in none, shape ``(n,)``. Parts that
        no path joins stay apart.

    Returns
    -------
    NDArray
        Numbers of the edges of the paths, ascending.

    References
    ----------
    .. [1] Mehlhorn (1988). A faster approximation algorithm for the Steiner problem
       in graphs. *Information Processing Letters* 27(3), 125-128.
       doi:10.1016/0020-0190(88)90066-X.
    """
    roads = Roads.cheapest(network, price)
    tree = roads.tree(np.flatnonzero(part >= 0))
    tail, head = network.edge_nodes[roads.edges].T
    ends = part[tree.origin[np.column_stack([tail, head])]]
    length = tree.distance[tail] + roads.weight + tree.distance[head]
    touch = np.flatnonzero(np.isfinite(length))
    bridges = touch[spanning_rows(ends[touch], length[touch])]

    chosen = set(roads.edges[bridges].tolist())
    for node in np.concatenate([tail[bridges], head[bridges]]).tolist():
        chosen.update(tree.edges_to(node))
    return np.array(sorted(chosen), dtype=np.int64)


def spanning_rows(
    ends: NDArray[np.int64], length: NDArray[np.float64]
) -> NDArray[np.int64]:
    """
    Find a minimum spanning forest of links.

    Parameters
    ----------
    ends
        What each link joins, shape ``(q, 2)``; links may be parallel or loops.
    length
        Length of each link, shape ``(q,)``; ties go to the lower row.

    Returns
    -------
    NDArray
        Rows of the links in the forest, ascending.
    """
    ends = np.sort(ends, axis=1)
    order: NDArray[np.int64] = np.lexsort((np.arange(len(length)), length))
    rows: NDArray[np.int64] = order[ends[order, 0] != ends[order, 1]]
    if len(rows) == 0:
        return rows
    num = int(ends.max()) + 1
    _, first = np.unique(ends[rows, 0] * num + ends[rows, 1], return_index=True)
    rows = rows[np.sort(first)]  # the shortest of parallel links, by length
    rank = np.arange(1, len(rows) + 1)  # ranks, not lengths: no ties
    links = csr_array((rank, (ends[rows, 0], ends[rows, 1])), shape=(num, num))
    taken = minimum_spanning_tree(links).data.astype(np.int64) - 1
    return np.sort(rows[taken])

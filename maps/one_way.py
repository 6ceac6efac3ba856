"""Where one-way streets lead, and from where they do not lead back."""

from collections import deque

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Links = list[list[tuple[int, int, bool]]]
"""For each node its neighbours: (node, edge, whether this direction is closed)."""


def strong_parts(
    num_nodes: int, edge_nodes: NDArray[np.int64], open_ways: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """
    Label nodes so that those of one label, and no others, reach each other.

    Parameters
    ----------
    num_nodes
        Number of nodes, ``n``.
    edge_nodes
        Both ends of each edge, shape ``(m, 2)``.
    open_ways
        Whether each may be driven along and against, shape ``(m, 2)``.

    Returns
    -------
    NDArray
        Labels, shape ``(n,)``.
    """
    a, b = edge_nodes.T
    along, against = open_ways.T
    tails = np.concatenate([a[along], b[against]])
    heads = np.concatenate([b[along], a[against]])
    shape = (num_nodes, num_nodes)
    links = csr_array((np.ones(len(tails)), (tails, heads)), shape=shape)
    return connected_components(links, connection="strong")[1].astype(np.int64)


def fewest_against(
    edge_nodes: NDArray[np.int64],
    open_ways: NDArray[np.bool_],
    *,
    start: int,
    end: int,
    blocked: NDArray[np.bool_] | None = None,
) -> list[int] | None:
    """
    Find a path that drives against one-way edges as seldom as can be.

    Parameters
    ----------
    edge_nodes
        Both ends of each edge, shape ``(m, 2)``.
    open_ways
        Whether each may be driven along and against, shape ``(m, 2)``; an edge that
        is closed both ways is not there.
    start, end
        Nodes.
    blocked
        Mask of edges that are closed both ways and count like those driven against,
        shape ``(m,)``; none if left out.

    Returns
    -------
    list of int or None
        The edges that are driven against, in order; None if there is no path at all.
    """
    there = open_ways.any(axis=1) | (False if blocked is None else blocked)
    links = _links(edge_nodes, open_ways, np.flatnonzero(there), most=max(start, end))
    reached: dict[int, list[int]] = {}
    queue = deque([(start, list[int]())])
    while queue and end not in reached:
        node, wrong = queue.popleft()
        if node in reached:
            continue
        reached[node] = wrong
        for other, edge, closed in links[node]:
            if closed:
                queue.append((other, [*wrong, edge]))
            else:
                queue.appendleft((other, wrong))
    return reached.get(end)


def _links(
    edge_nodes: NDArray[np.int64],
    open_ways: NDArray[np.bool_],
    edges: NDArray[np.int64],
    *,
    most: int,
) -> Links:
    links: Links = [[] for _ in range(1 + max(int(edge_nodes.max(initial=0)), most))]
    for edge in edges.tolist():
        (a, b), (along, against) = edge_nodes[edge].tolist(), open_ways[edge].tolist()
        links[a].append((b, edge, not along))
        links[b].append((a, edge, not against))
    return links

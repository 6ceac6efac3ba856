"""Minimum cuts of an undirected network by maximum flows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order, maximum_flow


def minimum_cut(capacity: Any, source: int, sink: int) -> tuple[int, NDArray[np.bool_]]:
    """
    Cut two nodes apart.

    Parameters
    ----------
    capacity
        Symmetric sparse matrix of whole numbers (32 bits), shape ``(k, k)``.
    source, sink
        The two nodes.

    Returns
    -------
    int
        What the links of the cut carry together.
    NDArray
        Mask of the nodes on the source's side, the fewest there are, ``(k,)``.
    """
    flow = maximum_flow(capacity, source, sink)
    left = capacity - flow.flow
    left.eliminate_zeros()
    side = np.zeros(capacity.shape[0], bool)
    side[breadth_first_order(left, source, return_predecessors=False)] = True
    return int(flow.flow_value), side


def tree_cuts(capacity: Any) -> Iterator[NDArray[np.bool_]]:
    """
    Give the ``k - 1`` cuts of a cut tree, one side of each as a mask of shape ``(k,)``.

    They hold a minimum cut between each two nodes [1]_, and a minimum odd cut for
    each even set of nodes [2]_.

    References
    ----------
    .. [1] Gusfield (1990). Very simple methods for all pairs network flow analysis.
       *SIAM Journal on Computing* 19(1), 143-155. doi:10.1137/0219009.
    .. [2] Padberg and Rao (1982). Odd minimum cut-sets and b-matchings.
       *Mathematics of Operations Research* 7(1), 67-80. doi:10.1287/moor.7.1.67.
    """
    num = capacity.shape[0]
    above = np.zeros(num, np.int64)
    for node in range(1, num):
        up = int(above[node])
        _, side = minimum_cut(capacity, node, up)
        moved = side & (above == up)
        moved[node] = False
        above[moved] = node
        if side[above[up]] and up:
            above[node], above[up] = above[up], node
    for node in range(1, num):
        yield _below(above, node)


def _below(above: NDArray[np.int64], node: int) -> NDArray[np.bool_]:
    inside = np.zeros(len(above), bool)
    inside[node] = True
    while True:
        more = inside | (inside[above] & (np.arange(len(above)) > 0))
        if (more == inside).all():
            return inside
        inside = more

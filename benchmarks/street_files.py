"""Bare street networks in the PACE format, and the two ways to weigh their edges."""

import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from patrol.errors import PlanError
from patrol.planning.network import Network

WEIGHTS: dict[str, Callable[[NDArray[np.int64]], NDArray[np.int64]]] = {
    "unit": lambda ends: np.ones(len(ends), np.int64),
    "hashed": lambda ends: 1 + ends @ np.array([7919, 104729]) % 1999,
}
"""Weights from the ends of each edge, as they stand in the file; ``best_known.csv``."""


def read_streets(path: Path, weights: str) -> Network:
    """
    Read a network of lines ``u v``, counted from 1, packed by xz or not.

    Raises
    ------
    PlanError
        If a line is no edge.
    """
    packed = path.read_bytes()
    text = lzma.decompress(packed) if path.suffix == ".xz" else packed
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    try:
        ends = np.array(rows, dtype=np.int64).reshape(len(rows), 2)
    except ValueError as error:
        raise PlanError(
            f"{path}: {error}; each edge is a line of two node numbers"
        ) from error
    return Network(int(ends.max()), ends - 1, WEIGHTS[weights](ends))


def cut(network: Network, num_edges: int) -> Network:
    """Keep so many edges, those nearest to node 0 by breadth-first search."""
    n = network.num_nodes
    links = csr_array((np.ones(network.num_edges), tuple(network.edge_nodes.T)), (n, n))
    order = breadth_first_order(links, 0, directed=False, return_predecessors=False)
    rank = np.full(n, n)
    rank[order] = np.arange(len(order))
    farther = rank[network.edge_nodes].max(axis=1)
    kept = np.sort(np.argsort(farther, kind="stable")[:num_edges])
    nodes, ends = np.unique(network.edge_nodes[kept], return_inverse=True)
    return Network(len(nodes), ends.reshape(-1, 2), network.cost[kept])

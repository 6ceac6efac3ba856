"""A bare street network for the planners: nodes, edges and whole-number costs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from patrol.errors import PlanError

MAX_COST = 2**24 - 1
"""Largest cost of an edge: above it PyMatching refuses weights (user_graph.cc)."""

NONE = -1
"""No node, or no edge, in the arrays that scipy and we share."""


@dataclass(frozen=True)
class Network:
    """
    Undirected multigraph with ``n`` nodes and ``m`` edges; loops are allowed.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    edge_nodes
        Both ends of each edge, shape ``(m, 2)``.
    cost
        What it costs to pass each edge, whole numbers from 1 to `MAX_COST`,
        shape ``(m,)``.

    Raises
    ------
    PlanError
        If the arrays do not fit each other or a cost is out of range.
    """

    num_nodes: int
    edge_nodes: NDArray[np.int64]
    cost: NDArray[np.int64]

    def __post_init__(self) -> None:
        m = len(self.cost)
        if self.edge_nodes.shape != (m, 2):
            raise PlanError(
                f"edge_nodes has shape {self.edge_nodes.shape}, expected {(m, 2)} "
                f"for {m} costs"
            )
        outside = (self.edge_nodes < 0) | (self.edge_nodes >= self.num_nodes)
        if outside.any():
            raise PlanError(
                f"edge {outside.any(axis=1).argmax()} ends at a node outside "
                f"0..{self.num_nodes - 1}"
            )
        bad = (self.cost < 1) | (self.cost > MAX_COST)
        if bad.any():
            first = int(bad.argmax())
            raise PlanError(
                f"edge {first} costs {self.cost[first]}, allowed are whole numbers "
                f"from 1 to {MAX_COST}: choose a coarser unit"
            )
        # One layout in memory: each other one is compiled anew, for many seconds.
        for name in ("edge_nodes", "cost"):
            rows = np.ascontiguousarray(getattr(self, name), np.int64)
            object.__setattr__(self, name, rows)

    @property
    def num_edges(self) -> int:
        """Number of edges, ``m``."""
        return len(self.cost)

    def parts(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Label the part of each node when only these edges are there, ``(n,)``."""
        a, b = self.edge_nodes[edges].T
        shape = (self.num_nodes, self.num_nodes)
        links = csr_array((np.ones(len(edges)), (a, b)), shape=shape)
        return connected_components(links, directed=False)[1].astype(np.int64)

    def degrees(self, copies: NDArray[np.int64]) -> NDArray[np.int64]:
        """Degree of each node, shape ``(n,)``, with so many copies of each edge."""
        ends = self.edge_nodes.ravel()
        weight = np.repeat(copies, 2)
        counts = np.bincount(ends, weights=weight, minlength=self.num_nodes)
        return counts.astype(np.int64)

    def odd_nodes(self, copies: NDArray[np.int64]) -> NDArray[np.int64]:
        """Nodes of odd degree with so many copies of each edge, ascending."""
        return np.flatnonzero(self.degrees(copies) % 2)


@dataclass(frozen=True)
class Roads:
    """
    A network with one edge between each two neighbours: the lightest.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    edges
        Numbers of the edges that were kept, shape ``(q,)``; no loop is among them.
    weight
        Weights by which they were chosen, shape ``(q,)``.
    """

    num_nodes: int
    edges: NDArray[np.int64]
    weight: NDArray[np.float64]
    _keys: NDArray[np.int64]
    _ends: NDArray[np.int64]

    @classmethod
    def cheapest(cls, network: Network, weight: NDArray[np.float64]) -> "Roads":
        """Keep the lightest of parallel edges, ties by number; drop loops."""
        ends = np.sort(network.edge_nodes, axis=1)
        keys = ends[:, 0] * network.num_nodes + ends[:, 1]
        order = np.lexsort((weight, keys))
        order = order[ends[order, 0] != ends[order, 1]]
        keys, first = np.unique(keys[order], return_index=True)
        edges = order[first]
        return cls(network.num_nodes, edges, weight[edges], keys, ends[edges])

    @cached_property
    def matrix(self) -> csr_array:
        """Weights as a symmetric sparse matrix, shape ``(n, n)``."""
        a, b = self._ends.T
        weight = np.concatenate([self.weight, self.weight])
        places = (np.concatenate([a, b]), np.concatenate([b, a]))
        return csr_array((weight, places), shape=(self.num_nodes, self.num_nodes))

    def between(
        self, tail: NDArray[np.int64], head: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Edge between neighbours, element by element."""
        low, high = np.minimum(tail, head), np.maximum(tail, head)
        return self.edges[np.searchsorted(self._keys, low * self.num_nodes + high)]

    def path(
        self, start: int, end: int, *, within: float = np.inf
    ) -> NDArray[np.int64]:
        """
        Edges of a shortest path between two nodes that one joins, end first.

        Where it is known to weigh no more than ``within``, only nodes as near as that
        are looked at, which is much faster on a large network.
        """
        if start == end:
            return np.zeros(0, np.int64)
        source = np.array([start])
        found = dijkstra(
            self.matrix, indices=source, return_predecessors=True, limit=within
        )
        previous = found[1][0]
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(int(previous[nodes[-1]]))
        places = np.array(nodes, np.int64)
        return np.asarray(self.between(places[1:], places[:-1]))

    def tree(self, sources: NDArray[np.int64]) -> "Tree":
        """Shortest paths from the nearest of some nodes to every node."""
        distance, previous, origin = dijkstra(
            self.matrix, indices=sources, min_only=True, return_predecessors=True
        )
        before = np.where(previous < 0, NONE, previous).astype(np.int64)
        via = np.full(self.num_nodes, NONE, dtype=np.int64)
        found = np.flatnonzero(before >= 0).astype(np.int64)
        via[found] = self.between(before[found], found)
        return Tree(distance, before, via, np.asarray(origin, dtype=np.int64))


@dataclass(frozen=True)
class Tree:
    """
    Shortest paths from the nearest source to each of ``n`` nodes.

    Attributes
    ----------
    distance
        Weight of the path, infinite where there is none, shape ``(n,)``.
    before, via
        Node before this one on its path, and the edge from there; `NONE` at the
        sources and where there is no path; shape ``(n,)`` each.
    origin
        Source from which the path comes, shape ``(n,)``.
    """

    distance: NDArray[np.float64]
    before: NDArray[np.int64]
    via: NDArray[np.int64]
    origin: NDArray[np.int64]

    def edges_to(self, node: int) -> list[int]:
        """Edges of the path to a node, the last one first."""
        edges = []
        while self.before[node] != NONE:
            edges.append(int(self.via[node]))
            node = int(self.before[node])
        return edges

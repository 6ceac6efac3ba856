"""
Shortest paths and connected parts, on scipy's compressed sparse rows.

A `StreetNetwork` is made once from a graph and the cost of its streets and then
asked many times. Of parallel streets it keeps the cheapest (the lowest number of
equals), and it remembers which one that is, so that paths come back as streets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from maps.graph import StreetGraph
from patrol.errors import MapError

_NONE = -9999  # scipy's mark for "no predecessor"


@dataclass(frozen=True)
class StreetPath:
    """
    A way from one node to another, over ``k`` streets.

    Attributes
    ----------
    streets
        Numbers of the streets, shape ``(k,)``.
    forward
        Whether each is driven from its first node to its last, shape ``(k,)``.
    nodes
        Nodes passed, shape ``(k + 1,)``.
    """

    streets: NDArray[np.int64]
    forward: NDArray[np.bool_]
    nodes: NDArray[np.int64]


@dataclass(frozen=True)
class ShortestTree:
    """
    Shortest paths from one or more sources to all ``n`` nodes.

    Attributes
    ----------
    distance
        Cost from the nearest source, shape ``(n,)``, infinite where there is no way.
    predecessor
        Node before each node on its path, shape ``(n,)``, itself at a source and
        where there is no way.
    street
        Street from the predecessor to each node, shape ``(n,)``. It has a meaning
        only where the predecessor is another node.
    source
        Nearest source of each node, shape ``(n,)``; the node itself where there is
        no way.
    """

    distance: NDArray[np.float64]
    predecessor: NDArray[np.int64]
    street: NDArray[np.int64]
    source: NDArray[np.int64]


@dataclass(frozen=True)
class StreetNetwork:
    """
    A graph of ``n`` nodes and ``m`` streets with a cost, ready for path searches.

    Make it by `StreetNetwork.of`.

    Attributes
    ----------
    graph
        The streets.
    matrix
        Cost of the cheapest street from row node to column node, shape ``(n, n)``.
    street
        The street behind each entry of ``matrix.data``.
    """

    graph: StreetGraph
    matrix: csr_array
    street: NDArray[np.int64]
    _key: NDArray[np.int64]

    @classmethod
    def of(cls, graph: StreetGraph, cost: ArrayLike) -> "StreetNetwork":
        """
        Prepare a graph for searches.

        Parameters
        ----------
        graph
            The streets.
        cost
            Cost of each street, shape ``(m,)``, or along and against its direction,
            shape ``(m, 2)``; infinite where it is closed.

        Raises
        ------
        MapError
            If the costs do not fit the graph, or one is negative or not a number.
        """
        both = _checked_cost(graph, cost)
        tail, head = np.vstack([graph.edge_nodes, graph.edge_nodes[:, ::-1]]).T
        value = both.T.ravel()
        street = np.tile(np.arange(graph.num_edges), 2)
        kept = np.flatnonzero(np.isfinite(value) & (tail != head))
        order = kept[np.lexsort((street[kept], value[kept], head[kept], tail[kept]))]
        key = tail[order] * graph.num_nodes + head[order]
        order = order[np.diff(key, prepend=-1) != 0]  # the cheapest of parallels
        starts = np.searchsorted(tail[order], np.arange(graph.num_nodes + 1))
        matrix = csr_array(
            (value[order], head[order].astype(np.int32), starts.astype(np.int32)),
            shape=(graph.num_nodes, graph.num_nodes),
        )
        sorted_key = tail[order] * graph.num_nodes + head[order]
        return cls(graph, matrix, street[order], sorted_key)

    def distances(
        self, sources: ArrayLike, *, limit: float = np.inf
    ) -> NDArray[np.float64]:
        """
        Cost of the cheapest way from each source to every node.

        Parameters
        ----------
        sources
            Node numbers, shape ``(s,)``.
        limit
            Ways dearer than this are left at infinity.

        Returns
        -------
        numpy.ndarray
            Shape ``(s, n)``, infinite where there is no way.
        """
        nodes = self._checked_nodes(sources)
        found = dijkstra(self.matrix, directed=True, indices=nodes, limit=limit)
        return np.asarray(found, dtype=np.float64)

    def tree(self, sources: ArrayLike, *, limit: float = np.inf) -> ShortestTree:
        """
        Cheapest ways from the nearest of the sources to every node.

        Parameters
        ----------
        sources
            Node numbers, shape ``(s,)``, or one node.
        limit
            Ways dearer than this are left at infinity.
        """
        nodes = np.unique(self._checked_nodes(sources))
        distance, before, source = dijkstra(
            self.matrix,
            directed=True,
            indices=nodes,
            limit=limit,
            min_only=True,
            return_predecessors=True,
        )
        own = np.arange(self.graph.num_nodes)
        predecessor = np.where(before == _NONE, own, before).astype(np.int64)
        return ShortestTree(
            distance=np.asarray(distance, dtype=np.float64),
            predecessor=predecessor,
            street=self._streets_between(predecessor, own),
            source=np.where(np.isinf(distance), own, source).astype(np.int64),
        )

    def path(self, tree: ShortestTree, target: int) -> StreetPath:
        """
        Read the way to one node off a tree.

        Raises
        ------
        MapError
            If there is no way.
        """
        if not np.isfinite(tree.distance[target]):
            raise MapError(
                f"there is no open way to node {target}: choose a node in the same "
                f"part of the map"
            )
        nodes = [target]
        while tree.predecessor[nodes[-1]] != nodes[-1]:
            nodes.append(int(tree.predecessor[nodes[-1]]))
        passed = np.array(nodes[::-1], dtype=np.int64)
        streets = tree.street[passed[1:]]
        forward = self.graph.edge_nodes[streets, 0] == passed[:-1]
        return StreetPath(streets=streets, forward=forward, nodes=passed)

    def shortest_path(self, source: int, target: int) -> StreetPath:
        """
        Find the cheapest way from one node to another.

        Raises
        ------
        MapError
            If there is no way.
        """
        return self.path(self.tree(source), target)

    def _streets_between(
        self, tail: NDArray[np.int64], head: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        if len(self._key) == 0:
            return np.zeros(len(tail), dtype=np.int64)
        place = np.searchsorted(self._key, tail * self.graph.num_nodes + head)
        return self.street[np.minimum(place, len(self._key) - 1)]

    def _checked_nodes(self, nodes: ArrayLike) -> NDArray[np.int64]:
        array = np.atleast_1d(np.asarray(nodes, dtype=np.int64))
        bad = array[(array < 0) | (array >= self.graph.num_nodes)]
        if len(bad) or not len(array):
            raise MapError(
                f"a path must start at one or more nodes of "
                f"0..{self.graph.num_nodes - 1}, got {bad[:1] if len(bad) else 'none'}"
            )
        return array


def components(
    graph: StreetGraph, mask: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """
    Label the nodes by the connected part of the graph they are in.

    Parameters
    ----------
    graph
        Streets with ``n`` nodes.
    mask
        Streets that count, shape ``(m,)``; all where it is left out.

    Returns
    -------
    numpy.ndarray
        Part of each node, shape ``(n,)``, numbered from 0 by its lowest node. A node
        without a counted street is a part of its own.
    """
    nodes = graph.edge_nodes if mask is None else graph.edge_nodes[mask]
    links = csr_array(
        (np.ones(len(nodes), dtype=np.int8), (nodes[:, 0], nodes[:, 1])),
        shape=(graph.num_nodes, graph.num_nodes),
    )
    _, label = connected_components(links, directed=False)
    _, first, place = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[place]


def _checked_cost(graph: StreetGraph, cost: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(cost, dtype=np.float64)
    if array.shape not in {(graph.num_edges,), (graph.num_edges, 2)}:
        raise MapError(
            f"costs of shape {array.shape}, expected ({graph.num_edges},) or "
            f"({graph.num_edges}, 2) for {graph.num_edges} streets"
        )
    bad = ~(array >= 0)
    if bad.any():
        street = int(np.argwhere(bad)[0][0])
        raise MapError(
            f"the cost of street {street} is {array[street]}: it must be 0 or more, "
            f"and infinite for a closed street"
        )
    both = array if array.ndim == 2 else np.column_stack([array, array])
    return np.asarray(both, dtype=np.float64)

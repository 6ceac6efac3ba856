"""Costs of the cheapest ways between the required edges of a windy problem."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.planning.windy_problem import WindyProblem

NO_WAY = 2**50
"""Cost of what cannot be driven; above the cost of every route."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WindyWays:
    """
    What it costs to serve one required edge after another.

    Each of the ``r`` required edges is served along (state ``2 * i``) or against
    (state ``2 * i + 1``); `NO_WAY` marks what cannot be.

    Attributes
    ----------
    edges
        Required edges, ascending, shape ``(r,)``.
    out
        Cost from the depot to each state's start and on to its end, ``(2 * r,)``.
    go
        Cost from the end of each state to the end of each other, ``(2 * r, 2 * r)``.
    home
        Cost from the end of each state to the depot, ``(2 * r,)``.
    """

    edges: Ints
    out: Ints
    go: Ints
    home: Ints

    @classmethod
    def of(cls, problem: WindyProblem) -> "WindyWays":
        """Measure the ways of a problem by Dijkstra's algorithm."""
        edges = np.flatnonzero(problem.required)
        starts = problem.edge_nodes[edges].ravel()
        ends = problem.edge_nodes[edges][:, ::-1].ravel()
        cost = problem.cost[edges].ravel()
        sources = np.append(ends, problem.depot)
        far = dijkstra(_roads(problem), indices=sources)
        way = np.where(np.isinf(far), NO_WAY, far).astype(np.int64)
        go = np.minimum(way[:, starts] + cost, NO_WAY)
        go[:, ~problem.drivable[edges].ravel()] = NO_WAY
        return cls(edges, go[-1], go[:-1], way[:-1, problem.depot])

    def farthest(self) -> int:
        """Cost of the cheapest route past the edge for which it is dearest."""
        alone = np.minimum(self.out + self.home, NO_WAY).reshape(-1, 2).min(axis=1)
        return int(alone.max(initial=0))

    def cost(self, states: list[int]) -> int:
        """Cost of the route from the depot through these states and back."""
        between = self.go[states[:-1], states[1:]].sum()
        return int(self.out[states[0]] + between + self.home[states[-1]])


def depot_distances(problem: WindyProblem) -> NDArray[np.float64]:
    """Cost of the cheapest way from the depot to each node, shape ``(n,)``."""
    far: NDArray[np.float64] = dijkstra(_roads(problem), indices=[problem.depot])[0]
    return far


def _roads(problem: WindyProblem) -> csr_array:
    """Give the cheapest direction from each node to each neighbour."""
    ends, n = problem.edge_nodes, problem.num_nodes
    open_ = problem.drivable.ravel()
    tails, heads = ends.ravel()[open_], ends[:, ::-1].ravel()[open_]
    cost = problem.cost.ravel()[open_].astype(np.float64)
    order = np.lexsort((cost, tails * n + heads))
    _, first = np.unique((tails * n + heads)[order], return_index=True)
    kept = order[first]
    return csr_array((cost[kept], (tails[kept], heads[kept])), shape=(n, n))

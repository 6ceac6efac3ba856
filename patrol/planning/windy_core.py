"""The part of a windy network that a closed walk from the depot can use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.one_way import strong_parts
from patrol.planning.windy_problem import WindyProblem


@dataclass(frozen=True)
class WindyCore:
    """
    A windy problem without what no closed walk passes; all nodes reach each other.

    Attributes
    ----------
    problem
        The problem with nodes and edges numbered anew.
    edges
        Edge of the large problem for each of the small one, ascending, ``(q,)``.
    num_edges
        Number of edges of the large problem, ``m``.
    """

    problem: WindyProblem
    edges: NDArray[np.int64]
    num_edges: int

    @classmethod
    def of(cls, problem: WindyProblem) -> "WindyCore":
        """Keep the edges from which there is a way to the depot and back."""
        label = strong_parts(problem.num_nodes, problem.edge_nodes, problem.drivable)
        home = label[problem.edge_nodes] == label[problem.depot]
        edges = np.flatnonzero(home.all(axis=1))
        used = np.append(problem.edge_nodes[edges].ravel(), problem.depot)
        nodes, number = np.unique(used, return_inverse=True)
        small = WindyProblem(
            num_nodes=len(nodes),
            edge_nodes=number[:-1].reshape(-1, 2).astype(np.int64),
            cost=problem.cost[edges],
            required=problem.required[edges],
            depot=int(number[-1]),
        )
        return cls(small, edges, problem.num_edges)

    def expand(self, passes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn passes of the small edges, ``(q, 2)``, into those of the large ones."""
        large = np.zeros((self.num_edges, 2), np.int64)
        large[self.edges] = passes
        return large

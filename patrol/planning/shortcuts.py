"""A smaller problem with tours of the same cost, on short cuts between what counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.contraction import contract, web_of
from patrol.planning.network import NONE, Network
from patrol.planning.rural_problem import RuralProblem


@dataclass(frozen=True)
class Shortcuts:
    """
    A rural postman problem without most of the nodes that need not be passed.

    Attributes
    ----------
    problem
        The small problem. For each of its tours there is one of the large problem
        that is no dearer, and its best tour costs what the best large one does.
    edge
        What each small edge is made of: edge of ``made_of``, shape ``(q,)``.
    made_of
        The two edges that a short cut stands for, shape ``(w, 2)``, or `NONE`: the
        first ``m`` are the edges of the large problem.
    num_edges
        Number of edges of the large problem, ``m``.
    """

    problem: RuralProblem
    edge: NDArray[np.int64]
    made_of: NDArray[np.int64]
    num_edges: int

    @classmethod
    def of(cls, problem: RuralProblem) -> "Shortcuts":
        """Shrink a problem; see `patrol.planning.contraction`."""
        network = problem.network
        web = web_of(network.num_nodes, network.edge_nodes, network.cost)
        contract(web, problem.part != NONE, problem.required)
        edge = np.flatnonzero(web.alive)
        nodes = np.unique(np.append(web.ends[edge].ravel(), problem.depot))
        number = np.zeros(network.num_nodes, np.int64)
        number[nodes] = np.arange(len(nodes))
        required = np.zeros(len(web.alive), bool)
        required[: network.num_edges] = problem.required
        small = Network(len(nodes), number[web.ends[edge]], web.cost[edge])
        return cls(
            RuralProblem(small, required[edge], int(number[problem.depot])),
            edge,
            web.made_of[: web.made[0]].copy(),
            network.num_edges,
        )

    def expand(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        """
        Turn extra passes of the small edges into those of the ``m`` large ones.

        Where short cuts share an edge, pairs of passes above two are left out: they
        hold nothing together.
        """
        passes = np.zeros(len(self.made_of), np.int64)
        passes[self.edge] = extra
        _hand_down(passes, self.made_of)
        large = passes[: self.num_edges]
        return np.where(large > 2, 2 - large % 2, large)


@compiled
def _hand_down(passes: NDArray[np.int64], made_of: NDArray[np.int64]) -> None:
    """Give the passes of short cuts to what they are made of, the last made first."""
    for e in range(len(made_of) - 1, -1, -1):
        if made_of[e, 0] >= 0:
            passes[made_of[e, 0]] += passes[e]
            passes[made_of[e, 1]] += passes[e]

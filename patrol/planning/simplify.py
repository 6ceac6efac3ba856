"""A smaller network with the same tours: chains made one, useless edges left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import Network
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_simplify import simplify_windy


@dataclass(frozen=True)
class Simplified:
    """
    A rural postman problem made smaller.

    Attributes
    ----------
    problem
        The small problem; its tours cost what the tours of the large one do.
    chain, links
        Each small edge ``chain[i]`` stands for the large edge ``links[i]``, shape
        ``(q,)`` each; every large edge is in at most one small one.
    num_edges
        Number of edges of the large problem, ``m``.
    """

    problem: RuralProblem
    chain: NDArray[np.int64]
    links: NDArray[np.int64]
    num_edges: int

    def expand(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn extra passes of the small edges into those of the ``m`` large ones."""
        large = np.zeros(self.num_edges, np.int64)
        large[self.links] = extra[self.chain]
        return large


def simplify(problem: RuralProblem, *, share: bool = False) -> Simplified:
    """
    Shrink a problem without changing the cost of its best tour.

    Dead ends that need not be passed and the dearer of parallel edges go; edges in a
    row become one where nothing else touches them, all required or none.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    share
        Keep required edges in a row apart, as two vehicles may come from both sides
        and turn between them: then no cost of any fleet changes either.
    """
    network = problem.network
    windy = WindyProblem(
        num_nodes=network.num_nodes,
        edge_nodes=network.edge_nodes,
        cost=np.column_stack([network.cost] * 2),
        required=problem.required,
        depot=problem.depot,
    )
    small = simplify_windy(windy, share=share)
    return Simplified(
        RuralProblem(
            Network(
                num_nodes=small.problem.num_nodes,
                edge_nodes=small.problem.edge_nodes,
                cost=np.ascontiguousarray(small.problem.cost[:, 0]),
            ),
            required=small.problem.required,
            depot=small.problem.depot,
        ),
        chain=small.chain,
        links=small.links,
        num_edges=network.num_edges,
    )

"""The cheapest edges that make given nodes odd and all others even."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pymatching import Matching
from scipy.sparse import csc_array

from patrol.errors import PlanError
from patrol.planning.network import Network, Roads

MANY_ODD = 3_000
"""Odd nodes from which the half-edge matching is the faster engine, see the docs."""


class TJoin:
    """
    Minimum-weight T-joins on one network.

    Exact, by one of two engines: PyMatching's sparse blossom [1]_ takes whole-number
    weights as they are and is best for few odd nodes, but its time explodes with
    many. From `MANY_ODD` on, `half_edges.join_edges` finds the join and its proof.
    Made once a network, asked often.

    Parameters
    ----------
    network
        Network; only the lightest of parallel edges is ever used, and no loop.
    weight
        Whole numbers from 0 to `MAX_COST` to use for the costs, shape ``(m,)``.
    many_odd
        Number of odd nodes from which the second engine is used.

    References
    ----------
    .. [1] Higgott and Gidney (2025). Sparse Blossom: correcting a million errors
       per core second with minimum-weight matching. *Quantum* 9, 1600.
       doi:10.22331/q-2025-01-20-1600.
    """

    def __init__(
        self,
        network: Network,
        weight: NDArray[np.int64] | None = None,
        *,
        many_odd: int = MANY_ODD,
    ) -> None:
        weight = network.cost if weight is None else weight
        self._network = network
        self._edges = Roads.cheapest(network, weight.astype(np.float64)).edges
        self._ends = network.edge_nodes[self._edges]
        self._weight = weight[self._edges]
        self._many_odd = many_odd

    def solve(self, odd_nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """
        Find a cheapest set of edges with odd degree at just these nodes.

        Parameters
        ----------
        odd_nodes
            Nodes without repetition; an even number in every part of the network.

        Returns
        -------
        NDArray
            Numbers of the edges, ascending.

        Raises
        ------
        PlanError
            If some part of the network holds an odd number of the nodes.
        """
        if len(odd_nodes) == 0:
            return np.zeros(0, np.int64)
        self._check_pairs(odd_nodes)
        wanted = np.zeros(self._network.num_nodes, bool)
        wanted[odd_nodes] = True
        if len(odd_nodes) < self._many_odd:
            chosen = self._few.decode(wanted.astype(np.uint8)).astype(bool)
        else:
            # Numba takes a second to start: only those who need it wait for it.
            from patrol.planning.half_edges import join_edges

            chosen = join_edges(self._ends, self._weight, wanted)
        return np.sort(self._edges[chosen])

    @cached_property
    def _few(self) -> Matching:
        count = len(self._edges)
        places = (self._ends.ravel(), np.repeat(np.arange(count), 2))
        shape = (self._network.num_nodes, count)
        incidence = csc_array((np.ones(2 * count, np.uint8), places), shape=shape)
        return Matching.from_check_matrix(incidence, weights=self._weight)

    @cached_property
    def _part(self) -> NDArray[np.int64]:
        return self._network.parts(self._edges)

    def _check_pairs(self, odd_nodes: NDArray[np.int64]) -> None:
        lonely = np.flatnonzero(np.bincount(self._part[odd_nodes]) % 2)
        if len(lonely):
            node = odd_nodes[self._part[odd_nodes] == lonely[0]][0]
            raise PlanError(
                f"{len(odd_nodes)} odd nodes cannot be paired: {len(lonely)} parts of "
                f"the network hold an odd number of them, the first is that of node "
                f"{node}"
            )

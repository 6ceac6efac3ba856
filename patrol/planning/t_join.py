"""The cheapest edges that make given nodes odd and all others even."""

import numpy as np
from numpy.typing import NDArray
from pymatching import Matching
from scipy.sparse import csc_array

from patrol.errors import PlanError
from patrol.planning.network import Network, Roads


class TJoin:
    """
    Minimum-weight T-joins on one network.

    Exact: PyMatching's sparse blossom [1]_ takes whole-number weights as they are.
    Made once a network, asked often.

    Parameters
    ----------
    network
        Network; only the lightest of parallel edges is ever used, and no loop.
    weight
        Whole numbers from 0 to `MAX_COST` to use for the costs, shape ``(m,)``.

    References
    ----------
    .. [1] Higgott and Gidney (2025). Sparse Blossom: correcting a million errors
       per core second with minimum-weight matching. *Quantum* 9, 1600.
       doi:10.22331/q-2025-01-20-1600.
    """

    def __init__(
        self, network: Network, weight: NDArray[np.int64] | None = None
    ) -> None:
        weight = network.cost if weight is None else weight
        self._num_nodes = network.num_nodes
        self._edges = Roads.cheapest(network, weight.astype(np.float64)).edges
        ends = network.edge_nodes[self._edges]
        count = len(self._edges)
        places = (ends.ravel(), np.repeat(np.arange(count), 2))
        shape = (network.num_nodes, count)
        incidence = csc_array((np.ones(2 * count, np.uint8), places), shape=shape)
        self._matching = Matching.from_check_matrix(
            incidence, weights=weight[self._edges]
        )

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
        wanted = np.zeros(self._num_nodes, np.uint8)
        wanted[odd_nodes] = 1
        try:
            chosen = self._matching.decode(wanted)
        except ValueError as error:
            raise PlanError(
                f"{len(odd_nodes)} odd nodes cannot be paired: some part of the "
                f"network holds an odd number of them"
            ) from error
        return np.sort(self._edges[np.flatnonzero(chosen)])

"""From a rough idea of what to pass twice to a tour that cannot shed anything."""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.connect import connectors, spanning_rows
from patrol.planning.network import NONE
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.t_join import TJoin

_FAVOUR = 1e-3
"""Price factor of edges that are passed already: next to nothing, yet not zero."""


class Completion:
    """
    Makes tours of one rural postman problem.

    A tour is the extra passes of each edge, shape ``(m,)``, on top of one pass of
    each required edge.
    """

    def __init__(self, problem: RuralProblem) -> None:
        self._problem = problem
        self._network = problem.network
        self._join = TJoin(problem.network)

    def connect(self, price: NDArray[np.float64]) -> NDArray[np.int64]:
        """
        Join the required parts at least price, then pair the odd nodes.

        With the costs as prices this is Frederickson's method [1]_, at most 3/2 of
        the shortest tour.

        References
        ----------
        .. [1] Frederickson (1979). Approximation algorithms for some postman
           problems. *Journal of the ACM* 26(3), 538-554. doi:10.1145/322139.322150.
        """
        extra = np.zeros(self._network.num_edges, np.int64)
        extra[connectors(self._network, price, self._problem.part)] = 1
        return self.pruned(self._paired(extra))

    def complete(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        """Make a tour of extra passes that may hang apart or leave odd nodes."""
        passed = np.flatnonzero(self._problem.required + extra)
        label = self._network.parts(passed)
        used = self._problem.part >= 0
        used[self._network.edge_nodes[passed].ravel()] = True
        part = np.where(used, label, NONE)
        extra = extra.copy()
        extra[connectors(self._network, self._network.cost.astype(float), part)] += 1
        return self.polish(self.pruned(self._paired(extra)))

    def polish(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        """Keep a tour's links between parts, pair anew, until it gains nothing."""
        while True:
            favour = np.where(extra > 0, _FAVOUR, 1.0)
            better = self.connect(favour * self._network.cost)
            if self._problem.cost_of(better) >= self._problem.cost_of(extra):
                return extra
            extra = better

    def _paired(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        passes = self._problem.required + extra
        paired = extra.copy()
        paired[self._join.solve(self._network.odd_nodes(passes))] += 1
        return paired

    def pruned(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        """Drop pairs of passes that no part needs to hang together."""
        extra = extra % 2 + 2 * ((extra > 0) & (extra % 2 == 0))
        single = np.flatnonzero(self._problem.required | (extra == 1))
        label = self._network.parts(single)
        double = np.flatnonzero(extra == 2)
        extra[double] = 0
        needed = np.zeros(self._network.num_nodes, bool)
        needed[label[self._problem.part >= 0]] = True
        needed[label[self._network.edge_nodes[single].ravel()]] = True
        ends = label[self._network.edge_nodes[double]]
        kept = spanning_rows(ends, self._network.cost[double].astype(float))
        extra[double[kept[without_twigs(ends[kept], needed)]]] = 2
        return extra


def without_twigs(
    ends: NDArray[np.int64], needed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Rows of a forest that remain when needless leaves have fallen off."""
    rows = np.arange(len(ends))
    while len(rows):
        degree = np.bincount(ends[rows].ravel(), minlength=len(needed))
        leaf = (degree == 1) & ~needed
        twig = leaf[ends[rows]].any(axis=1)
        if not twig.any():
            break
        rows = rows[~twig]
    return rows

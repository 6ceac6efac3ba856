"""From prices to a balanced tour of a windy problem that hangs together."""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import without_twigs
from patrol.planning.connect import connectors, spanning_rows
from patrol.planning.network import MAX_COST, Network
from patrol.planning.t_join import TJoin
from patrol.planning.windy_flow import balanced, fair_prices, paired
from patrol.planning.windy_problem import WindyProblem

_LEAST_PRICE = 1e-3
"""Links that cost nothing still have to be told from missing ones."""

_FINE = 16
"""Steps of a price in a T-join, which takes whole numbers."""

_MOST_PASSES = 2  # of an edge that only has to keep its parity

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class WindyCompletion:
    """
    Makes tours of one windy problem in which all nodes reach each other.

    A tour is the passes along and against each edge, shape ``(m, 2)``.
    """

    def __init__(self, problem: WindyProblem) -> None:
        self._problem = problem
        self._two_way = problem.drivable.all(axis=1)
        one_way = problem.cost.min(axis=1)
        cheap = np.clip(one_way, 1, MAX_COST)
        self._network = Network(problem.num_nodes, problem.edge_nodes, cheap)
        self._mean = np.where(self._two_way, problem.cost.mean(axis=1), one_way)
        self._fair = fair_prices(problem, problem.required.astype(np.int64)).min(axis=1)

    @property
    def network(self) -> Network:
        """The edges without directions, each at its cheaper cost."""
        return self._network

    def prices(self, share: float) -> Floats:
        """
        Mix costs averaged over both directions with fair prices, shape ``(m,)``.

        Parameters
        ----------
        share
            Share of the fair prices, 0-1. Those see only what balance costs, the
            averages only what passes cost; a mixture does better than either.
        """
        return np.asarray(share * self._fair + (1 - share) * self._mean)

    def tour(self, price: Floats) -> Ints:
        """
        Join the required parts, pair odd nodes, choose directions.

        The parts are joined by a spanning tree and the odd nodes paired at the prices
        given, both without regard to directions; these and further passes follow from
        flows, exact for these parities [1]_, and are improved by `polish`.

        Parameters
        ----------
        price
            What a pass of each edge counts in the first two steps, shape ``(m,)``.

        References
        ----------
        .. [1] Frederickson (1979). Approximation algorithms for some postman
           problems. *Journal of the ACM* 26(3), 538-554. doi:10.1145/322139.322150.
        """
        problem = self._problem
        least = problem.required.astype(np.int64)
        if problem.num_parts > 1:
            positive = np.maximum(price, _LEAST_PRICE)
            least[connectors(self._network, positive, problem.part)] += 1
        if not self._two_way.any():
            one_way = np.where(problem.drivable, least[:, None], 0)
            return self.polish(balanced(problem, self._least(one_way)))
        weight = np.clip(np.round(price * _FINE), 0, MAX_COST).astype(np.int64)
        odd = self._network.odd_nodes(least)
        least[TJoin(self._network, weight).solve(odd)] += 1
        return self.polish(paired(problem, np.where(least > _MOST_PASSES, 1, least)))

    def polish(self, passes: Ints) -> Ints:
        """Turn by turn hold a tour's directions and its parities, until both stay."""
        problem = self._problem
        while True:
            better = balanced(problem, self._least(passes))
            if self._two_way.any():
                better = paired(problem, self._parities(better))
            if problem.cost_of(better) >= problem.cost_of(passes):
                return passes
            passes = better

    def _least(self, passes: Ints) -> Ints:
        """One pass of what has to stay, in the direction in which it is passed."""
        least = np.zeros_like(passes)
        rows = np.flatnonzero(self._kept(passes))
        least[rows, passes[rows].argmax(axis=1)] = 1
        return least

    def _parities(self, passes: Ints) -> Ints:
        least = np.asarray(passes.sum(axis=1) % 2)
        least[self._kept(passes) & (least == 0)] = _MOST_PASSES
        return least

    def _kept(self, passes: Ints) -> NDArray[np.bool_]:
        """Mask of the required edges, and of passed ones that hold them together."""
        problem = self._problem
        kept = problem.required.copy()
        if problem.num_parts == 1:
            return kept
        label = self._network.parts(np.flatnonzero(problem.required))
        free = np.flatnonzero(~problem.required & (passes.sum(axis=1) > 0))
        ends = label[problem.edge_nodes[free]]
        rows = spanning_rows(ends, self._mean[free])
        needed = np.zeros(problem.num_nodes, bool)
        needed[label[problem.part >= 0]] = True
        kept[free[rows[without_twigs(ends[rows], needed)]]] = True
        return kept

"""Change a rural postman's tour in one neighbourhood at a time."""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import Completion
from patrol.planning.network import Roads
from patrol.planning.rural_problem import RuralProblem

_KEPT = 1e-3
"""Price factor of what the tour passes far from the change: next to nothing."""

_FAVOUR = (0.2, 1.0)
"""Range of that factor where the change is."""

_NOISE = 0.5
"""Spread of the disturbed prices there: deviation of their logarithm."""

_NODES = (20, 120)
"""Range of the number of nodes in a neighbourhood."""

_PROMISING = 1.005
"""A change is worth polishing when its extra passes cost at most so much more."""


class LocalSearch:
    """
    Joins the required parts anew near a random node, at disturbed prices.

    Far from that node the tour's own links are next to free, so they stay; the odd
    nodes are paired anew everywhere.
    """

    def __init__(
        self,
        problem: RuralProblem,
        completion: Completion,
        rng: np.random.Generator,
    ) -> None:
        self._problem = problem
        self._network = problem.network
        self._completion = completion
        self._rng = rng
        self._cost = problem.network.cost.astype(np.float64)
        self._roads = Roads.cheapest(problem.network, self._cost)

    def change(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        """Try one change; return the tour itself when it is for the worse."""
        near = self._neighbourhood()
        favour = np.where(near, self._rng.uniform(*_FAVOUR), _KEPT)
        noise = np.exp(self._rng.normal(0.0, _NOISE, len(near)))
        price = self._cost * np.where(near, noise, 1.0)
        price[extra > 0] *= favour[extra > 0]
        changed = self._completion.connect(price)
        cost = self._problem.cost_of(extra)
        if cost < self._problem.cost_of(changed) <= _PROMISING * cost:
            changed = self._completion.polish(changed)
        return changed if self._problem.cost_of(changed) <= cost else extra

    def _neighbourhood(self) -> NDArray[np.bool_]:
        """Mask of the edges that touch the nodes nearest to a random one."""
        node = self._rng.integers(self._network.num_nodes, size=1)
        size = min(int(self._rng.integers(*_NODES)), self._network.num_nodes)
        distance = self._roads.tree(node).distance
        near = np.zeros(self._network.num_nodes, bool)
        near[np.argsort(distance, kind="stable")[:size]] = True
        return np.asarray(near[self._network.edge_nodes].any(axis=1))

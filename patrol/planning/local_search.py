"""Shorten a rural postman's tour: ring by ring, and from new starts."""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import Completion
from patrol.planning.network import Roads
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.tour_search import TourSearch

_KEPT = 1e-3
"""Price factor of what the tour passes far from the change: next to nothing."""

_FAVOUR = (0.2, 1.0)
"""Range of that factor where the change is."""

_NOISE = 0.5
"""Spread of the disturbed prices there: deviation of their logarithm."""

_NODES = (20, 120)
"""Range of the number of nodes in a neighbourhood."""

_PATIENCE = 6
"""Tries without a gain after which the search starts anew."""


class LocalSearch:
    """
    Improves a tour until it stands still, then joins the parts anew near some node.

    Far from that node the tour's own links are next to free, so they stay; near it
    prices are disturbed. The odd nodes are paired anew everywhere.

    Parameters
    ----------
    problem
        Rural postman problem.
    completion
        Makes its tours.
    start
        Tour to start from: extra passes of each edge, shape ``(m,)``.
    seed
        Seed of the search.

    Attributes
    ----------
    best
        The shortest tour so far.
    """

    def __init__(
        self,
        problem: RuralProblem,
        completion: Completion,
        start: NDArray[np.int64],
        *,
        seed: int,
    ) -> None:
        self._problem = problem
        self._completion = completion
        self._rng = np.random.default_rng(seed)
        self._cost = problem.network.cost.astype(np.float64)
        self._roads = Roads.cheapest(problem.network, self._cost)
        self._search = TourSearch(problem, completion, start, seed=seed)
        self._now = problem.cost_of(start)
        self._waited = 0
        self.best = start

    def go_from(self, extra: NDArray[np.int64]) -> None:
        """Go on from another tour."""
        self._search.restart(extra)
        self._now, self._waited = self._problem.cost_of(extra), 0
        self._note(extra)

    def offer(self, extra: NDArray[np.int64]) -> None:
        """Go on from another tour if it is shorter than the best."""
        if self._problem.cost_of(extra) < self._problem.cost_of(self.best):
            self.go_from(extra)

    def improve(self) -> None:
        """Try to improve the tour; start anew if it has long stood still."""
        if self._waited >= _PATIENCE:
            self.go_from(self._disturbed())
        found = self._search.improve()
        cost = self._problem.cost_of(found)
        self._waited = 0 if cost < self._now else self._waited + 1
        self._now = cost
        self._note(found)

    def _note(self, extra: NDArray[np.int64]) -> None:
        if self._problem.cost_of(extra) < self._problem.cost_of(self.best):
            self.best = extra

    def _disturbed(self) -> NDArray[np.int64]:
        """Join the parts of the best tour anew near a random node."""
        near = self._neighbourhood()
        favour = np.where(near, self._rng.uniform(*_FAVOUR), _KEPT)
        noise = np.exp(self._rng.normal(0.0, _NOISE, len(near)))
        price = self._cost * np.where(near, noise, 1.0)
        price[self.best > 0] *= favour[self.best > 0]
        return self._completion.connect(price)

    def _neighbourhood(self) -> NDArray[np.bool_]:
        """Mask of the edges that touch the nodes nearest to a random one."""
        node = self._rng.integers(self._problem.network.num_nodes, size=1)
        size = int(self._rng.integers(*_NODES))
        distance = self._roads.tree(node).distance
        near = np.zeros(len(distance), bool)
        near[np.argsort(distance, kind="stable")[:size]] = True
        return np.asarray(near[self._problem.network.edge_nodes].any(axis=1))

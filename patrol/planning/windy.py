"""
The windy rural postman: a short closed walk where directions matter, and a bound.

One method for undirected, directed, mixed and windy networks, all or some of whose
edges are required.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.plan import BoundKind
from patrol.planning.stop import StopWhen
from patrol.planning.windy_bound import windy_bound
from patrol.planning.windy_completion import WindyCompletion
from patrol.planning.windy_core import WindyCore
from patrol.planning.windy_flow import flow_bound
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_search import SHARES, OrderSearch, PriceSearch
from patrol.planning.windy_simplify import simplify_windy

_LP_ROUNDS = 3
"""Rounds of the linear program for each round of `StopWhen`."""

_LP_SIZE = 2000
"""Edges from which there are fewer, so that no search by rounds takes long."""

_CHANGES = 50
"""Changes of prices between two searches for a better order."""

_MOST_TASKS = 2500
"""Required edges above which the search for an order gains too little in its time."""


@dataclass(frozen=True)
class WindyTour:
    """
    A tour of a windy problem on ``m`` edges, and how good it is.

    Attributes
    ----------
    passes
        Passes along and against each edge, shape ``(m, 2)``.
    cost
        Cost of the tour.
    bound, kind
        No tour is cheaper; `BoundKind.PROVED_OPTIMAL` where ``bound == cost``.
    """

    passes: NDArray[np.int64]
    cost: int
    bound: int
    kind: BoundKind


def windy_postman(
    problem: WindyProblem,
    *,
    seed: int,
    until: StopWhen | None = None,
    bound_effort: StopWhen | None = None,
) -> WindyTour:
    """
    Find a short closed walk past every required edge, with a lower bound.

    On a directed network whose required edges hang together with the depot the walk
    is the shortest there is, by a flow (Edmonds and Johnson, see
    `windy_flow.balanced`). Else it is heuristic: required parts joined and odd nodes
    paired at several prices, some of which the linear program of the bound suggests,
    directions by flows, then searches for better prices and for a better order. Only
    its bound says how good it is.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    seed
        Seed of the searches.
    until
        How hard to try.
    bound_effort
        How hard to try for the bound; its rounds are for small networks, larger ones
        get fewer. As ``until`` if left out.
    """
    until = until or StopWhen()
    if not problem.required.any():
        nothing = np.zeros((problem.num_edges, 2), np.int64)
        return WindyTour(nothing, 0, 0, BoundKind.PROVED_OPTIMAL)
    core = WindyCore.of(problem)
    small = simplify_windy(core.problem)
    search = _Search(small.problem, seed)
    search.relax(bound_effort or until)
    search.improve(until)
    cost = small.problem.cost_of(search.best)
    relaxed = BoundKind.LP if until.rounds else BoundKind.WEAK
    kind = BoundKind.PROVED_OPTIMAL if cost == search.bound else relaxed
    passes = core.expand(small.expand(search.best))
    return WindyTour(passes, cost, search.bound, kind)


class _Search:
    """The best tour of a problem so far, and the best bound."""

    def __init__(self, problem: WindyProblem, seed: int) -> None:
        self._problem = problem
        self._seed = seed
        self._completion = WindyCompletion(problem)
        self._wanted = problem.required[:, None] / 2.0 + np.zeros((1, 2))
        tours = [
            self._completion.tour(self._completion.prices(share)) for share in SHARES
        ]
        self.best = min(tours, key=problem.cost_of)
        self.bound = flow_bound(problem)

    @property
    def _done(self) -> bool:
        return self._problem.cost_of(self.best) == self.bound

    def relax(self, until: StopWhen) -> None:
        """Raise the bound by the linear program, and take its tour if it shows one."""
        if self._done or not until.rounds:
            return
        share = min(1.0, _LP_SIZE / self._problem.num_edges)
        rounds = math.ceil(_LP_ROUNDS * share * until.rounds)
        found = windy_bound(
            self._problem,
            upper=self._problem.cost_of(self.best),
            rounds=rounds,
            go_on=until.go_on,
        )
        self.bound = max(self.bound, found.bound)
        self._wanted = found.passes
        if found.tour is not None:
            self.best = found.tour

    def improve(self, until: StopWhen) -> None:
        """Search for a better tour."""
        if self._done:
            return
        problem, completion = self._problem, self._completion
        rng = np.random.default_rng(self._seed)
        prices = PriceSearch(problem, completion, self._wanted, rng)
        self.best = min([self.best, *prices.rounded()], key=problem.cost_of)
        orders = None
        if problem.required.sum() <= _MOST_TASKS:
            orders = OrderSearch(problem, completion, seed=self._seed)
        for number in range(until.tries):
            if self._done or not until.go_on():
                break
            self.best = prices.change(self.best)
            if orders is not None and number % _CHANGES == 0:
                self.best = orders.change(self.best, until.go_on)

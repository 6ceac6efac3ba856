"""
The windy rural postman: a short closed walk where directions matter, and a bound.

One method for undirected, directed, mixed and windy networks, all or some of whose
edges are required.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.plan import BoundKind
from patrol.planning.rural import Effort
from patrol.planning.windy_completion import WindyCompletion
from patrol.planning.windy_core import WindyCore
from patrol.planning.windy_flow import flow_bound
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_search import OrderSearch, PriceSearch

_SHARES = (0.5, 0.0, 1.0)
"""Mixtures of prices from which the first tours are made."""

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
    problem: WindyProblem, *, seed: int, effort: Effort | None = None
) -> WindyTour:
    """
    Find a short closed walk past every required edge, with a lower bound.

    On a directed network whose required edges hang together with the depot the walk
    is the shortest there is, by a flow (Edmonds and Johnson, see
    `windy_flow.balanced`). Else it is heuristic: required parts joined and odd nodes
    paired at several prices, directions by flows, then searches for better prices and
    for a better order. Only its bound says how good it is.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    seed
        Seed of the searches.
    effort
        How hard to try.
    """
    effort = effort or Effort()
    core = WindyCore.of(problem)
    if not problem.required.any():
        nothing = np.zeros((problem.num_edges, 2), np.int64)
        return WindyTour(nothing, 0, 0, BoundKind.PROVED_OPTIMAL)
    passes, bound = _solve(core.problem, seed, effort)
    cost = core.problem.cost_of(passes)
    relaxed = BoundKind.LP if effort.rounds else BoundKind.WEAK
    kind = BoundKind.PROVED_OPTIMAL if cost == bound else relaxed
    return WindyTour(core.expand(passes), cost, bound, kind)


def _solve(
    problem: WindyProblem, seed: int, effort: Effort
) -> tuple[NDArray[np.int64], int]:
    """Passes of each edge, and a lower bound of their cost."""
    completion = WindyCompletion(problem)
    tours = [completion.tour(completion.prices(share)) for share in _SHARES]
    best = min(tours, key=problem.cost_of)
    bound = flow_bound(problem)
    return _searched(problem, completion, best, bound, seed, effort), bound


def _searched(problem, completion, best, bound, seed, effort):
    prices = PriceSearch(problem, completion, np.random.default_rng(seed))
    orders = None
    if problem.required.sum() <= _MOST_TASKS:
        orders = OrderSearch(problem, completion, seed=seed)
    for number in range(effort.tries):
        if problem.cost_of(best) == bound or not effort.go_on():
            break
        best = prices.change(best)
        if orders is not None and number % _CHANGES == 0:
            best = orders.change(best, effort.go_on)
    return best

"""
The rural postman: a short closed walk past every required edge, and a lower bound.

The relaxation leads the search: each of its rounds gives a solution that is too
cheap to hang together, and what it takes to mend it is little. What is left of the
gap after that, a local search narrows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import Completion
from patrol.planning.local_search import LocalSearch
from patrol.planning.plan import BoundKind
from patrol.planning.relaxation import Relaxed, lagrange, relax
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.shortcuts import Shortcuts
from patrol.planning.simplify import simplify
from patrol.planning.t_join import TJoin

_MEND_EVERY = 5
"""Rounds of the relaxation after which its solution is mended to a tour."""


@dataclass(frozen=True)
class Effort:
    """
    How hard to try.

    Attributes
    ----------
    rounds
        Most rounds of the relaxation; with 0 the bound is that of the T-join.
    tries
        Most changes tried after it.
    go_on
        Asked now and then whether to go on; limits by time make a result depend on
        the machine, limits by rounds and tries do not.
    """

    rounds: int = 200
    tries: int = 100
    go_on: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class RuralTour:
    """
    A tour of a rural postman problem, and how good it is.

    Attributes
    ----------
    extra
        Passes of each edge on top of one of each required edge, shape ``(m,)``.
    cost
        Cost of the tour.
    bound, kind
        No tour is cheaper; `BoundKind.PROVED_OPTIMAL` where ``bound == cost``.
    """

    extra: NDArray[np.int64]
    cost: int
    bound: int
    kind: BoundKind


def rural_postman(
    problem: RuralProblem, *, seed: int, effort: Effort | None = None
) -> RuralTour:
    """
    Find a short closed walk past every required edge, with a lower bound.

    Where the required edges and the depot hang together, the walk is the shortest
    there is (it is a Chinese postman's, by the exact T-join). Else it starts from
    Frederickson's, at most 3/2 of the shortest, and is mended along the relaxation
    and by a search.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    seed
        Seed of the search.
    effort
        How hard to try.
    """
    effort = effort or Effort()
    if problem.num_parts == 1:
        extra = np.zeros(problem.network.num_edges, np.int64)
        extra[TJoin(problem.network).solve(problem.odd_nodes)] = 1
        bound = problem.cost_of(extra)
    else:
        small = simplify(problem)
        core = Shortcuts.of(small.problem)
        extra, bound = _solve(core.problem, effort, seed)
        extra = small.expand(core.expand(extra))
    required = problem.cost_of(problem.required.astype(np.int64))
    cost = required + problem.cost_of(extra)
    proved = cost == required + bound
    relaxed = BoundKind.LP if effort.rounds else BoundKind.WEAK
    kind = BoundKind.PROVED_OPTIMAL if proved else relaxed
    return RuralTour(extra, cost, required + bound, kind)


def _solve(
    problem: RuralProblem, effort: Effort, seed: int
) -> tuple[NDArray[np.int64], int]:
    """Extra passes of each edge, and a lower bound of their cost."""
    completion = Completion(problem)
    start = completion.connect(problem.network.cost.astype(np.float64))
    bound = lagrange(problem, [])[0]  # the T-join alone
    search = LocalSearch(problem, completion, start, seed=seed)
    tries, relaxed = 0, Relaxed(bound, start)
    for number, relaxed in enumerate(relax(problem, rounds=effort.rounds)):
        bound = max(bound, relaxed.bound)
        if number % _MEND_EVERY == 0 and tries < effort.tries:
            search.offer(completion.complete(relaxed.extra))
            search.improve()
            tries += 1
        if problem.cost_of(search.best) == bound or not effort.go_on():
            return search.best, bound
    search.go_from(completion.complete(relaxed.extra))
    while problem.cost_of(search.best) > bound and tries < effort.tries:
        search.improve()
        tries += 1
        if not effort.go_on():
            break
    return search.best, bound

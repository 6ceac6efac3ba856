"""
A lower bound for the windy postman, and his shortest tour where it shows itself.

The linear program with parity and connectivity cuts, in the manner of the branch and
cut algorithm of Corberan, Plana and Sanchis [1]_; its prices make a bound in whole
numbers that holds however the program was solved.

.. [1] Corberan, Plana and Sanchis (2007). A branch and cut algorithm for the windy
   general routing problem and special cases. *Networks* 49(4), 245-257.
   doi:10.1002/net.20176.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.cuts import TOLERANCE
from patrol.planning.orientation import orient
from patrol.planning.plan import BoundKind
from patrol.planning.windy_cuts import WindySeparator
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_program import WindyProgram

_LITTLE = 1e-4
"""Where a round raised the bound by less than this share, cuts are looked for by
maximum flow, too."""

_PATIENCE = 30
"""Rounds without a better bound after which there is no more to get."""


@dataclass(frozen=True)
class WindyBound:
    """
    What the linear program tells about a windy postman problem.

    Attributes
    ----------
    bound
        No tour is cheaper.
    kind
        `BoundKind.PROVED_OPTIMAL` if a tour of this cost is known: ``tour``, or the
        one whose cost was given as ``upper``.
    passes
        Passes along and against each edge in the last solution, perhaps in parts,
        shape ``(m, 2)``.
    tour
        Passes of a shortest tour, shape ``(m, 2)``, if the solution showed one.
    """

    bound: int
    kind: BoundKind
    passes: NDArray[np.float64]
    tour: NDArray[np.int64] | None


def windy_bound(
    problem: WindyProblem,
    *,
    upper: int | None = None,
    routes: int = 1,
    rounds: int = 1000,
    go_on: Callable[[], bool] = lambda: True,
) -> WindyBound:
    """
    Bound the cost of every tour from below.

    Where the required edges and the depot hang together, it is the cost of a
    shortest tour if the network is directed (a flow [2]_), or if it is undirected
    and the cuts come to an end (a matching [3]_).

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    upper
        Cost of a tour that is known; a bound that reaches it ends the search.
    routes
        Number of closed walks from the depot that the tour consists of: it leaves the
        depot as often, or as often as there are required edges.
    rounds
        Most rounds of cuts.
    go_on
        Asked before each round but the first whether to go on.

    References
    ----------
    .. [2] Beltrami and Bodin (1974). Networks and vehicle routing for municipal waste
       collection. *Networks* 4(1), 65-94. doi:10.1002/net.3230040106.
    .. [3] Edmonds and Johnson (1973). Matching, Euler tours and the Chinese postman.
       *Mathematical Programming* 5, 88-124. doi:10.1007/BF01580113.
    """
    program, separator = WindyProgram(problem), WindySeparator(problem)
    leaving = min(routes, int(problem.required.sum()))
    program.leave(problem.depot, leaving)
    bound, waited, last = 0, 0, 0.0
    for number in range(max(1, rounds)):
        if number and not go_on():
            break
        x = program.solve()
        value = program.bound()
        waited = 0 if value > bound else waited + 1
        bound = max(bound, value)
        if bound == upper or waited > _PATIENCE:
            break
        if program.value > last:
            program.forget()
            program.leave(problem.depot, leaving)
        new = program.add(separator.grown(x))
        if not new or program.value - last < _LITTLE * program.value:
            new += program.add(separator.cheapest(x))
        last = max(last, program.value)
        if not new:
            break
    tour = whole_tour(problem, x)
    if tour is not None and problem.cost_of(tour) > bound:
        tour = None
    proved = tour is not None or bound == upper
    return WindyBound(
        bound, BoundKind.PROVED_OPTIMAL if proved else BoundKind.LP, x, tour
    )


def whole_tour(
    problem: WindyProblem, x: NDArray[np.float64]
) -> NDArray[np.int64] | None:
    """
    Make a tour of a solution whose edges are passed a whole number of times.

    The passes along and against an edge may come in halves; they are directed anew,
    which makes them no dearer. None if there is no such tour.
    """
    total = np.rint(x.sum(axis=1)).astype(np.int64)
    if np.abs(x.sum(axis=1) - total).max(initial=0) > TOLERANCE:
        return None
    passes = orient(problem, total)
    return passes if passes is not None and problem.is_tour(passes) else None

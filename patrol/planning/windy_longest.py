"""
A lower bound for the longest route of a fleet on a windy network.

The problem is the min-max k-vehicles windy rural postman problem [1]_. Few required
edges are shared exactly. Else four bounds are had, and the best counts: all routes
together are a tour that leaves the depot as often as there are routes, and cannot all
be below its average; some route goes to the farthest edge; limits are refuted by the
visits that they ask for in far parts; and by prices with which so many routes cannot
pay for everything.

.. [1] Benavent, Corberan, Plana and Sanchis (2009). Min-max k-vehicles windy rural
   postman problem. *Networks* 54(4), 216-226. doi:10.1002/net.20334.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.plan import BoundKind
from patrol.planning.route_covering import Covering
from patrol.planning.route_pricing import MOST_PRICED
from patrol.planning.stop import Deadline
from patrol.planning.windy_bound import windy_bound
from patrol.planning.windy_limits import LimitCuts
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_subsets import MOST, shortest_longest
from patrol.planning.windy_ways import WindyWays

_CUTS_SHARE = 0.5
"""Share of a limited time that cuts may take; the covering program has the rest."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LongestBound:
    """
    What is known about the longest route of a fleet.

    Attributes
    ----------
    bound
        In no plan is the dearest route cheaper.
    kind
        `BoundKind.PROVED_OPTIMAL` if a plan that meets it is known: ``orders``, or
        the one whose dearest route was given as ``upper``.
    orders
        Required edges of each route in the order of service, of a plan that meets
        the bound; only where the problem is small enough to be solved.
    """

    bound: int
    kind: BoundKind
    orders: tuple[Ints, ...] | None


def windy_longest_bound(
    problem: WindyProblem,
    robots: int,
    *,
    upper: int | None = None,
    rounds: int = 1000,
    go_on: Callable[[], bool] = lambda: True,
) -> LongestBound:
    """
    Bound the cost of the dearest of so many routes from below.

    Exact, with routes, for at most `MOST` required edges. For more, cuts and the
    covering program refute limits by bisection; above `MOST_PRICED` required edges
    only the average and the farthest edge count.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    robots
        Number of routes, at least 1; each starts and ends at the depot.
    upper
        Cost of the dearest route of a plan that is known.
    rounds
        Most rounds of cuts, and of prices.
    go_on
        Asked now and then whether to go on.
    """
    ways = WindyWays.of(problem)
    robots = max(1, min(robots, len(ways.edges)))  # others have nothing to do
    if 0 < len(ways.edges) <= MOST:
        longest, orders = shortest_longest(ways, robots)
        return LongestBound(longest, BoundKind.PROVED_OPTIMAL, tuple(orders))
    total = windy_bound(problem, routes=robots, rounds=rounds, go_on=go_on).bound
    bound = max(-(-total // robots), ways.farthest())
    if robots > 1 and len(ways.edges) <= MOST_PRICED:
        top = upper or 2 * bound
        cuts, covering = LimitCuts(problem, robots), Covering(ways, robots)
        half = go_on.part(_CUTS_SHARE) if isinstance(go_on, Deadline) else go_on
        bound = cuts.refute(bound, top, rounds=rounds, go_on=half)
        bound = covering.refute(bound, top, rounds=rounds, go_on=go_on)
    kind = BoundKind.PROVED_OPTIMAL if bound == upper else BoundKind.LP
    return LongestBound(bound, kind, None)

"""
Limits that too few routes can keep, by covering required edges with parts of routes.

A limit is refuted where prices on the required edges exist with which no route within
it earns more than one ``k``-th of all: then no ``k`` routes serve everything. The
prices are dual solutions of set covering by routes, found by column generation [1]_;
what they prove is computed in whole numbers.

.. [1] Desrochers, Desrosiers and Solomon (1992). A new optimization algorithm for the
   vehicle routing problem with time windows. *Operations Research* 40(2), 342-354.
   doi:10.1287/opre.40.2.342.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from patrol.planning.route_pricing import Pricer
from patrol.planning.solver import new_solver
from patrol.planning.windy_ways import WindyWays

_SHARE = 2**30
"""Prices are whole parts: so many for the price of one route."""

Ints = NDArray[np.int64]


class Covering:
    """
    Routes that cover the required edges, and limits that too few of them keep.

    Parameters
    ----------
    ways
        Ways between at most `route_pricing.MOST_PRICED` required edges.
    robots
        Number of routes.
    """

    def __init__(self, ways: WindyWays, robots: int) -> None:
        self._ways = ways
        self._robots = robots
        self._routes: list[tuple[list[int], int]] = []

    def refute(
        self, bound: int, upper: int, *, rounds: int, go_on: Callable[[], bool]
    ) -> int:
        """
        Raise a lower bound of the dearest route towards an upper one, by bisection.

        Parameters
        ----------
        bound
            In no plan is the dearest route cheaper; at least what it costs to go to
            the farthest required edge and back.
        upper
            Limits from here on are not tried.
        rounds
            Most rounds of prices for one limit.
        go_on
            Asked before each round whether to go on.
        """
        while bound < upper and go_on():
            limit = (bound + upper) // 2
            if self._refuted(limit, rounds, go_on):
                bound = limit + 1
            else:
                upper = limit
        return bound

    def _refuted(self, limit: int, rounds: int, go_on: Callable[[], bool]) -> bool:
        """Whether it is proved that no plan keeps within the limit."""
        pricer = Pricer(self._ways, limit)
        program = _Program(len(self._ways.edges))
        program.add([route for route, cost in self._routes if cost <= limit])
        program.add(_nearest_first(self._ways, limit))
        prices = _Prices(self._robots)
        for _ in range(rounds):
            dual = program.prices()
            if int(dual.sum()) <= self._robots * _SHARE or not go_on():
                return False
            earn = prices.between(dual)
            found = pricer.best(earn, _SHARE)
            if found.most is not None and prices.refute(earn, found.most):
                return True
            if not found.routes and found.most is None:
                return False
            program.add(found.routes)
            self._routes += [(r, self._ways.cost(r)) for r in found.routes]
        return False


class _Prices:
    """
    The prices that came nearest to refuting a limit, to keep new ones from jumping.

    Prices halfway to those of the program need fewer rounds than the program's [1]_.

    .. [1] Wentges (1997). Weighted Dantzig-Wolfe decomposition for linear
       mixed-integer programming. *International Transactions in Operational Research*
       4(2), 151-162. doi:10.1016/S0969-6016(97)00001-4.
    """

    def __init__(self, robots: int) -> None:
        self._robots = robots
        self._best: Ints | None = None

    def between(self, dual: Ints) -> Ints:
        """Prices halfway between the best and these."""
        return dual if self._best is None else (self._best + dual) // 2

    def refute(self, earn: Ints, most: int) -> bool:
        """Whether so many routes, none earning more than ``most``, earn too little."""
        scaled = earn * _SHARE // most
        if self._best is None or scaled.sum() > self._best.sum():
            self._best = scaled
        return int(earn.sum()) > self._robots * most


def _nearest_first(ways: WindyWays, limit: int) -> list[list[int]]:
    """Give routes that go on to the nearest edge left, one from each state first."""
    routes = []
    for first in np.flatnonzero(ways.out + ways.home <= limit).tolist():
        route, cost = [first], int(ways.out[first])
        left = np.ones(len(ways.home), bool)
        while True:
            left[[route[-1], route[-1] ^ 1]] = False
            there = cost + ways.go[route[-1]]
            able = np.flatnonzero(left & (there + ways.home <= limit))
            if not len(able):
                break
            route.append(int(able[there[able].argmin()]))
            cost = int(there[route[-1]])
        routes.append(route)
    return routes


class _Program:
    """The linear program of the fewest routes, each maybe driven in part."""

    def __init__(self, num_edges: int) -> None:
        self._highs = new_solver()
        one, none = np.ones(num_edges), np.zeros(num_edges, np.int32)
        most = np.full(num_edges, np.inf)
        self._highs.addRows(num_edges, one, most, 0, none, none[:0], one[:0])
        self.add([[2 * place] for place in range(num_edges)])

    def add(self, routes: list[list[int]]) -> None:
        """Offer more routes, as the states in which they serve required edges."""
        for route in routes:
            places, times = np.unique(np.array(route) // 2, return_counts=True)
            self._highs.addCol(
                1.0,
                0.0,
                np.inf,
                len(places),
                places.astype(np.int32),
                times.astype(float),
            )

    def prices(self) -> Ints:
        """Return the price of each required edge in parts of a route, rounded down."""
        self._highs.run()
        dual: NDArray[np.float64] = np.array(self._highs.getSolution().row_dual)
        prices: Ints = np.floor(np.maximum(dual, 0) * _SHARE).astype(np.int64)
        return prices

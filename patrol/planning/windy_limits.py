"""
Limits that no routes of a fleet can keep, by the cuts that the limit itself asks for.

If no route is to cost more than a limit, far-off parts ask for several routes
(`windy_visits`), all routes together cost more, and perhaps more than the limit allows:
then it is refuted. And if it is not, no plan within it is below the average.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from patrol.planning.node_orders import NodeOrders
from patrol.planning.windy_cuts import WindySeparator
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_program import Row, WindyProgram
from patrol.planning.windy_visits import Border, Visits
from patrol.planning.windy_ways import depot_distances

_HOLD = (0.0, 1.0, 3.0)
"""Weights of a required edge, in passes: the higher, the fewer required parts are
divided by the sets."""

_SPREAD = (0.5, 1.5)
"""Range of the factors that scatter the weights along which sets are grown."""

_TRIES = 3
"""Rounds without a broken cut after which a limit stands; each grows other sets."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class LimitCuts:
    """
    Refutes limits of the dearest of several routes.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    robots
        Number of routes, at most the number of required edges.
    """

    def __init__(self, problem: WindyProblem, robots: int) -> None:
        self._problem = problem
        self._robots = robots
        self._separator = WindySeparator(problem)
        self._orders = NodeOrders(problem.num_nodes, problem.edge_nodes)
        self._by_distance = _farthest_first(problem)
        self._rng = np.random.default_rng(0)
        self._rows: list[Row] = []
        self._borders: list[tuple[int, Border]] = []

    def refute(
        self, bound: int, upper: int, *, rounds: int, go_on: Callable[[], bool]
    ) -> int:
        """
        Raise a lower bound of the dearest route towards an upper one.

        First just below the upper one, then from the bound on in growing steps.

        Parameters
        ----------
        bound
            In no plan is the dearest route cheaper.
        upper
            Limits from here on are not tried.
        rounds
            Most rounds of cuts for one limit.
        go_on
            Asked before each round whether to go on.
        """
        limit, step = upper - 1, 1
        while bound <= limit and go_on():
            average = self._average(limit, rounds, go_on)
            bound = max(bound, min(average, limit + 1))
            if bound == limit:
                break  # the least limit stands, so all do
            upper = limit if bound < limit else upper
            step = 1 if bound < limit else 2 * step
            limit = min(bound + step, upper) - 1
        return bound

    def _average(self, limit: int, rounds: int, go_on: Callable[[], bool]) -> int:
        """No plan within the limit has a dearest route cheaper than this."""
        robots = self._robots
        program = self._program(limit)
        known = [border for most, border in self._borders if most >= limit]
        visits = Visits(self._problem, limit, most=robots, borders=known, go_on=go_on)
        best, idle = 0, 0
        for _ in range(rounds):
            passes = self._tightened(program)
            best = max(best, -(-program.bound() // robots))
            if best > limit or idle > _TRIES or not go_on():
                break
            orders = [self._by_distance, *self._grown(passes)]
            found = [one for order in orders for one in visits.broken(order, passes)]
            added = program.add([border.row for border in found])
            idle = 0 if added else idle + 1
            known += found
            self._borders += [(limit, border) for border in found]
        return best

    def _grown(self, passes: Floats) -> list[Ints]:
        """Orders of the nodes, grown from random ones and from outside to the depot."""
        problem, orders = self._problem, []
        for hold in _HOLD:
            weight = passes + hold * problem.required
            weight *= self._rng.uniform(*_SPREAD, len(weight))
            seed = int(self._rng.integers(problem.num_nodes))
            orders.append(self._orders.grown(seed, weight))
            inward = self._orders.grown(problem.depot, weight)
            orders.append(inward.max() - inward)
        return orders

    def _program(self, limit: int) -> WindyProgram:
        """Make a program of all that is known to hold for a limit."""
        program = WindyProgram(self._problem)
        program.leave(self._problem.depot, self._robots)
        program.add(self._rows)
        program.add([one.row for most, one in self._borders if most >= limit])
        return program

    def _tightened(self, program: WindyProgram) -> Floats:
        """Add cuts of a single tour until none is broken; give passes of each edge."""
        while True:
            x = program.solve()
            rows = self._separator.grown(x) or self._separator.cheapest(x)
            if not program.add(rows):
                total: Floats = x.sum(axis=1)
                return total
            self._rows += rows


def _farthest_first(problem: WindyProblem) -> Ints:
    """Place of each node by its distance from the depot, the farthest first."""
    far = depot_distances(problem)
    return np.unique(-far, return_inverse=True)[1].astype(np.int64)

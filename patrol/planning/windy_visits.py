"""
How many routes within a limit must come to a set of nodes, and the cuts of that.

Whoever serves a required edge at a set of nodes without the depot enters and leaves
it. So if what is required there cannot be shared among fewer than ``v`` routes within
the limit, its border is crossed ``2 * v`` times: a capacity cut [1]_ with the cost of a
route as what it holds. The number follows from the bound for one tour: where ``v``
routes past these edges cost more than ``v`` limits, ``v`` are too few.

.. [1] Belenguer and Benavent (2003). A cutting plane algorithm for the capacitated
   arc routing problem. *Computers & Operations Research* 30(5), 705-728.
   doi:10.1016/S0305-0548(02)00046-1.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patrol.planning.windy_cuts import WindySeparator
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_program import Row, WindyProgram

_EPS = 1e-6

_WORST = 3
"""Broken cuts that are taken of one order and number of visits."""

_ROUNDS = 30
"""Most rounds of cuts for one set."""

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Border:
    """
    Border of a set of nodes that so many routes must cross, there and back.

    Attributes
    ----------
    edges
        Edges that cross it, ascending.
    visits
        Number of routes.
    inside
        Required edges with an end in the set, shape ``(m,)``.
    """

    edges: Ints
    visits: int
    inside: Bools

    @property
    def row(self) -> Row:
        """What it asks of all passes together."""
        return Row.over(self.edges, 2 * self.visits)


class Visits:
    """
    Counts the routes that sets of required edges ask for.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    limit
        No route costs more.
    most
        It counts no farther than this.
    borders
        Borders known to hold for the limit; those found are added.
    go_on
        Asked now and then whether to go on; then it counts too few, which is right.
    """

    def __init__(
        self,
        problem: WindyProblem,
        limit: int,
        *,
        most: int,
        borders: list[Border],
        go_on: Callable[[], bool],
    ) -> None:
        self._problem = problem
        self._limit = limit
        self._most = most
        self._go_on = go_on
        self._counted: dict[bytes, int] = {}
        self.borders = borders

    def least(self, required: Bools) -> int:
        """Fewest routes that serve all of these edges, shape ``(m,)``."""
        if not required.any():
            return 0
        key = required.tobytes()
        if key not in self._counted:
            visits = 1
            while visits < self._most and self._too_few(required, visits):
                visits += 1
            self._counted[key] = visits
        return self._counted[key]

    def broken(self, order: Ints, passes: NDArray[np.float64]) -> list[Border]:
        """
        Find borders of the first nodes of an order that are crossed too seldom.

        Parameters
        ----------
        order
            Place of each node, shape ``(n,)``; sets with the depot are left out.
        passes
            Passes of each edge, shape ``(m,)``.
        """
        problem = self._problem
        low, high = np.sort(order[problem.edge_nodes], axis=1).T
        stop = int(order[problem.depot])
        steps = np.zeros(int(order.max()) + 2)
        np.add.at(steps, low + 1, passes)
        np.subtract.at(steps, high + 1, passes)
        crossed = np.cumsum(steps)[: stop + 1]
        found = []
        first = 1
        for visits in range(2, self._most + 1):
            first = self._reached(low, visits, first, stop)
            lacking = 2 * visits - crossed[first:]
            worst = np.argsort(-lacking, kind="stable")[:_WORST]
            for place in (first + worst[lacking[worst] > _EPS]).tolist():
                edges = np.flatnonzero((low < place) & (high >= place))
                found.append(Border(edges, visits, problem.required & (low < place)))
        return found

    def _reached(self, low: Ints, visits: int, first: int, stop: int) -> int:
        """First place from which on so many visits are needed; after stop if none."""
        required, last = self._problem.required, stop + 1
        if self.least(required & (low < stop)) < visits:
            return last
        last = stop
        while first < last:
            middle = (first + last) // 2
            if self.least(required & (low < middle)) >= visits:
                last = middle
            else:
                first = middle + 1
        return last

    def _too_few(self, required: Bools, routes: int) -> bool:
        """Whether so many routes, none of them empty, cannot serve these edges."""
        problem = replace(self._problem, required=required)
        program, separator = WindyProgram(problem), WindySeparator(problem)
        program.leave(problem.depot, min(routes, int(required.sum())))
        known = [one for one in self.borders if not (one.inside & ~required).any()]
        program.add([border.row for border in known])
        for _ in range(_ROUNDS):
            passes = program.solve()
            if program.bound() > routes * self._limit:
                return True
            if not program.add(separator.grown(passes)) or not self._go_on():
                return False
        return False

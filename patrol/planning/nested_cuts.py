"""
How often the borders of nested sets must be crossed, by what has to be done inside.

Vehicles that hold so much, or go so far, must come more than once to a set of nodes
that asks for more than one of them can do; each comes and goes. For a load on the
edges these are the capacity cuts [1]_. Here the load may be length: of what must be
passed inside, by service and without, and each vehicle has only left what remains
of its range after the way to the set and back.

.. [1] Belenguer and Benavent (2003). A cutting plane algorithm for the capacitated
   arc routing problem. *Computers & Operations Research* 30(5), 705-728.
   doi:10.1016/S0305-0548(02)00046-1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.fleet_program import TOLERANCE, CutRow, FleetProgram
from patrol.planning.node_orders import NodeOrders
from patrol.planning.rural_problem import RuralProblem

_KEPT = 300
"""Broken cuts kept of one family of nested sets."""


@dataclass(frozen=True)
class Load:
    """
    What the vehicles are there for, and what one of them can do.

    Attributes
    ----------
    demand
        Load of each edge, 0 or more, shape ``(m,)``: whoever passes into a set has
        to do with the edges that have an end in it.
    away
        What going there and back takes from a vehicle before it meets each node,
        shape ``(n,)``.
    capacity
        What one vehicle can do.
    with_deadhead
        Whether passing without service also counts as load, at the cost of the edge.
    """

    demand: NDArray[np.int64]
    away: NDArray[np.int64]
    capacity: int
    with_deadhead: bool


class NestedCuts:
    """Finds broken cuts of one problem and load among nested sets of nodes."""

    def __init__(self, problem: RuralProblem, load: Load) -> None:
        self._problem = problem
        self._load = load
        self._ends = problem.network.edge_nodes
        self._required = problem.required.astype(np.float64)
        self._orders = NodeOrders(problem.network.num_nodes, self._ends)

    def around_depot(
        self, program: FleetProgram, weight: NDArray[np.float64]
    ) -> list[CutRow]:
        """Look at what lies beyond sets that grow from the depot (weights ``(m,)``)."""
        order = self._orders.grown(self._problem.depot, weight)
        return self.beyond(program, order)

    def around(
        self, program: FleetProgram, seed: int, weight: NDArray[np.float64]
    ) -> list[CutRow]:
        """Look at sets that grow from a node along the heaviest links."""
        return self.beyond(program, -self._orders.grown(seed, weight))

    def beyond(self, program: FleetProgram, order: NDArray[np.int64]) -> list[CutRow]:
        """
        Look at the sets of nodes that come late in an order.

        Parameters
        ----------
        program
            Holds a solution, and cuts with prices, that bound the load of deadheads.
        order
            Place of each node, shape ``(n,)``, equal places together; sets with the
            depot are left out.
        """
        rank = np.unique(order, return_inverse=True)[1].astype(np.int64)
        ends = rank[self._ends]
        low, high = ends.min(axis=1), ends.max(axis=1)
        top = int(rank.max()) + 1
        needed = self._visits(program, low, high, rank)
        crossed = np.rint(_within(low, high, self._required, top)).astype(np.int64)
        least = 2 * needed - crossed
        lacking = least - _within(low, high, program.x, top)
        lacking[: rank[self._problem.depot]] = 0.0
        broken = np.flatnonzero((needed > 0) & (lacking > TOLERANCE))
        worst = np.argsort(-lacking[broken], kind="stable")[:_KEPT]
        return [
            CutRow(np.flatnonzero((low <= place) & (place < high)), int(least[place]))
            for place in np.sort(broken[worst]).tolist()
        ]

    def _visits(
        self,
        program: FleetProgram,
        low: NDArray[np.int64],
        high: NDArray[np.int64],
        rank: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Least number of vehicles that come to the nodes after each place."""
        top, load = int(rank.max()) + 1, self._load
        parts, inside = 1, _after(high, load.demand, top)
        if load.with_deadhead and len(program.rows):
            known = program.priced()
            earliest = np.minimum.reduceat(high[known.edges], known.first[:-1])
            parts = known.parts
            inside = inside * parts + _after(earliest, known.worth, top)
        near = np.where(rank[self._ends].argmin(axis=1) == 0, *self._ends.T)
        away = _least_within(low, high, load.away[near], top)
        room = np.maximum(0, load.capacity - np.minimum(away, load.capacity)) * parts
        return np.where(room > 0, -(-inside // np.maximum(room, 1)), 0)


def _after(
    rank: NDArray[np.int64], value: NDArray[np.int64], top: int
) -> NDArray[np.int64]:
    """Sum of the values whose rank is above each place, shape ``(top,)``."""
    total = np.zeros(top + 1, np.int64)
    np.add.at(total, rank, value)
    return np.asarray(np.cumsum(total[::-1])[::-1][1:])


def _within(
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    value: NDArray[np.float64],
    top: int,
) -> NDArray[np.float64]:
    """Sum of the values of the edges that cross from each place to the next."""
    steps = np.zeros(top + 1)
    np.add.at(steps, low, value)
    np.subtract.at(steps, high, value)
    return np.asarray(np.cumsum(steps)[:top])


@compiled
def _least_within(
    low: NDArray[np.int64], high: NDArray[np.int64], value: NDArray[np.int64], top: int
) -> NDArray[np.int64]:
    """Least value of the edges that cross from each place to the next."""
    order = np.argsort(value)
    least = np.full(top, np.int64(2) ** 60)
    onward = np.arange(top + 1)  # the next place that is still open
    for e in order:
        place = low[e]
        while place < high[e]:
            after = onward[place]
            if after == place:
                least[place] = value[e]
                onward[place] = place + 1
                after = place + 1
            elif onward[after] > after and after < top:
                onward[place] = onward[after]
            place = after
    return least

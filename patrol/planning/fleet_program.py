"""A linear program over cuts that keeps its basis while cuts come and go."""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import MAX_COST
from patrol.planning.solver import new_solver

TOLERANCE = 1e-4
"""A cut counts as broken when it lacks more than this."""

_FINEST = 4096
"""Prices are whole parts of a unit: so many to a unit, if the costs leave room."""

_SMALLER = 1e-9
"""Prices are lowered by this share, so that rounding does not overdraw an edge."""


@dataclass(frozen=True)
class CutRow:
    """At least ``least`` extra passes over ``edges`` together; edges ascending."""

    edges: NDArray[np.int64]
    least: int


@dataclass(frozen=True)
class Prices:
    """
    Whole-number prices of cuts that together overdraw no edge.

    Attributes
    ----------
    parts
        So many parts of a price make a unit of cost.
    price
        Price of each cut in parts, 0 or more, shape ``(q,)``.
    left
        What of the cost of each edge no cut has taken, in parts, shape ``(m,)``.
    """

    parts: int
    price: NDArray[np.int64]
    left: NDArray[np.int64]


@dataclass(frozen=True)
class PricedRows:
    """
    The cuts of a program at whole prices.

    Attributes
    ----------
    first, edges
        Edges of all ``q`` cuts in a row, and where each begins, shape ``(q + 1,)``.
    worth
        Price of each cut times its least number of passes, in parts, shape ``(q,)``.
    parts
        So many parts make a unit of cost.
    """

    first: NDArray[np.int64]
    edges: NDArray[np.int64]
    worth: NDArray[np.int64]
    parts: int


class FleetProgram:
    """
    Least cost of extra passes that respect some cuts.

    Parameters
    ----------
    cost
        Cost of each edge, whole numbers from 1 to `MAX_COST`, shape ``(m,)``.
    """

    def __init__(self, cost: NDArray[np.int64]) -> None:
        m = len(cost)
        self._cost = cost
        self._solver = new_solver(presolve=False)
        self._solver.addVars(m, np.zeros(m), np.full(m, highspy.kHighsInf))
        places = np.arange(m, dtype=np.int32)
        self._solver.changeColsCost(m, places, cost.astype(np.float64))
        self.rows: list[CutRow] = []
        self._least: dict[bytes, int] = {}
        self.x = np.zeros(m)
        self.price = np.zeros(0)
        self.value = 0.0
        self._priced: PricedRows | None = None

    def add(self, rows: list[CutRow]) -> int:
        """Take in the rows that the last solution breaks; return how many are new."""
        new = []
        for row in rows:
            key = row.edges.tobytes()
            broken = self.x[row.edges].sum() < row.least - TOLERANCE
            if broken and self._least.get(key, 0) < row.least:
                self._least[key] = row.least
                new.append(row)
        if new:
            self._append(new)
        return len(new)

    def solve(self) -> None:
        """Find the least cost; forget rows that are idle where it has risen."""
        self._priced = None
        self._solver.run()
        solution, before = self._solver.getSolution(), self.value
        self.x = np.maximum(np.array(solution.col_value), 0.0)
        self.price = np.maximum(np.array(solution.row_dual), 0.0)
        self.value = self._solver.getInfo().objective_function_value
        if self.value > before * (1 + 1e-9):
            self._forget()

    @property
    def slack(self) -> NDArray[np.float64]:
        """What of the cost of each edge no cut has taken up, shape ``(m,)``."""
        first, edges = self.layout()
        taken = np.bincount(
            edges, np.repeat(self.price, np.diff(first)), minlength=len(self._cost)
        )
        return np.asarray(np.maximum(self._cost - taken, 0.0))

    def layout(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Edges of all rows in a row, and where each begins, shape ``(q + 1,)``."""
        sizes = [len(row.edges) for row in self.rows]
        first = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        return first, np.concatenate([np.zeros(0, np.int64), *_edges(self.rows)])

    def priced(self) -> PricedRows:
        """Say what all cuts ask for, at the prices of the last solution."""
        if self._priced is None:
            prices = self.whole_prices(np.ones(len(self.rows), bool))
            least = np.array([row.least for row in self.rows], np.int64)
            worth = prices.price * least
            self._priced = PricedRows(*self.layout(), worth, prices.parts)
        return self._priced

    def whole_prices(self, used: NDArray[np.bool_]) -> Prices:
        """Round the prices of some rows (mask, shape ``(q,)``) down to whole parts."""
        parts = int(min(_FINEST, max(1, MAX_COST // int(self._cost.max(initial=1)))))
        first, edges = self.layout()
        room, scale = self._cost * parts, 1.0 - _SMALLER
        while True:
            price = np.where(used, self.price * (parts * scale), 0.0).astype(np.int64)
            taken = np.zeros(len(room), np.int64)
            np.add.at(taken, edges, np.repeat(price, np.diff(first)))
            if (taken <= room).all():
                return Prices(parts, price, room - taken)
            scale *= float((room / np.maximum(taken, 1)).min()) * (1.0 - _SMALLER)

    def _append(self, rows: list[CutRow]) -> None:
        starts = np.cumsum([0, *(len(row.edges) for row in rows[:-1])])
        edges = np.concatenate(_edges(rows)).astype(np.int32)
        least = np.array([row.least for row in rows], np.float64)
        most = np.full(len(rows), highspy.kHighsInf)
        places = starts.astype(np.int32)
        ones = np.ones(len(edges))
        self._solver.addRows(len(rows), least, most, len(edges), places, edges, ones)
        self.rows += rows

    def _forget(self) -> None:
        first, edges = self.layout()
        passes = np.add.reduceat(np.append(self.x[edges], 0.0), first[:-1])
        least = np.array([row.least for row in self.rows])
        idle = (self.price <= 0) & (passes > least + TOLERANCE)
        if not idle.any():
            return
        places = np.flatnonzero(idle).astype(np.int32)
        self._solver.deleteRows(len(places), places)
        for place in places.tolist():
            row = self.rows[place]
            if self._least.get(row.edges.tobytes()) == row.least:
                del self._least[row.edges.tobytes()]
        kept = np.flatnonzero(~idle).tolist()
        self.rows = [self.rows[place] for place in kept]
        self.price = self.price[~idle]


def _edges(rows: list[CutRow]) -> list[NDArray[np.int64]]:
    return [row.edges for row in rows]

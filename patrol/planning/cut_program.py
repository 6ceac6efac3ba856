"""
A linear program that is given cuts as they are found to be broken.

The dual simplex method of HiGHS goes on from the last basis, so that a round with a
few hundred new cuts costs little.
"""

from collections.abc import Iterable

import highspy
import numpy as np
from numpy.typing import NDArray

from patrol.planning.cuts import TOLERANCE, Cut, CutKind
from patrol.planning.solver import new_solver

_IDLE = 3
"""Rounds after which a cut that is not tight is given up."""


class CutProgram:
    """
    Cheapest extra passes of ``m`` edges that respect all cuts so far.

    Parameters
    ----------
    cost
        What each pass costs, shape ``(m,)``.

    Attributes
    ----------
    value
        Cost of the last solution.
    x
        Passes of each edge in it, shape ``(m,)``.
    slack
        What of the cost of each edge its cuts have not taken up, shape ``(m,)``.
    cuts
        Cuts that it has.
    """

    def __init__(self, cost: NDArray[np.float64]) -> None:
        num = len(cost)
        self._cost = cost
        self.value = 0.0
        self.x = np.zeros(num)
        self.slack = cost.copy()
        self.cuts: list[Cut] = []
        self._known: set[tuple[bytes, CutKind]] = set()
        self._idle = np.zeros(0, np.int64)
        self._price = np.zeros(0)
        self._solver = new_solver(presolve=False)
        self._solver.setOptionValue("solver", "simplex")
        far = np.full(num, highspy.kHighsInf)
        none = np.zeros(0, np.int32)
        self._solver.addCols(num, cost, np.zeros(num), far, 0, none, none, np.zeros(0))

    def add(self, cuts: Iterable[Cut]) -> int:
        """Add those cuts that the last solution breaks; return how many."""
        fresh = []
        for cut in cuts:
            broken = self.x[cut.edges].sum() < cut.kind.value - TOLERANCE
            if broken and cut.key not in self._known:
                self._known.add(cut.key)
                fresh.append(cut)
        if fresh:
            sizes = [len(cut.edges) for cut in fresh]
            edges = np.concatenate([cut.edges for cut in fresh]).astype(np.int32)
            least = np.array([cut.kind.value for cut in fresh], float)
            starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
            self._solver.addRows(
                len(fresh),
                least,
                np.full(len(fresh), highspy.kHighsInf),
                len(edges),
                starts,
                edges,
                np.ones(len(edges)),
            )
            self.cuts += fresh
            self._idle = np.append(self._idle, np.zeros(len(fresh), np.int64))
        return len(fresh)

    def solve(self) -> None:
        """Solve with the cuts so far."""
        self._solver.run()
        solution = self._solver.getSolution()
        self.x = np.maximum(np.array(solution.col_value), 0.0)
        self.slack = np.maximum(np.array(solution.col_dual), 0.0)
        self._price = np.maximum(np.array(solution.row_dual), 0.0)
        value = float(self._cost @ self.x)
        self._idle = np.where(self._price > 0, 0, self._idle + 1)
        if value > self.value + TOLERANCE:
            self._forget()
        self.value = value

    def prices(self) -> list[tuple[Cut, float]]:
        """Return the connectivity cuts, with what a pass over each saves."""
        return [
            (cut, price)
            for cut, price in zip(self.cuts, self._price.tolist(), strict=True)
            if cut.kind is CutKind.CONNECTIVITY and price > 0
        ]

    def _forget(self) -> None:
        """Give up cuts that have long been idle, so that the program stays small."""
        idle = self._idle > _IDLE
        if 4 * idle.sum() < len(idle):
            return
        rows = np.flatnonzero(idle).astype(np.int32)
        self._solver.deleteRows(len(rows), rows)
        for row in rows.tolist():
            self._known.discard(self.cuts[row].key)
        kept = np.flatnonzero(~idle)
        self.cuts = [self.cuts[row] for row in kept.tolist()]
        self._idle, self._price = self._idle[kept], self._price[kept]

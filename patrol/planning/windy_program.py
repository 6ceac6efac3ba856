"""
The linear program of the windy postman, and bounds of it that hold to the last unit.

Passes along and against each edge are the variables; each required edge is passed,
each node is left as often as entered, and cuts are added while solutions break them.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from patrol.errors import InfeasibleError
from patrol.planning.solver import new_solver
from patrol.planning.windy_problem import WindyProblem

_FINEST = 2**24
"""Prices are whole parts of a unit: so many to a unit, if the costs leave room."""

_ROOM = 2**60
"""No sum of prices may come near the largest whole number of 64 bits."""

_SLACK = 1e-3
"""A cut that is kept with more than this to spare is idle."""

_FEW = 10
"""Idle cuts are dropped once they are more than one in so many."""


@dataclass(frozen=True)
class Row:
    """
    At least ``least`` passes of these directions together, each with its weight.

    Attributes
    ----------
    arcs
        Directions, ``2 * edge + column``, shape ``(q,)``.
    weight
        Whole-number weight of each, shape ``(q,)``.
    least
        What the weighted passes come to in every tour.
    """

    arcs: NDArray[np.int64]
    weight: NDArray[np.int64]
    least: int

    @classmethod
    def over(cls, edges: NDArray[np.int64], least: int) -> "Row":
        """At least so many passes over these edges, in whichever direction."""
        arcs = (2 * edges[:, None] + np.arange(2)).ravel()
        return cls(arcs, np.ones(len(arcs), np.int64), least)

    @property
    def key(self) -> bytes:
        """What is the same for the same row."""
        return np.append(self.arcs, [*self.weight, self.least]).tobytes()


class WindyProgram:
    """
    A warm linear program: rows are added and it is solved again.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    """

    def __init__(self, problem: WindyProblem) -> None:
        self._problem = problem
        self._cost = problem.cost.ravel()
        self._tails = problem.edge_nodes.ravel()
        self._heads = problem.edge_nodes[:, ::-1].ravel()
        # Each of at most r walks needs r services and r + 1 paths between them.
        r = float(problem.required.sum())
        most = np.where(self._cost > 0, np.inf, (r + 1) * (r + 2))
        self._most = np.where(problem.drivable.ravel(), most, 0.0)
        self.rows: list[Row] = []
        self._keys: set[bytes] = set()
        self._num_required = int(r)
        total = int(self._cost[problem.drivable.ravel()].sum())
        self._parts = min(_FINEST, _ROOM // (1 + total))
        self._highs = new_solver()
        self._start()
        self.add([Row.over(np.array([e]), 1) for e in np.flatnonzero(problem.required)])

    def solve(self) -> NDArray[np.float64]:
        """
        Return the cheapest passes along and against each edge, shape ``(m, 2)``.

        Raises
        ------
        InfeasibleError
            If no passes respect the rows.
        """
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()  # once more without the basis it started from
            self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise InfeasibleError(
                f"no passes of {self._problem.num_edges} edges respect the "
                f"{len(self.rows)} rows: HiGHS says {status.name}"
            )
        x: NDArray[np.float64] = np.array(self._highs.getSolution().col_value)
        return np.maximum(x, 0.0).reshape(-1, 2)

    @property
    def value(self) -> float:
        """What the last solution costs."""
        return float(self._highs.getInfo().objective_function_value)

    def add(self, rows: list[Row]) -> int:
        """Add the rows that are new; say how many they were."""
        fresh = {row.key: row for row in rows if row.key not in self._keys}
        new = list(fresh.values())
        if new:
            self._keys |= set(fresh)
            self.rows += new
            table = _matrix(new, len(self._cost))
            least = np.array([row.least for row in new], np.float64)
            self._highs.addRows(
                len(new),
                least,
                np.full(len(new), np.inf),
                table.nnz,
                table.indptr[:-1].astype(np.int32),
                table.indices.astype(np.int32),
                table.data.astype(np.float64),
            )
        return len(new)

    def leave(self, node: int, times: int) -> None:
        """Add that a node is left at least so often."""
        arcs = np.flatnonzero(self._tails == node)
        self.add([Row(arcs, np.ones(len(arcs), np.int64), times)])

    def forget(self) -> None:
        """Drop the cuts that the last solution keeps with room to spare."""
        solution = self._highs.getSolution()
        n = self._problem.num_nodes
        least = np.array([row.least for row in self.rows])
        idle = np.array(solution.row_value)[n:] > least + _SLACK
        idle[: self._num_required] = False
        if idle.sum() * _FEW < len(idle):
            return
        gone = np.flatnonzero(idle)
        self._highs.deleteRows(len(gone), (gone + n).astype(np.int32))
        self._keys -= {self.rows[i].key for i in gone}
        self.rows = [r for r, i in zip(self.rows, idle, strict=True) if not i]

    def bound(self) -> int:
        """
        Bound from below what every tour costs.

        The prices of the last solution are rounded to whole parts of a unit. What
        they take too much off a direction is put right by making all of them
        smaller in the same proportion: they then are a solution of the dual
        program, whose value no tour undercuts.
        """
        dual = np.array(self._highs.getSolution().row_dual)
        n, parts = self._problem.num_nodes, self._parts
        at = np.rint(dual[:n] * parts).astype(np.int64)
        price = np.floor(np.maximum(dual[n:], 0) * parts).astype(np.int64)
        price[: self._num_required] = 0  # set anew below
        used = [row for row, paid in zip(self.rows, price, strict=True) if paid]
        taken = at[self._tails] - at[self._heads]
        if used:
            taken += _matrix(used, len(self._cost)).T @ price[price > 0]
        value = sum(
            int(paid) * row.least
            for row, paid in zip(used, price[price > 0], strict=True)
        )
        endless = np.isinf(self._most) & (self._cost > 0)
        short = taken[endless] - self._cost[endless] * parts
        parts += int((-(-short // self._cost[endless])).max(initial=0))
        left = np.where(self._most > 0, self._cost * parts - taken, _ROOM)
        left = left.reshape(-1, 2)
        once = np.where(self._problem.required, left.min(axis=1).clip(0), 0)
        left = (left - once[:, None]).ravel()
        most = np.where(left < 0, self._most, 0).astype(np.int64)
        value += int(once.sum()) + int(left @ most)
        return -(-value // parts)

    def _start(self) -> None:
        highs, n, m2 = self._highs, self._problem.num_nodes, len(self._cost)
        cost = np.where(self._problem.drivable.ravel(), self._cost, 0)
        highs.addVars(m2, np.zeros(m2), self._most)
        highs.changeColsCost(m2, np.arange(m2, dtype=np.int32), cost.astype(np.float64))
        arcs = np.tile(np.arange(m2), 2)
        signs = np.repeat([1.0, -1.0], m2)
        nodes = np.concatenate([self._tails, self._heads])
        table = csr_array((signs, (nodes, arcs)), shape=(n, m2))
        table.eliminate_zeros()
        highs.addRows(
            n,
            np.zeros(n),
            np.zeros(n),
            table.nnz,
            table.indptr[:-1].astype(np.int32),
            table.indices.astype(np.int32),
            table.data,
        )


def _matrix(rows: list[Row], width: int) -> csr_array:
    sizes = [len(row.arcs) for row in rows]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    arcs = np.concatenate([row.arcs for row in rows])
    weight = np.concatenate([row.weight for row in rows])
    return csr_array((weight, arcs, starts), shape=(len(rows), width))

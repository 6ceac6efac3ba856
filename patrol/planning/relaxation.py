"""
Lower bounds of the rural postman problem, in whole numbers from end to end.

A linear program over parity and connectivity cuts prices the connectivity cuts.
With these prices taken off the edges, the exact T-join is a bound (Lagrange [1]_)
that holds for any prices, however the program was solved: the prices are rounded to
whole parts of a unit, and the rest is whole-number arithmetic. As the T-join knows
every parity cut, it is at least as good as the program itself.

.. [1] Held and Karp (1971). The traveling-salesman problem and minimum spanning
   trees: Part II. *Mathematical Programming* 1, 6-25. doi:10.1007/BF01584070.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from patrol.planning.cuts import TOLERANCE, Cut, CutKind, Separator
from patrol.planning.moats import moats
from patrol.planning.network import MAX_COST
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.t_join import TJoin

_FINEST = 64
"""Prices are whole parts of a unit: so many to a unit, if the costs leave room."""

_PATIENCE = 8
"""Rounds without a better bound after which there is no more to get."""

_EXACT_EVERY = 5
"""Every so many rounds connectivity cuts are looked for by maximum flow, too."""


@dataclass(frozen=True)
class Relaxed:
    """
    What one round of the relaxation tells.

    Attributes
    ----------
    bound
        No tour has cheaper extra passes; the best of this round and those before.
    extra
        Extra passes of each edge in the relaxed solution, shape ``(m,)``: cheap, of
        the right parity, but perhaps in parts.
    """

    bound: int
    extra: NDArray[np.int64]


def relax(problem: RuralProblem, *, rounds: int) -> Iterator[Relaxed]:
    """
    Bound the extra passes from below, better in every round.

    Parameters
    ----------
    problem
        Rural postman problem.
    rounds
        Most rounds; the iterator ends sooner when the bound stands still.
    """
    program = _Program(problem)
    bound, waited = 0, 0
    for _ in range(rounds):
        x, prices = program.solve()
        value, extra = lagrange(problem, prices)
        waited = 0 if value > bound else waited + 1
        bound = max(bound, value)
        yield Relaxed(bound, extra)
        if waited >= _PATIENCE or not program.tighten(x, extra):
            return


def lagrange(
    problem: RuralProblem, prices: list[tuple[Cut, float]]
) -> tuple[int, NDArray[np.int64]]:
    """
    Bound the extra passes with connectivity cuts moved into the costs.

    An edge is passed at most twice more, so where its reduced cost is negative the
    best use is two passes, or one where parity wants it: a T-join with the absolute
    reduced costs as weights.

    Parameters
    ----------
    problem
        Rural postman problem.
    prices
        Connectivity cuts with what a pass over each saves; any price from 0 up is
        right, good prices give a good bound.

    Returns
    -------
    int
        Lower bound, rounded up as every tour costs a whole number.
    NDArray
        Extra passes of each edge in the relaxed solution, shape ``(m,)``.
    """
    parts = _parts_of_a_unit(problem)
    reduced = problem.network.cost * parts
    constant = 0
    for cut, price in prices:
        whole = int(price * parts)
        reduced[cut.edges] -= whole
        constant += cut.kind.value * whole
    extra = np.where(reduced < 0, 2, 0)
    extra[TJoin(problem.network, np.abs(reduced)).solve(problem.odd_nodes)] = 1
    value = constant + int(reduced @ extra)
    return max(0, -(-value // parts)), extra


def _parts_of_a_unit(problem: RuralProblem) -> int:
    room = MAX_COST // int(problem.network.cost.max())
    return int(min(_FINEST, max(1, room)))


class _Program:
    """The linear program and the cuts in it."""

    def __init__(self, problem: RuralProblem) -> None:
        self._cost = problem.network.cost.astype(np.float64)
        self._links = Separator.connectivity(problem)
        self._parity = Separator.parity(problem)
        self._cuts: dict[tuple[bytes, CutKind], Cut] = {}
        self._value = -1.0
        self._rounds = 0
        self._slack = self._cost
        self._add(self._nested(), np.zeros(len(self._cost)))

    def solve(self) -> tuple[NDArray[np.float64], list[tuple[Cut, float]]]:
        """Return the passes of each edge and the prices of the connectivity cuts."""
        cuts = list(self._cuts.values())
        least = np.array([cut.kind.value for cut in cuts], dtype=np.float64)
        rows: Any = _rows(cuts, len(self._cost))  # the stubs know no sparse A_ub
        result: Any = linprog(
            self._cost, A_ub=-rows, b_ub=-least, bounds=(0, None), method="highs-ds"
        )
        x = np.maximum(result.x, 0.0)
        price = np.maximum(-result.ineqlin.marginals, 0.0)
        self._slack = np.maximum(self._cost - rows.T @ price, 0.0)
        if result.fun > self._value + TOLERANCE:
            self._value = result.fun
            self._forget((price <= 0) & (rows @ x > least + TOLERANCE))
        return x, [
            (cut, value)
            for cut, value in zip(cuts, price.tolist(), strict=True)
            if cut.kind is CutKind.CONNECTIVITY and value > 0
        ]

    def tighten(self, x: NDArray[np.float64], extra: NDArray[np.int64]) -> bool:
        """Add cuts that the solutions break; say whether there were new ones."""
        self._rounds += 1
        found = self._add(self._links.grown(x) + self._parity.grown(x), x)
        found |= self._add(self._links.grown(extra.astype(np.float64)), extra)
        found |= self._add(self._nested(), x)
        if not found or self._rounds % _EXACT_EVERY == 0:
            found |= self._add(self._links.cheapest(x), x)
        return found

    def _nested(self) -> list[Cut]:
        return moats(self._links, self._slack) + moats(self._parity, self._slack)

    def _add(self, cuts: list[Cut], x: NDArray[np.float64] | NDArray[np.int64]) -> bool:
        before = len(self._cuts)
        for cut in cuts:
            if x[cut.edges].sum() < cut.kind.value - TOLERANCE:
                self._cuts.setdefault(cut.key, cut)
        return len(self._cuts) > before

    def _forget(self, slack: NDArray[np.bool_]) -> None:
        for key, idle in zip(list(self._cuts), slack.tolist(), strict=True):
            if idle:
                del self._cuts[key]


def _rows(cuts: list[Cut], num_edges: int) -> csr_array:
    sizes = [len(cut.edges) for cut in cuts]
    edges = np.concatenate([cut.edges for cut in cuts])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return csr_array((np.ones(len(edges)), edges, starts), shape=(len(cuts), num_edges))

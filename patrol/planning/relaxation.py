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

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.cut_program import CutProgram
from patrol.planning.cuts import Cut, Separator
from patrol.planning.moats import moats
from patrol.planning.network import MAX_COST
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.t_join import TJoin
from patrol.planning.whole_relaxation import MOST_WHOLE, Relaxed, relax_whole

_FINEST = 64
"""Prices are whole parts of a unit: so many to a unit, if the costs leave room."""

_PATIENCE = 8
"""Rounds without a better bound after which there is no more to get."""

_BETTER = 1 + 1e-6
"""A bound is better when it is higher at least by this factor."""

_EXACT_EVERY = 5
"""Every so many rounds connectivity cuts are looked for by maximum flow, too."""


def relax(
    problem: RuralProblem, *, rounds: int, go_on: Callable[[], bool] | None = None
) -> Iterator[Relaxed]:
    """
    Bound the extra passes from below, better in every round.

    Parameters
    ----------
    problem
        Rural postman problem.
    rounds
        Most rounds; they end sooner when the bound stands still.
    go_on
        If given, up to `MOST_WHOLE` edges are then bounded in whole numbers, as long
        as it says so.
    """
    rounds_of_cuts = _Rounds(problem)
    bound, waited = 0, 0
    extra = np.zeros(problem.network.num_edges, np.int64)
    for _ in range(rounds):
        value, extra = rounds_of_cuts.solve()
        waited = 0 if value > bound * _BETTER else waited + 1
        bound = max(bound, value)
        yield Relaxed(bound, extra)
        if waited >= _PATIENCE or not rounds_of_cuts.tighten(extra):
            break
    if go_on is not None and problem.network.num_edges <= MOST_WHOLE:
        yield from relax_whole(
            problem, rounds_of_cuts.cuts, start=Relaxed(bound, extra), go_on=go_on
        )


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
    return Reduced.of(problem, prices).joined(problem)


@dataclass(frozen=True)
class Reduced:
    """
    What cuts at whole prices leave of the costs.

    Attributes
    ----------
    cost
        Left of the cost of each edge, in parts, shape ``(m,)``; below 0 where more was
        taken than there was.
    constant
        What the cuts ask for at their prices, in parts.
    parts
        So many make a unit.
    """

    cost: NDArray[np.int64]
    constant: int
    parts: int

    @classmethod
    def of(cls, problem: RuralProblem, prices: list[tuple[Cut, float]]) -> "Reduced":
        """Take prices, rounded down, off the costs."""
        parts = _parts_of_a_unit(problem)
        cost, constant = problem.network.cost * parts, 0
        for cut, price in prices:
            whole = int(price * parts)
            cost[cut.edges] -= whole
            constant += cut.kind.value * whole
        return cls(cost, constant, parts)

    def joined(self, problem: RuralProblem) -> tuple[int, NDArray[np.int64]]:
        """Join the odd nodes at what is left; see `lagrange`."""
        extra = np.where(self.cost < 0, 2, 0)
        join = TJoin(problem.network, np.abs(self.cost))
        extra[join.solve(problem.odd_nodes)] = 1
        value = self.constant + int(self.cost @ extra)
        return max(0, -(-value // self.parts)), extra


def _parts_of_a_unit(problem: RuralProblem) -> int:
    room = MAX_COST // int(problem.network.cost.max())
    return int(min(_FINEST, max(1, room)))


class _Rounds:
    """The linear program, and where its cuts come from."""

    def __init__(self, problem: RuralProblem) -> None:
        self._problem = problem
        self._program = CutProgram(problem.network.cost.astype(np.float64))
        self._links = Separator.connectivity(problem)
        self._parity = Separator.parity(problem)
        self._rounds = 0
        self._program.add(self._nested())

    def solve(self) -> tuple[int, NDArray[np.int64]]:
        """Solve the program; return the bound by its prices, see `lagrange`."""
        self._program.solve()
        return lagrange(self._problem, self._program.prices())

    @property
    def cuts(self) -> list[Cut]:
        """Cuts that the program has now."""
        return self._program.cuts

    def tighten(self, extra: NDArray[np.int64]) -> bool:
        """Add cuts that the solutions break; say whether there were new ones."""
        self._rounds += 1
        program, links, parity = self._program, self._links, self._parity
        found = program.add(links.grown(program.x) + parity.grown(program.x))
        found += program.add(links.grown(extra.astype(np.float64)))
        found += program.add(self._nested())
        if not found or self._rounds % _EXACT_EVERY == 0:
            found += program.add(links.cheapest(program.x))
        return found > 0

    def _nested(self) -> list[Cut]:
        slack = self._program.slack
        return moats(self._links, slack) + moats(self._parity, slack)

"""
The relaxation of the rural postman in whole numbers of extra passes.

Each edge has 0, 1 or 2 extra passes, each node an even number with its required edges,
and the connectivity cuts found so far hold. HiGHS solves that by branch and cut. Its
solution may hang apart: then the cuts that it breaks are added, and it is solved again,
as was first done for the travelling salesman [1]_. A solution that hangs together is a
shortest tour.

The bound rests on the floating-point arithmetic of HiGHS, unlike that of `relaxation`:
it is lowered by a millionth.

.. [1] Miliotis (1976). Integer programming approaches to the travelling salesman
   problem. *Mathematical Programming* 10, 367-378. doi:10.1007/BF01580682.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from patrol.planning.cuts import Cut, Separator
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.solver import new_solver

MOST_WHOLE = 2500
"""Most edges: from about there on the first solution takes longer than it gains."""

_MARGIN = 1e-6
"""Share by which a bound of HiGHS is lowered: its tolerance for whole numbers."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Relaxed:
    """
    What one round of a relaxation tells.

    Attributes
    ----------
    bound
        No tour has cheaper extra passes; the best of this round and those before.
    extra
        Extra passes of each edge in the relaxed solution, shape ``(m,)``: cheap, of
        the right parity, but perhaps in parts.
    """

    bound: int
    extra: Ints


def relax_whole(
    problem: RuralProblem,
    cuts: Iterable[Cut],
    *,
    start: Relaxed,
    go_on: Callable[[], bool],
) -> Iterator[Relaxed]:
    """
    Bound the extra passes from below, better in every round.

    It ends with a solution that is a shortest tour, or when it may not go on.

    Parameters
    ----------
    problem
        Rural postman problem on at most `MOST_WHOLE` edges.
    cuts
        Cuts known already; those of parity help, though they follow from the rest.
    start
        What is known so far.
    go_on
        Asked all the time whether to go on.
    """
    program, links = _Program(problem), Separator.connectivity(problem)
    program.add(cuts)
    last = start
    while go_on():
        value, extra = program.solve(go_on)
        bound = max(last.bound, value)
        last = Relaxed(bound, last.extra if extra is None else extra)
        yield last
        if extra is None:
            return
        passes = extra.astype(np.float64)
        broken = links.grown(passes) or links.cheapest(passes)
        if not broken:
            return
        program.add(broken)


class _Program:
    """Extra passes of each edge, and half of all passes at each node."""

    def __init__(self, problem: RuralProblem) -> None:
        network = problem.network
        m, n = network.num_edges, network.num_nodes
        self._num = m
        self._solver = new_solver()
        none, empty = np.zeros(0, np.int32), np.zeros(0)
        cost = np.append(network.cost.astype(np.float64), np.zeros(n))
        most = np.append(np.full(m, 2.0), np.full(n, np.inf))
        self._solver.addCols(m + n, cost, 0 * cost, most, 0, none, none, empty)
        whole = np.full(m + n, highspy.HighsVarType.kInteger)
        every = np.arange(m + n, dtype=np.int32)
        self._solver.changeColsIntegrality(m + n, every, whole)
        odd = np.zeros(n)
        odd[problem.odd_nodes] = 1.0
        tails, heads = network.edge_nodes.T
        for node in range(n):
            edges = np.flatnonzero((tails == node) != (heads == node))
            weight = np.append(np.ones(len(edges)), -2.0)
            self._row(np.append(edges, m + node), weight, (odd[node], odd[node]))

    def add(self, cuts: Iterable[Cut]) -> None:
        """Respect more cuts from now on."""
        for cut in cuts:
            least = float(cut.kind.value)
            self._row(cut.edges, np.ones(len(cut.edges)), (least, np.inf))

    def solve(self, go_on: Callable[[], bool]) -> tuple[int, Ints | None]:
        """Give a bound, and the passes if an optimum was found."""
        solver = self._solver

        def ask(event: highspy.highs.HighsCallbackEvent) -> None:
            event.interrupt(not go_on())

        solver.cbMipInterrupt += ask
        solver.run()
        solver.cbMipInterrupt -= ask
        bound = solver.getInfo().mip_dual_bound
        if not math.isfinite(bound):
            return 0, None
        value = max(0, math.ceil(bound * (1 - _MARGIN) - _MARGIN))
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return value, None
        passes = np.array(solver.getSolution().col_value)[: self._num]
        return value, np.rint(passes).astype(np.int64)

    def _row(
        self,
        columns: Ints,
        weight: NDArray[np.float64],
        between: tuple[float, float],
    ) -> None:
        table = columns.astype(np.int32)
        self._solver.addRow(*between, len(table), table, weight)

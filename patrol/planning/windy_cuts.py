"""
Cuts that every windy postman's tour respects, whatever the directions of its passes.

A walk leaves a set of nodes as often as it enters it, so it crosses the border an
even number of times: once more than there are required edges there if their number
is odd, and twice if there is none but something is required on both sides [1]_.
These are the parity and connectivity cuts of the undirected problem.

.. [1] Corberan, Plana and Sanchis (2008). The windy general routing polyhedron: a
   global view of many known arc routing polyhedra. *SIAM Journal on Discrete
   Mathematics* 22(2), 606-628. doi:10.1137/050640886.
"""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.cuts import Cut, CutKind, Separator
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_program import Row


class WindySeparator:
    """
    Finds cuts that passes break.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    """

    def __init__(self, problem: WindyProblem) -> None:
        ends = problem.edge_nodes
        self._required = problem.required.astype(np.int64)
        degree = np.bincount(
            ends[problem.required].ravel(), minlength=problem.num_nodes
        )
        self._parity = Separator(CutKind.PARITY, degree % 2, ends)
        label = problem.parts(problem.required)
        mass = np.zeros(label.max() + 1, np.int64)
        mass[label[problem.part >= 0]] = 1
        self._links = Separator(CutKind.CONNECTIVITY, mass, label[ends])

    def grown(self, x: NDArray[np.float64]) -> list[Row]:
        """Look among sets grown along the strongest links; fast, may miss some."""
        extra = self._extra(x)
        return self._rows(self._links.grown(extra) + self._parity.grown(extra))

    def cheapest(self, x: NDArray[np.float64]) -> list[Row]:
        """Look by maximum flows; misses none where there is one of its kind."""
        extra = self._extra(x)
        return self._rows(
            self._links.cheapest(extra) + self._parity.cheapest_odd(extra)
        )

    def _extra(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Count passes on top of one of each required edge, shape ``(m,)``."""
        extra: NDArray[np.float64] = np.maximum(x.sum(axis=1) - self._required, 0.0)
        return extra

    def _rows(self, cuts: list[Cut]) -> list[Row]:
        return [
            Row.over(cut.edges, cut.kind.value + int(self._required[cut.edges].sum()))
            for cut in cuts
        ]

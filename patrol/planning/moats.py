"""
Nested cuts by dual ascent: moats that grow round the sets that must be left.

A moat takes up the slack of the edges over its border until one is used up; then the
set swallows what lies behind, and grows on. One pass gives the whole row of nested
cuts that a linear program would otherwise ask for one by one [1]_.

.. [1] Wong (1984). A dual ascent approach for Steiner tree problems on a directed
   graph. *Mathematical Programming* 28, 271-287. doi:10.1007/BF02612335.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from patrol.planning.cuts import Cut, Separator

_USED_UP = 1e-6
"""Slack, in units of the costs, below which an edge counts as used up."""


def moats(separator: Separator, slack: NDArray[np.float64]) -> list[Cut]:
    """
    Grow moats round every set that a cut must separate.

    Parameters
    ----------
    separator
        Which sets must be crossed.
    slack
        What of the cost of each edge no cut has taken up yet, shape ``(m,)``.

    Returns
    -------
    list of Cut
        Cuts that took up slack, in the order of growth.
    """
    growth = _Growth(separator, slack)
    cuts = []
    while growth.heap:
        border = growth.advance()
        if border:
            cuts.append(Cut(np.array(sorted(border)), separator.kind))
    return cuts


class _Growth:
    """Sets of clusters, and what of the edges between them is left."""

    def __init__(self, separator: Separator, slack: NDArray[np.float64]) -> None:
        self._separator = separator
        self._slack: list[float] = slack.tolist()
        self._ends: list[list[int]] = separator.ends.tolist()
        self._set = list(range(len(separator.mass)))
        self._members = [[cluster] for cluster in self._set]
        self._mass: list[int] = separator.mass.tolist()
        self._border: list[list[int]] = [[] for _ in self._set]
        for edge, (a, b) in enumerate(self._ends):
            if a != b:
                self._border[a].append(edge)
                self._border[b].append(edge)
        self.heap = [(0.0, cluster) for cluster in self._set if self._needed(cluster)]

    def advance(self) -> list[int]:
        """Grow the set that has grown least; return its border if it took slack."""
        grown, one = heapq.heappop(self.heap)
        if self._set[one] != one or not self._needed(one):
            return []
        border = [e for e in self._border[one] if self._beyond(e, one) != one]
        self._border[one] = list(border)
        if not border:
            return []
        step = min(self._slack[edge] for edge in border)
        tight = []
        for edge in border:
            self._slack[edge] -= step
            if self._slack[edge] <= _USED_UP:
                tight.append(edge)
        self._swallow(one, tight, grown + step)
        return border if step > _USED_UP else []

    def _swallow(self, one: int, tight: list[int], grown: float) -> None:
        for edge in tight:
            other = self._beyond(edge, one)
            if other == one:
                continue
            if len(self._members[other]) > len(self._members[one]):
                one, other = other, one
            for cluster in self._members[other]:
                self._set[cluster] = one
            self._members[one] += self._members[other]
            self._border[one] += self._border[other]
            self._mass[one] += self._mass[other]
        heapq.heappush(self.heap, (grown, one))

    def _beyond(self, edge: int, one: int) -> int:
        a, b = self._ends[edge]
        return self._set[b] if self._set[a] == one else self._set[a]

    def _needed(self, one: int) -> bool:
        return self._separator.needed(self._mass[one])

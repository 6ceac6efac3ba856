"""
Cuts that every rural postman's tour respects, found where a solution breaks them.

Whoever enters a set of nodes leaves it again. So a set that holds some of the
required parts, but not all, has at least two extra passes over its border
(connectivity), and one with an odd number of required edges over its border has at
least one extra pass there (parity) [1]_.

.. [1] Corberan and Sanchis (1994). A polyhedral approach to the rural postman
   problem. *European Journal of Operational Research* 79(1), 95-114.
   doi:10.1016/0377-2217(94)90398-0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from patrol.planning.cut_tree import tree_cuts
from patrol.planning.flow_cuts import weak_sides
from patrol.planning.merge_tree import branch_borders, merge_strongest
from patrol.planning.rural_problem import RuralProblem

TOLERANCE = 1e-4
"""A cut counts as broken when it lacks more than this."""

_NOTHING = 1e-7
"""Passes below this are rounding errors of the linear program."""


_UNIT = 1 << 20
"""Flows are whole numbers: so many units to one pass."""


class CutKind(Enum):
    """Why a border must be crossed; the value is how often at least."""

    PARITY = 1
    CONNECTIVITY = 2


@dataclass(frozen=True)
class Cut:
    """At least ``kind.value`` extra passes over ``edges`` together."""

    edges: NDArray[np.int64]
    kind: CutKind

    @property
    def key(self) -> tuple[bytes, CutKind]:
        """What is the same for the same cut."""
        return blake2b(self.edges.tobytes(), digest_size=8).digest(), self.kind


@dataclass(frozen=True)
class Separator:
    """
    Finds broken cuts of one kind.

    The nodes of the network are first put together into ``k`` clusters that no cut
    of the kind divides.

    Attributes
    ----------
    kind
        Kind of the cuts.
    mass
        Odd nodes, or required parts, in each cluster, shape ``(k,)``.
    ends
        Clusters at the two ends of each edge, shape ``(m, 2)``.
    """

    kind: CutKind
    mass: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def parity(cls, problem: RuralProblem) -> "Separator":
        """Look for parity cuts: each node is a cluster."""
        mass = np.zeros(problem.network.num_nodes, np.int64)
        mass[problem.odd_nodes] = 1
        return cls(CutKind.PARITY, mass, problem.network.edge_nodes)

    @classmethod
    def connectivity(cls, problem: RuralProblem) -> "Separator":
        """Look for connectivity cuts: each required part is a cluster."""
        label = problem.network.parts(np.flatnonzero(problem.required))
        mass = np.zeros(label.max() + 1, np.int64)
        mass[label[problem.part >= 0]] = 1
        return cls(CutKind.CONNECTIVITY, mass, label[problem.network.edge_nodes])

    def grown(self, x: NDArray[np.float64]) -> list[Cut]:
        """
        Look among sets grown along the strongest links; fast, may miss some.

        Parameters
        ----------
        x
            Extra passes of each edge, may be fractional, shape ``(m,)``.
        """
        used = np.flatnonzero((x > _NOTHING) & self._open)
        tree = merge_strongest(self.ends[used], x[used], self.mass)
        weak = tree.crossing < self.kind.value - TOLERANCE
        chosen = np.flatnonzero(weak & self._needed(tree.mass))
        edges, starts = branch_borders(tree, chosen, self.ends)
        return self._cuts(edges, starts)

    def cheapest(self, x: NDArray[np.float64]) -> list[Cut]:
        """
        Look between the first required part and each other by maximum flow.

        Misses no broken connectivity cut.
        """
        label, ends, used = self._shrunk(x)
        mass = np.bincount(label, weights=self.mass).astype(np.int64)
        least = self.kind.value - TOLERANCE
        sides = weak_sides(ends[used], x[used], mass, least)
        inside = np.zeros(len(mass), bool)
        cuts = []
        for side in sides:
            inside[side] = True
            first, last = inside[ends].T
            cuts.append(Cut(np.flatnonzero(first != last), self.kind))
            inside[side] = False
        return cuts

    def cheapest_odd(self, x: NDArray[np.float64]) -> list[Cut]:
        """
        Look among the cuts of cut trees.

        Misses no broken parity cut.
        """
        label, ends, used = self._shrunk(x)
        matrix = _capacities(int(label.max()) + 1, ends[used], x[used])
        mass = np.bincount(label, weights=self.mass).astype(np.int64)
        part = connected_components(matrix, directed=False)[1]
        odd = np.bincount(part, weights=mass) > 0
        cuts: list[Cut] = []
        for number in np.flatnonzero(odd).tolist():
            for inside in _sides(matrix, np.flatnonzero(part == number), mass):
                first, last = inside[ends].T
                border = np.flatnonzero(first != last)
                if x[border].sum() < self.kind.value - TOLERANCE:
                    cuts.append(Cut(border, self.kind))
        return cuts

    def _needed(self, mass: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the border of sets of these masses must be crossed."""
        if self.kind is CutKind.PARITY:
            return np.asarray(mass % 2 == 1)
        return np.asarray((mass > 0) & (mass < self.total))

    @cached_property
    def total(self) -> int:
        """Mass of everything for connectivity cuts; 0 for parity cuts."""
        return int(self.mass.sum()) if self.kind is CutKind.CONNECTIVITY else 0

    @cached_property
    def _open(self) -> NDArray[np.bool_]:
        """Mask of the edges between different clusters, shape ``(m,)``."""
        return np.asarray(self.ends[:, 0] != self.ends[:, 1])

    def _cuts(self, edges: NDArray[np.int64], starts: NDArray[np.int64]) -> list[Cut]:
        borders = np.split(edges, starts[1:-1])
        return [Cut(border, self.kind) for border in borders if len(border)]

    def _shrunk(
        self, x: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Put together clusters that no broken cut divides; ends, edges between."""
        k = len(self.mass)
        strong = self.ends[x >= self.kind.value].T
        joined = csr_array((np.ones(strong.shape[1]), tuple(strong)), shape=(k, k))
        label = connected_components(joined, directed=False)[1].astype(np.int64)
        ends = label[self.ends]
        used = np.flatnonzero((ends[:, 0] != ends[:, 1]) & (x > _NOTHING))
        return label, ends, used


def _capacities(num: int, ends: NDArray[np.int64], x: NDArray[np.float64]) -> Any:
    """Write passes between nodes as whole capacities in a symmetric sparse matrix."""
    capacity = np.ceil(np.tile(x, 2) * _UNIT).astype(np.int32)
    a, b = ends.T
    places = (np.concatenate([a, b]), np.concatenate([b, a]))
    return coo_array((capacity, places), shape=(num, num)).tocsr()


def _sides(
    matrix: Any, nodes: NDArray[np.int64], mass: NDArray[np.int64]
) -> Iterator[NDArray[np.bool_]]:
    """Give sets of odd mass: these nodes, or else a side of each cut of their tree."""
    inside = np.zeros(len(mass), bool)
    inside[nodes] = True
    if mass[nodes].sum() % 2:
        yield inside
        return
    for side in tree_cuts(matrix[nodes][:, nodes].tocsr()):
        if mass[nodes[side]].sum() % 2:
            inside = np.zeros(len(mass), bool)
            inside[nodes[side]] = True
            yield inside

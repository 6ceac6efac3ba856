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

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from patrol.planning.cut_tree import minimum_cut, tree_cuts
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
        return self.edges.tobytes(), self.kind


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
        least = self.kind.value - TOLERANCE
        adjacent = _links(len(self.mass), self.ends, x)
        return [
            self._cut(members)
            for members, mass, crossing in _grow(adjacent, self.mass.tolist())
            if crossing < least and self.needed(mass)
        ]

    def cheapest(self, x: NDArray[np.float64]) -> list[Cut]:
        """
        Look between the first required part and each other by maximum flow.

        Misses no broken connectivity cut.
        """
        label, matrix = self._shrunk(x)
        parts = np.unique(label[self.mass > 0])
        cuts: list[Cut] = []
        done = np.zeros(matrix.shape[0], bool)
        for part in parts[1:].tolist():
            if done[part]:
                continue
            value, side = minimum_cut(matrix, part, int(parts[0]))
            if value < (self.kind.value - TOLERANCE) * _UNIT:
                done |= side
                cuts.append(self._cut(np.flatnonzero(side[label])))
        return cuts

    def cheapest_odd(self, x: NDArray[np.float64]) -> list[Cut]:
        """
        Look among the cuts of cut trees.

        Misses no broken parity cut.
        """
        label, matrix = self._shrunk(x)
        mass = np.zeros(matrix.shape[0], np.int64)
        np.add.at(mass, label, self.mass)
        part = connected_components(matrix, directed=False)[1]
        odd = np.bincount(part, weights=mass) > 0
        cuts: list[Cut] = []
        for number in np.flatnonzero(odd).tolist():
            nodes = np.flatnonzero(part == number)
            for inside in _sides(matrix, nodes, mass):
                cut = self._cut(np.flatnonzero(inside[label]))
                if x[cut.edges].sum() < self.kind.value - TOLERANCE:
                    cuts.append(cut)
        return cuts

    def needed(self, mass: int) -> bool:
        """Whether the border of a set of this mass must be crossed."""
        if self.kind is CutKind.PARITY:
            return mass % 2 == 1
        return 0 < mass < self._total

    @cached_property
    def _total(self) -> int:
        return int(self.mass.sum())

    def _cut(self, members: list[int] | NDArray[np.int64]) -> Cut:
        inside = np.zeros(len(self.mass), bool)
        inside[members] = True
        first, last = inside[self.ends].T
        return Cut(np.flatnonzero(first != last), self.kind)

    def _shrunk(self, x: NDArray[np.float64]) -> tuple[NDArray[np.int64], Any]:
        """Put together clusters that no broken cut divides; capacities between."""
        k = len(self.mass)
        strong = self.ends[x >= self.kind.value].T
        joined = csr_array((np.ones(strong.shape[1]), tuple(strong)), shape=(k, k))
        num, label = connected_components(joined, directed=False)
        ends = label[self.ends]
        kept = (ends[:, 0] != ends[:, 1]) & (x > _NOTHING)
        capacity = np.ceil(np.tile(x[kept], 2) * _UNIT).astype(np.int32)
        a, b = ends[kept].T
        places = (np.concatenate([a, b]), np.concatenate([b, a]))
        matrix = coo_array((capacity, places), shape=(num, num)).tocsr()
        return label.astype(np.int64), matrix


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


def _links(
    num: int, ends: NDArray[np.int64], x: NDArray[np.float64]
) -> list[dict[int, float]]:
    adjacent: list[dict[int, float]] = [{} for _ in range(num)]
    used = np.flatnonzero((x > _NOTHING) & (ends[:, 0] != ends[:, 1]))
    for (a, b), passes in zip(ends[used].tolist(), x[used].tolist(), strict=True):
        adjacent[a][b] = adjacent[b][a] = adjacent[a].get(b, 0.0) + passes
    return adjacent


def _grow(
    adjacent: list[dict[int, float]], mass: list[int]
) -> Iterator[tuple[list[int], int, float]]:
    """Merge the two strongest linked sets again and again; give each set met."""
    members = [[cluster] for cluster in range(len(mass))]
    crossing = [sum(links.values()) for links in adjacent]
    yield from zip(members, mass, crossing, strict=True)
    heap = [
        (-passes, a, b)
        for a, links in enumerate(adjacent)
        for b, passes in links.items()
        if a < b
    ]
    heapq.heapify(heap)
    while heap:
        negative, a, b = heapq.heappop(heap)
        if adjacent[a].get(b) != -negative:
            continue  # one of them has grown since
        if len(adjacent[a]) < len(adjacent[b]):
            a, b = b, a
        members[a] += members[b]
        mass[a] += mass[b]
        crossing[a] += crossing[b] + 2 * negative
        _merge(adjacent, a, b, heap)
        yield members[a], mass[a], crossing[a]


def _merge(
    adjacent: list[dict[int, float]],
    a: int,
    b: int,
    heap: list[tuple[float, int, int]],
) -> None:
    del adjacent[a][b], adjacent[b][a]
    for other, passes in adjacent[b].items():
        del adjacent[other][b]
        total = adjacent[a].get(other, 0.0) + passes
        adjacent[a][other] = adjacent[other][a] = total
        heapq.heappush(heap, (-total, a, other))
    adjacent[b] = {}

"""
What closed walks can collect at most: a linear program over one walk for all.

All trips from one place make one closed walk. Of each street ``e`` the program knows
whether it is passed once in that walk, leaving pairs of passes aside (``once``), how
many pairs there are (``pairs``), and whether it is served (``served``); see `Walks` for
what it asks of them. It is solved with the few cuts that matter, as in branch and cut
for the profitable arc tour [1]_ and the undirected capacitated arc routing problem with
profits [2]_.

.. [1] Feillet, Dejax and Gendreau (2005). The profitable arc tour problem: solution
   with a branch-and-price algorithm. *Transportation Science* 39(4), 539-552.
   doi:10.1287/trsc.1040.0106.
.. [2] Archetti, Feillet, Hertz and Speranza (2010). The undirected capacitated arc
   routing problem with profits. *Computers & Operations Research* 37(11), 1860-1869.
   doi:10.1016/j.cor.2009.05.005.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from patrol.planning.solver import is_stuck, new_solver

TOLERANCE = 1e-3
"""A cut counts as broken when it lacks more than this."""

_LEVELS = (1e-6, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
"""Streets passed more often than this are taken to hang together, each in turn."""

_RINGS = 25
"""Rings round the dock whose work is bounded from the first."""

_AT_ONCE = 150  # most cuts of one kind and level that are added in one round
_MINUTE_S = 60.0


@dataclass(frozen=True)
class Walks:
    """
    Closed walks over ``m`` edges: streets, and loops that stand for stops.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    edge_nodes
        Both ends of each edge, shape ``(m, 2)``.
    time_s
        Least time of a pass, shape ``(m,)``, above 0.
    prize
        Worth of each edge, shape ``(m,)``.
    must
        Edges that have to be served, shape ``(m,)``.
    away_s
        Least time from a place where a trip may start or end to each node, ``(n,)``.
    budget_s
        Time of all trips together.
    longest_s
        Time of the longest trip.
    most_pairs
        So many pairs of passes over one edge are enough for all trips.
    """

    num_nodes: int
    edge_nodes: NDArray[np.int64]
    time_s: NDArray[np.float64]
    prize: NDArray[np.float64]
    must: NDArray[np.bool_]
    away_s: NDArray[np.float64]
    budget_s: float
    longest_s: float
    most_pairs: int

    @property
    def num_edges(self) -> int:
        """Number of edges, ``m``."""
        return len(self.time_s)

    @cached_property
    def prize_unit(self) -> float:
        """Mean prize, in which the program counts; never 0."""
        return float(self.prize.mean()) or 1.0

    @cached_property
    def is_loop(self) -> NDArray[np.bool_]:
        """Edges that end where they begin, shape ``(m,)``."""
        return np.asarray(self.edge_nodes[:, 0] == self.edge_nodes[:, 1])


class Row(NamedTuple):
    """
    ``weights`` times ``columns`` is at most ``most``.

    ``priced`` rows are those that a bound must be told the prices of: it knows the
    others by itself.
    """

    columns: NDArray[np.int64]
    weights: NDArray[np.float64]
    most: float
    priced: bool


class Solution(NamedTuple):
    """Columns of the program by kind, shape ``(m,)`` each."""

    once: NDArray[np.float64]
    pairs: NDArray[np.float64]
    served: NDArray[np.float64]

    @property
    def passes(self) -> NDArray[np.float64]:
        """Passes of each edge, shape ``(m,)``."""
        return self.once + 2 * self.pairs


class Prices(NamedTuple):
    """
    What the program's rows are worth.

    Attributes
    ----------
    second
        Worth of a second of the budget.
    once, pairs, served
        What the cuts on borders make a unit of each column cost, shape ``(m,)`` each.
    """

    second: float
    once: NDArray[np.float64]
    pairs: NDArray[np.float64]
    served: NDArray[np.float64]


class Program:
    """
    The linear program and the cuts in it.

    Its columns are the parts of a `Solution`, one after another. Prizes are counted in
    their mean and times in minutes.
    """

    def __init__(self, walks: Walks) -> None:
        self._walks = walks
        self._rows: list[Row] = []
        self._known: set[tuple[int, int, int]] = set()
        self._highs = new_solver()
        self._add_columns()
        self._add([_budget_row(walks), *_serve_rows(walks), *_rings(walks)])

    def limit(self, budget_s: float) -> None:
        """Change the time of all trips together."""
        self._highs.changeRowBounds(0, -highspy.kHighsInf, budget_s / _MINUTE_S)

    def solve(self, rounds: int, go_on: Callable[[], bool]) -> Solution | None:
        """Solve it, adding cuts in so many rounds at most; None if it cannot be."""
        solution, limits = self._solve(), list[float]()
        for _ in range(rounds):
            limits.append(self._highs.getInfo().objective_function_value)
            if solution is None or not go_on() or is_stuck(limits):
                break
            cuts = [*_parity_cuts(self._walks, solution), *self._borders(solution)]
            if not cuts:
                break
            self._add(cuts)
            solution = self._solve()
        return solution

    def prices(self) -> Prices:
        """Give what the rows are worth in the last solution."""
        dual = np.maximum(-np.array(self._highs.getSolution().row_dual), 0.0)
        m, unit = self._walks.num_edges, self._walks.prize_unit
        total = np.zeros(3 * m)
        for row, price in zip(self._rows, dual.tolist(), strict=True):
            if price > 0 and row.priced:
                np.add.at(total, row.columns, price * row.weights)
        second = float(dual[0]) * unit / _MINUTE_S
        return Prices(second, *(total * unit).reshape(3, m))

    def _solve(self) -> Solution | None:
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        columns = np.maximum(self._highs.getSolution().col_value, 0.0)
        return Solution(*columns.reshape(3, -1))

    def _add_columns(self) -> None:
        walks, m = self._walks, self._walks.num_edges
        degree = np.bincount(walks.edge_nodes.ravel(), minlength=walks.num_nodes)
        blind = (degree[walks.edge_nodes] == 1).any(axis=1) & ~walks.is_loop
        low = np.concatenate([np.zeros(2 * m), walks.must])
        high = np.concatenate(
            [np.where(blind, 0.0, 1.0), np.full(m, float(walks.most_pairs)), np.ones(m)]
        )
        gain = walks.prize / walks.prize_unit
        cost = np.concatenate([np.zeros(2 * m), -gain])
        self._highs.addVars(3 * m, low.astype(float), high)
        self._highs.changeColsCost(3 * m, np.arange(3 * m, dtype=np.int32), cost)

    def _add(self, rows: list[Row]) -> None:
        starts = np.cumsum([0, *(len(row.columns) for row in rows[:-1])])
        columns = np.concatenate([row.columns for row in rows])
        self._highs.addRows(
            len(rows),
            np.full(len(rows), -highspy.kHighsInf),
            np.array([row.most for row in rows]),
            len(columns),
            starts.astype(np.int32),
            columns.astype(np.int32),
            np.concatenate([row.weights for row in rows]).astype(np.float64),
        )
        self._rows += rows

    def _borders(self, solution: Solution) -> Iterator[Row]:
        """
        Cuts on the borders of sets that hang together in the solution.

        Whoever serves an edge in a set away from all docks crosses its border twice,
        and who is in the set spends the way there and back outside.
        """
        walks = self._walks
        for level in _LEVELS:
            sets = _Sets.of(walks, solution, level)
            short = (2 * sets.served - sets.crossing) * sets.away
            for number in _worst(short, TOLERANCE * 10):
                yield from self._new(sets, int(number), link=True)
            late = (sets.work_s - sets.room_s * sets.crossing) * sets.away
            for number in _worst(late / _MINUTE_S, TOLERANCE * 100):
                yield from self._new(sets, int(number), link=False)

    def _new(self, sets: "_Sets", number: int, *, link: bool) -> Iterator[Row]:
        inside = sets.label == number
        edge = sets.busiest(number) if link else -1
        nodes = np.flatnonzero(inside)
        key = (len(nodes), int((nodes * nodes).sum()), edge)
        if key not in self._known:
            self._known.add(key)
            if link:
                yield _link_row(self._walks, inside, edge)
            else:
                yield _work_row(self._walks, inside)


@dataclass(frozen=True)
class _Sets:
    """
    The parts of a solution, ``k`` of them.

    Attributes
    ----------
    label
        Part of each node, shape ``(n,)``.
    inner
        Part of each edge, negative between parts, shape ``(m,)``.
    value
        How much each edge is served, shape ``(m,)``.
    served
        How much the most served edge of each part is served, shape ``(k,)``.
    crossing
        Passes over the border of each part, shape ``(k,)``.
    work_s
        Time of the passes inside, shape ``(k,)``.
    room_s
        Time that one crossing leaves for work inside, shape ``(k,)``.
    away
        Whether no trip starts or ends there, shape ``(k,)``.
    """

    label: NDArray[np.int64]
    inner: NDArray[np.int64]
    value: NDArray[np.float64]
    served: NDArray[np.float64]
    crossing: NDArray[np.float64]
    work_s: NDArray[np.float64]
    room_s: NDArray[np.float64]
    away: NDArray[np.bool_]

    @classmethod
    def of(cls, walks: Walks, solution: Solution, level: float) -> "_Sets":
        passes = solution.passes
        used = walks.edge_nodes[passes > level].T
        shape = (walks.num_nodes, walks.num_nodes)
        links = coo_array((np.ones(used.shape[1]), tuple(used)), shape=shape)
        num, label = connected_components(links.tocsr(), directed=False)
        first, last = label[walks.edge_nodes].T
        inner = np.where(first == last, first, -1)
        inside, cut = inner >= 0, inner < 0
        served, nearest_s = np.zeros(num), np.full(num, np.inf)
        np.maximum.at(served, inner[inside], solution.served[inside])
        np.minimum.at(nearest_s, label, walks.away_s)
        crossing = np.bincount(
            np.concatenate([first[cut], last[cut]]), np.tile(passes[cut], 2), num
        ).astype(np.float64)
        time_s = (walks.time_s * passes)[inside]
        known = np.isfinite(nearest_s)
        room_s = np.where(known, walks.longest_s / 2 - nearest_s, 0.0)
        return cls(
            label=label.astype(np.int64),
            inner=inner.astype(np.int64),
            value=solution.served,
            served=served,
            crossing=crossing,
            work_s=np.bincount(inner[inside], time_s, num).astype(np.float64),
            room_s=room_s,
            away=known & (nearest_s > 0),
        )

    def busiest(self, number: int) -> int:
        """Edge inside a part that is served most."""
        edges = np.flatnonzero(self.inner == number)
        return int(edges[self.value[edges].argmax()])


def _worst(excess: NDArray[np.float64], least: float) -> NDArray[np.int64]:
    order = np.argsort(-excess, kind="stable")[:_AT_ONCE]
    return order[excess[order] > least]


def _budget_row(walks: Walks) -> Row:
    edges, minutes = np.arange(2 * walks.num_edges), walks.time_s / _MINUTE_S
    weights = np.concatenate([minutes, 2 * minutes])
    return Row(edges, weights, walks.budget_s / _MINUTE_S, priced=False)


def _serve_rows(walks: Walks) -> Iterator[Row]:
    m = walks.num_edges
    for edge in range(m):
        columns = np.array([edge, m + edge, 2 * m + edge])
        yield Row(columns, np.array([-1.0, -1.0, 1.0]), 0.0, priced=False)


def _rings(walks: Walks) -> Iterator[Row]:
    """Bound the work in everything farther than so much from the docks."""
    known = walks.away_s[(walks.away_s > 0) & (walks.away_s < walks.longest_s / 2)]
    if len(known):
        for least_s in np.unique(np.quantile(known, np.linspace(0, 0.98, _RINGS))):
            yield _work_row(walks, walks.away_s >= least_s)


def _work_row(walks: Walks, inside: NDArray[np.bool_]) -> Row:
    """Who is in a set spends the way there and back outside."""
    m, ends = walks.num_edges, inside[walks.edge_nodes]
    inner, border = np.flatnonzero(ends.all(axis=1)), np.flatnonzero(ends.sum(1) == 1)
    minutes = walks.time_s[inner] / _MINUTE_S
    room = (walks.longest_s / 2 - float(walks.away_s[inside].min())) / _MINUTE_S
    few = np.full(len(border), -room)
    return Row(
        np.concatenate([inner, m + inner, border, m + border]),
        np.concatenate([minutes, 2 * minutes, few, 2 * few]),
        0.0,
        priced=True,
    )


def _link_row(walks: Walks, inside: NDArray[np.bool_], edge: int) -> Row:
    """Who serves an edge in a set crosses its border twice."""
    m = walks.num_edges
    border = np.flatnonzero(inside[walks.edge_nodes].sum(axis=1) == 1)
    ones = np.ones(len(border))
    return Row(
        np.concatenate([border, m + border, [2 * m + edge]]),
        np.concatenate([-ones, -2 * ones, [2.0]]),
        0.0,
        priced=True,
    )


def _parity_cuts(walks: Walks, solution: Solution) -> Iterator[Row]:
    """
    Cuts that forbid an odd number of single passes at one node.

    Of the edges at a node, not just those of an odd set ``F`` are passed once.
    """
    real = np.flatnonzero(~walks.is_loop)
    node = walks.edge_nodes[real].ravel()
    edge = np.repeat(real, 2)
    order = np.argsort(node, kind="stable")
    node, edge = node[order], edge[order]
    first = np.flatnonzero(np.diff(node, prepend=-1))
    once = solution.once[edge]
    chosen = once > 0.5
    unsure = np.abs(once - 0.5)
    for start, stop in pairwise([*first.tolist(), len(node)]):
        own = slice(start, stop)
        if chosen[own].sum() % 2 == 0:
            chosen[start + int(unsure[own].argmin())] ^= True
        inside = chosen[own]
        lacking = np.where(inside, 1 - once[own], once[own]).sum()
        if inside.sum() % 2 and lacking < 1 - TOLERANCE:
            weights = np.where(inside, 1.0, -1.0)
            yield Row(edge[own], weights, inside.sum() - 1.0, priced=False)

"""
What simple rules collect within a shift, to be compared with a plan.

Each trip of a plan's frames is driven from the dock and back: to the street that is
worth most for the time to it and past it, again and again; or along the tour past all
streets, which is cut off where the time is over and gone on with in the next trip.
"""

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.errors import PlanError
from patrol.planning.euler import euler_walk
from patrol.planning.network import Network
from patrol.planning.prize_tasks import TripFrame
from patrol.planning.problem import PatrolProblem
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.trip_frames import trip_frames

Ints = NDArray[np.int64]


def greedy_per_h(problem: PatrolProblem) -> float:
    """Collect by always going where most risk is to be had for the time."""
    patrol = _Patrol(problem)
    for frame in trip_frames(problem):
        patrol.begin(frame)
        while (best := patrol.most_worth()) is not None:
            patrol.go(best // 2, best % 2)
    return patrol.covered_per_h


def coverage_per_h(problem: PatrolProblem) -> float:
    """Collect along the shortest tour past all streets, as far as the time goes."""
    patrol = _Patrol(problem)
    steps = iter(_tour(problem, patrol))
    left: tuple[int, int] | None = next(steps, None)
    for frame in trip_frames(problem):
        patrol.begin(frame)
        while left is not None and patrol.fits(*left):
            patrol.go(*left)
            left = next(steps, None)
    return patrol.covered_per_h


@dataclass
class _Patrol:
    """
    A robot under way, one trip after the other.

    Attributes
    ----------
    covered_per_h
        What was collected so far, in incidents per hour.
    served
        Streets that were, shape ``(m,)``.
    """

    problem: PatrolProblem
    covered_per_h: float = 0.0
    served: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        graph, traversal = self.problem.graph, self.problem.fleet[0].traversal
        open_ = traversal.drivable[:, None] & np.isfinite(traversal.travel_s)
        self._time_s = np.where(open_, traversal.travel_s, np.inf)
        self._tails, self._heads = graph.edge_nodes.ravel(), _flipped(graph.edge_nodes)
        self._ways = _Ways.of(self._tails, self._heads, self._time_s, graph.num_nodes)
        self.served = ~traversal.drivable
        if self.problem.prizes is None:
            raise PlanError("the problem has no prizes: give some")
        self._prizes = self.problem.prizes

    def begin(self, frame: TripFrame) -> None:
        """Stand at the dock at the beginning of a trip."""
        self._at, self._now_s, self._until_s = frame.start, frame.from_s, frame.until_s
        self._home_s = self._ways.home_s(frame.end)
        self._look()

    def fits(self, street: int, way: int) -> bool:
        """Whether there is time to pass a street and to come home."""
        return bool(self._back_s()[2 * street + way] <= self._until_s)

    def most_worth(self) -> int | None:
        """Street and direction (``2 * street + way``) of most risk for its time."""
        worth = np.repeat(np.where(self.served, 0.0, self._prizes.per_h), 2)
        needs_s = self._far_s[self._tails] + self._time_s.ravel()
        rate = np.where(self._back_s() <= self._until_s, worth / needs_s, 0.0)
        best = int(rate.argmax())
        return best if rate[best] > 0 else None

    def go(self, street: int, way: int) -> None:
        """Drive to a street and past it; what is passed on the way counts."""
        arc = 2 * street + way
        for one in [*self._ways.path(self._before, self._tails[arc]), arc]:
            self._pass(one)
        self._at = int(self._heads[arc])
        self._look()

    def _pass(self, arc: int) -> None:
        time_s, prizes = float(self._time_s.ravel()[arc]), self._prizes
        if not self.served[arc // 2]:
            middle_s = self._now_s + time_s / 2
            slot = bisect(prizes.terms.slot_s, middle_s) - 1
            factor = prizes.terms.factor[min(slot, len(prizes.terms.factor) - 1)]
            self.covered_per_h += float(prizes.per_h[arc // 2]) * factor
            self.served[arc // 2] = True
        self._now_s += time_s

    def _look(self) -> None:
        self._far_s, self._before = self._ways.tree(self._at)

    def _back_s(self) -> NDArray[np.float64]:
        """When the robot would be home after passing each street each way."""
        there_s = self._now_s + self._far_s[self._tails] + self._time_s.ravel()
        back_s: NDArray[np.float64] = there_s + self._home_s[self._heads]
        return back_s


@dataclass(frozen=True)
class _Ways:
    """The fastest arc from each node to each neighbour."""

    matrix: csr_array
    arcs: dict[tuple[int, int], int]

    @classmethod
    def of(
        cls, tails: Ints, heads: Ints, time_s: NDArray[np.float64], num: int
    ) -> "_Ways":
        arcs: dict[tuple[int, int], int] = {}
        slow_first = np.argsort(-time_s.ravel(), kind="stable")
        for arc in slow_first[np.isfinite(time_s.ravel()[slow_first])].tolist():
            arcs[int(tails[arc]), int(heads[arc])] = arc
        kept = np.array(list(arcs.values()), np.int64)
        table = (time_s.ravel()[kept], (tails[kept], heads[kept]))
        return cls(csr_array(table, shape=(num, num)), arcs)

    def tree(self, start: int) -> tuple[NDArray[np.float64], Ints]:
        """Time to each node, and the node before it."""
        far, before = dijkstra(
            self.matrix, indices=np.array([start]), return_predecessors=True
        )
        return far[0], before[0].astype(np.int64)

    def home_s(self, dock: int) -> NDArray[np.float64]:
        """Time from each node to the dock."""
        far: NDArray[np.float64] = dijkstra(self.matrix.T, indices=np.array([dock]))[0]
        return far

    def path(self, before: Ints, node: int) -> list[int]:
        """Arcs to a node of a tree, in order."""
        arcs = []
        while before[node] >= 0:
            arcs.append(self.arcs[int(before[node]), int(node)])
            node = int(before[node])
        return arcs[::-1]


def _flipped(edge_nodes: Ints) -> Ints:
    return np.ascontiguousarray(edge_nodes[:, ::-1]).ravel()


def _tour(problem: PatrolProblem, patrol: _Patrol) -> Iterable[tuple[int, int]]:
    """Streets and directions of a shortest tour past all that hang with the dock."""
    graph, dock = problem.graph, problem.fleet[0].dock
    streets = np.flatnonzero(~patrol.served)
    cost = np.maximum(1, graph.edge_length_m[streets] * 100).astype(np.int64)
    network = Network(graph.num_nodes, graph.edge_nodes[streets], cost)
    label = network.parts(np.arange(len(streets)))
    mine = label[graph.edge_nodes[streets, 0]] == label[dock]
    network = Network(graph.num_nodes, graph.edge_nodes[streets[mine]], cost[mine])
    rural = RuralProblem(network, np.ones(int(mine.sum()), bool), dock)
    passes = 1 + rural_postman(rural, seed=0).extra
    at = dock
    for street in streets[mine][euler_walk(network, passes, start=dock)].tolist():
        a, b = graph.edge_nodes[street].tolist()
        way = int(a != at)
        at = a if way else b
        yield street, way


RULES = {"greedy": greedy_per_h, "coverage tour cut off": coverage_per_h}
"""What a plan is compared with, by name."""

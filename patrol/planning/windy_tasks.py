"""Required edges of a windy problem as tasks, and the ways between their ends."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.planning.fleet_state import Jobs
from patrol.planning.network import NONE
from patrol.planning.route_search import directions, routes_state
from patrol.planning.tasks import RouteTasks, explore
from patrol.planning.windy_problem import WindyProblem

_MOST_TREES = 1000
"""Starts of which the shortest paths are kept: 40 MB on ten thousand nodes."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WindyRoads:
    """
    The cheapest edge from each node to each neighbour.

    Attributes
    ----------
    edges, ways
        Edge that was kept and its direction (0 along, 1 against), shape ``(q,)``
        each; no loop is among them.
    matrix
        Costs, shape ``(n, n)``.
    """

    edges: Ints
    ways: Ints
    matrix: csr_array
    _keys: Ints

    @classmethod
    def of(cls, problem: WindyProblem) -> "WindyRoads":
        """Keep the cheapest of parallel edges in each direction, ties by number."""
        ends = problem.edge_nodes
        proper = problem.drivable & (ends[:, 0] != ends[:, 1])[:, None]
        ways, edges = np.nonzero(proper.T)
        tail, head = ends[edges, ways], ends[edges, 1 - ways]
        cost, n = problem.cost[edges, ways].astype(np.float64), problem.num_nodes
        order = np.lexsort((cost, tail * n + head))
        keys, first = np.unique((tail * n + head)[order], return_index=True)
        kept = order[first]
        matrix = csr_array((cost[kept], (tail[kept], head[kept])), shape=(n, n))
        return cls(edges[kept], ways[kept], matrix, keys)

    def path(self, start: int, end: int) -> tuple[Ints, Ints]:
        """Edges and directions of a cheapest path between two nodes, in no order."""
        before = self._tree(start)
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(int(before[nodes[-1]]))
        heads, tails = np.array(nodes[:-1], np.int64), np.array(nodes[1:], np.int64)
        rows = np.searchsorted(self._keys, tails * self.matrix.shape[0] + heads)
        return self.edges[rows], self.ways[rows]

    def _tree(self, start: int) -> NDArray[np.int32]:
        if start not in self._known:
            if len(self._known) >= _MOST_TREES:
                self._known.clear()
            source = np.array([start])
            found = dijkstra(self.matrix, indices=source, return_predecessors=True)
            self._known[start] = found[1][0]
        return self._known[start]

    @cached_property
    def _known(self) -> dict[int, NDArray[np.int32]]:
        """Node before each node on the paths from a start, by start."""
        return {}


@dataclass(frozen=True)
class WindyTasks(RouteTasks):
    """Tasks of a windy problem."""

    problem: WindyProblem
    roads: WindyRoads

    @classmethod
    def of(cls, problem: WindyProblem) -> "WindyTasks":
        """Look at a problem as tasks; all nodes must reach each other."""
        edges = np.flatnonzero(problem.required)
        depot = [[problem.depot] * 2]
        ends = np.append(problem.edge_nodes[edges], depot, axis=0)
        roads = WindyRoads.of(problem)
        ways, near = explore(roads.matrix, ends)
        allowed = problem.drivable[edges]
        cost = np.where(allowed, problem.cost[edges].astype(float), np.inf)
        jobs = Jobs(np.append(cost, [[0.0, 0.0]], axis=0), np.zeros(len(ends)), near)
        return cls(edges, ends, ways, jobs, problem, roads)

    def passes(self, order: Ints) -> Ints:
        """
        Count the passes of the cheapest closed walk that serves tasks in order.

        Parameters
        ----------
        order
            Tasks in the order of service.

        Returns
        -------
        NDArray
            Passes along and against each edge, shape ``(m, 2)``.
        """
        passes = np.zeros((self.problem.num_edges, 2), np.int64)
        at = self.problem.depot
        tails = self.ends[:, 0]
        turns = directions(self.ways, self.ends, routes_state(self, [order]), 0)
        for task, (tail, head, _) in zip(order.tolist(), turns, strict=True):
            self._go(passes, at, tail)
            way = NONE
            way = int(tails[task] != tail)
            if tail == head:  # a loop, whose directions differ in cost alone
                way = int(self.jobs.cost[task].argmin())
            passes[self.edges[task], way] += 1
            at = head
        self._go(passes, at, self.problem.depot)
        return passes

    def _go(self, passes: Ints, start: int, end: int) -> None:
        if start != end:
            np.add.at(passes, self.roads.path(start, end), 1)

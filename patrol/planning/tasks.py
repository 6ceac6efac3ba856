"""Required edges of a network as tasks, and the distances between their ends."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.planning.fleet_state import Crew, Jobs, Ways, equal_crew
from patrol.planning.network import Roads
from patrol.planning.rural_problem import RuralProblem

_DENSE = 1500
"""Most tasks between which all distances are kept (72 MB)."""

_COLUMNS = 250
"""Tasks to which distances are kept from each task where there are more."""

_NEAR = 100
"""Neighbours kept of each task."""

_BATCH = 256
"""Tasks from which distances are worked out at a time."""


@dataclass(frozen=True)
class RouteTasks:
    """
    The required edges of a problem as ``t`` tasks, and the ways between them.

    Attributes
    ----------
    edges
        Edge of each task, ascending, shape ``(t,)``.
    ends
        Both ends of each, and last the depot twice, shape ``(t + 1, 2)``.
    ways, jobs
        What the search needs to know of them.
    """

    edges: NDArray[np.int64]
    ends: NDArray[np.int64]
    ways: Ways
    jobs: Jobs

    def crew(self, routes: int) -> Crew:
        """Vehicles of so many routes: all begin and end at the depot."""
        return equal_crew(routes, len(self.edges))


@dataclass(frozen=True)
class TaskNetwork(RouteTasks):
    """Tasks of a rural postman problem, whose costs are the same both ways."""

    problem: RuralProblem

    @classmethod
    def of(
        cls, problem: RuralProblem, demand: NDArray[np.float64] | None = None
    ) -> "TaskNetwork":
        """
        Look at a problem as tasks.

        Parameters
        ----------
        problem
            Rural postman problem on ``m`` edges.
        demand
            What each edge loads, shape ``(m,)``; nothing if left out.
        """
        edges = np.flatnonzero(problem.required)
        num = len(edges)
        ends = problem.network.edge_nodes[edges]
        ends = np.append(ends, [[problem.depot] * 2], axis=0)
        ways, near = explore(_roads(problem).matrix, ends)
        load = np.zeros(num) if demand is None else demand[edges].astype(float)
        cost = np.append(problem.network.cost[edges].astype(float), 0.0)
        jobs = Jobs(np.column_stack([cost, cost]), np.append(load, 0.0), near)
        return cls(edges, ends, ways, jobs, problem)

    @cached_property
    def roads(self) -> Roads:
        """The cheapest edge between each two neighbours."""
        return _roads(self.problem)


def _roads(problem: RuralProblem) -> Roads:
    return Roads.cheapest(problem.network, problem.network.cost.astype(np.float64))


def explore(
    matrix: csr_array, ends: NDArray[np.int64]
) -> tuple[Ways, NDArray[np.int64]]:
    """
    Work out distances between tasks, and the tasks near each task but the depot.

    Parameters
    ----------
    matrix
        What it costs to go from node to node, shape ``(n, n)``; every end is reached
        from every other.
    ends
        Both ends of each task, and last the depot twice, shape ``(t + 1, 2)``.
    """
    num = len(ends)
    nodes, at = np.unique(ends, return_inverse=True)
    at = at.reshape(ends.shape)
    dense = num <= _DENSE
    width = num if dense else _COLUMNS
    link = np.empty((num, width, 2, 2))
    column = np.empty((num, 0 if dense else width), np.int64)
    near = np.empty((num - 1, min(_NEAR, max(0, num - 2))), np.int64)
    home = np.stack(
        [dijkstra(one, indices=ends[-1, 0])[ends] for one in (matrix, matrix.T)], axis=2
    )
    for first in range(0, num, _BATCH):
        rows = slice(first, min(first + _BATCH, num))
        used, row = np.unique(at[rows], return_inverse=True)
        found = dijkstra(matrix, indices=nodes[used])
        block = found[row.reshape(-1, 2)[:, None, :, None], ends[None, :, None, :]]
        least = block.min(axis=(2, 3))
        least[np.arange(len(least)), np.arange(num)[rows]] = -1.0  # itself first
        least[:, -1] = np.inf if not dense else least[:, -1]
        kept = np.argsort(least, axis=1, kind="stable")[:, :width]
        if dense:
            link[rows] = block
        else:
            column[rows] = np.sort(kept, axis=1)
            link[rows] = np.take_along_axis(block, column[rows][:, :, None, None], 1)
        others = kept[: len(near[rows])]
        others = others[:, 1:]
        near[rows] = _without(others, num - 1)[:, : near.shape[1]]
    return Ways(link, column, home), near


def _without(rows: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Move a number to the end of each row in which it is."""
    order = np.argsort(rows == number, axis=1, kind="stable")
    return np.take_along_axis(rows, order, axis=1)

"""Closed walks that make given passes, each in its direction."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError
from patrol.planning.windy_problem import WindyProblem


@dataclass(frozen=True)
class WindyWalk:
    """
    A closed walk of ``k`` steps.

    Attributes
    ----------
    edges
        Edge of each step, shape ``(k,)``.
    ways
        Its direction: 0 along the edge, 1 against it, shape ``(k,)``.
    """

    edges: NDArray[np.int64]
    ways: NDArray[np.int64]

    def cost(self, problem: WindyProblem) -> int:
        """Cost of all steps."""
        return int(problem.cost[self.edges, self.ways].sum())

    def passes(self, num_edges: int) -> NDArray[np.int64]:
        """How often each edge is passed along and against, shape ``(m, 2)``."""
        passes = np.zeros((num_edges, 2), np.int64)
        np.add.at(passes, (self.edges, self.ways), 1)
        return passes


def windy_walk(problem: WindyProblem, passes: NDArray[np.int64]) -> WindyWalk:
    """
    Walk every edge as often as asked in each direction, from and to the depot.

    Hierholzer's method on a directed network [1]_.

    Parameters
    ----------
    problem
        Windy problem on ``m`` edges.
    passes
        Passes along and against each edge, shape ``(m, 2)``; every node is left as
        often as it is reached, and all hang together with the depot.

    Raises
    ------
    PlanError
        If there is no such walk.

    References
    ----------
    .. [1] Hierholzer (1873). Ueber die Moeglichkeit, einen Linienzug ohne
       Wiederholung und ohne Unterbrechung zu umfahren. doi:10.1007/BF01442866.
    """
    surplus = problem.surplus(passes)
    if surplus.any():
        node = int((surplus != 0).argmax())
        raise PlanError(
            f"no closed walk: {(surplus != 0).sum()} nodes are not left as often as "
            f"they are reached, the first is node {node}"
        )
    steps = _hierholzer(_departures(problem, passes), problem.depot)
    if len(steps) != passes.sum():
        raise PlanError(
            f"no closed walk: {passes.sum() - len(steps)} of {passes.sum()} passes do "
            f"not hang together with node {problem.depot}"
        )
    table = np.array(steps, np.int64).reshape(-1, 2)
    return WindyWalk(table[:, 0], table[:, 1])


def _departures(
    problem: WindyProblem, passes: NDArray[np.int64]
) -> list[list[tuple[int, int, int]]]:
    """For each node its steps still to walk: (edge, way, node at the other end)."""
    steps: list[list[tuple[int, int, int]]] = [[] for _ in range(problem.num_nodes)]
    ends = problem.edge_nodes.tolist()
    for edge in np.flatnonzero(passes.any(axis=1)).tolist():
        for way in (0, 1):
            tail, head = ends[edge][way], ends[edge][1 - way]
            steps[tail] += [(edge, way, head)] * int(passes[edge, way])
    return steps


def _hierholzer(
    steps: list[list[tuple[int, int, int]]], start: int
) -> list[tuple[int, int]]:
    stack = [(start, -1, 0)]
    walk: list[tuple[int, int]] = []
    while stack:
        node, edge, way = stack[-1]
        if steps[node]:
            onward, direction, other = steps[node].pop()
            stack.append((other, onward, direction))
        else:
            stack.pop()
            walk.append((edge, way))
    return walk[:-1][::-1]

"""Required streets as tasks for robots that begin, end and drive differently."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.paths import StreetNetwork
from patrol.planning.fleet_state import Crew, Jobs, Ways
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot, by_traversal
from patrol.planning.route_search import Orders, directions, routes_state

_NEAR = 100
"""Neighbours kept of each task."""

_BATCH = 256
"""Nodes from which distances are worked out at a time."""

_PLACES = 1500
"""Most tasks between which all distances are kept for one kind of robot (72 MB)."""


def fits(problem: PatrolProblem) -> bool:
    """Whether all distances between the required streets can be kept."""
    kinds = len(by_traversal(problem.fleet))
    return kinds * len(problem.required) ** 2 <= _PLACES**2


@dataclass(frozen=True)
class FleetTasks:
    """
    The required streets of a problem as ``t`` tasks, for each kind of robot.

    Attributes
    ----------
    problem
        What is asked.
    edges
        Street of each task, ascending, shape ``(t,)``.
    ways, jobs, robots
        What the search needs to know of them and of the robots; lengths in metres.
        An open end is a depot that is no way from anywhere.
    """

    problem: PatrolProblem
    edges: NDArray[np.int64]
    ways: Ways
    jobs: Jobs
    robots: Crew

    @classmethod
    def of(cls, problem: PatrolProblem) -> "FleetTasks":
        """Look at a problem as tasks; all distances are kept, see `fits`."""
        edges = problem.required
        places = sorted(
            {robot.start for robot in problem.fleet}
            | {robot.end for robot in problem.fleet if robot.end is not None}
        )
        ends = np.concatenate(
            [problem.graph.edge_nodes[edges], np.repeat(places, 2).reshape(-1, 2)]
        )
        kinds = by_traversal(problem.fleet)
        link = np.concatenate([_link(problem, alike[0], ends) for _, alike in kinds])
        rows = len(ends) + 1  # the open end is the last
        home = np.repeat(link[:, len(edges), :, :1], 2, axis=2)
        column = np.empty((len(link), 0), np.int64)
        cost = np.zeros(rows)
        cost[: len(edges)] = problem.graph.edge_length_m[edges]
        near = _near(link.reshape(len(kinds), rows, rows, 2, 2).min(axis=0), len(edges))
        number = {node: len(edges) + place for place, node in enumerate(places)}
        base = {id(kind): rows * place for place, (kind, _) in enumerate(kinds)}
        robots = Crew(
            begin=np.array([number[robot.start] for robot in problem.fleet]),
            finish=np.array(
                [
                    rows - 1 if robot.end is None else number[robot.end]
                    for robot in problem.fleet
                ]
            ),
            base=np.array([base[id(robot.traversal)] for robot in problem.fleet]),
        )
        jobs = Jobs(np.column_stack([cost, cost]), np.zeros(rows), near)
        return cls(problem, edges, Ways(link, column, home), jobs, robots)

    def crew(self, routes: int) -> Crew:
        """Take the first of the robots, one for each route."""
        return Crew(*(part[:routes] for part in self.robots))

    def lengths_m(self, orders: Orders) -> NDArray[np.float64]:
        """Length of each robot's shortest route that serves its tasks in order."""
        return np.asarray(routes_state(self, orders).length)

    def stops(self, orders: Orders) -> list[list[tuple[int, int, int]]]:
        """Street, node of entry and node of exit of each task of each route."""
        state = routes_state(self, orders)
        ends = self.problem.graph.edge_nodes[self.edges]
        found = []
        for r, order in enumerate(orders):
            turns = directions(self.ways, ends, state, r)
            streets = self.edges[order].tolist()
            found.append(
                [(s, a, b) for s, (a, b, _) in zip(streets, turns, strict=True)]
            )
        return found


def _link(
    problem: PatrolProblem, robot: PatrolRobot, ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Distances for one kind of robot; the last place is the open end."""
    drivable = robot.traversal.drivable
    metres = np.where(drivable, problem.graph.edge_length_m, np.inf)
    network = StreetNetwork.of(problem.graph, metres)
    nodes, at = np.unique(ends, return_inverse=True)
    at = at.reshape(ends.shape)
    table = np.concatenate(
        [
            network.distances(nodes[first : first + _BATCH])[:, nodes]
            for first in range(0, len(nodes), _BATCH)
        ]
    )
    rows = len(ends) + 1
    link = np.zeros((rows, rows, 2, 2))
    link[:-1, :-1] = table[at[:, None, :, None], at[None, :, None, :]]
    closed = np.flatnonzero(~drivable[problem.required])
    link[closed] = link[:, closed] = np.inf
    link[-1, :-1] = np.inf
    return link


def _near(link: NDArray[np.float64], tasks: int) -> NDArray[np.int64]:
    """Other tasks near each task, nearest first."""
    least = link[:tasks, :tasks].min(axis=(2, 3))
    np.fill_diagonal(least, np.inf)
    order = np.argsort(least, axis=1, kind="stable")
    return np.ascontiguousarray(order[:, : min(_NEAR, max(0, tasks - 1))])


def jobs_of(walks: Sequence[NDArray[np.int64]], required: NDArray[np.int64]) -> Orders:
    """Tasks of each walk of streets, in the order in which it is the first to pass."""
    taken: set[int] = set()
    orders = []
    for walk in walks:
        place = np.searchsorted(required, walk)
        place = np.minimum(place, max(0, len(required) - 1))
        own = place[required[place] == walk] if len(required) else place[:0]
        order = [one for one in dict.fromkeys(own.tolist()) if one not in taken]
        taken.update(order)
        orders.append(np.array(order, np.int64))
    return orders

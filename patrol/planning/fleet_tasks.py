"""Required streets as tasks for robots that begin, end and drive differently."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.paths import StreetNetwork
from maps.traverse import Traversal
from patrol.planning.fleet_state import Crew, Jobs, Ways
from patrol.planning.near_ways import Streets, near_ways
from patrol.planning.network import NONE
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import by_traversal
from patrol.planning.route_search import Orders, directions, routes_state

_NEAR = 100
"""Neighbours kept of each task."""

_BATCH = 256
"""Nodes from which distances are worked out at a time."""

_DENSE = 1500
"""Most tasks between which all distances are kept for one kind of robot (72 MB)."""

_KNOWN = 150
"""Tasks to which distances are kept from each task where there are more."""


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
    def of(cls, problem: PatrolProblem, start: Orders) -> "FleetTasks":
        """
        Look at a problem as tasks.

        Where there are too many for all distances, those between near ones are kept,
        and other ways are taken to lead past a dock, a start or an end.

        Parameters
        ----------
        problem
            What is asked.
        start
            Routes to start from; all distances between neighbours there are kept.
        """
        edges = problem.required
        places = sorted(
            {robot.start for robot in problem.fleet}
            | {robot.end for robot in problem.fleet if robot.end is not None}
        )
        ends = np.concatenate(
            [problem.graph.edge_nodes[edges], np.repeat(places, 2).reshape(-1, 2)]
        )
        kinds = [(kind, _network(problem, kind)) for kind in _kinds(problem)]
        few = len(kinds) * len(edges) ** 2 <= _DENSE**2
        if few:
            ways, near = _all_ways(problem, kinds, ends)
        else:
            ways, near = _near_ways(problem, kinds, ends, _beside(start, len(edges)))
        rows = len(ends) + 1  # the open end is the last
        cost = np.zeros(rows)
        cost[: len(edges)] = problem.graph.edge_length_m[edges]
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
        near = np.ascontiguousarray(near)
        jobs = Jobs(np.column_stack([cost, cost]), np.zeros(rows), near)
        return cls(problem, edges, ways, jobs, robots)

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


_Kinds = Sequence[tuple[Traversal, StreetNetwork]]
"""Each kind of robot with the streets that it can drive, by length."""


def _kinds(problem: PatrolProblem) -> list[Traversal]:
    return [traversal for traversal, _ in by_traversal(problem.fleet)]


def _network(problem: PatrolProblem, kind: Traversal) -> StreetNetwork:
    return StreetNetwork.of(problem.graph, _metres(problem, kind))


def _metres(problem: PatrolProblem, kind: Traversal) -> NDArray[np.float64]:
    return np.where(kind.open_ways, problem.graph.edge_length_m[:, None], np.inf)


def _shut(problem: PatrolProblem, kind: Traversal) -> NDArray[np.bool_]:
    """Whether each task may not be begun at its first end and its last, ``(t, 2)``."""
    return ~kind.open_ways[problem.required]


def _all_ways(
    problem: PatrolProblem, kinds: _Kinds, ends: NDArray[np.int64]
) -> tuple[Ways, NDArray[np.int64]]:
    """Work out all distances, and the tasks near each task."""
    tasks, rows = len(problem.required), len(ends) + 1
    link = np.concatenate([_link(problem, kind, ends) for kind in kinds])
    home = np.repeat(link[:, tasks, :, :1], 2, axis=2)
    least = link.reshape(len(kinds), rows, rows, 2, 2).min(axis=(0, 3, 4))
    least = least[:tasks, :tasks]
    np.fill_diagonal(least, np.inf)
    order = np.argsort(least, axis=1, kind="stable")
    near = np.asarray(order[:, : min(_NEAR, max(0, tasks - 1))])
    return Ways(link, np.empty((len(link), 0), np.int64), home), near


def _link(
    problem: PatrolProblem,
    kind: tuple[Traversal, StreetNetwork],
    ends: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Distances for one kind of robot; the last place is the open end."""
    traversal, network = kind
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
    shut = _shut(problem, traversal)
    link[np.flatnonzero(shut.all(axis=1))] = np.inf
    tasks, ends_shut = np.nonzero(shut)
    link[:, tasks, :, ends_shut] = np.inf
    link[-1, :-1] = np.inf
    return link


def _beside(start: Orders, tasks: int) -> NDArray[np.int64]:
    """Tasks before and after each task in some routes, shape ``(t, 2)``."""
    beside = np.full((tasks, 2), NONE)
    for order in start:
        beside[order[1:], 0] = order[:-1]
        beside[order[:-1], 1] = order[1:]
    return beside


def _near_ways(
    problem: PatrolProblem,
    kinds: _Kinds,
    ends: NDArray[np.int64],
    beside: NDArray[np.int64],
) -> tuple[Ways, NDArray[np.int64]]:
    """Work out distances between near tasks, and from and to all places."""
    tasks, rows = len(beside), len(ends) + 1
    width = min(tasks, _KNOWN + 3)
    link = np.full((len(kinds), rows, width, 2, 2), np.inf)
    column = np.full((len(kinds), rows, width), rows)
    home = np.empty((len(kinds), rows, 2, 2 * (rows - tasks)))
    for number, (kind, network) in enumerate(kinds):
        shut = _shut(problem, kind)
        found = near_ways(
            Streets.of(network.matrix), ends[:tasks], near=_KNOWN, wanted=beside
        )
        met = np.where(found.column == tasks, rows, found.column)
        column[number, :tasks] = met
        link[number, :tasks] = found.link
        link[number, :tasks][shut.all(axis=1)] = np.inf
        others = np.append(shut, np.zeros((rows + 1 - tasks, 2), bool), axis=0)[met]
        there = np.repeat(others[:, :, None, :], 2, axis=2)
        link[number, :tasks][there] = np.inf
        home[number] = _home(problem, (kind, network), ends, shut)
    near = _nearest(column[:, :tasks], link[:, :tasks].min(axis=(3, 4)), rows)
    flat = len(kinds) * rows
    ways = Ways(
        link.reshape(flat, width, 2, 2),
        column.reshape(flat, width),
        home.reshape(flat, 2, -1),
    )
    return ways, near


def _home(
    problem: PatrolProblem,
    kind: tuple[Traversal, StreetNetwork],
    ends: NDArray[np.int64],
    shut: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Distances from and to all places; the last of them is the open end."""
    (traversal, network), tasks = kind, len(shut)
    from_place = network.distances(ends[tasks:, 0])[:, ends]
    to_place = from_place
    if not traversal.two_way:
        metres = _metres(problem, traversal)[:, ::-1]
        turned = StreetNetwork.of(problem.graph, metres)
        to_place = turned.distances(ends[tasks:, 0])[:, ends]
    out = np.full((len(ends) + 1, 2, len(ends) + 1 - tasks), np.inf)
    back = out.copy()
    out[:-1, :, :-1] = np.moveaxis(from_place, 0, 2)
    back[:-1, :, :-1] = np.moveaxis(to_place, 0, 2)
    out[-1] = back[:, :, -1] = 0.0
    out[:tasks][shut] = np.inf
    back[:tasks][shut.all(axis=1)] = np.inf
    return np.stack([out, back], axis=3).reshape(len(out), 2, -1)


def _nearest(
    column: NDArray[np.int64], least: NDArray[np.float64], rows: int
) -> NDArray[np.int64]:
    """Other tasks near each task for any kind of robot, nearest first."""
    tasks = column.shape[1]
    beside = np.moveaxis(column, 0, 1).reshape(tasks, -1)
    far = np.moveaxis(least, 0, 1).reshape(tasks, -1)
    # Where there are fewer, a task stands for itself, which is no place beside it.
    far = np.where(beside == rows, np.inf, far)
    beside = np.where(beside == rows, np.arange(tasks)[:, None], beside)
    order = np.argsort(far, axis=1, kind="stable")[:, : min(_NEAR, tasks - 1)]
    return np.ascontiguousarray(np.take_along_axis(beside, order, axis=1))


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

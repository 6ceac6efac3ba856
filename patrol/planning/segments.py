"""
Pieces of routes as tasks of their own: the coarse level of a search.

A search moves some ten tasks at a time. Where these are streets, a robot's part can
only grow street by street, and each step must pay for itself; where they are pieces of
routes, whole quarters change hands. This is the refinement of routes by levels [1]_,
with pieces drawn anew from the routes each time: so no two searches are bound to the
same ones.

.. [1] Walshaw (2002). A multilevel approach to the travelling salesman problem.
   *Operations Research* 50(5), 862-877. doi:10.1287/opre.50.5.862.373.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.fleet_state import Crew, Jobs, Ways, between
from patrol.planning.route_search import Orders, TaskWays, directions, routes_state

_BLUR = 0.2
"""Tasks with no way between them are cut apart, too: they count as so far from each
other, as a share of the mean cost of a task."""

_SHARPNESS = 0.3
"""Ways at which routes are cut are weighed by chance, with this at least."""

_NEAR = 100
"""Neighbours kept of each piece."""


@dataclass(frozen=True)
class Segments:
    """
    Routes of ``t`` tasks cut into ``s`` pieces.

    Attributes
    ----------
    tasks
        What was cut.
    parts
        Tasks of each piece in the order of service.
    ways, jobs
        What the search needs to know of the pieces; where robots know different ways,
        a piece costs what it costs the worst of them.
    orders
        The routes, as pieces.
    """

    tasks: TaskWays
    parts: list[NDArray[np.int64]]
    ways: Ways
    jobs: Jobs
    orders: Orders

    @classmethod
    def of(
        cls, tasks: TaskWays, orders: Orders, count: int, rng: np.random.Generator
    ) -> "Segments":
        """
        Cut routes where the ways between their tasks are long.

        Parameters
        ----------
        tasks
            What the routes are made of, each task in one of them.
        orders
            The routes.
        count
            Number of pieces, about; no fewer than routes that are not empty.
        rng
            Weighs the ways at which routes may be cut.
        """
        line = _Line.of(tasks, orders)
        cuts = line.cuts(count, rng)
        route = line.route[cuts]
        ends = _ends(line, cuts, len(tasks.edges), len(tasks.jobs.cost))
        ways, cost = _joined(tasks, line, cuts, ends)
        demand = np.zeros(len(ends))
        demand[: len(cuts)] = np.add.reduceat(tasks.jobs.demand[line.task], cuts)
        jobs = Jobs(cost, demand, _near(ways, len(cuts)))
        return cls(
            tasks,
            np.split(line.task, cuts)[1:],
            ways,
            jobs,
            [np.flatnonzero(route == r) for r in range(len(orders))],
        )

    @property
    def edges(self) -> NDArray[np.int64]:
        """Number of each piece, shape ``(s,)``."""
        return np.arange(len(self.parts))

    def crew(self, routes: int) -> Crew:
        """Where so many routes begin and end."""
        crew = self.tasks.crew(routes)
        fewer = len(self.tasks.edges) - len(self.parts)
        kind = crew.base // len(self.tasks.jobs.cost)
        return Crew(crew.begin - fewer, crew.finish - fewer, kind * len(self.jobs.cost))

    def allowed(self, may: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which pieces each route may hold, where ``may`` says it of tasks."""
        return np.column_stack([may[:, part].all(axis=1) for part in self.parts])

    def whole(self, orders: Orders) -> Orders:
        """Turn routes of pieces into routes of tasks."""
        found = []
        for order, steps in zip(orders, _steps(self, orders), strict=True):
            parts = [self.parts[piece] for piece in order.tolist()]
            turned = [
                part[::-1] if begun else part
                for part, (begun, _) in zip(parts, steps, strict=True)
            ]
            found.append(np.concatenate([np.zeros(0, np.int64), *turned]))
        return found


@dataclass(frozen=True)
class _Line:
    """All tasks in a row: number, route, end at which each is begun, and way to it."""

    task: NDArray[np.int64]
    route: NDArray[np.int64]
    begun: NDArray[np.int64]
    far: NDArray[np.float64]

    @classmethod
    def of(cls, tasks: TaskWays, orders: Orders) -> "_Line":
        steps = [step for route in _steps(tasks, orders) for step in route]
        begun, far = np.array(steps).T
        route = np.repeat(np.arange(len(orders)), [len(order) for order in orders])
        return cls(np.concatenate(orders), route, begun.astype(np.int64), far)

    def cuts(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Places at which pieces begin, ascending."""
        weight = rng.uniform(_SHARPNESS, 1.0, len(self.far))
        key = (self.far + _BLUR * self.far.mean()) * weight
        first = np.flatnonzero(np.diff(self.route, prepend=-1))
        key[first] = np.inf
        return np.sort(np.argsort(-key, kind="stable")[: max(count, len(first))])


def _steps(tasks: TaskWays, orders: Orders) -> list[list[tuple[int, float]]]:
    """End at which each task of each route is begun, and how far it is to there."""
    state = routes_state(tasks, orders)
    ends = np.tile([0, 1], (len(tasks.edges), 1))
    return [
        [(begun, far) for begun, _, far in directions(tasks.ways, ends, state, r)]
        for r in range(len(orders))
    ]


def _ends(
    line: _Line, cuts: NDArray[np.int64], tasks: int, rows: int
) -> NDArray[np.int64]:
    """Task and end of it with which each piece and depot begins and ends, (s, 2, 2)."""
    last = np.append(cuts[1:], len(line.task)) - 1
    depots = np.arange(tasks, rows)
    begin = np.column_stack([line.task[cuts], line.begun[cuts]])
    end = np.column_stack([line.task[last], 1 - line.begun[last]])
    depot = np.column_stack([depots, depots * 0, depots, depots * 0 + 1])
    pieces = np.concatenate([begin, end], axis=1)
    return np.concatenate([pieces, depot]).reshape(-1, 2, 2)


def _joined(
    tasks: TaskWays,
    line: _Line,
    cuts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> tuple[Ways, NDArray[np.float64]]:
    """Ways between pieces for each kind of robot, and what they cost, both ways."""
    ways, jobs = tasks.ways, tasks.jobs
    steps = np.column_stack([line.task, line.begun])
    cost = np.zeros((len(ends), 2))
    link, home = [], []
    for base in range(0, len(ways.link), len(jobs.cost)):
        link.append(_links(ways, ends, base))
        home.append(ways.home[base + ends[:, :, 0], ends[:, :, 1]])
        own = np.add.reduceat(_costs(ways, jobs.cost, steps, (base, cuts)), cuts)
        cost[: len(cuts)] = np.maximum(cost[: len(cuts)], own)
    column = np.empty((len(link) * len(ends), 0), np.int64)
    return Ways(np.concatenate(link), column, np.concatenate(home)), cost


def _near(ways: Ways, pieces: int) -> NDArray[np.int64]:
    """Other pieces near each piece for any kind of robot, nearest first."""
    rows = ways.link.shape[1]
    least = ways.link.reshape(-1, rows, rows, 4).min(axis=(0, 3))[:pieces, :pieces]
    np.fill_diagonal(least, np.inf)
    order = np.argsort(least, axis=1, kind="stable")
    return np.ascontiguousarray(order[:, : min(_NEAR, pieces - 1)])


@compiled
def _links(ways: Ways, ends: NDArray[np.int64], base: int) -> NDArray[np.float64]:
    """Distances between the ends of all pieces and depots, shape ``(p, p, 2, 2)``."""
    link, column, home = ways
    num = len(ends)
    found = np.empty((num, num, 2, 2))
    for i in range(num):
        for x in range(2):
            a, here = ends[i, x, 0], ends[i, x, 1]
            for j in range(num):
                for y in range(2):
                    b, there = ends[j, y, 0], ends[j, y, 1]
                    far = between(link, column, home, (base, a, b))
                    found[i, j, x, y] = far[2 * here + there]
    return found


@compiled
def _costs(
    ways: Ways,
    cost: NDArray[np.float64],
    steps: NDArray[np.int64],
    pieces: tuple[int, NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Cost of each step in its piece, along and against: service, and the way to it."""
    link, column, home = ways
    base, cuts = pieces
    found, piece = np.empty((len(steps), 2)), 0
    for k in range(len(steps)):
        task, begun = steps[k]
        found[k, 0], found[k, 1] = cost[task, begun], cost[task, 1 - begun]
        if piece < len(cuts) and cuts[piece] == k:
            piece += 1
            continue
        before, left = steps[k - 1, 0], 1 - steps[k - 1, 1]
        there = between(link, column, home, (base, before, task))
        back = between(link, column, home, (base, task, before))
        found[k, 0] += there[2 * left + begun]
        found[k, 1] += back[2 * begun + left]
    return found

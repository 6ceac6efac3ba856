"""What the search in the middle of a shift has to know of its tasks and robots."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.paths import StreetNetwork
from patrol.planning.near_ways import (
    NearWays,
    Streets,
    distances_from,
    near_ways,
    with_ways_back,
)
from patrol.planning.network import NONE
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.shift_search import Orders
from patrol.planning.shift_state import Work

_NEAR = 40
"""Streets beside which another is tried."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def shift_work(
    problem: PatrolProblem, streets: Ints, start: Orders, allowed: Bools
) -> Work:
    """
    Look at the rest of a shift as tasks for robots.

    Parameters
    ----------
    problem
        What is left to be done, for ``r`` robots.
    streets
        Street of each task, shape ``(t,)``.
    start
        Tasks of each robot in the order in which it is to serve them now.
    allowed
        Whether each robot can serve each task along and against, shape ``(r, t, 2)``.
    """
    graph, fleet = problem.graph, problem.fleet
    ends = graph.edge_nodes[streets]
    kind, ways = _kinds(fleet)
    roads = [_Roads(graph, open_ways) for open_ways in ways]
    begin, finish, alone = [], [], []
    for robot, number in zip(fleet, kind.tolist(), strict=True):
        begin.append(roads[number].out_m(robot.start, ends))
        finish.append(roads[number].back_m(robot.end, ends))
        alone.append(float(roads[number].back_m(robot.end, np.array(robot.start))))
    starts = [
        [order for order, own in zip(start, kind, strict=True) if own == number]
        for number in range(len(roads))
    ]
    hubs = [fleet[kind.tolist().index(number)].dock for number in range(len(roads))]
    return Work(
        near=_near(roads, ends, [_beside(own, len(ends)) for own in starts]),
        hub=np.concatenate(
            [
                np.stack([own.out_m(hub, ends), own.back_m(hub, ends)], axis=2)
                for own, hub in zip(roads, hubs, strict=True)
            ]
        ),
        kind=kind,
        begin=np.array(begin),
        finish=np.array(finish),
        alone=np.array(alone),
        length=graph.edge_length_m[streets],
        owner=_owners(start, len(streets)),
        allowed=allowed,
    )


class _Roads:
    """Streets that one kind of robot can drive, and distances on them."""

    def __init__(self, graph: StreetGraph, open_ways: Bools) -> None:
        metres = np.where(open_ways, graph.edge_length_m[:, None], np.inf)
        self.alike = bool((open_ways[:, 0] == open_ways[:, 1]).all())
        self.out = Streets.of(StreetNetwork.of(graph, metres).matrix)
        self.against = self.out
        if not self.alike:
            turned = StreetNetwork.of(graph, metres[:, ::-1])
            self.against = Streets.of(turned.matrix)
        self._known: dict[tuple[int, bool], Floats] = {}

    def out_m(self, node: int, nodes: Ints) -> Floats:
        """Distance from a node to others, in their shape."""
        return self._far(node, back=False)[nodes]

    def back_m(self, node: int | None, nodes: Ints) -> Floats:
        """Distance from others to a node; 0 if it may be anywhere."""
        if node is None:
            return np.zeros(nodes.shape)
        return self._far(node, back=not self.alike)[nodes]

    def _far(self, node: int, *, back: bool) -> Floats:
        if (node, back) not in self._known:
            streets = self.against if back else self.out
            everywhere = np.arange(len(streets.first) - 1)
            self._known[node, back] = distances_from(streets, node, everywhere)
        return self._known[node, back]


def _kinds(fleet: Sequence[PatrolRobot]) -> tuple[Ints, list[Bools]]:
    """Kind of each robot; what each kind may drive along and against, ``(m, 2)``."""
    numbers: dict[bytes, int] = {}
    by_id: dict[int, int] = {}
    ways: list[Bools] = []
    for robot in fleet:
        if id(robot.traversal) not in by_id:
            open_ways = robot.traversal.open_ways
            number = numbers.setdefault(open_ways.tobytes(), len(numbers))
            by_id[id(robot.traversal)] = number
            if number == len(ways):
                ways.append(open_ways)
    kind = [by_id[id(robot.traversal)] for robot in fleet]
    return np.array(kind, np.int64), ways


def _near(roads: Sequence[_Roads], ends: Ints, wanted: Sequence[Ints]) -> NearWays:
    found = []
    for own, beside in zip(roads, wanted, strict=True):
        rows = near_ways(own.out, ends, near=_NEAR, wanted=beside)
        found.append(rows if own.alike else with_ways_back(rows, own.against, ends))
    link = np.concatenate([rows.link for rows in found])
    alike = all(own.alike for own in roads)
    return NearWays(
        column=np.concatenate([rows.column for rows in found]),
        link=link,
        back=link if alike else np.concatenate([rows.back for rows in found]),
    )


def _beside(start: Orders, tasks: int) -> Ints:
    """Tasks before and after each task in some routes, shape ``(t, 2)``."""
    beside = np.full((tasks, 2), NONE)
    for order in start:
        own = np.array([task for task, _ in order], np.int64)
        beside[own[1:], 0], beside[own[:-1], 1] = own[:-1], own[1:]
    return beside


def _owners(start: Orders, tasks: int) -> Ints:
    """Robot that has each task now, `NONE` if it is lost, shape ``(t,)``."""
    owner = np.full(tasks, NONE)
    for r, order in enumerate(start):
        owner[[task for task, _ in order]] = r
    return owner

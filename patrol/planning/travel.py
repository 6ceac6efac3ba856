"""Shortest ways in time, remembered for each kind of robot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.paths import ShortestTree, StreetNetwork
from patrol.planning.near_ways import Search, Streets, empty_search, links_between
from patrol.planning.robots import PatrolRobot


@dataclass(frozen=True)
class Steps:
    """
    Streets driven one after another, and their directions.

    Attributes
    ----------
    streets
        Street of each step, shape ``(k,)``.
    forward
        Whether it goes from the street's first node to its last, shape ``(k,)``.
    """

    streets: NDArray[np.int64]
    forward: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence["Steps"]) -> "Steps":
        """Put parts in a row."""
        return cls(
            np.concatenate([np.zeros(0, np.int64), *(part.streets for part in parts)]),
            np.concatenate([np.zeros(0, bool), *(part.forward for part in parts)]),
        )


class Travel:
    """
    Shortest ways on one map; those from and to each node are worked out once.

    Nodes asked for are docks, starts and ends, of which there are few.
    """

    def __init__(self, graph: StreetGraph) -> None:
        self._graph = graph
        self._networks: dict[tuple[int, bool], StreetNetwork] = {}
        self._trees: dict[tuple[int, bool, int], ShortestTree] = {}
        self._rooms: dict[int, tuple[Streets, Search]] = {}
        self._searches = 0

    def out_s(self, robot: PatrolRobot, node: int) -> NDArray[np.float64]:
        """Time from a node to every node, shape ``(n,)``."""
        return self._tree(robot, node, back=False).distance

    def back_s(self, robot: PatrolRobot, node: int | None) -> NDArray[np.float64]:
        """Time from every node to a node, shape ``(n,)``; 0 if it is anywhere."""
        if node is None:
            return np.zeros(self._graph.num_nodes)
        return self._tree(robot, node, back=True).distance

    def leg(self, robot: PatrolRobot, tail: int, head: int | None) -> Steps:
        """Shortest way between two nodes; none if it may end anywhere."""
        if head is None or tail == head:
            return Steps.joined([])
        if (id(robot.traversal), False, tail) in self._trees:
            network = self._network(robot, back=False)
            path = network.path(self._tree(robot, tail, back=False), head)
            return Steps(path.streets, path.forward)
        if (id(robot.traversal), True, head) in self._trees:
            network = self._network(robot, back=True)
            path = network.path(self._tree(robot, head, back=True), tail)
            return Steps(path.streets[::-1], ~path.forward[::-1])
        return self._nearby(robot, tail, head)

    def _nearby(self, robot: PatrolRobot, tail: int, head: int) -> Steps:
        """Shortest way between two nodes, looked for no farther than it is long."""
        network = self._network(robot, back=False)
        key = id(robot.traversal)
        if key not in self._rooms:
            streets = Streets.of(network.matrix)
            self._rooms[key] = (streets, empty_search(streets))
        streets, search = self._rooms[key]
        self._searches += 1
        links = links_between(streets, search, self._searches, (tail, head))
        nodes = np.append(tail, streets.head[links])
        found = network.street[links]
        return Steps(found, self._graph.edge_nodes[found, 0] == nodes[:-1])

    def directed(
        self, robot: PatrolRobot, walk: NDArray[np.int64], *, start: int
    ) -> Steps:
        """Find the directions of a walk from a node; of a loop one that is open."""
        node, along = start, np.isfinite(robot.traversal.travel_s[walk, 0])
        forward = np.ones(len(walk), bool)
        for step, (a, b) in enumerate(self._graph.edge_nodes[walk].tolist()):
            forward[step] = a == node and (a != b or along[step])
            node = b if a == node else a
        return Steps(walk, forward)

    def ends(self, steps: Steps) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Nodes at which each step begins and ends, shape ``(k,)`` each."""
        a, b = self._graph.edge_nodes[steps.streets].T
        return np.where(steps.forward, a, b), np.where(steps.forward, b, a)

    def _tree(self, robot: PatrolRobot, node: int, *, back: bool) -> ShortestTree:
        key = (id(robot.traversal), back, node)
        if key not in self._trees:
            self._trees[key] = self._network(robot, back=back).tree(node)
        return self._trees[key]

    def _network(self, robot: PatrolRobot, *, back: bool) -> StreetNetwork:
        key = (id(robot.traversal), back)
        if key not in self._networks:
            travel_s = robot.traversal.travel_s
            times = travel_s[:, ::-1] if back else travel_s
            self._networks[key] = StreetNetwork.of(self._graph, times)
        return self._networks[key]

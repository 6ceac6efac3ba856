"""The cheapest legal way from any place of a route to its robot's dock."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.paths import StreetNetwork
from maps.traverse import Traversal
from patrol.errors import PlanError
from patrol.mission.path import PlannedPath
from patrol.planning.plan import Route

_ON_ROAD_M = 20.0  # way behind the kerb of a major road on which nobody turns round


class Homeward(NamedTuple):
    """
    A way home that begins on the street that the robot is on.

    Attributes
    ----------
    path
        That whole street in the direction of the way, and all to the dock.
    along_m
        Where on it the robot is.
    turns
        Whether it turns round there.
    time_s
        Time that it takes, without standing.
    """

    path: PlannedPath
    along_m: float
    turns: bool
    time_s: float

    @property
    def left_m(self) -> float:
        """Way to the dock."""
        return self.path.length_m - self.along_m


class WayHome:
    """
    Shortest ways in time from all corners to the dock of one robot.

    Parameters
    ----------
    graph
        The streets.
    traversal
        What the robot may drive of them, keep-outs and one-way streets included.
    dock
        Its node.
    """

    def __init__(self, graph: StreetGraph, traversal: Traversal, dock: int) -> None:
        self._graph = graph
        self._travel_s = traversal.travel_s
        # Searched from the dock against the direction of travel.
        self._tree = StreetNetwork.of(graph, traversal.travel_s[:, ::-1]).tree(dock)

    def begin(self, path: PlannedPath, along_m: float) -> Homeward:
        """
        Leave a path for home: on along its street or back, what is sooner there.

        Where going against the street is not legal, and on a major road, it goes on.

        Parameters
        ----------
        path
            The path that the robot is on, of at least one step.
        along_m
            Its progress.
        """
        route, step = path.route, path.step_at(along_m)
        street, forward = int(route.streets[step]), bool(route.forward[step])
        first_m, end_m = path.step_start_m[step : step + 2].tolist()
        share = min(max((along_m - first_m) / (end_m - first_m), 0.0), 1.0)
        ways = self._ends_s(street, forward=forward)
        on_s = (1 - share) * ways[0][0] + ways[0][1]
        back_s = ways[1][1] + (share * ways[1][0] if share else 0.0)
        turns = back_s < on_s and not _on_road(path, along_m)
        steps = [(street, forward != turns), *self._steps(street, forward != turns)]
        done = 1 - share if turns else share
        return Homeward(
            PlannedPath.of(_route(route.robot, steps), self._graph),
            done * (end_m - first_m),
            turns,
            back_s if turns else on_s,
        )

    def reach_xy_m(self, path: PlannedPath) -> NDArray[np.float64]:
        """
        Give the shapes of all streets on the way home from anywhere on a path.

        Returns
        -------
        NDArray
            Points in the map's plane, shape ``(k, 2)``, of the path and those streets.

        Raises
        ------
        PlanError
            If there is no legal way home from some corner of the path.
        """
        seen: set[int] = set()
        streets: set[int] = set()
        corners = np.unique(self._graph.edge_nodes[path.route.streets])
        lost = corners[np.isinf(self._tree.distance[corners])]
        if len(lost):
            raise PlanError(
                f"route of {path.route.robot!r}: there is no legal way home from "
                f"{len(lost)} of its {len(corners)} corners, the first is node "
                f"{lost[0]}: is the plan of this map and its kind of robot?"
            )
        for node in corners.tolist():
            while node not in seen and self._next(node) != node:
                seen.add(node)
                streets.add(int(self._tree.street[node]))
                node = self._next(node)
        shapes = [self._graph.shape_of(street) for street in sorted(streets)]
        return np.concatenate([path.xy_m, *shapes])

    def _ends_s(self, street: int, *, forward: bool) -> list[tuple[float, float]]:
        """Time of a street and from its end to the dock: as it is driven, and back."""
        along_s, against_s = self._travel_s[street].tolist()
        first_s, last_s = self._tree.distance[self._graph.edge_nodes[street]].tolist()
        ways = [(along_s, last_s), (against_s, first_s)]
        return ways if forward else ways[::-1]

    def _steps(self, street: int, forward: bool) -> list[tuple[int, bool]]:
        """Follow the tree from the end of a street to the dock."""
        node = int(self._graph.edge_nodes[street, int(forward)])
        steps = []
        while (head := self._next(node)) != node:
            one = int(self._tree.street[node])
            steps.append((one, int(self._graph.edge_nodes[one, 0]) == node))
            node = head
        return steps

    def _next(self, node: int) -> int:
        return int(self._tree.predecessor[node])


def _on_road(path: PlannedPath, along_m: float) -> bool:
    past_m = along_m - path.crossing_m
    return bool(((past_m > 0) & (past_m < _ON_ROAD_M)).any())


def _route(robot: str, steps: list[tuple[int, bool]]) -> Route:
    """Make a route of steps that serve nothing and have no times."""
    streets, forward = zip(*steps, strict=True)
    no_time = np.zeros(len(steps))
    return Route(
        robot=robot,
        streets=np.array(streets, np.int64),
        forward=np.array(forward, np.bool_),
        served=np.zeros(len(steps), np.bool_),
        depart_s=no_time,
        arrive_s=no_time,
        trip=np.zeros(len(steps), np.int64),
    )

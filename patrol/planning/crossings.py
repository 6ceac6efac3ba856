"""Where robots stand before major roads, in plans and on the street alike."""

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from patrol.planning.prizes import crossings, major_roads

CROSSING_S = 3.0
"""Time for which a robot stands before a major road, to look."""

_ISLAND_M = 15.0
"""Roads nearer than this to each other are crossed in one go."""


class Crossings:
    """
    Find where routes on one map cross major roads.

    Parameters
    ----------
    graph
        Its streets.
    """

    def __init__(self, graph: StreetGraph) -> None:
        self._ends = graph.edge_nodes
        self._busy = crossings(graph)
        self._road = major_roads(graph)

    def steps(
        self,
        streets: NDArray[np.int64],
        forward: NDArray[np.bool_],
        trip: NDArray[np.int64],
        begin_m: NDArray[np.float64],
    ) -> list[int]:
        """
        Give the steps of a route before which the robot stands.

        Not where a trip begins, not when it comes along a major road, and not on the
        island of a wide one.

        Parameters
        ----------
        streets, forward, trip
            Street, direction and trip of each step, shape ``(k,)``.
        begin_m
            Way from the start of the route to each step, shape ``(k,)``.
        """
        tails = self._ends[streets, np.where(forward, 0, 1)]
        busy = self._busy[tails]
        busy[:1] = False
        busy[1:] &= ~self._road[streets[:-1]] & (np.diff(trip) == 0)
        found: list[int] = []
        over_m = -np.inf
        for step in np.flatnonzero(busy).tolist():
            if begin_m[step] - over_m > _ISLAND_M:
                found.append(step)
            over_m = float(begin_m[step])
        return found

    def standing_s(
        self,
        streets: NDArray[np.int64],
        forward: NDArray[np.bool_],
        length_m: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """
        Work out how long the robot stands before each step of one trip.

        Parameters
        ----------
        streets, forward, length_m
            Street, direction and length of each step, shape ``(k,)``.
        """
        one_trip = np.zeros(len(streets), np.int64)
        begin_m = np.cumsum(length_m) - length_m
        standing_s = np.zeros(len(streets))
        standing_s[self.steps(streets, forward, one_trip, begin_m)] = CROSSING_S
        return standing_s

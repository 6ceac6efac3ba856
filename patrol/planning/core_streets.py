"""Streets without the crossings that no robot need pass, and the way back to them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patrol.planning.euler import euler_walk, walk_nodes
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.shortcuts import Shortcuts


@dataclass(frozen=True)
class CoreStreets:
    """
    A small problem with the same best walks as a large one.

    Attributes
    ----------
    streets
        The small one; its edges have no streets of their own.
    """

    streets: RuralStreets
    _large: RuralProblem
    _shortcuts: Shortcuts

    @classmethod
    def of(cls, streets: RuralStreets) -> "CoreStreets":
        """Shrink a problem."""
        shortcuts = Shortcuts.of(streets.rural)
        small = replace(streets, rural=shortcuts.problem)
        return cls(small, streets.rural, shortcuts)

    def expanded(self, walks: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
        """
        Turn closed walks from the depot into those of the large problem.

        Where a walk comes back to the depot on its way, so does the large one, having
        passed the same required edges.
        """
        return [
            np.concatenate(
                [np.zeros(0, np.int64), *(self._expanded(trip) for trip in trips)]
            )
            for trips in map(self._trips, walks)
        ]

    def _trips(self, walk: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Cut a walk where it passes the depot."""
        small = self._shortcuts.problem
        if len(walk) == 0:
            return []
        nodes = walk_nodes(small.network, walk, start=small.depot)
        at = np.flatnonzero(nodes[1:-1] == small.depot) + 1
        return np.split(walk, at)

    def _expanded(self, trip: NDArray[np.int64]) -> NDArray[np.int64]:
        small, large = self._shortcuts.problem, self._large
        passes = np.bincount(trip, minlength=small.network.num_edges)
        own = small.required & (passes > 0)
        required = np.zeros(large.network.num_edges, bool)
        required[self._shortcuts.edge[own]] = True
        extra = self._shortcuts.expand(passes - own)
        return euler_walk(large.network, required + extra, start=large.depot)

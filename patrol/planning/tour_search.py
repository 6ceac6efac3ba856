"""
Shorten a rural postman's tour as a ring of tasks: iterated local search.

Required edges are the tasks of `patrol.planning.ring`. What the ring passes on its
links twice or more often need not all be passed: pairs of passes that hold nothing
together fall off, and the odd nodes are paired anew; then the tour is walked in
another order, and improved again [1]_.

.. [1] Lourenco, Martin and Stuetzle (2003). Iterated local search. *Handbook of
   Metaheuristics*, 320-353. doi:10.1007/0-306-48056-5_11.
"""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import Completion
from patrol.planning.dice import new_dice
from patrol.planning.euler import euler_walk, walk_nodes
from patrol.planning.network import NONE
from patrol.planning.reach import Streets, nearest, ways
from patrol.planning.ring import Ends, Ring, improve, kick, new_ring
from patrol.planning.rural_problem import RuralProblem

_NEAR = 10
"""Nearest nodes at which new links are looked for."""

_KNOWN, _LEAST_KNOWN = 1_000_000, 60
"""Distances kept in all (16 MB), and least number for each node."""

_KICKS = 1000
"""Kicks of one try."""

_HARVEST = 5
"""Tries after which the ring is made a tour again."""

_LEAST_TASKS = 7
"""Below this there is nothing to exchange that pairing anew does not find."""


class TourSearch:
    """
    Improves tours of one rural postman problem.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    completion
        Mends what falls off.
    start
        Tour to start from: extra passes of each edge, shape ``(m,)``.
    seed
        Seed of the kicks and of the order in which tours are walked.
    """

    def __init__(
        self,
        problem: RuralProblem,
        completion: Completion,
        start: NDArray[np.int64],
        *,
        seed: int,
    ) -> None:
        self._problem = problem
        self._completion = completion
        self._rng = np.random.default_rng(seed)
        self._dice = new_dice(seed)
        self._streets = Streets.of(problem.network)
        self._edges = np.flatnonzero(problem.required)
        own = problem.network.edge_nodes[self._edges]
        self._node = np.append(own, [[problem.depot] * 2], axis=0).ravel()
        self._at = np.argsort(self._node, kind="stable")
        count = np.bincount(self._node, minlength=problem.network.num_nodes)
        self._starts = np.concatenate([[0], np.cumsum(count)])
        self._tries = 0
        places = int((count > 0).sum())
        known = min(places, max(_LEAST_KNOWN, _KNOWN // places))
        self._near, self._key, self._distance = self._explore(known)
        self.restart(start)

    def restart(self, extra: NDArray[np.int64]) -> None:
        """Go on from a tour, walked in some order."""
        self._tour = extra
        self._ring = self._walked(extra)
        self._ends = self._known_ends()

    def improve(self) -> NDArray[np.int64]:
        """Kick the ring some times; return the best tour since the restart."""
        if len(self._edges) < _LEAST_TASKS:
            return self._tour
        while improve(self._ends, self._ring):
            pass
        kick(self._ends, self._ring, self._dice, _KICKS)
        self._tries += 1
        if self._tries % _HARVEST == 0:
            found = self._completion.polish(self._completion.pruned(self._extra()))
            cost = self._problem.cost_of
            self.restart(found if cost(found) <= cost(self._tour) else self._tour)
        return self._tour

    def _walked(self, extra: NDArray[np.int64]) -> Ring:
        """Order and directions in which a tour first passes the tasks."""
        network, depot = self._problem.network, self._problem.depot
        passes = self._problem.required + extra
        walk = euler_walk(network, passes, start=depot, rng=self._rng)
        nodes = walk_nodes(network, walk, start=depot)
        wanted = np.flatnonzero(self._problem.required[walk])
        steps = wanted[np.sort(np.unique(walk[wanted], return_index=True)[1])]
        task = np.searchsorted(self._edges, walk[steps])
        turned = self._node[2 * task] != nodes[steps]
        return new_ring(np.append(2 * task + turned, 2 * len(self._edges)))

    def _links(self) -> NDArray[np.int64]:
        """Nodes that the links of the ring join, shape ``(t, 2)``."""
        order = self._ring.order
        return self._node[np.column_stack([order ^ 1, np.roll(order, -1)])]

    def _known_ends(self) -> Ends:
        """Tell what the ring is made of; the lengths of its links are known, too."""
        n = self._problem.network.num_nodes
        links = self._links()
        key = np.concatenate([links @ [n, 1], links @ [1, n]])
        place = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
        self._learn(np.unique(key[self._key[place] != key]))
        return Ends(
            node=self._node,
            starts=self._starts,
            at=self._at,
            near=self._near,
            rows=np.searchsorted(self._key, np.arange(n + 1) * n),
            column=self._key % n,
            distance=self._distance,
        )

    def _learn(self, key: NDArray[np.int64]) -> None:
        """Add pairs of nodes to those whose distance is known."""
        n = self._problem.network.num_nodes
        pairs = np.column_stack([key // n, key % n])
        unused = np.zeros(self._problem.network.num_edges, np.int64)
        distance = ways(self._streets, pairs, unused)
        place = np.searchsorted(self._key, key)
        self._distance = np.insert(self._distance, place, distance)
        self._key = np.insert(self._key, place, key)

    def _explore(
        self, known: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Nearest nodes of each; pairs of nodes as keys, ascending; their distance."""
        n = self._problem.network.num_nodes
        node, distance = nearest(self._streets, np.diff(self._starts) > 0, known)
        start, rank = np.nonzero(node != NONE)
        end = node[start, rank]
        both = np.concatenate([start * n + end, end * n + start])
        key, first = np.unique(both, return_index=True)
        near = np.ascontiguousarray(node[:, :_NEAR])
        return near, key, distance[start, rank][first % len(start)]

    def _extra(self) -> NDArray[np.int64]:
        extra = np.zeros(self._problem.network.num_edges, np.int64)
        ways(self._streets, self._links(), extra)
        return extra

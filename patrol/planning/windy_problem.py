"""
The windy rural postman problem: what a pass costs may depend on its direction.

It covers the undirected problem (both costs are equal), the directed one (one
direction of each edge is forbidden), and the mixed one.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from maps.one_way import fewest_against, strong_parts
from patrol.errors import PlanError
from patrol.planning.network import MAX_COST, NONE

FORBIDDEN = 2**30
"""Cost of a direction that may not be driven; above every allowed cost."""


@dataclass(frozen=True)
class WindyProblem:
    """
    Find the cheapest closed walk from a depot that passes every required edge.

    An edge may be passed in either direction unless that is forbidden. Column 0 of
    an array of shape ``(m, 2)`` is along the edge, from its first node to its
    second, column 1 is against it.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    edge_nodes
        Both ends of each edge, shape ``(m, 2)``; loops and parallel edges are
        allowed.
    cost
        Cost of a pass along and against each edge, whole numbers from 0 to
        `MAX_COST` or `FORBIDDEN`, shape ``(m, 2)``. No edge is forbidden both ways.
    required
        Mask of the edges that must be passed, in whichever direction, ``(m,)``.
    depot
        Node at which the walk starts and ends.

    Raises
    ------
    PlanError
        If the arrays do not fit each other, a cost is out of range, or a required
        edge cannot be reached from the depot or not be left again (a one-way trap).
    """

    num_nodes: int
    edge_nodes: NDArray[np.int64]
    cost: NDArray[np.int64]
    required: NDArray[np.bool_]
    depot: int

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_costs()
        self._check_traps()

    @property
    def num_edges(self) -> int:
        """Number of edges, ``m``."""
        return len(self.cost)

    @cached_property
    def drivable(self) -> NDArray[np.bool_]:
        """Whether each direction of each edge may be driven, shape ``(m, 2)``."""
        return self.cost < FORBIDDEN

    @cached_property
    def part(self) -> NDArray[np.int64]:
        """
        Number of the required part that each node is in, shape ``(n,)``.

        Parts hang together by required edges; the depot is in one, if alone. The
        numbers run from 0, and `NONE` marks nodes that need not be passed.
        """
        label = self.parts(self.required)
        must = np.zeros(self.num_nodes, dtype=bool)
        must[self.edge_nodes[self.required].ravel()] = True
        must[self.depot] = True
        part = np.full(self.num_nodes, NONE)
        part[must] = np.unique(label[must], return_inverse=True)[1]
        return part

    @property
    def num_parts(self) -> int:
        """Number of required parts, at least 1."""
        return int(self.part.max()) + 1

    def parts(self, edges: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Label the part of each node when only these edges are there, ``(n,)``."""
        a, b = self.edge_nodes[edges].T
        shape = (self.num_nodes, self.num_nodes)
        links = csr_array((np.ones(len(a)), (a, b)), shape=shape)
        return connected_components(links, directed=False)[1].astype(np.int64)

    def cost_of(self, passes: NDArray[np.int64]) -> int:
        """Cost of so many passes along and against each edge, shape ``(m, 2)``."""
        return int((self.cost * passes).sum())

    def surplus(self, passes: NDArray[np.int64]) -> NDArray[np.int64]:
        """How much oftener these passes leave each node than enter it, ``(n,)``."""
        net = passes[:, 0] - passes[:, 1]
        surplus = np.zeros(self.num_nodes, np.int64)
        np.add.at(surplus, self.edge_nodes[:, 0], net)
        np.subtract.at(surplus, self.edge_nodes[:, 1], net)
        return surplus

    def is_tour(self, passes: NDArray[np.int64]) -> bool:
        """Whether passes of shape ``(m, 2)`` make one closed walk that serves all."""
        used = passes.sum(axis=1) > 0
        label = self.parts(used)
        met = np.append(self.edge_nodes[used].ravel(), self.depot)
        return bool(
            (passes >= 0).all()
            and not passes[~self.drivable].any()
            and used[self.required].all()
            and not self.surplus(passes).any()
            and len(np.unique(label[met])) == 1
        )

    def _check_shapes(self) -> None:
        m, n = len(self.cost), self.num_nodes
        expected = {"edge_nodes": (m, 2), "cost": (m, 2), "required": (m,)}
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise PlanError(
                    f"{name} has shape {getattr(self, name).shape}, expected {shape} "
                    f"for {m} edges"
                )
        outside = (self.edge_nodes < 0) | (self.edge_nodes >= n)
        if outside.any():
            raise PlanError(
                f"edge {outside.any(axis=1).argmax()} ends at a node outside 0..{n - 1}"
            )
        if not 0 <= self.depot < n:
            raise PlanError(f"depot {self.depot} is no node: choose one of 0..{n - 1}")

    def _check_costs(self) -> None:
        wrong = (self.cost < 0) | ((self.cost > MAX_COST) & self.drivable)
        wrong |= self.cost > FORBIDDEN
        if wrong.any():
            first, way = np.argwhere(wrong)[0]
            raise PlanError(
                f"edge {first} costs {self.cost[first, way]} "
                f"{('along', 'against')[way]}, allowed are whole numbers from 0 to "
                f"{MAX_COST}, or FORBIDDEN ({FORBIDDEN})"
            )
        closed = np.flatnonzero(~self.drivable.any(axis=1))
        if len(closed):
            raise PlanError(
                f"{len(closed)} of {self.num_edges} edges are forbidden both ways, "
                f"the first is edge {closed[0]}: leave them out, or allow one way"
            )

    def _check_traps(self) -> None:
        label = strong_parts(self.num_nodes, self.edge_nodes, self.drivable)
        home = label[self.edge_nodes] == label[self.depot]
        lost = np.flatnonzero(self.required & ~home.all(axis=1))
        if len(lost):
            raise PlanError(
                f"{len(lost)} of {self.required.sum()} required edges cannot be "
                f"reached from depot {self.depot} and left again, the first is edge "
                f"{lost[0]}: {self._way_out(int(lost[0]))}"
            )

    def _way_out(self, edge: int) -> str:
        """Say which one-way edges keep a required edge from being passed."""
        tail, head = self.edge_nodes[edge].tolist()
        if not self.drivable[edge, 0]:
            tail, head = head, tail
        ways = (self.edge_nodes, self.drivable)
        there = fewest_against(*ways, start=self.depot, end=tail)
        back = fewest_against(*ways, start=head, end=self.depot)
        if there is None or back is None:
            return "choose a depot in the same part of the network, or require less"
        traps = [
            f"{way} takes driving against one-way edges {edges}, no fewer"
            for way, edges in (("going there", there), ("coming back", back))
            if edges
        ]
        return f"{' and '.join(traps)}; allow these ways, or do not require the edge"

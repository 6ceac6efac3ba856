"""The rural postman problem on a bare network."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from patrol.errors import PlanError
from patrol.planning.network import NONE, Network


@dataclass(frozen=True)
class RuralProblem:
    """
    Find the cheapest closed walk from a depot that passes every required edge.

    Attributes
    ----------
    network
        Network with ``n`` nodes and ``m`` edges.
    required
        Mask of the edges that must be passed, shape ``(m,)``.
    depot
        Node at which the walk starts and ends.

    Raises
    ------
    PlanError
        If the mask does not fit, the depot is no node, or a required edge cannot be
        reached from it.
    """

    network: Network
    required: NDArray[np.bool_]
    depot: int

    def __post_init__(self) -> None:
        m, n = self.network.num_edges, self.network.num_nodes
        if self.required.shape != (m,):
            raise PlanError(
                f"required has shape {self.required.shape}, expected {(m,)} for {m} "
                f"edges"
            )
        if not 0 <= self.depot < n:
            raise PlanError(f"depot {self.depot} is no node: choose one of 0..{n - 1}")
        self._check_reachable()

    def _check_reachable(self) -> None:
        part = self.network.parts(np.arange(self.network.num_edges))
        at = part[self.network.edge_nodes[:, 0]]
        lost = np.flatnonzero(self.required & (at != part[self.depot]))
        if len(lost):
            raise PlanError(
                f"{len(lost)} of {self.required.sum()} required edges cannot be "
                f"reached from depot {self.depot}, the first is edge {lost[0]}: "
                f"choose a depot in the same part of the network, or require less"
            )

    @cached_property
    def odd_nodes(self) -> NDArray[np.int64]:
        """Nodes at which an odd number of required edges ends, ascending."""
        return self.network.odd_nodes(self.required.astype(np.int64))

    @cached_property
    def part(self) -> NDArray[np.int64]:
        """
        Number of the required part that each node is in, shape ``(n,)``.

        Parts hang together by required edges; the depot is in one, if alone. The
        numbers run from 0, and `NONE` marks nodes that need not be passed.
        """
        label = self.network.parts(np.flatnonzero(self.required))
        must = np.zeros(self.network.num_nodes, dtype=bool)
        must[self.network.edge_nodes[self.required].ravel()] = True
        must[self.depot] = True
        part = np.full(self.network.num_nodes, NONE)
        part[must] = np.unique(label[must], return_inverse=True)[1]
        return part

    @property
    def num_parts(self) -> int:
        """Number of required parts, at least 1."""
        return int(self.part.max()) + 1

    def cost_of(self, copies: NDArray[np.int64]) -> int:
        """Cost of so many passes of each edge, shape ``(m,)``."""
        return int(self.network.cost @ copies)

    def is_tour(self, extra: NDArray[np.int64]) -> bool:
        """Whether the required edges and these passes make one closed walk."""
        passes = self.required + extra
        label = self.network.parts(np.flatnonzero(passes))
        used = np.append(self.network.edge_nodes[passes > 0].ravel(), self.depot)
        return (
            len(np.unique(label[used])) == 1
            and len(self.network.odd_nodes(passes)) == 0
        )

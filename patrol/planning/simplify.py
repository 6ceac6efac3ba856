"""A smaller network with the same tours: chains made one, useless edges left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import MAX_COST, Network
from patrol.planning.rural_problem import RuralProblem


@dataclass(frozen=True)
class Simplified:
    """
    A rural postman problem made smaller.

    Attributes
    ----------
    problem
        The small problem; its tours cost what the tours of the large one do.
    chain, links
        Each small edge ``chain[i]`` stands for the large edge ``links[i]``, shape
        ``(q,)`` each; every large edge is in at most one small one.
    num_edges
        Number of edges of the large problem, ``m``.
    """

    problem: RuralProblem
    chain: NDArray[np.int64]
    links: NDArray[np.int64]
    num_edges: int

    def expand(self, extra: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn extra passes of the small edges into those of the ``m`` large ones."""
        large = np.zeros(self.num_edges, np.int64)
        large[self.links] = extra[self.chain]
        return large


def simplify(problem: RuralProblem, *, share: bool = False) -> Simplified:
    """
    Shrink a problem without changing the cost of its best tour.

    Dead ends that need not be passed and the dearer of parallel edges go; edges in a
    row become one where nothing else touches them, all required or none.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    share
        Keep required edges in a row apart, as two vehicles may come from both sides
        and turn between them: then no cost of any fleet changes either.
    """
    web = _Web(problem, share)
    web.shrink()
    edges = sorted(web.ends)
    nodes = sorted({problem.depot, *(node for e in edges for node in web.ends[e])})
    number = {node: place for place, node in enumerate(nodes)}
    ends = [[number[node] for node in web.ends[e]] for e in edges]
    chains = [web.links[e] for e in edges]
    return Simplified(
        RuralProblem(
            Network(
                num_nodes=len(nodes),
                edge_nodes=np.array(ends, dtype=np.int64).reshape(-1, 2),
                cost=np.array([web.cost[e] for e in edges], dtype=np.int64),
            ),
            required=np.array([e in web.required for e in edges], dtype=bool),
            depot=number[problem.depot],
        ),
        chain=np.repeat(np.arange(len(edges)), [len(links) for links in chains]),
        links=np.array([e for links in chains for e in links], dtype=np.int64),
        num_edges=problem.network.num_edges,
    )


@dataclass
class _Web:
    """A network that can be taken apart edge by edge."""

    problem: RuralProblem
    share: bool
    ends: dict[int, tuple[int, int]] = field(default_factory=dict)
    cost: dict[int, int] = field(default_factory=dict)
    links: dict[int, list[int]] = field(default_factory=dict)
    required: set[int] = field(default_factory=set)
    at: list[set[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        network = self.problem.network
        self.at = [set() for _ in range(network.num_nodes)]
        self.required = set(np.flatnonzero(self.problem.required).tolist())
        costs = network.cost.tolist()
        for edge, (a, b) in enumerate(network.edge_nodes.tolist()):
            if a == b and edge not in self.required:
                continue
            self._add(edge, (a, b), costs[edge], [edge])

    def shrink(self) -> None:
        """Apply every rule until none applies."""
        for edge in list(self.ends):
            self._drop_parallel(edge)
        waiting = list(range(len(self.at)))
        while waiting:
            waiting.extend(self._shrink_at(waiting.pop()))

    def _shrink_at(self, node: int) -> Iterable[int]:
        """Apply the rules to one node; return the nodes to look at again."""
        edges = sorted(self.at[node])
        required = [edge in self.required for edge in edges]
        if node == self.problem.depot or not edges:
            return ()
        if len(edges) == 1 and not required[0]:
            return self._remove(edges[0])
        if len(edges) == 2 and required in self._mergeable:
            return self._merge(node, *edges)
        return ()

    @property
    def _mergeable(self) -> list[list[bool]]:
        return [[False] * 2] if self.share else [[False] * 2, [True] * 2]

    def _merge(self, node: int, first: int, second: int) -> Iterable[int]:
        a, b = self._other(first, node), self._other(second, node)
        cost = self.cost[first] + self.cost[second]
        if node in {a, b} or cost > MAX_COST:
            return ()
        links = self.links[first] + self.links[second]
        for edge in (first, second):
            self._remove(edge)
        if a == b and first not in self.required:
            return (a,)
        self._add(first, (a, b), cost, links)
        return (a, b, *self._drop_parallel(first))

    def _drop_parallel(self, edge: int) -> Iterable[int]:
        """Drop the edge or its equals if something as cheap is beside it."""
        if edge not in self.ends:
            return ()
        a, b = self.ends[edge]
        beside = [e for e in sorted(self.at[a] & self.at[b]) if a != b]
        beside = [e for e in beside if set(self.ends[e]) == {a, b}]
        best = min(beside, key=self._rank, default=edge)
        again: list[int] = []
        for other in beside:
            if other != best and other not in self.required:
                again += self._remove(other)
        return again

    def _rank(self, edge: int) -> tuple[int, bool, int]:
        return self.cost[edge], edge not in self.required, edge

    def _other(self, edge: int, node: int) -> int:
        a, b = self.ends[edge]
        return b if a == node else a

    def _add(
        self, edge: int, ends: tuple[int, int], cost: int, links: list[int]
    ) -> None:
        self.ends[edge], self.cost[edge], self.links[edge] = ends, cost, links
        for node in ends:
            self.at[node].add(edge)

    def _remove(self, edge: int) -> tuple[int, int]:
        ends = self.ends.pop(edge)
        for node in ends:
            self.at[node].discard(edge)
        return ends

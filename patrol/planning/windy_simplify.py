"""A smaller windy network with the same tours: chains made one, useless edges gone."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import MAX_COST
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem

Link = tuple[int, int]
"""An edge of the large problem, and 1 if the small one leads against it."""


@dataclass(frozen=True)
class WindySimplified:
    """
    A windy problem made smaller.

    Attributes
    ----------
    problem
        The small problem; its tours cost what the tours of the large one do.
    chain, links, turned
        Each small edge ``chain[i]`` stands for the large edge ``links[i]``, in the
        other direction where ``turned[i]`` is 1, shape ``(q,)`` each.
    num_edges
        Number of edges of the large problem, ``m``.
    """

    problem: WindyProblem
    chain: NDArray[np.int64]
    links: NDArray[np.int64]
    turned: NDArray[np.int64]
    num_edges: int

    def expand(self, passes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Turn passes of the small edges, ``(p, 2)``, into those of the large ones."""
        large = np.zeros((self.num_edges, 2), np.int64)
        for way in (0, 1):
            large[self.links, way ^ self.turned] = passes[self.chain, way]
        return large


def simplify_windy(problem: WindyProblem, *, share: bool = False) -> WindySimplified:
    """
    Shrink a problem without changing the cost of its best tour.

    Dead ends that need not be passed go, and edges beside one that is as cheap both
    ways; edges in a row become one where nothing else touches them, all required or
    none.

    Parameters
    ----------
    problem
        Windy problem in which all nodes reach each other.
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
    links = np.array([link for one in chains for link in one], np.int64).reshape(-1, 2)
    return WindySimplified(
        WindyProblem(
            num_nodes=len(nodes),
            edge_nodes=np.array(ends, np.int64).reshape(-1, 2),
            cost=np.array([web.cost[e] for e in edges], np.int64).reshape(-1, 2),
            required=np.array([e in web.required for e in edges], bool),
            depot=number[problem.depot],
        ),
        chain=np.repeat(np.arange(len(edges)), [len(one) for one in chains]),
        links=links[:, 0],
        turned=links[:, 1],
        num_edges=problem.num_edges,
    )


@dataclass
class _Web:
    """A network that can be taken apart edge by edge."""

    problem: WindyProblem
    share: bool
    ends: dict[int, tuple[int, int]] = field(default_factory=dict)
    cost: dict[int, tuple[int, int]] = field(default_factory=dict)
    links: dict[int, list[Link]] = field(default_factory=dict)
    required: set[int] = field(default_factory=set)
    at: list[set[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = [set() for _ in range(self.problem.num_nodes)]
        self.required = set(np.flatnonzero(self.problem.required).tolist())
        rows = zip(
            self.problem.edge_nodes.tolist(), self.problem.cost.tolist(), strict=True
        )
        for edge, ((a, b), (there, back)) in enumerate(rows):
            if a != b or edge in self.required:
                self._add(edge, (a, b), (there, back), [(edge, 0)])

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
        """Make one of two edges that meet at a node where nothing else does."""
        a, there, come = self._seen_from(first, node, leaving=False)
        b, onward, back = self._seen_from(second, node, leaving=True)
        cost = (_sum(there, onward), _sum(come, back))
        if node in {a, b} or not _fits(cost):
            return ()
        links = [
            *self._turned(first, self.ends[first][1] != node),
            *self._turned(second, self.ends[second][0] != node),
        ]
        for edge in (first, second):
            self._remove(edge)
        if a == b and first not in self.required:
            return (a,)
        self._add(first, (a, b), cost, links)
        return (a, b, *self._drop_parallel(first))

    def _seen_from(
        self, edge: int, node: int, *, leaving: bool
    ) -> tuple[int, int, int]:
        """Other end of an edge, its cost in the chain's direction, and against it."""
        a, b = self.ends[edge]
        along, against = self.cost[edge]
        other = b if a == node else a
        if (a == node) != leaving:
            along, against = against, along
        return other, along, against

    def _turned(self, edge: int, turned: bool) -> list[Link]:
        if not turned:
            return self.links[edge]
        return [(link, 1 - way) for link, way in reversed(self.links[edge])]

    def _drop_parallel(self, edge: int) -> Iterable[int]:
        """Drop edges that need not be passed and are nowhere cheaper than another."""
        if edge not in self.ends:
            return ()
        a, b = self.ends[edge]
        beside = [e for e in sorted(self.at[a] & self.at[b]) if a != b]
        again: list[int] = []
        for other in beside:
            if other not in self.required and any(
                self._no_dearer(one, other) for one in beside if one in self.ends
            ):
                again += self._remove(other)
        return again

    def _no_dearer(self, one: int, other: int) -> bool:
        """Whether one is as cheap both ways as one beside it; the first of equals."""
        cost = self.cost[one]
        if self.ends[one] != self.ends[other]:
            cost = cost[::-1]
        pair = zip(cost, self.cost[other], strict=True)
        better = all(own <= its for own, its in pair)
        equal = cost == self.cost[other]
        return (
            one != other
            and better
            and (not equal or one in self.required or one < other)
        )

    def _add(
        self, edge: int, ends: tuple[int, int], cost: tuple[int, int], links: list[Link]
    ) -> None:
        self.ends[edge], self.cost[edge], self.links[edge] = ends, cost, links
        for node in ends:
            self.at[node].add(edge)

    def _remove(self, edge: int) -> tuple[int, int]:
        ends = self.ends.pop(edge)
        for node in ends:
            self.at[node].discard(edge)
        return ends


def _sum(one: int, other: int) -> int:
    return FORBIDDEN if FORBIDDEN in {one, other} else one + other


def _fits(cost: tuple[int, int]) -> bool:
    """Whether a chain can be passed some way, and its costs are allowed."""
    some = any(one < FORBIDDEN for one in cost)
    return some and all(one <= MAX_COST or one == FORBIDDEN for one in cost)

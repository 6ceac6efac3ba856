"""
Held and Karp's bound for required edges that lie far apart.

A tour passes the required edges in some order and goes from the end of one to the
start of the next by shortest paths, so it is a travelling salesman's tour through
their ends. Each end has one such link. Leaving that out, but charging a price for each
link too many at an end, gives a spanning tree with one more link at the depot: no
tour is cheaper [1]_, whatever the prices. All prices are whole numbers.

Where required edges hang together, parity matters more than order, and
`patrol.planning.relaxation` gives the better bound.

.. [1] Held and Karp (1971). The traveling-salesman problem and minimum spanning
   trees: Part II. *Mathematical Programming* 1, 6-25. doi:10.1007/BF01584070.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from patrol.planning.compiled import compiled
from patrol.planning.network import Roads
from patrol.planning.rural_problem import RuralProblem

MAX_EDGES = 1000
"""Most required edges: distances of all ends are held as one matrix (32 MB)."""

_ROUNDS = 1200
"""Rounds of the price ascent; on real maps the bound stands still before that."""

_PATIENCE, _SHORTER = 15, 0.7
"""After so many rounds without a better bound, steps become shorter by this."""

_FINE = 64
"""Prices are whole parts of a unit, so many to a unit."""

_MOMENTUM = 0.3
"""Share of the last direction in the next: it damps the zigzag."""


def held_karp(problem: RuralProblem, *, upper: int) -> int:
    """
    Bound the cost of the extra passes from below.

    Parameters
    ----------
    problem
        Rural postman problem; at most `MAX_EDGES` required edges are looked at.
    upper
        Cost of the extra passes of some tour: how far to aim.

    Returns
    -------
    int
        No tour has cheaper extra passes; 0 where there are too many required edges.
    """
    ends = problem.network.edge_nodes[problem.required].ravel()
    if not 0 < len(ends) <= 2 * MAX_EDGES:
        return 0
    distance = _distances(problem, np.append(ends, problem.depot)) * _FINE
    ascent = _Ascent(np.zeros(len(distance), dtype=np.int64))
    for _ in range(_ROUNDS):
        links = np.empty(len(distance), dtype=np.int64)
        ascent.note(int(_one_tree(distance, ascent.price, links)))
        if ascent.bound >= upper * _FINE or not ascent.step(links, upper * _FINE):
            break
    return -(-ascent.bound // _FINE)  # costs are whole, so it may be rounded up


@dataclass
class _Ascent:
    """Prices of the ends, shape ``(e,)``, and the best bound so far."""

    price: NDArray[np.int64]
    bound: int = 0
    _size: float = 1.0
    _waited: int = 0
    _last: int = 0
    _direction: NDArray[np.float64] | None = None

    def note(self, bound: int) -> None:
        """Take in the bound that the prices gave."""
        self._last = bound
        self._waited = 0 if bound > self.bound else self._waited + 1
        self.bound = max(self.bound, bound)
        if self._waited >= _PATIENCE:
            self._size *= _SHORTER
            self._waited = 0

    def step(self, links: NDArray[np.int64], upper: int) -> bool:
        """Raise the price of ends with too many links; False if there are none."""
        excess = (links - 1).astype(np.float64)
        square = float(excess @ excess)
        if square == 0:
            return False
        last = excess if self._direction is None else self._direction
        self._direction = (1 - _MOMENTUM) * excess + _MOMENTUM * last
        length = self._size * (upper - self._last) / square
        self.price = self.price + np.rint(length * self._direction).astype(np.int64)
        return True


def _distances(problem: RuralProblem, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    network = problem.network
    roads = Roads.cheapest(network, network.cost.astype(np.float64))
    places, place = np.unique(nodes, return_inverse=True)
    distance = dijkstra(roads.matrix, indices=places)[:, places]
    # Costs are whole and their sums far below 2**53, so the floats are exact.
    return np.asarray(np.rint(distance).astype(np.int64)[np.ix_(place, place)])


@compiled
def _one_tree(
    distance: NDArray[np.int64], price: NDArray[np.int64], links: NDArray[np.int64]
) -> int:
    """
    Cost of the cheapest one-tree less all prices; ``links`` gets those of each end.

    Ends ``2i`` and ``2i + 1`` belong to one required edge, which is always in the
    tree; the last end is the depot, from which it is grown (Prim), and which gets one
    link more: the tour's way back.
    """
    size = len(price)
    far = np.int64(2) ** 60
    key, before = np.full(size, far), np.zeros(size, np.int64)
    in_tree = np.zeros(size, np.bool_)
    links[:] = 0
    total = np.int64(0)
    here, twin = size - 1, size - 1
    while here >= 0:
        in_tree[here] = in_tree[twin] = True
        nearest, best = -1, far
        for end in range(size):
            if in_tree[end]:
                continue
            for source in (here, twin):
                cost = distance[source, end] + price[source]
                if cost < key[end]:
                    key[end], before[end] = cost, source
            if key[end] + price[end] < best:
                nearest, best = end, key[end] + price[end]
        if nearest >= 0:
            total += best
            links[nearest] += 1
            links[before[nearest]] += 1
        here, twin = nearest, nearest ^ 1
    back = np.argmin(distance[size - 1, : size - 1] + price[: size - 1])
    links[back] += 1
    total += distance[size - 1, back] + price[back] - price.sum()
    return int(total)

"""Small networks, and answers found by trying everything."""

import itertools

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from patrol.planning.network import Network
from patrol.planning.rural_problem import RuralProblem


def network_of(num_nodes: int, edges: list[tuple[int, int, int]]) -> Network:
    """Network of edges given as (first node, last node, cost)."""
    table = np.array(edges, dtype=np.int64).reshape(-1, 3)
    return Network(num_nodes, table[:, :2], table[:, 2])


@st.composite
def networks(draw: st.DrawFn, *, max_nodes: int = 6, max_extra: int = 3) -> Network:
    """Connected networks with parallel edges and loops."""
    n = draw(st.integers(2, max_nodes))
    cost = st.integers(1, 20)
    tree = [(draw(st.integers(0, i - 1)), i, draw(cost)) for i in range(1, n)]
    node = st.integers(0, n - 1)
    extra = draw(st.lists(st.tuples(node, node, cost), max_size=max_extra))
    return network_of(n, tree + extra)


@st.composite
def rural_problems(draw: st.DrawFn) -> RuralProblem:
    """Rural postman problems that can be solved by trying everything."""
    network = draw(networks())
    m = network.num_edges
    required = np.array(draw(st.lists(st.booleans(), min_size=m, max_size=m)))
    depot = draw(st.integers(0, network.num_nodes - 1))
    return RuralProblem(network, required, depot)


def every_choice(num: int, most: int) -> NDArray[np.int64]:
    """All ways to pass ``num`` edges 0 to ``most`` times, one a row."""
    return np.array(list(itertools.product(range(most + 1), repeat=num)), np.int64)


def optimal_extra(problem: RuralProblem) -> NDArray[np.int64]:
    """Cheapest extra passes, by trying every choice of 0, 1 or 2 for each edge."""
    choices = every_choice(problem.network.num_edges, 2)
    order = np.argsort(choices @ problem.network.cost, kind="stable")
    extra: NDArray[np.int64]
    for extra in choices[order]:
        if problem.is_tour(extra):
            return extra
    raise AssertionError("a connected network always has a tour")


def distances(network: Network) -> NDArray[np.float64]:
    """Cost of the cheapest path between all nodes (Floyd and Warshall)."""
    table = np.full((network.num_nodes, network.num_nodes), np.inf)
    np.fill_diagonal(table, 0.0)
    for (a, b), cost in zip(network.edge_nodes, network.cost, strict=True):
        table[a, b] = table[b, a] = min(table[a, b], cost)
    for k in range(network.num_nodes):
        table = np.minimum(table, table[:, k, None] + table[None, k])
    return table

"""Small windy problems, and answers found by trying everything."""

import heapq

import numpy as np
from hypothesis import strategies as st

from patrol.errors import PlanError
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem


def windy(
    edges: list[tuple[int, int, int, int]],
    required: list[int] | None = None,
    *,
    depot: int = 0,
) -> WindyProblem:
    """Edges as first node, last node, cost along, cost against."""
    table = np.array(edges, np.int64).reshape(-1, 4)
    mask = np.zeros(len(table), bool)
    mask[range(len(table)) if required is None else required] = True
    num_nodes = int(table[:, :2].max(initial=depot)) + 1
    return WindyProblem(num_nodes, table[:, :2], table[:, 2:], mask, depot)


@st.composite
def windy_problems(draw: st.DrawFn, *, most_required: int = 6) -> WindyProblem:
    """Problems with one-ways, loops, parallel edges and free passes."""
    n = draw(st.integers(2, 6))
    cost = st.integers(0, 20)
    node = st.integers(0, n - 1)
    ring = [(i, (i + 1) % n) for i in range(n)]
    ends = ring + draw(st.lists(st.tuples(node, node), max_size=4))
    ways = [
        draw(st.sampled_from([(0, 0), (0, 0), (0, FORBIDDEN), (FORBIDDEN, 0)]))
        for _ in ends
    ]
    edges = [
        (a, b, along or draw(cost), against or draw(cost))
        for (a, b), (along, against) in zip(ends, ways, strict=True)
    ]
    edge = st.integers(0, len(edges) - 1)
    required = draw(st.lists(edge, max_size=most_required, unique=True))
    try:
        return windy(edges, required, depot=draw(node))
    except PlanError:  # a one-way trap: allow everything
        free = [(a, b, min(c, 21), min(d, 21)) for a, b, c, d in edges]
        return windy(free, required)


def optimal_cost(problem: WindyProblem) -> int:
    """Cost of a shortest tour, by Dijkstra over the node and what is passed."""
    links: list[list[tuple[int, int, int]]] = [[] for _ in range(problem.num_nodes)]
    number = np.cumsum(problem.required) - 1
    for edge, (a, b) in enumerate(problem.edge_nodes.tolist()):
        bit = 1 << int(number[edge]) if problem.required[edge] else 0
        along, against = problem.cost[edge].tolist()
        links[a] += [(b, along, bit)] if along < FORBIDDEN else []
        links[b] += [(a, against, bit)] if against < FORBIDDEN else []
    goal = (problem.depot, (1 << int(problem.required.sum())) - 1)
    heap, done = [(0, problem.depot, 0)], set[tuple[int, int]]()
    while heap:
        cost, node, passed = heapq.heappop(heap)
        if (node, passed) == goal:
            return cost
        if (node, passed) not in done:
            done.add((node, passed))
            for other, more, bit in links[node]:
                heapq.heappush(heap, (cost + more, other, passed | bit))
    raise AssertionError("every problem that is accepted has a tour")

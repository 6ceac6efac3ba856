import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import InfeasibleError
from patrol.planning.min_cost_flow import UNLIMITED, Arcs, cheapest_flow

MANY = 10**6  # as good as unlimited for a handful of units


@st.composite
def flow_problems(draw: st.DrawFn) -> tuple[Arcs, np.ndarray]:
    """Arcs with parallel ones, loops and negative costs; supplies that sum to 0."""
    n = draw(st.integers(1, 6))
    node = st.integers(0, n - 1)
    arc = st.tuples(node, node, st.integers(-5, 20), st.integers(0, 3), st.booleans())
    rows = draw(st.lists(arc, max_size=14))
    table = np.array([row[:4] for row in rows], np.int64).reshape(-1, 4)
    free = np.array([row[4] and row[2] >= 0 for row in rows], bool)
    capacity = np.where(free, UNLIMITED, table[:, 3])
    supply = np.array(draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n)))
    supply[0] -= supply.sum()
    tail, head, cost = (table[:, k].copy() for k in range(3))
    return Arcs(n, tail, head, cost, capacity), supply


def least_cost(arcs: Arcs, supply: np.ndarray) -> int | None:
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    for node, units in enumerate(supply.tolist()):
        graph.add_node(node, demand=-units)
    for arc in range(len(arcs.tail)):
        graph.add_edge(
            int(arcs.tail[arc]),
            int(arcs.head[arc]),
            weight=int(arcs.cost[arc]),
            capacity=min(MANY, int(arcs.capacity[arc])),
        )
    try:
        return int(nx.network_simplex(graph)[0])
    except nx.NetworkXUnfeasible:
        return None


@settings(deadline=None, max_examples=150)
@given(case=flow_problems())
def test_flow_is_the_cheapest_and_its_potentials_prove_it(
    case: tuple[Arcs, np.ndarray],
) -> None:
    arcs, supply = case
    best = least_cost(arcs, supply)
    if best is None:
        with pytest.raises(InfeasibleError, match="no balanced way"):
            cheapest_flow(arcs, supply)
        return
    flow = cheapest_flow(arcs, supply)
    out = np.bincount(arcs.tail, flow.units, arcs.num_nodes)
    back = np.bincount(arcs.head, flow.units, arcs.num_nodes)
    rise = flow.potential[arcs.head] - flow.potential[arcs.tail]

    assert (arcs.cost * flow.units).sum() == best
    assert (out - back == supply).all()
    assert ((flow.units >= 0) & (flow.units <= arcs.capacity)).all()
    assert (rise <= arcs.cost)[flow.units < arcs.capacity].all()
    assert (rise >= arcs.cost)[flow.units > 0].all()


def test_unit_that_cannot_arrive_is_refused_with_its_node() -> None:
    empty = np.zeros(0, np.int64)
    with pytest.raises(InfeasibleError, match=r"2 of 3 nodes .* first is node 1"):
        cheapest_flow(Arcs(3, empty, empty, empty, empty), np.array([0, 1, -1]))


def test_no_nodes_no_flow() -> None:
    empty = np.zeros(0, np.int64)
    assert len(cheapest_flow(Arcs(0, empty, empty, empty, empty), empty).units) == 0

"""Ways between streets where corners and turning round cost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.planning.network import NONE
from patrol.planning.turns import Arcs, frontier, make_arcs, reach_all, way
from tests.strategies import line_graph, street_graphs


def arcs_of(graph: StreetGraph, *, pause_s: float, u_turn_s: float) -> Arcs:
    return make_arcs(
        graph.edge_nodes,
        np.column_stack([graph.edge_length_m] * 2),
        pause_s=np.full(graph.num_nodes, pause_s),
        u_turn_s=u_turn_s,
        stops=(np.zeros(1, np.int64), np.array([60.0])),
    )


def relaxed(arcs: Arcs, source: int) -> list[float]:
    """Cost to the start of every arc after another one (Bellman and Ford)."""
    num = len(arcs.tail)
    cost = [np.inf] * num
    follows = [
        [b for b in range(num) if arcs.tail[b] == arcs.head[a]] for a in range(num)
    ]
    for b in follows[source]:
        cost[b] = float(arcs.around_s[b]) if b == source ^ 1 else 0.0
    for _ in range(num):
        for a in range(arcs.driven):
            for b in follows[a]:
                turn = float(arcs.around_s[b]) if b == a ^ 1 else 0.0
                there = cost[a] + float(arcs.before_s[a] + arcs.time_s[a]) + turn
                cost[b] = min(cost[b], there)
    return cost


@given(
    graph=street_graphs(max_nodes=5, max_extra=3),
    pause_s=st.sampled_from([0.0, 7.0]),
    u_turn_s=st.sampled_from([0.0, 30.0]),
    data=st.data(),
)
def test_ways_are_the_shortest_there_are(
    graph: StreetGraph, pause_s: float, u_turn_s: float, data: st.DataObject
) -> None:
    arcs = arcs_of(graph, pause_s=pause_s, u_turn_s=u_turn_s)
    source = data.draw(st.integers(0, arcs.driven - 1))
    target = data.draw(st.integers(0, len(arcs.tail) - 1))
    memory, node = frontier(arcs), int(arcs.head[source])

    cost = reach_all(arcs, memory, (node, source))
    steps = way(arcs, memory, (node, source), target).tolist()

    np.testing.assert_allclose(cost, relaxed(arcs, source))
    total, last = 0.0, source
    for arc in steps:
        assert arcs.tail[arc] == arcs.head[last]
        total += float(arcs.around_s[arc]) if arc == last ^ 1 else 0.0
        total += 0.0 if arc == target else float(arcs.before_s[arc] + arcs.time_s[arc])
        last = arc
    assert np.isclose(total, cost[target])
    assert not memory.seen.any()


def test_no_way_leads_through_a_stop() -> None:
    arcs = arcs_of(line_graph(2), pause_s=0.0, u_turn_s=1000.0)
    cost = reach_all(arcs, frontier(arcs), (0, 1))
    assert cost[0] == 1000.0  # dwelling for 60 s instead would be no turn
    assert reach_all(arcs, frontier(arcs), (0, NONE))[0] == 0.0

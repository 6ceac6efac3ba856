"""The search in the middle of a shift keeps its books and never makes things worse."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps import StreetGraph
from patrol.planning.near_ways import Streets, near_ways
from patrol.planning.network import NONE, Network, Roads
from patrol.planning.shift_search import Orders, search_shift
from patrol.planning.shift_state import Terms, Work, charge, end_of
from tests.planning.networks import distances
from tests.strategies import line_graph, street_graphs


def work_of(
    graph: StreetGraph, robots: int, *, near: int = 50
) -> tuple[Work, NDArray[np.float64]]:
    """Every street is a task, robots start at the first nodes and end at node 0."""
    ends = graph.edge_nodes
    cost = np.maximum(1, graph.edge_length_m).astype(np.int64)
    network = Network(graph.num_nodes, ends, cost)
    table = distances(network)
    streets = Streets.of(Roads.cheapest(network, cost.astype(float)).matrix)
    num = len(ends)
    starts = [r % graph.num_nodes for r in range(robots)]
    wanted = np.column_stack([np.arange(num) - 1, (np.arange(num) + 2) % (num + 1) - 1])
    wanted = np.where(wanted == np.arange(num)[:, None], NONE, wanted)
    work = Work(
        near=near_ways(streets, ends, near=near, wanted=wanted),
        hub=np.stack([table[0][ends]] * 2, axis=2),
        kind=np.zeros(robots, np.int64),
        begin=np.array([table[node][ends] for node in starts]),
        finish=np.array([table[0][ends]] * robots),
        alone=np.array([table[node, 0] for node in starts]),
        length=cost.astype(float),
        owner=np.arange(num) % (robots + 1) - 1,
        allowed=np.ones((robots, num, 2), bool),
    )
    return work, table


def terms_of(robots: int, *, keep: float = 0.0, power: float = 1.0) -> Terms:
    one = np.ones(robots)
    return Terms(one, one, one * 1e9, one * 0, one * 1e9, 1.0, power, keep)


def length_of(
    graph: StreetGraph, table: NDArray[np.float64], order: list[tuple[int, int]]
) -> float:
    """Length of a route from and to node 0, added up step by step."""
    node, total = 0, 0.0
    for street, turned in order:
        tail, head = graph.edge_nodes[street][:: -1 if turned else 1]
        total += table[node, tail] + max(1, int(graph.edge_length_m[street]))
        node = int(head)
    return total + float(table[node, 0])


@settings(deadline=None, max_examples=50)
@given(graph=street_graphs(), robots=st.integers(1, 3), rounds=st.integers(0, 30))
def test_every_task_is_served_once_and_in_one_of_two_directions(
    graph: StreetGraph, robots: int, rounds: int
) -> None:
    work, _ = work_of(graph, robots)
    start: Orders = [[] for _ in range(robots)]
    orders = search_shift(work, terms_of(robots), start, seed=1, rounds=rounds)
    tasks = sorted(task for order in orders for task, _ in order)
    assert tasks == list(range(graph.num_edges))
    assert {turned for order in orders for _, turned in order} <= {0, 1}


@settings(deadline=None, max_examples=40)
@given(graph=street_graphs(max_nodes=4, max_extra=2), rounds=st.integers(0, 60))
def test_more_rounds_never_cost_more_and_nothing_beats_trying_everything(
    graph: StreetGraph, rounds: int
) -> None:
    work, table = work_of(graph, 1)
    few, more = (
        search_shift(work, terms_of(1), [[]], seed=1, rounds=n)[0]
        for n in (rounds, rounds + 40)
    )
    first, second = (length_of(graph, table, order) for order in (few, more))
    assert second <= first + 1e-6
    best = min(
        length_of(graph, table, list(zip(order, sides, strict=True)))
        for order in itertools.permutations(range(graph.num_edges))
        for sides in itertools.product((0, 1), repeat=graph.num_edges)
    ) if graph.num_edges <= 4 else 0.0  # fmt: skip
    assert best <= second + 1e-6


@settings(deadline=None, max_examples=30)
@given(graph=street_graphs(), robots=st.integers(2, 3))
def test_at_a_high_price_every_task_stays_with_its_robot(
    graph: StreetGraph, robots: int
) -> None:
    work, _ = work_of(graph, robots)
    start: Orders = [
        [(int(task), 0) for task in np.flatnonzero(work.owner == r)]
        for r in range(robots)
    ]
    orders = search_shift(work, terms_of(robots, keep=1e6), start, seed=0, rounds=50)
    for r, order in enumerate(orders):
        had = set(np.flatnonzero(work.owner == r).tolist())
        assert had <= {task for task, _ in order}


def test_task_that_no_robot_may_serve_is_in_no_route() -> None:
    graph_work = work_of(line_graph(3), 2)[0]
    allowed = graph_work.allowed.copy()
    allowed[:, 1] = False
    allowed[0, 2] = False
    work = graph_work._replace(allowed=allowed)
    orders = search_shift(work, terms_of(2), [[], []], seed=0, rounds=20)
    assert sorted(task for order in orders for task, _ in order) == [0, 2]
    assert 2 not in {task for task, _ in orders[0]}


def test_battery_and_the_end_of_the_shift_are_in_the_price() -> None:
    one = np.ones(1)
    terms = Terms(2 * one, 10 * one, 100 * one, 0.5 * one, 300 * one, 50.0, 1.0, 0.0)
    assert end_of(terms, 0, 40.0) == 10 + 80
    assert end_of(terms, 0, 100.0) == 10 + 200 + 0.5 * 100
    assert charge(terms, 0, 40.0) == 90.0
    assert charge(terms, 0, 200.0) == 560 + 100 * 260

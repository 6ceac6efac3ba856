import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.completion import Completion
from patrol.planning.dice import new_dice, uniform
from patrol.planning.local_search import LocalSearch
from patrol.planning.network import NONE, Network, Roads
from patrol.planning.reach import Streets, nearest, ways
from patrol.planning.ring import Ends, Ring, improve, kick, link_length, new_ring
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.tour_search import TourSearch
from tests.planning.networks import networks

SEEDS = st.integers(0, 2**32 - 1)


def _ends(num: int, seed: int) -> Ends:
    """Tasks between points of a plane, all distances known."""
    rng = np.random.default_rng(seed)
    node = rng.integers(0, num + 2, 2 * num)
    at = np.argsort(node, kind="stable")
    v = num + 2
    xy = rng.integers(0, 100, (v, 2))
    distance = np.abs(xy[:, None] - xy[None]).sum(axis=2)
    used = np.bincount(node, minlength=v) > 0
    order = np.argsort(np.where(used, distance, 10**6), axis=1, kind="stable")
    near = np.where(used[order], order, NONE)[:, :8]
    return Ends(
        node=node,
        starts=np.concatenate([[0], np.cumsum(np.bincount(node, minlength=v))]),
        at=at,
        near=np.ascontiguousarray(near),
        rows=np.arange(v + 1) * v,
        column=np.tile(np.arange(v), v),
        distance=distance.ravel(),
    )


def _length(ends: Ends, ring: Ring) -> int:
    links = zip(ring.order ^ 1, np.roll(ring.order, -1), strict=True)
    return sum(link_length(ends, int(a), int(b)) for a, b in links)


@settings(deadline=None, max_examples=60)
@given(num=st.integers(7, 60), seed=SEEDS)
def test_gains_are_true_and_no_task_is_lost(num: int, seed: int) -> None:
    ends = _ends(num, seed)
    rng = np.random.default_rng(seed)
    ring = new_ring(2 * rng.permutation(num) + rng.integers(0, 2, num))
    before = _length(ends, ring)
    gain = improve(ends, ring)
    gain += kick(ends, ring, new_dice(seed), 50)
    assert gain >= 0
    assert _length(ends, ring) == before - gain
    assert sorted(ring.order >> 1) == list(range(num))
    assert np.array_equal(ring.place[ring.order >> 1], np.arange(num))


def test_dice_fall_evenly() -> None:
    dice = new_dice(3)
    drawn = np.array([uniform(dice) for _ in range(2000)])
    assert 0 <= drawn.min() < 0.01 < 0.99 < drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.03)


@settings(deadline=None)
@given(network=networks(max_nodes=8, max_extra=6), data=st.data())
def test_ways_and_nearest_nodes_are_those_of_dijkstra(
    network: Network, data: st.DataObject
) -> None:
    n = network.num_nodes
    node = st.integers(0, n - 1)
    pairs = np.array(data.draw(st.lists(st.tuples(node, node), min_size=1)), np.int64)
    streets = Streets.of(network)
    passes = np.zeros(network.num_edges, np.int64)
    cost = ways(streets, pairs, passes)
    roads = Roads.cheapest(network, network.cost.astype(float))
    table = np.array([roads.tree(np.array([i])).distance for i in range(n)])
    assert cost.tolist() == table[pairs[:, 0], pairs[:, 1]].tolist()
    assert network.cost @ passes == cost.sum()
    found, distance = nearest(streets, np.ones(n, bool), n)
    assert np.array_equal(distance, np.sort(table, axis=1))
    assert np.array_equal(np.sort(found, axis=1), np.tile(np.arange(n), (n, 1)))


def _scattered(seed: int) -> RuralProblem:
    rng = np.random.default_rng(seed)
    at = np.arange(100).reshape(10, 10)
    ends = np.concatenate(
        [
            np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()]),
            np.column_stack([at[:-1].ravel(), at[1:].ravel()]),
        ]
    )
    network = Network(100, ends, rng.integers(5, 50, len(ends)))
    return RuralProblem(network, rng.random(len(ends)) < 0.2, depot=0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_search_keeps_a_tour_and_makes_it_shorter(seed: int) -> None:
    problem = _scattered(seed)
    completion = Completion(problem)
    start = completion.connect(problem.network.cost.astype(float))
    search = TourSearch(problem, completion, start, seed=seed)
    tours = [search.improve() for _ in range(10)]
    assert all(problem.is_tour(tour) for tour in tours)
    costs = [problem.cost_of(tour) for tour in tours]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < problem.cost_of(start)


def test_best_tour_is_kept_over_new_starts() -> None:
    problem = _scattered(4)
    completion = Completion(problem)
    start = completion.connect(problem.network.cost.astype(float))
    search = LocalSearch(problem, completion, start, seed=0)
    costs = []
    for _ in range(40):
        search.improve()
        costs.append(problem.cost_of(search.best))
        assert problem.is_tour(search.best)
    assert costs == sorted(costs, reverse=True)
    search.go_from(start)
    assert problem.cost_of(search.best) == costs[-1]

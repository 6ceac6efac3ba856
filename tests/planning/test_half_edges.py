import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from patrol.planning.blossoms import Tables
from patrol.planning.half_edges import join_edges, match_all, set_out
from patrol.planning.matching_dual import dual_value
from patrol.planning.network import MAX_COST, Network
from patrol.planning.t_join import TJoin
from tests.planning.networks import distances, networks


def grid(size: int, *, most: int, seed: int) -> Network:
    """Square of streets with random weights up to the given one, a tenth cut out."""
    rng = np.random.default_rng(seed)
    node = np.arange(size * size).reshape(size, size)
    across = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], axis=1)
    along = np.stack([node[:-1].ravel(), node[1:].ravel()], axis=1)
    ends = np.concatenate([across, along])
    ends = ends[rng.random(len(ends)) > 0.1]
    return Network(size * size, ends, rng.integers(1, most + 1, len(ends)))


def parities(network: Network, seed: int) -> NDArray[np.int64]:
    """Random nodes, half of each part, an even number in each."""
    rng = np.random.default_rng(seed)
    part = network.parts(np.arange(network.num_edges))
    chosen = np.flatnonzero(rng.random(network.num_nodes) < 0.5)
    chosen = chosen[np.argsort(part[chosen], kind="stable")]
    last = np.append(part[chosen][1:] != part[chosen][:-1], True)
    lonely = np.bincount(part[chosen])[part[chosen]] % 2 == 1
    return np.sort(chosen[~(last & lonely)])


@settings(deadline=None, max_examples=200)
@given(network=networks(max_nodes=12, max_extra=14), data=st.data())
def test_join_costs_what_the_best_pairing_of_the_odd_nodes_costs(
    network: Network, data: st.DataObject
) -> None:
    wanted = sorted(data.draw(st.sets(st.integers(0, network.num_nodes - 1))))
    odd = np.array(wanted[: len(wanted) // 2 * 2], dtype=np.int64)

    join = TJoin(network, many_odd=0).solve(odd)

    passes = np.bincount(join, minlength=network.num_edges)
    assert network.odd_nodes(passes).tolist() == odd.tolist()
    length = distances(network)
    pairs: nx.Graph[int] = nx.Graph()
    for place, one in enumerate(odd.tolist()):
        for other in odd[place + 1 :].tolist():
            pairs.add_edge(one, other, weight=-length[one, other])
    matched = nx.max_weight_matching(pairs, maxcardinality=True)
    assert network.cost[join].sum() == sum(length[a, b] for a, b in matched)


@pytest.mark.parametrize("most", [1, 3, 2000, MAX_COST])
def test_both_engines_find_joins_of_equal_cost(most: int) -> None:
    for seed in range(5):
        network = grid(20, most=most, seed=seed)
        odd = parities(network, seed)
        one = TJoin(network, many_odd=0).solve(odd)
        other = TJoin(network, many_odd=10**9).solve(odd)
        assert network.cost[one].sum() == network.cost[other].sum()


def test_edges_that_cost_nothing_are_free() -> None:
    network = grid(15, most=5, seed=1)
    weight = network.cost - 1
    odd = parities(network, 1)
    one = TJoin(network, weight, many_odd=0).solve(odd)
    other = TJoin(network, weight, many_odd=10**9).solve(odd)
    assert weight[one].sum() == weight[other].sum()


def test_same_input_gives_the_same_join() -> None:
    network = grid(30, most=1, seed=2)
    odd = parities(network, 2)
    first = TJoin(network, many_odd=0).solve(odd)
    assert TJoin(network, many_odd=0).solve(odd).tolist() == first.tolist()


def matched(network: Network) -> tuple[Tables, int]:
    is_odd = np.zeros(network.num_nodes, bool)
    is_odd[parities(network, 3)] = True
    _, tables = set_out(network.edge_nodes, network.cost, is_odd)
    match_all(tables)
    chosen = join_edges(network.edge_nodes, network.cost, is_odd)
    return tables, int(network.cost[chosen].sum())


def test_dual_is_worth_what_the_join_costs() -> None:
    tables, cost = matched(grid(20, most=50, seed=3))
    assert dual_value(tables) == 2 * cost


def test_every_vertex_is_matched_within_its_clique_or_along_its_edge() -> None:
    tables, _ = matched(grid(20, most=50, seed=4))
    vertices = tables.vertices
    mate = vertices["mate"]
    assert (mate[mate] == np.arange(len(mate))).all()
    same = vertices["node"][mate] == vertices["node"]
    assert (same | (mate == vertices["twin"])).all()


def test_dual_that_pays_too_much_for_an_edge_is_refused() -> None:
    tables, _ = matched(grid(10, most=50, seed=5))
    tables.blossoms["dual"][0] += 100
    with pytest.raises(ArithmeticError, match="an edge is overpaid by"):
        dual_value(tables)


def test_negative_dual_of_a_blossom_is_refused() -> None:
    tables, _ = matched(grid(10, most=50, seed=6))
    num_vertices = len(tables.vertices)
    in_use = np.setdiff1d(
        np.arange(num_vertices, len(tables.blossoms)),
        tables.spare[: tables.clock["spare"][0]],
    )
    tables.blossoms["dual"][in_use[0]] = -1
    with pytest.raises(ArithmeticError, match="the least dual is -1"):
        dual_value(tables)

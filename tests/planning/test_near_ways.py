"""Ways to what is near are the shortest there are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import floyd_warshall

from patrol.planning.near_ways import (
    Streets,
    distances_from,
    empty_search,
    links_between,
    near_ways,
    with_ways_back,
)
from patrol.planning.network import NONE, Network, Roads
from tests.planning.networks import distances, networks


def streets_of(network: Network) -> Streets:
    return Streets.of(Roads.cheapest(network, network.cost.astype(float)).matrix)


@settings(deadline=None, max_examples=60)
@given(network=networks(max_nodes=8, max_extra=6), data=st.data())
def test_rows_hold_the_shortest_ways_to_the_nearest_and_to_those_wanted(
    network: Network, data: st.DataObject
) -> None:
    table, num = distances(network), network.num_edges
    far = np.array(data.draw(st.lists(st.integers(-1, num - 1), min_size=num,
                                      max_size=num)))  # fmt: skip
    near = data.draw(st.integers(1, 4))
    wanted = np.where(far == np.arange(num), NONE, far)[:, None]
    column, link, _ = near_ways(
        streets_of(network), network.edge_nodes, near=near, wanted=wanted
    )
    for task in range(num):
        found = column[task][column[task] < num].tolist()
        assert found == sorted(set(found) - {task})
        assert wanted[task, 0] == NONE or wanted[task, 0] in found
        assert len(found) <= near + 2
        for k, other in enumerate(found):
            tails, heads = network.edge_nodes[task], network.edge_nodes[other]
            assert np.array_equal(link[task, k], table[np.ix_(tails, heads)])


@settings(deadline=None, max_examples=60)
@given(network=networks(max_nodes=7, max_extra=6), data=st.data())
def test_ways_back_are_the_shortest_where_directions_differ(
    network: Network, data: st.DataObject
) -> None:
    n, num = network.num_nodes, network.num_edges
    costs = st.lists(st.sampled_from([1.0, 2.0, 5.0, 9.0]), min_size=num, max_size=num)
    table = np.full((n, n), np.inf)
    for (a, b), out, back in zip(
        network.edge_nodes, data.draw(costs), data.draw(costs), strict=True
    ):
        table[a, b], table[b, a] = min(table[a, b], out), min(table[b, a], back)
    np.fill_diagonal(table, 0.0)
    streets, against = (
        Streets.of(csr_array(np.where(np.isfinite(one), one, 0.0)))
        for one in (table, table.T)
    )
    far = floyd_warshall(table)
    ends, none = network.edge_nodes, np.full((num, 1), NONE)
    rows = near_ways(streets, ends, near=data.draw(st.integers(1, 4)), wanted=none)
    column, link, home = with_ways_back(rows, against, ends)
    for task in range(num):
        for k in np.flatnonzero(column[task] < num):
            tails, heads = ends[task], ends[column[task, k]]
            assert np.array_equal(link[task, k], far[np.ix_(tails, heads)])
            assert np.array_equal(home[task, k].T, far[np.ix_(heads, tails)])


@settings(deadline=None, max_examples=30)
@given(network=networks(max_nodes=8, max_extra=6))
def test_with_enough_room_all_are_near(network: Network) -> None:
    num = network.num_edges
    column, _, _ = near_ways(
        streets_of(network), network.edge_nodes, near=num, wanted=np.full((num, 1), -1)
    )
    assert ((column < num).sum(axis=1) == num - 1).all()


@settings(deadline=None, max_examples=60)
@given(network=networks(max_nodes=8, max_extra=6), data=st.data())
def test_way_between_two_nodes_is_unbroken_and_as_long_as_the_distance(
    network: Network, data: st.DataObject
) -> None:
    table, streets = distances(network), streets_of(network)
    search = empty_search(streets)
    node = st.integers(0, network.num_nodes - 1)
    for run in range(3):
        source, target = data.draw(node), data.draw(node)
        links = links_between(streets, search, run, (source, target))
        tails = np.searchsorted(streets.first, links, side="right") - 1
        heads = streets.head[links]
        assert [source, *heads] == [*tails, target]
        assert streets.cost[links].sum() == table[source, target]
    everywhere = np.arange(network.num_nodes)
    assert np.array_equal(distances_from(streets, 0, everywhere), table[0])

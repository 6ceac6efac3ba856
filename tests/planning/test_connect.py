import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from patrol.planning.connect import connectors, spanning_rows
from patrol.planning.network import Network
from tests.planning.networks import distances, network_of, networks


def _tree_cost(table: NDArray[np.float64]) -> float:
    """Cost of a minimum spanning tree of a complete graph (Prim)."""
    inside, cost = {0}, 0.0
    while len(inside) < len(table):
        outside = [k for k in range(len(table)) if k not in inside]
        step = min(table[i, k] for i in inside for k in outside)
        new = next(k for k in outside if min(table[i, k] for i in inside) == step)
        inside.add(new)
        cost += step
    return cost


@settings(deadline=None)
@given(network=networks(max_nodes=8, max_extra=6), data=st.data())
def test_connectors_join_all_parts_at_no_more_than_the_tree_of_shortest_paths(
    network: Network, data: st.DataObject
) -> None:
    n = network.num_nodes
    part = np.array(data.draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n)))
    labels = np.unique(part[part >= 0])
    if len(labels) == 0:
        part[0], labels = 0, np.array([0])

    chosen = connectors(network, network.cost.astype(float), part)

    table = distances(network)
    between = np.array(
        [[table[np.ix_(part == a, part == b)].min() for b in labels] for a in labels]
    )
    assert network.cost[chosen].sum() <= _tree_cost(between)
    assert _parts_joined(network, chosen, part)


def _parts_joined(
    network: Network, chosen: NDArray[np.int64], part: NDArray[np.int64]
) -> bool:
    home = {int(node): int(part[node]) for node in np.flatnonzero(part >= 0)}
    group = {label: label for label in home.values()}
    label = network.parts(chosen)
    for a, b in itertools.combinations(home, 2):
        if label[a] == label[b]:
            old, new = group[home[a]], group[home[b]]
            group = {k: new if v == old else v for k, v in group.items()}
    return len(set(group.values())) == 1


def test_parts_that_no_path_joins_stay_apart() -> None:
    network = network_of(4, [(0, 1, 1), (2, 3, 1)])
    part = np.array([0, 1, 2, -1])
    assert connectors(network, np.ones(2), part).tolist() == [0]


def test_forest_prefers_short_links_and_low_rows() -> None:
    ends = np.array([[0, 1], [1, 0], [1, 2], [2, 0], [3, 3]])
    length = np.array([5.0, 5.0, 1.0, 2.0, 0.0])
    assert spanning_rows(ends, length).tolist() == [2, 3]
    assert spanning_rows(ends[:2], length[:2]).tolist() == [0]
    assert spanning_rows(ends[4:], length[4:]).tolist() == []

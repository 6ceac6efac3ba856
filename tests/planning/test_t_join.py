import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import PlanError
from patrol.planning.network import MAX_COST, Network
from patrol.planning.t_join import TJoin
from tests.planning.networks import every_choice, network_of, networks


@settings(deadline=None)
@given(network=networks(max_nodes=7, max_extra=4), data=st.data())
def test_join_is_odd_where_it_must_be_and_as_cheap_as_any(
    network: Network, data: st.DataObject
) -> None:
    wanted = sorted(data.draw(st.sets(st.integers(0, network.num_nodes - 1))))
    odd = np.array(wanted[: len(wanted) // 2 * 2], dtype=np.int64)

    join = TJoin(network).solve(odd)

    passes = np.bincount(join, minlength=network.num_edges)
    assert network.odd_nodes(passes).tolist() == odd.tolist()
    best = min(
        int(choice @ network.cost)
        for choice in every_choice(network.num_edges, 1)
        if network.odd_nodes(choice).tolist() == odd.tolist()
    )
    assert network.cost[join].sum() == best


def test_join_is_exact_at_the_largest_costs() -> None:
    network = network_of(
        4, [(0, 1, MAX_COST), (1, 2, MAX_COST), (2, 3, MAX_COST), (0, 3, MAX_COST - 1)]
    )
    assert TJoin(network).solve(np.array([0, 3])).tolist() == [3]
    assert TJoin(network).solve(np.array([0, 2])).tolist() == [2, 3]


def test_weights_replace_the_costs() -> None:
    network = network_of(3, [(0, 1, 1), (1, 2, 1), (0, 2, 9)])
    join = TJoin(network, np.array([5, 5, 0]))
    assert join.solve(np.array([0, 2])).tolist() == [2]


def test_odd_number_of_nodes_in_a_part_is_refused() -> None:
    network = network_of(4, [(0, 1, 1), (2, 3, 1)])
    with pytest.raises(PlanError, match="2 odd nodes cannot be paired"):
        TJoin(network).solve(np.array([0, 2]))

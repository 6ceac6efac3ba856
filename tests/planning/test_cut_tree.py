"""Cut trees, against every cut of small networks."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from patrol.planning.cut_tree import minimum_cut, tree_cuts


@st.composite
def capacities(draw: st.DrawFn) -> NDArray[np.int32]:
    """Symmetric tables of whole numbers."""
    k = draw(st.integers(2, 6))
    values = draw(st.lists(st.integers(0, 9), min_size=k * k, max_size=k * k))
    upper = np.triu(np.array(values, np.int32).reshape(k, k), 1)
    return upper + upper.T


def crossing(table: NDArray[np.int32], side: NDArray[np.bool_]) -> int:
    """What a cut carries."""
    return int(table[side][:, ~side].sum())


def sides(k: int) -> list[NDArray[np.bool_]]:
    """Every set that holds some of the nodes, but not all."""
    every = itertools.product([False, True], repeat=k)
    return [np.array(side) for side in every if any(side) and not all(side)]


@settings(deadline=None)
@given(capacities())
def test_cuts_of_the_tree_hold_a_minimum_cut_between_each_two_nodes(
    table: NDArray[np.int32],
) -> None:
    cuts = list(tree_cuts(csr_array(table)))
    assert len(cuts) == len(table) - 1
    for one, other in itertools.combinations(range(len(table)), 2):
        least = min(crossing(table, s) for s in sides(len(table)) if s[one] != s[other])
        apart = [crossing(table, cut) for cut in cuts if cut[one] != cut[other]]
        assert min(apart) == least
        value, side = minimum_cut(csr_array(table), one, other)
        assert value == crossing(table, side) == least
        assert side[one]
        assert not side[other]


@settings(deadline=None)
@given(capacities(), st.data())
def test_cuts_of_the_tree_hold_a_minimum_odd_cut(
    table: NDArray[np.int32], data: st.DataObject
) -> None:
    k = len(table)
    odd = np.array(data.draw(st.lists(st.booleans(), min_size=k, max_size=k)))
    if not odd.any():
        return
    odd[0] ^= odd.sum() % 2
    if not odd.any():
        return
    cuts = [cut for cut in tree_cuts(csr_array(table)) if odd[cut].sum() % 2]
    every = [side for side in sides(k) if odd[side].sum() % 2]
    assert min(crossing(table, cut) for cut in cuts) == min(
        crossing(table, side) for side in every
    )

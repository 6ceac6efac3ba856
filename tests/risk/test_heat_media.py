"""Condensing a chain of pieces to its crossings changes no value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.risk.heat_media import CellMedium, StreetMedium
from patrol.risk.lixels import Lixels
from tests.strategies import street_graphs


def whole_step(lixels: Lixels, step_m2: float, held: np.ndarray) -> np.ndarray:
    """One implicit step by the dense matrix of all pieces and crossings."""
    pieces, street = len(lixels), lixels.street
    size = np.append(lixels.length_m[street], np.zeros(lixels.num_nodes))
    matrix = np.diag(size)
    for s, (first, last) in enumerate(lixels.edge_nodes):
        chain = np.arange(lixels.start[s], lixels.start[s + 1])
        flow = step_m2 / lixels.length_m[s]
        links = [(a, a + 1, flow) for a in chain[:-1]]
        links += [(chain[0], pieces + first, 2 * flow)]
        links += [(chain[-1], pieces + last, 2 * flow)]
        for a, b, one in links:
            matrix[[a, b], [a, b]] += one
            matrix[[a, b], [b, a]] -= one
    density = np.linalg.solve(matrix, np.append(held, np.zeros(lixels.num_nodes)))
    return np.asarray((density * size)[:pieces])


@given(graph=street_graphs(), step_m2=st.floats(1, 1e5), seed=st.integers(0, 99))
def test_a_condensed_step_is_the_step_of_the_whole_system(
    graph: StreetGraph, step_m2: float, seed: int
) -> None:
    lixels = Lixels.cut(graph.edge_nodes, graph.edge_length_m, lixel_m=40)
    held = np.random.default_rng(seed).uniform(0, 1, len(lixels))
    found = StreetMedium(lixels).step(step_m2)(held)
    expected = whole_step(lixels, step_m2, held)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found.sum() == pytest.approx(held.sum(), abs=1e-9)
    assert found.min() >= 0


def test_a_street_that_ends_where_it_begins_keeps_its_mass() -> None:
    lixels = Lixels.cut([[0, 0], [0, 1]], [90.0, 10.0], lixel_m=25)
    held = np.array([3.0, 0, 0, 0, 1.0])
    found = StreetMedium(lixels).step(500.0)(held)
    assert found == pytest.approx(whole_step(lixels, 500.0, held))
    assert found.sum() == pytest.approx(4)


def test_a_step_leaves_what_it_was_given_as_it_was() -> None:
    lixels = Lixels.cut([[0, 1]], [100.0], lixel_m=25)
    held = np.ones(4)
    StreetMedium(lixels).step(100.0)(held)
    assert held.tolist() == [1, 1, 1, 1]


def test_cells_apart_from_all_others_keep_their_mass() -> None:
    medium = CellMedium.of(np.array([[0, -1, 1], [-1, -1, 2]]), cell_m=100)
    found = medium.step(1e4)(np.array([5.0, 1.0, 0.0]))
    assert medium.num_bodies == 3
    assert found[0] == pytest.approx(5)
    assert found[1:].sum() == pytest.approx(1)
    assert found[2] > 0.2

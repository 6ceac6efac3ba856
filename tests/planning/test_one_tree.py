"""The bound of Held and Karp never passes the optimum, and often meets it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.planning import one_tree
from patrol.planning.one_tree import held_karp
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import Effort
from tests.planning.networks import network_of, optimal_extra, rural_problems


@given(problem=rural_problems(), upper=st.integers(0, 500))
def test_bound_never_passes_the_optimum(problem: RuralProblem, upper: int) -> None:
    optimum = problem.cost_of(optimal_extra(problem))
    assert 0 <= held_karp(problem, upper=upper) <= optimum


def spokes(count: int) -> RuralProblem:
    """Streets of 2, each at the end of a way of 10 from the depot."""
    ways = [(0, 1 + 2 * i, 10) for i in range(count)]
    streets = [(1 + 2 * i, 2 + 2 * i, 2) for i in range(count)]
    network = network_of(1 + 2 * count, ways + streets)
    required = np.repeat([False, True], count)
    return RuralProblem(network, required, 0)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_streets_far_apart_are_bounded_exactly(count: int) -> None:
    problem = spokes(count)
    optimum = count * (2 * 10 + 2)
    assert held_karp(problem, upper=optimum) == optimum


def test_many_streets_far_apart_are_bounded_closely() -> None:
    assert 0.99 * 880 <= held_karp(spokes(40), upper=880) <= 880


def test_tour_of_streets_far_apart_is_proved_optimal() -> None:
    tour = rural_postman(spokes(5), seed=0, effort=Effort(rounds=1, tries=1))
    assert tour.bound == tour.cost == 5 * 24


def test_too_many_streets_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_tree, "MAX_EDGES", 4)
    assert held_karp(spokes(4), upper=88) == 88
    assert held_karp(spokes(5), upper=110) == 0


def test_no_required_street_needs_no_pass() -> None:
    problem = spokes(2)
    nothing = RuralProblem(problem.network, np.zeros(4, dtype=bool), 0)
    assert held_karp(nothing, upper=0) == 0

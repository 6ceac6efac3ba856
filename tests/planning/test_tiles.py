import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.districts import clustered
from benchmarks.growth import grid
from patrol.planning import rural
from patrol.planning import tiles as tiles_module
from patrol.planning.relaxation import relax
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import StopWhen
from patrol.planning.tiles import relax_in_tiles, tiles
from tests.planning.networks import optimal_extra, rural_problems


def always() -> bool:
    return True


@settings(deadline=None)
@given(problem=rural_problems(), most=st.integers(1, 3), rounds=st.integers(0, 4))
def test_bound_of_tiles_never_passes_the_optimum(
    problem: RuralProblem, most: int, rounds: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles_module, "_TILE", most)
        found = relax_in_tiles(problem, rounds=rounds, go_on=always)
    assert found.bound <= problem.cost_of(optimal_extra(problem))
    assert len(problem.network.odd_nodes(problem.required + found.extra)) == 0


@settings(deadline=None)
@given(problem=rural_problems(), most=st.integers(1, 3))
def test_required_parts_are_not_divided_by_tiles(
    problem: RuralProblem, most: int
) -> None:
    tile = tiles(problem, most=most)
    first, last = tile[problem.network.edge_nodes[problem.required]].T
    assert (first == last).all()


def test_tiles_are_of_about_one_size() -> None:
    problem = clustered(grid(800), 20, seed=1)
    count = np.bincount(tiles(problem, most=60))
    assert len(count) == 8
    assert count.max() <= 75


def test_bound_of_tiles_is_near_that_of_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = clustered(grid(800), 80, seed=1)
    whole = [relaxed.bound for relaxed in relax(problem, rounds=20)][-1]
    monkeypatch.setattr(tiles_module, "_TILE", 150)
    pieces = relax_in_tiles(problem, rounds=20, go_on=always).bound
    moats = relax_in_tiles(problem, rounds=20, go_on=lambda: False).bound
    assert moats < pieces <= whole
    assert pieces > 0.85 * whole


def test_large_tour_is_bounded_by_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = clustered(grid(300), 60, seed=2)
    monkeypatch.setattr(rural, "LARGE", 10)
    monkeypatch.setattr(tiles_module, "_TILE", 30)
    tour = rural_postman(problem, seed=0, until=StopWhen(rounds=10, tries=5))
    assert problem.is_tour(tour.extra)
    assert 0.85 * tour.cost < tour.bound <= tour.cost

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.rpp_files import best_known, read_rural
from patrol.errors import PlanError
from patrol.planning.cuts import Separator
from patrol.planning.moats import moats
from patrol.planning.network import Network
from patrol.planning.plan import BoundKind
from patrol.planning.relaxation import lagrange, relax
from patrol.planning.rural import RuralTour, rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import Deadline, StopWhen
from tests.planning.networks import network_of, optimal_extra, rural_problems
from tests.shared_data import shared_file

QUICK = StopWhen(rounds=5, tries=5)


@settings(deadline=None)
@given(problem=rural_problems())
def test_tour_is_closed_covers_all_and_lies_between_bound_and_optimum(
    problem: RuralProblem,
) -> None:
    tour = rural_postman(problem, seed=0, until=QUICK)

    required = problem.cost_of(problem.required.astype(np.int64))
    optimum = required + problem.cost_of(optimal_extra(problem))
    assert problem.is_tour(tour.extra)
    assert tour.cost == required + problem.cost_of(tour.extra)
    assert tour.bound <= optimum <= tour.cost
    if tour.kind is BoundKind.PROVED_OPTIMAL or problem.num_parts == 1:
        assert tour.cost == tour.bound == optimum


@settings(deadline=None)
@given(problem=rural_problems(), data=st.data())
def test_any_prices_give_a_bound(problem: RuralProblem, data: st.DataObject) -> None:
    cuts = moats(
        Separator.connectivity(problem), problem.network.cost.astype(np.float64)
    )
    prices = [(cut, data.draw(st.floats(0, 40))) for cut in cuts]
    bound, extra = lagrange(problem, prices)
    assert bound <= problem.cost_of(optimal_extra(problem))
    passes = problem.required + extra
    assert problem.network.odd_nodes(passes).tolist() == []


@settings(deadline=None)
@given(problem=rural_problems())
def test_relaxation_never_passes_the_optimum_and_never_falls(
    problem: RuralProblem,
) -> None:
    if problem.num_parts == 1:
        return
    bounds = [relaxed.bound for relaxed in relax(problem, rounds=8)]
    assert bounds == sorted(bounds)
    assert bounds[-1] <= problem.cost_of(optimal_extra(problem))


def test_two_parts_are_joined_over_the_cheapest_way() -> None:
    triangles = [(0, 1, 1), (1, 2, 1), (2, 0, 1), (3, 4, 1), (4, 5, 1), (5, 3, 1)]
    network = network_of(7, [*triangles, (2, 3, 9), (1, 6, 2), (6, 4, 2)])
    problem = RuralProblem(network, np.arange(9) < 6, depot=0)
    tour = rural_postman(problem, seed=0)
    assert tour.extra.tolist() == [0, 0, 0, 0, 0, 0, 0, 2, 2]
    assert (tour.cost, tour.bound) == (14, 14)
    assert tour.kind is BoundKind.PROVED_OPTIMAL


def test_nothing_required_costs_nothing() -> None:
    problem = RuralProblem(network_of(2, [(0, 1, 5)]), np.zeros(1, bool), depot=1)
    tour = rural_postman(problem, seed=0)
    assert (tour.cost, tour.bound) == (0, 0)


def test_required_edge_out_of_reach_is_named() -> None:
    network = network_of(4, [(0, 1, 1), (2, 3, 1)])
    with pytest.raises(PlanError, match=r"1 of 2 required edges .* first is edge 1"):
        RuralProblem(network, np.array([True, True]), depot=0)


def test_depot_off_the_network_is_refused() -> None:
    with pytest.raises(PlanError, match=r"depot 2 is no node: choose one of 0\.\.1"):
        RuralProblem(network_of(2, [(0, 1, 1)]), np.ones(1, bool), depot=2)


def test_effort_may_be_stopped_from_outside() -> None:
    asked: list[int] = []

    def go_on() -> bool:
        asked.append(1)
        return len(asked) < 2

    problem, _ = _real("UR532")
    tour = rural_postman(problem, seed=0, until=StopWhen(50, 50, go_on))
    assert len(asked) <= 3
    assert problem.is_tour(tour.extra)


def _real(name: str) -> tuple[RuralProblem, int]:
    path = shared_file(f"benchmarks/arc/rpp_ur/{name}")
    optimum = best_known(path)
    assert optimum is not None
    raw = read_rural(path)
    network = Network(raw.num_nodes, raw.edge_nodes, raw.cost)
    return RuralProblem(network, raw.required, raw.depot), optimum


@pytest.mark.parametrize(
    ("name", "tour_gap", "bound_gap"),
    [("UR532", 0.01, 0.015), ("UR537", 0.0, 0.0), ("UR545", 0.002, 0.001)],
)
def test_tour_and_bound_close_in_on_published_optima(
    name: str, tour_gap: float, bound_gap: float
) -> None:
    problem, optimum = _real(name)
    tour = rural_postman(problem, seed=1)
    assert problem.is_tour(tour.extra)
    assert optimum * (1 - bound_gap) <= tour.bound <= optimum
    assert optimum <= tour.cost <= optimum * (1 + tour_gap)


def test_bound_without_relaxation_is_the_t_join_and_says_so() -> None:
    problem, optimum = _real("UR532")
    weak = rural_postman(problem, seed=0, until=StopWhen(rounds=0, tries=0))
    better = rural_postman(problem, seed=0, until=QUICK)
    assert weak.kind is BoundKind.WEAK
    assert better.kind is BoundKind.LP
    assert 12169 == weak.bound < better.bound <= optimum


def test_same_seed_same_tour() -> None:
    problem, _ = _real("UR532")

    def once() -> RuralTour:
        return rural_postman(problem, seed=7, until=QUICK)

    assert once().extra.tolist() == once().extra.tolist()


def test_deadline_that_never_comes_changes_nothing() -> None:
    problem, _ = _real("UR532")
    never = replace(QUICK, go_on=Deadline(lambda: 0.0))
    found = [rural_postman(problem, seed=7, until=until) for until in (QUICK, never)]
    assert found[0].bound == found[1].bound
    assert found[0].extra.tolist() == found[1].extra.tolist()

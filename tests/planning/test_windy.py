import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import PlanError
from patrol.planning.plan import BoundKind
from patrol.planning.stop import StopWhen
from patrol.planning.windy import windy_postman
from patrol.planning.windy_completion import WindyCompletion
from patrol.planning.windy_core import WindyCore
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem
from patrol.planning.windy_search import PriceSearch
from patrol.planning.windy_simplify import simplify_windy
from patrol.planning.windy_walk import windy_walk
from tests.planning.windy_problems import optimal_cost, windy, windy_problems

QUICK = StopWhen(rounds=2, tries=2)


@settings(deadline=None, max_examples=60)
@given(problem=windy_problems(), seed=st.integers(0, 3))
def test_tour_is_one_and_costs_no_less_than_its_bound_and_the_shortest(
    problem: WindyProblem, seed: int
) -> None:
    tour = windy_postman(problem, seed=seed, until=QUICK)
    best = optimal_cost(problem)
    assert problem.is_tour(tour.passes)
    assert tour.cost == problem.cost_of(tour.passes)
    assert tour.bound <= best <= tour.cost <= 1.5 * best + 1
    if tour.kind is BoundKind.PROVED_OPTIMAL:
        assert tour.cost == best


@settings(deadline=None, max_examples=20)
@given(problem=windy_problems())
def test_same_seed_same_tour(problem: WindyProblem) -> None:
    one, other = (windy_postman(problem, seed=7, until=QUICK) for _ in range(2))
    assert np.array_equal(one.passes, other.passes)


@settings(deadline=None, max_examples=60)
@given(problem=windy_problems(), share=st.floats(0, 1))
def test_any_prices_make_a_tour(problem: WindyProblem, share: float) -> None:
    problem = WindyCore.of(problem).problem
    completion = WindyCompletion(problem)
    passes = completion.tour(completion.prices(share))
    assert problem.is_tour(passes)
    assert problem.cost_of(completion.polish(passes)) <= problem.cost_of(passes)


@settings(deadline=None, max_examples=30)
@given(problem=windy_problems(), seed=st.integers(0, 9))
def test_change_of_prices_keeps_a_tour_and_never_lengthens_it(
    problem: WindyProblem, seed: int
) -> None:
    problem = WindyCore.of(problem).problem
    completion = WindyCompletion(problem)
    passes = completion.tour(completion.prices(0.0))
    wanted = passes.astype(float)
    search = PriceSearch(problem, completion, wanted, np.random.default_rng(seed))
    changed = search.change(passes)
    assert all(problem.is_tour(one) for one in (changed, *search.rounded()))
    assert problem.cost_of(changed) <= problem.cost_of(passes)


@settings(deadline=None, max_examples=80)
@given(problem=windy_problems())
def test_simplified_problem_has_the_same_best_cost_and_its_tours_are_tours(
    problem: WindyProblem,
) -> None:
    problem = WindyCore.of(problem).problem
    small = simplify_windy(problem)
    assert optimal_cost(small.problem) == optimal_cost(problem)
    assert small.problem.num_edges <= problem.num_edges
    if small.problem.required.any():
        tour = windy_postman(small.problem, seed=0, until=QUICK)
        large = small.expand(tour.passes)
        assert problem.is_tour(large)
        assert problem.cost_of(large) == tour.cost


def test_chain_is_one_edge_whichever_way_its_links_are_given() -> None:
    edges = [(0, 1, 1, 10), (2, 1, 20, 2), (2, 3, 3, 30), (3, 0, 4, 4)]
    small = simplify_windy(windy([*edges, (0, 2, 9, 9)], [0, 1, 2, 3, 4]))
    assert small.problem.num_edges == 3
    assert sorted(small.problem.cost.tolist()) == [[3, 30], [7, 34], [9, 9]]
    large = small.expand(np.tile([1, 0], (3, 1)))
    assert large[1].tolist() == [0, 1]


def test_nothing_required_stays_in_the_depot() -> None:
    tour = windy_postman(windy([(0, 1, 1, 2)], []), seed=0)
    assert tour.cost == tour.bound == 0
    assert tour.kind is BoundKind.PROVED_OPTIMAL


def test_directed_network_that_hangs_together_is_proved_without_a_search() -> None:
    edges = [(0, 1, 5, FORBIDDEN), (1, 2, 5, FORBIDDEN), (2, 0, 1, FORBIDDEN)]
    problem = windy([*edges, (1, 0, 9, FORBIDDEN)])
    tour = windy_postman(problem, seed=0, until=StopWhen(rounds=0, tries=0))
    assert (tour.cost, tour.kind) == (25, BoundKind.PROVED_OPTIMAL)


@settings(deadline=None, max_examples=60)
@given(problem=windy_problems())
def test_walk_makes_the_passes_of_its_tour_unbroken_from_the_depot(
    problem: WindyProblem,
) -> None:
    tour = windy_postman(problem, seed=0, until=StopWhen(rounds=0, tries=0))
    walk = windy_walk(problem, tour.passes)
    ends = problem.edge_nodes[walk.edges]
    turned = np.where(walk.ways[:, None] == 0, ends, ends[:, ::-1])
    assert np.array_equal(walk.passes(problem.num_edges), tour.passes)
    assert walk.cost(problem) == tour.cost
    if len(walk.edges):
        assert turned[0, 0] == turned[-1, 1] == problem.depot
        assert (turned[1:, 0] == turned[:-1, 1]).all()


def test_passes_that_make_no_walk_are_refused() -> None:
    problem = windy([(0, 1, 1, 1), (1, 2, 1, 1), (2, 3, 1, 1)], [])
    with pytest.raises(PlanError, match=r"2 nodes are not left .* first is node 0"):
        windy_walk(problem, np.array([[1, 0], [0, 0], [0, 0]]))
    with pytest.raises(PlanError, match="2 of 2 passes do not hang together"):
        windy_walk(problem, np.array([[0, 0], [0, 0], [1, 1]]))

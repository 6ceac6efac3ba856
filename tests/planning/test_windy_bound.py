"""The bound of the windy postman: never above the shortest tour, mostly equal to it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.network import MAX_COST, Network
from patrol.planning.plan import BoundKind
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.windy_bound import whole_tour, windy_bound
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem
from patrol.planning.windy_program import Row, WindyProgram
from tests.planning.networks import networks, rural_problems
from tests.planning.windy_problems import optimal_cost, windy, windy_problems


@settings(deadline=None)
@given(windy_problems())
def test_bound_is_never_above_the_shortest_tour(problem: WindyProblem) -> None:
    found = windy_bound(problem)
    best = optimal_cost(problem)
    assert 0 <= found.bound <= best
    if found.tour is not None:
        assert problem.is_tour(found.tour)
        assert problem.cost_of(found.tour) == found.bound == best
        assert found.kind is BoundKind.PROVED_OPTIMAL


@settings(deadline=None, max_examples=30)
@given(windy_problems(), st.integers(1, 3))
def test_bound_holds_after_any_number_of_rounds(
    problem: WindyProblem, rounds: int
) -> None:
    assert windy_bound(problem, rounds=rounds).bound <= optimal_cost(problem)


@settings(deadline=None, max_examples=30)
@given(windy_problems())
def test_bound_of_huge_costs_holds_too(problem: WindyProblem) -> None:
    open_ = problem.drivable
    cost = np.where(open_, problem.cost * (MAX_COST // 21), FORBIDDEN)
    large = WindyProblem(
        problem.num_nodes, problem.edge_nodes, cost, problem.required, problem.depot
    )
    assert windy_bound(large).bound <= optimal_cost(large)


@settings(deadline=None, max_examples=30)
@given(rural_problems())
def test_equal_costs_give_the_bound_of_the_undirected_postman(
    problem: RuralProblem,
) -> None:
    network = problem.network
    both = np.stack([network.cost, network.cost], axis=1)
    same = WindyProblem(
        network.num_nodes,
        network.edge_nodes,
        both,
        problem.required,
        problem.depot,
    )
    tour = rural_postman(problem, seed=1)
    bound = windy_bound(same).bound
    assert bound <= tour.cost
    if tour.kind is BoundKind.PROVED_OPTIMAL and problem.num_parts == 1:
        assert bound == tour.cost


@settings(deadline=None, max_examples=30)
@given(networks(), st.data())
def test_directed_postman_is_solved(network: Network, data: st.DataObject) -> None:
    m = network.num_edges
    back = data.draw(st.lists(st.integers(1, 9), min_size=m, max_size=m))
    pairs = zip(network.edge_nodes.tolist(), network.cost.tolist(), back, strict=True)
    edges = [
        arc
        for (a, b), there, home in pairs
        for arc in ((a, b, there, FORBIDDEN), (b, a, home, FORBIDDEN))
    ]
    problem = windy(edges, list(range(0, 2 * m, 2)))
    if problem.num_parts == 1:
        found = windy_bound(problem)
        assert found.tour is not None
        assert found.kind is BoundKind.PROVED_OPTIMAL


def test_walk_out_and_back_is_proved_optimal() -> None:
    found = windy_bound(windy([(0, 1, 3, 5), (1, 2, 2, 9)], required=[1]))
    assert found.bound == 19
    assert found.tour is not None
    assert found.tour.tolist() == [[1, 1], [1, 1]]


def test_nothing_required_costs_nothing() -> None:
    found = windy_bound(windy([(0, 1, 3, 5)], required=[]))
    assert found.bound == 0
    assert found.kind is BoundKind.PROVED_OPTIMAL


def test_bound_that_meets_a_known_tour_is_proved_optimal() -> None:
    problem = windy([(0, 1, 1, 1), (1, 2, 1, 1), (0, 2, 1, 1)])
    assert windy_bound(problem, upper=3, rounds=1).kind is BoundKind.PROVED_OPTIMAL


def test_no_round_follows_when_told_to_stop() -> None:
    line = [(i, i + 1, 1, 1) for i in range(6)]
    problem = windy(line, required=[5])
    found = windy_bound(problem, go_on=lambda: False)
    assert found.bound < 12
    assert found.kind is BoundKind.LP


def test_free_passes_do_not_break_the_bound() -> None:
    ring = [(i, (i + 1) % 5, 0, FORBIDDEN) for i in range(5)]
    spokes = [(i, 5, 7, 3) for i in range(5)]
    problem = windy(ring + spokes, required=list(range(5, 10)))
    assert windy_bound(problem).bound <= optimal_cost(problem)


def test_halves_of_a_ring_become_the_cheaper_way_round() -> None:
    problem = windy([(0, 1, 1, 2), (1, 2, 1, 2), (2, 0, 1, 2)])
    tour = whole_tour(problem, np.full((3, 2), 0.5))
    assert tour is not None
    assert tour.tolist() == [[1, 0], [1, 0], [1, 0]]


def test_odd_or_broken_passes_make_no_tour() -> None:
    problem = windy([(0, 1, 1, 1), (1, 2, 1, 1), (2, 0, 1, 1)])
    assert whole_tour(problem, np.array([[1.0, 0], [1, 0], [1, 1]])) is None
    assert whole_tour(problem, np.array([[0.8, 0], [1, 0], [1, 0]])) is None


def test_one_ways_that_leave_no_way_round_make_no_tour() -> None:
    edges = [(0, 1, 1, FORBIDDEN), (0, 1, 1, FORBIDDEN), (0, 1, 1, 1)]
    assert whole_tour(windy(edges), np.array([[1.0, 0], [1, 0], [0, 0]])) is None


def test_row_is_added_once_but_a_stronger_one_beside_it() -> None:
    program = WindyProgram(windy([(0, 1, 1, 1)]))
    edge = np.array([0])
    assert program.add([Row.over(edge, 1)]) == 0
    assert program.add([Row.over(edge, 2), Row.over(edge, 2)]) == 1
    assert program.solve() is not None
    assert program.bound() == 2

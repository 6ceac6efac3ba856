"""What a windy rural postman problem accepts, and what counts as its tour."""

import numpy as np
import pytest

from patrol.errors import PlanError
from patrol.planning.network import MAX_COST
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem
from tests.planning.windy_problems import windy

RING = [(0, 1, 3, 5), (1, 2, 3, FORBIDDEN), (0, 2, 7, 2)]


def test_passes_cost_what_their_directions_cost() -> None:
    problem = windy(RING)
    assert problem.cost_of(np.array([[1, 0], [1, 0], [0, 1]])) == 3 + 3 + 2


def test_closed_walk_past_all_required_edges_is_a_tour() -> None:
    problem = windy([*RING, (0, 3, 1, 1)], required=[0, 1, 2])
    assert problem.is_tour(np.array([[1, 0], [1, 0], [0, 1], [0, 0]]))
    assert problem.is_tour(np.array([[1, 0], [1, 0], [0, 1], [1, 1]]))


@pytest.mark.parametrize(
    "passes",
    [
        [[1, 0], [1, 0], [0, 0], [0, 0]],  # does not come back
        [[1, 1], [0, 0], [1, 1], [0, 0]],  # leaves one out
        [[0, 1], [0, 1], [1, 0], [0, 0]],  # drives against a one-way edge
        [[2, 0], [2, 0], [0, 2], [1, 0]],  # ends elsewhere
        [[2, -1], [1, 0], [0, 1], [0, 0]],
    ],
)
def test_anything_else_is_no_tour(passes: list[list[int]]) -> None:
    problem = windy([*RING, (0, 3, 1, 1)], required=[0, 1, 2])
    assert not problem.is_tour(np.array(passes))


def test_two_circuits_apart_are_no_tour() -> None:
    problem = windy([(0, 1, 1, 1), (1, 2, 1, 1), (2, 3, 1, 1)], required=[0, 2])
    assert not problem.is_tour(np.array([[1, 1], [0, 0], [1, 1]]))
    assert problem.is_tour(np.array([[1, 1], [1, 1], [1, 1]]))


def test_required_edges_away_from_the_depot_are_no_tour() -> None:
    problem = windy([(0, 1, 1, 1), (1, 2, 1, 1)], required=[1])
    assert not problem.is_tour(np.array([[0, 0], [1, 1]]))


def test_required_parts_are_numbered_and_the_depot_is_in_one() -> None:
    problem = windy(
        [(0, 1, 1, 1), (1, 2, 1, 1), (2, 3, 1, 1), (3, 4, 1, 1)], required=[1, 3]
    )
    assert problem.num_parts == 3
    assert problem.part.tolist() == [0, 1, 1, 2, 2]


def test_loops_parallel_edges_and_free_passes_are_allowed() -> None:
    problem = windy([(0, 0, 1, 1), (0, 1, 0, FORBIDDEN), (0, 1, FORBIDDEN, 2)])
    assert problem.is_tour(np.array([[1, 0], [1, 0], [0, 1]]))
    assert problem.cost_of(np.array([[1, 0], [1, 0], [0, 1]])) == 3


def test_trap_is_refused_with_the_one_way_edges_that_make_it() -> None:
    trap = [(0, 1, 1, FORBIDDEN), (1, 2, 1, 1), (2, 3, 1, FORBIDDEN), (3, 4, 5, 5)]
    short_cut = [(0, 3, 1, FORBIDDEN)]
    with pytest.raises(PlanError, match=r"1 of 1 .* edge 3: coming back .*\[4\]"):
        windy(trap + short_cut, required=[3])
    with pytest.raises(PlanError, match=r"coming back .*\[2, 0\], no fewer"):
        windy(trap, required=[3])
    with pytest.raises(PlanError, match=r"going there .*\[0\], no fewer"):
        windy([(0, 1, FORBIDDEN, 1), (1, 2, 1, 1)], required=[1])


def test_edge_in_another_part_of_the_network_is_refused() -> None:
    with pytest.raises(PlanError, match="edge 1: choose a depot in the same part"):
        windy([(0, 1, 1, 1), (2, 3, 1, 1)])


def test_edge_out_of_reach_that_is_not_required_is_allowed() -> None:
    assert windy([(0, 1, 1, 1), (2, 3, 1, FORBIDDEN)], required=[0]).num_parts == 1


@pytest.mark.parametrize("cost", [-1, MAX_COST + 1, FORBIDDEN + 1])
def test_cost_out_of_range_is_refused_with_its_edge(cost: int) -> None:
    with pytest.raises(PlanError, match=rf"edge 1 costs {cost} against"):
        windy([(0, 1, 1, 1), (1, 2, 1, cost)])


def test_edge_that_is_forbidden_both_ways_is_refused() -> None:
    with pytest.raises(PlanError, match="1 of 2 edges are forbidden both ways"):
        windy([(0, 1, 1, 1), (0, 1, FORBIDDEN, FORBIDDEN)], required=[0])


def test_arrays_that_do_not_fit_are_refused() -> None:
    ends, cost = np.array([[0, 1]]), np.array([[1, 1]])
    with pytest.raises(PlanError, match="required has shape"):
        WindyProblem(2, ends, cost, np.ones(2, bool), 0)
    with pytest.raises(PlanError, match="outside"):
        WindyProblem(1, ends, cost, np.ones(1, bool), 0)
    with pytest.raises(PlanError, match="depot 2"):
        WindyProblem(2, ends, cost, np.ones(1, bool), 2)

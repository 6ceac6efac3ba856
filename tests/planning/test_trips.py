import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.euler import walk_nodes
from patrol.planning.exchange import Exchange, longest
from patrol.planning.fleet import shared_within, total
from patrol.planning.fleet_bounds import farthest
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import StopWhen
from patrol.planning.trips import Crew, trip_walks
from tests.planning.networks import network_of, optimal_extra, rural_problems
from tests.planning.problems import QUICK

STAR = network_of(7, [(0, node, 10) for node in range(1, 7)])
"""Six dead ends of 10 at the depot: each takes 20, there and back."""


def star_problem() -> RuralProblem:
    return RuralProblem(STAR, np.ones(6, bool), depot=0)


@settings(deadline=None, max_examples=30)
@given(problem=rural_problems(), robots=st.integers(1, 3), spare=st.integers(0, 40))
def test_trips_are_closed_and_pass_every_required_edge_between_them(
    problem: RuralProblem, robots: int, spare: int
) -> None:
    crew = Crew(robots, farthest(problem) + spare)
    walks = trip_walks(problem, optimal_extra(problem), crew, seed=0, until=QUICK)

    assert len(walks) == robots
    for walk in walks:
        nodes = walk_nodes(problem.network, walk, start=problem.depot)
        assert nodes[0] == nodes[-1] == problem.depot
    passed = set(np.concatenate(walks).tolist())
    assert set(np.flatnonzero(problem.required)) <= passed


@settings(deadline=None)
@given(problem=rural_problems(), spare=st.integers(0, 40))
def test_cut_tour_keeps_the_reach_if_each_street_alone_does(
    problem: RuralProblem, spare: int
) -> None:
    reach = farthest(problem) + spare
    trips = shared_within(problem, optimal_extra(problem), reach, seed=0)
    assert all(total(problem, [trip]) <= reach for trip in trips)


def test_streets_beyond_the_reach_are_left_in_longer_walks() -> None:
    problem, nothing = star_problem(), np.ones(6, np.int64)
    assert shared_within(problem, nothing, 19, seed=0) == []
    walks = trip_walks(problem, nothing, Crew(2, 19), seed=0, until=QUICK)
    assert longest(problem, walks) == 60


def test_robots_have_equally_much_to_do_in_unequal_trips() -> None:
    walks = trip_walks(
        star_problem(), np.ones(6, np.int64), Crew(2, 45), seed=0, until=QUICK
    )
    assert [len(walk) for walk in walks] == [6, 6]


@pytest.mark.parametrize("robots", [0, 3])
def test_walks_give_streets_away_until_none_is_beyond_the_reach(robots: int) -> None:
    walks = [np.repeat([0, 1, 2, 3], 2), np.repeat([4, 5], 2), np.zeros(0, np.int64)]
    found = Exchange.of(star_problem()).within(
        walks, 40, robots=robots, seed=0, until=StopWhen(tries=3)
    )
    assert max(len(walk) * 10 for walk in found) <= 40


def test_robots_with_unequal_trips_get_equally_much_to_do() -> None:
    walks = [np.repeat([0, 1, 2], 2), np.repeat([3, 4], 2)]
    walks += [np.repeat([5], 2), np.zeros(0, np.int64)]
    found = Exchange.of(star_problem()).within(
        walks, 60, robots=2, seed=0, until=StopWhen(tries=3)
    )
    assert sum(map(len, found[:2])) == sum(map(len, found[2:]))

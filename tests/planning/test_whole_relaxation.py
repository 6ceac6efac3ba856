"""The relaxation in whole numbers: a bound that ends at the shortest tour."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from patrol.planning.plan import BoundKind
from patrol.planning.relaxation import relax
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import Deadline, StopWhen
from patrol.planning.whole_relaxation import Relaxed, relax_whole
from tests.planning.networks import network_of, rural_problems


def always() -> bool:
    return True


def nothing(problem: RuralProblem) -> Relaxed:
    return Relaxed(0, np.zeros(problem.network.num_edges, np.int64))


@settings(deadline=None, max_examples=15)
@given(problem=rural_problems())
def test_it_ends_with_a_shortest_tour_above_every_bound_on_the_way(
    problem: RuralProblem,
) -> None:
    assume(problem.num_parts > 1)
    rounds = list(relax_whole(problem, [], start=nothing(problem), go_on=always))
    bounds = [one.bound for one in rounds]
    last = rounds[-1]
    found = rural_postman(problem, seed=0)  # an upper bound, and its own lower one

    assert bounds == sorted(bounds)
    assert problem.is_tour(last.extra)
    assert problem.cost_of(last.extra) == last.bound
    required = problem.cost_of(problem.required.astype(np.int64))
    assert found.bound <= required + last.bound <= found.cost


@settings(deadline=None, max_examples=10)
@given(problem=rural_problems(), asked=st.integers(0, 3))
def test_what_was_known_stays_when_it_is_stopped(
    problem: RuralProblem, asked: int
) -> None:
    assume(problem.num_parts > 1)
    left = iter([True] * asked)
    rounds = list(relax(problem, rounds=3, go_on=lambda: next(left, False)))
    simple = list(relax(problem, rounds=3))
    assert len(rounds) >= len(simple)
    assert rounds[-1].bound >= simple[-1].bound


def test_a_tour_by_the_clock_is_proved_where_the_prices_leave_a_gap() -> None:
    # Three required edges at the tips of a triangle's long sides: half passes around
    # it respect every cut, and are cheaper than any tour.
    links = [(1, 2, 10), (3, 4, 10), (5, 6, 10), (1, 3, 10), (3, 5, 10), (5, 1, 10)]
    links += [(2, 4, 10), (4, 6, 10), (6, 2, 10), (0, 1, 15), (0, 2, 15)]
    required = np.arange(len(links)) < 3
    problem = RuralProblem(network_of(7, links), required, depot=0)
    clock = iter(np.arange(10**6) * 1e-3)
    until = StopWhen.within(Deadline(lambda: float(next(clock)), 100.0))
    tour = rural_postman(problem, seed=0, until=until)
    assert tour.kind is BoundKind.PROVED_OPTIMAL

"""A search stops when it is told to, and what it has then is whole."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.check import check_plan
from patrol.planning.plan import BoundKind
from patrol.planning.problem import PatrolProblem
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.solve import solve
from patrol.planning.stop import Deadline, Phase, Progress, StopWhen, unheard
from tests.planning.networks import rural_problems
from tests.planning.problems import patrol_problems


@dataclass
class Clock:
    """Goes on by a second each time that somebody looks."""

    now_s: float = 0.0

    def __call__(self) -> float:
        self.now_s += 1.0
        return self.now_s


def test_there_is_time_until_the_deadline() -> None:
    deadline = Deadline(Clock(), end_s=3.0)
    assert [deadline() for _ in range(4)] == [True, True, False, False]


def test_a_part_is_of_the_time_that_is_left() -> None:
    clock = Clock(now_s=9.0)
    assert Deadline(clock, end_s=50.0).part(0.25).end_s == 20.0


def test_a_clock_that_jumps_ends_a_search_without_limit_and_its_parts() -> None:
    now_s = [5.0]
    deadline = Deadline(lambda: now_s[0])
    part = deadline.part(0.5)
    assert deadline()
    assert part()
    now_s[0] = float("inf")
    assert not deadline()
    assert not part()
    assert not deadline.part(0.5)()


def test_effort_by_rounds_has_no_parts() -> None:
    until = StopWhen(rounds=3)
    assert until.part(0.1) is until
    limited = StopWhen.within(Deadline(Clock(), end_s=11.0), gap=0.1)
    assert limited.part(0.5).go_on == Deadline(limited.go_on.clock, end_s=6.0)  # type: ignore[attr-defined]
    assert limited.gap == limited.part(0.5).gap == 0.1


def test_good_enough_is_a_share_above_the_bound() -> None:
    assert StopWhen(gap=0.1).good_enough(110.0, 100.0)
    assert not StopWhen(gap=0.1).good_enough(111.0, 100.0)
    assert StopWhen().good_enough(100.0, 100.0)
    assert not StopWhen().good_enough(100.1, 100.0)


def test_progress_knows_its_gap() -> None:
    assert Progress(Phase.TOUR, 110.0, 100.0).gap == pytest.approx(0.1)
    assert Progress(Phase.TOUR, 110.0, 0.0).gap == float("inf")
    unheard(Progress(Phase.TOUR, 1.0, 1.0))


@settings(deadline=None, max_examples=40)
@given(problem=rural_problems(), questions=st.integers(0, 12))
def test_tour_is_whole_whenever_the_search_is_stopped(
    problem: RuralProblem, questions: int
) -> None:
    heard: list[Progress] = []
    until = StopWhen.within(Deadline(Clock(), end_s=float(questions)))
    tour = rural_postman(problem, seed=0, until=until, on_progress=heard.append)

    assert problem.is_tour(tour.extra)
    assert tour.bound <= tour.cost
    if heard:
        assert (heard[-1].incumbent, heard[-1].bound) == (tour.cost, tour.bound)
    for before, after in itertools.pairwise(heard):
        assert after.incumbent <= before.incumbent
        assert after.bound >= before.bound
        assert (after.incumbent, after.bound) != (before.incumbent, before.bound)


@settings(deadline=None, max_examples=30)
@given(problem=patrol_problems(), questions=st.integers(0, 30))
def test_plan_is_sound_whenever_the_search_is_stopped(
    problem: PatrolProblem, questions: int
) -> None:
    heard: list[Progress] = []
    until = StopWhen.within(Deadline(Clock(), end_s=float(questions)))
    plan = solve(problem, seed=0, until=until, on_progress=heard.append)

    traversals = [robot.traversal for robot in problem.fleet]
    assert check_plan(plan, problem.graph, traversals).violations == ()
    longest = [one.incumbent for one in heard if one.phase is Phase.EXCHANGE]
    assert longest == sorted(longest, reverse=True)


@settings(deadline=None, max_examples=30)
@given(problem=rural_problems())
def test_a_tour_that_is_good_enough_is_not_made_better(problem: RuralProblem) -> None:
    tour = rural_postman(problem, seed=0, until=StopWhen(gap=1e9))
    rest = rural_postman(problem, seed=0, until=StopWhen(3, 3))
    assert rest.cost <= tour.cost
    if problem.num_parts > 1 and tour.cost > tour.bound:
        assert tour.kind is BoundKind.WEAK
        assert np.array_equal(
            tour.extra, rural_postman(problem, seed=0, until=StopWhen(0, 0)).extra
        )


@pytest.mark.parametrize(("now_s", "spent"), [(10.0, 0.0), (15.0, 0.5), (30.0, 1.0)])
def test_share_of_the_time_spent_is_that_since_a_search_began(
    now_s: float, spent: float
) -> None:
    assert Deadline(lambda: now_s, 20.0).spent(10.0) == spent
    assert Deadline(lambda: now_s).spent(10.0) == 0.0

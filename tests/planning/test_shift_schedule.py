"""Routes from the middle of a shift are cut into trips as cheaply as can be."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import InfeasibleError
from patrol.planning.shift_bound import shift_bound
from patrol.planning.shift_schedule import Driving, ShiftScheduler
from tests.planning.problems import problem_of
from tests.strategies import grid_graph, line_graph


def scheduler(
    *, start: int, charge: float, battery_s: float = 1000.0, dock: int = 0
) -> ShiftScheduler:
    """Robot on a line of 8 streets of 100 m at 1 m/s; 10 % reserve."""
    problem = problem_of(line_graph(8), [0], battery_s=battery_s)
    robot = replace(
        problem.fleet[0], start=start, dock=dock, end=dock, charge=charge, ready_s=5.0
    )
    return ShiftScheduler(robot, Driving(problem.graph, robot.traversal))


def test_route_begins_where_the_robot_is_when_it_is_ready() -> None:
    route = scheduler(start=2, charge=1.0).route([(3, 0), (2, 1)])
    assert route.streets.tolist() == [2, 3, 3, 2, 1, 0]
    assert route.forward.tolist() == [True, True, False, False, False, False]
    assert route.served.tolist() == [False, True, False, True, False, False]
    assert route.depart_s[0] == 5.0
    assert route.end_s == 605.0


def test_robot_charges_no_longer_than_the_next_trip_needs() -> None:
    route = scheduler(start=0, charge=0.5).route([(2, 0)])  # 600 s, 400 s in store
    assert route.num_trips == 1
    needed_s = 600 + 100 + 10  # with the reserve and a spare hundredth
    assert route.depart_s[0] == pytest.approx(5 + (needed_s - 500) / 2)


def test_robot_goes_home_first_where_its_charge_asks_for_it() -> None:
    route = scheduler(start=2, charge=0.35).route([(3, 0)])
    assert route.trip.tolist() == [0, 0, *[1] * 8]
    assert route.served.tolist() == [False] * 5 + [True] + [False] * 4


def test_robot_with_nothing_to_do_goes_to_its_end() -> None:
    assert scheduler(start=2, charge=1.0).route([]).streets.tolist() == [1, 0]
    assert scheduler(start=0, charge=0.2).route([]).streets.tolist() == []


def test_streets_too_far_for_a_full_battery_are_found() -> None:
    jobs = [(street, 0) for street in range(8)]
    assert scheduler(start=0, charge=0.0).too_far(jobs) == [False] * 4 + [True] * 4
    assert scheduler(start=0, charge=0.0).too_far([]) == []
    with pytest.raises(InfeasibleError, match="finds no trips that fit its battery"):
        scheduler(start=0, charge=1.0).route(jobs)


@settings(deadline=None, max_examples=60)
@given(
    jobs=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 1)),
        max_size=5,
        unique_by=lambda job: job[0],
    ),
    start=st.integers(0, 3),
    charge=st.floats(0.45, 1.0),
)
def test_trips_are_the_cheapest_of_all_ways_to_cut(
    jobs: list[tuple[int, int]], start: int, charge: float
) -> None:
    one = scheduler(start=start, charge=charge)
    route = one.route(jobs)
    assert route.streets[route.served].tolist() == [street for street, _ in jobs]
    driven_s = float((route.arrive_s - route.depart_s).sum())

    def trip_s(node: int, part: list[tuple[int, int]]) -> float:
        total = 0.0
        for street, turned in part:
            tail, head = (street + 1, street) if turned else (street, street + 1)
            total, node = total + abs(node - tail) * 100 + 100, head
        return total + node * 100

    best = np.inf
    for cuts in itertools.product((False, True), repeat=len(jobs)):
        parts: list[list[tuple[int, int]]] = [[]]
        for job, new in zip(jobs, cuts, strict=True):
            if new:
                parts.append([])
            parts[-1].append(job)
        times = [trip_s(0 if k else start, part) for k, part in enumerate(parts)]
        fits = times[0] <= 1000 * (charge - 0.1) - 1e-6 or (
            start == 0 and times[0] <= 900 - 1e-6
        )
        if fits and all(time <= 900 - 1e-6 for time in times[1:]):
            best = min(best, sum(times))
    assert driven_s == pytest.approx(best)


def test_bound_pairs_odd_crossings_but_starts_and_ends_for_nothing() -> None:
    problem = problem_of(line_graph(4), [0, 2])
    assert shift_bound(problem).length_m == pytest.approx(200 + 2 * 100)
    robot = replace(problem.fleet[0], start=3)
    bound = shift_bound(replace(problem, fleet=(robot,)))
    assert bound.length_m == pytest.approx(200 + 100)
    assert bound.longest_s == pytest.approx(300)
    open_end = replace(problem, fleet=(replace(problem.fleet[0], end=None),))
    assert shift_bound(open_end).length_m == pytest.approx(200)
    pair = problem_of(grid_graph(2, 2), [], robots=2)
    assert shift_bound(pair).length_m == 0

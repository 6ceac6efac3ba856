import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from patrol.planning import fleet_tasks
from patrol.planning import tasks as tasks_module
from patrol.planning.charges import equal_rules
from patrol.planning.fleet_tasks import FleetTasks
from patrol.planning.levels import search_levels, worth
from patrol.planning.problem import PatrolProblem
from patrol.planning.route_search import Orders, TaskWays, routes_state
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.segments import Segments
from patrol.planning.stop import StopWhen
from patrol.planning.tasks import TaskNetwork
from tests.planning.networks import network_of, rural_problems
from tests.planning.problems import mixed_problems, one_way_problems


def two_routes(tasks: TaskWays, seed: int) -> Orders:
    """All tasks in some order, cut into two routes somewhere."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(tasks.edges))
    return list(np.split(order, [rng.integers(len(order) + 1)]))


def lengths(tasks: TaskWays, orders: Orders) -> list[float]:
    return list(routes_state(tasks, orders).length)


@settings(deadline=None)
@given(
    problem=rural_problems(), count=st.integers(1, 8), seed=st.integers(0, 9),
    sparse=st.booleans(),
)  # fmt: skip
def test_pieces_in_any_order_cost_what_their_tasks_cost(
    problem: RuralProblem, count: int, seed: int, sparse: bool
) -> None:
    assume(problem.required.any())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks_module, "_DENSE", 0 if sparse else 1500)
        patch.setattr(tasks_module, "_COLUMNS", 2)
        tasks = TaskNetwork.of(problem)
    start = two_routes(tasks, seed)
    rng = np.random.default_rng(seed)
    pieces = Segments.of(tasks, start, count, rng)
    whole = pieces.whole(pieces.orders)
    assert [sorted(order.tolist()) for order in whole] == [
        sorted(order.tolist()) for order in start
    ]
    before, cut = sum(lengths(tasks, start)), sum(lengths(pieces, pieces.orders))
    # A piece that is turned may save a way.
    assert sum(lengths(tasks, whole)) <= cut + 1e-9 <= before + 1e-6
    assert cut == pytest.approx(before) or count < len(tasks.edges)

    shuffled = [rng.permutation(np.concatenate(pieces.orders)), np.zeros(0, np.int64)]
    alone = lengths(tasks, pieces.whole(shuffled))
    assert alone[0] <= lengths(pieces, shuffled)[0] + 1e-9


@settings(deadline=None)
@given(
    problem=mixed_problems() | one_way_problems(), count=st.integers(1, 8),
    seed=st.integers(0, 9), large=st.booleans(),
)  # fmt: skip
def test_pieces_cost_each_kind_of_robot_no_less_than_their_tasks(
    problem: PatrolProblem, count: int, seed: int, large: bool
) -> None:
    assume(len(problem.required))
    robots = len(problem.fleet)
    orders = [np.arange(r, len(problem.required), robots) for r in range(robots)]
    with pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(fleet_tasks, "_DENSE", 0)
            patch.setattr(fleet_tasks, "_KNOWN", 2)
        tasks = FleetTasks.of(problem, orders)
    rng = np.random.default_rng(seed)
    pieces = Segments.of(tasks, orders, count, rng)
    for own in itertools.islice(itertools.permutations(pieces.orders), 6):
        cost, true = lengths(pieces, list(own)), lengths(tasks, pieces.whole(list(own)))
        assert all(a >= b - 1e-6 for a, b in zip(cost, true, strict=True))


def test_a_route_may_hold_a_piece_only_if_it_may_hold_all_of_it() -> None:
    path = network_of(5, [(node, node + 1, 10) for node in range(4)])
    tasks = TaskNetwork.of(RuralProblem(path, np.ones(4, bool), depot=0))
    pieces = Segments.of(tasks, [np.arange(4)], 2, np.random.default_rng(0))
    may = np.array([[True, True, True, False], [True] * 4])
    last = [3 in part for part in pieces.parts]
    assert pieces.allowed(may).tolist() == [[not one for one in last], [True] * 2]


@settings(deadline=None, max_examples=30)
@given(problem=rural_problems(), seed=st.integers(0, 3), even=st.booleans())
def test_each_turn_of_a_search_keeps_all_tasks_and_is_no_worse_than_the_last(
    problem: RuralProblem, seed: int, even: bool
) -> None:
    assume(problem.required.any())
    tasks = TaskNetwork.of(problem)
    num = len(tasks.edges)
    rules = equal_rules(2, num, capacity=np.inf, target=0.0, penalty=10.0 * even)
    start = two_routes(tasks, seed)
    until = StopWhen(tries=3)
    turns = list(search_levels(tasks, rules, start, seed=seed, until=until))
    assert turns[0] is start
    for orders in turns:
        assert sorted(np.concatenate(orders).tolist()) == list(range(num))
    values = [worth(tasks, rules, orders) for orders in turns]
    assert values == sorted(values, reverse=True)

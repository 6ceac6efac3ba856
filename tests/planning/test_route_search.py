import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning import tasks as tasks_module
from patrol.planning.charges import equal_rules
from patrol.planning.exchange import Exchange, longest
from patrol.planning.route_search import (
    Annealing,
    Cooling,
    search_routes,
    task_passes,
)
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import Deadline, StopWhen
from patrol.planning.tasks import TaskNetwork
from tests.planning.networks import distances, network_of, rural_problems


@settings(deadline=None, max_examples=40)
@given(problem=rural_problems(), seed=st.integers(0, 3), sparse=st.booleans())
def test_search_keeps_every_task_once_and_costs_no_more(
    problem: RuralProblem, seed: int, sparse: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks_module, "_DENSE", 0 if sparse else 1500)
        patch.setattr(tasks_module, "_COLUMNS", 2)
        tasks = TaskNetwork.of(problem)
    num = len(tasks.edges)
    start = [np.arange(num), np.zeros(0, np.int64)]
    rules = equal_rules(2, num, capacity=np.inf, target=np.inf, penalty=0.0)
    found = search_routes(tasks, rules, start, seed=seed, annealing=Annealing(100))

    assert sorted(np.concatenate(found).tolist()) == list(range(num))
    before = sum(problem.cost_of(task_passes(tasks, order)) for order in start)
    after = sum(problem.cost_of(task_passes(tasks, order)) for order in found)
    # Unknown distances are taken by way of the depot, so only then it may cost more.
    assert after <= before or sparse


@settings(deadline=None)
@given(problem=rural_problems())
def test_directions_of_a_route_are_the_best(problem: RuralProblem) -> None:
    tasks = TaskNetwork.of(problem)
    order = np.arange(len(tasks.edges))
    table = distances(problem.network)
    value = {problem.depot: 0.0}
    for edge in tasks.edges.tolist():
        ends = problem.network.edge_nodes[edge].tolist()
        cost = float(problem.network.cost[edge])
        value = {
            head: min(
                min(value[at] + table[at, tail] for at in value) + cost
                for tail, other in (ends, ends[::-1])
                if other == head
            )
            for head in ends
        }
    best = min(value[at] + table[at, problem.depot] for at in value)
    assert problem.cost_of(task_passes(tasks, order)) == best


def test_exchange_evens_out_two_walks() -> None:
    star = network_of(5, [(0, node, 10) for node in range(1, 5)])
    problem = RuralProblem(star, np.ones(4, bool), depot=0)
    walks = [np.array([0, 0, 1, 1, 2, 2]), np.array([3, 3])]
    *_, even = Exchange.of(problem).evened(walks, seed=0, until=StopWhen(tries=1))
    assert longest(problem, walks) == 60
    assert longest(problem, even) == 40


def test_search_by_the_clock_is_cold_when_its_time_is_up() -> None:
    seconds = iter(range(10**6))
    deadline = Deadline(lambda: float(next(seconds)), 20.0)
    cooling = Cooling(Annealing(10**9, go_on=deadline))
    phases = []
    while cooling.step():
        phases.append(cooling.phase())
    assert phases == sorted(phases)
    assert phases[0] < 0.2
    assert phases[-1] > 0.9


def test_what_is_heated_again_is_heated_less() -> None:
    cooling = Cooling(Annealing(80_000), 20_000)
    phases = []
    while cooling.step():
        phases.append(cooling.phase())
    heated = [b for a, b in itertools.pairwise(phases) if b < a]
    assert heated
    assert heated == sorted(heated)
    assert heated[0] < 0.1
    assert phases[-1] == 1.0

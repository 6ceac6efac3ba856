from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.plan import BoundKind
from patrol.planning.stop import StopWhen
from patrol.planning.windy_core import WindyCore
from patrol.planning.windy_fleet import windy_fleet
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem
from patrol.planning.windy_tasks import WindyTasks
from tests.planning.windy_problems import windy, windy_problems

QUICK = StopWhen(rounds=1, tries=1)


def distances(problem: WindyProblem) -> np.ndarray:
    """Cost of the cheapest path between all nodes (Floyd and Warshall)."""
    table = np.full((problem.num_nodes, problem.num_nodes), np.inf)
    np.fill_diagonal(table, 0.0)
    for (a, b), (along, against) in zip(
        problem.edge_nodes.tolist(), problem.cost.tolist(), strict=True
    ):
        table[a, b] = min(table[a, b], along if along < FORBIDDEN else np.inf)
        table[b, a] = min(table[b, a], against if against < FORBIDDEN else np.inf)
    for k in range(problem.num_nodes):
        table = np.minimum(table, table[:, k, None] + table[None, k])
    return table


@settings(deadline=None, max_examples=60)
@given(problem=windy_problems())
def test_order_of_tasks_is_driven_in_the_best_directions(
    problem: WindyProblem,
) -> None:
    problem = WindyCore.of(problem).problem
    tasks = WindyTasks.of(problem)
    order = np.arange(len(tasks.edges))
    table, value = distances(problem), {problem.depot: 0.0}
    for edge in tasks.edges.tolist():
        ends = problem.edge_nodes[edge].tolist()
        reached: dict[int, float] = {}
        for way in (0, 1):
            if problem.drivable[edge, way]:
                tail, head = ends[way], ends[1 - way]
                here = min(value[at] + table[at, tail] for at in value)
                cost = here + float(problem.cost[edge, way])
                reached[head] = min(cost, reached.get(head, np.inf))
        value = reached
    best = min(value[at] + table[at, problem.depot] for at in value)
    passes = tasks.passes(order)
    assert problem.cost_of(passes) == best
    assert not len(order) or problem.is_tour(passes)


@settings(deadline=None, max_examples=40)
@given(problem=windy_problems(), robots=st.integers(1, 3))
def test_walks_are_closed_serve_all_and_the_longest_never_beats_its_bound(
    problem: WindyProblem, robots: int
) -> None:
    fleet = windy_fleet(problem, robots, seed=1, until=QUICK)
    passes = [walk.passes(problem.num_edges) for walk in fleet.walks]
    alone = replace(problem, required=np.zeros(problem.num_edges, bool))
    assert len(passes) == robots
    assert all(alone.is_tour(one) for one in passes)
    assert problem.is_tour(np.sum(passes, axis=0))
    assert fleet.longest == max(problem.cost_of(one) for one in passes)
    assert fleet.bound <= fleet.longest
    assert sum(problem.cost_of(one) for one in passes) >= fleet.tour.bound


def test_two_robots_share_four_arms_evenly_against_the_wind() -> None:
    arms = windy([(0, node, 10, 20) for node in range(1, 5)])
    fleet = windy_fleet(arms, 2, seed=0, until=QUICK)
    assert [walk.cost(arms) for walk in fleet.walks] == [60, 60]
    assert (fleet.bound, fleet.kind) == (60, BoundKind.PROVED_OPTIMAL)


def test_far_arm_bounds_the_longest_walk() -> None:
    arms = windy([(0, 1, 10, 90), (0, 2, 3, 4), (0, 3, 5, 5)])
    fleet = windy_fleet(arms, 3, seed=0, until=QUICK)
    assert (fleet.longest, fleet.bound) == (100, 100)

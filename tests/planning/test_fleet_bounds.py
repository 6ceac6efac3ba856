import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.fleet_bounds import farthest, fleet_bounds
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import StopWhen
from tests.planning.networks import distances, rural_problems

EFFORT = StopWhen(rounds=6)


@st.composite
def small_problems(draw: st.DrawFn) -> RuralProblem:
    """Up to three required edges, so that every order can be tried."""
    rural = draw(rural_problems())
    required = rural.required & (np.cumsum(rural.required) <= 3)
    return RuralProblem(rural.network, required, rural.depot)


def best_plans(problem: RuralProblem, robots: int, reach: float) -> tuple[float, float]:
    """Least total, and least longest route, of all plans by trying everything."""
    network, depot = problem.network, problem.depot
    table = distances(network)
    edges = np.flatnonzero(problem.required).tolist()
    least, even = np.inf, np.inf
    for order in itertools.permutations(edges):
        for turned in itertools.product((0, 1), repeat=len(order)):
            total = np.full(len(order) + 1, np.inf)
            worst = np.full((robots + 1, len(order) + 1), np.inf)
            total[0] = worst[:, 0] = 0.0
            for first, stop in itertools.combinations(range(len(order) + 1), 2):
                at, cost = depot, 0.0
                for edge, turn in zip(
                    order[first:stop], turned[first:stop], strict=True
                ):
                    ends = network.edge_nodes[edge]
                    cost += table[at, ends[turn]] + network.cost[edge]
                    at = ends[1 - turn]
                cost += table[at, depot]
                if cost <= reach:
                    total[stop] = min(total[stop], total[first] + cost)
                later = np.maximum(worst[:-1, first], cost)
                worst[1:, stop] = np.minimum(worst[1:, stop], later)
            least, even = min(least, total[-1]), min(even, worst[-1, -1])
    return float(least), float(even)


@settings(deadline=None, max_examples=40)
@given(problem=small_problems(), robots=st.integers(1, 3), slack=st.floats(1.0, 3.0))
def test_bounds_are_never_above_the_best_plan(
    problem: RuralProblem, robots: int, slack: float
) -> None:
    reach = int(farthest(problem) * slack)
    least, even = best_plans(problem, robots, reach)

    bounds = fleet_bounds(
        problem, robots=robots, reach=reach, longest=int(even), until=EFFORT
    )

    assert bounds.total <= least
    assert bounds.longest <= max(even, bounds.total if robots == 1 else 0)
    assert bounds.longest >= farthest(problem)

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.carp_files import read_capacitated
from benchmarks.carp_runs import capacitated_problem
from patrol.errors import InfeasibleError, PlanError
from patrol.planning.capacitated import (
    CapacitatedProblem,
    CapacitatedRoutes,
    capacitated_bound,
    capacitated_routes,
)
from patrol.planning.euler import euler_walk
from patrol.planning.route_search import Annealing
from patrol.planning.rural_problem import RuralProblem
from tests.planning.networks import distances, network_of, rural_problems
from tests.shared_data import shared_file

QUICK = Annealing(rounds=200)


@st.composite
def problems(draw: st.DrawFn) -> CapacitatedProblem:
    """Up to four required edges, so that every order can be tried."""
    rural = draw(rural_problems())
    required = rural.required & (np.cumsum(rural.required) <= 4)
    m = rural.network.num_edges
    demand = np.array(draw(st.lists(st.integers(0, 5), min_size=m, max_size=m)))
    rural = RuralProblem(rural.network, required, rural.depot)
    return CapacitatedProblem(rural, demand, draw(st.integers(5, 12)))


def optimum(problem: CapacitatedProblem) -> float:
    """Cheapest routes, by trying every order, direction and split of it."""
    network, depot = problem.rural.network, problem.rural.depot
    table = distances(network)
    edges = np.flatnonzero(problem.rural.required).tolist()
    best = np.inf
    for order in itertools.permutations(edges):
        for turned in itertools.product((0, 1), repeat=len(order)):
            value = np.full(len(order) + 1, np.inf)
            value[0] = 0.0
            for first, stop in itertools.combinations(range(len(order) + 1), 2):
                part, at, cost = order[first:stop], depot, 0.0
                if problem.demand[list(part)].sum() > problem.capacity:
                    continue
                for edge, turn in zip(part, turned[first:stop], strict=True):
                    ends = network.edge_nodes[edge]
                    cost += table[at, ends[turn]] + network.cost[edge]
                    at = ends[1 - turn]
                cost += table[at, depot]
                value[stop] = min(value[stop], value[first] + cost)
            best = min(best, float(value[-1]))
    return best if edges else 0.0


@settings(deadline=None, max_examples=40)
@given(problem=problems(), seed=st.integers(0, 3))
def test_routes_serve_all_keep_the_capacity_and_are_never_below_the_optimum(
    problem: CapacitatedProblem, seed: int
) -> None:
    routes = capacitated_routes(problem, seed=seed, annealing=QUICK)

    served = [edge for one in routes.served for edge in one.tolist()]
    assert sorted(served) == np.flatnonzero(problem.rural.required).tolist()
    for one, passes in zip(routes.served, routes.passes, strict=True):
        assert problem.demand[one].sum() <= problem.capacity
        walk = euler_walk(problem.rural.network, passes, start=problem.rural.depot)
        assert set(one.tolist()) <= set(walk.tolist())
    assert routes.cost == problem.rural.cost_of(routes.passes.sum(axis=0))
    assert routes.cost == optimum(problem)  # so small that the search finds it
    assert capacitated_bound(problem) <= routes.cost


def _gdb(name: str) -> tuple[CapacitatedProblem, int]:
    raw = read_capacitated(shared_file(f"benchmarks/arc/carp/gdb/{name}.dat"))
    return capacitated_problem(raw), raw.best_known


@pytest.mark.parametrize("name", ["gdb1", "gdb5", "gdb19"])
def test_published_optima_are_met(name: str) -> None:
    problem, best_known = _gdb(name)
    routes = capacitated_routes(problem, seed=1, annealing=Annealing(5_000))
    assert routes.cost == best_known


@pytest.mark.parametrize("name", ["gdb1", "gdb5", "gdb19"])
def test_small_published_optima_are_proved_by_the_bound(name: str) -> None:
    problem, best_known = _gdb(name)
    assert capacitated_bound(problem) == best_known


def test_same_seed_same_routes() -> None:
    problem, _ = _gdb("gdb9")

    def once() -> CapacitatedRoutes:
        return capacitated_routes(problem, seed=3, annealing=QUICK)

    assert once().passes.tolist() == once().passes.tolist()


def test_search_may_be_stopped_from_outside() -> None:
    problem, _ = _gdb("gdb9")
    asked: list[int] = []

    def go_on() -> bool:
        asked.append(1)
        return len(asked) < 3

    capacitated_routes(problem, seed=0, annealing=Annealing(10**9, go_on=go_on))
    assert len(asked) == 3


def test_edge_larger_than_a_vehicle_is_named() -> None:
    rural = RuralProblem(network_of(2, [(0, 1, 1)]), np.ones(1, bool), depot=0)
    with pytest.raises(InfeasibleError, match=r"capacity of 4, the first is edge 0"):
        CapacitatedProblem(rural, np.array([5]), 4)


@pytest.mark.parametrize("demand", [[-1], [1, 2]])
def test_demand_that_does_not_fit_is_refused(demand: list[int]) -> None:
    rural = RuralProblem(network_of(2, [(0, 1, 1)]), np.ones(1, bool), depot=0)
    with pytest.raises(PlanError, match="demand"):
        CapacitatedProblem(rural, np.array(demand), 4)

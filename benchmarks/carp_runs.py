"""Capacitated instances, solved by us and, where it is installed, by PyVRP."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

from benchmarks.carp_files import CapacitatedFile, read_capacitated
from patrol.planning.capacitated import (
    CapacitatedProblem,
    CapacitatedRoutes,
    capacitated_bound,
    capacitated_routes,
)
from patrol.planning.network import Network, Roads
from patrol.planning.plan import BoundKind
from patrol.planning.route_search import Annealing
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import Deadline

_ENDLESS = 10**9
"""Rounds that no time limit leaves room for."""


def peers() -> bool:
    """Whether PyVRP is there to compare with."""
    return find_spec("pyvrp") is not None


def run_carp(path: str, seconds: str) -> dict[str, object]:
    """Solve one instance; what a child process runs."""
    raw = read_capacitated(Path(path))
    problem = capacitated_problem(raw)
    if not seconds:
        return _figures(
            path, raw, _checked(problem, capacitated_routes(problem, seed=1))
        )
    capacitated_routes(problem, seed=1, annealing=Annealing(1))  # compiles
    annealing = Annealing(_ENDLESS, go_on=_until(float(seconds)))
    routes = capacitated_routes(problem, seed=1, annealing=annealing)
    return _figures(path, raw, _checked(problem, routes))


def run_peer(path: str, seconds: str) -> dict[str, object]:
    """
    Solve one instance with PyVRP; what a child process runs.

    Each required edge is a group of two clients, one a direction, of which one must be
    visited; the matrix holds the way there and the edge itself.
    """
    raw = read_capacitated(Path(path))
    cost = _pyvrp(capacitated_problem(raw), _until(float(seconds)))
    return _figures(path, raw, cost) | {"solver": "PyVRP"}


def capacitated_problem(raw: CapacitatedFile) -> CapacitatedProblem:
    """Make a problem of what a file holds."""
    network = Network(raw.num_nodes, raw.edge_nodes, raw.cost)
    rural = RuralProblem(network, raw.demand > 0, depot=0)
    return CapacitatedProblem(rural, raw.demand, raw.capacity)


def _until(seconds: float) -> Deadline:
    """CPU time of this process, so that a busy machine does not count."""
    return Deadline(time.process_time, time.process_time() + seconds)


def _checked(problem: CapacitatedProblem, routes: CapacitatedRoutes) -> int:
    served = np.concatenate(routes.served)
    if sorted(served.tolist()) != np.flatnonzero(problem.rural.required).tolist():
        raise AssertionError("some required edge is not served exactly once")
    if any(problem.demand[one].sum() > problem.capacity for one in routes.served):
        raise AssertionError("some vehicle is loaded above its capacity")
    return routes.cost


def _figures(path: str, raw: CapacitatedFile, cost: int) -> dict[str, object]:
    file = Path(path)
    begun = time.process_time()
    bound = capacitated_bound(capacitated_problem(raw))
    kind = BoundKind.PROVED_OPTIMAL if bound == cost else BoundKind.LP
    return {
        "instance": f"{file.parent.name}/{file.stem}",
        "problem": "CARP",
        "cost": cost,
        "bound": bound,
        "bound_kind": str(kind),
        "best_known": raw.best_known,
        "gap_best_known": cost / raw.best_known - 1,
        "gap_bound": cost / bound - 1,
        "published_bound": raw.bound,
        "bound_cpu_s": round(time.process_time() - begun, 2),
    }


@dataclass
class _Stop:
    """PyVRP's form of a limit."""

    go_on: Callable[[], bool]

    def __call__(self, _best_cost: float) -> bool:
        return not self.go_on()

    def fraction_remaining(self) -> float | None:
        return None


def _pyvrp(problem: CapacitatedProblem, go_on: Callable[[], bool]) -> int:
    from pyvrp import Model  # optional, and slow to load

    rural = problem.rural
    edges = np.flatnonzero(rural.required)
    model: Any = Model()
    places = [model.add_location(0, 0)]
    depot = model.add_depot(places[0])
    model.add_vehicle_type(
        len(edges), capacity=problem.capacity, start_depot=depot, end_depot=depot
    )
    ends, costs = [(rural.depot, rural.depot)], [0]
    for edge in edges.tolist():
        group = model.add_client_group()
        a, b = rural.network.edge_nodes[edge].tolist()
        for pair in ((a, b), (b, a)):
            place = model.add_location(0, 0)
            load = int(problem.demand[edge])
            model.add_client(place, delivery=load, required=False, group=group)
            places.append(place)
            ends.append(pair)
            costs.append(int(rural.network.cost[edge]))
    roads = Roads.cheapest(rural.network, rural.network.cost.astype(np.float64))
    distance = dijkstra(roads.matrix).astype(np.int64)
    tails, heads = np.array(ends).T
    table = distance[heads[:, None], tails[None, :]] + np.array(costs)[None, :]
    for one, row in zip(places, table.tolist(), strict=True):
        for other, value in zip(places, row, strict=True):
            if one is not other:
                model.add_edge(one, other, value)
    result = model.solve(_Stop(go_on), seed=1, display=False)
    return int(result.cost())

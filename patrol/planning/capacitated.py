"""Capacitated arc routing: the cheapest routes none of which is loaded too much."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError, PlanError
from patrol.planning.charges import equal_rules
from patrol.planning.fleet_relaxation import FleetRelaxation
from patrol.planning.nested_cuts import Load
from patrol.planning.route_search import (
    Annealing,
    first_routes,
    search_routes,
    task_passes,
)
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.tasks import TaskNetwork

_ROUNDS = 100_000
"""Changes tried by default: 2 to 4 CPU seconds."""

_CUT_ROUNDS = 100
"""Rounds of cuts by default: up to 2 CPU seconds on a few hundred edges."""

_FREE = np.inf
"""Length from which a route would be charged more than its length: never."""


@dataclass(frozen=True)
class CapacitatedProblem:
    """
    Serve every required edge from one depot with vehicles of one capacity.

    Attributes
    ----------
    rural
        Network of ``m`` edges, the required ones and the depot.
    demand
        What each edge loads, 0 or more, shape ``(m,)``; only required ones count.
    capacity
        What a vehicle holds; there may be any number of vehicles.

    Raises
    ------
    PlanError
        If the demands do not fit the network or are negative.
    InfeasibleError
        If a required edge loads more than a vehicle holds.
    """

    rural: RuralProblem
    demand: NDArray[np.int64]
    capacity: int

    def __post_init__(self) -> None:
        m = self.rural.network.num_edges
        if self.demand.shape != (m,):
            raise PlanError(
                f"demand has shape {self.demand.shape}, expected {(m,)} for {m} edges"
            )
        if (self.demand < 0).any():
            first = int((self.demand < 0).argmax())
            raise PlanError(
                f"edge {first} has demand {self.demand[first]}: it must be 0 or more"
            )
        large = self.rural.required & (self.demand > self.capacity)
        if large.any():
            first = int(large.argmax())
            raise InfeasibleError(
                f"{large.sum()} required edges load more than the capacity of "
                f"{self.capacity}, the first is edge {first} with "
                f"{self.demand[first]}: split such edges, or use larger vehicles"
            )


@dataclass(frozen=True)
class CapacitatedRoutes:
    """
    Routes of a capacitated problem on ``m`` edges.

    Attributes
    ----------
    served
        Edges that each vehicle serves, in the order of service.
    passes
        How often each vehicle passes each edge, serving included, shape ``(k, m)``.
    cost
        Cost of all passes.
    """

    served: tuple[NDArray[np.int64], ...]
    passes: NDArray[np.int64]
    cost: int


def capacitated_routes(
    problem: CapacitatedProblem, *, seed: int, annealing: Annealing | None = None
) -> CapacitatedRoutes:
    """
    Find cheap routes from the depot that keep the capacity.

    Pieces of neighbouring routes are torn out and put back, each edge in whichever
    direction is cheaper (`ruin_recreate`). Heuristic, without a guarantee; the number
    of vehicles is free.

    Parameters
    ----------
    problem
        Capacitated arc routing problem.
    seed
        Seed of the search: the same seed gives the same routes.
    annealing
        How long to search.
    """
    annealing = annealing or Annealing(rounds=_ROUNDS)
    tasks = TaskNetwork.of(problem.rural, problem.demand.astype(np.float64))
    capacity = float(problem.capacity)
    start = first_routes(tasks, capacity=capacity, seed=seed)
    rules = equal_rules(
        len(start), len(tasks.edges), capacity=capacity, target=_FREE, penalty=0.0
    )
    orders = search_routes(tasks, rules, start, seed=seed, annealing=annealing)
    used = [order for order in orders if len(order)]
    passes = np.array([task_passes(tasks, order) for order in used], np.int64)
    passes = passes.reshape(-1, problem.rural.network.num_edges)
    return CapacitatedRoutes(
        served=tuple(tasks.edges[order] for order in used),
        passes=passes,
        cost=problem.rural.cost_of(passes.sum(axis=0)),
    )


def capacitated_bound(
    problem: CapacitatedProblem,
    *,
    rounds: int = _CUT_ROUNDS,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """
    Bound the cost of all routes from below.

    By parity, connectivity and capacity cuts as in Belenguer and Benavent (2003), see
    `nested_cuts`; whole-number arithmetic, so it is right however the linear program
    was solved.

    Parameters
    ----------
    problem
        Capacitated arc routing problem.
    rounds
        Most rounds of cuts.
    go_on
        Asked before each round whether to go on.
    """
    network = problem.rural.network
    relaxation = FleetRelaxation(problem.rural)
    relaxation.require(
        Load(
            demand=problem.demand * problem.rural.required,
            away=np.zeros(network.num_nodes, np.int64),
            capacity=problem.capacity,
            with_deadhead=False,
        )
    )
    relaxation.tighten(rounds=rounds, go_on=go_on)
    return relaxation.bound()

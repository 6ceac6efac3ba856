"""From a problem to a plan with proof of its quality."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError, PlanError
from patrol.planning.bounds import fastest_mps, fleet_bound
from patrol.planning.exchange import longest
from patrol.planning.fleet import Crew, fleet_walks, trip_walks
from patrol.planning.fleet_bounds import FleetBounds, fleet_bounds
from patrol.planning.network import MAX_COST, Network
from patrol.planning.plan import Bound, PatrolPlan, Route
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import is_uniform
from patrol.planning.rural import Effort, RuralTour, rough, rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.schedule import Scheduler

_FINEST_M = 0.001
"""Costs are whole millimetres, or tenfold steps of them on streets of many km."""


def solve(
    problem: PatrolProblem, *, seed: int, effort: Effort | None = None
) -> PatrolPlan:
    """
    Plan routes that serve every required street, the longest as short as can be.

    One short tour for all is found first (`rural_postman`), shared among the robots
    (`trip_walks`), and cut into trips where the battery does not last. The plan says
    how far it is from a lower bound; with one robot and a required part that hangs
    together with the dock it is the shortest there is.

    Parameters
    ----------
    problem
        What is to be patrolled, by whom, and when.
    seed
        Seed of the search: the same seed gives the same plan.
    effort
        How hard to try.

    Returns
    -------
    PatrolPlan
        With ``risk_digest``, ``map_path`` and ``weights`` empty, which only the caller
        knows.

    Raises
    ------
    PlanError
        If the robots are not all alike and bound to one dock.
    InfeasibleError
        If a battery is too small for the farthest street, or a robot is not back
        before the shift ends.
    """
    _check_uniform(problem)
    effort = effort or Effort()
    scheduler = Scheduler(problem, problem.fleet[0])
    streets = _Streets.of(problem)
    robots = len(problem.fleet)
    first = effort if robots == 1 else rough(effort)
    tour = rural_postman(streets.rural, seed=seed, effort=first)
    crew = Crew(robots, streets.reach(problem))
    options = [
        fleet_walks(streets.rural, tour.extra, robots=robots, seed=seed, effort=effort)
    ]
    if longest(streets.rural, options[0]) > crew.reach:
        options.append(
            trip_walks(streets.rural, tour.extra, crew, seed=seed, effort=effort)
        )
    plans = [
        _routes(problem, scheduler, [streets.number[walk] for walk in walks])
        for walks in options
    ]
    routes = min(plans, key=lambda routes: _worst_and_total(problem, routes))
    _check_shift(problem, routes)
    limits = _limits(problem, streets, tour, routes, effort=effort)
    bound = fleet_bound(
        problem,
        tour,
        extra_m=streets.extra_m(max(tour.bound, limits.total)),
        even_m=limits.longest * streets.unit_m,
        driven_m=[_driven_m(problem, route) for route in routes],
    )
    return _plan(problem, routes, bound, seed=seed)


def _check_uniform(problem: PatrolProblem) -> None:
    if not is_uniform(problem.fleet) or problem.objective is not Objective.LONGEST:
        raise PlanError(
            f"the {len(problem.fleet)} robots are not all alike and bound to one dock, "
            f"or the {problem.objective} is to be made small: plan with equal robots "
            f"at one dock, for the longest route"
        )


@dataclass(frozen=True)
class _Streets:
    """The drivable streets as a bare network, and what its numbers mean."""

    rural: RuralProblem
    number: NDArray[np.int64]
    unit_m: float

    @classmethod
    def of(cls, problem: PatrolProblem) -> "_Streets":
        number = np.flatnonzero(problem.drivable)
        length_m = problem.graph.edge_length_m[number]
        unit_m = _FINEST_M
        while length_m.max() / unit_m > MAX_COST:
            unit_m *= 10
        # Rounded down, so that a bound in units is a bound in metres.
        cost = np.maximum(1, np.floor(length_m / unit_m)).astype(np.int64)
        network = Network(
            problem.graph.num_nodes, problem.graph.edge_nodes[number], cost
        )
        required = np.isin(number, problem.required)
        depot = problem.fleet[0].dock
        return cls(RuralProblem(network, required, depot), number, unit_m)

    def extra_m(self, bound: int) -> float:
        """Metres that are driven without serving, where so much is driven in all."""
        served = int(self.rural.network.cost[self.rural.required].sum())
        return (bound - served) * self.unit_m

    def reach(self, problem: PatrolProblem) -> int:
        """Most that a robot can drive on one charge."""
        robot = problem.fleet[0]
        reach_m = robot.profile.usable_battery_s * fastest_mps(problem, robot)
        return int(reach_m / self.unit_m) + 1


def _limits(
    problem: PatrolProblem,
    streets: _Streets,
    tour: RuralTour,
    routes: tuple[Route, ...],
    *,
    effort: Effort,
) -> FleetBounds:
    """Bounds for the fleet: by its number, and by how far a battery takes a robot."""
    longest_m = max(_driven_m(problem, route) for route in routes)
    worst, reach = int(longest_m / streets.unit_m), streets.reach(problem)
    if len(routes) == 1 and worst <= reach:
        return FleetBounds(tour.bound, tour.bound)
    return fleet_bounds(
        streets.rural,
        robots=len(routes),
        reach=reach,
        longest=worst,
        effort=effort,
    )


def _worst_and_total(
    problem: PatrolProblem, routes: tuple[Route, ...]
) -> tuple[float, float]:
    driven_m = [_driven_m(problem, route) for route in routes]
    return max(driven_m), sum(driven_m)


def _driven_m(problem: PatrolProblem, route: Route) -> float:
    return float(problem.graph.edge_length_m[route.streets].sum())


def _routes(
    problem: PatrolProblem, scheduler: Scheduler, walks: list[NDArray[np.int64]]
) -> tuple[Route, ...]:
    left = np.zeros(problem.graph.num_edges, bool)
    left[problem.required] = True
    routes = []
    for robot, walk in zip(problem.fleet, walks, strict=True):
        own = np.zeros_like(left)
        own[walk] = left[walk]
        left &= ~own
        routes.append(scheduler.route(robot.name, walk, own))
    return tuple(routes)


def _check_shift(problem: PatrolProblem, routes: tuple[Route, ...]) -> None:
    late = [route for route in routes if route.end_s > problem.shift.duration_s]
    if late:
        worst = max(late, key=lambda route: route.end_s)
        over_s = worst.end_s - problem.shift.duration_s
        raise InfeasibleError(
            f"the best plan found does not fit the shift: {len(late)} of "
            f"{len(routes)} robots are not back in time, {worst.robot!r} by "
            f"{over_s / 60:.1f} min of {problem.shift.duration_s / 60:.1f} min: "
            f"require fewer streets, add robots or lengthen the shift"
        )


def _plan(
    problem: PatrolProblem,
    routes: tuple[Route, ...],
    bound: Bound,
    *,
    seed: int,
) -> PatrolPlan:
    driven_m = [_driven_m(problem, route) for route in routes]
    return PatrolPlan(
        graph_digest=problem.graph.digest,
        risk_digest="",
        map_path="",
        fleet=tuple(robot.duty for robot in problem.fleet),
        shift=problem.shift,
        required=problem.required,
        keep_out=problem.keep_out,
        routes=routes,
        length_m=sum(driven_m),
        required_m=problem.required_m,
        coverage=_coverage(problem),
        bound=bound,
        seed=seed,
        weights={},
        synthetic_risk=False,
        longest_m=max(driven_m),
        objective=problem.objective,
    )


def _coverage(problem: PatrolProblem) -> float:
    total = problem.risk_per_h[problem.drivable].sum()
    return float(problem.risk_per_h[problem.required].sum() / total) if total else 0.0

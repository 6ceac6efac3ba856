"""From a problem to a plan with proof of its quality."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError
from patrol.planning.bounds import Relaxed, fleet_bound, posts
from patrol.planning.fleet import fleet_walks
from patrol.planning.mixed_fleet import mixed_routes
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.reach import check_reach
from patrol.planning.robots import is_uniform
from patrol.planning.rural import Effort, rural_postman
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.schedule import Scheduler, most_driving_s


def solve(
    problem: PatrolProblem, *, seed: int, effort: Effort | None = None
) -> PatrolPlan:
    """
    Plan routes that serve every required street.

    One short tour for all is found first (`rural_postman`). Equal robots at one dock
    share it (`fleet_walks`), so that the longest route is as short as can be; where
    robots or docks differ, or the total is to be small, streets are given to docks and
    then exchanged (`mixed_routes`). Routes are cut into trips where the battery does
    not last. The plan says how far it is from a lower bound; with one robot and a
    required part that hangs together with the dock it is the shortest there is.

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
    InfeasibleError
        If no robot's battery lasts for some street, or a robot is not done before the
        shift ends.
    """
    effort = effort or Effort()
    scheduler = Scheduler(problem)
    check_reach(problem, scheduler)
    streets = RuralStreets.of(
        problem.graph, problem.drivable, problem.required, posts(problem)
    )
    tour = rural_postman(streets.rural, seed=seed, effort=effort)
    if _is_plain(problem):
        walks = fleet_walks(
            streets.rural,
            tour.extra,
            robots=len(problem.fleet),
            seed=seed,
            effort=effort,
        )
        routes = _routes(problem, scheduler, [streets.number[walk] for walk in walks])
    else:
        routes = mixed_routes(problem, scheduler, seed=seed, effort=effort)
    _check_shift(problem, routes)
    relaxed = Relaxed(tour, streets.extra_m(tour))
    return _plan(problem, scheduler, routes, relaxed, seed=seed)


def _is_plain(problem: PatrolProblem) -> bool:
    """Whether equal robots at one dock are to have short routes; one robot always."""
    longest = problem.objective is Objective.LONGEST or len(problem.fleet) == 1
    return longest and is_uniform(problem.fleet)


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
        routes.append(scheduler.route(robot, walk, own))
    return tuple(routes)


def _check_shift(problem: PatrolProblem, routes: tuple[Route, ...]) -> None:
    late = [route for route in routes if route.end_s > problem.shift.duration_s]
    if late:
        worst = max(late, key=lambda route: route.end_s)
        over_s = worst.end_s - problem.shift.duration_s
        missing_s = sum(route.end_s - problem.shift.duration_s for route in late)
        names = {route.robot for route in late}
        able_s = [
            most_driving_s(robot, problem.shift.duration_s)
            for robot in problem.fleet
            if robot.name in names
        ]
        raise InfeasibleError(
            f"the best plan found does not fit the shift: {len(late)} of "
            f"{len(routes)} robots are not back in time, {worst.robot!r} by "
            f"{over_s / 60:.1f} min of {problem.shift.duration_s / 60:.1f} min, "
            f"{missing_s / 60:.1f} min in all: require fewer streets, add robots "
            f"(about {ceil(missing_s / max(*able_s, 1.0))} more) or lengthen the shift"
        )


def _plan(
    problem: PatrolProblem,
    scheduler: Scheduler,
    routes: tuple[Route, ...],
    relaxed: Relaxed,
    *,
    seed: int,
) -> PatrolPlan:
    driven_m = [
        float(problem.graph.edge_length_m[route.streets].sum()) for route in routes
    ]
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
        bound=fleet_bound(problem, scheduler, relaxed, driven_m=driven_m),
        seed=seed,
        weights={},
        synthetic_risk=False,
        longest_m=max(driven_m),
        objective=problem.objective,
    )


def _coverage(problem: PatrolProblem) -> float:
    total = problem.risk_per_h[problem.drivable].sum()
    return float(problem.risk_per_h[problem.required].sum() / total) if total else 0.0

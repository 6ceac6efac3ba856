"""From a problem to a plan with proof of its quality."""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError
from patrol.planning.battery_reach import check_able, check_reach
from patrol.planning.bounds import Relaxed, fastest_mps, fleet_bound, posts
from patrol.planning.budget import solve_budget
from patrol.planning.core_problem import CoreProblem
from patrol.planning.core_streets import CoreStreets
from patrol.planning.exchange import longest
from patrol.planning.fleet import fleet_walks
from patrol.planning.fleet_bounds import FleetBounds, fleet_bounds
from patrol.planning.mixed_fleet import mixed_routes
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import by_traversal, is_uniform
from patrol.planning.rural import RuralTour, rough, rural_postman
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.schedule import Scheduler, most_driving_s, pace_s_per_m
from patrol.planning.stop import OnProgress, Phase, Progress, StopWhen, unheard
from patrol.planning.trips import Crew, trip_walks
from patrol.planning.windy_fleet import one_way_tour, one_way_walks

_LASTS = 0.999
"""Share of a charge that trips are planned for, as metres are rounded."""

_TOUR_SHARE, _WALKS_SHARE = 0.15, 0.6
"""Shares of a limited time, of what is left, for the tour and the walks of a fleet;
the bounds have the rest."""


def solve(
    problem: PatrolProblem,
    *,
    seed: int,
    until: StopWhen | None = None,
    on_progress: OnProgress = unheard,
) -> PatrolPlan:
    """
    Plan routes that serve every required street.

    One short tour for all is found first (`rural_postman`). Equal robots at one dock
    share it (`fleet_walks`), so that the longest route is as short as can be; where
    robots or docks differ, or the total is to be small, streets are given to docks and
    then exchanged (`mixed_routes`). Routes are cut into trips where the battery does
    not last. The plan says how far it is from a lower bound; with one robot and a
    required part that hangs together with the dock it is the shortest there is.

    Where the problem has prizes, the plan collects as much of them as it can within
    the shift instead (`solve_budget`).

    The length is what is minimised. Where streets may be driven one way only, equal
    robots get their routes and bounds from `windy_fleet`; where robots differ, the
    exchange knows the ways of each, and the bound is that of one tour which may drive
    every street as at least one of them may. Times that differ by direction count for
    the battery and the shift.

    Parameters
    ----------
    problem
        What is to be patrolled, by whom, and when.
    seed
        Seed of the search: the same seed gives the same plan.
    until
        How hard to try. Whenever it ends, the plan is whole: the best so far.
    on_progress
        Told how far the search has come, in metres: first the length of one tour for
        all, then that of the longest route.

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
    until = until or StopWhen()
    if problem.prizes is not None:
        return solve_budget(problem, seed=seed, until=until)
    scheduler = Scheduler(problem)
    check_reach(problem, scheduler)
    check_able(problem, problem.required_m)
    streets = RuralStreets.of(
        problem.graph, problem.drivable, problem.required, posts(problem)
    )
    search = _Search(problem, scheduler, streets, seed, until, on_progress)
    open_ways = _open_ways(problem, streets)
    if open_ways.all() and is_uniform(problem.fleet):
        relaxed, routes = search.equal_robots()
        if problem.objective is Objective.TOTAL and _late(problem, routes):
            _, routes = search.robots_that_differ()
    elif is_uniform(problem.fleet) and _is_even(problem):
        relaxed, routes = search.one_way(open_ways)
    else:
        relaxed, routes = search.robots_that_differ()
    _check_shift(problem, routes)
    return _plan(problem, scheduler, routes, relaxed, seed=seed)


_Found = tuple[Relaxed, tuple[Route, ...]]


@dataclass(frozen=True)
class _Search:
    """A problem, and all that its search needs."""

    problem: PatrolProblem
    scheduler: Scheduler
    streets: RuralStreets
    seed: int
    until: StopWhen
    on_progress: OnProgress

    def one_way(self, open_ways: NDArray[np.bool_]) -> _Found:
        """Plan equal robots at one dock where streets may be driven one way only."""
        tour, walks = one_way_walks(
            self.streets.rural,
            open_ways,
            robots=len(self.problem.fleet),
            seed=self.seed,
            until=self.until,
        )
        return Relaxed(tour, self.streets.extra_m(tour.bound)), self._routes(walks)

    def equal_robots(self) -> _Found:
        """Plan equal robots at one dock."""
        core = CoreStreets.of(self.streets)
        rural, robots = core.streets.rural, len(self.problem.fleet)
        crew = Crew(robots, self._charge(), even=_is_even(self.problem))
        first = self.until
        if robots > 1:
            first = rough(self.until.part(_TOUR_SHARE))
        tour = self._tour(core.streets, first)
        check_able(self.problem, tour.bound * self.streets.unit_m)
        options = []
        if _is_even(self.problem) and tour.bound <= robots * crew.reach:
            both = (self.until.part(_WALKS_SHARE), self.on_progress)
            options = [_walks(core.streets, tour, robots, seed=self.seed, until=both)]
        if not options or longest(rural, options[0]) > crew.reach:
            some = self.until.part(_WALKS_SHARE)
            options.append(
                trip_walks(rural, tour.extra, crew, seed=self.seed, until=some)
            )
            worst = min(longest(rural, walks) for walks in options)
            state = Progress(Phase.EXCHANGE, worst, tour.bound / robots)
            self.on_progress(_in_metres(state, core.streets))
        found = [self._routes(core.expanded(walks)) for walks in options]
        routes = min(found, key=self._value)
        limits = self._limits(tour, routes)
        extra_m = self.streets.extra_m(max(tour.bound, limits.total))
        return Relaxed(tour, extra_m, limits.longest * self.streets.unit_m), routes

    def robots_that_differ(self) -> _Found:
        """Plan robots or docks that differ, or the least total."""
        core = CoreProblem.of(self.problem)
        small = core.problem
        streets = RuralStreets.of(
            small.graph, small.drivable, small.required, posts(small)
        )
        some, open_ways = self.until.part(_TOUR_SHARE), _open_ways(small, streets)
        if open_ways.all():
            tour = self._tour(streets, rough(some))
        else:
            once = replace(some, tries=1)
            tour = one_way_tour(streets.rural, open_ways, seed=self.seed, until=once)
        routes = mixed_routes(
            self.problem, core, self.scheduler, seed=self.seed, until=self.until
        )
        return Relaxed(tour, streets.extra_m(tour.bound)), routes

    def _tour(self, streets: RuralStreets, until: StopWhen) -> RuralTour:
        return _tour(streets, seed=self.seed, until=until, on_progress=self.on_progress)

    def _routes(self, walks: list[NDArray[np.int64]]) -> tuple[Route, ...]:
        numbers = [self.streets.number[walk] for walk in walks]
        return _routes(self.problem, self.scheduler, numbers)

    def _reach(self) -> int:
        """Most that a robot can drive on one charge."""
        usable_s = self.problem.fleet[0].profile.usable_battery_s
        return int(usable_s * fastest_mps(self.problem) / self.streets.unit_m) + 1

    def _value(self, routes: tuple[Route, ...]) -> tuple[float, float]:
        """Say what no better plan has above: longest route and total."""
        worst_m, total_m = _worst_and_total(self.problem, routes)
        return (worst_m if _is_even(self.problem) else total_m), total_m

    def _charge(self) -> int:
        """How far a charge takes a robot at its mean pace, less a little."""
        usable_s = self.problem.fleet[0].profile.usable_battery_s
        pace = pace_s_per_m(self.problem, self.problem.fleet[0])
        return int(_LASTS * usable_s / pace / self.streets.unit_m)

    def _limits(self, tour: RuralTour, routes: tuple[Route, ...]) -> FleetBounds:
        """Bounds by the number of robots, and by how far a battery takes one."""
        worst_m, _ = self._value(routes)
        worst, reach = int(worst_m / self.streets.unit_m), self._reach()
        if len(routes) == 1 and worst <= reach:
            return FleetBounds(tour.bound, tour.bound)
        return fleet_bounds(
            self.streets.rural,
            robots=len(routes),
            reach=reach,
            longest=worst,
            until=self.until,
        )


def _worst_and_total(
    problem: PatrolProblem, routes: tuple[Route, ...]
) -> tuple[float, float]:
    driven_m = [_driven_m(problem, route) for route in routes]
    return max(driven_m), sum(driven_m)


def _driven_m(problem: PatrolProblem, route: Route) -> float:
    return float(problem.graph.edge_length_m[route.streets].sum())


def _tour(
    streets: RuralStreets,
    *,
    seed: int,
    until: StopWhen,
    on_progress: OnProgress,
) -> RuralTour:
    """Search for one tour for all."""

    def tell(progress: Progress) -> None:
        on_progress(_in_metres(progress, streets))

    return rural_postman(streets.rural, seed=seed, until=until, on_progress=tell)


def _walks(
    streets: RuralStreets,
    tour: RuralTour,
    robots: int,
    *,
    seed: int,
    until: tuple[StopWhen, OnProgress],
) -> list[NDArray[np.int64]]:
    """Search for a walk for each robot, in laps."""
    rural, (stop, on_progress) = streets.rural, until
    for walks in fleet_walks(rural, tour.extra, robots=robots, seed=seed, until=stop):
        state = Progress(Phase.EXCHANGE, longest(rural, walks), tour.bound / robots)
        on_progress(_in_metres(state, streets))
        if stop.good_enough(state.incumbent, state.bound):
            break
    return walks


def _in_metres(progress: Progress, streets: RuralStreets) -> Progress:
    cost = progress.incumbent * streets.unit_m
    return replace(progress, incumbent=cost, bound=progress.bound * streets.unit_m)


def _open_ways(problem: PatrolProblem, streets: RuralStreets) -> NDArray[np.bool_]:
    """Whether some robot may drive each street along and against, ``(q, 2)``."""
    kinds = [traversal for traversal, _ in by_traversal(problem.fleet)]
    ways = [traversal.open_ways[streets.number] for traversal in kinds]
    return np.asarray(np.logical_or.reduce(ways))


def _is_even(problem: PatrolProblem) -> bool:
    """Whether the longest route counts; for one robot it is the total, too."""
    return problem.objective is Objective.LONGEST or len(problem.fleet) == 1


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


def _late(problem: PatrolProblem, routes: tuple[Route, ...]) -> list[Route]:
    return [route for route in routes if route.end_s > problem.shift.duration_s]


def _check_shift(problem: PatrolProblem, routes: tuple[Route, ...]) -> None:
    late = _late(problem, routes)
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

"""
Routes for robots that differ, at several docks: cluster first, exchange second.

Streets are given to docks (`assign`), the robots of each dock share theirs as a fleet
of equals does (`fleet_walks`), and where all distances between the required streets can
be kept, streets are exchanged among all robots (`ruin_recreate`), each with its own
start, end, speed, battery and streets that it can drive.
"""

from dataclasses import dataclass, replace
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from maps.paths import StreetNetwork
from patrol.planning.assign import Team, assign, teams_of
from patrol.planning.charges import Rules, equal_rules
from patrol.planning.core_problem import CoreProblem
from patrol.planning.core_streets import CoreStreets
from patrol.planning.fleet import shared
from patrol.planning.fleet_tasks import FleetTasks, jobs_of
from patrol.planning.levels import search_levels, worth
from patrol.planning.plan import Route
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.route_search import Orders
from patrol.planning.rural import rural_postman
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.schedule import Scheduler, most_driving_s, pace_s_per_m
from patrol.planning.single_routes import Walks, polished
from patrol.planning.stop import StopWhen

_PRICE = 6.0
"""What each second above the average route costs on top, times the number of robots, as
in `exchange`."""

_OVER = 20.0
"""What each metre beyond the shift costs on top: more than any detour saves."""

_START_SHARE, _EXCHANGE_SHARE = 0.3, 0.8
"""Shares of a limited time, of what is left, for the start and for the exchange; the
routes of single robots have the rest."""

_START = StopWhen(rounds=10, tries=5)
"""StopWhen for the tour of each dock's robots, which an exchange follows."""

_REPAIRS = 2
"""How often limits are drawn tighter for robots that are late after their trips."""


def mixed_routes(
    problem: PatrolProblem,
    core: CoreProblem,
    scheduler: Scheduler,
    *,
    seed: int,
    until: StopWhen,
) -> tuple[Route, ...]:
    """
    Plan routes for any fleet; heuristic, without a guarantee.

    Parameters
    ----------
    problem
        What is asked.
    core
        The same without needless crossings.
    scheduler
        Cuts walks into trips.
    seed
        Seed of the search.
    until
        How hard to try.

    Raises
    ------
    InfeasibleError
        If the battery of a robot does not last for what it is given.
    """
    small, quick = core.problem, Scheduler(core.problem)
    first = until.part(_START_SHARE)
    walks = _clustered(problem, core, scheduler, seed=seed, until=first)
    orders = jobs_of(walks, small.required)
    means = _Means.of(problem, scheduler)
    orders = _allowed(orders, means.may)
    tasks = FleetTasks.of(small, orders)
    means = means.on_one_charge(small, tasks.lengths_m(orders))
    for repair in range(_REPAIRS + 1):
        some = until.part(_EXCHANGE_SHARE)
        orders = _exchanged(tasks, means, orders, seed=seed + repair, until=some)
        walks = _whole(small, quick, tasks.stops(orders))
        walks = polished(small, walks, orders, seed=seed, until=until)
        large = [
            core.expanded(walk, start=robot.start)
            for robot, walk in zip(small.fleet, walks, strict=True)
        ]
        routes = _scheduled(problem, scheduler, large, orders)
        late = means.tighter(problem, routes)
        if late is None:
            break
        means = late
    return routes


@dataclass(frozen=True)
class _Means:
    """
    What each robot is able to do.

    Attributes
    ----------
    pace
        Time for a metre, 1 on average over the fleet, shape ``(r,)``; 1 for all
        where lengths count.
    limit_m
        Length that it can drive in the shift, shape ``(r,)``.
    may
        Whether it can serve each required street, shape ``(r, k)``.
    even
        Whether the longest route is to be short, else the total.
    """

    pace: NDArray[np.float64]
    limit_m: NDArray[np.float64]
    may: NDArray[np.bool_]
    even: bool

    @classmethod
    def of(cls, problem: PatrolProblem, scheduler: Scheduler) -> "_Means":
        pace = np.array([pace_s_per_m(problem, robot) for robot in problem.fleet])
        limit_s = [
            most_driving_s(robot, problem.shift.duration_s) for robot in problem.fleet
        ]
        even = problem.objective is Objective.LONGEST
        return cls(
            pace=pace / pace.mean() if even else np.ones(len(pace)),
            limit_m=np.array(limit_s) / pace,
            may=np.array([np.isfinite(scheduler.alone_s(r)) for r in problem.fleet]),
            even=even,
        )

    def rules(self, price: float) -> Rules:
        """Rules of the search at one price of unevenness."""
        rules = equal_rules(*self.may.shape, capacity=inf, target=0.0, penalty=price)
        return rules._replace(
            pace=self.pace, limit=self.limit_m, over=_OVER, may=self.may
        )

    def on_one_charge(
        self, problem: PatrolProblem, lengths_m: NDArray[np.float64]
    ) -> "_Means":
        """Ask for routes without a return to charge, if these are so on average."""
        reach_m = [
            robot.profile.usable_battery_s / pace_s_per_m(problem, robot)
            for robot in problem.fleet
        ]
        if lengths_m.sum() > sum(reach_m):
            return self
        return replace(self, limit_m=np.minimum(self.limit_m, reach_m))

    def tighter(
        self, problem: PatrolProblem, routes: tuple[Route, ...]
    ) -> "_Means | None":
        """Lower the limits of the robots that come late; nothing if none does."""
        end_s = np.array([route.end_s for route in routes])
        late = end_s > problem.shift.duration_s
        if not late.any():
            return None
        length_m = problem.graph.edge_length_m
        driven_m = np.array([length_m[route.streets].sum() for route in routes])
        share = problem.shift.duration_s / np.maximum(end_s, 1e-9)
        lower = np.minimum(self.limit_m, driven_m * share * 0.98)
        return replace(self, limit_m=np.where(late, lower, self.limit_m))


def _clustered(
    problem: PatrolProblem,
    core: CoreProblem,
    scheduler: Scheduler,
    *,
    seed: int,
    until: StopWhen,
) -> Walks:
    """Find closed walks from their docks for all robots, that serve everything."""
    teams = teams_of(problem.fleet)
    team_of = assign(problem, teams, scheduler)
    walks = [np.zeros(0, np.int64) for _ in problem.fleet]
    for number, team in enumerate(teams):
        required = core.problem.required[team_of == number]
        if len(required):
            own = until.part(1 / (len(teams) - number))
            found = _team_walks(core.problem, team, required, seed=seed, until=own)
            for robot, walk in zip(team.robots, found, strict=False):
                walks[robot] = walk
    return walks


def _team_walks(
    problem: PatrolProblem,
    team: Team,
    required: NDArray[np.int64],
    *,
    seed: int,
    until: StopWhen,
) -> Walks:
    leader = problem.fleet[team.robots[0]]
    streets = RuralStreets.of(
        problem.graph, _around(problem, leader, required), required, [leader.dock]
    )
    small = CoreStreets.of(streets)
    start = replace(_START, go_on=until.go_on)
    tour = rural_postman(small.streets.rural, seed=seed, until=start)
    robots = len(team.robots)
    if problem.objective is Objective.TOTAL:
        robots = min(robots, _least(problem, leader, tour.cost * streets.unit_m))
    walks = small.expanded(shared(small.streets.rural, tour.extra, robots, seed=seed))
    return [streets.number[walk] for walk in walks]


def _around(
    problem: PatrolProblem, robot: PatrolRobot, required: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """
    Mask of the streets between some required ones and on the ways to them.

    On a large map a tour for these takes little time, and is little longer.
    """
    ends, can = problem.graph.edge_nodes, robot.traversal.drivable
    network = StreetNetwork.of(
        problem.graph, np.where(can, problem.graph.edge_length_m, np.inf)
    )
    before = network.tree(robot.dock).predecessor
    near = np.zeros(problem.graph.num_nodes, bool)
    fresh = np.unique(ends[required])
    while len(fresh):
        near[fresh] = True
        fresh = np.unique(before[fresh])
        fresh = fresh[~near[fresh]]
    return np.asarray(can & near[ends].all(axis=1))


def _least(problem: PatrolProblem, leader: PatrolRobot, tour_m: float) -> int:
    """Fewest robots that drive a tour on one charge each, but for the way there."""
    most_s = most_driving_s(leader, problem.shift.duration_s)
    most_s = min(most_s, leader.profile.usable_battery_s)
    tour_s = tour_m * pace_s_per_m(problem, leader)
    return max(1, ceil(tour_s / most_s)) if most_s > 0 else len(problem.fleet)


def _allowed(orders: Orders, may: NDArray[np.bool_]) -> Orders:
    """Hand tasks that a robot cannot serve to the first that can."""
    lists = [order.tolist() for order in orders]
    for r, order in enumerate(orders):
        for task in order[~may[r, order]].tolist():
            lists[r].remove(task)
            lists[int(may[:, task].argmax())].append(task)
    return [np.array(one, np.int64) for one in lists]


def _exchanged(
    tasks: FleetTasks, means: _Means, start: Orders, *, seed: int, until: StopWhen
) -> Orders:
    """Move streets between the robots; the best of what was found, or the start."""
    if len(tasks.edges) == 1:
        rules = means.rules(0.0)
        return min(_for_one(means.may), key=lambda orders: worth(tasks, rules, orders))
    price = _PRICE * len(means.may) if means.even else 0.0
    rules = means.rules(price)
    *_, best = search_levels(tasks, rules, start, seed=seed, until=until)
    return best


def _for_one(may: NDArray[np.bool_]) -> list[Orders]:
    """Orders in which a single street is served by each robot that can."""
    none, task = np.zeros(0, np.int64), np.zeros(1, np.int64)
    robots = range(len(may))
    return [
        [task if r == robot else none for r in robots] for robot in robots if may[robot]
    ]


def _whole(
    problem: PatrolProblem,
    scheduler: Scheduler,
    stops: list[list[tuple[int, int, int]]],
) -> Walks:
    return [
        scheduler.whole_walk(robot, own)
        for robot, own in zip(problem.fleet, stops, strict=True)
    ]


def _scheduled(
    problem: PatrolProblem, scheduler: Scheduler, walks: Walks, orders: Orders
) -> tuple[Route, ...]:
    return tuple(
        scheduler.route(robot, walk, _mask(problem, order))
        for robot, walk, order in zip(problem.fleet, walks, orders, strict=True)
    )


def _mask(problem: PatrolProblem, order: NDArray[np.int64]) -> NDArray[np.bool_]:
    own = np.zeros(problem.graph.num_edges, bool)
    own[problem.required[order]] = True
    return own

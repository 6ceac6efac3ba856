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

from patrol.planning.assign import Team, assign, teams_of
from patrol.planning.fleet import fleet_walks, laps, shorter_walk
from patrol.planning.fleet_state import Rules
from patrol.planning.fleet_tasks import FleetTasks, fits, jobs_of
from patrol.planning.plan import Route
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.route_search import Annealing, Orders, search_routes
from patrol.planning.rural import rural_postman
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.schedule import Scheduler, most_driving_s, pace_s_per_m
from patrol.planning.stop import Effort

_PRICES = (1.0, 5.0)
"""What each second above the average route costs on top, as in `exchange`."""

_OVER = 20.0
"""What each metre beyond the shift costs on top: more than any detour saves."""

_EXCHANGES, _MOST_EXCHANGES = 100, 12_000
"""Rounds of exchange for each try of the effort, and at most: 2 CPU seconds."""

_TOUR_SHARE = 0.5
"""Share of a limited time of a dock for the tour of its robots."""

_HEAT = 0.3
"""How warm the exchange begins: the start is a rough one."""

_ROUGH = Effort(rounds=0, tries=0)
"""Effort for the start, where an exchange follows."""

_POLISH = Effort(rounds=3, tries=40)
"""Effort for the route of each single robot at the end."""

_REPAIRS = 2
"""How often limits are drawn tighter for robots that are late after their trips."""

Walks = list[NDArray[np.int64]]
"""Streets of the walk of each robot, in order."""


def mixed_routes(
    problem: PatrolProblem, scheduler: Scheduler, *, seed: int, effort: Effort
) -> tuple[Route, ...]:
    """
    Plan routes for any fleet; heuristic, without a guarantee.

    Parameters
    ----------
    problem
        What is asked.
    scheduler
        Cuts walks into trips.
    seed
        Seed of the search.
    effort
        How hard to try.

    Raises
    ------
    InfeasibleError
        If the battery of a robot does not last for what it is given.
    """
    small = fits(problem)
    gone = effort if not small else replace(_ROUGH, go_on=effort.go_on)
    walks = _clustered(problem, scheduler, seed=seed, effort=gone)
    orders = jobs_of(walks, problem.required)
    if not small or len(problem.required) == 0:
        walks = _joined(problem, scheduler, walks, orders)
        return _scheduled(problem, scheduler, walks, orders)
    means = _Means.of(problem, scheduler)
    tasks = FleetTasks.of(problem)
    orders = _allowed(orders, means.may)
    for repair in range(_REPAIRS + 1):
        orders = _exchanged(tasks, means, orders, seed=seed + repair, effort=effort)
        walks = _whole(problem, scheduler, tasks.stops(orders))
        walks = _polished(problem, walks, orders, seed=seed, effort=effort)
        routes = _scheduled(problem, scheduler, walks, orders)
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
        return Rules(
            capacity=inf,
            target=0.0,
            penalty=price,
            pace=self.pace,
            limit=self.limit_m,
            over=_OVER,
            may=self.may,
        )

    def value(self, lengths_m: NDArray[np.float64]) -> tuple[float, float]:
        """Say what is made small: what does not fit the shift, then the objective."""
        over_m = float(np.maximum(0.0, lengths_m - self.limit_m).sum())
        counted = self.pace * lengths_m
        return over_m, float(counted.max() if self.even else counted.sum())

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
    problem: PatrolProblem, scheduler: Scheduler, *, seed: int, effort: Effort
) -> Walks:
    """Find closed walks from their docks for all robots, that serve everything."""
    teams = teams_of(problem.fleet)
    team_of = assign(problem, teams, scheduler)
    walks = [np.zeros(0, np.int64) for _ in problem.fleet]
    for number, team in enumerate(teams):
        required = problem.required[team_of == number]
        if len(required):
            own = effort.part(1 / (len(teams) - number))
            found = _team_walks(problem, team, required, seed=seed, effort=own)
            for robot, walk in zip(team.robots, found, strict=False):
                walks[robot] = walk
    return walks


def _team_walks(
    problem: PatrolProblem,
    team: Team,
    required: NDArray[np.int64],
    *,
    seed: int,
    effort: Effort,
) -> Walks:
    leader = team.leader
    streets = RuralStreets.of(
        problem.graph, leader.traversal.drivable, required, [leader.dock]
    )
    tour = rural_postman(streets.rural, seed=seed, effort=effort.part(_TOUR_SHARE))
    robots = len(team.robots)
    if problem.objective is Objective.TOTAL:
        robots = min(robots, _least(problem, leader, tour.cost * streets.unit_m))
    walks = fleet_walks(
        streets.rural, tour.extra, robots=robots, seed=seed, effort=effort
    )
    return [streets.number[walk] for walk in walks]


def _least(problem: PatrolProblem, leader: PatrolRobot, tour_m: float) -> int:
    """Fewest robots that can drive a tour in the shift, but for the way there."""
    most_s = most_driving_s(leader, problem.shift.duration_s)
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
    tasks: FleetTasks, means: _Means, start: Orders, *, seed: int, effort: Effort
) -> Orders:
    """Move streets between the robots; the best of what was found, or the start."""
    rounds, best = min(_MOST_EXCHANGES, _EXCHANGES * effort.tries), start
    for lap in range(laps(effort)):
        if not effort.go_on():
            break
        annealing = Annealing(rounds << lap, heat=_HEAT, go_on=effort.go_on)
        found = [
            search_routes(
                tasks,
                means.rules(price),
                best,
                seed=seed + lap,
                annealing=annealing,
            )
            for price in (_PRICES if means.even else (0.0,))
        ]
        best = min(
            [best, *found], key=lambda orders: means.value(tasks.lengths_m(orders))
        )
    return best


def _whole(
    problem: PatrolProblem,
    scheduler: Scheduler,
    stops: list[list[tuple[int, int, int]]],
) -> Walks:
    return [
        scheduler.whole_walk(robot, own)
        for robot, own in zip(problem.fleet, stops, strict=True)
    ]


def _polished(
    problem: PatrolProblem, walks: Walks, orders: Orders, *, seed: int, effort: Effort
) -> Walks:
    """Plan the route of each robot that comes back to where it began anew."""
    effort = replace(_POLISH, go_on=effort.go_on)
    better = []
    for robot, walk, order in zip(problem.fleet, walks, orders, strict=True):
        if robot.start == robot.end and len(order):
            streets = RuralStreets.of(
                problem.graph,
                robot.traversal.drivable,
                problem.required[order],
                [robot.start],
            )
            rural = streets.rural
            small = np.searchsorted(streets.number, walk)
            anew = shorter_walk(rural, small, rural.required, seed=seed, effort=effort)
            walk = streets.number[anew]
        better.append(walk)
    return better


def _joined(
    problem: PatrolProblem, scheduler: Scheduler, walks: Walks, orders: Orders
) -> Walks:
    return [
        scheduler.joined_walk(robot, walk, _mask(problem, order))
        for robot, walk, order in zip(problem.fleet, walks, orders, strict=True)
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

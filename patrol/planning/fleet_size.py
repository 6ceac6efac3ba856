"""How many robots it takes."""

from dataclasses import dataclass, replace
from math import ceil

from patrol.errors import InfeasibleError, PlanError
from patrol.planning.battery_reach import check_reach
from patrol.planning.bounds import fastest_mps, posts
from patrol.planning.plan import PatrolPlan
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import is_uniform
from patrol.planning.rural import rural_postman
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.schedule import Scheduler, most_driving_s
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen

_ROUNDING = 1 - 1e-9
"""A bound that is a whole number but for rounding is that number."""


@dataclass(frozen=True)
class FleetSize:
    """
    The smallest fleet that was found.

    Attributes
    ----------
    plan
        A plan for it that fits the shift and the batteries.
    robots
        Number of its robots.
    least
        No fleet with fewer robots does it: proved.
    """

    plan: PatrolPlan
    robots: int
    least: int


def smallest_fleet(
    problem: PatrolProblem,
    *,
    seed: int,
    until: StopWhen | None = None,
    most: int = 100,
) -> FleetSize:
    """
    Find the fewest equal robots at one dock that serve everything in the shift.

    Sizes from the lower bound on are tried, doubled steps first and then by halving,
    each by a plan whose longest route is short. The bound: all together drive at least
    the bound on the total length, none faster than the fastest pace and longer than
    its battery and the shift allow.

    Parameters
    ----------
    problem
        What is asked; the first robot of its fleet stands for all.
    seed
        Seed of the planner.
    until
        How hard each size is tried.
    most
        Largest fleet to try.

    Returns
    -------
    FleetSize
        With a plan. ``robots`` is found by a heuristic, ``least`` is proved.

    Raises
    ------
    PlanError
        If the robots are not alike or not bound to one dock.
    InfeasibleError
        If no fleet of up to ``most`` robots was found to do it.
    """
    if not is_uniform(problem.fleet):
        raise PlanError(
            f"the {len(problem.fleet)} robots differ: the smallest fleet is looked for "
            f"among equal robots that start and end at one dock"
        )
    until = until or StopWhen()
    least = _least(problem, seed=seed, until=until)
    if least > most:
        raise InfeasibleError(
            f"it takes at least {least} robots to serve the {len(problem.required)} "
            f"required streets in the shift, {most} are allowed: require fewer "
            f"streets, lengthen the shift or allow more robots"
        )
    plans = _Plans(problem, seed=seed, until=until)
    high, step, failed = least, 1, least - 1
    while plans.of(high) is None:
        if high == most:
            raise plans.last_error
        failed, high, step = high, min(most, high + step), 2 * step
    while high - failed > 1:
        middle = (failed + high) // 2
        failed, high = (failed, middle) if plans.of(middle) else (middle, high)
    plan = plans.of(high)
    if plan is None:
        raise plans.last_error
    return FleetSize(plan, high, least)


class _Plans:
    """Plans by number of robots, each worked out once."""

    def __init__(self, problem: PatrolProblem, *, seed: int, until: StopWhen) -> None:
        self._problem, self._seed, self._effort = problem, seed, until
        self._found: dict[int, PatrolPlan | None] = {}
        self.last_error = InfeasibleError("no fleet was tried")

    def of(self, robots: int) -> PatrolPlan | None:
        """Plan for so many robots; nothing if none was found that fits."""
        if robots not in self._found:
            try:
                fleet = _copies(self._problem, robots)
                plan = solve(fleet, seed=self._seed, until=self._effort)
            except InfeasibleError as error:
                self._found[robots], self.last_error = None, error
            else:
                self._found[robots] = plan
        return self._found[robots]


def _copies(problem: PatrolProblem, robots: int) -> PatrolProblem:
    first = problem.fleet[0]
    fleet = tuple(
        replace(first, name=f"robot {number + 1}") for number in range(robots)
    )
    return replace(problem, fleet=fleet, objective=Objective.LONGEST)


def _least(problem: PatrolProblem, *, seed: int, until: StopWhen) -> int:
    """Lower bound on the number of robots."""
    check_reach(problem, Scheduler(problem))
    streets = RuralStreets.of(
        problem.graph, problem.drivable, problem.required, posts(problem)
    )
    tour = rural_postman(streets.rural, seed=seed, until=until)
    length_m = problem.required_m + max(0.0, streets.extra_m(tour.bound))
    able_m = fastest_mps(problem) * most_driving_s(
        problem.fleet[0], problem.shift.duration_s
    )
    return max(1, ceil(length_m / able_m * _ROUNDING))

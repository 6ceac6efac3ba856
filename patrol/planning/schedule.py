"""From a walk to a route: trips that the battery lasts for, and times."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError
from patrol.planning.crossings import Crossings
from patrol.planning.fleet import first_passes
from patrol.planning.plan import Route
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.split import Tasks, split_by_limit
from patrol.planning.travel import Steps, Travel

_ROUNDING_S = 1e-6
"""Sums of times may differ so much by the order of adding."""

_STEP_S = 1.0
"""Room that is given at least when trips are cut anew."""


class Scheduler:
    """Makes routes of walks for the robots of one problem."""

    def __init__(self, problem: PatrolProblem) -> None:
        self._problem = problem
        self._travel = Travel(problem.graph)
        self._crossings = Crossings(problem.graph)

    def alone_s(self, robot: PatrolRobot) -> NDArray[np.float64]:
        """
        Shortest trip of a robot that serves each required street alone.

        Returns
        -------
        NDArray
            Seconds on the move, shape ``(k,)``; infinite where the robot cannot drive
            the street, or no battery lasts for it.
        """
        first_s, full_s = first_budget_s(robot), robot.profile.usable_battery_s
        begins = {robot.start: first_s}
        if self._travel.out_s(robot, robot.start)[robot.dock] <= first_s:
            begins[robot.dock] = full_s
        best = np.full(len(self._problem.required), np.inf)
        for (begin, limit_s), end in product(begins.items(), {robot.dock, robot.end}):
            there = self._there_and_back_s(robot, begin, end)
            best = np.where(there <= limit_s, np.minimum(best, there), best)
        return best

    def farthest_s(self, robot: PatrolRobot) -> NDArray[np.float64]:
        """Shortest trip from its dock that serves each required street alone."""
        return self._there_and_back_s(robot, robot.dock, robot.dock)

    def there_s(self, robot: PatrolRobot) -> NDArray[np.float64]:
        """Least time to serve each required street on the way from start to end."""
        return self._there_and_back_s(robot, robot.start, robot.end)

    def route(
        self, robot: PatrolRobot, walk: NDArray[np.int64], own: NDArray[np.bool_]
    ) -> Route:
        """
        Give a walk its trips and times.

        Parameters
        ----------
        robot
            One of the fleet.
        walk
            Streets of a walk from its start to its end, shape ``(k,)``.
        own
            Mask of the streets that it is to serve, shape ``(m,)``.

        Raises
        ------
        InfeasibleError
            If the battery does not last for some street with the way to it.
        """
        steps = self._travel.directed(robot, walk, start=robot.start)
        if self._total_s(robot, [steps]) <= first_budget_s(robot):
            return self._timed(robot, [steps], own)
        return self._timed(robot, self._trips(robot, steps, own), own)

    def whole_walk(
        self, robot: PatrolRobot, stops: Sequence[tuple[int, int, int]]
    ) -> NDArray[np.int64]:
        """
        Join streets by shortest ways to a walk from a robot's start to its end.

        Parameters
        ----------
        robot
            One of the fleet.
        stops
            Street, node of entry and node of exit of each, in order.
        """
        at, walk = robot.start, []
        for street, entry, leave in stops:
            walk += [self._travel.leg(robot, at, entry).streets, np.array([street])]
            at = leave
        if robot.end is not None:
            walk.append(self._travel.leg(robot, at, robot.end).streets)
        return np.concatenate([np.zeros(0, np.int64), *walk])

    def _there_and_back_s(
        self, robot: PatrolRobot, begin: int, end: int | None
    ) -> NDArray[np.float64]:
        required = self._problem.required
        first, last = self._problem.graph.edge_nodes[required].T
        along, against = robot.traversal.travel_s[required].T
        out = self._travel.out_s(robot, begin)
        back = self._travel.back_s(robot, end)
        return np.asarray(
            np.minimum(
                out[first] + along + back[last], out[last] + against + back[first]
            )
        )

    def _driving_s(self, robot: PatrolRobot, steps: Steps) -> NDArray[np.float64]:
        column = np.where(steps.forward, 0, 1)
        return robot.traversal.travel_s[steps.streets, column]

    def _standing_s(self, steps: Steps) -> NDArray[np.float64]:
        """Time for which a robot stands before a road ahead of each step of a trip."""
        length_m = self._problem.graph.edge_length_m[steps.streets]
        return self._crossings.standing_s(steps.streets, steps.forward, length_m)

    def _taken_s(self, robot: PatrolRobot, steps: Steps) -> NDArray[np.float64]:
        return self._driving_s(robot, steps) + self._standing_s(steps)

    def _trips(
        self, robot: PatrolRobot, steps: Steps, own: NDArray[np.bool_]
    ) -> list[Steps]:
        """Cut a walk into trips in the cheapest of several ways to begin and end."""
        jobs = first_passes(steps.streets, own)
        found = [
            trips
            for docks in _dockings(robot, working=len(jobs) > 0)
            if (trips := self._cut(robot, steps, jobs, docks)) is not None
        ]
        if not found:
            usable_s = robot.profile.usable_battery_s
            raise InfeasibleError(
                f"robot {robot.name!r} finds no trips that fit its battery of "
                f"{usable_s / 60:.1f} min less the reserve, of which it has "
                f"{first_budget_s(robot) / 60:.1f} min before it comes to its dock: "
                f"require nearer streets, charge it more or fit a larger battery"
            )
        return min(found, key=lambda trips: self._total_s(robot, trips))

    def _cut(
        self,
        robot: PatrolRobot,
        steps: Steps,
        jobs: NDArray[np.int64],
        docks: tuple[bool, bool],
    ) -> list[Steps] | None:
        begin = robot.dock if docks[0] else robot.start
        end = robot.dock if docks[1] else robot.end
        first_s, full_s = first_budget_s(robot), robot.profile.usable_battery_s
        lead = [self._travel.leg(robot, robot.start, robot.dock)] if docks[0] else []
        tail = [self._travel.leg(robot, robot.dock, robot.end)] if docks[1] else []
        if self._total_s(robot, lead) > first_s or self._total_s(robot, tail) > full_s:
            return None
        limits = np.full(len(jobs), full_s - _ROUNDING_S)
        limits[:1] = (full_s if docks[0] else first_s) - _ROUNDING_S
        tasks = self._tasks(robot, steps, jobs, (begin, end))
        spare_s = over_s = 0.0
        while (cuts := split_by_limit(tasks, limits - spare_s)) is not None:
            froms = [begin] + [robot.dock] * (len(cuts) - 2)
            tos = [robot.dock] * (len(cuts) - 2) + [end]
            middle = [
                self._trip(robot, steps, (int(jobs[a]), int(jobs[b - 1])), ends)
                for (a, b), ends in zip(
                    pairwise(cuts), zip(froms, tos, strict=True), strict=False
                )
            ]
            over_s = max(
                (
                    self._total_s(robot, [trip]) - limits[first] - _ROUNDING_S
                    for trip, first in zip(middle, cuts, strict=False)
                ),
                default=0.0,
            )
            if over_s <= _ROUNDING_S:
                return [*lead, *middle, *tail]
            spare_s += (
                over_s + _STEP_S
            )  # the ways from and to the dock cross roads, too
        return None

    def _tasks(
        self,
        robot: PatrolRobot,
        steps: Steps,
        jobs: NDArray[np.int64],
        ends: tuple[int, int | None],
    ) -> Tasks:
        driven_s = np.concatenate([[0.0], np.cumsum(self._taken_s(robot, steps))])
        tails, heads = self._travel.ends(steps)
        out = self._travel.out_s(robot, robot.dock)[tails[jobs]]
        back = self._travel.back_s(robot, robot.dock)[heads[jobs]]
        # Only the first trip begins with the first job, and only the last ends with
        # the last one.
        out[:1] = self._travel.out_s(robot, ends[0])[tails[jobs[:1]]]
        back[-1:] = self._travel.back_s(robot, ends[1])[heads[jobs[-1:]]]
        return Tasks(out, back, start=driven_s[jobs], stop=driven_s[jobs + 1])

    def _trip(
        self,
        robot: PatrolRobot,
        steps: Steps,
        jobs: tuple[int, int],
        ends: tuple[int, int | None],
    ) -> Steps:
        """Take the steps from one job to another, with the ways there and back."""
        tails, heads = self._travel.ends(steps)
        first, last = jobs
        inside = slice(first, last + 1)
        parts = [
            self._travel.leg(robot, ends[0], int(tails[first])),
            Steps(steps.streets[inside], steps.forward[inside]),
        ]
        if ends[1] is not None:
            parts.append(self._travel.leg(robot, int(heads[last]), ends[1]))
        return Steps.joined(parts)

    def _total_s(self, robot: PatrolRobot, trips: Sequence[Steps]) -> float:
        return float(sum(self._taken_s(robot, trip).sum() for trip in trips))

    def _timed(
        self, robot: PatrolRobot, trips: list[Steps], own: NDArray[np.bool_]
    ) -> Route:
        whole = Steps.joined(trips)
        served = np.zeros(len(whole.streets), bool)
        served[first_passes(whole.streets, own)] = True
        trips = [trip for trip in trips if len(trip.streets)]
        durations = [self._taken_s(robot, trip) for trip in trips]
        standing_s = _flat(self._standing_s(trip) for trip in trips)
        departs_s = departures_s(robot, [float(one.sum()) for one in durations])
        arrives = [
            at_s + np.cumsum(one)
            for at_s, one in zip(departs_s, durations, strict=True)
        ]
        return Route(
            robot=robot.name,
            streets=whole.streets,
            forward=whole.forward,
            served=served,
            depart_s=_flat(
                np.concatenate([[at_s], arrive_s[:-1]])
                for at_s, arrive_s in zip(departs_s, arrives, strict=True)
            )
            + standing_s,
            arrive_s=_flat(arrives),
            trip=np.repeat(np.arange(len(trips)), [len(one) for one in durations]),
        )


def first_budget_s(robot: PatrolRobot) -> float:
    """Time for which its battery lasts until it first comes to the dock, in seconds."""
    profile = robot.profile
    if robot.start == robot.dock:  # it can fill up before it leaves
        return profile.usable_battery_s
    return max(0.0, (robot.charge - profile.reserve) * profile.battery_s)


def departures_s(robot: PatrolRobot, driving_s: Sequence[float]) -> list[float]:
    """
    Say when each trip of a robot departs.

    It charges before the first trip as much as that needs, and fills up after each.

    Parameters
    ----------
    robot
        One of the fleet.
    driving_s
        Time of each trip, with its stands before major roads.
    """
    profile, at_s = robot.profile, robot.ready_s
    filling = profile.recharge_s / profile.battery_s
    level_s = robot.charge * profile.battery_s
    departs = []
    for number, used_s in enumerate(driving_s):
        wanted_s = profile.battery_s
        if number == 0:
            wanted_s = max(level_s, used_s + profile.reserve * profile.battery_s)
        at_s += (wanted_s - level_s) * filling
        departs.append(at_s)
        at_s += used_s
        level_s = wanted_s - used_s
    return departs


def _dockings(robot: PatrolRobot, *, working: bool) -> Iterator[tuple[bool, bool]]:
    """Whether to go to the dock before the first job, and after the last one."""
    away = (robot.start != robot.dock, robot.end not in {None, robot.dock})
    if not working:
        yield away
        return
    for before, after in product((False, True), repeat=2):
        if before <= away[0] and after <= away[1]:
            yield before, after


def most_driving_s(robot: PatrolRobot, until_s: float) -> float:
    """
    Bound from above for how long a robot can be on the move.

    What it drives it must have charged, before it came or in the time that it stands:
    ``t <= first + (window - t) / filling``.

    Parameters
    ----------
    robot
        One of the fleet.
    until_s
        End of the shift, in seconds after its start.
    """
    profile = robot.profile
    window_s = max(0.0, until_s - robot.ready_s)
    filling = profile.recharge_s / profile.battery_s
    first_s = max(0.0, (robot.charge - profile.reserve) * profile.battery_s)
    return min(window_s, (filling * first_s + window_s) / (1 + filling))


def pace_s_per_m(problem: PatrolProblem, robot: PatrolRobot) -> float:
    """Mean time that a robot takes for a metre, each street in its open directions."""
    can = robot.traversal.drivable
    length_m = float(problem.graph.edge_length_m[can].sum())
    travel_s = robot.traversal.travel_s[can]
    both = np.isfinite(travel_s).all(axis=1)
    mean_s = np.where(both, travel_s.mean(axis=1), travel_s.min(axis=1))
    return float(mean_s.sum()) / length_m


def _flat(parts: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(0), *parts])

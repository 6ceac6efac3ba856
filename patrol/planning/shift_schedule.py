"""From streets in order to a route that begins where the robot is, with its charge."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.paths import StreetNetwork
from maps.traverse import Traversal
from patrol.errors import InfeasibleError
from patrol.planning.crossings import Crossings
from patrol.planning.near_ways import (
    Streets,
    distances_from,
    empty_search,
    links_between,
)
from patrol.planning.network import NONE
from patrol.planning.plan import Route
from patrol.planning.robots import PatrolRobot

_ROUNDING_S = 1e-6
"""Sums of times may differ so much by the order of adding."""

_STEP_S = 1.0
"""Room that is given at least when trips are cut anew."""

_SPARE = 0.01
"""Share of the battery that is charged above what the next trip needs."""

Job = tuple[int, int]
"""A street to serve, and 1 if it is driven from its last node to its first, else 0."""

_Steps = list[tuple[int, int]]
"""Streets driven one after another, and 0 forwards, 1 backwards."""


class Driving:
    """
    What robots that can drive the same streets need to find their ways.

    Parameters
    ----------
    graph
        Streets.
    traversal
        What they can drive.
    """

    def __init__(self, graph: StreetGraph, traversal: Traversal) -> None:
        self.graph, self.travel_s = graph, traversal.travel_s
        self._out = StreetNetwork.of(graph, traversal.travel_s)
        self._back = StreetNetwork.of(graph, traversal.travel_s[:, ::-1])
        self._streets = Streets.of(self._out.matrix)
        self._against = Streets.of(self._back.matrix)
        self._search = empty_search(self._streets)
        self._run = 0
        self._crossings = Crossings(graph)

    def way(self, tail: int, head: int) -> _Steps:
        """Find the fastest way from one node to another."""
        if tail == head:
            return []
        links = links_between(self._streets, self._search, self._run, (tail, head))
        self._run += 1
        streets = self._out.street[links]
        tails = np.searchsorted(self._streets.first, links, side="right") - 1
        turned = self.graph.edge_nodes[streets, 0] != tails
        return list(zip(streets.tolist(), turned.astype(int).tolist(), strict=True))

    def times_from(self, node: int, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Work out the times from one node to others."""
        return distances_from(self._streets, node, nodes)

    def times_to(self, node: int, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Work out the times from others to one node."""
        return distances_from(self._against, node, nodes)

    def seconds(self, steps: _Steps) -> NDArray[np.float64]:
        """Time of each step."""
        pairs = np.array(steps, np.int64).reshape(-1, 2)
        return self.travel_s[pairs[:, 0], pairs[:, 1]]

    def standing_s(self, steps: _Steps) -> NDArray[np.float64]:
        """Time for which a robot stands before a road ahead of each step of a trip."""
        streets, turned = np.array(steps, np.int64).reshape(-1, 2).T
        return self._crossings.standing_s(
            streets, turned == 0, self.graph.edge_length_m[streets]
        )

    def total_s(self, steps: _Steps) -> float:
        """Time of a trip with its stands."""
        return float(self.seconds(steps).sum() + self.standing_s(steps).sum())


@dataclass(frozen=True)
class ShiftScheduler:
    """
    Makes routes for one robot in the middle of its shift.

    Attributes
    ----------
    robot
        The robot: where it is, with what charge, and when it is ready.
    driving
        The ways that it can take.
    """

    robot: PatrolRobot
    driving: Driving

    def route(self, jobs: list[Job]) -> Route:
        """
        Make the route that serves streets in order.

        The robot starts where it is, comes back to its dock whenever its charge would
        not last, and ends where it must. How the order is cut into trips is the
        cheapest there is (dynamic programming).

        Raises
        ------
        InfeasibleError
            If its charge does not last to the dock, or some street is too far for its
            battery.
        """
        robot = self.robot
        steps, at = self._walk(jobs)
        usable_s = self._usable_s(robot.charge)
        if self.driving.total_s(steps) <= usable_s:
            return self._timed([(steps, at)] if steps else [])
        spare_s = over_s = 0.0
        while spare_s <= self._usable_s(1.0):
            trips = self._trips(jobs, spare_s)
            over_s = self._over_s(trips)
            if over_s <= 0:
                return self._timed(trips)
            spare_s = 2 * spare_s + over_s + _STEP_S
        raise self._unfit()

    def _unfit(self) -> InfeasibleError:
        usable_s = self._usable_s(1.0)
        return InfeasibleError(
            f"robot {self.robot.name!r} finds no trips that fit its battery of "
            f"{usable_s / 60:.1f} min less the reserve: require nearer streets or "
            f"fit a larger battery"
        )

    def _over_s(self, trips: list[tuple[_Steps, list[int]]]) -> float:
        """By how much a trip takes more than the battery, with its stands."""
        first = self.robot.charge if self.robot.start != self.robot.dock else 1.0
        charges = [first, *[1.0] * len(trips)]
        return max(
            (
                self.driving.total_s(steps) - self._usable_s(charge) - _ROUNDING_S
                for (steps, _), charge in zip(trips, charges, strict=False)
            ),
            default=0.0,
        )

    def too_far(self, jobs: list[Job]) -> list[bool]:
        """Tell which streets are too far for a full battery, each alone."""
        if not jobs:
            return []
        out, back, along = self._legs(jobs)
        return list(out + along + back > self._usable_s(1.0))

    def _usable_s(self, charge: float) -> float:
        profile = self.robot.profile
        return profile.battery_s * (charge - profile.reserve) - _ROUNDING_S

    def _walk(self, jobs: list[Job]) -> tuple[_Steps, list[int]]:
        """Make one trip for all: its steps, and which of them serve."""
        return self._trip(self.robot.start, jobs, self.robot.end)

    def _trip(
        self, start: int, jobs: list[Job], end: int | None
    ) -> tuple[_Steps, list[int]]:
        ends, node = self.driving.graph.edge_nodes, start
        steps: _Steps = []
        at = []
        for street, turned in jobs:
            steps += self.driving.way(node, int(ends[street, turned]))
            at.append(len(steps))
            steps.append((street, turned))
            node = int(ends[street, 1 - turned])
        return steps + (self.driving.way(node, end) if end is not None else []), at

    def _legs(
        self, jobs: list[Job]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Time from the dock to each job, from it to the dock, and along it."""
        pairs = np.array(jobs, np.int64).reshape(-1, 2)
        ends = self.driving.graph.edge_nodes[pairs[:, 0]]
        tail = np.where(pairs[:, 1] == 0, ends[:, 0], ends[:, 1])
        head = np.where(pairs[:, 1] == 0, ends[:, 1], ends[:, 0])
        dock = self.robot.dock
        out = self.driving.times_from(dock, tail)
        back = self.driving.times_to(dock, head)
        return out, back, self.driving.seconds(jobs)

    def _trips(self, jobs: list[Job], spare_s: float) -> list[tuple[_Steps, list[int]]]:
        """Cut an order of jobs into trips; the first may just go home."""
        robot, cuts = self.robot, self._cuts(jobs, spare_s)
        trips = []
        for number, (first, stop) in enumerate(pairwise(cuts)):
            start = robot.start if number == 0 else robot.dock
            end = robot.end if number == len(cuts) - 2 else robot.dock
            trips.append(self._trip(start, jobs[first:stop], end))
        return [trip for trip in trips if trip[0]]

    def _cuts(self, jobs: list[Job], spare_s: float) -> list[int]:
        """First job of each trip, and the number of jobs; the first may have none."""
        num, home_s = len(jobs), self._home_s()
        if num == 0:
            return [0, 0, 0]
        out, start, stop, back = self._along(jobs)
        full_s = self._usable_s(1.0) - spare_s
        first_s = self._usable_s(self.robot.charge) - spare_s
        total, choice = np.full(num + 1, np.inf), np.zeros(num + 1, np.int64)
        total[0] = home_s
        for j in range(1, num + 1):
            trip_s = out[:j] + stop[j - 1] - start[:j] + back[j - 1]
            cost = np.where(trip_s <= full_s, total[:j] + trip_s, np.inf)
            choice[j] = cost.argmin()
            total[j] = cost[choice[j]]
            once_s = stop[j - 1] + back[j - 1]  # all from where it is
            if once_s <= min(first_s, total[j]):
                total[j], choice[j] = once_s, NONE
        if not np.isfinite(total[-1]):
            raise self._unfit()
        cuts = [num]
        while cuts[-1] > 0 and choice[cuts[-1]] != NONE:
            cuts.append(int(choice[cuts[-1]]))
        return [0, *cuts[::-1]]

    def _home_s(self) -> float:
        """Time to the dock from where the robot is, which its charge must last for."""
        robot = self.robot
        home_s = float(self.driving.times_from(robot.start, np.array([robot.dock]))[0])
        usable_s = self._usable_s(robot.charge)
        if robot.start != robot.dock and home_s > usable_s:
            raise InfeasibleError(
                f"robot {robot.name!r} is {home_s / 60:.1f} min from its dock and its "
                f"charge lasts for {max(0.0, usable_s) / 60:.1f} min less the reserve: "
                f"fetch it, and say that it is lost"
            )
        return home_s

    def _along(self, jobs: list[Job]) -> tuple[NDArray[np.float64], ...]:
        """
        Work out the times of the jobs, shape ``(k,)`` each.

        From the dock to each job; its start and its end on the way of one trip for
        all; from it to the dock, and from the last to where the robot must end.
        """
        steps, at = self._walk(jobs)
        driven = np.concatenate([[0.0], np.cumsum(self.driving.seconds(steps))])
        places = np.array(at, np.int64)
        out, back, _ = self._legs(jobs)
        back[-1] = driven[-1] - driven[places[-1] + 1]
        return out, driven[places], driven[places + 1], back

    def _timed(self, trips: list[tuple[_Steps, list[int]]]) -> Route:
        """Give trips their times, and time in the dock where the charge asks for it."""
        robot, profile = self.robot, self.robot.profile
        left_s, now_s = robot.charge * profile.battery_s, robot.ready_s
        docked = robot.start == robot.dock
        departs, arrives = [np.zeros(0)], [np.zeros(0)]
        for steps, _ in trips:
            standing_s = self.driving.standing_s(steps)
            seconds = self.driving.seconds(steps) + standing_s
            used_s = float(seconds.sum())
            needed_s = used_s + profile.reserve * profile.battery_s
            if docked and left_s < needed_s + _ROUNDING_S:
                goal_s = min(profile.battery_s, needed_s + _SPARE * profile.battery_s)
                now_s += (goal_s - left_s) * profile.recharge_s / profile.battery_s
                left_s = goal_s if profile.recharge_s > 0 else profile.battery_s
            arrive_s = now_s + np.cumsum(seconds)
            departs.append(np.concatenate([[now_s], arrive_s[:-1]]) + standing_s)
            arrives.append(arrive_s)
            left_s, now_s, docked = left_s - used_s, float(arrive_s[-1]), True
        return self._route(trips, np.concatenate(departs), np.concatenate(arrives))

    def _route(
        self,
        trips: list[tuple[_Steps, list[int]]],
        depart_s: NDArray[np.float64],
        arrive_s: NDArray[np.float64],
    ) -> Route:
        pairs = np.array([step for steps, _ in trips for step in steps], np.int64)
        pairs = pairs.reshape(-1, 2)
        served = [np.isin(np.arange(len(steps)), at) for steps, at in trips]
        return Route(
            robot=self.robot.name,
            streets=pairs[:, 0],
            forward=pairs[:, 1] == 0,
            served=np.concatenate([np.zeros(0, bool), *served]),
            depart_s=depart_s,
            arrive_s=arrive_s,
            trip=np.repeat(np.arange(len(trips)), [len(steps) for steps, _ in trips]),
        )

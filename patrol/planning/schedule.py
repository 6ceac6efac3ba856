"""From a walk to a route: trips that the battery lasts for, and times."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from maps.paths import ShortestTree, StreetNetwork
from patrol.errors import InfeasibleError
from patrol.planning.fleet import first_passes
from patrol.planning.plan import Route
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.split import Tasks, split_by_limit

_ROUNDING_S = 1e-6
"""Sums of times may differ so much by the order of adding."""


@dataclass(frozen=True)
class _Steps:
    """Streets driven one after another, and their directions."""

    streets: NDArray[np.int64]
    forward: NDArray[np.bool_]


class Scheduler:
    """
    Makes routes of walks for robots of one kind at one dock.

    Parameters
    ----------
    problem
        Problem of the robots.
    robot
        One of them: what it can drive, its dock and its battery hold for all.

    Raises
    ------
    InfeasibleError
        If the battery is too small for some required street alone.
    """

    def __init__(self, problem: PatrolProblem, robot: PatrolRobot) -> None:
        self._problem, self._robot = problem, robot
        travel_s = robot.traversal.travel_s
        self._out = StreetNetwork.of(problem.graph, travel_s)
        self._back = StreetNetwork.of(problem.graph, travel_s[:, ::-1])
        self._out_tree = self._out.tree(robot.dock)
        self._back_tree = self._back.tree(robot.dock)
        self._check_battery()

    @property
    def farthest_s(self) -> float:
        """Time to the farthest required street, along it and back, in seconds."""
        return float(self._there_and_back_s().max(initial=0.0))

    def route(
        self, robot: str, walk: NDArray[np.int64], own: NDArray[np.bool_]
    ) -> Route:
        """
        Give a walk its trips and times.

        Parameters
        ----------
        robot
            Name of the robot.
        walk
            Streets of a closed walk from the dock, shape ``(k,)``.
        own
            Mask of the streets that it is to serve, shape ``(m,)``.

        Raises
        ------
        InfeasibleError
            If the battery does not last for some street with the way to it.
        """
        steps = self._directed(walk)
        if self._driving_s(steps).sum() <= self._robot.profile.usable_battery_s:
            return self._timed(robot, [steps], own)
        return self._timed(robot, self._trips(robot, steps, own), own)

    def _check_battery(self) -> None:
        needed_s = self._there_and_back_s()
        usable_s = self._robot.profile.usable_battery_s
        far = np.flatnonzero(needed_s > usable_s)
        if len(far):
            worst = int(needed_s.argmax())
            raise InfeasibleError(
                f"the battery is too small for {len(far)} of {len(needed_s)} required "
                f"streets: the farthest, street {self._problem.required[worst]}, and "
                f"back takes {needed_s[worst] / 60:.1f} min, the battery of robot "
                f"{self._robot.profile.name!r} lasts {usable_s / 60:.1f} min less "
                f"its reserve: require nearer streets, move the dock or fit a larger "
                f"battery"
            )

    def _there_and_back_s(self) -> NDArray[np.float64]:
        """Shortest trip from the dock that serves each required street alone."""
        required = self._problem.required
        first, last = self._problem.graph.edge_nodes[required].T
        along, against = self._robot.traversal.travel_s[required].T
        out, back = self._out_tree.distance, self._back_tree.distance
        return np.asarray(
            np.minimum(
                out[first] + along + back[last], out[last] + against + back[first]
            )
        )

    def _directed(self, walk: NDArray[np.int64]) -> _Steps:
        node = self._robot.dock
        forward = np.ones(len(walk), bool)
        for step, (a, b) in enumerate(self._problem.graph.edge_nodes[walk].tolist()):
            forward[step] = a == node
            node = b if a == node else a
        return _Steps(walk, forward)

    def _driving_s(self, steps: _Steps) -> NDArray[np.float64]:
        column = np.where(steps.forward, 0, 1)
        return self._robot.traversal.travel_s[steps.streets, column]

    def _trips(self, robot: str, steps: _Steps, own: NDArray[np.bool_]) -> list[_Steps]:
        jobs = first_passes(steps.streets, own)
        driven_s = np.concatenate([[0.0], np.cumsum(self._driving_s(steps))])
        ends = self._problem.graph.edge_nodes[steps.streets[jobs]]
        turned = np.where(steps.forward[jobs, None], ends, ends[:, ::-1])
        tasks = Tasks(
            out=self._out_tree.distance[turned[:, 0]],
            back=self._back_tree.distance[turned[:, 1]],
            start=driven_s[jobs],
            stop=driven_s[jobs + 1],
        )
        usable_s = self._robot.profile.usable_battery_s
        cuts = split_by_limit(tasks, usable_s - _ROUNDING_S)
        if cuts is None:
            raise InfeasibleError(
                f"robot {robot!r} finds no trips that fit its battery of "
                f"{usable_s / 60:.1f} min less the reserve: the farthest street takes "
                f"{self.farthest_s / 60:.1f} min with the way back; "
                f"require nearer streets or fit a larger battery"
            )
        return [
            self._trip(steps, int(jobs[a]), int(jobs[b - 1])) for a, b in pairwise(cuts)
        ]

    def _trip(self, steps: _Steps, first: int, last: int) -> _Steps:
        start = _tail(self._problem, steps, first)
        end = _tail(self._problem, steps, last, head=True)
        out = _path(self._out, self._out_tree, start)
        back = _path(self._back, self._back_tree, end)
        inside = slice(first, last + 1)
        return _Steps(
            np.concatenate([out.streets, steps.streets[inside], back.streets[::-1]]),
            np.concatenate([out.forward, steps.forward[inside], ~back.forward[::-1]]),
        )

    def _timed(self, robot: str, trips: list[_Steps], own: NDArray[np.bool_]) -> Route:
        streets = np.concatenate([trip.streets for trip in trips])
        served = np.zeros(len(streets), bool)
        served[first_passes(streets, own)] = True
        durations = [self._driving_s(trip) for trip in trips]
        return Route(
            robot=robot,
            streets=streets,
            forward=np.concatenate([trip.forward for trip in trips]),
            served=served,
            **self._times(durations),
            trip=np.repeat(np.arange(len(trips)), [len(one) for one in durations]),
        )

    def _times(
        self, durations: list[NDArray[np.float64]]
    ) -> dict[str, NDArray[np.float64]]:
        profile, now_s = self._robot.profile, 0.0
        departs, arrives = [], []
        for duration_s in durations:
            arrive_s = now_s + np.cumsum(duration_s)
            departs.append(np.concatenate([[now_s], arrive_s[:-1]])[: len(arrive_s)])
            arrives.append(arrive_s)
            used_s = float(duration_s.sum())
            now_s += used_s * (1 + profile.recharge_s / profile.battery_s)
        return {
            "depart_s": np.concatenate(departs),
            "arrive_s": np.concatenate(arrives),
        }


def _tail(
    problem: PatrolProblem, steps: _Steps, step: int, *, head: bool = False
) -> int:
    """Node at which a step begins, or ends."""
    ends = problem.graph.edge_nodes[steps.streets[step]]
    return int(ends[int(steps.forward[step] == head)])


def _path(network: StreetNetwork, tree: ShortestTree, node: int) -> _Steps:
    path = network.path(tree, node)
    return _Steps(path.streets, path.forward)

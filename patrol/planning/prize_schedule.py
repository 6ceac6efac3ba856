"""From an order of tasks to a route: the ways between them, times and stands."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import NONE
from patrol.planning.plan import Route, Stand
from patrol.planning.prize_state import worth
from patrol.planning.prize_tasks import PrizeTasks, TripFrame
from patrol.planning.problem import PatrolProblem
from patrol.planning.turns import frontier, reach_all, way


@dataclass
class _Drive:
    """Steps of one robot while they are laid one after another."""

    streets: list[int] = field(default_factory=list)
    forward: list[bool] = field(default_factory=list)
    served: list[bool] = field(default_factory=list)
    depart_s: list[float] = field(default_factory=list)
    arrive_s: list[float] = field(default_factory=list)
    trip: list[int] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)

    def route(self, robot: str) -> Route:
        return Route(
            robot=robot,
            streets=np.array(self.streets, np.int64),
            forward=np.array(self.forward, np.bool_),
            served=np.array(self.served, np.bool_),
            depart_s=np.array(self.depart_s, np.float64),
            arrive_s=np.array(self.arrive_s, np.float64),
            trip=np.array(self.trip, np.int64),
            stands=tuple(self.stands),
        )


class PrizeSchedule:
    """
    Routes made of trips, and what they serve.

    Attributes
    ----------
    tasks
        What could be served.
    served
        Streets and stops that are served, shape ``(m + z,)``.
    covered_per_h
        Sum of the prizes of what is served.
    """

    def __init__(self, tasks: PrizeTasks) -> None:
        self.tasks = tasks
        self.served = np.zeros(len(tasks.problem.prize), bool)
        self.covered_per_h = 0.0
        self._wanted = np.zeros(len(tasks.problem.prize), bool)
        self._number = np.full(len(tasks.problem.prize), NONE)
        self._number[tasks.edges] = np.arange(len(tasks.edges))
        self._memory = frontier(tasks.problem.arcs)
        self._drives: dict[int, _Drive] = {}

    @classmethod
    def of(cls, tasks: PrizeTasks, trips: list[NDArray[np.int64]]) -> "PrizeSchedule":
        """
        Drive the arcs of each trip in order, by shortest ways.

        A street with a prize that is passed on the way and that no trip was to serve
        is served by the way.
        """
        schedule = cls(tasks)
        for arcs in trips:
            schedule._wanted[arcs // 2] = True
        for frame, arcs in zip(tasks.problem.frames, trips, strict=True):
            if len(arcs):
                schedule._lay(frame, arcs.tolist())
        return schedule

    def routes(self, problem: PatrolProblem) -> tuple[Route, ...]:
        """Give the route of each robot of the fleet."""
        return tuple(
            self._drives.get(number, _Drive()).route(robot.name)
            for number, robot in enumerate(problem.fleet)
        )

    def _lay(self, frame: TripFrame, targets: list[int]) -> None:
        drive = self._drives.setdefault(frame.robot, _Drive())
        trip = drive.trip[-1] + 1 if drive.trip else 0
        arcs = self.tasks.problem.arcs
        node, last, now_s = frame.start, NONE, frame.from_s
        for target in targets:
            for arc in way(arcs, self._memory, (node, last), target).tolist():
                now_s = self._step(drive, (last, arc, trip), now_s, arc == target)
                node, last = int(arcs.head[arc]), arc
        for arc in self._home(node, last, frame.end):
            now_s = self._step(drive, (last, arc, trip), now_s, False)
            last = arc

    def _home(self, node: int, last: int, end: int) -> list[int]:
        """Arcs of a shortest way to the end of a trip."""
        if node == end:
            return []
        arcs = self.tasks.problem.arcs
        whole_s = reach_all(arcs, self._memory, (node, last))
        whole_s = whole_s + arcs.before_s + arcs.time_s
        whole_s[(arcs.head != end) | (np.arange(len(whole_s)) >= arcs.driven)] = np.inf
        target = int(whole_s.argmin())
        return [int(a) for a in way(arcs, self._memory, (node, last), target)]

    def _step(
        self, drive: _Drive, place: tuple[int, int, int], now_s: float, wanted: bool
    ) -> float:
        """Drive one arc, or stand; return the time when that is over."""
        asked, (last, arc, trip) = self.tasks.problem, place
        arcs, edge = asked.arcs, arc // 2
        around = last != NONE and arc == last ^ 1
        ready_s = now_s + arcs.before_s[arc] + (arcs.around_s[arc] if around else 0.0)
        begin_s, end_s = ready_s, ready_s + arcs.time_s[arc]
        if wanted:
            begin_s = max(ready_s, float(asked.open_s[edge]))
            end_s = begin_s + arcs.time_s[arc]
        serves = wanted or self._by_the_way(edge, begin_s, end_s)
        if serves:
            self.served[edge] = True
            self._collect(arc, float(end_s))
        step = len(drive.streets)
        if edge >= asked.num_streets:
            stop = edge - asked.num_streets
            drive.stands.append(Stand(step, float(begin_s), float(end_s), stop))
            return float(end_s)
        if begin_s > ready_s:
            drive.stands.append(Stand(step, float(ready_s), float(begin_s), None))
        drive.streets.append(edge)
        drive.forward.append(arc % 2 == 0)
        drive.served.append(bool(serves))
        drive.depart_s.append(float(begin_s))
        drive.arrive_s.append(float(end_s))
        drive.trip.append(trip)
        return float(end_s)

    def _by_the_way(self, edge: int, begin_s: float, end_s: float) -> bool:
        asked = self.tasks.problem
        return bool(
            self._number[edge] != NONE
            and not self._wanted[edge]
            and not self.served[edge]
            and asked.open_s[edge] <= begin_s
            and end_s <= asked.close_s[edge]
        )

    def _collect(self, arc: int, end_s: float) -> None:
        asked, task = self.tasks.problem, int(self._number[arc // 2])
        share = asked.prize[arc // 2] / self.tasks.work.prize[task]
        if share > 0:
            self.covered_per_h += share * worth(self.tasks.work, task, arc % 2, end_s)

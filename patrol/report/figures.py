"""The figures of a night: the report, the console and the summary say the same."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isnan

import numpy as np

from maps.traverse import Exclusion
from patrol.mission.figures import cross_track_p95_m, finish_s, served_streets
from patrol.mission.record import EventKind, Track
from patrol.planning.plan import Route
from patrol.report.night import Night, clock_at, streets_to_serve

_KM = 1000.0


@dataclass(frozen=True)
class LeftOut:
    """Streets that the robot cannot drive for one reason."""

    reason: Exclusion
    streets: int
    length_km: float


@dataclass(frozen=True)
class Limit:
    """
    A length beside its lower bound.

    Attributes
    ----------
    length_km
        Length of the plan.
    bound_km
        No plan is shorter.
    kind
        How the bound was found.
    """

    length_km: float
    bound_km: float
    kind: str

    @property
    def gap(self) -> float | None:
        """Share by which the length is above its bound; ``None`` over a bound of 0."""
        if self.bound_km <= 0:
            return 0.0 if self.length_km <= 0 else None
        return self.length_km / self.bound_km - 1

    @property
    def slack_km(self) -> float:
        """Most that any planner could still save."""
        return max(self.length_km - self.bound_km, 0.0)


@dataclass(frozen=True)
class RobotFigures:
    """
    One robot's night, planned beside driven; ``None`` where it was not driven.

    Attributes
    ----------
    robot
        Name of the robot.
    planned_km, deadhead_km
        Length of its route, and of what of it serves no street.
    trips
        Trips from the dock and back.
    served_streets, served_done
        Streets to serve, and those that were served.
    planned_finish, actual_finish
        Local time; ``None`` where it has no route or did not finish.
    driven_km
        Distance driven.
    cross_track_p95_m
        95 % of the time it was no farther than this from the planned path.
    battery_end, battery_least
        Charge at the end of the night and at its lowest, 0 to 1.
    silences, rearms, faults
        How often each happened.
    commands_sent, commands_lost, commands_duplicated
        Figures of the link.
    """

    robot: str
    planned_km: float
    deadhead_km: float
    trips: int
    served_streets: int
    planned_finish: datetime | None
    served_done: int | None = None
    actual_finish: datetime | None = None
    driven_km: float | None = None
    cross_track_p95_m: float | None = None
    battery_end: float | None = None
    battery_least: float | None = None
    silences: int | None = None
    rearms: int | None = None
    faults: int | None = None
    commands_sent: int | None = None
    commands_lost: int | None = None
    commands_duplicated: int | None = None


@dataclass(frozen=True)
class NightFigures:
    """
    Everything that is said of a night, worked out once.

    Attributes
    ----------
    streets, street_km
        Streets of the map.
    drivable_streets, drivable_km
        Streets that this robot can drive.
    left_out
        The others by reason, longest first.
    required_streets, required_km
        Streets that must be served.
    coverage
        Share of the risk of all drivable streets that the plan serves, 0-1.
    coverage_driven
        The same of the streets that were served; ``None`` where not driven.
    length_km, deadhead_km
        Length of all routes, and of what of it serves no street.
    total, longest
        Length of all routes and of the longest, each beside its bound.
    robots
        One a robot, in the order of the plan.
    driven_km, cross_track_p95_m
        Over all robots; ``None`` where not driven.
    finish
        Local time at which the last robot finished, or is planned to.
    complete
        Whether every robot finished its route; ``None`` where not driven.
    violations
        What the independent checker found wrong with the plan.
    """

    streets: int
    street_km: float
    drivable_streets: int
    drivable_km: float
    left_out: tuple[LeftOut, ...]
    required_streets: int
    required_km: float
    coverage: float
    coverage_driven: float | None
    length_km: float
    deadhead_km: float
    total: Limit
    longest: Limit
    robots: tuple[RobotFigures, ...]
    driven_km: float | None
    cross_track_p95_m: float | None
    finish: datetime | None
    complete: bool | None
    violations: tuple[str, ...]

    @classmethod
    def of(cls, night: Night) -> "NightFigures":
        """Work out the figures of a night."""
        graph, plan = night.street_map.graph, night.plan
        drivable = night.traversal.drivable
        robots = tuple(_robot_figures(night, route) for route in plan.routes)
        return cls(
            streets=graph.num_edges,
            street_km=graph.length_m / _KM,
            drivable_streets=int(drivable.sum()),
            drivable_km=float(graph.edge_length_m[drivable].sum()) / _KM,
            left_out=_left_out(night),
            required_streets=len(plan.required),
            required_km=plan.required_m / _KM,
            coverage=plan.coverage,
            coverage_driven=_coverage_driven(night),
            length_km=plan.length_m / _KM,
            deadhead_km=sum(robot.deadhead_km for robot in robots),
            total=_limit(plan.length_m, plan.bound.length_m, plan.bound.kind),
            longest=_limit(
                max((robot.planned_km * _KM for robot in robots), default=0.0),
                plan.bound.longest_m,
                plan.bound.longest_kind,
            ),
            robots=robots,
            driven_km=_total(robot.driven_km for robot in robots),
            cross_track_p95_m=_cross_track(night.tracks),
            finish=_last_finish(robots),
            complete=night.record.complete if night.record else None,
            violations=tuple(night.violations),
        )

    @property
    def faults(self) -> int | None:
        """Faults that were put in, over all robots."""
        return _count(robot.faults for robot in self.robots)

    @property
    def silences(self) -> int | None:
        """Silences of the link, over all robots."""
        return _count(robot.silences for robot in self.robots)

    @property
    def rearms(self) -> int | None:
        """Times that a robot was armed again, over all robots."""
        return _count(robot.rearms for robot in self.robots)

    @property
    def commands_sent(self) -> int | None:
        """Commands sent, over all robots."""
        return _count(robot.commands_sent for robot in self.robots)

    @property
    def commands_lost(self) -> int | None:
        """Commands lost, over all robots."""
        return _count(robot.commands_lost for robot in self.robots)

    @property
    def commands_duplicated(self) -> int | None:
        """Commands carried out twice, over all robots."""
        return _count(robot.commands_duplicated for robot in self.robots)

    def summary(self) -> dict[str, object]:
        """Give the main figures under the keys of ``patrol demo --json``, unrounded."""
        return {
            "streets": self.streets,
            "drivable_km": self.drivable_km,
            "required_km": self.required_km,
            "coverage": self.coverage,
            "length_km": self.length_km,
            "deadhead_km": self.deadhead_km,
            "lower_bound_km": self.total.bound_km,
            "bound_kind": self.total.kind,
            "gap": self.total.gap,
            "robots": len(self.robots),
            "driven_km": self.driven_km,
            "cross_track_p95_m": self.cross_track_p95_m,
            "commands_lost": self.commands_lost,
            "commands_duplicated": self.commands_duplicated,
            "faults_injected": self.faults,
            "complete": self.complete,
            "violations": len(self.violations),
        }


def _robot_figures(night: Night, route: Route) -> RobotFigures:
    length_m = night.street_map.graph.edge_length_m[route.streets]
    steps = len(route.streets)
    shift = night.plan.shift
    planned = RobotFigures(
        robot=route.robot,
        planned_km=float(length_m.sum()) / _KM,
        deadhead_km=float(length_m[~route.served].sum()) / _KM,
        trips=int(route.trip.max()) + 1 if steps else 0,
        served_streets=len(streets_to_serve(route)),
        planned_finish=clock_at(shift, route.arrive_s[-1]) if steps else None,
    )
    track = night.track_of(route.robot)
    return _with_track(planned, track, night) if track else planned


def _with_track(planned: RobotFigures, track: Track, night: Night) -> RobotFigures:
    kinds = Counter(event.kind for event in track.events)
    end_s = finish_s(track)
    counters = track.counters
    return replace(
        planned,
        served_done=len(np.unique(served_streets(track))),
        actual_finish=clock_at(night.plan.shift, end_s) if end_s is not None else None,
        driven_km=float(track.driven_m[-1]) / _KM if len(track.driven_m) else 0.0,
        cross_track_p95_m=_cross_track([track]),
        battery_end=float(track.battery[-1]) if len(track.battery) else None,
        battery_least=float(track.battery.min()) if len(track.battery) else None,
        silences=kinds[EventKind.SILENCE],
        rearms=kinds[EventKind.REARMED],
        faults=kinds[EventKind.FAULT],
        commands_sent=counters.get("commands_sent"),
        commands_lost=counters.get("commands_lost"),
        commands_duplicated=counters.get("commands_duplicated"),
    )


def _left_out(night: Night) -> tuple[LeftOut, ...]:
    length_m = night.street_map.graph.edge_length_m
    found = []
    for reason in Exclusion:
        mask = np.equal(night.traversal.exclusion, reason)
        if reason != Exclusion.NONE and mask.any():
            km = float(length_m[mask].sum()) / _KM
            found.append(LeftOut(reason, int(mask.sum()), km))
    return tuple(sorted(found, key=lambda item: (-item.length_km, item.reason)))


def _coverage_driven(night: Night) -> float | None:
    if night.record is None:
        return None
    visits = [served_streets(track) for track in night.tracks]
    served = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *visits]))
    whole = float(night.expected_per_h.sum())
    return float(night.expected_per_h[served].sum()) / whole if whole else 0.0


def _limit(length_m: float, bound_m: float, kind: str) -> Limit:
    return Limit(length_m / _KM, bound_m / _KM, str(kind))


def _cross_track(tracks: Sequence[Track]) -> float | None:
    value = cross_track_p95_m(*tracks)
    return None if isnan(value) else value


def _last_finish(robots: tuple[RobotFigures, ...]) -> datetime | None:
    driven = any(robot.driven_km is not None for robot in robots)
    times = [
        robot.actual_finish if driven else robot.planned_finish for robot in robots
    ]
    return max((time for time in times if time), default=None)


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _count(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None

"""What is known of one night, as values that check that they belong together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from maps.street_map import StreetMap
from maps.traverse import Traversal
from patrol.errors import PlanError, RecordError
from patrol.mission.record import Event, MissionRecord, Track
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.problem import Shift
from patrol.risk.field import RiskField


@dataclass(frozen=True)
class Night:
    """
    Everything that a report can tell of: the map, the plan, and what came of it.

    Attributes
    ----------
    street_map
        The map, with ``m`` streets.
    traversal
        What the robots can drive of it.
    risk
        How risky the streets are.
    plan
        What was planned.
    record
        What happened; absent where the plan was not driven.
    violations
        What the independent checker found wrong with the plan, one sentence each.
    place
        Name of the place for the headline; the map's source where empty.

    Raises
    ------
    PlanError
        If the plan, the risk or the traversal belongs to another map.
    RecordError
        If the record is of another plan, or of robots that it does not know.
    """

    street_map: StreetMap
    traversal: Traversal
    risk: RiskField
    plan: PatrolPlan
    record: MissionRecord | None = None
    violations: tuple[str, ...] = ()
    place: str = ""

    def __post_init__(self) -> None:
        digest = self.street_map.graph.digest
        for part in ("traversal", "risk", "plan"):
            given = getattr(self, part).graph_digest
            if given != digest:
                raise PlanError(
                    f"the {part} is for map {given[:12]}, this map is {digest[:12]}: "
                    f"give the map that it was made for"
                )
        if self.record and self.record.plan_digest != self.plan.digest:
            raise RecordError(
                f"the record is of plan {self.record.plan_digest[:12]}, this plan is "
                f"{self.plan.digest[:12]}: give the plan that was driven"
            )
        strangers = {track.robot for track in self.tracks} - {
            route.robot for route in self.plan.routes
        }
        if strangers:
            raise RecordError(
                f"the record has a track of robot {min(strangers)!r}, the plan has "
                f"no such robot: give the plan that was driven"
            )

    @property
    def tracks(self) -> tuple[Track, ...]:
        """What each robot did; empty where nothing was driven."""
        return self.record.tracks if self.record else ()

    def track_of(self, robot: str) -> Track | None:
        """Track of one robot, or ``None`` where it did not drive."""
        return next((track for track in self.tracks if track.robot == robot), None)

    @property
    def events(self) -> list[tuple[str, Event]]:
        """Robot and event of all that happened, in order of time, then of robot."""
        found = [
            (track.robot, event) for track in self.tracks for event in track.events
        ]
        return sorted(found, key=lambda item: (item[1].time_s, item[0]))

    @cached_property
    def hours(self) -> NDArray[np.float64]:
        """Hours that the shift spends in each hour of the week, shape ``(168,)``."""
        shift = self.plan.shift
        return self.risk.hours_of_week(shift.start, shift.duration_s)

    @cached_property
    def rate_per_km_h(self) -> NDArray[np.float64]:
        """Expected incidents per km per hour, averaged over the shift, ``(m,)``."""
        return self.risk.rate_during(self.hours)

    @cached_property
    def expected_per_h(self) -> NDArray[np.float64]:
        """Expected incidents per hour on each whole drivable street, ``(m,)``."""
        km = self.street_map.graph.edge_length_m / 1000
        return np.where(self.traversal.drivable, self.rate_per_km_h * km, 0.0)


def clock_at(shift: Shift, time_s: float) -> datetime:
    """Local time ``time_s`` after the shift's start, right across a clock change."""
    start = shift.start.astimezone(UTC)
    return (start + timedelta(seconds=float(time_s))).astimezone(shift.start.tzinfo)


def streets_to_serve(route: Route) -> NDArray[np.int64]:
    """Streets that a route serves, ascending, each once."""
    return np.unique(route.streets[route.served])


def deadhead_only(route: Route) -> NDArray[np.int64]:
    """Streets that a route passes but never serves, ascending, each once."""
    return np.setdiff1d(route.streets, streets_to_serve(route))

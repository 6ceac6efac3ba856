"""The dose of patrol of a night: as it was driven, or as it is planned."""

import numpy as np

from patrol.errors import RecordError
from patrol.mission.record import MissionRecord, Track
from patrol.planning.plan import PatrolPlan, Route
from patrol.risk.dose import Dose, Stays

LONGEST_GAP_S = 60.0
"""Between two samples further apart than this nobody knows where the robot was."""


def driven_dose(plan: PatrolPlan, record: MissionRecord, *, night: str) -> Dose:
    """
    Add up where the robots of a record were, by street and hour.

    Only time on the route counts, as only there is a street known: not charging, not
    standing off the route, not gaps above `LONGEST_GAP_S`. The way is that of the
    wheels.

    Parameters
    ----------
    plan
        The plan that was driven.
    record
        What happened.
    night
        Name of the night, such as the digest of the record's file.

    Raises
    ------
    RecordError
        If the record is of another plan, or of a robot or a step that it has not.
    """
    if record.plan_digest != plan.digest:
        raise RecordError(
            f"the record is of plan {record.plan_digest[:12]}, this plan is "
            f"{plan.digest[:12]}: give the plan that was driven"
        )
    routes = {route.robot: route for route in plan.routes}
    start_s = plan.shift.start.timestamp()
    stays = [_driven(routes, track, start_s) for track in record.tracks]
    return _joined(stays).by_hour(
        graph_digest=plan.graph_digest, night=night, simulated=record.simulated
    )


def planned_dose(plan: PatrolPlan, edge_length_m: np.ndarray) -> Dose:
    """
    Add up where the robots of a plan will be, by street and hour, deadhead included.

    Parameters
    ----------
    plan
        The plan.
    edge_length_m
        Length of each street of its map, shape ``(m,)``.
    """
    start_s = plan.shift.start.timestamp()
    stays = [
        Stays(
            route.streets,
            start_s + route.depart_s,
            start_s + route.arrive_s,
            edge_length_m[route.streets],
        )
        for route in plan.routes
    ]
    return _joined(stays).by_hour(
        graph_digest=plan.graph_digest, night=plan.digest, simulated=True
    )


def _driven(routes: dict[str, Route], track: Track, start_s: float) -> Stays:
    route = routes.get(track.robot)
    if route is None or track.step.max(initial=-1) >= len(route.streets):
        raise RecordError(
            f"the track of robot {track.robot!r} does not fit the plan of the robots "
            f"{sorted(routes)}: give the plan that was driven"
        )
    step, end_s = track.step[:-1], track.time_s[1:]
    known = (step >= 0) & (np.diff(track.time_s) <= LONGEST_GAP_S)
    return Stays(
        street=route.streets[step[known]],
        start_s=start_s + track.time_s[:-1][known],
        end_s=start_s + end_s[known],
        metres=np.diff(track.driven_m)[known],
    )


def _joined(stays: list[Stays]) -> Stays:
    none = np.zeros(0)
    stays = [Stays(none.astype(np.int64), none, none, none), *stays]  # of no robot
    return Stays(
        np.concatenate([one.street for one in stays]),
        np.concatenate([one.start_s for one in stays]),
        np.concatenate([one.end_s for one in stays]),
        np.concatenate([one.metres for one in stays]),
    )

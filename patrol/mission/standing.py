"""Where the robots of a recorded night are at some time, to plan anew from there."""

import numpy as np
import shapely

from maps import StreetGraph
from maps.snap import street_lines
from patrol.errors import RecordError
from patrol.mission.figures import end_s
from patrol.mission.record import EventKind, MissionRecord, Track
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.robots import RobotDuty
from patrol.planning.situation import Standing, step_end


def standings(
    plan: PatrolPlan,
    record: MissionRecord,
    graph: StreetGraph,
    *,
    now_s: float | None = None,
) -> tuple[Standing, ...]:
    """
    Read off a record where each robot of its plan is.

    A robot on a street finishes it; one that charges stays until its next trip; one
    that was sent home comes to its dock.

    Parameters
    ----------
    plan, graph
        The plan that was driven, and its map.
    record
        What happened, until now or longer.
    now_s
        Seconds after the shift's start; the record's end if left out.

    Raises
    ------
    RecordError
        If the record is of another plan, or has no track of one of its robots.
    """
    if record.plan_digest != plan.digest:
        raise RecordError(
            f"the record is of plan {record.plan_digest[:12]}, this is plan "
            f"{plan.digest[:12]}: give the plan that was driven"
        )
    now_s = record_end_s(record) if now_s is None else now_s
    tracks = {track.robot: track for track in record.tracks}
    missing = [robot.name for robot in plan.fleet if robot.name not in tracks]
    if missing:
        raise RecordError(
            f"the record has no track of {len(missing)} of {len(plan.fleet)} robots, "
            f"the first is {missing[0]!r}: give the record of the whole fleet"
        )
    return tuple(
        _standing(robot, route, tracks[robot.name], (graph, now_s))
        for robot, route in zip(plan.fleet, plan.routes, strict=True)
    )


def record_end_s(record: MissionRecord) -> float:
    """Time of the last that a record tells, in seconds after the shift's start."""
    return max(map(end_s, record.tracks), default=0.0)


def aborted(record: MissionRecord, *, now_s: float) -> tuple[str, ...]:
    """Names of the robots that had given up by then."""
    return tuple(
        track.robot
        for track in record.tracks
        if any(e.kind is EventKind.ABORTED and e.time_s <= now_s for e in track.events)
    )


def _standing(
    robot: RobotDuty, route: Route, track: Track, here: tuple[StreetGraph, float]
) -> Standing:
    graph, now_s = here
    seen = int((track.time_s <= now_s).sum())
    served = [
        event.street
        for event in track.events
        if event.street is not None and event.time_s <= now_s
    ]
    steps = track.step[:seen]
    begun = int(steps.max(initial=-1)) + 1
    charge = float(track.battery[seen - 1]) if seen else robot.charge
    on_street = seen > 0 and steps[-1] >= 0
    serving = on_street and bool(route.served[begun - 1])
    street = int(route.streets[begun - 1]) if serving else None
    wait_s = 0.0
    home_s = _home_s(track, now_s)
    if home_s is not None:
        wait_s = max(0.0, home_s - now_s)
        charge -= wait_s / robot.profile.battery_s
    elif on_street:
        wait_s = _left_s(route, begun - 1, track.xy_m[seen - 1].tolist(), graph)
        charge -= wait_s / robot.profile.battery_s
    elif begun < len(route.streets):
        wait_s = max(0.0, float(route.depart_s[begun]) - now_s)
        charge += wait_s / max(robot.profile.recharge_s, 1e-9) if begun else 0.0
    return Standing(
        robot=robot.name,
        node=step_end(robot, route, graph, begun) if home_s is None else robot.dock,
        charge=min(1.0, max(0.0, charge)),
        ready_s=wait_s,
        served=np.unique(np.array([*served, *([street] if serving else [])], np.int64)),
        finishing=street if street not in served else None,
    )


def _home_s(track: Track, now_s: float) -> float | None:
    """When a robot that was sent home is there; None if it was not."""
    for event in reversed(track.events):
        if event.time_s <= now_s and event.kind is EventKind.DOCKED:
            return event.time_s
        if event.time_s <= now_s and event.kind is EventKind.DOCKING:
            return event.time_s + float(event.values["for_s"])
    return None


def _left_s(
    route: Route, step: int, xy_m: tuple[float, float], graph: StreetGraph
) -> float:
    """Time that a robot at a place needs to the end of the street it is on."""
    line = street_lines(graph, route.streets[step : step + 1])[0]
    done = float(shapely.line_locate_point(line, shapely.Point(xy_m), normalized=True))
    left = 1 - done if route.forward[step] else done
    return left * float(route.arrive_s[step] - route.depart_s[step])

"""From what an operator says of a night to the situation that is planned from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.traverse import pace_s_per_m
from maps.way_out import way_out
from patrol.cli.night import check_risk
from patrol.cli.places import next_corner, parse_place
from patrol.cli.steps import open_streets
from patrol.errors import PlanError
from patrol.mission.record import MissionRecord
from patrol.mission.standing import aborted, record_end_s, standings
from patrol.planning.plan import PatrolPlan
from patrol.planning.robots import PatrolRobot
from patrol.planning.situation import Situation, Standing, as_planned
from patrol.risk.field import RiskField


@dataclass(frozen=True)
class SituationRequest:
    """
    What an operator says of a night.

    Attributes
    ----------
    record
        Record of the night so far, if there is one.
    now_s
        Seconds after the shift's start; the end of the record if left out.
    lost
        Names of robots that do not go on; those that gave up in the record, too.
    at
        Robots that are elsewhere, each as ``NAME=LON,LAT``.
    busy
        Robots that are not free yet, each as ``NAME=MINUTES``.
    closed
        Streets that are closed now, ascending.
    """

    record: MissionRecord | None = None
    now_s: float | None = None
    lost: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    closed: NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))


def situation_of(
    plan: PatrolPlan, graph: StreetGraph, risk: RiskField, *, request: SituationRequest
) -> Situation:
    """
    Put together what is so now.

    Raises
    ------
    PlanError
        If no time is given, a name is not of the plan, a place is off the network, or
        the risk is not that of the plan.
    RecordError
        If the record is of another plan.
    """
    check_risk(plan, risk)
    now_s = _now_s(plan, request)
    standing = {one.robot: one for one in _standings(plan, graph, request, now_s)}
    places = dict(_pairs(plan, request.at, option="--at", example="126.95,37.48"))
    lost = _lost(plan, request, now_s) - set(places)
    closed = np.union1d(plan.keep_out, request.closed).astype(np.int64)
    kinds = {kind: open_streets(graph, kind, closed) for kind in plan.profiles}
    fleet = [
        replace(
            PatrolRobot(**vars(duty), traversal=kinds[duty.profile]),
            start=standing[duty.name].node,
            charge=standing[duty.name].charge,
            ready_s=standing[duty.name].ready_s,
        )
        for duty in plan.fleet
        if duty.name not in lost
    ]
    start = plan.shift.start + timedelta(seconds=now_s)
    hours = risk.hours_of_week(start, plan.shift.duration_s - now_s)
    return Situation(
        now_s=now_s,
        fleet=tuple(_told(plan, request, graph, robot) for robot in fleet),
        served=_served(standing.values(), lost | set(places)),
        risk_per_h=risk.expected_per_h(graph, hours),
        closed=request.closed,
    )


def _now_s(plan: PatrolPlan, request: SituationRequest) -> float:
    now_s = request.now_s
    if now_s is None and request.record is not None:
        now_s = record_end_s(request.record)
    if now_s is None:
        raise PlanError("say what time it is by --now, or give a --record of the night")
    if not 0 <= now_s < plan.shift.duration_s:
        raise PlanError(
            f"it is {now_s / 60:.1f} min after the shift's start: a plan can only be "
            f"changed within the shift of {plan.shift.duration_s / 60:.1f} min"
        )
    return now_s


def _standings(
    plan: PatrolPlan, graph: StreetGraph, request: SituationRequest, now_s: float
) -> tuple[Standing, ...]:
    if request.record is None:
        return as_planned(plan, graph, now_s=now_s)
    return standings(plan, request.record, graph, now_s=now_s)


def _lost(plan: PatrolPlan, request: SituationRequest, now_s: float) -> set[str]:
    for name in request.lost:
        _check_name(plan, name, option="--lost")
    gave_up = aborted(request.record, now_s=now_s) if request.record else ()
    return {*request.lost, *gave_up}


def _told(
    plan: PatrolPlan,
    request: SituationRequest,
    graph: StreetGraph,
    robot: PatrolRobot,
) -> PatrolRobot:
    """Put a robot where the operator says that it is, free when he says so."""
    places = dict(_pairs(plan, request.at, option="--at", example="126.95,37.48"))
    busy = dict(_pairs(plan, request.busy, option="--busy", example="15"))
    if robot.name in places:
        place = parse_place(places[robot.name])
        node, ahead_m = next_corner(
            graph, robot.traversal, place, what=f"place of {robot.name}"
        )
        wait_s = ahead_m * pace_s_per_m(graph, robot.traversal)
        charge = max(0.0, robot.charge - wait_s / robot.profile.battery_s)
        robot = replace(robot, start=node, ready_s=wait_s, charge=charge)
    if robot.name in busy:
        wait_s = _minutes(busy[robot.name]) * 60
        robot = replace(robot, ready_s=max(robot.ready_s, wait_s))
    return replace(robot, traversal=way_out(graph, robot.traversal, robot.start))


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError as error:
        raise PlanError(f"--busy {text!r}: give the minutes as a number") from error
    if not 0 <= minutes < float("inf"):
        raise PlanError(f"--busy {text!r}: give minutes from 0")
    return minutes


def _served(standing: Iterable[Standing], stopped: set[str]) -> NDArray[np.int64]:
    """Streets that are served; who was stopped does not finish the one it is on."""
    served = [np.zeros(0, np.int64)]
    for one in standing:
        done = one.served
        if one.robot in stopped and one.finishing is not None:
            done = done[done != one.finishing]
        served.append(done)
    return np.unique(np.concatenate(served))


def _pairs(
    plan: PatrolPlan, texts: tuple[str, ...], *, option: str, example: str
) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise PlanError(
                f"{option} {text!r}: give the robot and the value, as "
                f"'{plan.fleet[0].name}={example}'"
            )
        _check_name(plan, name, option=option)
        yield name, value


def _check_name(plan: PatrolPlan, name: str, *, option: str) -> None:
    known = [robot.name for robot in plan.fleet]
    if name not in known:
        raise PlanError(
            f"{option}: robot {name!r} is not in the plan, its robots are {known}"
        )

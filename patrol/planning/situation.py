"""The middle of a shift: where each robot is, and what has been served."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from patrol.errors import PlanError
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.robots import PatrolRobot, RobotDuty

_NO_STREETS = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Standing:
    """
    Where one robot is, or will be when it has finished the street that it is on.

    Attributes
    ----------
    robot
        Name of the robot.
    node
        Node from which it can be sent elsewhere.
    charge
        Share of its battery that is full then, 0-1.
    ready_s
        Seconds from now until it is there.
    served
        Streets that it has served by then, shape ``(k,)``.
    finishing
        The last of them, if it is still on it.
    """

    robot: str
    node: int
    charge: float
    ready_s: float
    served: NDArray[np.int64]
    finishing: int | None = None


@dataclass(frozen=True)
class Situation:
    """
    What is so now, in the middle of a plan, on a map of ``m`` streets.

    Attributes
    ----------
    now_s
        Seconds since the shift's start, before its end.
    fleet
        The robots that go on, under their names in the plan: where they start now,
        with what charge, and how many seconds from now they are ready. Their
        traversals know of closed streets.
    served
        Streets that need not be served any more.
    risk_per_h
        Expected incidents per hour on each street in the rest of the shift, ``(m,)``.
    closed
        Streets that have been closed since the plan was made.
    """

    now_s: float
    fleet: tuple[PatrolRobot, ...]
    served: NDArray[np.int64]
    risk_per_h: NDArray[np.float64]
    closed: NDArray[np.int64]


def as_planned(
    plan: PatrolPlan, graph: StreetGraph, *, now_s: float
) -> tuple[Standing, ...]:
    """
    Tell where each robot of a plan is if all goes as planned.

    A robot on a street finishes it; one that charges stays until its next trip.

    Raises
    ------
    PlanError
        If the time is not within the shift.
    """
    if not 0 <= now_s < plan.shift.duration_s:
        raise PlanError(
            f"it is {now_s / 60:.1f} min after the shift's start: a plan can only be "
            f"changed within the shift of {plan.shift.duration_s / 60:.1f} min"
        )
    crews = zip(plan.fleet, plan.routes, strict=True)
    return tuple(_standing(robot, route, graph, now_s) for robot, route in crews)


def _standing(
    robot: RobotDuty, route: Route, graph: StreetGraph, now_s: float
) -> Standing:
    begun = int((route.depart_s < now_s).sum())
    done = int((route.arrive_s <= now_s).sum())
    on_street = begun > done
    wait_s = 0.0
    if on_street:
        wait_s = float(route.arrive_s[begun - 1]) - now_s
    elif begun < len(route.streets):
        wait_s = float(route.depart_s[begun]) - now_s
    steps = slice(0, begun)
    served = route.streets[steps][route.served[steps]]
    serving = on_street and bool(route.served[begun - 1])
    return Standing(
        robot=robot.name,
        node=step_end(robot, route, graph, begun),
        charge=charge_after(robot, route, begun),
        ready_s=max(0.0, wait_s),
        served=served,
        finishing=int(route.streets[begun - 1]) if serving else None,
    )


def step_end(robot: RobotDuty, route: Route, graph: StreetGraph, steps: int) -> int:
    """Node at which a robot is after so many steps of its route."""
    if steps == 0:
        return robot.start
    ends = graph.edge_nodes[route.streets[steps - 1]]
    return int(ends[1 if route.forward[steps - 1] else 0])


def charge_after(robot: RobotDuty, route: Route, steps: int) -> float:
    """
    Share of the battery that is full after so many steps of a route.

    Where a trip ends with them, the robot has charged until the next one begins.
    """
    battery_s = robot.profile.battery_s
    left_s, free_s = robot.charge * battery_s, robot.ready_s
    docked = robot.start == robot.dock
    for step in range(len(route.streets)):
        new_trip = step == 0 or route.trip[step] != route.trip[step - 1]
        if new_trip and (docked or step > 0):
            gain_s = float(route.depart_s[step]) - free_s
            left_s = min(battery_s, left_s + gain_s * _charging(robot))
        if step == steps:
            break
        begun_s = float(route.depart_s[step]) if new_trip else free_s
        free_s = float(route.arrive_s[step])
        left_s -= free_s - begun_s  # standing before roads takes from it, too
    return min(1.0, max(0.0, left_s / battery_s))


def _charging(robot: RobotDuty) -> float:
    """Seconds of driving that a second in the dock gives."""
    recharge_s = robot.profile.recharge_s
    return robot.profile.battery_s / recharge_s if recharge_s > 0 else 1e9

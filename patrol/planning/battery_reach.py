"""What no robots can do: streets too far for them, and more than they can drive."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError
from patrol.planning.bounds import fastest_mps
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.schedule import Scheduler, most_driving_s

_ROUNDING_M = 0.5

_NAMED = 10
"""Most streets that a message names."""


def check_reach(problem: PatrolProblem, scheduler: Scheduler) -> None:
    """
    Make sure that each required street is within reach of some robot.

    Raises
    ------
    InfeasibleError
        If the battery of each robot, or the shift, is too short for some street alone;
        the message names the streets, and the robot that comes nearest to serving the
        farthest.
    """
    posts: dict[object, PatrolRobot] = {}
    for robot in problem.fleet:
        place = (robot.dock, robot.start, robot.end, robot.charge, robot.ready_s)
        posts.setdefault((id(robot.traversal), robot.profile, *place), robot)
    robots = list(posts.values())
    can = np.array([np.isfinite(scheduler.alone_s(robot)) for robot in robots])
    far = np.flatnonzero(~can.any(axis=0))
    if len(far):
        raise InfeasibleError(_too_far(problem, scheduler, robots, far))
    done_s = [robot.ready_s + scheduler.there_s(robot) for robot in robots]
    first_s = np.where(can, done_s, np.inf).min(axis=0)
    late = np.flatnonzero(first_s > problem.shift.duration_s)
    if len(late):
        raise InfeasibleError(_too_late(problem, late, first_s[late]))


def check_able(problem: PatrolProblem, least_m: float) -> None:
    """
    Make sure that the robots together can drive so far within the shift.

    It costs nothing, and so a hopeless plan of a whole city is refused at once.

    Parameters
    ----------
    problem
        What is to be patrolled.
    least_m
        Length that no plan is below, in metres.

    Raises
    ------
    InfeasibleError
        If they cannot; the message says how many more robots might.
    """
    able_m = [
        fastest_mps(problem) * most_driving_s(robot, problem.shift.duration_s)
        for robot in problem.fleet
    ]
    missing_m = least_m - sum(able_m)
    if missing_m > _ROUNDING_M:
        raise InfeasibleError(
            f"{len(able_m)} robots can drive {sum(able_m) / 1000:,.1f} km at most in a "
            f"shift of {problem.shift.duration_s / 60:.1f} min, with the time that it "
            f"takes to charge, but no plan is below {least_m / 1000:,.1f} km; "
            f"{missing_m / fastest_mps(problem) / 60:,.1f} min are missing: require "
            f"fewer streets, add robots (at least "
            f"{ceil(missing_m / max(*able_m, 1.0))} more) or lengthen the shift"
        )


def _too_late(
    problem: PatrolProblem, late: NDArray[np.int64], done_s: NDArray[np.float64]
) -> str:
    worst = int(done_s.argmax())
    missing_s = done_s[worst] - problem.shift.duration_s
    return (
        f"the shift is too short for {len(late)} of {len(problem.required)} required "
        f"streets ({_listed(problem, late)}), however many robots there are: the "
        f"farthest, street {problem.required[late[worst]]}, is done by "
        f"{done_s[worst] / 60:.1f} min at best, the shift lasts "
        f"{problem.shift.duration_s / 60:.1f} min, {missing_s / 60:.1f} min are "
        f"missing: require nearer streets, add a dock or lengthen the shift"
    )


def _listed(problem: PatrolProblem, places: NDArray[np.int64]) -> str:
    named = ", ".join(map(str, problem.required[places[:_NAMED]].tolist()))
    return f"{named}, ..." if len(places) > _NAMED else named


def _too_far(
    problem: PatrolProblem,
    scheduler: Scheduler,
    robots: list[PatrolRobot],
    far: NDArray[np.int64],
) -> str:
    needed_s = np.array([scheduler.farthest_s(robot)[far] for robot in robots])
    usable_s = np.array([robot.profile.usable_battery_s for robot in robots])
    missing_s = needed_s - usable_s[:, None]
    street = int(missing_s.min(axis=0).argmax())
    best = int(missing_s[:, street].argmin())
    robot = robots[best]
    return (
        f"the battery is too small for {len(far)} of {len(problem.required)} required "
        f"streets ({_listed(problem, far)}): the farthest, street "
        f"{problem.required[far[street]]}, and back takes "
        f"{needed_s[best, street] / 60:.1f} min, the battery of robot "
        f"{robot.profile.name!r} lasts {usable_s[best] / 60:.1f} min less its reserve"
        f"{_charged(robot)}: require nearer streets, move the dock or fit a larger "
        f"battery"
    )


def _charged(robot: PatrolRobot) -> str:
    if robot.start == robot.dock:
        return ""
    return f", and it begins with {robot.charge:.0%} of it away from its dock"

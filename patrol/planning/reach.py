"""Streets that no robot's battery lasts for."""

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.schedule import Scheduler


def check_reach(problem: PatrolProblem, scheduler: Scheduler) -> None:
    """
    Make sure that each required street is within reach of some robot.

    Raises
    ------
    InfeasibleError
        If the battery of each robot is too small for some street alone; the message
        names the streets, and the robot that comes nearest to serving the farthest.
    """
    posts: dict[object, PatrolRobot] = {}
    for robot in problem.fleet:
        place = (robot.dock, robot.start, robot.end, robot.charge)
        posts.setdefault((id(robot.traversal), robot.profile, *place), robot)
    can = np.zeros(len(problem.required), bool)
    for robot in posts.values():
        can |= np.isfinite(scheduler.alone_s(robot))
    far = np.flatnonzero(~can)
    if len(far):
        raise InfeasibleError(_culprits(problem, scheduler, list(posts.values()), far))


def _culprits(
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
    others = ", ".join(map(str, problem.required[far[:10]].tolist()))
    return (
        f"the battery is too small for {len(far)} of {len(problem.required)} required "
        f"streets ({others}{', ...' if len(far) > 10 else ''}): the farthest, street "
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

"""The mission of a robot on its link: steered by the host, or by the robot itself."""

from typing import Protocol

from firmware_bridge.limits import Limits
from patrol.mission.match import StreetMatcher
from patrol.mission.mission import Mission
from patrol.mission.on_robot import LOAD_S, MissionHolder, OnRobotMission
from patrol.mission.path import PlannedPath
from patrol.robot import MissionLink, RobotMission, RobotProfile


class DrivenLink(MissionLink, Protocol):
    """What a mission needs of its link; each link to a real robot has it."""

    def tighten(self, limits: Limits) -> None:
        """Hold the robot to limits besides its own."""
        ...

    def has_room(self, mission: RobotMission) -> bool:
        """Tell whether the robot can hold a mission of this length."""
        ...


def make_mission(
    path: PlannedPath,
    *,
    profile: RobotProfile,
    link: DrivenLink,
    on_robot: bool,
    streets: StreetMatcher | None = None,
) -> Mission:
    """
    Give a mission that begins now, and hold the robot to its route's limits.

    Parameters
    ----------
    path, profile
        What to drive, and the kind of robot.
    link
        Its link, connected.
    streets
        Follows the street that it is on; None if nobody does.
    on_robot
        Whether each trip is loaded into the robot, which then follows it by itself.
    """
    if len(path.xy_m):
        link.tighten(Limits.around(path.xy_m, profile))
    if not on_robot:
        return Mission(path, profile=profile, start_s=link.now_s, streets=streets)

    def load(mission: RobotMission, from_m: float) -> None:
        link.load_mission(mission, from_m=from_m, timeout_s=LOAD_S)

    return OnRobotMission(
        path,
        profile=profile,
        holder=MissionHolder(load, link.has_room),
        start_s=link.now_s,
        streets=streets,
    )

"""The mission of a robot on its link: steered by the host, or by the robot itself."""

from typing import NamedTuple, Protocol

from firmware_bridge.limits import Limits
from patrol.mission.home import WayHome
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


class Surroundings(NamedTuple):
    """
    What a mission knows of the streets besides its route.

    Attributes
    ----------
    streets
        Follows the street that the robot is on; None if nobody does.
    home
        Its ways to the dock, if it may be sent there at any time.
    """

    streets: StreetMatcher | None = None
    home: WayHome | None = None


def make_mission(
    path: PlannedPath,
    *,
    profile: RobotProfile,
    link: DrivenLink,
    on_robot: bool,
    around: Surroundings | None = None,
) -> Mission:
    """
    Give a mission that begins now, and hold the robot to the limits of its ways.

    Parameters
    ----------
    path, profile
        What to drive, and the kind of robot.
    link
        Its link, connected.
    on_robot
        Whether each trip is loaded into the robot, which then follows it by itself.
    around
        What it knows besides; nothing if left out.

    Raises
    ------
    PlanError
        If there is no way home from some corner of the path.
    """
    streets, home = around or Surroundings()
    if len(path.xy_m):
        reach_xy_m = path.xy_m if home is None else home.reach_xy_m(path)
        link.tighten(Limits.around(reach_xy_m, profile))
    begin = _on_robot if on_robot else _steered
    mission = begin(path, profile, link, streets)
    mission.home = home
    return mission


def _steered(
    path: PlannedPath,
    profile: RobotProfile,
    link: DrivenLink,
    streets: StreetMatcher | None,
) -> Mission:
    return Mission(path, profile=profile, start_s=link.now_s, streets=streets)


def _on_robot(
    path: PlannedPath,
    profile: RobotProfile,
    link: DrivenLink,
    streets: StreetMatcher | None,
) -> Mission:
    def load(mission: RobotMission, from_m: float) -> None:
        link.load_mission(mission, from_m=from_m, timeout_s=LOAD_S)

    return OnRobotMission(
        path,
        profile=profile,
        holder=MissionHolder(load, link.has_room),
        start_s=link.now_s,
        streets=streets,
    )

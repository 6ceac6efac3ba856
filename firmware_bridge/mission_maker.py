"""The mission of a robot on its link: steered by the host, or by the robot itself."""

from firmware_bridge.limits import Limits
from firmware_bridge.serial_link import SerialLink
from patrol.mission.mission import Mission
from patrol.mission.on_robot import LOAD_S, OnRobotMission
from patrol.mission.path import PlannedPath
from patrol.robot import RobotMission, RobotProfile


def make_mission(
    path: PlannedPath, *, profile: RobotProfile, link: SerialLink, on_robot: bool
) -> Mission:
    """
    Give a mission that begins now, and hold the robot to its route's limits.

    Parameters
    ----------
    path, profile
        What to drive, and the kind of robot.
    link
        Its link, connected.
    on_robot
        Whether each trip is loaded into the robot, which then follows it by itself.
    """
    if len(path.xy_m):
        link.tighten(Limits.around(path.xy_m, profile))
    if not on_robot:
        return Mission(path, profile=profile, start_s=link.now_s)

    def load(mission: RobotMission, from_m: float) -> None:
        link.load_mission(mission, from_m=from_m, timeout_s=LOAD_S)

    return OnRobotMission(
        path, profile=profile, load=load, fits=link.has_room, start_s=link.now_s
    )

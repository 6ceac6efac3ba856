"""The loop that drives a mission over a link: wait, think, tell."""

from collections.abc import Callable
from typing import NamedTuple

from patrol.errors import LinkError
from patrol.mission.causes import Cause
from patrol.mission.mission import Mission
from patrol.mission.record import Track
from patrol.mission.states import MissionState
from patrol.robot import RobotLink, RobotState

_TELL_EVERY_S = 1.0
_GOODBYE_POLLS = 10  # 2 s in which an aborted robot may acknowledge its last commands


class Progress(NamedTuple):
    """
    How far a mission has come.

    Attributes
    ----------
    time_s
        Seconds after the shift's start.
    along_m, length_m
        Way along the path, and its whole length.
    state
        What the mission is doing.
    """

    time_s: float
    along_m: float
    length_m: float
    state: MissionState


def drive_route(
    mission: Mission,
    link: RobotLink,
    *,
    truth: Callable[[], tuple[float, float]] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Track:
    """
    Drive until the mission has finished or was aborted.

    It keeps no time of its own: the link says what time it is, so the same loop
    drives in real and in simulated time.

    Parameters
    ----------
    mission
        What to drive; it has not been stepped yet.
    link
        The robot. It is left open.
    truth
        Gives the true place of a simulated robot, metres east and north.
    on_progress
        Called about once a second, on the link's clock, and at the end.
    stop
        Asked in every cycle whether the operator wants the robot to stop for good.

    Returns
    -------
    Track
        What happened. A link that fails on the way ends the mission, not the
        record: the last event then says ``aborted`` and why.
    """
    try:
        _drive(mission, link, truth=truth, on_progress=on_progress, stop=stop)
        _say_goodbye(mission, link)
    except LinkError as error:
        mission.abort(Cause.LINK_FAILED, error=str(error))
    if on_progress is not None:
        on_progress(_progress(mission))
    return mission.track()


def _drive(
    mission: Mission,
    link: RobotLink,
    *,
    truth: Callable[[], tuple[float, float]] | None,
    on_progress: Callable[[Progress], None] | None,
    stop: Callable[[], bool],
) -> None:
    next_told_s = 0.0
    while not mission.done:
        if stop():
            for command in mission.abort(Cause.OPERATOR):
                link.send(command)
            return
        reports = link.poll(mission.next_poll_s)
        true_xy_m = None if truth is None else truth()
        for command in mission.step(reports, link.now_s, true_xy_m=true_xy_m):
            link.send(command)
        if on_progress is not None and mission.time_s >= next_told_s:
            on_progress(_progress(mission))
            next_told_s = mission.time_s + _TELL_EVERY_S


def _say_goodbye(mission: Mission, link: RobotLink) -> None:
    """Let the link repeat the last commands until the robot stands disarmed."""
    if mission.state is not MissionState.ABORTED:
        return
    for _ in range(_GOODBYE_POLLS):
        reports = link.poll(mission.next_poll_s)
        if reports and reports[-1].state is not RobotState.ARMED:
            return


def _progress(mission: Mission) -> Progress:
    return Progress(
        mission.time_s, mission.along_m, mission.path.length_m, mission.state
    )

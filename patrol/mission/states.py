"""
What a mission can be doing, and its limits.

=========== ==================================================== ==================
state       what the mission does                                ends when
=========== ==================================================== ==================
WAITING     nothing, until the first trip departs                it is time
ARMING      ``ARM``, again each second                           the robot is armed
DRIVING     follows the path, stands where the plan does;        the trip ends
            sensors on along served streets and at stops
SILENT      ``Drive(0, 0)``: no report came for 0.6 s            a report comes
UNSURE      ``Drive(0, 0)``: two standard deviations of the      it knows its place
            robot's place exceed half the street's width, or it
            is on a street that is not the plan's
CROSSING    ``Drive(0, 0)`` before a major road: 3 s, and until  the way is free
            the way is free
PAUSED      ``Drive(0, 0)``: the operator wants it               he resumes it
ESTOPPED    nothing: a person must clear the emergency stop,     both are done
            and then let the robot go on
CHARGING    ``START_CHARGING`` at the dock                       time and charge are
                                                                 right
PARKING     ``DISARM`` at the dock after the last trip           it is disarmed
FINISHED    nothing                                              never
ABORTED     stops the robot once; `Mission.reason` says why      never
=========== ==================================================== ==================

Silence, an emergency stop, a pause, a place that is not known and a robot that held
itself interrupt what the mission was doing; afterwards it goes on from where the robot
is.
"""

from dataclasses import dataclass, field
from enum import Enum

from patrol.mission.follow import FollowOptions


class MissionState(Enum):
    """What a mission is doing; the table is at the top of the module."""

    WAITING = "waiting"
    ARMING = "arming"
    DRIVING = "driving"
    SILENT = "silent"
    UNSURE = "unsure"
    CROSSING = "crossing"
    PAUSED = "paused"
    ESTOPPED = "e-stopped"
    CHARGING = "charging"
    PARKING = "parking"
    FINISHED = "finished"
    ABORTED = "aborted"


@dataclass(frozen=True)
class MissionOptions:
    """
    Limits of a mission.

    Attributes
    ----------
    follow
        How to follow the path; its speed is replaced by the robot profile's.
    silence_s
        Time without a report after which the robot counts as silent: two periods
        of the robot's watchdog of 0.3 s.
    abort_after_s
        Time after which a robot that is silent, does not arm, or does not move is
        given up.
    estop_abort_after_s
        Time after which a robot in emergency stop is given up.
    unsure_abort_after_s
        Time after which a robot that does not know its place is given up.
    crossing_s, crossing_abort_after_s
        Time for which it stands before a major road, at least; and after which a road
        that is never free makes it give up.
    pavement_m
        Width of a street where the map says none: what a robot up to 1.2 m wide needs
        by the Korean rules.
    abort_beyond_m
        Distance from the path at which the mission is given up.
    ask_again_s
        Time after which a command without effect is given again.
    charge_slack_s
        Time that charging may take beyond its schedule.
    drive_poll_s, idle_poll_s
        Longest wait for reports while driving, and in the dock.
    """

    follow: FollowOptions = field(default_factory=FollowOptions)
    silence_s: float = 0.6
    abort_after_s: float = 60.0
    estop_abort_after_s: float = 3600.0
    unsure_abort_after_s: float = 600.0
    crossing_s: float = 3.0
    crossing_abort_after_s: float = 600.0
    pavement_m: float = 2.5
    abort_beyond_m: float = 10.0
    ask_again_s: float = 1.0
    charge_slack_s: float = 1800.0
    drive_poll_s: float = 0.2
    idle_poll_s: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "follow" and not 0 < value < float("inf"):
                raise ValueError(f"{name} is {value}, it must be above 0 and finite")

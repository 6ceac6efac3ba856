"""
What a mission can be doing, and its limits.

A mission has one duty at a time; "goes on to" says which duties may follow it.

=========== ==================================================== ==================
duty        what the mission does                                goes on to
=========== ==================================================== ==================
WAITING     nothing, until the first trip departs                DRIVING, CHARGING,
                                                                 DOCKING, PARKING,
                                                                 FINISHED
DRIVING     follows the path, stands where the plan does;        CHARGING, DOCKING,
            sensors on along served streets and at stops         PARKING
CHARGING    ``START_CHARGING`` at the dock, until time and       DRIVING, DOCKING,
            charge are right                                     PARKING
DOCKING     follows the cheapest legal way to its dock, as the   PARKING
            operator wants it; sensors off
PARKING     ``DISARM`` at the dock, until it is disarmed         FINISHED, DOCKED
FINISHED    nothing: its route is done
DOCKED      nothing: it was sent home before its route was done
ABORTED     stops the robot once; `Mission.reason` says why
=========== ==================================================== ==================

These interrupt a duty; afterwards it goes on from where the robot is.

=========== ============================================ ==========================
state       what the mission does                        during; ends when
=========== ============================================ ==========================
ARMING      ``ARM``, again each second                   DRIVING, DOCKING: the
                                                         robot is armed
CROSSING    ``Drive(0, 0)`` before a major road          DRIVING, DOCKING: 3 s are
                                                         over and the way is free;
                                                         with
                                                         ``--confirm-crossings``,
                                                         the operator's ``cross``
UNSURE      ``Drive(0, 0)``: two standard deviations of  DRIVING, DOCKING: it knows
            the robot's place exceed half the street's   its place
            width, or it is on a street that is not the
            plan's
PAUSED      ``Drive(0, 0)``: the operator wants it       DRIVING, DOCKING: he
                                                         resumes it
SILENT      ``Drive(0, 0)``: no report came for 0.6 s    each but the last three: a
            (2 s where the robot steers itself, 3 s in   report comes
            the dock)
ESTOPPED    nothing, or ``CLEAR_ESTOP`` on the           each but the last three: a
            operator's word: a person must clear the     person has done both
            emergency stop, and then let the robot go on
=========== ============================================ ==========================

ABORTED may follow each state but the last three duties. A robot that drives its mission
by itself is told ``PAUSE_MISSION`` in place of ``Drive(0, 0)``. A paused robot in its
dock does not depart.
"""

from dataclasses import dataclass, field
from enum import Enum

from patrol.mission.follow import FollowOptions
from patrol.planning.crossings import CROSSING_S


class MissionState(Enum):
    """What a mission is doing; the tables are at the top of the module."""

    WAITING = "waiting"
    DRIVING = "driving"
    CHARGING = "charging"
    DOCKING = "docking"
    PARKING = "parking"
    FINISHED = "finished"
    DOCKED = "docked"
    ABORTED = "aborted"
    ARMING = "arming"
    CROSSING = "crossing"
    UNSURE = "unsure"
    PAUSED = "paused"
    SILENT = "silent"
    ESTOPPED = "e-stopped"


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
    crossing_s: float = CROSSING_S
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

"""What a new plan does differently from the one it replaces."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a street is not served any more."""

    CLOSED = "closed"
    CUT_OFF = "cannot be reached any more"
    BATTERY = "too far for the battery"
    TIME = "no time left"


@dataclass(frozen=True)
class Moved:
    """A street that another robot serves now; the robot before may be lost."""

    street: int
    before: str
    after: str


@dataclass(frozen=True)
class Dropped:
    """A street that was to be served and will not be."""

    street: int
    reason: Reason


@dataclass(frozen=True)
class RobotChange:
    """
    What changes for one robot from now on.

    Attributes
    ----------
    robot
        Its name.
    before_m, after_m
        What it had left to drive, and has now, in metres.
    end_before_s, end_after_s
        When it was to be done, and will be, in seconds after the start of the shift
        of the old plan; None for a robot that is lost.
    """

    robot: str
    before_m: float
    after_m: float
    end_before_s: float
    end_after_s: float | None


@dataclass(frozen=True)
class PlanChange:
    """
    What is different.

    Attributes
    ----------
    now_s
        When the new plan begins, in seconds after the start of the old one's shift.
    served
        Number of required streets that were served before.
    kept
        Number of streets that stay with their robot.
    kept_share
        Share of the length of all streets still to be served that stay with their
        robot, of those whose robot is still there; 1 where there are none.
    moved, dropped
        What changes its robot, and what is not served any more, by street.
    robots
        One for each robot of the old plan.
    """

    now_s: float
    served: int
    kept: int
    kept_share: float
    moved: tuple[Moved, ...]
    dropped: tuple[Dropped, ...]
    robots: tuple[RobotChange, ...]

"""Everything that happened in a night; report, console and evaluation read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class EventKind(StrEnum):
    """What can happen in a night."""

    STARTED = "started"
    STREET_SERVED = "street served"
    CHARGING = "charging"
    SILENCE = "silence"
    """No report came for too long; the robot is taken to have stopped itself."""
    REARMED = "re-armed"
    FAULT = "fault"
    """A fault that a simulator put in."""
    ESTOP = "e-stop"
    FINISHED = "finished"
    ABORTED = "aborted"


@dataclass(frozen=True)
class Event:
    """One thing that happened to one robot, ``time_s`` after the shift's start."""

    time_s: float
    kind: EventKind
    detail: str = ""
    street: int | None = None


@dataclass(frozen=True)
class Track:
    """
    Where one robot was, about once a second, ``k`` samples.

    Attributes
    ----------
    robot
        Name of the robot.
    time_s
        Seconds after the shift's start, ascending, shape ``(k,)``.
    xy_m
        Where it believed it was, shape ``(k, 2)``, in the map's plane.
    heading_rad, speed_mps, battery
        Shape ``(k,)`` each.
    step
        Step of the plan's route that it was on, shape ``(k,)``; -1 off the route.
    cross_track_m
        Distance of its true place (in a simulation; else of its own estimate) from
        the planned path, shape ``(k,)``; NaN off the route.
    driven_m
        Distance driven since the shift's start, shape ``(k,)``.
    events
        What happened, in order of time.
    counters
        Figures of the link by name: ``commands_sent``, ``commands_acknowledged``,
        ``commands_executed``, ``commands_lost``, ``commands_duplicated``,
        ``frames_dropped``, ``retransmissions``, ...
    """

    robot: str
    time_s: NDArray[np.float64]
    xy_m: NDArray[np.float64]
    heading_rad: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    battery: NDArray[np.float64]
    step: NDArray[np.int64]
    cross_track_m: NDArray[np.float64]
    driven_m: NDArray[np.float64]
    events: tuple[Event, ...]
    counters: Mapping[str, int]


@dataclass(frozen=True)
class MissionRecord:
    """
    A night of a fleet.

    Attributes
    ----------
    plan_digest
        Digest of the plan that was driven.
    complete
        Whether every robot finished its route; a record of half a night says so.
    simulated
        Whether robots were simulated.
    tracks
        One a robot.
    """

    plan_digest: str
    complete: bool
    simulated: bool
    tracks: tuple[Track, ...]

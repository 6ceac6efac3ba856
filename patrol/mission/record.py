"""Everything that happened in a night; report, console and evaluation read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RecordError
from patrol.mission.causes import Cause, tell


class EventKind(StrEnum):
    """What can happen in a night."""

    STARTED = "started"
    STREET_SERVED = "street served"
    WATCHED = "watched"
    """It stood at a stop for as long as it was to."""
    CHARGING = "charging"
    SILENCE = "silence"
    """No report came for too long; the robot is taken to have stopped itself."""
    REARMED = "re-armed"
    FAULT = "fault"
    """A fault that a simulator put in."""
    UNSURE = "unsure"
    """It stood as it did not know its place well enough."""
    PAUSED = "paused"
    DOCKING = "docking"
    """It left its route for its dock, on its operator's word."""
    DOCKED = "docked"
    """It is at its dock, sent there before its route was done."""
    ESTOP = "e-stop"
    FINISHED = "finished"
    ABORTED = "aborted"


@dataclass(frozen=True)
class Event:
    """
    One thing that happened to one robot.

    Attributes
    ----------
    time_s
        Seconds after the shift's start.
    kind
        What happened.
    detail
        Why, in English; empty where the kind says it all.
    street
        The street that was served, if it is about one.
    cause, values
        The same as ``detail``, for other languages: a `Cause` and what fills the
        gaps of its sentence. A cause of a newer Patrol is kept as it is.

    Raises
    ------
    RecordError
        If the time is not finite, or the values do not fit the cause.
    """

    time_s: float
    kind: EventKind
    detail: str = ""
    street: int | None = None
    cause: str = ""
    values: Mapping[str, float | str] = field(default_factory=dict, hash=False)

    @classmethod
    def because(
        cls, time_s: float, kind: EventKind, cause: Cause, **values: float | str
    ) -> "Event":
        """Make an event with its cause; the detail is the sentence of the cause."""
        return cls(time_s, kind, tell(cause, values), cause=cause.value, values=values)

    def __post_init__(self) -> None:
        self._check_values()
        if not isfinite(self.time_s):
            raise RecordError(
                f"event {self.kind.value!r} at {self.time_s} s: the time must be finite"
            )

    def _check_values(self) -> None:
        if self.cause not in set(Cause):
            return
        try:
            tell(Cause(self.cause), self.values)
        except (KeyError, ValueError) as error:
            raise RecordError(
                f"event {self.kind.value!r} at {self.time_s} s: the values "
                f"{dict(self.values)} do not fit its cause {self.cause!r}: {error}"
            ) from error


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
        Distance driven since the shift's start by the wheels, which slip, ``(k,)``.
    events
        What happened, in order of time.
    counters
        Figures of the link by name: ``commands_sent``, ``commands_acknowledged``,
        ``commands_executed``, ``commands_lost``, ``commands_duplicated``,
        ``frames_dropped``, ``retransmissions``, ...

    Raises
    ------
    RecordError
        If the columns do not fit each other, or time runs back.
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
    counters: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_columns(self)
        _check_order(self)
        object.__setattr__(self, "counters", dict(self.counters))

    @property
    def samples(self) -> int:
        """Number of samples, ``k``."""
        return len(self.time_s)

    @property
    def finished(self) -> bool:
        """Whether the robot came to the end of its route and was disarmed."""
        return any(event.kind is EventKind.FINISHED for event in self.events)


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

    Raises
    ------
    RecordError
        If two tracks are of the same robot, or the record calls itself complete
        and a track has no end.
    """

    plan_digest: str
    complete: bool
    simulated: bool
    tracks: tuple[Track, ...]

    def __post_init__(self) -> None:
        names = [track.robot for track in self.tracks]
        for name in sorted(set(names)):
            if names.count(name) > 1:
                raise RecordError(
                    f"{names.count(name)} tracks of robot {name!r}: a record holds "
                    f"one track a robot"
                )
        cut = [track.robot for track in self.tracks if not track.finished]
        if self.complete and cut:
            raise RecordError(
                f"the record calls itself complete, yet {len(cut)} of {len(names)} "
                f"tracks have no end, the first is of robot {cut[0]!r}: it was cut "
                f"short; say complete=False to keep it as it is"
            )


_PER_SAMPLE = (
    "time_s", "heading_rad", "speed_mps", "battery", "step", "cross_track_m",
    "driven_m",
)  # fmt: skip


def _check_columns(track: Track) -> None:
    k = len(track.time_s)
    expected: dict[str, tuple[int, ...]] = dict.fromkeys(_PER_SAMPLE, (k,))
    for name, shape in (expected | {"xy_m": (k, 2)}).items():
        array: NDArray[np.generic] = getattr(track, name)
        if array.shape != shape:
            raise RecordError(
                f"track of robot {track.robot!r}: {name} has shape {array.shape}, "
                f"expected {shape} for {k} samples"
            )
        if name != "cross_track_m" and not np.isfinite(array.astype(float)).all():
            raise RecordError(
                f"track of robot {track.robot!r}: {name} holds a value that is not a "
                f"finite number; only cross_track_m may, where the robot is off the "
                f"route"
            )
        array.flags.writeable = False


def _check_order(track: Track) -> None:
    for name in ("time_s", "driven_m"):
        column: NDArray[np.float64] = getattr(track, name)
        back = np.flatnonzero(np.diff(column) < 0)
        if len(back):
            raise RecordError(
                f"track of robot {track.robot!r}: {name} goes back from "
                f"{column[back[0]]} to {column[back[0] + 1]} at sample {back[0] + 1}"
            )
    for before, after in pairwise(track.events):
        if after.time_s < before.time_s:
            raise RecordError(
                f"track of robot {track.robot!r}: event {after.kind.value!r} at "
                f"{after.time_s} s stands after one at {before.time_s} s"
            )

"""Writes down what one robot does: a sample a second, and every event."""

from array import array
from collections.abc import Mapping
from math import hypot, nan

import numpy as np
from numpy.typing import NDArray

from patrol.mission.causes import Cause
from patrol.mission.record import Event, EventKind, Track
from patrol.robot import Telemetry

SAMPLE_S = 1.0
"""Time between two samples of a track."""

_SPEED_HOLDS_S = 0.5  # over a longer gap the distance is taken from the places
_DECIMALS = {  # finer than any sensor; it keeps the record of a night small
    "time_s": 3,
    "x_m": 3,
    "y_m": 3,
    "heading_rad": 4,
    "speed_mps": 3,
    "battery": 5,
    "step": 0,
    "cross_track_m": 4,
    "driven_m": 2,
}


class Recorder:
    """
    Gathers the track of one robot.

    Attributes
    ----------
    driven_m
        Distance driven so far.
    events
        What happened so far.
    """

    def __init__(self, robot: str) -> None:
        self.driven_m = 0.0
        self.events: list[Event] = []
        self._robot = robot
        self._columns = {name: array("d") for name in _DECIMALS}
        self._next_s = -np.inf
        self._last: Telemetry | None = None

    def hear(self, report: Telemetry) -> None:
        """Count the distance since the report before."""
        before, self._last = self._last, report
        if before is None:
            return
        passed_s = report.time_s - before.time_s
        if 0 < passed_s <= _SPEED_HOLDS_S:
            # From the speed, as the noise of places at rest would add up.
            mean_mps = (abs(before.speed_mps) + abs(report.speed_mps)) / 2
            self.driven_m += mean_mps * passed_s
        elif passed_s > 0:
            self.driven_m += hypot(report.x_m - before.x_m, report.y_m - before.y_m)

    def note(
        self, time_s: float, kind: EventKind, cause: Cause, **values: float | str
    ) -> None:
        """Write down that something happened, and why."""
        told = {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in values.items()
        }
        self.events.append(Event.because(round(time_s, 3), kind, cause, **told))

    def note_served(self, time_s: float, street: int) -> None:
        """Write down that a street was served."""
        kind = EventKind.STREET_SERVED
        self.events.append(Event(round(time_s, 3), kind, street=street))

    def wants_sample(self, time_s: float) -> bool:
        """Whether a second has passed since the last sample."""
        return self._last is not None and time_s >= self._next_s

    def sample(
        self, time_s: float, *, step: int = -1, cross_track_m: float = nan
    ) -> None:
        """Keep the last report, ``time_s`` after the shift's start."""
        report = self._last
        if report is None:
            return
        self._next_s = time_s + SAMPLE_S - 1e-6
        values = (
            time_s,
            report.x_m,
            report.y_m,
            report.heading_rad,
            report.speed_mps,
            report.battery,
            step,
            cross_track_m,
            self.driven_m,
        )
        for (name, column), value in zip(self._columns.items(), values, strict=True):
            column.append(round(float(value), _DECIMALS[name]))

    def track(self, counters: Mapping[str, int]) -> Track:
        """Make the track of what was gathered so far."""
        column = {name: np.array(values) for name, values in self._columns.items()}
        x_m, y_m = column.pop("x_m"), column.pop("y_m")
        step: NDArray[np.int64] = column.pop("step").astype(np.int64)
        return Track(
            robot=self._robot,
            xy_m=np.column_stack([x_m, y_m]),
            step=step,
            events=tuple(self.events),
            counters=dict(counters),
            **column,
        )

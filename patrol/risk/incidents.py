"""What happened, where and when."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.hours import zone_of


class Origin(IntEnum):
    """How an incident became known."""

    REPORTED = 0
    PATROL = 1
    """Found by a patrol; no risk is fitted to it, or patrols would feed on it."""


@dataclass(frozen=True)
class Incidents:
    """
    A record of ``k`` incidents over a span of time. Arrays are read-only.

    Attributes
    ----------
    xy_m
        Metres east and north in the map's plane, shape ``(k, 2)``.
    time_s
        Seconds since 1970 UTC, shape ``(k,)``.
    kind
        What happened, in the source's words, shape ``(k,)``.
    origin
        `Origin` of each, shape ``(k,)``.
    since_s, until_s
        Span that the record covers, seconds since 1970 UTC; every time lies in it.
        A rate is a count over this span, so it must be the true one.
    time_zone
        IANA name of the zone in whose local time the hours of the week are meant.
    synthetic
        Whether a simulator drew them.
    vague_s
        How long before or after ``time_s`` each may have happened, in seconds, shape
        ``(k,)``: half of its span, 0 where the moment is known. None if all are known.

    Raises
    ------
    RiskError
        If the arrays do not fit each other or a value is impossible.
    """

    xy_m: NDArray[np.float64]
    time_s: NDArray[np.int64]
    kind: NDArray[np.object_]
    origin: NDArray[np.int8]
    since_s: int
    until_s: int
    time_zone: str
    synthetic: bool = False
    vague_s: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        _check_shapes(self)
        if not np.isfinite(self.xy_m).all():
            first = int((~np.isfinite(self.xy_m)).any(axis=1).argmax())
            raise RiskError(
                f"incident {first} is at {self.xy_m[first]} m: a coordinate must be a "
                f"finite number"
            )
        unknown = ~np.isin(self.origin, list(Origin))
        if unknown.any():
            first = int(unknown.argmax())
            raise RiskError(
                f"incident {first} has origin {self.origin[first]}: it must be one of "
                f"{[int(origin) for origin in Origin]}"
            )
        _check_span(self)
        zone_of(self.time_zone)
        if self.vague_s is not None and (self.vague_s < 0).any():
            first = int((self.vague_s < 0).argmax())
            raise RiskError(
                f"incident {first} is vague by {self.vague_s[first]} s: it must be 0 s "
                f"or more"
            )
        for name in _arrays(self):
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.time_s)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Incidents":
        """Keep some incidents, by number or mask, of a record of the same span."""
        arrays = {name: getattr(self, name)[chosen] for name in _arrays(self)}
        rest = {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in arrays
        }
        return Incidents(**arrays, **rest)


def _arrays(incidents: Incidents) -> list[str]:
    """Names of the arrays with a row for each incident."""
    return [
        one.name
        for one in fields(incidents)
        if isinstance(getattr(incidents, one.name), np.ndarray)
    ]


def _check_shapes(incidents: Incidents) -> None:
    k = len(incidents.time_s)
    for name in _arrays(incidents):
        shape = (k, 2) if name == "xy_m" else (k,)
        if getattr(incidents, name).shape != shape:
            raise RiskError(
                f"{name} has shape {getattr(incidents, name).shape}, expected {shape} "
                f"for {k} incidents"
            )


def _check_span(incidents: Incidents) -> None:
    since_s, until_s, time_s = incidents.since_s, incidents.until_s, incidents.time_s
    if not since_s <= until_s:
        raise RiskError(
            f"a record of incidents from {since_s} to {until_s} s: it must not end "
            f"before it begins"
        )
    outside = (time_s < since_s) | (time_s > until_s)
    if outside.any():
        first = int(outside.argmax())
        raise RiskError(
            f"incident {first} happened at {time_s[first]} s, outside the record's "
            f"span of {since_s} to {until_s} s: take it out or widen the span"
        )

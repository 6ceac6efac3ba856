"""
What residents report of their streets, without a trace of who they are.

A report says when and where somebody felt unsafe, and from which device, by a random
token. One device cannot outvote a street: of each only a few reports a week count, and
a street is told of only where several devices agree. The tokens go no further than
this module.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.snap import snap
from patrol.errors import RiskError
from patrol.risk.incident_file import ColumnMapping, load_incidents
from patrol.risk.incidents import Incidents

LEAST_DEVICES = 3
"""Fewer devices than this may point at a person: such a street is not told of."""

_COLUMNS = ColumnMapping(kind="device", keep_repeats=True)
_WEEK_S = 7 * 86_400
_MONDAY_S = 4 * 86_400  # 1970-01-05


@dataclass(frozen=True)
class ReportOptions:
    """
    How reports are counted.

    Attributes
    ----------
    least_devices
        Devices that must have reported a street, `LEAST_DEVICES` or more.
    per_week
        Reports of one device in one week (UTC, from Monday) that count, the first.
    within_m
        A report further than this from every street is about none.

    Raises
    ------
    RiskError
        If fewer devices are asked for than protect anybody, or nothing would count.
    """

    least_devices: int = LEAST_DEVICES
    per_week: int = 3
    within_m: float = 50.0

    def __post_init__(self) -> None:
        if self.least_devices < LEAST_DEVICES:
            raise RiskError(
                f"streets told of by {self.least_devices} devices: it must be "
                f"{LEAST_DEVICES} or more, or a report points at a person"
            )
        if self.per_week < 1 or not 0 < self.within_m < np.inf:
            raise RiskError(
                f"{self.per_week} reports a week within {self.within_m} m: there must "
                f"be at least 1, and the distance must be above 0"
            )


@dataclass(frozen=True)
class ResidentReports:
    """
    Reports added up by street.

    Attributes
    ----------
    devices
        Different devices that reported each street, 0 where there were fewer than the
        least, shape ``(m,)``.
    total, capped, outside, hidden
        Reports in the file; of them those above what a device may say in a week,
        those beside no street, and those of streets with too few devices.
    notes
        What else of the file was left out.
    """

    devices: NDArray[np.int64]
    total: int
    capped: int
    outside: int
    hidden: int
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say what was counted and what was not."""
        left = self.total - self.capped - self.outside - self.hidden
        return (
            *self.notes,
            f"{left} of {self.total} residents' reports count, on "
            f"{int((self.devices > 0).sum())} streets; {self.capped} are above what "
            f"one device may report in a week, {self.outside} beside no street, "
            f"{self.hidden} on streets that too few devices reported",
        )


def load_reports(
    path: Path,
    graph: StreetGraph,
    *,
    time_zone: str,
    until_s: int,
    options: ReportOptions,
) -> ResidentReports:
    """
    Read reports from a CSV file with columns ``time``, ``lat``, ``lon``, ``device``.

    Parameters
    ----------
    path
        The file, read as `load_incidents` reads one.
    graph
        Streets, ``m`` of them.
    time_zone
        IANA name of the zone of times that carry no offset.
    until_s
        Now, in seconds since 1970 UTC.
    options
        How reports are counted.

    Raises
    ------
    RiskError
        If the file cannot be read, lacks a column, speaks of persons, or a report
        has no device.
    """
    loaded = load_incidents(
        path, graph.projection, columns=_COLUMNS, time_zone=time_zone, until_s=until_s
    )
    return count_reports(graph, loaded.incidents, options=options, notes=loaded.notes)


def count_reports(
    graph: StreetGraph,
    reports: Incidents,
    *,
    options: ReportOptions,
    notes: tuple[str, ...] = (),
) -> ResidentReports:
    """
    Count the devices that reported each street.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    reports
        When and where; ``kind`` holds the token of the device.
    options
        How they are counted.
    notes
        What was left out before.

    Raises
    ------
    RiskError
        If a report has no device: it could be one person's, many times.
    """
    _, device = np.unique(reports.kind.astype(str), return_inverse=True)
    nameless = reports.kind.astype(str) == ""
    if nameless.any():
        raise RiskError(
            f"{int(nameless.sum())} of {len(reports)} reports have no device, the "
            f"first is report {int(nameless.argmax())}: without one nobody knows "
            f"whether they are one person's; give each a random token"
        )
    heard = _heard(device, reports.time_s, per_week=options.per_week)
    snapped = snap(graph, reports.xy_m, within_m=options.within_m)
    placed = heard & snapped.found
    pairs = np.unique(np.column_stack([snapped.street[placed], device[placed]]), axis=0)
    devices = np.bincount(pairs[:, 0], minlength=graph.num_edges)
    told = devices >= options.least_devices
    return ResidentReports(
        devices=np.where(told, devices, 0),
        total=len(reports),
        capped=int((~heard).sum()),
        outside=int((heard & ~snapped.found).sum()),
        hidden=int((~told[snapped.street[placed]]).sum()),
        notes=notes,
    )


def _heard(
    device: NDArray[np.int64], time_s: NDArray[np.int64], *, per_week: int
) -> NDArray[np.bool_]:
    """Mask of the first reports of each device in each week."""
    week = (time_s - _MONDAY_S) // _WEEK_S
    order = np.lexsort((time_s, week, device))
    start = np.ones(len(order), dtype=bool)
    same = np.diff(device[order]) == 0
    start[1:] = ~(same & (np.diff(week[order]) == 0))
    number = np.arange(len(order))
    place = number - np.maximum.accumulate(np.where(start, number, 0))
    heard = np.empty(len(order), dtype=bool)
    heard[order] = place < per_week
    return heard

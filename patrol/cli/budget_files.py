"""Stops and windows of a shift, read from small CSV files."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from maps import StreetGraph
from maps.areas import streets_touching
from maps.snap import nearest_node, snap
from maps.traverse import Traversal
from patrol.errors import PlanError
from patrol.planning.prizes import Stop, Window
from patrol.planning.problem import Shift

_REACH_M = 100.0
"""A stop or a point further than this from every drivable street is a mistake."""

_ISO_CHARS = len("2026-11-20T22")
"""Times this long or longer carry their date."""

Fields = Mapping[str, str]
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Place:
    """Where and when the files are about."""

    graph: StreetGraph
    traversal: Traversal
    shift: Shift


def read_stops(path: Path | None, place: Place) -> tuple[Stop, ...]:
    """
    Read stops: a line for each.

    The columns are ``lon``, ``lat``, ``minutes``, and if you like
    ``incidents_per_h``, ``from`` and ``to``. A stop that does not say how many
    incidents it is worth must be visited.

    Raises
    ------
    PlanError
        If the file cannot be read, or a line of it; the message names the line.
    """
    return tuple(_lines(path, lambda fields: _stop(fields, place)))


def read_windows(path: Path | None, place: Place) -> tuple[Window, ...]:
    """
    Read windows: a line for each.

    The columns are ``from`` and ``to``, and ``street`` (its number), ``lon`` and
    ``lat`` (the nearest street), or ``area`` (a polygon in WKT, longitude first).
    Where several hold for a street, it is open when all of them are.

    Raises
    ------
    PlanError
        If the file cannot be read, or a line of it; the message names the line.
    """
    spans: dict[int, tuple[float, float]] = {}
    for streets, open_s, close_s in _lines(path, lambda fields: _window(fields, place)):
        for street in streets:
            low_s, high_s = spans.get(street, (0.0, inf))
            spans[street] = max(low_s, open_s), min(high_s, close_s)
    for street, (low_s, high_s) in spans.items():
        if low_s > high_s:
            raise PlanError(f"{path}: the windows of street {street} do not overlap")
    return tuple(
        Window(street=street, open_s=low_s, close_s=high_s)
        for street, (low_s, high_s) in sorted(spans.items())
    )


def _lines(path: Path | None, read: Callable[[Fields], _Made]) -> Iterator[_Made]:
    """Read each line of a CSV file; say which one is wrong."""
    if path is None:
        return
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"cannot read {path} as CSV in UTF-8: {error}") from error
    reader = csv.DictReader(text.splitlines())
    for row in reader:
        fields = {str(k).strip(): v.strip() for k, v in row.items() if v and k}
        try:
            yield read(fields)
        except PlanError as error:
            raise PlanError(f"{path}, line {reader.line_num}: {error}") from error


def _stop(fields: Fields, place: Place) -> Stop:
    graph = place.graph
    xy_m = graph.projection.to_xy_m([_lon_lat(fields)])
    nodes, distances_m = nearest_node(graph, xy_m, place.traversal.drivable)
    _check_near(float(distances_m[0]))
    worth = fields.get("incidents_per_h", "")
    open_s, close_s = _span(fields, place.shift)
    return Stop(
        node=int(nodes[0]),
        dwell_s=60 * _number(fields, "minutes"),
        per_h=_number(fields, "incidents_per_h") if worth else 0.0,
        must=not worth,
        open_s=open_s,
        close_s=close_s,
    )


def _window(fields: Fields, place: Place) -> tuple[list[int], float, float]:
    open_s, close_s = _span(fields, place.shift)
    return _streets(fields, place), open_s, min(close_s, place.shift.duration_s)


def _streets(fields: Fields, place: Place) -> list[int]:
    graph = place.graph
    if fields.get("street"):
        number = _number(fields, "street")
        if number not in range(graph.num_edges):
            raise PlanError(f"street {number:g} is not one of 0..{graph.num_edges - 1}")
        return [int(number)]
    if fields.get("area"):
        return [int(street) for street in _in_area(fields["area"], graph)]
    xy_m = graph.projection.to_xy_m([_lon_lat(fields)])
    found = snap(graph, xy_m, within_m=10 * _REACH_M, mask=place.traversal.drivable)
    _check_near(float(found.distance_m[0]))
    return [int(found.street[0])]


def _in_area(text: str, graph: StreetGraph) -> NDArray[np.int64]:
    try:
        area = shapely.from_wkt(text)
    except shapely.errors.GEOSException as error:
        raise PlanError(f"area {text[:40]!r} is no WKT: {error}") from error
    moved = shapely.transform(area, graph.projection.to_xy_m)
    return streets_touching(graph, np.array([moved], dtype=object))


def _check_near(distance_m: float) -> None:
    if not distance_m <= _REACH_M:
        raise PlanError(
            f"the place is {distance_m:,.0f} m from the nearest street that the robot "
            f"can drive, at most {_REACH_M:.0f} m are allowed"
        )


def _lon_lat(fields: Fields) -> tuple[float, float]:
    return _number(fields, "lon"), _number(fields, "lat")


def _number(fields: Fields, name: str) -> float:
    try:
        return float(fields[name])
    except (KeyError, ValueError) as error:
        raise PlanError(
            f"{name} is {fields.get(name, 'missing')!r}: give a number"
        ) from error


def _span(fields: Fields, shift: Shift) -> tuple[float, float]:
    """First window from ``from`` to ``to`` that is not over when the shift begins."""
    since, until = fields.get("from", ""), fields.get("to", "")
    if not since and not until:
        return 0.0, inf
    for days in range(-1, 9):
        begin = _moment(since, shift, days) if since else shift.start
        end = _moment(until, shift, days) if until else None
        if end is not None and end <= begin:
            end += timedelta(days=1)
        if end is None or end > shift.start:
            open_s = max(0.0, begin.timestamp() - shift.start.timestamp())
            return open_s, (
                inf if end is None else end.timestamp() - shift.start.timestamp()
            )
    raise PlanError(
        f"the window from {since!r} to {until!r} is over before the shift begins"
    )


def _moment(text: str, shift: Shift, days: int) -> datetime:
    """Read a local time of day, days after the shift's, or a date and time."""
    zone = shift.start.tzinfo
    try:
        if len(text) >= _ISO_CHARS:
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        at = datetime.strptime(text, "%H:%M").replace(tzinfo=zone)
    except ValueError as error:
        raise PlanError(
            f"the time {text!r} must be local, as 22:30 or 2026-11-20T22:30"
        ) from error
    day = shift.start.date() + timedelta(days=days)
    return datetime.combine(day, at.time(), tzinfo=zone)

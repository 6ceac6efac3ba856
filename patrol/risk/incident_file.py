"""Incidents out of a CSV file, with every row that could not be used accounted for."""

import csv
import gzip
import io
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from maps.project import LocalProjection
from patrol.errors import RiskError
from patrol.risk.hours import zone_of
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.person_data import refuse_person_data
from patrol.risk.repairs import Repair

_FAR_M = 1e8

_DELIMITERS = ",;\t"
"""What spreadsheets put between columns, as the country of their user has it."""


class Refusal(StrEnum):
    """Why a row of a file is not used."""

    NO_COORDINATES = "without coordinates"
    IMPOSSIBLE_COORDINATES = "with impossible coordinates"
    UNREADABLE_TIME = "with an unreadable time"
    BEFORE_1970 = "from before 1970, as placeholders are"
    IN_THE_FUTURE = "in the future"
    UNKNOWN_ORIGIN = "with an unknown origin"
    BACKWARDS = "with an end before the beginning"
    REPEATED = "the same in every column as an earlier one"


@dataclass(frozen=True)
class ColumnMapping:
    """
    Names of a file's columns.

    Attributes
    ----------
    time
        Date and time of day, ISO 8601 unless ``time_format`` says otherwise; local
        time where it carries no offset.
    lat, lon
        WGS84 degrees.
    kind
        What happened; None where the file does not say.
    origin
        ``reported`` or ``patrol``; None where all were reported.
    time_format
        Format of local time as of `datetime.strptime`, such as ``%Y.%m.%d %H:%M``.
    end
        Latest moment where ``time`` is the earliest one, in the same format; None or
        empty where a moment is known.
    keep_repeats
        Whether rows that are the same in every column are incidents of their own, as
        in files whose numbers of cases were taken out.

    Raises
    ------
    RiskError
        If the format asks for an offset from UTC, which only ISO times may carry.
    """

    time: str = "time"
    lat: str = "lat"
    lon: str = "lon"
    kind: str | None = None
    origin: str | None = None
    time_format: str | None = None
    end: str | None = None
    keep_repeats: bool = False

    def __post_init__(self) -> None:
        if self.time_format is not None and "%z" in self.time_format.lower():
            raise RiskError(
                f"time format {self.time_format!r} asks for a time zone: leave the "
                f"format out for ISO 8601 times with an offset, or give local times"
            )


@dataclass(frozen=True)
class RefusedRows:
    """Rows that are not used for one reason: how many, and the first lines."""

    count: int
    first_lines: tuple[int, ...]


@dataclass(frozen=True)
class LoadedIncidents:
    """
    What a file gave.

    Attributes
    ----------
    incidents
        Its good rows in the file's order; the record spans the first to the last.
    rows
        Rows of the file, without its header.
    refused
        The other rows by reason.
    """

    incidents: Incidents
    rows: int
    refused: Mapping[Refusal, RefusedRows]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What was left out: one for each reason why rows were refused."""
        return tuple(
            Repair(
                f"rows_{reason.name.lower()}",
                found.count,
                f"{found.count} of {self.rows} rows {reason} left out, first in "
                f"{_lines(found.first_lines)}",
            )
            for reason, found in self.refused.items()
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each reason why rows were refused."""
        return tuple(one.sentence for one in self.repairs)


def load_incidents(
    path: Path,
    projection: LocalProjection,
    *,
    columns: ColumnMapping,
    time_zone: str,
    until_s: int,
) -> LoadedIncidents:
    """
    Read incidents from a CSV file, UTF-8 or CP949, plain or gzip.

    Columns may be parted by commas, semicolons or tabs; the first line tells.

    Parameters
    ----------
    path
        The file; its first line names the columns.
    projection
        Plane of the map.
    columns
        Which column is which.
    time_zone
        IANA name of the zone of times that carry no offset.
    until_s
        Now, in seconds since 1970 UTC: later incidents cannot have happened.

    Raises
    ------
    RiskError
        If the file cannot be read, lacks a column, holds personal data, has no good
        row, or lacks coordinates in more than half of its rows.
    """
    numbered = _numbered_rows(path)
    _, names = next(numbered, (1, []))
    header = [name.strip() for name in names]
    refuse_person_data(header)
    parser = _RowParser(_places(header, columns, path), columns, zone_of(time_zone))
    rows, bad = _sort_rows(numbered, parser, until_s=until_s)
    total = len(rows) + sum(map(len, bad.values()))
    _check_usable(path, bad, good=len(rows), total=total)
    lon, lat, first_s, last_s, kind, origin = zip(*rows, strict=True)
    begin_s, end_s = np.array([first_s, last_s], dtype=np.int64)
    vague_s = (end_s - begin_s) // 2
    incidents = Incidents(
        # The plane has no place for points a quarter of the world away: far outside.
        xy_m=projection.to_xy_m(np.column_stack([lon, lat])).clip(-_FAR_M, _FAR_M),
        time_s=begin_s + vague_s,
        kind=np.array(kind, dtype=object),
        origin=np.array(origin, dtype=np.int8),
        since_s=min(first_s),
        until_s=max(last_s),
        time_zone=time_zone,
        vague_s=vague_s if vague_s.any() else None,
    )
    refused = {
        reason: RefusedRows(len(lines), tuple(lines[:5]))
        for reason, lines in bad.items()
    }
    return LoadedIncidents(incidents, total, refused)


Row = tuple[float, float, int, int, str, Origin]
"""Longitude, latitude, earliest and latest time in s, kind and origin of a good row."""


@dataclass(frozen=True)
class _RowParser:
    place: Mapping[str, int]
    columns: ColumnMapping
    zone: ZoneInfo

    def parse(self, row: Sequence[str]) -> Row | Refusal:
        lat, lon = self._text(row, "lat"), self._text(row, "lon")
        if not lat or not lon:
            return Refusal.NO_COORDINATES
        point = _degrees(lat, lon)
        if point is None:
            return Refusal.IMPOSSIBLE_COORDINATES
        span_s = self._span_s(row)
        if isinstance(span_s, Refusal):
            return span_s
        origin = _ORIGINS.get(self._text(row, "origin").casefold())
        if origin is None:
            return Refusal.UNKNOWN_ORIGIN
        return (*point, *span_s, self._text(row, "kind"), origin)

    def _span_s(self, row: Sequence[str]) -> tuple[int, int] | Refusal:
        first_s = self._time_s(self._text(row, "time"))
        end = self._text(row, "end")
        last_s = self._time_s(end) if end else first_s
        if first_s is None or last_s is None:
            return Refusal.UNREADABLE_TIME
        if first_s < 0:
            return Refusal.BEFORE_1970
        return (first_s, last_s) if first_s <= last_s else Refusal.BACKWARDS

    def _text(self, row: Sequence[str], what: str) -> str:
        place = self.place.get(what)
        return "" if place is None or place >= len(row) else row[place].strip()

    def _time_s(self, text: str) -> int | None:
        try:
            if self.columns.time_format is None:
                moment = _iso_moment(text, self.zone)
            else:
                moment = datetime.strptime(text, self.columns.time_format).replace(
                    tzinfo=self.zone
                )
            return math.floor(moment.timestamp())
        except (ValueError, OverflowError):
            return None


_ORIGINS = {"": Origin.REPORTED, "reported": Origin.REPORTED, "patrol": Origin.PATROL}

_DATE_CHARS = len("2018-01-01")


def _iso_moment(text: str, zone: ZoneInfo) -> datetime:
    if len(text) <= _DATE_CHARS:
        # A date would become midnight, and the weekly profile would believe it.
        raise ValueError("no time of day")
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _degrees(lat: str, lon: str) -> tuple[float, float] | None:
    try:
        north, east = float(lat), float(lon)
    except ValueError:
        return None
    # Null Island is where geocoders put what they could not find.
    possible = abs(north) <= 90 and abs(east) <= 180 and (north, east) != (0.0, 0.0)
    return (east, north) if possible else None


def _numbered_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = _read_text(path)
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)  # of none, the first
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise RiskError(f"{path}, line {line}, is no CSV: {error}") from error


def _sort_rows(
    numbered: Iterator[tuple[int, list[str]]], parser: _RowParser, *, until_s: int
) -> tuple[list[Row], dict[Refusal, list[int]]]:
    good: list[Row] = []
    bad: dict[Refusal, list[int]] = {}
    repeats = _Repeats()
    for line, row in numbered:
        parsed = parser.parse(row)
        if not isinstance(parsed, Refusal) and parsed[3] > until_s:
            parsed = Refusal.IN_THE_FUTURE
        elif not parser.columns.keep_repeats and repeats.seen(row):
            parsed = Refusal.REPEATED if not isinstance(parsed, Refusal) else parsed
        if isinstance(parsed, Refusal):
            bad.setdefault(parsed, []).append(line)
        else:
            good.append(parsed)
    return good, {reason: bad[reason] for reason in Refusal if reason in bad}


@dataclass(frozen=True)
class _Repeats:
    """Rows so far, by a hash each: a million rows would not fit otherwise."""

    _known: set[bytes] = field(default_factory=set)

    def seen(self, row: Sequence[str]) -> bool:
        whole = blake2b("\x1f".join(row).encode(), digest_size=16).digest()
        known = whole in self._known
        self._known.add(whole)
        return known


def _check_usable(
    path: Path, bad: Mapping[Refusal, list[int]], *, good: int, total: int
) -> None:
    if total == 0:
        raise RiskError(f"{path} has no rows under its header: there is nothing to fit")
    reasons = "; ".join(
        f"{len(lines)} {reason}, first in {_lines(lines[:5])}"
        for reason, lines in bad.items()
    )
    if good == 0:
        raise RiskError(
            f"none of the {total} rows of {path} can be used: {reasons}. Check the "
            f"column names (are lat and lon swapped?), give WGS84 degrees and times "
            f"such as 2026-01-31T22:05, or name the time's format"
        )
    unplaced = len(bad.get(Refusal.NO_COORDINATES, []))
    if unplaced > total / 2:
        raise RiskError(
            f"{unplaced} of {total} rows of {path} are without coordinates: what is "
            f"left would not be the district. Geocode the file first, or leave the "
            f"rows out on purpose"
        )


def _places(
    header: Sequence[str], columns: ColumnMapping, path: Path
) -> dict[str, int]:
    wanted = {
        what: getattr(columns, what)
        for what in ("time", "lat", "lon", "kind", "origin", "end")
    }
    places = {}
    for what, name in wanted.items():
        if name is None:
            continue
        if name not in header:
            raise RiskError(
                f"{path} has no column {name!r} for {what}; it has {_listed(header)}: "
                f"name the right one in the column mapping"
            )
        places[what] = header.index(name)
    return places


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        raise RiskError(f"cannot read incidents {path}: {error}") from error
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RiskError(
        f"{path} is text in neither UTF-8 nor CP949: save it as a CSV file in UTF-8"
    )


def _listed(header: Sequence[str]) -> str:
    # Garbage makes one endless name.
    return ", ".join(repr(name[:40]) for name in header[:40]) or "none at all"


def _lines(lines: Sequence[int]) -> str:
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"

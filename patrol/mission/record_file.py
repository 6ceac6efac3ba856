"""
Records on disk: JSON Lines under gzip, ``.jsonl.gz``.

The first line is a header, the last one says how many lines there are; between
them, for each track, a line that opens it, lines of up to 600 samples and a line an
event. So a file that was cut short is known at once.
"""

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RecordError
from patrol.files import write_atomically
from patrol.mission.record import Event, EventKind, MissionRecord, Track

FORMAT = "patrol-record"
"""Name of the format in the header."""

VERSION = 1
"""Version of the format that is written, and the only one that is read."""

_GROUP = 600  # samples a line: ten minutes
_COLUMNS = (
    "time_s", "xy_m", "heading_rad", "speed_mps", "battery", "step",
    "cross_track_m", "driven_m",
)  # fmt: skip

_Line = dict[str, Any]


def save_record(record: MissionRecord, path: Path) -> None:
    """
    Write a record, whole or not at all; the same record gives the same bytes.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    lines = list(_lines(record))
    lines.append({"end": {"lines": len(lines) + 1}})
    text = "".join(
        json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        + "\n"
        for line in lines
    )
    write_atomically(path, gzip.compress(text.encode(), mtime=0))


def load_record(path: Path) -> MissionRecord:
    """
    Read a record.

    Raises
    ------
    RecordError
        If the file is not there, is no record, is damaged, was cut short or is of
        another version; the message names the file, and the line where there is one.
    """
    return _Reader(path).record()


def _lines(record: MissionRecord) -> Iterator[_Line]:
    yield {
        "format": FORMAT,
        "version": VERSION,
        "plan_digest": record.plan_digest,
        "complete": record.complete,
        "simulated": record.simulated,
        "tracks": len(record.tracks),
    }
    for track in record.tracks:
        yield {
            "track": {
                "robot": track.robot,
                "samples": track.samples,
                "events": len(track.events),
                "counters": dict(track.counters),
            }
        }
        for start in range(0, track.samples, _GROUP):
            yield {"samples": _group(track, slice(start, start + _GROUP))}
        for event in track.events:
            yield {"event": _event_line(event)}


def _group(track: Track, part: slice) -> _Line:
    group = {name: getattr(track, name)[part].tolist() for name in _COLUMNS}
    group["cross_track_m"] = [
        None if math.isnan(value) else value for value in group["cross_track_m"]
    ]
    return group


def _event_line(event: Event) -> _Line:
    line: _Line = {"time_s": event.time_s, "kind": event.kind.value}
    if event.detail:
        line["detail"] = event.detail
    if event.cause:
        line |= {"cause": event.cause, "values": dict(event.values)}
    if event.street is not None:
        line["street"] = event.street
    return line


class _DamagedError(RecordError):
    """Raised with file and line."""


class _Reader:
    """Reads one file line by line and knows where it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = _read(path)
        self._number = 0

    def record(self) -> MissionRecord:
        header = self._header()
        try:
            tracks = tuple(self._track() for _ in range(header["tracks"]))
            end = self._next("end")["lines"]
            if end != self._number or end != len(self._lines):
                self._fail(f"it has {len(self._lines)} lines and says {end}")
            return MissionRecord(
                plan_digest=str(header["plan_digest"]),
                complete=bool(header["complete"]),
                simulated=bool(header["simulated"]),
                tracks=tracks,
            )
        except _DamagedError:
            raise
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            what = f"no {error}" if isinstance(error, LookupError) else str(error)
            self._fail(what, cause=error)

    def _header(self) -> _Line:
        header = self._line()
        if header.get("format") != FORMAT:
            self._fail(f"it is no {FORMAT} file")
        if header.get("version") != VERSION:
            self._fail(
                f"it has version {header.get('version')!r}, this Patrol reads version "
                f"{VERSION}: read it with the Patrol that wrote it"
            )
        return header

    def _track(self) -> Track:
        head = self._next("track")
        groups = math.ceil(head["samples"] / _GROUP)
        columns = _columns([self._next("samples") for _ in range(groups)])
        if len(columns["time_s"]) != head["samples"]:
            self._fail(f"{len(columns['time_s'])} of {head['samples']} samples")
        events = [self._event() for _ in range(head["events"])]
        counters = {str(name): int(n) for name, n in head["counters"].items()}
        return Track(
            robot=str(head["robot"]),
            events=tuple(events),
            counters=counters,
            **columns,
        )

    def _event(self) -> Event:
        line = self._next("event")
        street = line.get("street")
        return Event(
            time_s=float(line["time_s"]),
            kind=EventKind(line["kind"]),
            detail=str(line.get("detail", "")),
            street=None if street is None else int(street),
            cause=str(line.get("cause", "")),
            values=dict(line.get("values", {})),
        )

    def _next(self, what: str) -> _Line:
        value = self._line().get(what)
        if not isinstance(value, dict):
            self._fail(f"expected a line of {what!r}")
        return value

    def _line(self) -> _Line:
        if self._number >= len(self._lines):
            self._fail("the file ends here: it was cut short")
        self._number += 1
        try:
            line = json.loads(self._lines[self._number - 1])
        except ValueError as error:
            self._fail(f"not JSON: {error}", cause=error)
        if not isinstance(line, dict):
            self._fail(f"a JSON object was expected, it is {type(line).__name__}")
        return line

    def _fail(self, what: str, *, cause: Exception | None = None) -> NoReturn:
        raise _DamagedError(
            f"record {self._path}, line {self._number}: {what}; make it anew by "
            f"driving the plan again"
        ) from cause


def _read(path: Path) -> list[str]:
    try:
        return gzip.decompress(path.read_bytes()).decode().rstrip("\n").split("\n")
    except FileNotFoundError as error:
        raise RecordError(
            f"there is no record {path}: `patrol simulate` and `patrol drive` write one"
        ) from error
    except EOFError as error:
        raise RecordError(
            f"record {path} was cut short: its gzip stream has no end; copy it again"
        ) from error
    except (OSError, zlib.error, UnicodeDecodeError) as error:
        raise RecordError(
            f"record {path} cannot be read: {error}; it must be a .jsonl.gz file"
        ) from error


def _columns(groups: list[_Line]) -> Mapping[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    for name in _COLUMNS:
        values = [value for group in groups for value in group[name]]
        kind = np.int64 if name == "step" else np.float64
        columns[name] = np.array(values, dtype=kind)
    columns["xy_m"] = columns["xy_m"].reshape(-1, 2)
    return columns

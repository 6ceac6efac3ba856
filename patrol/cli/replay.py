"""``patrol replay``: the frames of a byte log in words, and its session run again."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, KeyFile
from patrol.cli.output import emit
from patrol.errors import LinkError

if TYPE_CHECKING:
    from firmware_bridge.host_session import HostEvent
    from firmware_bridge.replay import Log, LoggedFrame


def replay(
    log_path: Annotated[
        Path,
        typer.Argument(
            metavar="LOG", help="File made by `patrol drive --log` or `hil --log`."
        ),
    ],
    key: KeyFile = None,
    as_json: Json = False,
) -> None:
    """List the frames of LOG, and run its session again over the same bytes."""
    from firmware_bridge.replay import frames_of, read_log

    log = read_log(log_path)
    frames = list(frames_of(log))
    again = log.nonce is not None and (key is not None or not log.is_signed)
    events, differs_s = _again(log, key) if again else ((), None)
    figures: dict[str, object] = {
        "robot": log.robot,
        "speaks": log.speaks,
        "started": log.started,
        "cut_off": log.cut_off,
        "frames": [_figures(frame) for frame in frames],
        "damaged": sum(frame.damaged for frame in frames),
        "session": again,
        "events": [{"time_s": at_s, "text": repr(event)} for at_s, event in events],
        "same": differs_s is None if again else None,
    }
    if not as_json:
        _write(_lines(frames, log.clock_s))
    told = ["robot", "speaks", "started", "damaged"]
    told += ["same"] if again else []
    rows = [("frames", str(len(frames))), ("events", str(len(events)))]
    rows += [(name, str(figures[name])) for name in told]
    emit(figures, rows, as_json=as_json)
    if differs_s is not None:
        raise LinkError(
            f"{log_path}: at {differs_s} s the session sends other bytes than the log "
            f"has; it was written by another version of this program, or changed"
        )


def _again(
    log: "Log", key: Path | None
) -> "tuple[tuple[tuple[float, HostEvent], ...], float | None]":
    from firmware_bridge.replay import replay
    from firmware_bridge.signing import load_key

    again = replay(log, key=None if key is None else load_key(key))
    return again.events, again.differs_s


def _figures(logged: "LoggedFrame") -> dict[str, object]:
    return {
        "time_s": logged.time_s,
        "from": "host" if logged.sent else "robot",
        "seq": logged.seq,
        "text": logged.text,
    }


def _lines(frames: "Iterable[LoggedFrame]", start_s: float) -> Iterable[str]:
    for logged in frames:
        who = "host " if logged.sent else "robot"
        time_s = logged.time_s - start_s
        yield f"{time_s:12.4f} {who} {logged.seq:5d} {logged.text}\n"


def _write(lines: Iterable[str]) -> None:
    sys.stdout.write("     seconds from    seq what\n")
    sys.stdout.writelines(lines)

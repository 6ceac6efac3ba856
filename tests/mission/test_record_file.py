import contextlib
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patrol.errors import RecordError
from patrol.mission.record import MissionRecord
from patrol.mission.record_file import load_record, save_record
from tests.mission.records import record_of, records, track_of

_here = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_COLUMNS = (
    "time_s", "xy_m", "heading_rad", "speed_mps", "battery", "step",
    "cross_track_m", "driven_m",
)  # fmt: skip


def saved(folder: Path, record: MissionRecord | None = None) -> Path:
    path = folder / "night.jsonl.gz"
    whole = record or record_of(track_of(), track_of("r2"), complete=True)
    save_record(whole, path)
    return path


def changed(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    text_lines = gzip.decompress(path.read_bytes()).decode().strip().split("\n")
    lines = [json.loads(line) for line in text_lines]
    change(lines)
    text = "\n".join(map(json.dumps, lines)) + "\n"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def same(one: MissionRecord, other: MissionRecord) -> bool:
    heads = [
        (r.plan_digest, r.complete, r.simulated, len(r.tracks)) for r in (one, other)
    ]
    return heads[0] == heads[1] and all(
        a.robot == b.robot
        and a.events == b.events
        and a.counters == b.counters
        and all(
            np.array_equal(getattr(a, c), getattr(b, c), equal_nan=True)
            and getattr(a, c).dtype == getattr(b, c).dtype
            for c in _COLUMNS
        )
        for a, b in zip(one.tracks, other.tracks, strict=True)
    )


@_here
@given(record=records())
def test_what_is_read_is_what_was_written(
    tmp_path: Path, record: MissionRecord
) -> None:
    assert same(load_record(saved(tmp_path, record)), record)


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    data = saved(tmp_path).read_bytes()
    assert data == saved(tmp_path / "other").read_bytes()
    assert data[4:8] == bytes(4)  # gzip's own time stamp


@_here
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(RecordError, match=r"night\.jsonl\.gz"):
        load_record(path)


@_here
@given(data=st.data())
def test_text_cut_anywhere_is_refused_with_its_line(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = saved(tmp_path)
    text = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(text[: data.draw(st.integers(0, len(text) - 2))]))
    with pytest.raises(RecordError, match=r"night\.jsonl\.gz, line \d+: "):
        load_record(path)


@_here
@given(data=st.data(), junk=st.binary(min_size=1, max_size=4))
def test_damage_is_refused_or_changes_nothing(
    tmp_path: Path, data: st.DataObject, junk: bytes
) -> None:
    path = saved(tmp_path)
    before, whole = load_record(path), bytearray(path.read_bytes())
    at = data.draw(st.integers(10, len(whole) - 1))  # after the gzip header
    whole[at : at + len(junk)] = junk
    path.write_bytes(whole)
    with contextlib.suppress(RecordError):
        assert same(before, load_record(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[0].update(version=2), "line 1: it has version 2"),
        (lambda lines: lines[0].update(format="x"), "line 1: it is no patrol-record"),
        (lambda lines: lines[0].update(tracks=1), "line 7: expected a line of 'end'"),
        (lambda lines: lines[0].pop("complete"), "no 'complete'"),
        (lambda lines: lines.pop(3), "line 6: expected a line of 'event'"),
        (lambda lines: lines[2]["samples"].pop("step"), "line 3: no 'step'"),
        (lambda lines: lines[2]["samples"]["time_s"].pop(), "line 3: 2 of 3 samples"),
        (lambda lines: lines[2]["samples"]["battery"].pop(), "battery has shape"),
        (lambda lines: lines[3]["event"].update(kind="dance"), "line 4: 'dance'"),
        (lambda lines: lines[3]["event"].update(street=float("inf")), "line 4: "),
        (lambda lines: lines[3]["event"].update(values={}), "do not fit its cause"),
        (lambda lines: lines[3]["event"].update(values=7), "line 4: "),
        (lambda lines: lines[1]["track"].update(counters=[1]), "line 6: "),
        (lambda lines: lines[4].clear(), "line 5: expected a line of 'event'"),
        (lambda lines: lines.append({}), "13 lines and says 12"),
        (lambda lines: lines.pop(), "line 11: the file ends here: it was cut short"),
    ],
)
def test_wrong_content_is_refused_with_file_and_line(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], object], message: str
) -> None:
    path = changed(saved(tmp_path), change)
    with pytest.raises(RecordError, match=message):
        load_record(path)


def test_a_night_that_was_broken_off_is_read_if_it_says_so(tmp_path: Path) -> None:
    broken = record_of(track_of(events=()))
    assert not load_record(saved(tmp_path, broken)).complete
    lie = changed(tmp_path / "night.jsonl.gz", lambda x: x[0].update(complete=True))
    with pytest.raises(RecordError, match="cut short; say complete=False"):
        load_record(lie)


def test_no_file_and_no_gzip_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no record"):
        load_record(tmp_path / "none.jsonl.gz")
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(RecordError, match=r"plan\.json cannot be read"):
        load_record(tmp_path / "plan.json")


def test_a_night_of_two_robots_is_a_small_file(tmp_path: Path) -> None:
    k = 28_800
    rng = np.random.default_rng(0)
    way_m = np.cumsum(rng.uniform(1.3, 1.4, k)).round(2)
    night = [
        track_of(
            name,
            time_s=np.arange(k) * 1.0,
            xy_m=np.column_stack([way_m, rng.normal(0, 0.02, k).round(3)]),
            heading_rad=rng.normal(0, 0.01, k).round(4),
            speed_mps=rng.uniform(1.3, 1.4, k).round(3),
            battery=np.linspace(1, 0.1, k).round(5),
            step=np.arange(k) // 60,
            cross_track_m=rng.uniform(0, 0.1, k).round(4),
            driven_m=way_m,
        )
        for name in ("r1", "r2")
    ]
    assert saved(tmp_path, record_of(*night)).stat().st_size < 2_500_000

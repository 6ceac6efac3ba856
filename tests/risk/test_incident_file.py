"""Incidents come out of real and broken files, and every row is accounted for."""

import gzip
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from maps import LocalProjection
from patrol.errors import RiskError
from patrol.risk.incident_file import (
    ColumnMapping,
    LoadedIncidents,
    Refusal,
    load_incidents,
)
from patrol.risk.incidents import Origin
from tests.shared_data import shared_file
from tests.strategies import GWANAK

UNTIL_S = int(datetime.fromisoformat("2026-02-01T00:00+09:00").timestamp())
GOOD = "2026-01-02T21:30,37.478,126.951"


def load(
    path: Path, columns: ColumnMapping | None = None, zone: str = "Asia/Seoul"
) -> LoadedIncidents:
    return load_incidents(
        path,
        GWANAK,
        columns=columns or ColumnMapping(),
        time_zone=zone,
        until_s=UNTIL_S,
    )


def csv_of(folder: Path, *rows: str, header: str = "time,lat,lon") -> Path:
    path = folder / "incidents.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def local_s(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.replace(tzinfo=ZoneInfo("Asia/Seoul")).timestamp())


def test_good_rows_become_incidents(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        "2026-01-02 21:30:05,37.4781,126.9514,theft,patrol",
        "2026-01-01T21:30+00:00,37.4790,126.9514,assault,",
        header="time, lat ,lon,what,by",
    )
    loaded = load(path, ColumnMapping(kind="what", origin="by"))
    incidents = loaded.incidents
    assert loaded.rows == 2
    assert loaded.refused == {}
    assert incidents.kind.tolist() == ["theft", "assault"]
    assert incidents.origin.tolist() == [Origin.PATROL, Origin.REPORTED]
    assert incidents.time_s[0] == local_s("2026-01-02T21:30:05")
    assert incidents.time_s[1] == local_s("2026-01-02T06:30:00")
    assert incidents.xy_m[0] == pytest.approx([0, 0], abs=0.01)
    assert incidents.xy_m[1] == pytest.approx([0, 99.9], abs=0.1)
    assert incidents.since_s == incidents.time_s[1]
    assert incidents.until_s == incidents.time_s[0]
    assert not incidents.synthetic


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("packed", [False, True])
def test_korean_files_of_every_encoding_are_read(
    tmp_path: Path, encoding: str, packed: bool
) -> None:
    data = "일시,위도,경도,죄종\n2026.01.02 3:05,37.478,126.951,절도\n".encode(encoding)
    path = tmp_path / "incidents.csv"
    path.write_bytes(gzip.compress(data) if packed else data)
    korean = ColumnMapping("일시", "위도", "경도", "죄종", time_format="%Y.%m.%d %H:%M")
    incidents = load(path, korean).incidents
    assert incidents.kind.tolist() == ["절도"]
    assert incidents.time_s.tolist() == [local_s("2026-01-02T03:05")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-01-02T21:30,,126.951", Refusal.NO_COORDINATES),
        ("2026-01-02T21:30,37.478", Refusal.NO_COORDINATES),
        ("2026-01-02T21:30,north,126.951", Refusal.IMPOSSIBLE_COORDINATES),
        ("2026-01-02T21:30,126.951,37.478", Refusal.IMPOSSIBLE_COORDINATES),
        ("2026-01-02T21:30,nan,126.951", Refusal.IMPOSSIBLE_COORDINATES),
        ("2026-01-02T21:30,37.478,inf", Refusal.IMPOSSIBLE_COORDINATES),
        ("2026-01-02T21:30,0,0.0", Refusal.IMPOSSIBLE_COORDINATES),
        (",37.478,126.951", Refusal.UNREADABLE_TIME),
        ("yesterday at noon,37.478,126.951", Refusal.UNREADABLE_TIME),
        ("2026-01-02,37.478,126.951", Refusal.UNREADABLE_TIME),
        ("2026-13-02T21:30,37.478,126.951", Refusal.UNREADABLE_TIME),
        ("1900-01-01T00:00,37.478,126.951", Refusal.BEFORE_1970),
        ("0001-01-01T09:00,37.478,126.951", Refusal.BEFORE_1970),
        ("2026-02-01T00:01,37.478,126.951", Refusal.IN_THE_FUTURE),
        ("2026-01-02T21:30,37.478,126.951,neighbour", Refusal.UNKNOWN_ORIGIN),
    ],
)
def test_a_bad_row_is_left_out_and_counted_with_its_line(
    tmp_path: Path, row: str, reason: Refusal
) -> None:
    path = csv_of(tmp_path, GOOD, row, GOOD, row, GOOD, header="time,lat,lon,by")
    loaded = load(path, ColumnMapping(origin="by", keep_repeats=True))
    assert len(loaded.incidents) == 3
    assert loaded.rows == 5
    assert list(loaded.refused) == [reason]
    assert loaded.refused[reason].count == 2
    assert loaded.refused[reason].first_lines == (3, 5)
    assert loaded.notes == (f"2 of 5 rows {reason} left out, first in lines 3, 5",)


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    two_lines = GOOD + ',"broken\nnote"'
    path = csv_of(tmp_path, two_lines, "", "x,,", GOOD, header="time,lat,lon,note")
    refused = load(path).refused[Refusal.NO_COORDINATES]
    assert path.read_text().splitlines()[refused.first_lines[0] - 1] == "x,,"
    assert load(path).rows == 3


def test_the_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = csv_of(tmp_path, GOOD, header="when,lat,lon")
    with pytest.raises(
        RiskError, match=r"no column 'time' for time; it has 'when', 'lat', 'lon': name"
    ):
        load(path)


def test_rows_that_are_all_bad_are_refused_with_every_reason(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "x,126.9,37.4", "x,37.4,126.9", "x,37.4,126.9")
    with pytest.raises(
        RiskError,
        match=r"none of the 3 rows .*: 1 with impossible coordinates, first in line 2; "
        r"2 with an unreadable time, first in lines 3, 4.* swapped",
    ):
        load(path)


def test_more_than_half_without_coordinates_are_refused(tmp_path: Path) -> None:
    load(csv_of(tmp_path, GOOD, "2026-01-02T21:30,,"))
    with pytest.raises(RiskError, match=r"2 of 3 rows of .* are without coordinates"):
        load(csv_of(tmp_path, GOOD, "2026-01-02T21:30,,", "2026-01-02T21:30,,"))


@pytest.mark.parametrize(
    "column",
    [
        "name", "Victim", "victim_age", "SuspectName", "plate", "licence plate",
        "Phone",
        "phone_number", "resident id", "e-mail email", "Case Number", "주민등록번호",
        "성명", "피해자 나이", "차량번호", "신고자전화", "First Name", "birth_date",
    ],
)  # fmt: skip
def test_personal_data_is_refused_by_column(tmp_path: Path, column: str) -> None:
    path = csv_of(tmp_path, GOOD + ",x", header=f"time,lat,lon,{column}")
    with pytest.raises(RiskError, match=f"'{column}' are about persons.*delete"):
        load(path)


@pytest.mark.parametrize(
    "column",
    ["street_name", "type name", "template", "시설이름", "neighbourhood", "id"],
)
def test_harmless_columns_pass(tmp_path: Path, column: str) -> None:
    path = csv_of(tmp_path, GOOD + ",x", header=f"time,lat,lon,{column}")
    assert len(load(path).incidents) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it has none at all"),
        (b"time,lat,lon\n", "no rows under its header"),
        (b"\xff\xfe\x00\x81\xff", "neither UTF-8 nor CP949"),
        (b"\x1f\x8b\x08\x00broken", "cannot read incidents"),
        (b"time,lat,lon\n" + b'"' + b"x" * 200_000, "line 2, is no CSV"),
    ],
)
def test_a_file_that_is_none_is_refused(
    tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "incidents.csv"
    path.write_bytes(data)
    with pytest.raises(RiskError, match=message) as caught:
        load(path)
    assert "incidents.csv" in str(caught.value)


def test_a_file_that_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RiskError, match=r"cannot read incidents .*absent.csv"):
        load(tmp_path / "absent.csv")


def test_a_format_with_an_offset_is_refused() -> None:
    with pytest.raises(RiskError, match="leave the format out"):
        ColumnMapping(time_format="%Y-%m-%d %H:%M%z")


def test_a_point_on_the_far_side_of_the_world_stays_far(tmp_path: Path) -> None:
    lon = GWANAK.lon_deg - 90  # where the plane has no place for it
    loaded = load(csv_of(tmp_path, f"2026-01-02T21:30,0.0,{lon}", GOOD))
    assert np.abs(loaded.incidents.xy_m[0]).max() > 1e6


def test_toronto_is_read_whole() -> None:
    loaded = load_incidents(
        shared_file("data/toronto-2018/incidents.csv.gz"),
        LocalProjection(-79.38, 43.70),
        columns=ColumnMapping(time="t", kind="type", keep_repeats=True),
        time_zone="America/Toronto",
        until_s=UNTIL_S,
    )
    assert loaded.rows == len(loaded.incidents) == 35_478
    assert loaded.notes == ()
    assert len(np.unique(loaded.incidents.xy_m, axis=0)) == 9_787
    assert np.abs(loaded.incidents.xy_m).max() < 30_000
    days = (loaded.incidents.until_s - loaded.incidents.since_s) / 86_400
    assert days == pytest.approx(365, abs=0.1)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_columns_may_be_parted_as_spreadsheets_do(
    tmp_path: Path, delimiter: str
) -> None:
    path = csv_of(tmp_path, f"{GOOD},fight", header="time,lat,lon,what")
    of_commas = load(path, ColumnMapping(kind="what")).incidents
    path.write_text(path.read_text().replace(",", delimiter))
    incidents = load(path, ColumnMapping(kind="what")).incidents
    assert incidents.kind.tolist() == ["fight"]
    assert incidents.time_s == of_commas.time_s
    assert (incidents.xy_m == of_commas.xy_m).all()


def test_rows_that_repeat_an_earlier_one_are_left_out_and_counted(
    tmp_path: Path,
) -> None:
    path = csv_of(tmp_path, GOOD, GOOD + " ", GOOD, "x,37,126", "x,37,126", GOOD)
    loaded = load(path)
    assert len(loaded.incidents) == 2
    assert loaded.refused[Refusal.REPEATED].first_lines == (4, 7)
    assert loaded.refused[Refusal.UNREADABLE_TIME].count == 2
    assert "2 of 6 rows the same in every column as an earlier one" in loaded.notes[-1]
    assert loaded.repairs[-1].name == "rows_repeated"
    kept = load(path, ColumnMapping(keep_repeats=True))
    assert len(kept.incidents) == 4
    assert Refusal.REPEATED not in kept.refused


def test_an_incident_with_an_end_lies_in_the_middle_of_its_span(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        "2026-01-02T21:00,37.478,126.951,2026-01-03T05:00",
        "2026-01-02T21:00,37.478,126.951,",
        "2026-01-02T21:00,37.478,126.951,2026-01-02T20:59",
        "2026-01-02T21:00,37.478,126.951,soon",
        "2026-01-31T21:00,37.478,126.951,2026-02-02T05:00",
        header="time,lat,lon,to",
    )
    loaded = load(path, ColumnMapping(end="to"))
    assert loaded.incidents.time_s.tolist() == [
        local_s("2026-01-03T01:00"),
        local_s("2026-01-02T21:00"),
    ]
    assert loaded.incidents.vague_s is not None
    assert loaded.incidents.vague_s.tolist() == [4 * 3600, 0]
    assert loaded.incidents.since_s == local_s("2026-01-02T21:00")
    assert loaded.incidents.until_s == local_s("2026-01-03T05:00")
    assert set(loaded.refused) == {
        Refusal.BACKWARDS,
        Refusal.UNREADABLE_TIME,
        Refusal.IN_THE_FUTURE,
    }

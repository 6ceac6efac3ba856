"""No report points at a person, and no device outvotes a street."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetMap
from patrol.errors import RiskError
from patrol.risk.concern import concern_layer
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.resident_reports import (
    LEAST_DEVICES,
    ReportOptions,
    ResidentReports,
    count_reports,
    load_reports,
)
from patrol.risk.weights import RiskWeights
from tests.risk.makers import DAY_S, NOW_S, SINCE_S
from tests.strategies import GWANAK, line_graph

GRAPH = line_graph(5)
Report = tuple[int, str, int]
"""Street, device, and days before now."""


def counted(rows: list[Report], **asked: float) -> ResidentReports:
    street, device, days = zip(*rows, strict=True)
    reports = Incidents(
        xy_m=np.array([(100 * s + 50, 3) for s in street], dtype=np.float64),
        time_s=NOW_S - DAY_S * np.array(days, dtype=np.int64),
        kind=np.array(device, dtype=object),
        origin=np.full(len(rows), Origin.REPORTED, dtype=np.int8),
        since_s=SINCE_S,
        until_s=NOW_S,
        time_zone="Asia/Seoul",
    )
    return count_reports(GRAPH, reports, options=ReportOptions(**asked))  # type: ignore[arg-type]


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from("abcdef"), st.integers(0, 40)),
        min_size=1,
        max_size=40,
    ),
    st.integers(3, 5),
    st.integers(1, 4),
)
def test_street_is_told_of_only_where_enough_devices_agree(
    rows: list[Report], least: int, per_week: int
) -> None:
    found = counted(rows, least_devices=least, per_week=per_week)
    for street in range(5):
        devices = {device for s, device, _ in rows if s == street}
        assert found.devices[street] == 0 or (
            least <= found.devices[street] <= len(devices)
        )
    counts = found.capped + found.outside + found.hidden
    assert 0 <= counts <= found.total == len(rows)
    if not found.devices.any():
        assert counts == found.total
    most = 6 * per_week * 7  # forty days touch seven weeks at most
    assert found.total - found.capped <= most


def test_one_device_is_one_however_often_it_reports() -> None:
    rows = [(1, "a", day) for day in range(0, 70, 7)] + [(1, "b", 0)]
    assert counted(rows).devices.tolist() == [0] * 5
    assert counted([*rows, (1, "c", 3)]).devices.tolist() == [0, 3, 0, 0, 0]


def test_first_reports_of_a_week_count_and_the_rest_do_not() -> None:
    # NOW_S is midnight in Seoul between Sunday and Monday, still Sunday in UTC.
    rows = [(s, "a", 1) for s in range(5)] + [(s, d, 2) for s in range(5) for d in "bc"]
    found = counted(rows, per_week=5)
    assert found.capped == 0
    assert found.devices.tolist() == [3] * 5
    few = counted(rows, per_week=3)
    assert few.capped == 6
    assert few.devices.tolist() == [3, 3, 3, 0, 0]
    assert "6 are above what one device" in few.sentences[0]


def test_report_beside_no_street_is_counted_as_such() -> None:
    assert counted([(40, "a", 1)]).outside == 1


def test_what_is_kept_names_no_device() -> None:
    found = counted([(1, "secret-1", 1), (1, "secret-2", 1), (1, "secret-3", 1)])
    assert found.devices[1] == 3
    said = [str(getattr(found, f.name)) for f in fields(found)]
    assert not any("secret" in text for text in said)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"least_devices": LEAST_DEVICES - 1}, "points at a person"),
        ({"per_week": 0}, "at least 1"),
        ({"within_m": 0}, "must be above 0"),
    ],
)
def test_fewer_devices_than_protect_anybody_are_refused(
    asked: dict[str, float], said: str
) -> None:
    with pytest.raises(RiskError, match=said):
        ReportOptions(**asked)  # type: ignore[arg-type]


def report_file(folder: Path, *rows: str, header: str = "time,lat,lon,device") -> Path:
    path = folder / "reports.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def load(path: Path) -> ResidentReports:
    return load_reports(
        path, GRAPH, time_zone="Asia/Seoul", until_s=NOW_S, options=ReportOptions()
    )


def test_reports_of_a_file_become_concern(tmp_path: Path) -> None:
    lon, lat = GWANAK.to_lon_lat_deg([(250, 2)])[0]
    rows = [f"2026-05-0{k}T22:10,{lat},{lon},token{k}" for k in range(1, 6)]
    found = load(report_file(tmp_path, *rows, "2030-01-01T22:10,37.4,126.9,x"))
    assert found.devices.tolist() == [0, 0, 5, 0, 0]
    assert "in the future" in found.sentences[0]
    street_map, weights = StreetMap(GRAPH, source="line"), RiskWeights()
    with_them = concern_layer(street_map, weights, devices=found.devices)
    without = concern_layer(street_map, weights)
    more = with_them.total - without.total
    assert more == pytest.approx([0, 0, 0.15, 0, 0])  # half of enough, times 0.3
    assert "reports" not in without.parts
    with pytest.raises(RiskError, match="one number a street, 5"):
        concern_layer(street_map, weights, devices=np.zeros(3, dtype=np.int64))


def test_reports_about_persons_or_without_a_device_are_refused(tmp_path: Path) -> None:
    row = "2026-05-01T22:10,37.4781,126.9514,"
    with pytest.raises(RiskError, match="1 of 1 reports have no device"):
        load(report_file(tmp_path, row))
    bad = report_file(tmp_path, row + "x,010", header="time,lat,lon,device,phone")
    with pytest.raises(RiskError, match="'phone' are about persons"):
        load(bad)
    with pytest.raises(RiskError, match="no column 'device'"):
        load(report_file(tmp_path, "2026-05-01T22:10,37,126", header="time,lat,lon"))

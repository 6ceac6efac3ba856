"""Bad input gets an exit code, the value, and the way out; nothing is left behind."""

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.conftest import DOCK, SOUTH_DEG, WEST_DEG, Run, lines_geojson


def build(patrol: Run, source: Path, folder: Path) -> tuple[int, str]:
    code, _, err = patrol("map", "build", source, "-o", folder / "made.parquet")
    assert not (folder / "made.parquet").exists() or code == 0
    return code, err


def plan_options(town: Path, output: Path) -> list[object]:
    return [
        "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
        "--start", "2026-11-20T22:00", "-o", output,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.osm.pbf", b""),
        ("corrupt.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader" + b"\xff" * 60),
        ("empty.osm", b"<osm version='0.6'></osm>"),
        ("half.osm.gz", gzip.compress(b"<osm version='0.6'>" * 50, mtime=0)[:40]),
        ("empty.geojson", b""),
        ("empty.graphml", b""),
        ("corrupt.gpkg", b"SQLite format 3\x00" + b"\xff" * 100),
        ("corrupt.parquet", b"PAR1" + b"\x00" * 30),
        ("photo.jpg", b"\xff\xd8"),
    ],
)
def test_corrupt_or_empty_map_is_refused(
    patrol: Run, tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    code, err = build(patrol, tmp_path / name, tmp_path)
    assert code == 2
    assert name in err


def test_map_that_is_not_there_is_refused(patrol: Run, tmp_path: Path) -> None:
    code, err = build(patrol, tmp_path / "none.osm.pbf", tmp_path)
    assert code == 2
    assert "none.osm.pbf" in err


def test_place_with_only_steps_is_refused(patrol: Run, tmp_path: Path) -> None:
    line = [[WEST_DEG, SOUTH_DEG], [WEST_DEG + 0.001, SOUTH_DEG]]
    path = tmp_path / "steps.geojson"
    path.write_text(json.dumps(lines_geojson([line], highway="steps")))
    code, err = build(patrol, path, tmp_path)
    assert code == 2
    assert "steps" in err


def test_dock_off_the_network_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    output = tmp_path / "p.json"
    code, _, err = patrol(*plan_options(town, output), "--dock", "126.90,37.40")
    assert code == 2
    assert "126.9,37.4" in err
    assert "move it" in err
    assert not output.exists()


@pytest.mark.parametrize(
    ("dock", "said"), [("here", "'here'"), ("1,2,3", "'1,2,3'"), ("400,37", "400")]
)
def test_place_that_is_none_is_refused(
    patrol: Run, town: Path, tmp_path: Path, dock: str, said: str
) -> None:
    code, _, err = patrol(*plan_options(town, tmp_path / "p.json"), "--dock", dock)
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--top-share", "0", "a share of 0.0"),
        ("--top-share", "1.5", "a share of 1.5"),
        ("--robots", "0", "--robots"),
        ("--hours", "-1", "-3600.0 s"),
        ("--hours", "nan", "nan s"),
        ("--start", "tonight", "'tonight'"),
    ],
)
def test_request_that_makes_no_sense_is_refused(
    patrol: Run, town: Path, tmp_path: Path, option: str, value: str, said: str
) -> None:
    options = plan_options(town, tmp_path / "p.json")
    code, _, err = patrol(*options, "--dock", DOCK, option, value)
    assert code == 2
    assert said in err


def test_shift_too_short_for_the_streets_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    options = plan_options(town, tmp_path / "p.json")
    code, _, err = patrol(*options, "--dock", DOCK, "--hours", "0.05")
    assert code == 3
    assert "the shift lasts 3.0 min" in err
    assert "lengthen the shift" in err


def test_battery_too_small_for_the_farthest_street_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    robot = tmp_path / "weak.toml"
    robot.write_text("battery_s = 60.0\n")
    options = plan_options(town, tmp_path / "p.json")
    code, _, err = patrol(*options, "--dock", DOCK, "--robot", robot)
    assert code == 3
    assert "battery" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("width = 1", "'width' is unknown"),
        ("width_m = 'wide'", "'wide'"),
        ("width_m = -1.0", "-1.0"),
        ("width_m", "no TOML"),
    ],
)
def test_robot_that_is_badly_described_is_refused(
    patrol: Run, town: Path, tmp_path: Path, text: str, said: str
) -> None:
    robot = tmp_path / "robot.toml"
    robot.write_text(text)
    code, _, err = patrol("map", "info", town / "map.parquet", "--robot", robot)
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("time,lat,lon\n2025-01-01T10:00,,\n2025-01-02T10:00,,\n", "coordinates"),
        (
            "time,lat,lon\n2025-01-01T10:00,1,1\n2025-02-02T10:00,1,1\n",
            "further than 100 m",
        ),
        ("time,lat,lon\n2925-01-01T10:00,37.48,126.95\n", "future"),
        ("when,lat,lon\n2025-01-01T10:00,37.48,126.95\n", "when"),
        ("time,lat,lon,victim_name\n2025-01-01T10:00,37.48,126.95,x\n", "victim_name"),
        ("", "inc.csv"),
    ],
)
def test_incidents_that_cannot_be_used_are_refused(
    patrol: Run, town: Path, tmp_path: Path, rows: str, said: str
) -> None:
    incidents, output = tmp_path / "inc.csv", tmp_path / "r.parquet"
    incidents.write_text(rows)
    code, _, err = patrol(
        "risk", "fit", town / "map.parquet", "--incidents", incidents,
        "--time-zone", "Asia/Seoul", "-o", output,
    )  # fmt: skip
    assert code == 2
    assert said in err
    assert not output.exists()


def test_risk_needs_exactly_one_source(patrol: Run, town: Path, tmp_path: Path) -> None:
    code, _, err = patrol(
        "risk", "fit", town / "map.parquet", "--time-zone", "Asia/Seoul",
        "-o", tmp_path / "r.parquet",
    )  # fmt: skip
    assert code == 2
    assert "0 sources" in err


def test_plan_for_another_map_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.geojson"
    line = [[WEST_DEG, SOUTH_DEG], [WEST_DEG + 0.002, SOUTH_DEG]]
    other.write_text(json.dumps(lines_geojson([line])))
    code, _, err = patrol("check", town / "plan.json", "--map", other)
    assert code == 2
    assert "is a plan for map" in err


def test_risk_of_another_map_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.geojson"
    line = [[WEST_DEG, SOUTH_DEG], [WEST_DEG + 0.002, SOUTH_DEG]]
    other.write_text(json.dumps(lines_geojson([line])))
    code, _, err = patrol(
        "plan", "cover", other, "--risk", town / "risk.parquet", "--dock", DOCK,
        "--start", "2026-11-20T22:00", "-o", tmp_path / "p.json",
    )  # fmt: skip
    assert code == 2
    assert "risk" in err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 999}', '{"version": 1}'])
def test_file_that_is_no_plan_is_refused(
    patrol: Run, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    code, _, err = patrol("check", path)
    assert code == 2
    assert "broken.json" in err


def test_record_of_another_plan_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    record = tmp_path / "night.jsonl.gz"
    record.write_bytes(gzip.compress(b"{}"))
    code, _, err = patrol(
        "report", town / "plan.json", "--risk", town / "risk.parquet",
        "--record", record, "-o", tmp_path / "report",
    )  # fmt: skip
    assert code == 2
    assert "night.jsonl.gz" in err


def test_port_that_does_not_exist_ends_with_4(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    output = tmp_path / "night.jsonl.gz"
    code, _, err = patrol(
        "drive", town / "plan.json", "--port", "/dev/ttyNONE1",
        "--port", "/dev/ttyNONE2", "-o", output,
    )  # fmt: skip
    assert code == 4
    assert "/dev/ttyNONE1" in err
    assert "patrol ports" in err
    assert not output.exists()


def test_too_few_ports_are_refused(patrol: Run, town: Path, tmp_path: Path) -> None:
    code, _, err = patrol(
        "drive", town / "plan.json", "--port", "/dev/ttyNONE1",
        "-o", tmp_path / "night.jsonl.gz",
    )  # fmt: skip
    assert code == 2
    assert "1 ports for the 2 robots" in err


def test_output_that_cannot_be_written_is_said(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = patrol(
        "export", town / "plan.json", "--to", "gpx", "-o", tmp_path / "file" / "p.gpx"
    )
    assert code == 2
    assert "file" in err


def test_unknown_option_ends_with_2(patrol: Run) -> None:
    code, _, err = patrol("demo", "--fast")
    assert code == 2
    assert "--fast" in err

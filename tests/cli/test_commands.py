"""Each command does its part of the job, for scripts and for people."""

import json
from pathlib import Path

import pytest

from patrol.report.texts import Language, say
from tests.cli.conftest import DOCK, SOUTH_DEG, WEST_DEG, Run


def test_map_info_says_what_can_be_driven(patrol: Run, town: Path) -> None:
    code, out, _ = patrol("map", "info", town / "map.parquet", "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["streets"] == 60
    assert figures["drivable_km"] == pytest.approx(figures["length_km"])


def test_info_of_a_source_is_info_of_its_map(patrol: Run, town: Path) -> None:
    _, of_map, _ = patrol("map", "info", town / "map.parquet", "--json")
    _, of_source, _ = patrol("map", "info", town / "grid.geojson", "--json")
    assert json.loads(of_map)["digest"] == json.loads(of_source)["digest"]


def test_points_of_ones_own_are_kept(patrol: Run, town: Path, tmp_path: Path) -> None:
    cameras = tmp_path / "cctv.csv"
    cameras.write_text("경도,위도\n126.951,37.479\n,\n", "cp949")
    code, out, _ = patrol(
        "map", "build", town / "grid.geojson", "--points", f"cameras={cameras}",
        "-o", tmp_path / "m.parquet", "--json",
    )  # fmt: skip
    figures = json.loads(out)
    assert code == 0
    assert figures["points"]["cameras"] == 1
    assert any("1 rows without coordinates" in note for note in figures["notes"])


def test_plan_prints_its_distance_to_the_limit(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    arguments = (
        "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
        "--dock", DOCK, "--start", "2026-11-20T22:00", "-o", tmp_path / "p.json",
    )  # fmt: skip
    code, out, _ = patrol(*arguments, "--json")
    figures = json.loads(out)
    assert code == 0
    assert 0 < figures["lower_bound_km"] <= figures["length_km"]
    assert figures["gap"] == pytest.approx(
        figures["length_km"] / figures["lower_bound_km"] - 1, abs=2e-3
    )
    _, table, _ = patrol(*arguments)
    assert say(Language.EN, f"kind_{figures['bound_kind']}") in table
    assert "SYNTHETIC" in table


def test_same_seed_gives_the_same_plan(patrol: Run, town: Path, tmp_path: Path) -> None:
    def plan(name: str, seed: int) -> bytes:
        path = tmp_path / name
        patrol(
            "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
            "--dock", DOCK, "--start", "2026-11-20T22:00", "--seed", seed, "-o", path,
        )  # fmt: skip
        return path.read_bytes()

    assert plan("a.json", 3) == plan("b.json", 3)


def test_area_that_is_kept_out_is_not_entered(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    west, south, east, north = WEST_DEG + 0.0045, SOUTH_DEG, WEST_DEG + 0.006, 37.49
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    area = {"type": "Polygon", "coordinates": [ring]}
    (tmp_path / "area.geojson").write_text(
        json.dumps({"type": "Feature", "properties": {}, "geometry": area})
    )
    code, _, _ = patrol(
        "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
        "--dock", DOCK, "--start", "2026-11-20T22:00", "-o", tmp_path / "p.json",
        "--keep-out", tmp_path / "area.geojson", "--top-share", 1, "--json",
    )  # fmt: skip
    assert code == 0
    plan = json.loads((tmp_path / "p.json").read_text())
    driven = {street for route in plan["routes"] for street in route["streets"]}
    assert len(plan["keep_out"]) == 11
    assert driven.isdisjoint(plan["keep_out"])
    code, _, err = patrol(
        "check", tmp_path / "p.json", "--map", town / "map.parquet",
        "--risk", town / "risk.parquet",
    )  # fmt: skip
    assert code == 0, err


def test_check_finds_nothing_in_a_good_plan(patrol: Run, town: Path) -> None:
    code, out, _ = patrol("check", town / "plan.json", "--json")
    assert (code, json.loads(out)) == (0, {"ok": True, "violations": []})


def test_check_ends_with_3_where_the_plan_lies(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    plan = json.loads((town / "plan.json").read_text())
    plan["length_m"] /= 2
    (tmp_path / "lie.json").write_text(json.dumps(plan))
    code, out, err = patrol(
        "check", tmp_path / "lie.json", "--map", town / "map.parquet", "--json"
    )
    assert code == 3
    assert "length" in json.loads(out)["violations"][0]
    assert "not sound" in err


def test_plan_that_moved_with_its_map_still_finds_it(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    for name in ("map.parquet", "plan.json"):
        (tmp_path / name).write_bytes((town / name).read_bytes())
    code, _, _ = patrol("check", tmp_path / "plan.json")
    assert code == 0


@pytest.mark.parametrize("form", ["geojson", "gpx"])
def test_plan_can_be_exported(
    patrol: Run, town: Path, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"plan.{form}"
    code, _, _ = patrol("export", town / "plan.json", "--to", form, "-o", path)
    assert code == 0
    assert path.stat().st_size > 1000


def test_night_is_driven_and_reported(patrol: Run, town: Path, tmp_path: Path) -> None:
    record = tmp_path / "night.jsonl.gz"
    code, out, _ = patrol(
        "simulate", town / "plan.json", "--faults", "-o", record, "--json"
    )
    figures = json.loads(out)
    assert code == 0
    assert figures["complete"]
    assert figures["faults_injected"] == 4
    assert figures["stopped_in_silence"] == 2
    assert (figures["commands_lost"], figures["commands_duplicated"]) == (0, 0)
    code, out, _ = patrol(
        "report", town / "plan.json", "--risk", town / "risk.parquet",
        "--record", record, "-o", tmp_path / "report", "--lang", "ko", "--json",
        "--place", "신림동",
    )  # fmt: skip
    assert code == 0
    page = Path(json.loads(out)["report"]).read_text("utf-8")
    assert "순찰" in page
    assert "신림동" in page


def test_report_of_a_plan_that_was_not_driven_says_so(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    code, out, _ = patrol(
        "report", town / "plan.json", "--risk", town / "risk.parquet",
        "-o", tmp_path, "--json",
    )  # fmt: skip
    assert code == 0
    assert "PLAN ONLY" in Path(json.loads(out)["report"]).read_text("utf-8")


def test_ports_are_listed(patrol: Run) -> None:
    code, out, _ = patrol("ports", "--json")
    assert code == 0
    assert isinstance(json.loads(out)["ports"], list)

"""Dose, audit and exploration on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import DOCK, SOUTH_DEG, WEST_DEG, Run

SEOUL = ("--synthetic", "--time-zone", "Asia/Seoul")


@pytest.fixture(scope="module")
def driven(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of the town's plan."""
    from patrol.cli.app import run

    path = tmp_path_factory.mktemp("night") / "record.jsonl.gz"
    assert run(["simulate", str(town / "plan.json"), "-o", str(path), "--json"]) == 0
    return path


def areas(folder: Path, **more: object) -> Path:
    """One square over the western half of the town."""
    middle, north = WEST_DEG + 0.0025, SOUTH_DEG + 0.006
    west, south = WEST_DEG - 0.001, SOUTH_DEG - 0.001
    ring = [
        [west, south],
        [middle, south],
        [middle, north],
        [west, north],
        [west, south],
    ]
    feature = {
        "type": "Feature",
        "properties": {"name": "서쪽 <west>", "people": 500} | more,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def test_night_is_logged_once_and_audited(
    patrol: Run, town: Path, driven: Path, tmp_path: Path
) -> None:
    log, page = tmp_path / "dose.parquet", tmp_path / "audit.html"
    command = ("risk", "dose", driven, "--plan", town / "plan.json", "-o", log)
    code, out, _ = patrol(*command, "--json")
    figures = json.loads(out)
    assert code == 0
    assert (figures["added"], figures["nights"]) == (1, 1)
    assert figures["km"] > 1
    code, table, _ = patrol(*command)
    assert code == 0
    assert "1 were in the log already" in table
    assert "SIMULATED" in table
    code, out, _ = patrol(
        "risk", "audit", town / "map.parquet", *SEOUL, "--dose", log, "--areas",
        areas(tmp_path), "--population", "people", "-o", page, "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert code == 0
    assert sum(row["patrol_km"] for row in found["areas"]) == pytest.approx(
        figures["km"], rel=0.01
    )
    assert found["areas"][0]["population_share"] in (1.0, None)
    html = page.read_text("utf-8")
    assert "서쪽 &lt;west&gt;" in html
    assert "False alarms" in html
    assert "SYNTHETIC" in html


def test_plan_is_audited_by_cells_before_it_is_driven(patrol: Run, town: Path) -> None:
    code, table, _ = patrol(
        "risk", "audit", town / "map.parquet", *SEOUL, "--plan", town / "plan.json",
        "--cell-m", 200,
    )  # fmt: skip
    assert code == 0
    assert "E1 N1" in table
    assert "patrolled streets" in " ".join(table.split())


@pytest.mark.parametrize("given", [(), ("--plan", "p.json", "--dose", "d.parquet")])
def test_audit_of_nothing_or_of_two_things_is_refused(
    patrol: Run, town: Path, given: tuple[str, ...]
) -> None:
    code, _, err = patrol("risk", "audit", town / "map.parquet", *SEOUL, *given)
    assert code == 2
    assert "one of --plan and --dose" in err


def test_areas_with_columns_about_persons_are_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    code, _, err = patrol(
        "risk", "audit", town / "map.parquet", *SEOUL, "--plan", town / "plan.json",
        "--areas", areas(tmp_path, suspect="x"),
    )  # fmt: skip
    assert code == 2
    assert "about persons" in err


def test_record_of_another_plan_is_refused(
    patrol: Run, town: Path, driven: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    cover = (
        "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
        "--dock", DOCK, "--start", "2026-11-21T22:00", "--top-share", 0.2, "-o", other,
    )  # fmt: skip
    assert patrol(*cover)[0] == 0
    code, _, err = patrol(
        "risk", "dose", driven, "--plan", other, "-o", tmp_path / "d.parquet"
    )
    assert code == 2
    assert "give its plan by --plan" in err


def test_exploration_changes_with_the_night_and_only_a_switch_turns_it_off(
    patrol: Run, town: Path, driven: Path, tmp_path: Path
) -> None:
    def required(start: str, *more: object) -> list[int]:
        path = tmp_path / "plan.json"
        code, _, err = patrol(
            "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
            "--dock", DOCK, "--start", start, "--top-share", 0.3, "-o", path, *more,
        )  # fmt: skip
        assert code == 0, err
        plan = json.loads(path.read_text())
        assert plan["weights"]["exploration"] == (
            0 if "--no-exploration" in more else 0.1
        )
        return list(plan["required"])

    friday, saturday = required("2026-11-20T22:00"), required("2026-11-21T22:00")
    top = required("2026-11-20T23:00", "--no-exploration")
    assert friday != saturday
    for night in (friday, saturday):
        assert 1 <= len(set(night) - set(top)) <= 2  # a tenth of 18 streets
    log = tmp_path / "dose.parquet"
    patrol("risk", "dose", driven, "--plan", town / "plan.json", "-o", log)
    assert required("2026-11-20T22:00", "--dose", log) != friday


def test_residents_reports_are_concern_and_no_part_of_the_rate(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    from maps.store import load_map
    from patrol.risk.store import load_risk

    lines = ["time,lat,lon,device"]
    lines += [
        f"2026-01-0{k}T21:00,{SOUTH_DEG},{WEST_DEG + 0.0005},t{k}" for k in range(1, 6)
    ]
    reports = tmp_path / "reports.csv"
    reports.write_text("\n".join(lines))
    graph = load_map(town / "map.parquet").graph
    fields = []
    for number, more in enumerate([(), ("--reports", reports)]):
        path = tmp_path / f"{number}.parquet"
        code, out, err = patrol(
            "risk", "fit", town / "map.parquet", *SEOUL, "-o", path, *more, "--json"
        )
        assert code == 0, err
        fields.append(load_risk(path, graph))
    assert "5 of 5 residents' reports count, on 1 streets" in out
    before, after = fields
    assert (after.concern > before.concern).sum() == 1
    assert after.rate_per_km_h.tolist() == before.rate_per_km_h.tolist()

"""Which streets are served is said in one way, and what cannot be is named."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import DOCK, SOUTH_DEG, SPACING_DEG, WEST_DEG, Run


def planned(
    patrol: Run, town: Path, folder: Path, *options: object
) -> tuple[int, dict[str, object], dict[str, object], str]:
    """Exit code, figures, plan and error output of a plan of the town."""
    path = folder / "p.json"
    code, out, err = patrol(
        "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
        "--dock", DOCK, "--start", "2026-11-20T22:00", "-o", path, "--json", *options,
    )  # fmt: skip
    plan = json.loads(path.read_text()) if path.exists() else {}
    return code, json.loads(out or "{}"), plan, err


def listed(folder: Path, *numbers: int) -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join(["street", *map(str, numbers)]) + "\n")
    return path


def closed(folder: Path) -> Path:
    """Area that keeps out of the south-west corner's two streets and more."""
    west, south = WEST_DEG + 2.4 * SPACING_DEG, SOUTH_DEG - SPACING_DEG
    east, north = west + 0.2 * SPACING_DEG, SOUTH_DEG + 0.2 * SPACING_DEG
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    path = folder / "closed.geojson"
    path.write_text(
        json.dumps({"type": "Feature", "properties": {}, "geometry": shape})
    )
    return path


def test_listed_streets_are_served_and_no_others(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    code, figures, plan, _ = planned(
        patrol, town, tmp_path, "--required", listed(tmp_path, 7, 3, 40)
    )
    assert code == 0
    assert plan["required"] == [3, 7, 40]
    assert plan["weights"]["named_streets"] == 3.0  # type: ignore[index]
    assert figures["left_out"] == []
    assert patrol("check", tmp_path / "p.json", "--map", town / "map.parquet")[0] == 0


def test_drawn_line_is_served(patrol: Run, town: Path, tmp_path: Path) -> None:
    line = [[WEST_DEG, SOUTH_DEG], [WEST_DEG + 2 * SPACING_DEG, SOUTH_DEG]]
    path = tmp_path / "line.geojson"
    geometry = {"type": "LineString", "coordinates": line}
    path.write_text(
        json.dumps({"type": "Feature", "properties": {}, "geometry": geometry})
    )
    code, _, plan, _ = planned(patrol, town, tmp_path, "--required", path)
    assert code == 0
    assert len(plan["required"]) == 2  # type: ignore[arg-type]


def test_streets_of_enough_risk_are_served(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    some = planned(patrol, town, tmp_path, "--min-risk", 0.0005)[2]["required"]
    all_ = planned(patrol, town, tmp_path, "--min-risk", 1e-9)[2]["required"]
    assert 0 < len(some) <= len(all_) == 60  # type: ignore[arg-type]
    code, _, _, err = planned(patrol, town, tmp_path, "--min-risk", 1e6)
    assert code == 2
    assert "the highest has" in err


def test_top_share_is_the_default(patrol: Run, town: Path, tmp_path: Path) -> None:
    one = planned(patrol, town, tmp_path)[2]
    other = planned(patrol, town, tmp_path, "--top-share", 0.15)[2]
    assert one["required"] == other["required"]
    assert one["weights"]["top_share"] == 0.15  # type: ignore[index]


def test_two_ways_at_once_are_refused(patrol: Run, town: Path, tmp_path: Path) -> None:
    code, _, _, err = planned(
        patrol, town, tmp_path, "--top-share", 0.1, "--min-risk", 1
    )
    assert code == 2
    assert "--top-share and --min-risk are given" in err
    code, _, _, err = planned(patrol, town, tmp_path, "--skip-undrivable")
    assert code == 2
    assert "without --required" in err


def test_streets_that_cannot_be_served_are_named_or_left_out_and_listed(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    options = (
        "--required", listed(tmp_path, 0, 5, 2, 4, 22, 30, 60, 1), "--keep-out",
        closed(tmp_path),
    )  # fmt: skip
    code, _, plan, err = planned(patrol, town, tmp_path, *options)
    assert (code, plan) == (2, {})
    assert "(keep out)" in err
    assert "street 60 (line 8), not on the map" in err
    assert "of 8 required streets cannot be served" in err

    code, figures, plan, _ = planned(
        patrol, town, tmp_path, *options, "--skip-undrivable"
    )
    left_out = figures["left_out"]
    assert code == 0
    assert isinstance(left_out, list)
    assert isinstance(plan["required"], list)
    assert len(left_out) + len(plan["required"]) == 8
    assert patrol(
        "plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
        "--dock", DOCK, "--start", "2026-11-20T22:00", "-o", tmp_path / "q.json",
        *options, "--skip-undrivable",
    )[1].count("keep out") >= 1  # fmt: skip


@pytest.mark.parametrize("skip", [[], ["--skip-undrivable"]])
def test_list_of_nothing_on_the_map_is_refused(
    patrol: Run, town: Path, tmp_path: Path, skip: list[str]
) -> None:
    path = listed(tmp_path, 100, 200)
    code, _, _, err = planned(patrol, town, tmp_path, "--required", path, *skip)
    assert code == 2
    assert "2 of 2 required streets" in err


def test_drawing_beside_all_streets_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    line = [[WEST_DEG, SOUTH_DEG - 1], [WEST_DEG + 0.1, SOUTH_DEG - 1]]
    path = tmp_path / "far.geojson"
    geometry = {"type": "LineString", "coordinates": line}
    path.write_text(
        json.dumps({"type": "Feature", "properties": {}, "geometry": geometry})
    )
    code, _, _, err = planned(patrol, town, tmp_path, "--required", path)
    assert code == 2
    assert "hold no street" in err

"""What is odd about a file of incidents is repaired and counted, or refused."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import SOUTH_DEG, SPACING_DEG, WEST_DEG, Run

Fit = tuple[int, str, str]


def rows_at(
    places: Sequence[tuple[float, float]], *, rounded: bool = False
) -> list[str]:
    """A row a place, in grid steps, at an uneven minute or on the full hour."""
    return [
        f"2026-01-{1 + k % 28:02d}T{k % 24:02d}:{0 if rounded else 1 + k % 59:02d},"
        f"{SOUTH_DEG + north * SPACING_DEG:.7f},{WEST_DEG + east * SPACING_DEG:.7f}"
        for k, (east, north) in enumerate(places)
    ]


def along_streets(count: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(1)
    east = rng.integers(0, 5, count) + rng.uniform(0.2, 0.8, count)
    north = rng.integers(0, 6, count)
    return list(zip(east.tolist(), north.tolist(), strict=True))


def fit(patrol: Run, town: Path, folder: Path, rows: Sequence[str], *more: str) -> Fit:
    incidents = folder / "incidents.csv"
    incidents.write_text("\n".join(["time,lat,lon", *rows]) + "\n", "utf-8")
    return patrol(
        "risk", "fit", town / "map.parquet", "--incidents", incidents,
        "--time-zone", "Asia/Seoul", "-o", folder / "risk.parquet", *more,
    )  # fmt: skip


def test_every_repair_is_counted_and_printed(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    crossings = [(float(k % 5 + 1e-4 * k), 2.0) for k in range(80)]
    lost = [(60.0, 2.0), (60.0, 2.0), (3.0, 90.0)]
    rows = [
        *rows_at(along_streets(150)),
        *rows_at(crossings, rounded=True),
        *rows_at(lost),
        "2099-01-01T12:07,37.4781,126.9501",
    ]
    rows.append(rows[0])
    code, out, err = fit(patrol, town, tmp_path, rows, "--json")
    assert code == 0, err
    figures = json.loads(out)
    assert figures["repairs"] == {
        "rows_in_the_future": 1,
        "rows_repeated": 1,
        "full_hours_spread": 80,
        "shared_at_crossings": 80,
        "outside": 3,
    }
    assert len(figures["notes"]) == 5
    assert [n for *_, n in figures["outside_places"]] == [2, 1]
    code, table, _ = fit(patrol, town, tmp_path, rows)
    assert code == 0
    text = " ".join(table.split())
    assert "80 of 230 incidents (35%) lie within 5 m of a crossing" in text
    assert "3 of 233 incidents lie further than 100 m" in text


def test_repeats_can_be_kept(patrol: Run, town: Path, tmp_path: Path) -> None:
    rows = rows_at(along_streets(30)) * 2
    code, out, _ = fit(patrol, town, tmp_path, rows, "--keep-repeats", "--json")
    assert code == 0
    assert json.loads(out)["incidents"] == 60
    code, out, _ = fit(patrol, town, tmp_path, rows, "--json")
    assert json.loads(out)["incidents"] == 30


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (rows_at([(1.5, 2.0)] * 40), "all 40 incidents are at one place"),
        (rows_at(along_streets(6))[:6], "it must span 7 or more"),
        ([r.replace("2026", "2099") for r in rows_at([(1, 2)])], "the future"),
        (
            rows_at([(500.0 + k, 9.0) for k in range(9)]),
            "further than 100 m from every",
        ),
    ],
)
def test_what_cannot_be_repaired_is_refused(
    patrol: Run, town: Path, tmp_path: Path, rows: list[str], said: str
) -> None:
    code, _, err = fit(patrol, town, tmp_path, rows)
    assert code == 2
    assert said in " ".join(err.split())
    assert not (tmp_path / "risk.parquet").exists()


def test_a_short_record_is_no_record_to_learn_from(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    week = rows_at(along_streets(12))
    assert fit(patrol, town, tmp_path, week)[0] == 0
    code, _, err = fit(patrol, town, tmp_path, week, "--learned")
    assert code == 2
    assert "needs 42 or more, use the plain risk until then" in " ".join(err.split())
    code, _, err = patrol(
        "risk", "evaluate", town / "map.parquet", "--incidents",
        tmp_path / "incidents.csv", "--time-zone", "Asia/Seoul",
    )  # fmt: skip
    assert code == 2
    assert "7 windows of 14 days do not fit a record of 11" in " ".join(err.split())


def test_a_weight_outside_its_range_is_refused_with_the_range(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "weights.toml"
    weights.write_text("[near]\nweight = 1.5\n", "utf-8")
    rows = rows_at(along_streets(30))
    code, _, err = fit(patrol, town, tmp_path, rows, "--weights", str(weights))
    assert code == 2
    assert "near.weight is 1.5: it must be a number from 0 to 1" in " ".join(
        err.split()
    )


def test_points_in_another_projection_are_refused_and_of_another_place_told(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    layer, built = tmp_path / "bars.csv", tmp_path / "map.parquet"
    build = ("map", "build", town / "grid.geojson", "-o", built)
    layer.write_text("lat,lon\n1942345.2,953012.9\n", "utf-8")
    code, _, err = patrol(*build, "--points", f"venues={layer}")
    assert code == 2
    assert "convert the file to WGS84" in " ".join(err.split())
    layer.write_text("lat,lon\n60.17,24.94\n", "utf-8")
    assert patrol(*build, "--points", f"venues={layer}")[0] == 0
    code, out, _ = patrol(
        "risk", "fit", built, "--annual-total", 100, "--time-zone", "Asia/Seoul",
        "-o", tmp_path / "risk.parquet", "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["repairs"] == {"venues_off_the_map": 1}


def test_areas_of_reporting_move_the_risk_and_are_named_in_it(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    west, east = WEST_DEG - 0.001, WEST_DEG + 0.01
    ring = [[west, 37], [east, 37], [east, 38], [west, 38], [west, 37]]
    half = {
        "type": "Feature",
        "properties": {"name": "Town", "rate": 0.5},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    areas = tmp_path / "areas.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": [half]}))
    rows = rows_at(along_streets(60))
    more = ("--reporting", str(areas), "--json")
    code, out, err = fit(patrol, town, tmp_path, rows, *more)
    assert code == 0, err
    assert json.loads(out)["weights"]["reporting.Town"] == 0.5
    code, out, err = patrol(
        "risk", "explain", town / "map.parquet", "--risk", tmp_path / "risk.parquet",
        "--street", 3, "--incidents", tmp_path / "incidents.csv", "--json",
    )  # fmt: skip
    assert code == 0, err
    assert json.loads(out)["what_would_change"]

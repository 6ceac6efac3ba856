"""A small town on which the commands are tried."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from patrol.cli.app import run

SIDE, SPACING_DEG = 6, 0.001
WEST_DEG, SOUTH_DEG = 126.950, 37.478
DOCK = f"{WEST_DEG},{SOUTH_DEG}"

Run = Callable[..., tuple[int, str, str]]


def grid_geojson(side: int = SIDE) -> dict[str, object]:
    def place(column: int, row: int) -> list[float]:
        return [WEST_DEG + column * SPACING_DEG, SOUTH_DEG + row * SPACING_DEG]

    ends = [
        ((i, j), (i + di, j + dj))
        for i in range(side)
        for j in range(side)
        for di, dj in ((1, 0), (0, 1))
        if i + di < side and j + dj < side
    ]
    return lines_geojson([[place(*a), place(*b)] for a, b in ends])


def lines_geojson(
    lines: list[list[list[float]]], *, highway: str = "residential"
) -> dict[str, object]:
    features = [
        {
            "type": "Feature",
            "properties": {"highway": highway, "name": f"Lane {i}"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for i, line in enumerate(lines)
    ]
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture
def patrol(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; gives exit code, output and error output."""

    def command(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a map, a risk and a plan of a grid of streets."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "grid.geojson").write_text(json.dumps(grid_geojson()))
    made = [
        ["map", "build", "grid.geojson", "-o", "map.parquet"],
        ["risk", "fit", "map.parquet", "--synthetic", "-o", "risk.parquet"],
        ["plan", "cover", "map.parquet", "--risk", "risk.parquet", "-o", "plan.json"],
    ]
    more = [
        [],
        ["--time-zone", "Asia/Seoul"],
        ["--dock", DOCK, "--start", "2026-11-20T22:00", "--top-share", "0.3"],
    ]
    for command, extra in zip(made, more, strict=True):
        words = [_inside(folder, word) for word in command]
        assert run([*words, *extra, "--json"]) == 0
    return folder


def _inside(folder: Path, word: str) -> str:
    return str(folder / word) if "." in word else word

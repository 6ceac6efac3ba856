"""While a plan is driven it can be changed: `patrol plan replan`."""

import json
from pathlib import Path

import pytest

from patrol.cli.app import run
from tests.cli.conftest import DOCK, SOUTH_DEG, SPACING_DEG, WEST_DEG, Run

NOW = "2026-11-20T22:10"


@pytest.fixture(scope="module")
def night(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a plan for three robots, and the record of its night."""
    folder = tmp_path_factory.mktemp("night")
    plan, record = folder / "plan.json", folder / "night.jsonl.gz"
    made = [
        ["plan", "cover", town / "map.parquet", "--risk", town / "risk.parquet",
         "--dock", DOCK, "--start", "2026-11-20T22:00", "--top-share", "0.3",
         "--robots", "3", "-o", plan],
        ["simulate", plan, "-o", record],
    ]  # fmt: skip
    for words in made:
        assert run([*map(str, words), "--json"]) == 0
    return folder


def changed(
    patrol: Run, town: Path, night: Path, output: Path, *options: object
) -> tuple[int, dict[str, object], str]:
    """Exit code, figures and error output of a replan; what it makes is checked."""
    code, out, err = patrol(
        "plan", "replan", night / "plan.json", "--risk", town / "risk.parquet",
        "-o", output, "--json", *options,
    )  # fmt: skip
    if code == 0:
        check = patrol("check", output, "--risk", town / "risk.parquet", "--json")
        assert json.loads(check[1]) == {"ok": True, "violations": []}
    return code, json.loads(out or "{}"), err


def test_streets_of_a_lost_robot_are_moved_and_told(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new.json"
    code, figures, _ = changed(
        patrol, town, night, path, "--now", NOW, "--lost", "robot 2"
    )
    new = json.loads(path.read_text())
    moved = figures["moved"]
    assert code == 0
    assert figures["now"] == "2026-11-20T22:10:00+09:00"
    assert new["shift"]["start"].startswith("2026-11-20T22:10")
    assert [route["robot"] for route in new["routes"]] == ["robot 1", "robot 3"]
    assert isinstance(moved, list)
    assert {one["from"] for one in moved} >= {"robot 2"}
    assert figures["changes"][1]["end_after"] is None  # type: ignore[index]


def test_people_read_who_takes_what_from_whom(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    code, table, _ = patrol(
        "plan", "replan", night / "plan.json", "--risk", town / "risk.parquet",
        "-o", tmp_path / "new.json", "--now", NOW, "--lost", "robot 1",
    )  # fmt: skip
    assert code == 0
    assert "streets from robot 1 to robot" in table
    assert "-> lost" in table
    assert "stays as it was" in table


def test_changed_plan_is_driven_in_simulated_robots(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new.json"
    changed(patrol, town, night, path, "--now", NOW, "--lost", "robot 3")
    code, out, _ = patrol("simulate", path, "-o", tmp_path / "n.jsonl.gz", "--json")
    assert code == 0
    assert json.loads(out)["complete"]


def test_record_says_where_robots_are_and_what_is_served(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    record = night / "night.jsonl.gz"
    served: list[int] = []
    for minute in ("05", "20"):
        code, figures, _ = changed(
            patrol, town, night, tmp_path / "new.json", "--record", record,
            "--now", f"2026-11-20T22:{minute}",
        )  # fmt: skip
        assert code == 0
        assert figures["dropped"] == []
        served.append(int(str(figures["served"])))
    assert 0 < served[0] < served[1]
    code, figures, _ = changed(
        patrol, town, night, tmp_path / "new.json", "--record", record
    )
    assert code == 0
    assert figures["required_km"] == 0.0


def test_robot_that_answered_an_alarm_goes_on_from_there(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new.json"
    place = f"{WEST_DEG + 5 * SPACING_DEG},{SOUTH_DEG + 5 * SPACING_DEG}"
    code, _, _ = changed(
        patrol, town, night, path, "--now", NOW, "--at", f"robot 1={place}",
        "--busy", "robot 1=12",
    )  # fmt: skip
    new = json.loads(path.read_text())
    assert code == 0
    assert new["fleet"][0]["ready_s"] == 720.0
    assert new["fleet"][0]["start"] != new["fleet"][0]["dock"]
    assert new["routes"][0]["depart_s"][0] >= 720.0


def _polygon(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {}, "geometry": shape}


def test_closed_streets_are_not_driven_any_more(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    west, south = WEST_DEG + 2.4 * SPACING_DEG, SOUTH_DEG + 2.8 * SPACING_DEG
    east, north = west + 0.2 * SPACING_DEG, SOUTH_DEG + 9 * SPACING_DEG
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps(_polygon(west, south, east, north)))
    path = tmp_path / "new.json"
    code, figures, _ = changed(
        patrol, town, night, path, "--now", NOW, "--keep-out", area
    )
    new = json.loads(path.read_text())
    driven = {street for route in new["routes"] for street in route["streets"]}
    assert code == 0
    assert len(new["keep_out"]) == 3
    assert driven.isdisjoint(new["keep_out"])
    dropped = figures["dropped"]
    assert isinstance(dropped, list)
    assert {one["street"] for one in dropped} <= set(new["keep_out"])


def test_what_a_closed_street_cuts_off_counts_neither_as_covered_nor_as_missed(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    """A strip from south to north closes all ways to the east of the town."""
    west, south = WEST_DEG + 3.4 * SPACING_DEG, SOUTH_DEG - SPACING_DEG
    east, north = west + 0.2 * SPACING_DEG, SOUTH_DEG + 9 * SPACING_DEG
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps(_polygon(west, south, east, north)))
    code, figures, err = changed(
        patrol, town, night, tmp_path / "new.json", "--now", "2026-11-20T22:00",
        "--keep-out", area,
    )  # fmt: skip
    assert code == 0, err
    assert {one["reason"] for one in figures["dropped"]} == {  # type: ignore[attr-defined]
        "closed", "cannot be reached any more"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "what time it is by --now"),
        (("--now", "2026-11-20"), "'2026-11-20' must be a date and local time"),
        (("--now", "later"), "'later'"),
        (("--now", "2026-11-21T08:00"), "within the shift"),
        (("--now", NOW, "--lost", "robot 9"), "'robot 9' is not in the plan"),
        (("--now", NOW, "--at", "robot 1"), "as 'robot 1=126.95,37.48'"),
        (("--now", NOW, "--at", "robot 1=1,1"), "place of robot 1"),
        (("--now", NOW, "--busy", "robot 1=soon"), "'soon'"),
        (("--now", NOW, "--busy", "robot 1=-1"), "minutes from 0"),
        (
            ("--now", NOW, *(w for n in "123" for w in ("--lost", f"robot {n}"))),
            "nobody to plan for",
        ),
    ],
)
def test_situation_that_makes_no_sense_is_refused(
    patrol: Run,
    town: Path,
    night: Path,
    tmp_path: Path,
    options: tuple[str, ...],
    said: str,
) -> None:
    code, _, err = changed(patrol, town, night, tmp_path / "new.json", *options)
    assert code == 2
    assert said in err
    assert not (tmp_path / "new.json").exists()


def test_record_of_another_plan_is_refused(
    patrol: Run, town: Path, night: Path, tmp_path: Path
) -> None:
    code, _, err = patrol(
        "plan", "replan", town / "plan.json", "--risk", town / "risk.parquet",
        "-o", tmp_path / "new.json", "--record", night / "night.jsonl.gz",
    )  # fmt: skip
    assert code == 2
    assert "the record is of plan" in err

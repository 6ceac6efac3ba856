import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from patrol.errors import PlanError
from patrol.planning.plan import Bound, BoundKind, PatrolPlan, Route
from patrol.planning.plan_file import load_plan, save_plan
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import RobotDuty
from patrol.planning.solve import solve
from patrol.robot import RobotProfile
from tests.planning.problems import QUICK, START, grid_plan, patrol_problems

GOLDEN = Path(__file__).parent / "golden_plan.json"
VERSION_1 = Path(__file__).parent / "golden_plan_v1.json"
ROBOT = {
    "name": "robot 1", "profile": 0, "dock": 4, "start": 4, "end": 4, "charge": 1.0,
    "ready_s": 0.0,
}  # fmt: skip


def _small_plan() -> PatrolPlan:
    return PatrolPlan(
        graph_digest="ab" * 32,
        risk_digest="cd" * 32,
        map_path="maps/여기.osm.pbf",
        fleet=(
            RobotDuty(name="robot 1", profile=RobotProfile(), dock=4, start=4, end=4),
        ),
        shift=Shift(START, 28800.0),
        required=np.array([2]),
        keep_out=np.array([9]),
        routes=(
            Route(
                robot="robot 1",
                streets=np.array([2, 2]),
                forward=np.array([True, False]),
                served=np.array([True, False]),
                depart_s=np.array([0.0, 72.25]),
                arrive_s=np.array([72.25, 144.5]),
                trip=np.array([0, 0]),
            ),
        ),
        length_m=200.7,
        required_m=100.35,
        coverage=0.125,
        bound=Bound(200.69, BoundKind.PROVED_OPTIMAL, 200.69, BoundKind.WEAK),
        seed=11,
        weights={"share": 0.2, "lamps": 1},
        synthetic_risk=True,
        longest_m=200.7,
    )


def test_file_is_as_it_has_always_been(tmp_path: Path) -> None:
    save_plan(_small_plan(), tmp_path / "plan.json")
    assert (tmp_path / "plan.json").read_text("utf-8") == GOLDEN.read_text("utf-8")


def test_file_of_version_1_is_read() -> None:
    old = load_plan(VERSION_1)
    assert old.digest == _small_plan().digest
    assert old.docks == (4,)
    assert old.profiles == (RobotProfile(),)


def test_mixed_fleet_comes_back_as_it_was(tmp_path: Path) -> None:
    plan, slow = grid_plan(), RobotProfile(name="slow", speed_mps=0.5)
    first, second = plan.fleet
    other = replace(second, profile=slow, dock=3, end=None, charge=0.25, ready_s=60.0)
    plan = replace(plan, fleet=(first, other), objective=Objective.TOTAL)
    save_plan(plan, tmp_path / "plan.json")
    again = load_plan(tmp_path / "plan.json")
    assert again.fleet == plan.fleet
    assert again.digest == plan.digest
    assert again.docks == (0, 3)
    assert again.profiles == (first.profile, slow)


def test_golden_file_is_read() -> None:
    plan = load_plan(GOLDEN)
    assert plan.digest == _small_plan().digest
    assert plan.bound.kind is BoundKind.PROVED_OPTIMAL
    assert str(plan.shift.start.tzinfo) == "Asia/Seoul"


@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(problem=patrol_problems())
def test_plan_comes_back_as_it_was(tmp_path: Path, problem: PatrolProblem) -> None:
    plan = solve(problem, seed=0, until=QUICK)
    save_plan(plan, tmp_path / "plan.json")
    again = load_plan(tmp_path / "plan.json")
    assert again.digest == plan.digest
    assert again.routes[0].streets.dtype == np.int64
    assert again.shift == plan.shift


def test_digest_tells_plans_apart() -> None:
    plan = grid_plan()
    others = [
        replace(plan, fleet=(replace(plan.fleet[0], dock=1), plan.fleet[1])),
        replace(plan, seed=plan.seed + 1),
        replace(plan, routes=plan.routes[::-1]),
        replace(plan, weights={"share": 0.2}),
    ]
    assert len({plan.digest, *(other.digest for other in others)}) == 5
    assert len(plan.digest) == 64


def _broken(change: dict[str, Any], *, without: str = "", old: bool = False) -> str:
    golden = VERSION_1 if old else GOLDEN
    document = json.loads(golden.read_text("utf-8")) | change
    document.pop(without, None)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: no JSON"),
        ('{"format": "patrol plan",\n "vers', "line 2, column 2: no JSON"),
        ("[1, 2]", 'does not say "format": "patrol plan"'),
        ('{"format": "patrol night"}', 'does not say "format": "patrol plan"'),
        (_broken({"version": 3}), "version 3, this Patrol reads versions 1 to 2"),
        (_broken({}, without="version"), "version None"),
        (_broken({}, without="fleet"), "the first at fleet: Field required"),
        (_broken({"fleet": [ROBOT | {"dock": "4"}]}), r"fleet\.0\.dock: .* integer"),
        (_broken({"fleet": [ROBOT | {"dock": -1}]}), r"the first at fleet\.0\.dock"),
        (_broken({"fleet": [ROBOT | {"profile": 1}]}), "of kind 1, .* describes 1"),
        (_broken({"fleet": [ROBOT | {"charge": 7}]}), r"a charge of 7\.0"),
        (_broken({"objective": "least"}), "the first at objective"),
        (_broken({}, old=True, without="dock"), r"the first at fleet\.0\.dock"),
        (_broken({"routes": [1]}, old=True), r"the first at fleet\.0\.name"),
        (_broken({"bound": 2}, old=True), "the first at bound"),
        (_broken({}, old=True, without="profile"), "the first at profiles"),
        (_broken({"colour": "red"}), "the first at colour"),
        (_broken({"length_m": float("nan")}), "the first at length_m"),
        (_broken({"routes": [{"robot": "a"}]}), r"the first at routes\.0\.streets"),
        (_broken({"shift": {"start": "x", "time_zone": None, "duration_s": 1.0}}), "x"),
    ],
)
def test_bad_file_is_refused_with_its_name_and_the_place(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "night.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=message) as caught:
        load_plan(path)
    assert "night.json" in str(caught.value)


def test_route_of_uneven_arrays_is_refused(tmp_path: Path) -> None:
    document = json.loads(GOLDEN.read_text("utf-8"))
    document["routes"][0]["trip"] = [0]
    (tmp_path / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PlanError, match=r"trip has shape \(1,\), expected \(2,\)"):
        load_plan(tmp_path / "plan.json")


def test_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    document = json.loads(GOLDEN.read_text("utf-8"))
    document["shift"]["time_zone"] = "Mars/Olympus"
    (tmp_path / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PlanError, match="Mars/Olympus"):
        load_plan(tmp_path / "plan.json")


def test_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot read plan"):
        load_plan(tmp_path / "none.json")
    (tmp_path / "plan.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanError, match="byte 0 is not UTF-8"):
        load_plan(tmp_path / "plan.json")


def test_bound_below_zero_is_refused() -> None:
    with pytest.raises(PlanError, match=r"the bound length_m is -1\.0"):
        Bound(-1.0, BoundKind.LP, 0.0, BoundKind.LP)


def test_gap_of_a_plan_without_a_bound_is_infinite() -> None:
    plan = replace(_small_plan(), bound=Bound(0, BoundKind.WEAK, 0, BoundKind.WEAK))
    assert plan.gap == float("inf")
    assert _small_plan().gap == pytest.approx(200.7 / 200.69 - 1)


def test_same_plan_has_the_same_digest_in_every_folder() -> None:
    plan = grid_plan()
    assert replace(plan, map_path="elsewhere/map.parquet").digest == plan.digest
    assert replace(plan, seed=plan.seed + 1).digest != plan.digest

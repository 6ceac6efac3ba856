"""
The best risk within a shift, with its bound, on real districts.

``python -m benchmarks.budget [DATA] --seconds S --json FILE`` takes the embedded map
and Gwanak-gu, where its files lie under the folder DATA, for 1, 2 and 5 robots and
shifts of 2 and 8 hours, each beside what simple rules collect (`budget_baselines`). S
is the wall time for one plan; without it the work is limited by rounds.
"""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.budget_baselines import RULES
from benchmarks.child import measure
from benchmarks.district import Case, known_cases
from benchmarks.districts import effort_of
from benchmarks.output import Row, publish
from maps import StreetMap
from maps.read import read_map
from patrol.cli.budget import describe_budget
from patrol.cli.budget_steps import BudgetRequest, budget_problem, plan_budget
from patrol.cli.night import check_night
from patrol.cli.risk_steps import RiskSource, fit_from
from patrol.cli.steps import parse_shift
from patrol.risk.field import RiskField
from patrol.risk.weights import RiskWeights
from patrol.robot import RobotProfile

_ROBOTS = (1, 2, 5)
_HOURS = (2.0, 8.0)
_PROBLEM = "team orienteering, incidents per hour"
_NOWHERE = (0.0, 0.0)  # never used: known cases have a dock
_HERE = "benchmarks.budget:run_case"
_RULES = "benchmarks.budget:run_rule"
_LONGEST_S = 600.0  # for reading, risk and rules, besides the time for a plan


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of maps.")] = None,
    *,
    seconds: Annotated[float | None, typer.Option(help="For one plan.")] = None,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Plan shifts of several lengths and fleets, each in a process of its own."""
    rows: list[Row] = []
    limit = "" if seconds is None else str(seconds)
    for case in known_cases(data):
        for hours in _HOURS:
            for robots in _ROBOTS:
                asked = json.dumps([asdict(case), hours, robots])
                labels = {"instance": case.name, "hours": hours, "robots": robots}
                plan = {**labels, **_measured(_HERE, asked, limit)}
                rows.append(plan)
                for rule in RULES:
                    row = {**labels, **_measured(_RULES, asked, rule), "solver": rule}
                    rows.append({**row, **_beside(row, plan)})
    gaps = [gap for row in rows if isinstance(gap := row.get("gap_bound"), float)]
    summary = {
        "plans": sum(row["solver"] == "patrol" for row in rows),
        "sound": sum(row.get("sound") is True for row in rows),
        "mean gap": sum(gaps) / len(gaps) if gaps else None,
        "largest gap": max(gaps, default=None),
    }
    for rule in RULES:
        mine = (row for row in rows if row["solver"] == rule)
        gains = [g for row in mine if isinstance(g := row.get("plan_gains"), float)]
        summary[f"mean gain over {rule}"] = sum(gains) / len(gains) if gains else None
    publish("budget", rows, summary, json_path=json_path)


def _measured(function: str, *arguments: str) -> Row:
    limit_s = float(arguments[-1]) if arguments[-1][:1].isdigit() else 0.0
    done = measure(function, *arguments, timeout_s=_LONGEST_S + 2 * limit_s)
    figures = done.result or {"error": done.error}
    return {"solver": "patrol", **figures, "peak_mb": done.peak_mb}


def _beside(row: Row, plan: Row) -> Row:
    """Share by which the plan collects more than a rule, and the plan's bound."""
    ours, theirs = plan.get("cost"), row.get("cost")
    if not isinstance(ours, float) or not isinstance(theirs, float) or theirs == 0:
        return {}
    return {"bound": plan["bound"], "plan_gains": ours / theirs - 1}


def run_rule(text: str, rule: str) -> dict[str, object]:
    """Collect by a simple rule; what a child process runs."""
    street_map, risk, request = _asked(text)
    problem = budget_problem(street_map, risk, RobotProfile(), request=request)
    begun = time.process_time()
    covered_per_h = RULES[rule](problem)
    return {
        "problem": _PROBLEM,
        "cost": covered_per_h,
        "cpu_s": round(time.process_time() - begun, 1),
    }


def run_case(text: str, seconds: str) -> dict[str, object]:
    """Plan one shift; what a child process runs."""
    street_map, risk, request = _asked(text)
    begun = time.process_time()
    plan = plan_budget(
        street_map, risk, RobotProfile(), request=request, until=effort_of(seconds)
    )
    plan_s = time.process_time() - begun
    figures = describe_budget(plan)[0]
    return {
        "problem": _PROBLEM,
        "cost": figures["covered_per_h"],
        "bound": figures["bound_per_h"],
        "bound_kind": figures["bound_kind"],
        "best_known": None,
        "gap_best_known": None,
        "gap_bound": figures["gap"],
        "share": figures["share"],
        "length_km": figures["length_km"],
        "sound": not check_night(street_map, plan, None),
        "cpu_s": round(plan_s, 1),
    }


def _asked(text: str) -> tuple[StreetMap, RiskField, BudgetRequest]:
    raw, hours, robots = json.loads(text)
    case = Case(**raw)
    street_map = read_map(Path(case.path))
    source = RiskSource(
        time_zone=case.time_zone,
        annual_total=case.annual_total,
        synthetic=case.annual_total is None,
    )
    risk, _ = fit_from(source, street_map, RiskWeights())
    request = BudgetRequest(
        dock_lon_lat_deg=case.dock or _NOWHERE,
        shift=parse_shift("2026-11-20T22:00", hours, time_zone=case.time_zone),
        robots=robots,
    )
    return street_map, risk, request


if __name__ == "__main__":
    typer.run(main)

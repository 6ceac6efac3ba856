"""
The best risk within a shift, with its bound, on real districts.

``python -m benchmarks.budget [DATA] --seconds S --json FILE`` takes the embedded map
and Gwanak-gu, where its files lie under the folder DATA, for 1, 2 and 5 robots and
shifts of 2 and 8 hours. S is the longest time for one plan.
"""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.child import measure
from benchmarks.district import Case, known_cases
from benchmarks.output import Row, publish
from maps.read import read_map
from patrol.cli.budget import describe_budget
from patrol.cli.budget_steps import BudgetRequest, plan_budget
from patrol.cli.night import check_night
from patrol.cli.risk_steps import RiskSource, fit_from
from patrol.cli.steps import parse_shift
from patrol.risk.weights import RiskWeights
from patrol.robot import RobotProfile

_ROBOTS = (1, 2, 5)
_HOURS = (2.0, 8.0)
_NOWHERE = (0.0, 0.0)  # never used: known cases have a dock
_HERE = "benchmarks.budget:run_case"


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of maps.")] = None,
    *,
    seconds: Annotated[float, typer.Option(help="Longest time for a plan.")] = 600.0,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Plan shifts of several lengths and fleets, each in a process of its own."""
    rows: list[Row] = []
    for case in known_cases(data):
        for hours in _HOURS:
            for robots in _ROBOTS:
                asked = json.dumps([asdict(case), hours, robots])
                done = measure(_HERE, asked, timeout_s=seconds)
                figures = done.result or {"error": done.error}
                rows.append({"instance": case.name, "hours": hours, "robots": robots})
                rows[-1] = {**rows[-1], **figures, "peak_mb": done.peak_mb}
    gaps = [gap for row in rows if isinstance(gap := row.get("gap_bound"), float)]
    summary = {
        "plans": len(rows),
        "sound": sum(row.get("sound") is True for row in rows),
        "mean gap": sum(gaps) / len(gaps) if gaps else None,
        "largest gap": max(gaps, default=None),
    }
    publish("budget", rows, summary, json_path=json_path)


def run_case(text: str) -> dict[str, object]:
    """Plan one shift; what a child process runs."""
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
    begun = time.process_time()
    plan = plan_budget(street_map, risk, RobotProfile(), request=request)
    plan_s = time.process_time() - begun
    figures = describe_budget(plan)[0]
    return {
        "problem": "team orienteering, incidents per hour",
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
        "solver": "patrol",
    }


if __name__ == "__main__":
    typer.run(main)

"""
Changing a plan in the middle of its shift: how fast, and how much of it stays.

``python -m benchmarks.replanning [DATA] --seconds S --json FILE`` takes the embedded
map, for robots that move as pedestrians do and for robots that obey one-way streets,
and, where DATA holds ``gwanak_osm_roads.graphml``, Gwanak-gu with its riskiest and
darkest fifth required. After a third of the longest route a robot is lost, a part of
the streets is closed, or a robot answers an alarm. S is the time for the plan that is
changed, half a minute by default.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.child import measure
from benchmarks.output import Row, publish
from maps import StreetMap
from maps.read import embedded_map_path, read_map
from patrol.cli.required import Required
from patrol.cli.risk_steps import RiskSource, fit_from
from patrol.cli.situation_steps import SituationRequest, situation_of
from patrol.cli.steps import (
    CoverageRequest,
    coverage_problem,
    equal_robots,
    fleet_traversals,
    parse_shift,
    told,
)
from patrol.planning.check import check_plan
from patrol.planning.plan import PatrolPlan
from patrol.planning.replan import replan
from patrol.planning.solve import solve
from patrol.planning.stop import Deadline, StopWhen
from patrol.risk.field import RiskField
from patrol.risk.weights import RiskWeights
from patrol.robot import RobotProfile

TARGET_CPU_S = 1.0
"""What a replan on a district may take."""

_GWANAK = "gwanak_osm_roads.graphml"
_HERE = "benchmarks.replanning:run_case"
_CLOSED = 20  # streets round a place on a robot's way
_PASSED = 1 / 3  # of the longest route


@dataclass(frozen=True)
class Case:
    """A district, its fleet, and the share of it that is required."""

    name: str
    path: str
    dock: tuple[float, float]
    robots: int
    share: float
    seconds: float
    obeys_oneway: bool = False


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of maps.")] = None,
    *,
    seconds: Annotated[float, typer.Option(help="For the plan before.")] = 30.0,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Change plans in the middle of their shift."""
    rows: list[Row] = []
    for case in _cases(data, seconds):
        done = measure(_HERE, json.dumps(asdict(case)), timeout_s=10 * seconds + 120)
        found = done.result.get("rows", [{"error": done.error}])
        if isinstance(found, list):
            rows += [{"map": case.name, **row} for row in found]
    cpu_s = [float(str(row.get("cpu_s", np.inf))) for row in rows]
    summary = {
        "sound": f"{sum(row.get('sound') is True for row in rows)} of {len(rows)}",
        "slowest": f"{max(cpu_s):.2f} CPU-s (target {TARGET_CPU_S:g})",
    }
    publish("replanning", rows, summary, json_path=json_path)


def run_case(text: str) -> dict[str, object]:
    """Plan a district and change the plan; what a child process runs."""
    case = Case(**json.loads(text))
    street_map = read_map(Path(case.path))
    source = RiskSource(time_zone="UTC", synthetic=True)
    risk, _ = fit_from(source, street_map, RiskWeights())
    plan = _plan(case, street_map, risk)
    rows = [
        {"what": what, "robots": case.robots, **_changed(plan, street_map, risk, asked)}
        for what, asked in _requests(plan, street_map)
    ]
    return {"rows": rows}


def _cases(data: Path | None, seconds: float) -> Iterator[Case]:
    helsinki = str(embedded_map_path())
    place = (24.9414, 60.1710)
    yield Case("central Helsinki", helsinki, place, 4, 0.15, seconds)
    yield Case("Helsinki, one-ways", helsinki, place, 4, 0.15, seconds, True)
    for path in sorted(data.rglob(_GWANAK)) if data else ():
        yield Case("Gwanak-gu", str(path), (126.9515, 37.4781), 10, 0.2, seconds)


def _plan(case: Case, street_map: StreetMap, risk: RiskField) -> PatrolPlan:
    end_s = time.monotonic() + case.seconds
    request = CoverageRequest(
        fleet=equal_robots(
            case.robots,
            profile=RobotProfile(obeys_oneway=case.obeys_oneway),
            dock_lon_lat_deg=(case.dock[0], case.dock[1]),
        ),
        shift=parse_shift("2026-11-20T22:00", 8, time_zone="UTC"),
        required=Required(top_share=case.share),
    )
    problem = coverage_problem(street_map, risk, request=request)
    until = StopWhen.within(Deadline(time.monotonic, end_s))
    return told(solve(problem, seed=0, until=until), risk, request=request)


def _requests(
    plan: PatrolPlan, street_map: StreetMap
) -> Iterator[tuple[str, SituationRequest]]:
    graph = street_map.graph
    now = SituationRequest(now_s=_PASSED * max(plan.end_s))
    name = plan.fleet[-1].name
    yield "nothing", now
    yield "robot lost", replace(now, lost=(name,))
    route = plan.routes[-1]
    ahead = route.streets[route.depart_s > (now.now_s or 0.0)]
    place = graph.node_xy_m[graph.edge_nodes[ahead[len(ahead) // 2], 0]]
    far_m = np.hypot(*(graph.node_xy_m[graph.edge_nodes[:, 0]] - place).T)
    closed = np.sort(np.argsort(far_m, kind="stable")[:_CLOSED])
    yield f"{_CLOSED} streets closed", replace(now, closed=closed)
    lon, lat = graph.projection.to_lon_lat_deg([place])[0].tolist()
    at, busy = (f"{name}={lon},{lat}",), (f"{name}=20",)
    yield "alarm answered", replace(now, at=at, busy=busy)


def _changed(
    plan: PatrolPlan, street_map: StreetMap, risk: RiskField, asked: SituationRequest
) -> dict[str, object]:
    graph = street_map.graph
    situation = situation_of(plan, graph, risk, request=asked)
    replan(plan, situation, graph)  # compiles
    begun = time.process_time()
    new, change = replan(plan, situation, graph)
    cpu_s = time.process_time() - begun
    report = check_plan(new, graph, fleet_traversals(graph, new))
    return {
        "left_km": round(new.required_m / 1000, 2),
        "length_km": round(new.length_m / 1000, 2),
        "moved": len(change.moved),
        "dropped": len(change.dropped),
        "kept_share": round(change.kept_share, 4),
        "end_h_before": round(max(plan.end_s) / 3600, 3),
        "end_h": round((situation.now_s + max(new.end_s)) / 3600, 3),
        "gap_bound": round(new.gap, 4),
        "bound_kind": str(new.bound.kind),
        "cpu_s": round(cpu_s, 3),
        "sound": report.ok,
    }


if __name__ == "__main__":
    typer.run(main)

"""
The whole job, from map to wheels, on real districts.

``python -m benchmarks.district [DATA] --seconds S --json FILE`` takes the embedded map
and every map file under the folder DATA: Gwanak-gu with its cameras, bells and yearly
total of crimes, others with synthetic incidents.
"""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.child import measure
from benchmarks.output import Row, publish
from maps import StreetMap
from maps.read import embedded_map_path, read_map
from maps.traverse import Traversal
from patrol.cli.drive import night_figures
from patrol.cli.maps import with_points
from patrol.cli.plan import describe
from patrol.cli.required import Required
from patrol.cli.risk_steps import RiskSource, fit_from
from patrol.cli.steps import (
    CoverageRequest,
    drivable_streets,
    equal_robots,
    parse_shift,
    plan_coverage,
)
from patrol.planning.check import check_plan
from patrol.risk.weights import RiskWeights
from patrol.robot import RobotProfile
from sim.night import draw_faults, simulate_night

GWANAK_CRIMES_2024 = 4485.0
"""Reported crimes of Gwanak-gu in 2024: Seoul's open data, total of the district."""

_REQUIRED_KM = 10.0  # of a map of which nothing else is known: two robots, one night
_REACH_M = 2500.0  # from the dock: a country is no district
_ENDINGS = (".osm", ".osm.gz", ".osm.bz2", ".pbf", ".graphml")
_GWANAK = "gwanak_osm_roads.graphml"
_HERE = "benchmarks.district:run_case"


@dataclass(frozen=True)
class Case:
    """One district and what is asked of it."""

    name: str
    path: str
    time_zone: str = "UTC"
    annual_total: float | None = None
    points: tuple[str, ...] = ()
    dock: tuple[float, float] | None = None
    share: float | None = None


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of maps.")] = None,
    *,
    seconds: Annotated[float, typer.Option(help="Longest time for one map.")] = 600.0,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Run the whole job on each district, each in a process of its own."""
    rows: list[Row] = []
    for case in _cases(data):
        done = measure(_HERE, json.dumps(asdict(case)), timeout_s=seconds)
        figures = done.result or {"error": done.error}
        rows.append({"map": case.name, **figures, "peak_mb": done.peak_mb})
    summary = {
        "districts": len(rows),
        "plans_sound": sum(row.get("sound") is True for row in rows),
        "nights_complete": sum(row.get("complete") is True for row in rows),
    }
    publish("district", rows, summary, json_path=json_path)


def run_case(text: str) -> dict[str, object]:
    """Do the whole job on one district; what a child process runs."""
    case = Case(**json.loads(text))
    begun = time.process_time()
    street_map = with_points(read_map(Path(case.path)), case.points)
    read_s = time.process_time() - begun
    source = RiskSource(
        time_zone=case.time_zone,
        annual_total=case.annual_total,
        synthetic=case.annual_total is None,
    )
    risk, _ = fit_from(source, street_map, RiskWeights())
    profile = RobotProfile()
    streets = drivable_streets(street_map.graph, profile)
    drivable_km = streets.drivable_m / 1000
    dock = case.dock or _middle(street_map, streets.traversal)
    request = CoverageRequest(
        fleet=equal_robots(2, profile=profile, dock_lon_lat_deg=dock),
        keep_out=_far_streets(street_map, math.inf if case.dock else _REACH_M, dock),
        shift=parse_shift("2026-11-20T22:00", 8, time_zone=case.time_zone),
        required=Required(top_share=case.share or min(0.1, _REQUIRED_KM / drivable_km)),
    )
    begun = time.process_time()
    plan = plan_coverage(street_map, risk, request=request)
    plan_s = time.process_time() - begun
    sound = check_plan(plan, street_map.graph, [streets.traversal] * len(plan.fleet)).ok
    begun = time.monotonic()
    faults = draw_faults(plan, seed=0)
    record = simulate_night(plan, street_map.graph, seed=0, ordeals=faults)
    driven = night_figures(record, seconds=time.monotonic() - begun)
    figures = {
        "streets": street_map.graph.num_edges,
        "drivable_km": round(drivable_km, 1),
        **describe(plan)[0],
        "read_cpu_s": round(read_s, 2),
        "plan_cpu_s": round(plan_s, 2),
        "sound": sound,
    }
    return figures | driven


def known_cases(data: Path | None) -> Iterator[Case]:
    """Give the districts of which the dock is known."""
    return (case for case in _cases(data) if case.dock)


def _cases(data: Path | None) -> Iterator[Case]:
    yield Case(
        "central Helsinki (synthetic)", str(embedded_map_path()), "Europe/Helsinki",
        dock=(24.9414, 60.1710), share=0.15,
    )  # fmt: skip
    for path in _map_files(data) if data else ():
        yield (
            _gwanak(path)
            if path.name == _GWANAK
            else Case(f"{path.name} (synthetic)", str(path))
        )


def _map_files(data: Path) -> list[Path]:
    """Every map under a folder, once where it lies there in several formats."""
    found = [path for path in sorted(data.rglob("*")) if path.name.endswith(_ENDINGS)]
    return list({path.name.split(".")[0]: path for path in found}.values())


def _gwanak(path: Path) -> Case:
    """Gwanak-gu has no public incidents: its yearly total and what stands there."""
    layers = {
        "cameras": "gwanak_cctv.csv",
        "bells": "gwanak_emergency_bells.csv",
        "venues": "gwanak_adult_entertainment_venues.csv",
        "police": "gwanak_police.csv",
    }
    return Case(
        "Gwanak-gu (cold start)",
        str(path),
        "Asia/Seoul",
        annual_total=GWANAK_CRIMES_2024,
        points=tuple(f"{name}={path.with_name(f)}" for name, f in layers.items()),
        dock=(126.9515, 37.4781),
        share=0.04,
    )


def _middle(street_map: StreetMap, traversal: Traversal) -> tuple[float, float]:
    graph = street_map.graph
    ends = graph.node_xy_m[graph.edge_nodes[traversal.drivable, 0]]
    middle_m = np.median(ends, axis=0)
    nearest = ends[np.hypot(*(ends - middle_m).T).argmin()]
    lon, lat = graph.projection.to_lon_lat_deg([nearest])[0].tolist()
    return lon, lat


def _far_streets(
    street_map: StreetMap, reach_m: float, dock: tuple[float, float]
) -> NDArray[np.int64]:
    graph = street_map.graph
    here_m = graph.projection.to_xy_m([dock])[0]
    ends_m = graph.node_xy_m[graph.edge_nodes] - here_m
    far = np.hypot(ends_m[..., 0], ends_m[..., 1]).max(axis=1) > reach_m
    return np.flatnonzero(far).astype(np.int64)


if __name__ == "__main__":
    typer.run(main)

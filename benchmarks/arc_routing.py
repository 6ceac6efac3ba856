"""
Routes and their bounds, on published instances and on the embedded map.

``python -m benchmarks.arc_routing [DATA] --seconds S --json FILE`` takes the rural
postman files anywhere in DATA (undirected, windy, mixed and directed ones, for one
vehicle or several, see `windy_files`), the capacitated files (``.dat``) in DATA or its
folder ``carp``, the bare street networks in its folder ``streets``, and
always the embedded map: all of its streets required, and a fifth of them. Fleets are
planned there, on a district of each bare network, on the whole of New York, and on
every map of osmnx (``.graphml``) in DATA. S is the time
for one instance, of the route and its bound together: wall time, for the capacitated
ones CPU time without compiling, with PyVRP beside us where it is installed. Without S
the work is limited by rounds, the same everywhere, and of the windy, mixed and
directed instances one in twelve is run.
"""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import maps
from benchmarks import chinese_postman, city, districts, fleets, windy_runs
from benchmarks.carp_runs import peers
from benchmarks.child import measure
from benchmarks.districts import effort_of, warm_up
from benchmarks.output import publish
from benchmarks.planned import planned
from benchmarks.rpp_files import best_known, read_rural
from benchmarks.windy_files import WindyFile, is_windy
from maps.osm import read_osm
from maps.traverse import traverse
from patrol.planning.network import Network
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import PatrolRobot, numbered, uniform_fleet
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.robot import RobotProfile

TARGET_MEAN, TARGET_MAX = 0.003, 0.015
"""Mean and largest gap of the rural postman set to the best known tours."""

_HERE = "benchmarks.arc_routing"
_PLACES = {
    "run_postman": "benchmarks.chinese_postman",
    "run_district": "benchmarks.districts",
    "run_carp": "benchmarks.carp_runs",
    "run_peer": "benchmarks.carp_runs",
    "run_windy": "benchmarks.windy_runs",
    "run_crew": "benchmarks.fleets",
    "run_total": "benchmarks.fleets",
    "run_city": "benchmarks.city",
}
"""Modules of the jobs that are not here."""

_MAP = Path(maps.__file__).parent / "data" / "Helsinki.osm.pbf"
_REQUIRED_SHARE = 0.2
_FLEETS = (1, 2, 5)
_DOCK_PLACES = (0.3, 0.7)  # of the way from the south-western to the opposite corner
_SLOW = 0.65  # pace of the slower robots
_LONGEST_S = 300.0
_SAMPLE = 12  # one in so many windy, mixed and directed instances where time is free

Row = Mapping[str, object]


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of instances.")] = None,
    *,
    seconds: Annotated[float | None, typer.Option(help="For one instance.")] = None,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Measure routes against best known values and their own bounds."""
    limit = "" if seconds is None else str(seconds)
    files = list(windy_runs.arc_files(data))
    rows = [_row("run_file", str(path), limit) for path in _undirected(files)]
    windy = list(windy_runs.jobs(files))[:: 1 if limit else _SAMPLE]
    rows += [_row("run_windy", *job, limit) for job in windy]
    measure("benchmarks.chinese_postman:warm_up", timeout_s=_LONGEST_S)
    rows += [_row("run_postman", *job) for job in chinese_postman.jobs(data)]
    rows += [_row("run_district", *job, limit) for job in districts.jobs(data)]
    for path in _capacitated(data):
        rows.append(_row("run_carp", str(path), limit))
        if limit and peers():
            rows.append(_row("run_peer", str(path), limit))
    rows += [_row("run_fleet", str(robots), limit) for robots in _FLEETS]
    rows += [_row("run_mixed", objective, limit) for objective in Objective]
    rows += [_row("run_crew", *job, limit) for job in fleets.jobs(data)]
    rows += [_row("run_total", *job, limit) for job in fleets.map_jobs(data)]
    rows += [_row("run_city", *job, limit) for job in city.jobs(data)]
    publish("arc_routing", rows, _summary(rows), json_path=json_path)


def run_file(path: str, seconds: str) -> dict[str, object]:
    """Solve one instance; what a child process runs."""
    raw = read_rural(Path(path))
    network = Network(raw.num_nodes, raw.edge_nodes, raw.cost)
    problem = RuralProblem(network, raw.required, raw.depot)
    warm_up()
    tour = rural_postman(problem, seed=1, until=effort_of(seconds))
    if not problem.is_tour(tour.extra):
        raise AssertionError(f"the tour of {path} is not closed, or not whole")
    best = best_known(Path(path))
    return {
        "instance": Path(path).name,
        "problem": "RPP",
        "cost": tour.cost,
        "bound": tour.bound,
        "bound_kind": str(tour.kind),
        "best_known": best,
        "gap_best_known": None if best is None else tour.cost / best - 1,
        "gap_bound": tour.cost / tour.bound - 1,
    }


def run_fleet(robots: str, seconds: str) -> dict[str, object]:
    """Plan a fleet on the embedded map; what a child process runs."""
    name = f"central Helsinki, {robots} robots"
    return planned(name, _district(int(robots)), seconds)


def run_mixed(objective: str, seconds: str) -> dict[str, object]:
    """Plan four robots of two speeds at two docks; what a child process runs."""
    name = f"central Helsinki, 2 docks, 2 speeds, {objective}"
    problem = replace(_two_docks(_district(4)), objective=Objective(objective))
    return planned(name, problem, seconds)


def _row(function: str, *arguments: str) -> Row:
    place = _PLACES.get(function, _HERE)
    measured = measure(f"{place}:{function}", *arguments, timeout_s=_LONGEST_S)
    cost = {"cpu_s": measured.cpu_s, "peak_mb": measured.peak_mb, "solver": "patrol"}
    if measured.error:
        return {"instance": Path(arguments[0]).name, **cost, "error": measured.error}
    return {**cost, **measured.result}


def _undirected(files: list[tuple[Path, WindyFile | None]]) -> Iterator[Path]:
    for path, raw in files:
        if raw is not None and raw.kind in windy_runs.UNDIRECTED:
            yield path


def _capacitated(data: Path | None) -> Iterator[Path]:
    if data is not None:
        folder = data / "carp" if (data / "carp").is_dir() else data
        yield from (p for p in sorted(folder.rglob("*.dat")) if not is_windy(p))


def _district(robots: int) -> PatrolProblem:
    """Random streets of the embedded map required, the dock in the middle."""
    graph, profile = read_osm(_MAP).graph, RobotProfile()
    traversal = traverse(
        graph,
        width_m=profile.width_m,
        kerb_m=profile.kerb_m,
        max_slope=profile.max_slope,
        speed_mps=profile.speed_mps,
    )
    drivable = np.random.default_rng(0).permutation(np.flatnonzero(traversal.drivable))
    driven_m = np.cumsum(graph.edge_length_m[drivable])
    required = drivable[: np.searchsorted(driven_m, _REQUIRED_SHARE * driven_m[-1])]
    nodes = np.unique(graph.edge_nodes[drivable])
    xy_m = graph.node_xy_m[nodes]
    middle = np.hypot(*(xy_m - xy_m.mean(axis=0)).T).argmin()
    return PatrolProblem(
        graph=graph,
        required=np.sort(required),
        risk_per_h=graph.edge_length_m,
        fleet=uniform_fleet(
            numbered(robots),
            profile=profile,
            traversal=traversal,
            dock=int(nodes[middle]),
        ),
        shift=Shift(datetime(2026, 11, 20, 18, tzinfo=UTC), 24 * 3600.0),
    )


def _two_docks(problem: PatrolProblem) -> PatrolProblem:
    """Two robots in the south-west, two slower ones in the north-east."""
    graph = problem.graph
    nodes = np.unique(graph.edge_nodes[problem.drivable])
    xy_m = graph.node_xy_m[nodes]
    low, high = xy_m.min(axis=0), xy_m.max(axis=0)
    docks = [
        int(nodes[np.hypot(*(xy_m - low - share * (high - low)).T).argmin()])
        for share in _DOCK_PLACES
    ]
    usual = problem.fleet[0].traversal
    slow = RobotProfile(name="slow", speed_mps=_SLOW * RobotProfile().speed_mps)
    late = replace(usual, travel_s=usual.travel_s / _SLOW)
    kinds = [(RobotProfile(), usual, docks[0]), (slow, late, docks[1])]
    fleet = tuple(
        PatrolRobot.at_dock(
            f"{profile.name} {number + 1}",
            profile=profile,
            traversal=traversal,
            dock=dock,
        )
        for profile, traversal, dock in kinds
        for number in range(2)
    )
    return replace(problem, fleet=fleet)


def _summary(rows: list[Row]) -> dict[str, object]:
    summary: dict[str, object] = {"failed": sum("error" in row for row in rows)}
    gaps = _gaps(rows, "RPP")
    chinese = [row for row in rows if str(row.get("problem")).startswith("CPP")]
    proved = sum(row.get("bound_kind") == "proved optimal" for row in chinese)
    summary["CPP proved optimal"] = f"{proved} of {len(chinese)}"
    if gaps:
        mean, largest = statistics.mean(gaps), max(gaps)
        summary["RPP mean gap"] = f"{mean:.3%} (target {TARGET_MEAN:.1%})"
        summary["RPP largest gap"] = f"{largest:.3%} (target {TARGET_MAX:.1%})"
    summary.update(windy_runs.summary(rows))
    sets = {str(row["instance"]).split("/")[0] for row in rows if _is_carp(row)}
    for name in sorted(sets):
        for solver in ("patrol", "PyVRP"):
            own = [row for row in rows if _is_carp(row) and row["solver"] == solver]
            own = [row for row in own if str(row["instance"]).startswith(f"{name}/")]
            if gaps := _gaps(own, "CARP"):
                met = sum(gap <= 0 for gap in gaps)
                summary[f"CARP {name} mean gap, {solver}"] = (
                    f"{statistics.mean(gaps):.3%}, best known met {met} of {len(gaps)}"
                )
    return summary


def _is_carp(row: Row) -> bool:
    return row.get("problem") == "CARP"


def _gaps(rows: list[Row], problem: str) -> list[float]:
    rows = [row for row in rows if row.get("problem") == problem]
    return [gap for row in rows if isinstance(gap := row.get("gap_best_known"), float)]


if __name__ == "__main__":
    typer.run(main)

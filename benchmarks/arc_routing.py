"""
Routes and their bounds, on published instances and on the embedded map.

``python -m benchmarks.arc_routing [DATA] --seconds S --json FILE`` takes the rural
postman files anywhere in DATA (undirected, windy, mixed and directed ones, for one
vehicle or several, see `windy_files`), the capacitated files (``.dat``) in DATA or its
folder ``carp``, the bare street networks in its folder ``streets``, and
always the embedded map: all of its streets required, and a fifth of them. Fleets are
planned there, on a district of each bare network, on the whole of New York, and on
every map of osmnx (``.graphml``) in DATA and in ``--maps``. S is the time
for one instance, of the route and its bound together: wall time, for the capacitated
ones CPU time without compiling, with PyVRP beside us where it is installed. Without S
each set has the time that its target gives it, and of large sets a sample is run, so
that the whole takes half an hour.
"""

import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import maps
from benchmarks import chinese_postman, city, districts, fleets, windy_runs
from benchmarks.carp_runs import peers
from benchmarks.child import measure
from benchmarks.districts import effort_of
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
_TARGET_S = {
    "run_file": 3, "run_windy": 10, "run_district": 10, "run_fleet": 10,
    "run_mixed": 10, "run_crew": 10, "run_total": 10,
    "gdb": 2, "kshs": 2, "val": 5, "egl": 30,
}  # fmt: skip
"""Seconds for an instance, by its job or its folder."""
_LARGE_S = 60
_SAMPLE = {"run_windy": 12, "val": 4, "egl": 6, "egl-large": 5, "beullens": 25}
"""One in so many instances is run where no time is given."""

Row = Mapping[str, object]


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of instances.")] = None,
    *,
    seconds: Annotated[float | None, typer.Option(help="For one instance.")] = None,
    maps_folder: Annotated[
        Path | None, typer.Option("--maps", help="Folder of maps for fleets.")
    ] = None,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Measure routes against best known values and their own bounds."""
    measure("benchmarks.chinese_postman:warm_up", timeout_s=_LONGEST_S)
    folders = [folder for folder in (data, maps_folder) if folder is not None]
    crews: list[tuple[str, ...]] = []
    for folder in folders:
        crews += [("run_crew", *job) for job in fleets.jobs(folder)]
        crews += [("run_total", *job) for job in fleets.map_jobs(folder)]
    rows = [_row(*job) for job in _jobs(data, crews, seconds)]
    publish("arc_routing", rows, _summary(rows), json_path=json_path)


def _jobs(
    data: Path | None, crews: Iterable[tuple[str, ...]], seconds: float | None
) -> Iterator[tuple[str, ...]]:
    """Give function and arguments of each row."""
    files = list(windy_runs.arc_files(data))
    timed: list[tuple[str, Iterable[tuple[str, ...]]]] = [
        ("run_file", ((str(path),) for path in _undirected(files))),
        ("run_windy", windy_runs.jobs(files)),
        ("run_district", districts.jobs(data)),
        ("run_fleet", ((str(robots),) for robots in _FLEETS)),
        ("run_mixed", ((objective,) for objective in Objective)),
    ]
    for function, jobs in timed:
        limit, every = _effort(function, seconds)
        yield from ((function, *job, limit) for job in list(jobs)[::every])
    yield from ((*job, _effort(job[0], seconds)[0]) for job in crews)
    yield from (("run_postman", *job) for job in chinese_postman.jobs(data))
    for folder, paths in _capacitated(data):
        limit, every = _effort(folder, seconds)
        solvers = ("run_carp", "run_peer") if peers() else ("run_carp",)
        for path in paths[::every]:
            yield from ((function, str(path), limit) for function in solvers)
    city_limit = "" if seconds is None else str(seconds)
    yield from (("run_city", *job, city_limit) for job in city.jobs(data))


def _effort(name: str, seconds: float | None) -> tuple[str, int]:
    """Time for an instance of a job or a folder, and one in how many is run."""
    if seconds is not None:
        return str(seconds), 1
    return str(_TARGET_S.get(name, _LARGE_S)), _SAMPLE.get(name, 1)


def run_file(path: str, seconds: str) -> dict[str, object]:
    """Solve one instance; what a child process runs."""
    raw = read_rural(Path(path))
    network = Network(raw.num_nodes, raw.edge_nodes, raw.cost)
    problem = RuralProblem(network, raw.required, raw.depot)
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
    solver = measured.result.get("solver", "patrol")
    cost = {"solver": solver, "cpu_s": measured.cpu_s, "peak_mb": measured.peak_mb}
    if measured.error:
        return {"instance": Path(arguments[0]).name, **cost, "error": measured.error}
    return {**measured.result, **cost}


def _undirected(files: list[tuple[Path, WindyFile | None]]) -> Iterator[Path]:
    for path, raw in files:
        if raw is not None and raw.kind in windy_runs.UNDIRECTED:
            yield path


def _capacitated(data: Path | None) -> Iterator[tuple[str, list[Path]]]:
    """Capacitated files by the name of their folder."""
    if data is not None:
        root = data / "carp" if (data / "carp").is_dir() else data
        files = [path for path in sorted(root.rglob("*.dat")) if not is_windy(path)]
        for folder, paths in groupby(files, key=lambda path: path.parent.name):
            yield folder, list(paths)


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

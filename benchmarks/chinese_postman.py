"""Chinese postmen on whole cities: rows of `benchmarks.arc_routing`."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import maps
from benchmarks.street_files import WEIGHTS, cut, read_streets
from maps.osm import read_osm
from patrol.planning.network import MAX_COST, Network
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem

CUTS = (1_000, 10_000, 100_000)
"""Numbers of streets of the parts that are taken out of each city."""

_MAP = Path(maps.__file__).parent / "data" / "Helsinki.osm.pbf"


def jobs(folder: Path | None) -> Iterator[tuple[str, str, str]]:
    """File, weights and number of edges (empty: all) of each instance."""
    files = [] if folder is None else sorted((folder / "streets").glob("*.gr*"))
    for path in files:
        yield from ((str(path), "hashed", str(size)) for size in CUTS)
        yield from ((str(path), weights, "") for weights in WEIGHTS)
    yield str(_MAP), "length_dm", ""


def run_postman(path: str, weights: str, num_edges: str) -> dict[str, object]:
    """Solve one instance; what a child process runs."""
    network = _network(Path(path), weights)
    name = Path(path).name
    if num_edges:
        network = cut(network, int(num_edges))
        name = f"{name}, {int(num_edges):,} edges"
    problem = RuralProblem(network, np.ones(network.num_edges, bool), depot=0)
    warm_up()
    start = time.process_time()
    tour = rural_postman(problem, seed=1)
    solve_cpu_s = time.process_time() - start
    if not problem.is_tour(tour.extra):
        raise AssertionError(f"the tour of {path} is not closed, or not whole")
    once = int(network.cost.sum())
    best = None if num_edges else best_duplicated(Path(path), weights)
    return {
        "instance": name,
        "problem": f"CPP, duplicated, {weights}",
        "cost": tour.cost - once,
        "bound": tour.bound - once,
        "bound_kind": str(tour.kind),
        "best_known": best,
        "gap_best_known": None if best is None else (tour.cost - once) / best - 1,
        "gap_bound": tour.cost / tour.bound - 1,
        "solve_cpu_s": round(solve_cpu_s, 3),
    }


def warm_up() -> dict[str, object]:
    """Compile the matching, or load it where that was done: the first call."""
    from patrol.planning.half_edges import join_edges

    ends = np.array([[0, 1], [1, 2], [0, 2]])
    join_edges(ends, np.array([1, 2, 4]), np.array([True, False, True]))
    return {}


def best_duplicated(path: Path, weights: str) -> int | None:
    """Best known duplicated length from ``best_known.csv`` two folders up, if any."""
    folder = path.resolve().parents[1]
    table = folder / "best_known.csv"
    if not table.is_file():
        return None
    name = path.resolve().relative_to(folder).as_posix()
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            wanted = row["problem"].startswith(f"CPP {weights} ")
            if row["instance"] == name and wanted:
                return int(row["best_known"])
    return None


def _network(path: Path, weights: str) -> Network:
    """Network of a file; of a map its largest part, lengths in decimetres."""
    if weights in WEIGHTS:
        return read_streets(path, weights)
    graph = read_osm(path).graph
    length_dm = np.rint(graph.edge_length_m * 10).astype(np.int64)
    everything = Network(graph.num_nodes, graph.edge_nodes, length_dm.clip(1, MAX_COST))
    part = everything.parts(np.arange(everything.num_edges))
    largest = np.bincount(part[everything.edge_nodes[:, 0]]).argmax()
    kept = part[everything.edge_nodes[:, 0]] == largest
    nodes, ends = np.unique(everything.edge_nodes[kept], return_inverse=True)
    return Network(len(nodes), ends.reshape(-1, 2), everything.cost[kept])

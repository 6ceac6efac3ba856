"""
Rural postmen on districts and cities: rows of `benchmarks.arc_routing`.

A tenth or a twentieth of the streets is required, in clusters: breadth-first balls of
random size round random crossings.
"""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.street_files import cut, read_streets
from patrol.planning.network import Network
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import Deadline, StopWhen
from patrol.planning.warm_up import warm_up

_STREETS, _REQUIRED = 10_000, 2_000
_SEEDS = (1, 2)
_LARGEST_BALL = 11  # streets; this makes some 220 required parts


def jobs(data: Path | None) -> list[tuple[str, str]]:
    """Arguments of `run_district`: file and seed of the required streets."""
    path = data and data / "streets" / "NY.gr.xz"
    if not path or not path.exists():
        return []
    return [(str(path), str(seed)) for seed in _SEEDS]


def run_district(path: str, seed: str, seconds: str) -> dict[str, object]:
    """Plan one robot on a district; what a child process runs."""
    network = cut(read_streets(Path(path), "hashed"), _STREETS)
    problem = clustered(network, _REQUIRED, seed=int(seed))
    until = effort_of(seconds)
    begun = time.process_time()
    tour = rural_postman(problem, seed=1, until=until)
    if not problem.is_tour(tour.extra):
        raise AssertionError(f"the tour of {path} is not closed, or not whole")
    return {
        "instance": f"NY 10k, 2,000 required, 1 robot, seed {seed}",
        "problem": "RPP district",
        "cost": tour.cost,
        "bound": tour.bound,
        "bound_kind": str(tour.kind),
        "best_known": None,
        "gap_best_known": None,
        "gap_bound": tour.cost / tour.bound - 1,
        "solve_cpu_s": time.process_time() - begun,
    }


def clustered(network: Network, required: int, *, seed: int) -> RuralProblem:
    """
    Require streets in balls round random crossings.

    The depot is an end of the first required street, and only streets that hang
    together with it are required.
    """
    rng = np.random.default_rng(seed)
    mask = np.zeros(network.num_edges, bool)
    at = _streets_at(network)
    left = required
    while left > 0:
        size = min(left, int(rng.integers(1, _LARGEST_BALL + 1)))
        left -= _take_ball(at, mask, (int(rng.integers(len(at))), size))
    depot = int(network.edge_nodes[mask.argmax(), 0])
    part = network.parts(np.arange(network.num_edges))
    mask &= part[network.edge_nodes[:, 0]] == part[depot]
    return RuralProblem(network, mask, depot)


def effort_of(seconds: str) -> StopWhen:
    """
    StopWhen that ends after so many seconds of wall time; the default without.

    What must be compiled is compiled before the time runs.
    """
    if not seconds:
        return StopWhen()
    warm_up()
    return StopWhen.within(Deadline(time.monotonic, time.monotonic() + float(seconds)))


def _streets_at(network: Network) -> list[list[tuple[int, int]]]:
    """Streets at each crossing, with the crossing at their other end."""
    at: list[list[tuple[int, int]]] = [[] for _ in range(network.num_nodes)]
    for edge, (a, b) in enumerate(network.edge_nodes.tolist()):
        at[a].append((edge, b))
        at[b].append((edge, a))
    return at


def _take_ball(
    at: list[list[tuple[int, int]]],
    mask: NDArray[np.bool_],
    ball: tuple[int, int],
) -> int:
    """Require streets round a crossing, breadth first; return how many were new."""
    centre, size = ball
    seen, queue, taken = {centre}, [centre], 0
    for node in queue:
        for edge, other in at[node]:
            if taken < size and not mask[edge]:
                mask[edge] = True
                taken += 1
            if other not in seen:
                seen.add(other)
                queue.append(other)
        if taken >= size:
            break
    return taken

"""
Fleets on districts of real streets: rows of `benchmarks.arc_routing`.

Of New York, 10,000 streets round the dock with clusters of required ones, 2,000 in
all; of every map that osmnx has kept (``.graphml``), the darkest fifth of what can be
driven, for robots that must come back to charge.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.districts import effort_of
from benchmarks.planned import sound_plan
from benchmarks.street_files import cut, read_streets
from maps.read import read_map
from maps.traverse import Traversal, traverse
from patrol.planning.exchange import longest
from patrol.planning.fleet import fleet_walks
from patrol.planning.fleet_bounds import fleet_bounds
from patrol.planning.network import Network
from patrol.planning.plan import PatrolPlan
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import numbered, uniform_fleet
from patrol.planning.rural import rough, rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.shortcuts import Shortcuts
from patrol.planning.stop import StopWhen
from patrol.risk.concern import concern_layer
from patrol.risk.weights import RiskWeights
from patrol.robot import RobotProfile

STREETS, REQUIRED, CLUSTER = 10_000, 2_000, 10
"""Streets of the district, required ones, and how many grow from one seed."""

_ROBOTS = 5
_MAP_FLEETS = (2, 10)
_DARKEST = 0.2
_SHIFT_S = 48 * 3600.0


@dataclass(frozen=True)
class FleetFigures:
    """Total and longest route in some unit, and their bounds."""

    total: float
    total_bound: float
    longest: float
    longest_bound: float
    kind: str

    def row(self, instance: str, problem: str) -> dict[str, object]:
        """Figures as a row of the benchmark."""
        return {
            "instance": instance,
            "problem": problem,
            "cost": round(self.total, 1),
            "bound": round(self.total_bound, 1),
            "bound_kind": self.kind,
            "best_known": None,
            "gap_best_known": None,
            "gap_bound": self.total / self.total_bound - 1,
            "longest": round(self.longest, 1),
            "longest_bound": round(self.longest_bound, 1),
            "gap_longest": self.longest / self.longest_bound - 1,
        }


def jobs(folder: Path | None) -> Iterator[tuple[str, str]]:
    """File and number of robots of each instance."""
    if folder is None:
        return
    for path in sorted((folder / "streets").glob("*.gr*")):
        yield str(path), str(_ROBOTS)
    yield from map_jobs(folder)


def map_jobs(folder: Path | None) -> Iterator[tuple[str, str]]:
    """File and number of robots of each map."""
    for path in sorted(folder.rglob("*.graphml") if folder else []):
        yield from ((str(path), str(robots)) for robots in _MAP_FLEETS)


def run_total(path: str, robots: str, seconds: str) -> dict[str, object]:
    """Plan one fleet on a map for a small total; what a child process runs."""
    return _map_row(Path(path), int(robots), seconds, objective=Objective.TOTAL)


def run_crew(path: str, robots: str, seconds: str) -> dict[str, object]:
    """Plan one fleet for a short longest route; what a child process runs."""
    file = Path(path)
    if file.suffix == ".graphml":
        return _map_row(file, int(robots), seconds, objective=Objective.LONGEST)
    problem = district(read_streets(file, "hashed"), seed=0)
    figures = fleet_figures(problem, robots=int(robots), until=effort_of(seconds))
    return figures.row(f"{file.name}, district, {robots} robots", "RPP fleet, hashed")


def fleet_figures(
    problem: RuralProblem, *, robots: int, until: StopWhen
) -> FleetFigures:
    """Share a district among robots without a battery, and bound what it costs."""
    problem = Shortcuts.of(problem).problem
    tour = rural_postman(problem, seed=1, until=rough(until.part(0.2)))
    some = until.part(0.6)
    *_, walks = fleet_walks(problem, tour.extra, robots=robots, seed=1, until=some)
    driven = np.concatenate(walks)
    if not np.isin(np.flatnonzero(problem.required), driven).all():
        raise AssertionError("some required street is passed by no robot")
    total = int(problem.network.cost[driven].sum())
    bounds = fleet_bounds(
        problem,
        robots=robots,
        reach=total,
        longest=longest(problem, walks),
        until=until,
    )
    return FleetFigures(
        total=total,
        total_bound=max(tour.bound, bounds.total),
        longest=longest(problem, walks),
        longest_bound=bounds.longest,
        kind=str(tour.kind),
    )


def plan_figures(plan: PatrolPlan) -> FleetFigures:
    """Figures of a plan in metres."""
    bound = plan.bound
    return FleetFigures(
        total=plan.length_m,
        total_bound=bound.length_m,
        longest=plan.longest_m,
        longest_bound=bound.longest_m,
        kind=str(bound.kind),
    )


def district(network: Network, *, seed: int) -> RuralProblem:
    """Cut a district out of a city and require clusters of its streets."""
    small = cut(network, STREETS)
    required = clusters(small, count=REQUIRED, size=CLUSTER, seed=seed)
    return RuralProblem(small, required, depot=0)


def clusters(
    network: Network, *, count: int, size: int, seed: int
) -> NDArray[np.bool_]:
    """Mask of so many edges, grown breadth-first from random nodes, ``(m,)``."""
    rng = np.random.default_rng(seed)
    beside: list[list[int]] = [[] for _ in range(network.num_nodes)]
    ends: list[list[int]] = network.edge_nodes.tolist()
    for edge, (a, b) in enumerate(ends):
        beside[a].append(edge)
        beside[b].append(edge)
    chosen: set[int] = set()
    while len(chosen) < count:
        room = min(size, count - len(chosen))
        start = int(rng.integers(network.num_nodes))
        chosen |= _cluster(beside, ends, start, taken=chosen, room=room)
    required = np.zeros(network.num_edges, bool)
    required[sorted(chosen)] = True
    return required


def _cluster(
    beside: list[list[int]],
    ends: list[list[int]],
    start: int,
    *,
    taken: set[int],
    room: int,
) -> set[int]:
    found: set[int] = set()
    waiting, seen = [start], {start}
    for node in waiting:
        for edge in beside[node]:
            if len(found) == room:
                return found
            if edge not in taken:
                found.add(edge)
            fresh = [other for other in ends[edge] if other not in seen]
            waiting += fresh
            seen.update(fresh)
    return found


def _map_row(
    path: Path, robots: int, seconds: str, *, objective: Objective
) -> dict[str, object]:
    problem = replace(_map_problem(path, robots), objective=objective)
    return plan_figures(sound_plan(problem, seconds)).row(
        f"{path.name}, darkest 20 %, {robots} robots, minimise {objective}",
        "RPP fleet, metres",
    )


def _map_problem(path: Path, robots: int) -> PatrolProblem:
    street_map = read_map(path)
    graph, profile = street_map.graph, RobotProfile()
    can = traverse(
        graph,
        width_m=profile.width_m,
        kerb_m=profile.kerb_m,
        max_slope=profile.max_slope,
        speed_mps=profile.speed_mps,
    )
    concern = concern_layer(street_map, RiskWeights()).total
    return PatrolProblem(
        graph=graph,
        required=_darkest(graph.edge_length_m, can, concern),
        risk_per_h=graph.edge_length_m,
        fleet=uniform_fleet(
            numbered(robots),
            profile=profile,
            traversal=can,
            dock=_middle(graph.node_xy_m, graph.edge_nodes[can.drivable]),
        ),
        shift=Shift(datetime(2026, 11, 20, 18, tzinfo=UTC), _SHIFT_S),
    )


def _darkest(
    length_m: NDArray[np.float64], can: Traversal, concern: NDArray[np.float64]
) -> NDArray[np.int64]:
    streets = np.flatnonzero(can.drivable)
    order = streets[np.argsort(-concern[streets], kind="stable")]
    driven_m = np.cumsum(length_m[order])
    return np.sort(order[: np.searchsorted(driven_m, _DARKEST * driven_m[-1])])


def _middle(xy_m: NDArray[np.float64], ends: NDArray[np.int64]) -> int:
    nodes = np.unique(ends)
    offset_m = xy_m[nodes] - np.median(xy_m[nodes], axis=0)
    return int(nodes[np.hypot(*offset_m.T).argmin()])

"""
A whole city for a hundred robots at ten docks: rows of `benchmarks.arc_routing`.

All of New York (``NY.gr.xz``), its hashed lengths in decimetres; a twentieth of its
streets is required, in clusters as on the districts, and the docks are crossings drawn
at random. The battery lasts for twice the way to the farthest street and back.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.districts import clustered
from benchmarks.planned import planned
from benchmarks.street_files import read_streets
from maps import StreetGraph
from maps.graph import StreetTags
from maps.project import LocalProjection
from maps.traverse import Exclusion, Traversal
from patrol.planning.bounds import farthest_m
from patrol.planning.network import Network
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import PatrolRobot, numbered
from patrol.robot import RobotProfile

ROBOTS, DOCKS = 100, 10
"""Robots of the city, and the docks that they are spread over."""

_SHARE = 0.05
_METRES = 0.1  # that a cost of 1 stands for: streets of 100 m on average
_RESERVE = 2.0  # battery over what the farthest street asks for
_SHIFT_S = 72 * 3600.0
_ORIGIN = LocalProjection(-74.0, 40.7)


def jobs(data: Path | None) -> Iterator[tuple[str, str]]:
    """File of each city, and what is to be small."""
    path = data and data / "streets" / "NY.gr.xz"
    if path and path.exists():
        yield from ((str(path), str(objective)) for objective in Objective)


def run_city(path: str, objective: str, seconds: str) -> dict[str, object]:
    """Plan a city; what a child process runs."""
    network = read_streets(Path(path), "hashed")
    problem = city(
        network, robots=ROBOTS, docks=DOCKS, objective=Objective(objective), seed=1
    )
    name = (
        f"city, {network.num_edges:,} streets, 5 % required, {ROBOTS} robots, "
        f"{DOCKS} docks, {objective}"
    )
    return planned(name, problem, seconds)


def city(
    network: Network, *, robots: int, docks: int, objective: Objective, seed: int
) -> PatrolProblem:
    """
    Require a twentieth of a network's streets of a fleet at several docks.

    Parameters
    ----------
    network
        Streets, with costs in decimetres.
    robots, docks
        How many there are; robots are dealt out to the docks in turn.
    objective
        What is to be small.
    seed
        Seed of the required streets and of the docks.
    """
    rural = clustered(network, int(_SHARE * network.num_edges), seed=seed)
    graph, nodes = _graph(network), np.arange(network.num_nodes)
    part = network.parts(np.arange(network.num_edges))
    near = nodes[part == part[rural.depot]]
    places = np.random.default_rng(seed).choice(near, docks, replace=False).tolist()
    usual = RobotProfile()
    travel_s = graph.edge_length_m / usual.speed_mps
    open_ways = Traversal(
        graph_digest=graph.digest,
        travel_s=np.column_stack([travel_s, travel_s]),
        exclusion=np.full(network.num_edges, Exclusion.NONE, np.int8),
    )
    problem = PatrolProblem(
        graph=graph,
        required=np.flatnonzero(rural.required),
        risk_per_h=graph.edge_length_m,
        fleet=tuple(
            PatrolRobot.at_dock(
                name, profile=usual, traversal=open_ways, dock=places[number % docks]
            )
            for number, name in enumerate(numbered(robots))
        ),
        shift=Shift(datetime(2026, 11, 20, 18, tzinfo=UTC), _SHIFT_S),
        objective=objective,
    )
    usable_s = _RESERVE * farthest_m(problem) / usual.speed_mps
    profile = replace(usual, battery_s=usable_s / (1 - usual.reserve))
    fleet = tuple(replace(robot, profile=profile) for robot in problem.fleet)
    return replace(problem, fleet=fleet)


def _graph(network: Network) -> StreetGraph:
    """Streets of which only the lengths are known: all crossings lie at one place."""
    n, m = network.num_nodes, network.num_edges
    return StreetGraph(
        projection=_ORIGIN,
        node_xy_m=np.zeros((n, 2)),
        node_osm_id=np.arange(n),
        edge_nodes=network.edge_nodes.copy(),
        edge_length_m=_METRES * network.cost.astype(np.float64),
        edge_osm_id=np.arange(m),
        shape_xy_m=np.zeros((2 * m, 2)),
        shape_start=np.arange(0, 2 * m + 1, 2),
        tags=StreetTags.empty(m),
    )

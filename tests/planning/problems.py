"""Patrol problems and plans for the tests."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from maps import StreetGraph
from maps.traverse import Exclusion, Traversal, obey_oneway
from patrol.errors import MapError, PlanError
from patrol.planning.bounds import farthest_m
from patrol.planning.plan import PatrolPlan
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import (
    PatrolRobot,
    drivable_by_any,
    numbered,
    uniform_fleet,
)
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen
from patrol.robot import RobotProfile
from tests.strategies import grid_graph, street_graphs

QUICK = StopWhen(rounds=4, tries=4)
START = datetime(2026, 11, 20, 22, tzinfo=ZoneInfo("Asia/Seoul"))


def traversal_of(graph: StreetGraph, *, speed_mps: float = 1.0) -> Traversal:
    """Everything can be driven, both ways alike."""
    one_way_s = graph.edge_length_m / speed_mps
    return Traversal(
        graph_digest=graph.digest,
        travel_s=np.column_stack([one_way_s, one_way_s]),
        exclusion=np.full(graph.num_edges, Exclusion.NONE, dtype=np.int8),
    )


def problem_of(
    graph: StreetGraph,
    required: list[int],
    *,
    robots: int = 1,
    battery_s: float = 1e6,
    hours: float = 1000.0,
) -> PatrolProblem:
    """Robots of 1 m/s that recharge in half the time a battery lasts, dock at 0."""
    return PatrolProblem(
        graph=graph,
        required=np.array(required, dtype=np.int64),
        risk_per_h=np.linspace(0.0, 1.0, graph.num_edges),
        fleet=uniform_fleet(
            numbered(robots),
            profile=RobotProfile(battery_s=battery_s, recharge_s=battery_s / 2),
            traversal=traversal_of(graph),
            dock=int(graph.edge_nodes[0, 0]),
        ),
        shift=Shift(START, hours * 3600),
    )


@st.composite
def patrol_problems(draw: st.DrawFn) -> PatrolProblem:
    """Small problems; a battery that may ask for several trips."""
    graph = draw(street_graphs())
    streets = st.sets(st.integers(0, graph.num_edges - 1))
    problem = problem_of(graph, sorted(draw(streets)), robots=draw(st.integers(1, 3)))
    farthest_s = max(1.0, farthest_m(problem))  # there, along and back at 1 m/s
    battery_s = farthest_s / 0.9 * draw(st.floats(1.01, 3.0))
    traversal = traversal_of(graph, speed_mps=draw(st.sampled_from([1.0, 2.0])))
    profile = RobotProfile(battery_s=battery_s, recharge_s=battery_s / 3)
    return with_robots(problem, profile=profile, traversal=traversal)


def with_robots(problem: PatrolProblem, **changes: Any) -> PatrolProblem:
    """Change every robot of a problem alike; a dock is where they begin and end."""
    if "dock" in changes:
        changes = {"start": changes["dock"], "end": changes["dock"]} | changes
    fleet = tuple(replace(robot, **changes) for robot in problem.fleet)
    return replace(problem, fleet=fleet)


def traversals_of(problem: PatrolProblem) -> list[Traversal]:
    """What each robot can drive, for the checker."""
    return [robot.traversal for robot in problem.fleet]


def grid_plan(*, battery_s: float = 1500.0, robots: int = 2) -> PatrolPlan:
    """Plan on 4 x 4 crossings with all but two streets required."""
    return solve(grid_problem(battery_s=battery_s, robots=robots), seed=3, until=QUICK)


def grid_problem(*, battery_s: float = 1500.0, robots: int = 2) -> PatrolProblem:
    """Problem on 4 x 4 crossings with all but two streets required."""
    graph = grid_graph(4, 4)
    return problem_of(graph, [*range(22)], robots=robots, battery_s=battery_s)


@st.composite
def mixed_problems(draw: st.DrawFn) -> PatrolProblem:
    """Small problems of robots that differ in all that they may differ in."""
    graph = draw(street_graphs())
    number = st.integers(0, graph.num_edges - 1)
    fleet = tuple(
        draw(_robots(graph, name)) for name in numbered(draw(st.integers(1, 4)))
    )
    problem = problem_of(graph, sorted(draw(st.sets(number))))
    hours = draw(st.sampled_from([1000.0, 0.4]))
    try:
        return replace(
            problem,
            fleet=fleet,
            shift=Shift(START, hours * 3600),
            objective=draw(st.sampled_from(Objective)),
        )
    except PlanError:  # a street too wide for all, or between a robot and its dock
        reject()


@st.composite
def one_way_problems(draw: st.DrawFn, *, alike: bool = False) -> PatrolProblem:
    """Small problems with one-way streets, which bind all robots or some."""
    graph, bound = draw(one_way_streets())
    free = traversal_of(graph)
    count, nodes = draw(st.integers(1, 3)), np.unique(graph.edge_nodes[bound.drivable])
    kinds = (
        [bound] * count
        if alike
        else [draw(st.sampled_from([bound, free])) for _ in range(count)]
    )
    fleet = [
        draw(_at_corners(name, kind, nodes.tolist()))
        for name, kind in zip(numbered(count), kinds, strict=True)
    ]
    if alike:
        node = int(nodes[0])
        profile = fleet[0].profile
        fleet = [
            replace(one, profile=profile, dock=node, start=node, end=node)
            for one in fleet
        ]
    drivable = np.flatnonzero(drivable_by_any(fleet)).tolist()
    problem = problem_of(graph, [])
    return replace(
        problem,
        fleet=tuple(fleet),
        required=np.array(sorted(draw(st.sets(st.sampled_from(drivable)))), np.int64),
        objective=Objective.LONGEST if alike else draw(st.sampled_from(Objective)),
    )


@st.composite
def one_way_streets(draw: st.DrawFn) -> tuple[StreetGraph, Traversal]:
    """Networks with one-way streets, and what a robot can drive that obeys them."""
    graph = draw(street_graphs())
    m = graph.num_edges
    signs = draw(st.lists(st.sampled_from([-1, 0, 0, 1]), min_size=m, max_size=m))
    graph = replace(graph, tags=replace(graph.tags, oneway=np.array(signs, np.int8)))
    try:
        return graph, obey_oneway(graph, traversal_of(graph))
    except MapError:  # nothing but traps
        reject()


@st.composite
def _at_corners(
    draw: st.DrawFn, name: str, kind: Traversal, nodes: list[int]
) -> PatrolRobot:
    """A robot that begins, charges and ends anywhere."""
    dock = draw(st.sampled_from(nodes))
    return PatrolRobot(
        name=name,
        profile=RobotProfile(
            battery_s=draw(st.sampled_from([1e6, 4000.0])),
            recharge_s=500.0,
        ),
        traversal=kind,
        dock=dock,
        start=draw(st.sampled_from([dock, *nodes])),
        end=draw(st.sampled_from([dock, None, *nodes])),
    )


def _closed(traversal: Traversal, streets: set[int]) -> Traversal:
    """Close streets to one kind of robot, both ways."""
    exclusion, travel_s = traversal.exclusion.copy(), traversal.travel_s.copy()
    exclusion[sorted(streets)] = Exclusion.WIDTH
    travel_s[sorted(streets)] = np.inf
    return replace(traversal, exclusion=exclusion, travel_s=travel_s)


@st.composite
def _robots(draw: st.DrawFn, graph: StreetGraph, name: str) -> PatrolRobot:
    node = st.sampled_from(np.unique(graph.edge_nodes).tolist())
    dock = draw(node)
    battery_s = draw(st.sampled_from([1e6, 1000.0, 500.0]))
    return PatrolRobot(
        name=name,
        profile=RobotProfile(battery_s=battery_s, recharge_s=battery_s / 2),
        traversal=_closed(
            traversal_of(graph, speed_mps=draw(st.sampled_from([1.0, 2.0]))),
            draw(st.sets(st.integers(0, graph.num_edges - 1), max_size=2)),
        ),
        dock=dock,
        start=draw(st.one_of(st.just(dock), node)),
        end=draw(st.one_of(st.just(dock), st.none(), node)),
        charge=draw(st.sampled_from([1.0, 0.5])),
        ready_s=draw(st.sampled_from([0.0, 60.0])),
    )

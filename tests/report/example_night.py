"""Nights made by hand on real and drawn streets, for whoever tells of them."""

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph, StreetMap
from maps.osm import read_osm
from maps.paths import StreetNetwork, StreetPath
from maps.traverse import Traversal, traverse
from patrol.mission.causes import Cause
from patrol.mission.record import Event, EventKind, MissionRecord, Track
from patrol.planning.plan import Bound, BoundKind, PatrolPlan, Route
from patrol.planning.problem import Shift
from patrol.planning.robots import RobotDuty
from patrol.report.night import Night
from patrol.risk.field import HOURS_OF_WEEK, RiskField
from patrol.robot import RobotProfile
from tests.strategies import grid_graph

HELSINKI = Path(__file__).parents[2] / "maps" / "data" / "Helsinki.osm.pbf"
ROBOTS = ("haetae-1", "haetae-2")
PROFILE = RobotProfile()
SHIFT = Shift(
    datetime(2026, 11, 20, 22, 0, tzinfo=ZoneInfo("Europe/Helsinki")), 8 * 3600.0
)


@cache
def grid_night(*, driven: bool = True) -> Night:
    """Twelve by twelve blocks, every street drivable, 30 streets required."""
    return night_on(StreetMap(grid_graph(12, 12), source="grid"), 30, driven=driven)


@cache
def helsinki_night(num_required: int = 120, *, driven: bool = True) -> Night:
    """Central Helsinki with drawn hot spots."""
    return night_on(read_osm(HELSINKI), num_required, driven=driven)


def night_on(street_map: StreetMap, num_required: int, *, driven: bool) -> Night:
    """Make up a whole night on a map: the riskiest streets, served by two robots."""
    graph = street_map.graph
    traversal = traverse(
        graph,
        width_m=PROFILE.width_m,
        kerb_m=PROFILE.kerb_m,
        max_slope=PROFILE.max_slope,
        speed_mps=PROFILE.speed_mps,
    )
    risk = spotted_risk(graph)
    rate = np.where(traversal.drivable, risk.rate_per_km_h, -1)
    required = np.sort(np.argsort(-rate, kind="stable")[:num_required])
    plan = plan_over(graph, traversal, risk, required)
    record = record_of(graph, plan) if driven else None
    return Night(street_map, traversal, risk, plan, record, place="Example")


def spotted_risk(graph: StreetGraph) -> RiskField:
    """Risk that falls off from four places, on a base rate."""
    rng = np.random.default_rng(1)
    middles = (graph.shape_xy_m[graph.shape_start[:-1]] + _ends(graph)) / 2
    spots = graph.node_xy_m[rng.choice(graph.num_nodes, 4)]
    away_m = np.hypot(*(middles[:, None, :] - spots[None]).transpose(2, 0, 1))
    profile = 1 + np.cos(2 * np.pi * np.arange(HOURS_OF_WEEK) / 24)
    return RiskField(
        graph_digest=graph.digest,
        shares={
            "history": 0.02 * np.exp(-((away_m / 160) ** 2)).sum(axis=1),
            "base": np.full(graph.num_edges, 0.0011),
        },
        profile=profile / profile.mean(),
        concern=rng.uniform(0, 1, graph.num_edges),
        weights={"history.half_life_days": 90.0, "base": 0.0011},
        synthetic=True,
        time_zone="Europe/Helsinki",
    )


def plan_over(
    graph: StreetGraph,
    traversal: Traversal,
    risk: RiskField,
    required: NDArray[np.int64],
) -> PatrolPlan:
    """Two robots, east and west, always to the nearest street not yet served."""
    middle = graph.node_xy_m[graph.edge_nodes[required]].mean(axis=(0, 1))
    touched = np.unique(graph.edge_nodes[required])
    away_m = np.hypot(*(graph.node_xy_m[touched] - middle).T)
    dock = int(touched[away_m.argmin()])
    east = graph.node_xy_m[graph.edge_nodes[required, 0], 0] > middle[0]
    routes = tuple(
        _route(graph, traversal, required[half], dock=dock, robot=robot)
        for robot, half in zip(ROBOTS, (~east, east), strict=True)
    )
    lengths = [graph.edge_length_m[route.streets].sum() for route in routes]
    km_risk = risk.rate_per_km_h * graph.edge_length_m * traversal.drivable
    required_m = float(graph.edge_length_m[required].sum())
    return PatrolPlan(
        graph_digest=graph.digest,
        risk_digest=risk.digest,
        map_path="Helsinki.osm.pbf",
        fleet=tuple(
            RobotDuty(name=robot, profile=PROFILE, dock=dock, start=dock, end=dock)
            for robot in ROBOTS
        ),
        shift=SHIFT,
        required=required,
        keep_out=np.zeros(0, dtype=np.int64),
        routes=routes,
        length_m=float(sum(lengths)),
        required_m=required_m,
        coverage=float(km_risk[required].sum() / km_risk.sum()),
        bound=Bound(
            0.8 * sum(lengths), BoundKind.LP, 0.5 * max(lengths), BoundKind.WEAK
        ),
        seed=7,
        weights={"concern": 0.5},
        synthetic_risk=True,
    )


def record_of(graph: StreetGraph, plan: PatrolPlan) -> MissionRecord:
    """Drive a plan with a little noise; the first robot has a silent second."""
    tracks = tuple(
        _track(graph, route, number)
        for number, route in enumerate(plan.routes)
        if len(route.streets)
    )
    return MissionRecord(plan.digest, complete=True, simulated=True, tracks=tracks)


def _route(
    graph: StreetGraph,
    traversal: Traversal,
    required: NDArray[np.int64],
    *,
    dock: int,
    robot: str,
) -> Route:
    steps = _greedy_steps(graph, traversal, required, dock)
    streets = np.array([s for s, _, _ in steps], dtype=np.int64)
    ends_s = np.cumsum(graph.edge_length_m[streets]) / PROFILE.speed_mps
    return Route(
        robot=robot,
        streets=streets,
        forward=np.array([forward for _, forward, _ in steps], dtype=np.bool_),
        served=np.array([served for _, _, served in steps], dtype=np.bool_),
        depart_s=np.append(0.0, ends_s[:-1])[: len(streets)],
        arrive_s=ends_s,
        trip=np.zeros(len(streets), dtype=np.int64),
    )


def _greedy_steps(
    graph: StreetGraph, traversal: Traversal, required: NDArray[np.int64], dock: int
) -> list[tuple[int, bool, bool]]:
    cost = np.where(traversal.drivable, graph.edge_length_m, np.inf)
    network = StreetNetwork.of(graph, cost)
    here, steps, open_ = dock, list[tuple[int, bool, bool]](), required
    while len(open_):
        tree = network.tree([here])
        away_m = tree.distance[graph.edge_nodes[open_]]
        nearest, end = np.unravel_index(away_m.argmin(), away_m.shape)
        street = int(open_[nearest])
        near, far = graph.edge_nodes[street].tolist()[:: 1 if end == 0 else -1]
        steps += _deadhead(network.path(tree, near))
        steps.append((street, bool(end == 0), True))
        here, open_ = far, np.delete(open_, nearest)
    return [*steps, *_deadhead(network.shortest_path(here, dock))]


def _deadhead(path: StreetPath) -> list[tuple[int, bool, bool]]:
    pairs = zip(path.streets.tolist(), path.forward.tolist(), strict=True)
    return [(street, forward, False) for street, forward in pairs]


def _track(graph: StreetGraph, route: Route, number: int) -> Track:
    rng = np.random.default_rng(number)
    line, ends_s, streets_s = _timed_line(graph, route)
    time_s = np.arange(0.0, ends_s[-1] + 1)
    clean = np.column_stack([np.interp(time_s, ends_s, line[:, i]) for i in (0, 1)])
    cross = np.convolve(rng.normal(0, 0.4, len(time_s)), np.ones(9) / 9, "same")
    events = [Event(0.0, EventKind.STARTED), *streets_s]
    if number == 0:
        at_s, why = float(time_s[len(time_s) // 2]), Event.because
        where = {"along_m": 40.0, "length_m": 90.0}
        events += [
            why(at_s, EventKind.FAULT, Cause.LINE_CUT, for_s=1.0),
            why(at_s + 0.5, EventKind.SILENCE, Cause.NO_REPORT, for_s=0.5),
            why(at_s + 1.4, EventKind.REARMED, Cause.HELD_ITSELF, **where),
        ]
    events.append(Event(float(time_s[-1]), EventKind.FINISHED))
    return Track(
        robot=route.robot,
        time_s=time_s,
        xy_m=clean + cross[:, None],
        heading_rad=np.zeros(len(time_s)),
        speed_mps=np.full(len(time_s), PROFILE.speed_mps),
        battery=1 - time_s / PROFILE.battery_s,
        step=np.zeros(len(time_s), dtype=np.int64),
        cross_track_m=np.abs(cross),
        driven_m=time_s * PROFILE.speed_mps,
        events=tuple(sorted(events, key=lambda event: event.time_s)),
        counters={
            "commands_sent": 10 * len(time_s),
            "commands_lost": 0,
            "commands_duplicated": 0,
        },
    )


def _timed_line(
    graph: StreetGraph, route: Route
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[Event]]:
    shapes = [
        graph.shape_of(street)[:: 1 if forward else -1]
        for street, forward in zip(
            route.streets.tolist(), route.forward.tolist(), strict=True
        )
    ]
    line = np.concatenate(shapes)
    along_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    served = [
        Event(float(arrive), EventKind.STREET_SERVED, street=int(street))
        for street, arrive, serves in zip(
            route.streets, route.arrive_s, route.served, strict=True
        )
        if serves
    ]
    return line, along_m / PROFILE.speed_mps, served


def _ends(graph: StreetGraph) -> NDArray[np.float64]:
    return graph.shape_xy_m[graph.shape_start[1:] - 1]

"""The steps from a map to a plan, shared by the commands, the demo and benchmarks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph, StreetMap
from maps.areas import read_areas, streets_touching
from maps.read import read_map
from maps.snap import nearest_node
from maps.traverse import Traversal, describe_exclusions, keep_out, traverse
from patrol.errors import PlanError
from patrol.planning.plan import PatrolPlan
from patrol.planning.plan_file import load_plan
from patrol.planning.problem import PatrolProblem, Shift
from patrol.planning.robots import numbered, uniform_fleet
from patrol.planning.solve import solve
from patrol.risk.field import RiskField
from patrol.risk.priority import choose_required, street_priority
from patrol.robot import RobotProfile

MAX_DOCK_DISTANCE_M = 100.0
"""A dock further than this from every drivable street is a mistake."""

_DATE_CHARS = len("2026-11-20")


@dataclass(frozen=True)
class DrivableStreets:
    """What a robot can drive of a map, and why not the rest."""

    traversal: Traversal
    drivable_m: float
    excluded: Mapping[str, tuple[int, float]]


@dataclass(frozen=True)
class CoverageRequest:
    """
    What an operator asks of tonight's coverage.

    Attributes
    ----------
    dock_lon_lat_deg
        Where the dock is.
    shift
        When.
    robots
        How many.
    share
        Share of the drivable length that must be served, the riskiest and darkest.
    keep_out
        Streets that must not be driven, ascending.
    seed
        Seed of the planner.
    map_path
        File of the map, to be named in the plan.
    """

    dock_lon_lat_deg: tuple[float, float]
    shift: Shift
    robots: int = 2
    share: float = 0.15
    keep_out: NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))
    seed: int = 0
    map_path: str = ""


def drivable_streets(graph: StreetGraph, profile: RobotProfile) -> DrivableStreets:
    """Work out what a robot can drive of a map, and why not the rest."""
    traversal = traverse(
        graph,
        width_m=profile.width_m,
        kerb_m=profile.kerb_m,
        max_slope=profile.max_slope,
        speed_mps=profile.speed_mps,
    )
    return DrivableStreets(
        traversal=traversal,
        drivable_m=float(graph.edge_length_m[traversal.drivable].sum()),
        excluded=describe_exclusions(graph, traversal),
    )


def fleet_traversals(graph: StreetGraph, plan: PatrolPlan) -> list[Traversal]:
    """Work out what each robot of a plan can drive, in the order of its fleet."""
    kinds = {
        profile: drivable_streets(graph, profile).traversal for profile in plan.profiles
    }
    return [kinds[robot.profile] for robot in plan.fleet]


def plan_coverage(
    street_map: StreetMap,
    risk: RiskField,
    profile: RobotProfile,
    *,
    request: CoverageRequest,
) -> PatrolPlan:
    """
    Plan tonight's coverage of the riskiest and darkest streets.

    Raises
    ------
    RiskError
        If the risk is of another map.
    PlanError
        If the dock is off the network or there are no robots.
    InfeasibleError
        If no plan fits the batteries and the shift.
    """
    graph = street_map.graph
    hours = risk.hours_of_week(request.shift.start, request.shift.duration_s)
    risk_per_h = risk.expected_per_h(graph, hours)
    traversal = drivable_streets(graph, profile).traversal
    if len(request.keep_out):
        traversal = keep_out(graph, traversal, request.keep_out)
    problem = PatrolProblem(
        graph=graph,
        required=choose_required(
            graph, traversal.drivable, street_priority(risk), share=request.share
        ),
        risk_per_h=risk_per_h,
        fleet=uniform_fleet(
            numbered(request.robots),
            profile=profile,
            traversal=traversal,
            dock=dock_node(graph, traversal, request.dock_lon_lat_deg),
        ),
        shift=request.shift,
    )
    return replace(
        solve(problem, seed=request.seed),
        risk_digest=risk.digest,
        map_path=request.map_path,
        keep_out=request.keep_out,
        weights=dict(risk.weights) | {"share": request.share},
        synthetic_risk=risk.synthetic,
    )


def dock_node(
    graph: StreetGraph, traversal: Traversal, lon_lat_deg: tuple[float, float]
) -> int:
    """
    Find the drivable street corner of a dock.

    Raises
    ------
    PlanError
        If there is none within `MAX_DOCK_DISTANCE_M`.
    """
    xy_m = graph.projection.to_xy_m([lon_lat_deg])
    nodes, distances_m = nearest_node(graph, xy_m, traversal.drivable)
    if distances_m[0] > MAX_DOCK_DISTANCE_M:
        lon, lat = graph.projection.to_lon_lat_deg(graph.node_xy_m[nodes[:1]])[0]
        raise PlanError(
            f"the dock at {lon_lat_deg[0]},{lon_lat_deg[1]} is {distances_m[0]:,.0f} m "
            f"from the nearest corner that the robot can drive to, at most "
            f"{MAX_DOCK_DISTANCE_M:.0f} m are allowed: move it, for example to "
            f"{lon:.5f},{lat:.5f}"
        )
    return int(nodes[0])


def streets_of_areas(path: Path | None, graph: StreetGraph) -> NDArray[np.int64]:
    """Find the streets that areas in a file touch; none without a file."""
    if path is None:
        return np.array([], dtype=np.int64)
    return streets_touching(graph, read_areas(path, graph))


def parse_place(text: str) -> tuple[float, float]:
    """
    Read a place given as LON,LAT in degrees.

    Raises
    ------
    PlanError
        If it is not two numbers.
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise PlanError(
            f"the place {text!r} must be LON,LAT in degrees, as 126.9514,37.4781"
        ) from error
    return lon, lat


def parse_shift(start: str, hours: float, *, time_zone: str) -> Shift:
    """
    Read a shift's start in ISO 8601; without an offset it is local time.

    Raises
    ------
    PlanError
        If it is no time, a date alone, or skipped by the clocks of the place.
    """
    try:
        # A date alone would silently become midnight.
        at = datetime.fromisoformat(start if len(start) > _DATE_CHARS else "")
    except ValueError as error:
        raise PlanError(
            f"the start {start!r} must be a date and local time as 2026-11-20T22:00"
        ) from error
    local = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(time_zone))
    shift = Shift(start=local, duration_s=hours * 3600)
    shown = local.astimezone(UTC).astimezone(local.tzinfo)
    if shown.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise PlanError(
            f"there is no {start} in {time_zone}: the clocks are put forward then, to "
            f"{shown.isoformat()}; start before or after"
        )
    return shift


def load_planned(
    plan_path: Path, other_map: Path | None
) -> tuple[PatrolPlan, StreetMap]:
    """
    Read a plan and the map that it is for.

    Raises
    ------
    PlanError
        If the plan cannot be read, its map is not there, or it is another map.
    """
    plan = load_plan(plan_path)
    path = other_map or _map_of(plan_path, plan.map_path)
    street_map = read_map(path)
    if street_map.graph.digest != plan.graph_digest:
        raise PlanError(
            f"{plan_path} is a plan for map {plan.graph_digest[:12]}, {path} is map "
            f"{street_map.graph.digest[:12]}: give the right one by --map, or plan anew"
        )
    return plan, street_map


def _map_of(plan_path: Path, map_path: str) -> Path:
    if not map_path:
        raise PlanError(f"{plan_path} does not say where its map is: give it by --map")
    # A plan that was moved together with its map still finds it.
    places = (plan_path.parent / Path(map_path).name, Path(map_path))
    for place in places:
        if place.exists():
            return place
    raise PlanError(
        f"the map of {plan_path} is neither at {places[0]} nor at {places[1]}: say by "
        f"--map where it is"
    )

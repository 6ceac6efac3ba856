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
from maps.traverse import (
    Traversal,
    describe_exclusions,
    keep_out,
    obey_oneway,
    traverse,
)
from maps.way_out import way_out
from patrol.cli.places import dock_node
from patrol.cli.required import Required
from patrol.errors import PlanError
from patrol.planning.plan import PatrolPlan
from patrol.planning.plan_file import load_plan
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import PatrolRobot, drivable_by_any, numbered
from patrol.planning.solve import solve
from patrol.risk.dose import Dose
from patrol.risk.exploration import EXPLORATION_SHARE, Exploration, explore
from patrol.risk.field import RiskField
from patrol.risk.priority import street_priority
from patrol.robot import RobotProfile

ANYWHERE = "anywhere"
"""How a fleet file says that a robot may end where it likes."""

_DATE_CHARS = len("2026-11-20")


@dataclass(frozen=True)
class DrivableStreets:
    """What a robot can drive of a map, and why not the rest."""

    traversal: Traversal
    drivable_m: float
    excluded: Mapping[str, tuple[int, float]]


@dataclass(frozen=True)
class RobotRequest:
    """
    One robot as an operator describes it.

    Attributes
    ----------
    name, profile
        What it is called, and of what kind it is.
    dock_lon_lat_deg, start_lon_lat_deg
        Where it recharges, and where it is when it becomes available.
    end_lon_lat_deg
        Where it must be at the end; anywhere if None.
    charge
        Share of its battery that is full when it becomes available, 0-1.
    ready_s
        Seconds after the shift's start from which it is available.
    """

    name: str
    profile: RobotProfile
    dock_lon_lat_deg: tuple[float, float]
    start_lon_lat_deg: tuple[float, float]
    end_lon_lat_deg: tuple[float, float] | None
    charge: float = 1.0
    ready_s: float = 0.0


def equal_robots(
    robots: int, *, profile: RobotProfile, dock_lon_lat_deg: tuple[float, float]
) -> tuple[RobotRequest, ...]:
    """Ask for so many robots of one kind at one dock."""
    dock = dock_lon_lat_deg
    return tuple(RobotRequest(n, profile, dock, dock, dock) for n in numbered(robots))


@dataclass(frozen=True)
class CoverageRequest:
    """
    What an operator asks of tonight's coverage.

    Attributes
    ----------
    fleet
        By whom.
    shift
        When.
    required
        Which streets must be served.
    keep_out
        Streets that must not be driven, ascending.
    exploration
        Share of that length which goes to streets outside the top, drawn by lot.
    dose
        Log of where patrols were, to draw first where they seldom were.
    seed
        Seed of the planner, and with the date of the lot.
    map_path
        File of the map, to be named in the plan.
    objective
        What the plan is to make small.
    """

    fleet: tuple[RobotRequest, ...]
    shift: Shift
    required: Required = field(default_factory=Required)
    keep_out: NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))
    exploration: float = EXPLORATION_SHARE
    dose: Dose | None = None
    seed: int = 0
    map_path: str = ""
    objective: Objective = Objective.LONGEST


def drivable_streets(graph: StreetGraph, profile: RobotProfile) -> DrivableStreets:
    """Work out what a robot can drive of a map, and why not the rest."""
    traversal = traverse(
        graph,
        width_m=profile.width_m,
        kerb_m=profile.kerb_m,
        max_slope=profile.max_slope,
        speed_mps=profile.speed_mps,
    )
    if profile.obeys_oneway:
        traversal = obey_oneway(graph, traversal)
    return DrivableStreets(
        traversal=traversal,
        drivable_m=float(graph.edge_length_m[traversal.drivable].sum()),
        excluded=describe_exclusions(graph, traversal),
    )


def fleet_traversals(graph: StreetGraph, plan: PatrolPlan) -> list[Traversal]:
    """
    Work out what each robot of a plan can drive, in the order of its fleet.

    The plan's keep-out is closed, and so is what it cuts off, but for the way out of a
    robot that began there.
    """
    closed = plan.keep_out[(plan.keep_out >= 0) & (plan.keep_out < graph.num_edges)]
    kinds = {profile: open_streets(graph, profile, closed) for profile in plan.profiles}
    nodes = range(graph.num_nodes)  # what is not on the map is for the checker to say
    return [
        way_out(graph, kinds[robot.profile], robot.start)
        if robot.start in nodes
        else kinds[robot.profile]
        for robot in plan.fleet
    ]


def open_streets(
    graph: StreetGraph, profile: RobotProfile, closed: NDArray[np.int64]
) -> Traversal:
    """Work out what a robot can drive of a map where some streets are closed."""
    traversal = drivable_streets(graph, profile).traversal
    return keep_out(graph, traversal, closed) if len(closed) else traversal


def plan_coverage(
    street_map: StreetMap, risk: RiskField, *, request: CoverageRequest
) -> PatrolPlan:
    """
    Plan tonight's coverage of the streets that must be served.

    Raises
    ------
    RiskError
        If the risk is of another map, or chooses no street.
    PlanError
        If the dock is off the network, there are no robots, or a street that must be
        served cannot be.
    InfeasibleError
        If no plan fits the batteries and the shift.
    """
    problem = coverage_problem(street_map, risk, request=request)
    return told(solve(problem, seed=request.seed), risk, request=request)


def coverage_problem(
    street_map: StreetMap, risk: RiskField, *, request: CoverageRequest
) -> PatrolProblem:
    """
    Put tonight's coverage as a problem; see `plan_coverage`.

    Raises
    ------
    RiskError
        If the risk is of another map.
    PlanError
        If a dock, start or end is off the network or there are no robots.
    """
    graph = street_map.graph
    hours = risk.hours_of_week(request.shift.start, request.shift.duration_s)
    risk_per_h = risk.expected_per_h(graph, hours)
    fleet = _fleet(graph, request)
    return PatrolProblem(
        graph=graph,
        required=_required(graph, fleet, risk, risk_per_h, request=request),
        risk_per_h=risk_per_h,
        fleet=fleet,
        shift=request.shift,
        objective=request.objective,
    )


def told(plan: PatrolPlan, risk: RiskField, *, request: CoverageRequest) -> PatrolPlan:
    """Say in a plan what only the caller of the planner knows."""
    return replace(
        plan,
        risk_digest=risk.digest,
        map_path=request.map_path,
        keep_out=request.keep_out,
        weights=dict(risk.weights)
        | dict(request.required.weights)
        | {"exploration": _explored(request)},
        synthetic_risk=risk.synthetic,
    )


def _fleet(graph: StreetGraph, request: CoverageRequest) -> tuple[PatrolRobot, ...]:
    kinds: dict[RobotProfile, Traversal] = {}
    for profile in dict.fromkeys(robot.profile for robot in request.fleet):
        traversal = drivable_streets(graph, profile).traversal
        if len(request.keep_out):
            traversal = keep_out(graph, traversal, request.keep_out)
        kinds[profile] = traversal
    return tuple(_robot(graph, robot, kinds[robot.profile]) for robot in request.fleet)


def _robot(
    graph: StreetGraph, robot: RobotRequest, traversal: Traversal
) -> PatrolRobot:
    end = robot.end_lon_lat_deg
    return PatrolRobot(
        name=robot.name,
        profile=robot.profile,
        traversal=traversal,
        dock=dock_node(graph, traversal, robot.dock_lon_lat_deg),
        start=dock_node(graph, traversal, robot.start_lon_lat_deg, what="start"),
        end=None if end is None else dock_node(graph, traversal, end, what="end"),
        charge=robot.charge,
        ready_s=robot.ready_s,
    )


def _required(
    graph: StreetGraph,
    fleet: tuple[PatrolRobot, ...],
    risk: RiskField,
    risk_per_h: NDArray[np.float64],
    *,
    request: CoverageRequest,
) -> NDArray[np.int64]:
    """Choose the streets, and give the floor of exploration its part of them."""
    chosen = request.required.choose(graph, fleet, risk, risk_per_h)
    night = request.shift.start.date().toordinal()
    dose_m = request.dose.metres_by_street(graph.num_edges) if request.dose else None
    options = Exploration(_explored(request), (request.seed, night), dose_m)
    priority = street_priority(risk)
    return explore(graph, drivable_by_any(fleet), chosen, priority, options=options)


def _explored(request: CoverageRequest) -> float:
    """Share that is drawn by lot; streets that a person named are served as named."""
    return request.exploration if request.required.named is None else 0.0


def streets_of_areas(path: Path | None, graph: StreetGraph) -> NDArray[np.int64]:
    """Find the streets that areas in a file touch; none without a file."""
    if path is None:
        return np.array([], dtype=np.int64)
    return streets_touching(graph, read_areas(path, graph))


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

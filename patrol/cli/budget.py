"""``patrol plan budget``: the best risk covered within a shift."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from patrol.cli.options import Json, MapFile, Seed
from patrol.cli.output import Row, emit, progress_console
from patrol.cli.profile import RobotFile, load_profile

if TYPE_CHECKING:
    from maps import StreetMap
    from patrol.planning.plan import PatrolPlan
    from patrol.planning.problem import Shift
    from patrol.planning.rural import Effort
    from patrol.risk.field import RiskField
    from patrol.robot import RobotProfile


@dataclass(frozen=True)
class BudgetRequest:
    """
    What an operator asks of a shift.

    Attributes
    ----------
    dock_lon_lat_deg
        Where the dock is.
    shift
        When.
    robots
        How many.
    stops, windows
        Files of stops and of windows; none if left out.
    crossing_s, u_turn_s
        Pauses at crossings with major roads, and before turning back.
    keep_out
        Streets that must not be driven, ascending.
    seed
        Seed of the planner.
    map_path
        File of the map, to be named in the plan.
    """

    dock_lon_lat_deg: tuple[float, float]
    shift: "Shift"
    robots: int = 2
    stops: Path | None = None
    windows: Path | None = None
    crossing_s: float = 0.0
    u_turn_s: float = 0.0
    keep_out: NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))
    seed: int = 0
    map_path: str = ""


def budget(
    map_path: MapFile,
    risk: Annotated[Path, typer.Option(help="Risk of that map.")],
    dock: Annotated[str, typer.Option(metavar="LON,LAT", help="Where the dock is.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Plan to write.")],
    start: Annotated[str, typer.Option(help="Start, local time: 2026-11-20T22:00.")],
    hours: Annotated[float, typer.Option(help="Length of the shift.")] = 8.0,
    robots: Annotated[int, typer.Option(help="How many robots.", min=1)] = 2,
    stops: Annotated[
        Path | None,
        typer.Option(
            help="CSV of places to stand at: lon, lat, minutes [, incidents_per_h, "
            "from, to]; without incidents_per_h a place must be visited."
        ),
    ] = None,
    windows: Annotated[
        Path | None,
        typer.Option(
            help="CSV of streets that are open for a time: street | lon, lat | area, "
            "from, to."
        ),
    ] = None,
    crossing_s: Annotated[
        float, typer.Option(help="Seconds lost at a crossing with a major road.")
    ] = 0.0,
    u_turn_s: Annotated[float, typer.Option(help="Seconds lost turning round.")] = 0.0,
    keep_out: Annotated[
        Path | None,
        typer.Option(help="Polygons (GeoJSON, GeoPackage) that must not be entered."),
    ] = None,
    robot: RobotFile = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Plan routes that cover as much risk of MAP as they can within the shift."""
    from maps.read import read_map
    from patrol.cli.steps import parse_place, parse_shift, streets_of_areas
    from patrol.planning.plan_file import save_plan
    from patrol.risk.store import load_risk

    profile, place = load_profile(robot), parse_place(dock)
    street_map = read_map(map_path)
    known = load_risk(risk, street_map.graph)
    request = BudgetRequest(
        dock_lon_lat_deg=place,
        shift=parse_shift(start, hours, time_zone=known.time_zone),
        robots=robots,
        stops=stops,
        windows=windows,
        crossing_s=crossing_s,
        u_turn_s=u_turn_s,
        keep_out=streets_of_areas(keep_out, street_map.graph),
        seed=seed,
        map_path=str(map_path),
    )
    with progress_console(as_json=as_json).status("Planning"):
        plan = plan_budget(street_map, known, profile, request=request)
    save_plan(plan, output)
    figures, rows = describe_budget(plan)
    emit(
        figures | {"output": str(output)},
        [*rows, ("plan", str(output))],
        as_json=as_json,
    )


def plan_budget(
    street_map: "StreetMap",
    risk: "RiskField",
    profile: "RobotProfile",
    *,
    request: BudgetRequest,
    effort: "Effort | None" = None,
) -> "PatrolPlan":
    """
    Plan the shift that covers most risk.

    Raises
    ------
    RiskError
        If the risk is of another map.
    PlanError
        If the dock is off the network, or a file of stops or windows is wrong.
    InfeasibleError
        If a stop that must be visited does not fit.
    """
    from maps.traverse import keep_out
    from patrol.cli.budget_files import Place, read_stops, read_windows
    from patrol.cli.steps import dock_node, drivable_streets
    from patrol.planning.prizes import Prizes, Terms
    from patrol.planning.problem import PatrolProblem
    from patrol.planning.robots import numbered, uniform_fleet
    from patrol.planning.solve import solve

    graph, shift = street_map.graph, request.shift
    hours = risk.hours_of_week(shift.start, shift.duration_s)
    traversal = drivable_streets(graph, profile).traversal
    if len(request.keep_out):
        traversal = keep_out(graph, traversal, request.keep_out)
    place = Place(graph, traversal, shift)
    slot_s, factor = risk.factor_slots(shift.start, shift.duration_s)
    terms = Terms(
        slot_s=slot_s,
        factor=factor,
        stops=read_stops(request.stops, place),
        windows=read_windows(request.windows, place),
        crossing_s=request.crossing_s,
        u_turn_s=request.u_turn_s,
    )
    problem = PatrolProblem(
        graph=graph,
        required=np.array([], np.int64),
        risk_per_h=risk.expected_per_h(graph, hours),
        fleet=uniform_fleet(
            numbered(request.robots),
            profile=profile,
            traversal=traversal,
            dock=dock_node(graph, traversal, request.dock_lon_lat_deg),
        ),
        shift=shift,
        prizes=Prizes(risk.rate_per_km_h * graph.edge_length_m / 1000, terms),
    )
    return replace(
        solve(problem, seed=request.seed, effort=effort),
        risk_digest=risk.digest,
        map_path=request.map_path,
        keep_out=request.keep_out,
        weights=dict(risk.weights),
        synthetic_risk=risk.synthetic,
    )


def describe_budget(plan: "PatrolPlan") -> tuple[dict[str, object], list[Row]]:
    """Figures of a plan with prizes for scripts, and the same as rows for people."""
    takings = plan.takings
    if takings is None:
        return {}, []
    stands = [one for route in plan.routes for one in route.stands]
    visited = sum(one.stop is not None for one in stands)
    figures: dict[str, object] = {
        "covered_per_h": takings.covered_per_h,
        "all_per_h": takings.all_per_h,
        "share": round(takings.share, 5),
        "bound_per_h": takings.bound_per_h,
        "bound_kind": takings.bound_kind,
        "gap": round(takings.gap, 5) if takings.covered_per_h else None,
        "coverage": round(plan.coverage, 4),
        "length_km": round(plan.length_m / 1000, 3),
        "served_km": round(takings.served_m / 1000, 3),
        "deadhead_km": round(plan.deadhead_m / 1000, 3),
        "longest_km": round(plan.longest_m / 1000, 3),
        "stops_visited": visited,
        "stops": len(takings.terms.stops),
        "robots": len(plan.routes),
        "synthetic_risk": plan.synthetic_risk,
    }
    synthetic = " (SYNTHETIC incidents)" if plan.synthetic_risk else ""
    rows = [
        (
            "risk covered",
            f"{takings.covered_per_h:.4g} of {takings.all_per_h:.4g} incidents per "
            f"hour, {takings.share:.1%}{synthetic}",
        ),
        (
            "upper bound",
            f"{takings.bound_per_h:.4g} incidents per hour ({takings.bound_kind}): it "
            f"is {takings.gap:.1%} above this plan",
        ),
        (
            "length",
            f"{plan.length_m / 1000:.2f} km, of it {plan.deadhead_m / 1000:.2f} km "
            f"deadhead",
        ),
        ("stops visited", f"{visited} of {len(takings.terms.stops)}"),
    ]
    return figures, rows

"""``patrol plan budget``: the best risk covered within a shift."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, MapFile, Seconds, Seed
from patrol.cli.output import Row, emit
from patrol.cli.profile import RobotFile, load_profile
from patrol.cli.search import searching

if TYPE_CHECKING:
    from patrol.planning.plan import PatrolPlan


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
    seconds: Seconds = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Plan routes that cover as much risk of MAP as they can within the shift."""
    from maps.read import read_map
    from patrol.cli.budget_steps import BudgetRequest, plan_budget
    from patrol.cli.places import parse_place
    from patrol.cli.steps import parse_shift, streets_of_areas
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
    with searching(seconds, as_json=as_json, budget=True) as search:
        plan = plan_budget(
            street_map, known, profile, request=request, until=search.until
        )
    save_plan(plan, output)
    figures, rows = describe_budget(plan)
    if search.interrupted:
        rows.append(("interrupted", "the best plan so far is kept"))
    emit(
        figures | {"interrupted": search.interrupted, "output": str(output)},
        [*rows, ("plan", str(output))],
        as_json=as_json,
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

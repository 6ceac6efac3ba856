"""``patrol plan`` and ``patrol check``: routes, and a second pair of eyes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import (
    Json,
    MapFile,
    MinRisk,
    OtherMap,
    PlanFile,
    RequiredFile,
    Seconds,
    Seed,
    SkipUndrivable,
    TopShare,
)
from patrol.cli.output import Row, emit
from patrol.cli.profile import RobotFile, load_profile
from patrol.errors import InfeasibleError

if TYPE_CHECKING:
    from patrol.planning.plan import PatrolPlan

app = typer.Typer(help="Plan patrols.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `cover` a command of its own while it is the only one."""


@app.command("cover")
def cover(
    map_path: MapFile,
    risk: Annotated[Path, typer.Option(help="Risk of that map.")],
    dock: Annotated[str, typer.Option(metavar="LON,LAT", help="Where the dock is.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Plan to write.")],
    start: Annotated[str, typer.Option(help="Start, local time: 2026-11-20T22:00.")],
    hours: Annotated[float, typer.Option(help="Length of the shift.")] = 8.0,
    robots: Annotated[int, typer.Option(help="How many robots.", min=1)] = 2,
    required: RequiredFile = None,
    top_share: TopShare = None,
    min_risk: MinRisk = None,
    skip_undrivable: SkipUndrivable = False,
    keep_out: Annotated[
        Path | None,
        typer.Option(help="Polygons (GeoJSON, GeoPackage) that must not be entered."),
    ] = None,
    robot: RobotFile = None,
    seconds: Seconds = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Plan routes that serve streets of MAP once, the riskiest and darkest or yours."""
    from maps.read import read_map
    from maps.street_list import read_street_list
    from patrol.cli.required import Required
    from patrol.cli.search import searching
    from patrol.cli.steps import (
        CoverageRequest,
        open_streets,
        parse_place,
        parse_shift,
        plan_coverage,
        streets_of_areas,
    )
    from patrol.planning.plan_file import save_plan
    from patrol.risk.store import load_risk

    profile, place = load_profile(robot), parse_place(dock)
    street_map = read_map(map_path)
    graph = street_map.graph
    field = load_risk(risk, graph)
    choice = Required(
        named=read_street_list(required, graph) if required else None,
        top_share=top_share,
        min_risk=min_risk,
        skip=skip_undrivable,
    )
    request = CoverageRequest(
        dock_lon_lat_deg=place,
        shift=parse_shift(start, hours, time_zone=field.time_zone),
        robots=robots,
        required=choice,
        keep_out=streets_of_areas(keep_out, graph),
        seed=seed,
        map_path=str(map_path),
    )
    with searching(seconds, as_json=as_json) as search:
        plan = plan_coverage(
            street_map,
            field,
            profile,
            request=request,
            effort=search.effort,
            on_progress=search.show,
        )
    save_plan(plan, output)
    figures, rows = describe(plan)
    left_out = choice.left_out(open_streets(graph, profile, request.keep_out))
    figures |= {"left_out": list(left_out), "interrupted": search.interrupted}
    rows += [("left out", f"{len(left_out)} streets")] if left_out else []
    rows += [("", text) for text in left_out]
    rows += [("interrupted", "the best plan so far is kept")] * search.interrupted
    emit(
        figures | {"output": str(output)},
        [*rows, ("plan", str(output))],
        as_json=as_json,
    )


def check(
    plan_path: PlanFile,
    risk: Annotated[
        Path | None, typer.Option(help="Risk of the plan: checks its coverage, too.")
    ] = None,
    other_map: OtherMap = None,
    as_json: Json = False,
) -> None:
    """Check, by code of its own, that PLAN can be driven and is what it says."""
    from patrol.cli.night import check_night
    from patrol.cli.steps import load_planned
    from patrol.risk.store import load_risk

    plan, street_map = load_planned(plan_path, other_map)
    field = load_risk(risk, street_map.graph) if risk else None
    violations = list(check_night(street_map, plan, field))
    rows = [("sound", "NO" if violations else "yes"), *(("", v) for v in violations)]
    emit({"ok": not violations, "violations": violations}, rows, as_json=as_json)
    if violations:
        raise InfeasibleError(f"{plan_path} is not sound: {len(violations)} faults")


def describe(plan: "PatrolPlan") -> tuple[dict[str, object], list[Row]]:
    """Figures of a plan for scripts, and the same as rows for people."""
    figures: dict[str, object] = {
        "required_km": round(plan.required_m / 1000, 3),
        "coverage": round(plan.coverage, 4),
        "length_km": round(plan.length_m / 1000, 3),
        "deadhead_km": round(plan.deadhead_m / 1000, 3),
        "lower_bound_km": round(plan.bound.length_m / 1000, 3),
        "bound_kind": str(plan.bound.kind),
        "gap": round(plan.gap, 5),
        "longest_km": round(plan.longest_m / 1000, 3),
        "longest_bound_km": round(plan.bound.longest_m / 1000, 3),
        "longest_bound_kind": str(plan.bound.longest_kind),
        "robots": len(plan.routes),
        "synthetic_risk": plan.synthetic_risk,
    }
    synthetic = " (SYNTHETIC incidents)" if plan.synthetic_risk else ""
    rows = [
        ("must be served", f"{plan.required_m / 1000:.1f} km"),
        ("risk covered", f"{plan.coverage:.1%} of all{synthetic}"),
        (
            "length",
            f"{plan.length_m / 1000:.2f} km, of it {plan.deadhead_m / 1000:.2f} km "
            f"deadhead",
        ),
        (
            "lower bound",
            f"{plan.bound.length_m / 1000:.2f} km ({plan.bound.kind}): this plan is "
            f"{plan.gap:.1%} above it",
        ),
        (
            "longest route",
            f"{plan.longest_m / 1000:.2f} km; lower bound "
            f"{plan.bound.longest_m / 1000:.2f} km ({plan.bound.longest_kind})",
        ),
    ]
    return figures, rows

"""``patrol plan`` and ``patrol check``: routes, and a second pair of eyes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, MapFile, OtherMap, PlanFile, Seed
from patrol.cli.output import Row, emit, progress_console
from patrol.cli.profile import RobotFile, load_profile
from patrol.cli.words import word
from patrol.errors import InfeasibleError
from patrol.report.texts import Language, say

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
    share: Annotated[
        float, typer.Option(help="Share of the drivable length that must be served.")
    ] = 0.15,
    keep_out: Annotated[
        Path | None,
        typer.Option(help="Polygons (GeoJSON, GeoPackage) that must not be entered."),
    ] = None,
    no_exploration: Annotated[
        bool,
        typer.Option(
            "--no-exploration",
            help="Serve the top only; by default 10 % goes to streets drawn by lot.",
        ),
    ] = False,
    dose: Annotated[
        Path | None,
        typer.Option(help="Dose log: explore first where patrols seldom were."),
    ] = None,
    robot: RobotFile = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Plan routes that serve the riskiest and darkest streets of MAP once."""
    from maps.read import read_map
    from patrol.cli.steps import (
        CoverageRequest,
        parse_place,
        parse_shift,
        plan_coverage,
        streets_of_areas,
    )
    from patrol.planning.plan_file import save_plan
    from patrol.risk.dose import load_dose
    from patrol.risk.exploration import EXPLORATION_SHARE
    from patrol.risk.store import load_risk

    profile, place = load_profile(robot), parse_place(dock)
    street_map = read_map(map_path)
    field = load_risk(risk, street_map.graph)
    request = CoverageRequest(
        dock_lon_lat_deg=place,
        shift=parse_shift(start, hours, time_zone=field.time_zone),
        robots=robots,
        share=share,
        keep_out=streets_of_areas(keep_out, street_map.graph),
        exploration=0.0 if no_exploration else EXPLORATION_SHARE,
        dose=load_dose(dose, street_map.graph) if dose else None,
        seed=seed,
        map_path=str(map_path),
    )
    with progress_console(as_json=as_json).status("Planning"):
        plan = plan_coverage(street_map, field, profile, request=request)
    save_plan(plan, output)
    figures, rows = describe(plan)
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


def describe(
    plan: "PatrolPlan", language: Language = Language.EN
) -> tuple[dict[str, object], list[Row]]:
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
    return figures, _rows(plan, language)


def _rows(plan: "PatrolPlan", language: Language) -> list[Row]:
    def row(key: str, **gaps: object) -> Row:
        return word(language, key), word(language, f"{key}_value", **gaps)

    bound = plan.bound
    label, covered = row("coverage", share=plan.coverage)
    return [
        (word(language, "required"), f"{plan.required_m / 1000:.2f} km"),
        (label, covered + (word(language, "synthetic") * plan.synthetic_risk)),
        row("length", km=plan.length_m / 1000, deadhead_km=plan.deadhead_m / 1000),
        row(
            "bound",
            km=bound.length_m / 1000,
            kind=say(language, f"kind_{bound.kind}"),
            gap=plan.gap,
        ),
        row(
            "longest",
            km=plan.longest_m / 1000,
            bound_km=bound.longest_m / 1000,
            kind=say(language, f"kind_{bound.longest_kind}"),
        ),
    ]

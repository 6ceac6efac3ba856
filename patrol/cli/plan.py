"""``patrol plan`` and ``patrol check``: routes, and a second pair of eyes."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.budget import budget
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
from patrol.cli.output import Row, emit, progress_console
from patrol.cli.profile import RobotFile, load_profile
from patrol.cli.words import word
from patrol.errors import InfeasibleError, PlanError
from patrol.report.texts import Language, say

if TYPE_CHECKING:
    from patrol.cli.steps import RobotRequest
    from patrol.planning.plan import PatrolPlan

app = typer.Typer(help="Plan patrols.", no_args_is_help=True)


class Minimise(StrEnum):
    """What a plan is to make small; see `patrol.planning.problem.Objective`."""

    LONGEST = "longest"
    TOTAL = "total"


RiskOfMap = Annotated[Path, typer.Option(help="Risk of that map.")]
Start = Annotated[str, typer.Option(help="Start, local time: 2026-11-20T22:00.")]
Hours = Annotated[float, typer.Option(help="Length of the shift.")]
KeepOut = Annotated[
    Path | None,
    typer.Option(help="Polygons (GeoJSON, GeoPackage) that must not be entered."),
]
app.command("budget")(budget)


@app.command("cover")
def cover(
    map_path: MapFile,
    risk: RiskOfMap,
    output: Annotated[Path, typer.Option("--output", "-o", help="Plan to write.")],
    start: Start,
    dock: Annotated[
        str | None, typer.Option(metavar="LON,LAT", help="Where the dock is.")
    ] = None,
    fleet: Annotated[
        Path | None,
        typer.Option(
            metavar="TOML",
            help="Robots that differ, or several docks; instead of --dock, --robots.",
        ),
    ] = None,
    hours: Hours = 8.0,
    robots: Annotated[
        int | None, typer.Option(help="How many robots; 2 if left out.", min=1)
    ] = None,
    minimise: Annotated[
        Minimise, typer.Option(help="The longest route, or the length of all.")
    ] = Minimise.LONGEST,
    required: RequiredFile = None,
    top_share: TopShare = None,
    min_risk: MinRisk = None,
    skip_undrivable: SkipUndrivable = False,
    keep_out: KeepOut = None,
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
        coverage_problem,
        parse_shift,
        streets_of_areas,
        told,
    )
    from patrol.planning.plan_file import save_plan
    from patrol.planning.problem import Objective
    from patrol.planning.solve import solve
    from patrol.risk.dose import load_dose
    from patrol.risk.exploration import EXPLORATION_SHARE
    from patrol.risk.store import load_risk

    crew = _crew(fleet, dock, robots, robot)
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
        fleet=crew,
        shift=parse_shift(start, hours, time_zone=field.time_zone),
        required=choice,
        keep_out=streets_of_areas(keep_out, graph),
        exploration=0.0 if no_exploration else EXPLORATION_SHARE,
        dose=load_dose(dose, graph) if dose else None,
        seed=seed,
        map_path=str(map_path),
        objective=Objective(minimise),
    )
    with searching(seconds, as_json=as_json) as search:
        problem = coverage_problem(street_map, field, request=request)
        until, show = search.until, search.show
        plan = solve(problem, seed=seed, until=until, on_progress=show)
    plan = told(plan, field, request=request)
    save_plan(plan, output)
    left_out = choice.left_out(problem.fleet)
    _emit(plan, output, left_out, interrupted=search.interrupted, as_json=as_json)


def _emit(
    plan: "PatrolPlan",
    output: Path,
    left_out: tuple[str, ...],
    *,
    interrupted: bool,
    as_json: bool,
) -> None:
    figures, rows = describe(plan)
    figures |= {"left_out": list(left_out), "interrupted": interrupted}
    rows += _asides(left_out, interrupted=interrupted)
    shown = [*rows, ("plan", str(output))]
    emit(figures | {"output": str(output)}, shown, as_json=as_json)


def _asides(left_out: tuple[str, ...], *, interrupted: bool) -> list[Row]:
    """Rows of what is not as it was asked for."""
    rows: list[Row] = [("", text) for text in left_out]
    if left_out:
        rows.insert(0, ("left out", f"{len(left_out)} streets"))
    if interrupted:
        rows.append(("interrupted", "the best plan so far is kept"))
    return rows


@app.command("size")
def size(
    map_path: MapFile,
    risk: RiskOfMap,
    dock: Annotated[str, typer.Option(metavar="LON,LAT", help="Where the dock is.")],
    start: Start,
    hours: Hours = 8.0,
    most: Annotated[int, typer.Option(help="Most robots to try.", min=1)] = 100,
    required: RequiredFile = None,
    top_share: TopShare = None,
    min_risk: MinRisk = None,
    skip_undrivable: SkipUndrivable = False,
    keep_out: KeepOut = None,
    robot: RobotFile = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Plan to write.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Find how few robots can serve the riskiest and darkest streets in a shift."""
    from maps.read import read_map
    from maps.street_list import read_street_list
    from patrol.cli.required import Required
    from patrol.cli.steps import (
        CoverageRequest,
        coverage_problem,
        parse_shift,
        streets_of_areas,
        told,
    )
    from patrol.planning.fleet_size import smallest_fleet
    from patrol.planning.plan_file import save_plan
    from patrol.risk.store import load_risk

    crew = _crew(None, dock, 1, robot)
    street_map = read_map(map_path)
    graph = street_map.graph
    field = load_risk(risk, graph)
    request = CoverageRequest(
        fleet=crew,
        shift=parse_shift(start, hours, time_zone=field.time_zone),
        required=Required(
            named=read_street_list(required, graph) if required else None,
            top_share=top_share,
            min_risk=min_risk,
            skip=skip_undrivable,
        ),
        keep_out=streets_of_areas(keep_out, graph),
        seed=seed,
        map_path=str(map_path),
    )
    problem = coverage_problem(street_map, field, request=request)
    with progress_console(as_json=as_json).status("Planning"):
        found = smallest_fleet(problem, seed=seed, most=most)
    plan = told(found.plan, field, request=request)
    figures, rows = describe(plan)
    figures |= {"least_robots": found.least}
    rows = [("robots", f"{found.robots}, at least {found.least} are needed"), *rows]
    if output:
        save_plan(plan, output)
        figures |= {"output": str(output)}
        rows.append(("plan", str(output)))
    emit(figures, rows, as_json=as_json)


def _crew(
    fleet: Path | None, dock: str | None, robots: int | None, robot: Path | None
) -> "tuple[RobotRequest, ...]":
    """Take the robots from a fleet file, or so many alike at one dock."""
    from patrol.cli.fleet_file import load_fleet
    from patrol.cli.places import parse_place
    from patrol.cli.steps import equal_robots

    profile = load_profile(robot)
    if fleet is None:
        if dock is None:
            raise PlanError(
                "there is no dock: give --dock LON,LAT, or the robots by --fleet FILE"
            )
        place = parse_place(dock)
        return equal_robots(robots or 2, profile=profile, dock_lon_lat_deg=place)
    if dock is not None or robots is not None:
        given = "--dock" if dock is not None else "--robots"
        raise PlanError(
            f"both --fleet {fleet} and {given} are given: the fleet file says how many "
            f"robots there are and where their docks are"
        )
    return load_fleet(fleet, default=profile)


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
        "longest_min": round(plan.longest_s / 60, 2),
        "longest_bound_min": round(plan.bound.longest_s / 60, 2),
        "minimised": str(plan.objective),
        "robots": len(plan.routes),
        "docks": len(plan.docks),
        "synthetic_risk": plan.synthetic_risk,
    }
    return figures, _rows(plan, language)


def _rows(plan: "PatrolPlan", language: Language) -> list[Row]:
    def row(key: str, **gaps: object) -> Row:
        return word(language, key), word(language, f"{key}_value", **gaps)

    bound = plan.bound
    label, covered = row("coverage", share=plan.coverage)
    rows = [
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
    if len(plan.profiles) > 1:
        rows.append(
            row(
                "longest_time",
                minutes=plan.longest_s / 60,
                bound_minutes=bound.longest_s / 60,
                kind=say(language, f"kind_{bound.longest_kind}"),
            )
        )
    if len(plan.docks) > 1 or len(plan.profiles) > 1:
        rows.append(row("fleet", robots=len(plan.fleet), docks=len(plan.docks)))
        rows.append(
            (word(language, "minimised"), word(language, f"minimised_{plan.objective}"))
        )
    return rows

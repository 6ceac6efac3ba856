"""``patrol demo``: the whole job on the map inside the package, offline."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, Lang, Seed
from patrol.cli.output import Row, emit, progress_console
from patrol.report.texts import Language

if TYPE_CHECKING:
    from rich.console import Console

    from maps import StreetMap
    from patrol.mission.record import MissionRecord
    from patrol.planning.plan import PatrolPlan
    from patrol.risk.field import RiskField

PLACE = "Central Helsinki"
TIME_ZONE = "Europe/Helsinki"
DOCK_LON_LAT_DEG = (24.9414, 60.1710)
START = "2026-11-20T22:00"
"""A Friday night; always the same, so that its figures can be compared."""


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out"),
    start: Annotated[str, typer.Option(help="Start, local time.")] = START,
    lang: Lang = Language.EN,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Plan a night for two robots in central Helsinki, drive it, and report it."""
    from patrol.cli.drive import night_figures, raise_unless_complete
    from patrol.cli.night import make_night, write_night

    begun = time.monotonic()
    console = progress_console(as_json=as_json)
    street_map = _read_map(console, out)
    risk = _fit_risk(console, street_map, out, seed=seed)
    plan = _plan(console, street_map, risk, out=out, request=(start, seed))
    drive_begun = time.monotonic()
    record = _drive(console, street_map, plan, out=out, seed=seed)
    driven = night_figures(record, seconds=time.monotonic() - drive_begun)
    console.print(
        f"[bold]Night[/]   driven over pseudo-terminals, {driven['speedup']:.0f} x "
        f"real time; {driven['faults_injected']} faults put in"
    )
    night = make_night(street_map, risk, plan, record=record, place=PLACE)
    names = ("plan.json", "plan.geojson", "record.jsonl.gz")
    files = tuple(out / name for name in names)
    paths = write_night(night, out, language=lang, files=files)
    raise_unless_complete(record)
    figures, rows = _summary(street_map, plan, driven)
    figures["seconds"] = round(time.monotonic() - begun, 1)
    figures["files"] = paths | {path.name: str(path) for path in files}
    rows += [("took", f"{figures['seconds']} s")]
    rows += [(name, path) for name, path in paths.items()]
    emit(figures, [*rows, *(("", str(path)) for path in files)], as_json=as_json)


def _read_map(console: "Console", out: Path) -> "StreetMap":
    from maps.read import embedded_map_path, read_map
    from maps.store import save_map

    with console.status("Reading the map"):
        street_map = read_map(embedded_map_path())
        save_map(street_map, out / "map.parquet")
    graph = street_map.graph
    console.print(
        f"[bold]Map[/]     {PLACE}: {graph.num_edges:,} streets, "
        f"{graph.length_m / 1000:.1f} km"
    )
    return street_map


def _fit_risk(
    console: "Console", street_map: "StreetMap", out: Path, *, seed: int
) -> "RiskField":
    from patrol.cli.risk_steps import RiskSource, fit_from
    from patrol.risk.store import save_risk
    from patrol.risk.weights import RiskWeights

    source = RiskSource(time_zone=TIME_ZONE, synthetic=True, seed=seed)
    with console.status("Fitting the risk"):
        risk, _ = fit_from(source, street_map, RiskWeights())
        save_risk(risk, out / "risk.parquet")
    console.print(
        f"[bold]Risk[/]    fitted to {risk.num_incidents:,} [yellow]SYNTHETIC[/] "
        f"incidents; darkness beside it"
    )
    return risk


def _plan(
    console: "Console",
    street_map: "StreetMap",
    risk: "RiskField",
    *,
    out: Path,
    request: tuple[str, int],
) -> "PatrolPlan":
    from patrol.cli.steps import CoverageRequest, parse_shift, plan_coverage
    from patrol.exchange.export import export_plan
    from patrol.exchange.formats import ExportFormat
    from patrol.planning.plan_file import save_plan
    from patrol.robot import RobotProfile

    start, seed = request
    asked = CoverageRequest(
        dock_lon_lat_deg=DOCK_LON_LAT_DEG,
        shift=parse_shift(start, 8, time_zone=TIME_ZONE),
        seed=seed,
        map_path=str(out / "map.parquet"),
    )
    with console.status("Planning for two robots"):
        plan = plan_coverage(street_map, risk, RobotProfile(), request=asked)
        save_plan(plan, out / "plan.json")
        export_plan(
            plan, street_map.graph, out / "plan.geojson", to=ExportFormat.GEOJSON
        )
    console.print(
        f"[bold]Plan[/]    {plan.length_m / 1000:.1f} km for {len(plan.routes)} "
        f"robots, {plan.gap:.1%} above the lower bound ({plan.bound.kind})"
    )
    return plan


def _drive(
    console: "Console",
    street_map: "StreetMap",
    plan: "PatrolPlan",
    *,
    out: Path,
    seed: int,
) -> "MissionRecord":
    from rich.progress import Progress

    from patrol.mission.record_file import save_record
    from sim.night import draw_faults, simulate_night

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Driving over real serial bytes", total=1.0)
        record = simulate_night(
            plan,
            street_map.graph,
            seed=seed,
            faults=draw_faults(plan, seed=seed),
            on_progress=lambda share: progress.update(task, completed=share),
        )
    save_record(record, out / "record.jsonl.gz")
    return record


def _summary(
    street_map: "StreetMap", plan: "PatrolPlan", driven: dict[str, object]
) -> tuple[dict[str, object], list[Row]]:
    from patrol.cli.plan import describe
    from patrol.cli.steps import drivable_streets

    streets = drivable_streets(street_map.graph, plan.fleet[0].profile)
    figures, rows = describe(plan)
    head: dict[str, object] = {
        "map": PLACE,
        "map_digest": street_map.graph.digest,
        "streets": street_map.graph.num_edges,
        "drivable_km": round(streets.drivable_m / 1000, 3),
        "excluded": dict(streets.excluded),
    }
    left_out = ", ".join(
        f"{reason} {length_m / 1000:.1f} km"
        for reason, (_, length_m) in streets.excluded.items()
    )
    return head | figures | driven, [
        ("can be driven", f"{streets.drivable_m / 1000:.1f} km"),
        ("left out", left_out),
        *rows,
        (
            "driven",
            f"{driven['driven_km']} km, within {driven['cross_track_p95_m']} m of the "
            f"line 95 % of the time",
        ),
        (
            "commands",
            f"{driven['commands_lost']} lost, {driven['commands_duplicated']} doubled, "
            f"{driven['faults_injected']} faults put in",
        ),
        (
            "silent seconds",
            f"the robot stood still in {driven['stopped_in_silence']} of "
            f"{driven['silences_injected']}",
        ),
        ("speed", f"{driven['speedup']} x real time"),
    ]

"""``patrol demo``: the whole job on the map inside the package, offline."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patrol.cli.options import Json, Lang, Seed
from patrol.cli.output import Row, emit, progress_console
from patrol.cli.words import word
from patrol.report.texts import Language, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

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
    teller = _Teller(progress_console(as_json=as_json), lang)
    street_map = _read_map(teller, out)
    risk = _fit_risk(teller, street_map, out, seed=seed)
    plan = _plan(teller, street_map, risk, out=out, request=(start, seed))
    drive_begun = time.monotonic()
    record = _drive(teller, street_map, plan, out=out, seed=seed)
    driven = night_figures(record, seconds=time.monotonic() - drive_begun)
    night = make_night(street_map, risk, plan, record=record, place=PLACE)
    names = ("plan.json", "plan.geojson", "record.jsonl.gz")
    files = tuple(out / name for name in names)
    paths = write_night(night, out, language=lang, files=files)
    paths |= {path.name: str(path) for path in files}
    raise_unless_complete(record)
    figures, rows = _summary(street_map, plan, driven, lang)
    seconds = round(time.monotonic() - begun, 1)
    rows += [(word(lang, "took"), word(lang, "took_value", seconds=seconds))]
    rows += [(word(lang, name), path) for name, path in paths.items()]
    figures |= {"seconds": seconds, "files": paths}
    emit(figures, rows, as_json=as_json)


@dataclass(frozen=True)
class _Teller:
    """Says on standard error what is being done, in one language."""

    console: "Console"
    language: Language

    def doing(self, step: str) -> "Status":
        """Show what is being done while it is."""
        return self.console.status(word(self.language, f"doing_{step}"))

    def done(self, step: str, **gaps: object) -> None:
        """Say what came of it."""
        self.console.print(word(self.language, f"step_{step}", **gaps), markup=False)


def _read_map(teller: _Teller, out: Path) -> "StreetMap":
    from maps.read import embedded_map_path, read_map
    from maps.store import save_map

    with teller.doing("map"):
        street_map = read_map(embedded_map_path())
        save_map(street_map, out / "map.parquet")
    graph = street_map.graph
    km = graph.length_m / 1000
    teller.done("map", place=PLACE, streets=graph.num_edges, km=km)
    return street_map


def _fit_risk(
    teller: _Teller, street_map: "StreetMap", out: Path, *, seed: int
) -> "RiskField":
    from patrol.cli.risk_steps import RiskSource, fit_from
    from patrol.risk.store import save_risk
    from patrol.risk.weights import RiskWeights

    source = RiskSource(time_zone=TIME_ZONE, synthetic=True, seed=seed)
    with teller.doing("risk"):
        risk, _ = fit_from(source, street_map, RiskWeights())
        save_risk(risk, out / "risk.parquet")
    teller.done("risk", incidents=risk.num_incidents)
    return risk


def _plan(
    teller: _Teller,
    street_map: "StreetMap",
    risk: "RiskField",
    *,
    out: Path,
    request: tuple[str, int],
) -> "PatrolPlan":
    from patrol.cli.steps import (
        CoverageRequest,
        equal_robots,
        parse_shift,
        plan_coverage,
    )
    from patrol.exchange.export import export_plan
    from patrol.exchange.formats import ExportFormat
    from patrol.planning.plan_file import save_plan
    from patrol.robot import RobotProfile

    start, seed = request
    asked = CoverageRequest(
        fleet=equal_robots(
            2, profile=RobotProfile(), dock_lon_lat_deg=DOCK_LON_LAT_DEG
        ),
        shift=parse_shift(start, 8, time_zone=TIME_ZONE),
        seed=seed,
        map_path=str(out / "map.parquet"),
    )
    with teller.doing("plan"):
        plan = plan_coverage(street_map, risk, request=asked)
        save_plan(plan, out / "plan.json")
        export_plan(
            plan, street_map.graph, out / "plan.geojson", to=ExportFormat.GEOJSON
        )
    km, robots = plan.length_m / 1000, len(plan.routes)
    teller.done("plan", km=km, robots=robots, gap=plan.gap)
    return plan


def _drive(
    teller: _Teller,
    street_map: "StreetMap",
    plan: "PatrolPlan",
    *,
    out: Path,
    seed: int,
) -> "MissionRecord":
    from rich.progress import Progress

    from patrol.mission.record_file import save_record
    from sim.night import draw_faults, drive_nights, nights_of
    from sim.pty_port import PtyPort

    faults = draw_faults(plan, seed=seed)
    nights = nights_of(plan, street_map.graph, seed=seed, ordeals=faults)
    with Progress(console=teller.console, transient=True) as progress:
        task = progress.add_task(word(teller.language, "doing_night"), total=1.0)
        record = drive_nights(
            plan,
            [replace(night, port=PtyPort) for night in nights],
            on_progress=lambda share: progress.update(task, completed=share),
        )
    save_record(record, out / "record.jsonl.gz")
    teller.done("night")
    return record


def _summary(
    street_map: "StreetMap",
    plan: "PatrolPlan",
    driven: dict[str, Any],
    language: Language,
) -> tuple[dict[str, object], list[Row]]:
    from patrol.cli.plan import describe
    from patrol.cli.steps import drivable_streets

    streets = drivable_streets(street_map.graph, plan.fleet[0].profile)
    figures, rows = describe(plan, language)
    head: dict[str, object] = {
        "map": PLACE,
        "map_digest": street_map.graph.digest,
        "streets": street_map.graph.num_edges,
        "drivable_km": round(streets.drivable_m / 1000, 3),
        "excluded": dict(streets.excluded),
    }
    left_out = ", ".join(
        f"{_reason(reason, language)} {length_m / 1000:.2f} km"
        for reason, (_, length_m) in streets.excluded.items()
    )
    return head | figures | driven, [
        (word(language, "drivable"), f"{streets.drivable_m / 1000:.2f} km"),
        (word(language, "left_out"), left_out),
        *rows,
        *_driven_rows(driven, language),
    ]


def _reason(name: str, language: Language) -> str:
    if language is Language.EN:
        return name
    return say(language, f"reason_{name.upper().replace(' ', '_').replace('-', '_')}")


def _driven_rows(driven: Mapping[str, Any], language: Language) -> list[Row]:
    def row(key: str, **gaps: object) -> Row:
        return word(language, key), word(language, f"{key}_value", **gaps)

    silences = driven["silences_injected"]
    minutes = round(driven["night_s"] / 60)
    night = word(language, "night", hours=minutes // 60, minutes=minutes % 60)
    return [
        row("driven", km=driven["driven_km"], cross_m=driven["cross_track_p95_m"]),
        row("faults", bursts=driven["faults_injected"] - silences, silences=silences),
        row(
            "survived",
            stops=driven["stopped_in_silence"],
            silences=silences,
            lost=driven["commands_lost"],
            doubled=driven["commands_duplicated"],
        ),
        row(
            "speed",
            times=driven["speedup"],
            night=night,
            seconds=driven["seconds_driving"],
        ),
    ]

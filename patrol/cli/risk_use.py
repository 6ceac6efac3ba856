"""``patrol risk dose`` and ``audit``: where patrols were, and whom that falls on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, MapFile
from patrol.cli.output import Row, emit, progress_console
from patrol.cli.risk_options import IncidentOptions, TimeZone, takes_incidents

if TYPE_CHECKING:
    from patrol.risk.audit import Audit

_TOP = 12  # areas in the table for people; the rest are in --json and the page


def dose(
    records: Annotated[
        list[Path],
        typer.Argument(metavar="RECORD...", help="Records of nights, .jsonl.gz."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Dose log to add to, .parquet.")
    ],
    plan: Annotated[
        list[Path], typer.Option(help="Plan of a record; once for each plan.")
    ],
    other_map: Annotated[
        Path | None, typer.Option("--map", help="The plans' map, if it was moved.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add the nights of RECORDs to a log of metres and seconds by street and hour."""
    from patrol.cli.risk_doses import log_doses

    whole, added, skipped = log_doses(records, plan, output, other_map=other_map)
    figures = {
        "nights": len(whole.nights),
        "added": added,
        "already_there": skipped,
        "streets": len(set(whole.street.tolist())),
        "km": round(float(whole.metres.sum()) / 1000, 3),
        "hours": round(float(whole.seconds.sum()) / 3600, 3),
        "simulated": whole.simulated,
        "output": str(output),
    }
    kind = "SIMULATED nights" if whole.simulated else "nights"
    rows = [
        ("added", f"{added} nights, {skipped} were in the log already"),
        ("log", f"{len(whole.nights)} {kind} on {figures['streets']:,} streets"),
        ("way", f"{figures['km']:,} km in {figures['hours']:,} h"),
        ("dose log", str(output)),
    ]
    emit(figures, rows, as_json=as_json)


@takes_incidents
def audit(
    map_path: MapFile,
    record: IncidentOptions,
    time_zone: TimeZone,
    plan: Annotated[
        Path | None, typer.Option(help="Plan whose way is audited.")
    ] = None,
    dose_log: Annotated[
        Path | None, typer.Option("--dose", help="Dose log that is audited.")
    ] = None,
    areas: Annotated[
        Path | None, typer.Option(help="Polygons (GeoJSON, GeoPackage) of areas.")
    ] = None,
    name: Annotated[str, typer.Option(help="Column of the areas' names.")] = "name",
    population: Annotated[
        str | None, typer.Option(help="Column of the areas' residents.")
    ] = None,
    cell_m: Annotated[
        float, typer.Option(help="Side of cells, without areas.")
    ] = 500.0,
    days: Annotated[float, typer.Option(help="Last days, for false alarms.")] = 14.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="HTML page to write.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Set patrols on MAP against incidents and residents, area by area."""
    from maps.read import read_map
    from patrol.cli.risk_doses import AuditRequest, audit_from
    from patrol.report.audit_page import write_audit
    from patrol.risk.audit import AuditOptions

    source = record.source(time_zone)
    request = AuditRequest(
        plan=plan,
        dose_log=dose_log,
        areas=areas,
        cell_m=cell_m,
        options=AuditOptions(name=name, population=population, days=days),
    )
    street_map = read_map(map_path)
    with progress_console(as_json=as_json).status("Auditing"):
        found, notes = audit_from(source, street_map, request)
    figures = audit_figures(found) | {"notes": list(notes)}
    rows = [*(("note", note) for note in notes), *audit_rows(found)]
    if output is not None:
        write_audit(found, output, place=street_map.source)
        figures |= {"output": str(output)}
        rows.append(("page", str(output)))
    emit(figures, rows, as_json=as_json)


def audit_figures(audit: "Audit") -> dict[str, object]:
    """Figures of an audit for scripts."""
    from dataclasses import asdict

    return {
        "areas": [row.as_row() for row in audit.rows],
        "false_alarms": asdict(audit.alarms),
        "said": list(audit.alarms.sentences),
        "warnings": list(audit.warnings),
        "nights": audit.nights,
        "planned": audit.planned,
    }


def audit_rows(audit: "Audit") -> Iterator[Row]:
    """Lay an audit out for people: the areas with most patrol, then plain words."""
    yield from (("warning", text) for text in audit.warnings)
    for row in audit.rows[:_TOP]:
        residents = (
            f", {row.population_share:.0%} of residents"
            if row.population_share == row.population_share
            else ""
        )
        yield (
            row.area,
            f"{row.patrol_km:.2f} km, {row.patrol_min:.0f} min: {row.patrol_share:.0%} "
            f"of patrols, {row.incident_share:.0%} of {row.incidents:,} "
            f"incidents{residents}",
        )
    if len(audit.rows) > _TOP:
        yield "...", f"{len(audit.rows) - _TOP} more areas, in --json and the page"
    yield from (("false alarms", text) for text in audit.alarms.sentences)

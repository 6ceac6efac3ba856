"""``patrol export`` and ``patrol report``: a plan and its night for other eyes."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from patrol.cli.options import Json, Lang, OtherMap, PlanFile
from patrol.cli.output import emit
from patrol.exchange.formats import ExportFormat
from patrol.report.texts import Language


def export(
    plan_path: PlanFile,
    to: Annotated[ExportFormat, typer.Option(help="Format.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    other_map: OtherMap = None,
    as_json: Json = False,
) -> None:
    """Write PLAN for a GIS (GeoJSON) or a navigation device (GPX)."""
    from patrol.cli.steps import load_planned
    from patrol.exchange.export import export_plan

    plan, street_map = load_planned(plan_path, other_map)
    export_plan(plan, street_map.graph, output, to=to)
    emit({"output": str(output)}, [(str(to), str(output))], as_json=as_json)


def report(
    plan_path: PlanFile,
    risk: Annotated[Path, typer.Option(help="Risk that the plan was made with.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")],
    record: Annotated[
        Path | None, typer.Option(help="Record of the night; without it, plan only.")
    ] = None,
    place: Annotated[
        str, typer.Option(help="Name of the place, for the headline.")
    ] = "",
    other_map: OtherMap = None,
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Write the report of a night: one HTML file that opens offline, and a picture."""
    from patrol.cli.night import load_night, write_night

    night = replace(
        load_night(plan_path, risk, record=record, other_map=other_map), place=place
    )
    paths = write_night(night, output, language=lang)
    rows = [(name.replace("_", " "), path) for name, path in paths.items()]
    emit(paths, rows, as_json=as_json)

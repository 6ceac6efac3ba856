"""Writing a plan in a format of other programs."""

import json
from pathlib import Path

from maps.graph import StreetGraph
from patrol.exchange.formats import ExportFormat
from patrol.exchange.geojson import plan_geojson
from patrol.exchange.gpx import plan_gpx
from patrol.files import write_atomically
from patrol.planning.plan import PatrolPlan


def export_plan(
    plan: PatrolPlan, graph: StreetGraph, path: Path, *, to: ExportFormat
) -> None:
    """
    Write a plan in a format of other programs, whole or not at all.

    Raises
    ------
    PlanError
        If the plan is for another map.
    OSError
        If the file cannot be written.
    """
    write_atomically(path, plan_bytes(plan, graph, to=to))


def plan_bytes(plan: PatrolPlan, graph: StreetGraph, *, to: ExportFormat) -> bytes:
    """
    Turn a plan into the bytes of a file.

    Raises
    ------
    PlanError
        If the plan is for another map.
    """
    if to is ExportFormat.GPX:
        return plan_gpx(plan, graph)
    text = json.dumps(plan_geojson(plan, graph), ensure_ascii=False, indent=1)
    return text.encode() + b"\n"

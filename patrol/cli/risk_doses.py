"""From records and plans to doses of patrol, and from these to an audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maps import StreetMap
from maps.area_table import grid_of_areas, read_area_table
from patrol.cli.risk_steps import RiskSource, incidents_of
from patrol.cli.steps import load_planned
from patrol.errors import PlanError, RecordError, RiskError
from patrol.mission.dose import driven_dose, planned_dose
from patrol.mission.record_file import load_record
from patrol.planning.plan_file import load_plan
from patrol.risk.audit import Audit, AuditOptions, audit
from patrol.risk.dose import Dose, add_to_dose_log, load_dose
from patrol.risk.run_log import file_hash


@dataclass(frozen=True)
class AuditRequest:
    """
    What is audited: a plan or a dose log, by areas of a file or by cells.

    Attributes
    ----------
    plan, dose_log
        Files; one of them.
    areas
        File of polygons; cells where None.
    cell_m
        Side of a cell.
    options
        What is asked.

    Raises
    ------
    RiskError
        If it is neither a plan nor a dose log, or both.
    """

    plan: Path | None
    dose_log: Path | None
    areas: Path | None
    cell_m: float
    options: AuditOptions

    def __post_init__(self) -> None:
        if (self.plan is None) == (self.dose_log is None):
            raise RiskError("an audit needs one of --plan and --dose")


def log_doses(
    records: Sequence[Path],
    plans: Sequence[Path],
    output: Path,
    *,
    other_map: Path | None,
) -> tuple[Dose, int, int]:
    """
    Add nights to a dose log; those that are in it already are left alone.

    Returns
    -------
    tuple
        The whole log, how many nights were added, and how many were there.

    Raises
    ------
    RecordError
        If a record is of none of the plans.
    RiskError
        If a night cannot be added, because it is of another map or simulated.
    """
    planned = [load_planned(path, other_map) for path in plans]
    known = {plan.digest: plan for plan, _ in planned}
    graph = planned[0][1].graph
    whole = load_dose(output, graph) if output.exists() else None
    nights = set(whole.nights) if whole else set()
    added = 0
    for path in records:
        night, record = file_hash(path), load_record(path)
        plan = known.get(record.plan_digest)
        if plan is None:
            raise RecordError(
                f"{path} is the record of plan {record.plan_digest[:12]}, given are "
                f"{', '.join(d[:12] for d in known)}: give its plan by --plan"
            )
        if night in nights:
            continue
        whole = add_to_dose_log(driven_dose(plan, record, night=night), output, graph)
        nights.add(night)
        added += 1
    if whole is None:
        raise RiskError("there is no record to log")
    return whole, added, len(records) - added


def audit_from(
    source: RiskSource, street_map: StreetMap, request: AuditRequest
) -> tuple[Audit, tuple[str, ...]]:
    """
    Audit a plan or a dose log on a map; say what of the incidents was left out.

    Raises
    ------
    PlanError, RiskError, MapError
        If the files cannot be used or do not belong together.
    """
    graph = street_map.graph
    areas = (
        read_area_table(request.areas, graph)
        if request.areas
        else grid_of_areas(graph, cell_m=request.cell_m)
    )
    incidents, repairs = incidents_of(source, street_map)
    found = audit(
        graph, areas, _dose(street_map, request), incidents, options=request.options
    )
    return found, tuple(repairs.notes)


def _dose(street_map: StreetMap, request: AuditRequest) -> Dose:
    graph = street_map.graph
    if request.dose_log is not None:
        return load_dose(request.dose_log, graph)
    plan = load_plan(request.plan or Path())
    if plan.graph_digest != graph.digest:
        raise PlanError(
            f"{request.plan} is a plan for map {plan.graph_digest[:12]}, this is map "
            f"{graph.digest[:12]}: give the map that it was made for"
        )
    return planned_dose(plan, graph.edge_length_m)

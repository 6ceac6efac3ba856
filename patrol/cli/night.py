"""A night put together: map, risk, plan and record, checked and reported."""

from pathlib import Path

from maps import StreetMap
from maps.traverse import either
from patrol.cli.steps import fleet_traversals, load_planned
from patrol.errors import PlanError, RecordError
from patrol.mission.record import MissionRecord
from patrol.mission.record_file import load_record
from patrol.planning.check import check_plan
from patrol.planning.plan import PatrolPlan
from patrol.report.html import write_report
from patrol.report.night import Night
from patrol.report.picture import write_map_png
from patrol.report.texts import Language
from patrol.risk.field import RiskField
from patrol.risk.store import load_risk


def load_night(
    plan_path: Path, risk_path: Path, *, record: Path | None, other_map: Path | None
) -> Night:
    """
    Read the files of a night and make sure that they belong together.

    Raises
    ------
    PlanError
        If the plan cannot be read or was made with another risk or map.
    RecordError
        If the record is of another plan or damaged.
    """
    plan, street_map = load_planned(plan_path, other_map)
    risk = load_risk(risk_path, street_map.graph)
    driven = load_record(record) if record else None
    if driven is not None and driven.plan_digest != plan.digest:
        raise RecordError(
            f"{record} is the record of plan {driven.plan_digest[:12]}, {plan_path} is "
            f"plan {plan.digest[:12]}: give the plan that was driven"
        )
    return make_night(street_map, risk, plan, record=driven)


def make_night(
    street_map: StreetMap,
    risk: RiskField,
    plan: PatrolPlan,
    *,
    record: MissionRecord | None,
    place: str = "",
) -> Night:
    """Put a night together; the plan is checked anew."""
    traversal = either(fleet_traversals(street_map.graph, plan))
    return Night(
        street_map=street_map,
        traversal=traversal,
        risk=risk,
        plan=plan,
        record=record,
        violations=check_night(street_map, plan, risk),
        place=place,
    )


def check_night(
    street_map: StreetMap, plan: PatrolPlan, risk: RiskField | None
) -> tuple[str, ...]:
    """
    Run the independent checker; give what it found, a sentence each.

    Its coverage can only be checked where the plan's risk is given.
    """
    graph, shift = street_map.graph, plan.shift
    traversals = fleet_traversals(graph, plan)
    risk_per_h = None
    if risk is not None:
        check_risk(plan, risk)
        hours = risk.hours_of_week(shift.start, shift.duration_s)
        risk_per_h = risk.expected_per_h(graph, hours)
    report = check_plan(plan, graph, traversals, risk_per_h=risk_per_h)
    return tuple(str(one) for one in report.violations)


def check_risk(plan: PatrolPlan, risk: RiskField) -> None:
    """
    Make sure that a plan was made with this risk.

    Raises
    ------
    PlanError
        If it was another.
    """
    if risk.digest != plan.risk_digest:
        raise PlanError(
            f"the plan was made with risk {plan.risk_digest[:12]}, this is risk "
            f"{risk.digest[:12]}: give the right one by --risk"
        )


def write_night(
    night: Night, folder: Path, *, language: Language, files: tuple[Path, ...] = ()
) -> dict[str, str]:
    """Write the report and the picture of a night; return their paths by name."""
    report, picture = folder / "report.html", folder / "map.png"
    write_map_png(night, picture)
    write_report(night, report, language=language, files=(*files, picture))
    return {"report": str(report), "picture": str(picture)}

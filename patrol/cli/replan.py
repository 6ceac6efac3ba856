"""``patrol plan replan``: change tonight's plan while it is driven."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, OtherMap, PlanFile, Seed
from patrol.cli.output import Row, emit
from patrol.errors import PlanError

if TYPE_CHECKING:
    from patrol.planning.plan import PatrolPlan
    from patrol.planning.plan_change import PlanChange


def replan(
    plan_path: PlanFile,
    risk: Annotated[Path, typer.Option(help="Risk of the plan.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Plan to write.")],
    now: Annotated[
        str | None, typer.Option(help="Time on the clocks there: 2026-11-21T01:30.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Record of the night so far; without it, all went as planned."
        ),
    ] = None,
    lost: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A robot that does not go on."),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=LON,LAT", help="A robot that is elsewhere."),
    ] = None,
    busy: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=MINUTES", help="A robot that is not free yet."),
    ] = None,
    keep_out: Annotated[
        Path | None,
        typer.Option(help="Polygons (GeoJSON, GeoPackage) that are closed now."),
    ] = None,
    other_map: OtherMap = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Change PLAN in the middle of its shift, as little as is good."""
    from patrol.cli.plan import describe
    from patrol.cli.situation_steps import SituationRequest, situation_of
    from patrol.cli.steps import load_planned, streets_of_areas
    from patrol.mission.record_file import load_record
    from patrol.planning.plan_file import save_plan
    from patrol.planning.replan import replan as change_plan
    from patrol.risk.store import load_risk

    plan, street_map = load_planned(plan_path, other_map)
    graph = street_map.graph
    request = SituationRequest(
        record=load_record(record) if record else None,
        now_s=None if now is None else _seconds_into(plan, now),
        lost=tuple(lost or ()),
        at=tuple(at or ()),
        busy=tuple(busy or ()),
        closed=streets_of_areas(keep_out, graph),
    )
    situation = situation_of(plan, graph, load_risk(risk, graph), request=request)
    new, change = change_plan(plan, situation, graph, seed=seed)
    save_plan(new, output)
    figures, rows = describe(new)
    emit(
        figures | change_figures(plan, change) | {"output": str(output)},
        [*change_rows(plan, change), *rows, ("plan", str(output))],
        as_json=as_json,
    )


def change_figures(plan: "PatrolPlan", change: "PlanChange") -> dict[str, object]:
    """Figures of a change, for scripts."""
    return {
        "now": _clock(plan, change.now_s),
        "served": change.served,
        "kept": change.kept,
        "kept_share": round(change.kept_share, 4),
        "moved": [
            {"street": one.street, "from": one.before, "to": one.after}
            for one in change.moved
        ],
        "dropped": [
            {"street": one.street, "reason": str(one.reason)} for one in change.dropped
        ],
        "changes": [
            {
                "robot": one.robot,
                "before_km": round(one.before_m / 1000, 3),
                "after_km": round(one.after_m / 1000, 3),
                "end_before": _clock(plan, one.end_before_s),
                "end_after": None
                if one.end_after_s is None
                else _clock(plan, one.end_after_s),
            }
            for one in change.robots
        ],
    }


def change_rows(plan: "PatrolPlan", change: "PlanChange") -> list[Row]:
    """Rows that tell people what changes."""
    rows = [
        ("from", _clock(plan, change.now_s)),
        ("served before", f"{change.served} streets"),
        (
            "stays as it was",
            f"{change.kept} streets, {change.kept_share:.1%} of what the robots had",
        ),
    ]
    for pair in sorted({(one.before, one.after) for one in change.moved}):
        count = sum((one.before, one.after) == pair for one in change.moved)
        rows.append(("moved", f"{count} streets from {pair[0]} to {pair[1]}"))
    for reason in sorted({one.reason for one in change.dropped}):
        streets = [str(one.street) for one in change.dropped if one.reason is reason]
        rows.append((f"dropped: {reason}", ", ".join(streets)))
    for robot in change.robots:
        after = "lost"
        if robot.end_after_s is not None:
            end = _clock(plan, robot.end_after_s)
            after = f"{robot.after_m / 1000:.2f} km, until {end}"
        before = _clock(plan, robot.end_before_s)
        rows.append(
            (robot.robot, f"{robot.before_m / 1000:.2f} km, until {before} -> {after}")
        )
    return rows


def _clock(plan: "PatrolPlan", time_s: float) -> str:
    at = plan.shift.start + timedelta(seconds=round(time_s))
    return at.isoformat(timespec="seconds")


def _seconds_into(plan: "PatrolPlan", text: str) -> float:
    """Seconds from the shift's start to a local time."""
    try:
        at = datetime.fromisoformat(text if "T" in text else "")
    except ValueError as error:
        raise PlanError(
            f"--now {text!r} must be a date and local time as 2026-11-21T01:30"
        ) from error
    start = plan.shift.start
    local = at if at.tzinfo else at.replace(tzinfo=start.tzinfo)
    return local.timestamp() - start.timestamp()

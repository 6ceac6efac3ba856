"""The audit of patrols as a page for the public."""

import math
from pathlib import Path

from patrol.report.markup import Markup, element, table
from patrol.report.research_page import banners, section, write_page
from patrol.risk.audit import AreaRow, Audit

_RESIDENTS = "of residents"
_HEAD = (
    "area", "patrol km", "patrol min", "of patrols", "incidents", "of incidents",
    _RESIDENTS, "patrols : incidents",
)  # fmt: skip


def write_audit(audit: Audit, path: Path, *, place: str) -> None:
    """
    Write an audit as one HTML file, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    write_page(
        path,
        banners(audit.warnings),
        *([element("p", place)] if place else []),
        *audit_sections(audit),
        title="Patrols by area",
        kicker="Audit of patrols",
    )


def audit_sections(audit: Audit) -> tuple[Markup, ...]:
    """Make the sections of an audit: false alarms in plain words, then the areas."""
    said = [element("p", text, class_="lead") for text in audit.alarms.sentences]
    known = any(math.isfinite(row.population_share) for row in audit.rows)
    shown = [n for n, name in enumerate(_HEAD) if known or name != _RESIDENTS]
    rows = [[_cells(row)[n] for n in shown] for row in audit.rows]
    head = [_HEAD[n] for n in shown]
    nights = f"{audit.nights} night{'' if audit.nights == 1 else 's'}"
    kind = "planned or simulated" if audit.planned else "driven"
    note = (
        f"{nights}, {kind}. The last column is 1 where an area's share "
        f"of the patrols is its share of the reported incidents, above 1 where it is "
        f"patrolled more than that."
    )
    return (
        section("False alarms", *said),
        section("Areas", element("p", note), table(head, rows, class_="figures")),
    )


def _cells(row: AreaRow) -> list[str]:
    return [
        row.area,
        f"{row.patrol_km:,.2f}",
        f"{row.patrol_min:,.0f}",
        _percent(row.patrol_share),
        f"{row.incidents:,}",
        _percent(row.incident_share),
        _percent(row.population_share),
        f"{row.per_incident:.2f}" if math.isfinite(row.per_incident) else "-",
    ]


def _percent(share: float) -> str:
    return f"{share:.1%}" if math.isfinite(share) else "-"

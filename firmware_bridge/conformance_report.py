"""The result of the conformance suite for scripts, for CI (JUnit) and for people."""

from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

from firmware_bridge.conformance import Measured, Outcome, Row, count_outcomes

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;"
    "padding:0 1rem}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}"
    ".passed{color:#14662b}.failed{color:#a4161a;font-weight:700}"
    ".skipped{color:#5c5c5c}"
)


def rows_as_json(rows: list[Row]) -> list[dict[str, object]]:
    """Give the rows as plain objects: group, check, outcome, detail and the figure."""
    return [
        {
            "group": row.group,
            "check": row.check,
            "outcome": row.outcome.value,
            "detail": row.detail,
            "value": row.measured.value if row.measured else None,
            "unit": row.measured.unit if row.measured else "",
            "limit": row.measured.limit if row.measured else None,
        }
        for row in rows
    ]


def figure_in_words(measured: Measured | None) -> str:
    """Write a figure beside its limit, times in milliseconds; nothing if absent."""
    if measured is None:
        return ""
    scale, unit = (1e3, "ms") if measured.unit == "s" else (1.0, measured.unit)
    limit = measured.limit
    beside = "" if limit is None else f" (limit {limit * scale:g})"
    return f"{measured.value * scale:.3g} {unit}{beside}"


def save_reports(rows: list[Row], folder: Path, *, address: str) -> list[Path]:
    """
    Write ``hil.html`` and ``hil.xml``; return their paths.

    Parameters
    ----------
    rows
        The result.
    folder
        Where to; it is made if absent.
    address
        Of the robot that was checked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, junit = folder / "hil.html", folder / "hil.xml"
    page.write_text(_page(rows, address), "utf-8")
    suite = _junit(rows, address)
    ET.ElementTree(suite).write(junit, "utf-8", xml_declaration=True)
    return [page, junit]


def _page(rows: list[Row], address: str) -> str:
    counts = ", ".join(f"{n} {name}" for name, n in count_outcomes(rows).items())
    lines = [_line(row) for row in rows]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>Conformance of {escape(address)}</title><style>{_STYLE}</style>"
        f"<h1>Conformance of {escape(address)}</h1><p>{counts}</p><table><thead><tr>"
        f"<th>group<th>check<th>outcome<th>measured</thead><tbody>"
        f"{''.join(lines)}</tbody></table></html>\n"
    )


def _line(row: Row) -> str:
    outcome = row.outcome.value
    said = escape(f"{outcome}: {row.detail}" if row.detail else outcome)
    return (
        f"<tr><td>{escape(row.group)}<td>{escape(row.check)}"
        f'<td class="{outcome}">{said}<td>{escape(figure_in_words(row.measured))}'
    )


def _junit(rows: list[Row], address: str) -> ET.Element:
    counts = count_outcomes(rows)
    suite = ET.Element(
        "testsuite",
        name=f"patrol hil {address}",
        tests=str(len(rows)),
        failures=str(counts["failed"]),
        skipped=str(counts["skipped"]),
    )
    for row in rows:
        case = ET.SubElement(suite, "testcase", classname=row.group, name=row.check)
        if row.outcome is Outcome.FAILED:
            ET.SubElement(case, "failure", message=row.detail)
        elif row.outcome is Outcome.SKIPPED:
            ET.SubElement(case, "skipped", message=row.detail)
        if row.measured:
            said = ET.SubElement(case, "system-out")
            said.text = figure_in_words(row.measured)
    return suite

"""The result of the conformance suite for scripts, for CI (JUnit) and for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

from firmware_bridge.conformance import Measured, Outcome, Row, count_outcomes
from firmware_bridge.conformance_meanings import MEANINGS
from firmware_bridge.greeting import PROTOCOL

_STYLE = """
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, "Noto Sans", sans-serif; margin: 0; color: #1c1c1c;
  background: #f5f5f2 }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.6rem; margin: 0 }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem }
.about { color: #555; margin: .2rem 0 1rem }
.verdict { padding: .8rem 1rem; border-left: .5rem solid; background: #fff;
  font-size: 1.1rem }
.verdict.passed { border-color: #14662b } .verdict.failed { border-color: #a4161a }
table { border-collapse: collapse; width: 100%; background: #fff }
td, th { text-align: left; vertical-align: top; padding: .45rem .7rem;
  border-bottom: 1px solid #ddd }
th { font-weight: 600; color: #555; font-size: .85rem }
td:first-child { width: 7.5rem } td.figure { width: 15rem; white-space: nowrap }
.name { font-weight: 600 } .meaning { color: #444 } .why { color: #a4161a }
.outcome { white-space: nowrap; font-weight: 600 }
.outcome.passed { color: #14662b } .outcome.failed { color: #a4161a }
.outcome.skipped, .why.skipped { color: #5c5c5c }
.bar { height: .5rem; width: 12rem; background: #e4e4df; margin-top: .3rem }
.bar i { display: block; height: 100%; background: #14662b; min-width: 2px }
.bar.failed i { background: #a4161a }
footer { color: #555; font-size: .85rem; margin-top: 2rem }
"""
_SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.SKIPPED: "-"}


POWER_CYCLE = (
    "Switch the robot off and on before you drive it: the checks of the guards have "
    "limited it to 0.1 m/s, given it a fence that it is outside of, and nothing but a "
    "restart loosens a limit."
)
"""What is to be done after the checks with a robot that no program can restart."""


@dataclass(frozen=True)
class BenchRun:
    """
    What was checked.

    Attributes
    ----------
    address
        Of the robot.
    motion
        Whether it was allowed to move.
    when
        When the suite was run, with its zone.
    tightened
        Whether the robot keeps the limits of the checks until a hand restarts it.
    """

    address: str
    motion: bool
    when: datetime
    tightened: bool = False


def rows_as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Give the rows as plain objects: group, check, meaning, outcome and figure."""
    return [
        {
            "group": row.group,
            "check": row.check,
            "meaning": _meaning(row),
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


def save_reports(rows: Sequence[Row], folder: Path, *, tested: BenchRun) -> list[Path]:
    """
    Write ``hil.html`` and ``hil.xml``; return their paths.

    Parameters
    ----------
    rows
        The result.
    folder
        Where to; it is made if absent.
    tested
        What was checked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, junit = folder / "hil.html", folder / "hil.xml"
    page.write_text(_page(rows, tested), "utf-8")
    ET.ElementTree(_junit(rows, tested)).write(junit, "utf-8", xml_declaration=True)
    return [page, junit]


def _page(rows: Sequence[Row], tested: BenchRun) -> str:
    name = escape(tested.address)
    motion = "was allowed to move" if tested.motion else "was not allowed to move"
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>Bench: {name}</title><style>{_STYLE}</style><main>"
        f"<h1>Robot on the bench: {name}</h1>"
        f'<p class="about">{tested.when:%Y-%m-%d %H:%M %Z}, protocol {PROTOCOL}; '
        f"the robot {motion}.</p>{_verdict(rows)}{_power_cycle(tested)}"
        f"{_failures(rows)}{_figures(rows)}{_groups(rows)}"
        f"<footer>What is checked is told in PROTOCOL.md. This is no "
        f"certificate: a robot near people needs an emergency stop that cuts the "
        f"motors' power whatever the software does.</footer></main></html>\n"
    )


def _verdict(rows: Sequence[Row]) -> str:
    counts = count_outcomes(rows)
    kind = "failed" if counts["failed"] else "passed"
    words = (
        f"{counts['failed']} of {len(rows)} checks failed: do not drive it."
        if counts["failed"]
        else f"All {counts['passed']} checks that were made passed."
    )
    left = f" {counts['skipped']} were left out." if counts["skipped"] else ""
    return f'<p class="verdict {kind}">{words}{left}</p>'


def _power_cycle(tested: BenchRun) -> str:
    return f'<p class="verdict failed">{POWER_CYCLE}</p>' * tested.tightened


def _failures(rows: Sequence[Row]) -> str:
    failed = [row for row in rows if row.outcome is Outcome.FAILED]
    return _table("What failed", failed) if failed else ""


def _figures(rows: Sequence[Row]) -> str:
    """Tell the figures that have a limit, the nearest to it first."""
    shares = [
        (row.measured.value / row.measured.limit, row)
        for row in rows
        if row.measured is not None and row.measured.limit
    ]
    nearest = sorted(shares, key=lambda pair: -pair[0])
    return _table("Times, the nearest to its limit first", [row for _, row in nearest])


def _groups(rows: Sequence[Row]) -> str:
    return "".join(
        _table(group.capitalize(), list(members))
        for group, members in groupby(rows, key=lambda row: row.group)
    )


def _table(title: str, rows: Sequence[Row]) -> str:
    lines = "".join(map(_line, rows))
    return (
        f"<h2>{escape(title)}</h2><table><thead><tr><th>outcome<th>check"
        f"<th>measured, beside its limit</thead><tbody>{lines}</tbody></table>"
    )


def _line(row: Row) -> str:
    kind = row.outcome.value
    why = f'<div class="why {kind}">{escape(row.detail)}</div>' if row.detail else ""
    return (
        f'<tr><td class="outcome {kind}">{_SIGNS[row.outcome]} {kind}'
        f'<td><div class="name">{escape(row.check)}</div>'
        f'<div class="meaning">{escape(_meaning(row))}</div>{why}'
        f'<td class="figure">{escape(figure_in_words(row.measured))}{_bar(row)}'
    )


def _bar(row: Row) -> str:
    measured = row.measured
    if measured is None or not measured.limit:
        return ""
    share = min(measured.value / measured.limit, 1.0)
    kind = row.outcome.value
    return f'<div class="bar {kind}"><i style="width:{share:.0%}"></i></div>'


def _meaning(row: Row) -> str:
    return MEANINGS.get((row.group, row.check), "")


def _junit(rows: Sequence[Row], tested: BenchRun) -> ET.Element:
    counts = count_outcomes(rows)
    suite = ET.Element(
        "testsuite",
        name=f"patrol hil {tested.address}",
        tests=str(len(rows)),
        failures=str(counts["failed"]),
        skipped=str(counts["skipped"]),
        timestamp=tested.when.isoformat(timespec="seconds"),
    )
    for row in rows:
        case = ET.SubElement(suite, "testcase", classname=row.group, name=row.check)
        _add_figure(case, row)
        if row.outcome is Outcome.FAILED:
            ET.SubElement(case, "failure", message=row.detail)
        elif row.outcome is Outcome.SKIPPED:
            ET.SubElement(case, "skipped", message=row.detail)
        said = [_meaning(row), figure_in_words(row.measured)]
        ET.SubElement(case, "system-out").text = "\n".join(filter(None, said))
    return suite


def _add_figure(case: ET.Element, row: Row) -> None:
    if row.measured is None:
        return
    properties = ET.SubElement(case, "properties")
    for name in ("value", "unit", "limit"):
        value = getattr(row.measured, name)
        if value is not None:
            ET.SubElement(properties, "property", name=name, value=str(value))

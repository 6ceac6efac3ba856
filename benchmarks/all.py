"""
Run every benchmark and renew the page of figures: what ``make bench`` does.

``python -m benchmarks.all [DATA]`` takes more maps and instances from the folder DATA,
laid out as ``data/`` and ``benchmarks/arc/``. ``--only risk`` renews one section of the
page, and leaves the others as they are.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from patrol.files import write_atomically

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / "docs" / "reference" / "figures.md"
_RESULTS = _ROOT / "out" / "benchmarks"

SUBJECTS = {
    "district": (
        "The whole job, from map to wheels",
        "Two robots, one night, a burst of noise and a silent second on each line. "
        "`gap` is length over lower bound, less 1; `speedup` is the night over the "
        "time that driving it took, on pseudo-terminals.",
    ),
    "maps": (
        "Reading maps",
        "Whole process, start of Python included. osmnx reads the same file beside it.",
    ),
    "arc_routing": (
        "Rural and Chinese postmen, capacitated arc routing: published instances",
        "`gap_best_known` is over the best known, `gap_bound` over our own bound. "
        "Of a Chinese postman, cost and bound are what is passed twice, and "
        "`solve_cpu_s` is the time after the first call.",
    ),
    "replanning": (
        "Changing a plan in the middle of its shift",
        "`kept_share` is of the length that stays with its robot; `end_h` is when the "
        "last robot is done, before and after; `gap_bound` is over a weak bound, which "
        "does not ask that routes hang together. CPU seconds after the first call.",
    ),
    "risk": (
        "Forecasts of incidents",
        "The last windows are forecast one by one from all that came before each. "
        "`hit`, `pai` and `pei` at 1, 5 and 10 % of the **length** of the network: "
        "share of the incidents, that over the part of the length, and over the "
        "oracle's; log score in nats for each incident; `ece` over ten classes of "
        "risk. [](risk.md) says how to read them.",
    ),
    "risk_speed": (
        "Kernels of the risk on a whole city",
        "A synthetic city of 400,000 streets with a million incidents; CPU seconds of "
        "one thread after a first call on a small city. The heat kernel has a standard "
        "deviation of 50 m, the network kernel a radius of 300 m, pieces of 25 m.",
    ),
    "growth": (
        "Growth of the planner with the city",
        "All streets required (CPP), or a twentieth in clusters (RPP), by 3 rounds of "
        "the relaxation and 10 tries. `solve_cpu_s` is the time after the first call.",
    ),
    "bridge": ("The serial bridge", "`holds` says whether the target is met."),
    "simulation": (
        "The simulator, and robots that work out their place",
        "Speeds over CPU seconds; stops in simulated time. Drives of 1.9 km at random "
        "over blocks of 80 m with right-angled corners, and over central Helsinki. "
        "[](localisation.md) says how a robot knows its place.",
    ),
}
"""Title and introduction of each benchmark, in the order of the page."""

_FOLDERS = {
    "district": ".",
    "maps": "data/seoul_osm",
    "arc_routing": "benchmarks/arc",
    "replanning": "data/gwanak",
    "risk": "data/toronto-2018",
    "growth": "benchmarks/arc",
}
_PLOTS = {"growth": _ROOT / "docs" / "images" / "growth.png"}
_MAPS = {"arc_routing": "data/gwanak"}
_DROPPED = {
    "map_digest", "excluded", "synthetic_risk", "longest_bound_kind", "robots",
    "deadhead_km", "complete", "night_s", "seconds_driving", "longest_km",
    "longest_bound_km", "error",
}  # fmt: skip
"""Columns too many for a page; the JSON files have them."""


def main(
    data: Annotated[
        Path | None, typer.Argument(help="Folder of larger data; PATROL_SHARED.")
    ] = None,
    *,
    only: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(SUBJECTS)}; several.")
    ] = None,
) -> None:
    """Run every benchmark, or only some, and renew the page of figures."""
    if unknown := set(only or ()) - SUBJECTS.keys():
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {list(SUBJECTS)}")
    shared = data or Path(os.environ.get("PATROL_SHARED", _ROOT.parent / "shared"))
    results = [_run(subject, shared) for subject in only or SUBJECTS]
    old = _PAGE.read_text("utf-8") if only else ""
    write_atomically(_PAGE, "\n".join(_page(results, old)).encode())
    sys.stdout.write(f"renewed {_PAGE.relative_to(_ROOT)}\n")


def _run(subject: str, shared: Path) -> Mapping[str, Any]:
    output = _RESULTS / f"{subject}.json"
    folder = shared / _FOLDERS.get(subject, "none")
    command = [sys.executable, "-m", f"benchmarks.{subject}", "--json", str(output)]
    if folder.exists():
        command.append(str(folder))
    if subject in _MAPS and folder.exists():
        command += ["--maps", str(shared / _MAPS[subject])]
    if subject in _PLOTS:
        command += ["--plot", str(_PLOTS[subject])]
    subprocess.run(command, cwd=_ROOT, check=True)  # noqa: S603 - our own module
    result: Mapping[str, Any] = json.loads(output.read_text("utf-8"))
    return result


def _page(results: Sequence[Mapping[str, Any]], old: str) -> Iterator[str]:
    """Lines of the page: sections of these results, and the others as they were."""
    machine = results[0]["machine"]
    sections = {result["subject"]: result for result in results}
    kept = {one.partition("\n")[0]: one for one in old.split("\n## ")[1:]}
    yield "# Figures\n"
    yield (
        f"Measured by `make bench` with version {results[0]['version']} on "
        f"{machine['cores']} cores ({machine['cpu']}), Python {machine['python']}. "
        f"Times are CPU seconds unless said otherwise; the machine is shared, so "
        f"compare figures of one run. Maps and instances beyond the embedded map come "
        f"from the folder that `PATROL_SHARED` names.\n"
    )
    for subject, (title, text) in SUBJECTS.items():
        if result := sections.get(subject):
            yield f"## {title}\n\n{text}\n"
            yield from _section(result)
        elif title in kept:
            yield f"## {kept[title].rstrip()}\n"


def _section(result: Mapping[str, Any]) -> Iterator[str]:
    yield from _table(result["rows"])
    yield ""
    for name, value in result["summary"].items():
        yield f"- {name.replace('_', ' ')}: {_shown(value)}"
    yield ""


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = [
        name
        for name in dict.fromkeys(name for row in rows for name in row)
        if name not in _DROPPED
    ]
    yield "| " + " | ".join(name.replace("_", " ") for name in names) + " |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield "| " + " | ".join(_shown(row.get(name)) for name in names) + " |"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return (
        "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
    )


if __name__ == "__main__":
    typer.run(main)

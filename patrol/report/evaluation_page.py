"""The comparison of models as a page, with its pictures inside and beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.files import write_atomically
from patrol.report.markup import Markup, element, table
from patrol.report.plots import calibration_png, hits_png
from patrol.report.research_page import banners, picture, section, write_page

_COLUMNS = {
    "model": "model", "hit_1": "hit 1 %", "hit_5": "hit 5 %", "hit_10": "hit 10 %",
    "pai_1": "PAI 1", "pai_5": "PAI 5", "pai_10": "PAI 10", "pei_1": "PEI 1",
    "pei_5": "PEI 5", "pei_10": "PEI 10", "log_score": "log score", "ece": "ECE",
}  # fmt: skip
_CALIBRATED = ("patrol-learned", "patrol-mixture", "LightGBM", "count", "length only")
_HOW_TO_READ = (
    "Cuts are by length of the network. A hit is the share of the incidents on the "
    "riskiest 1, 5 or 10 % of it, PAI is a hit over that part, PEI a hit over the "
    "oracle's, which knew what came. The log score is in nats for each incident; ECE "
    "is the share of incidents expected in the wrong class of risk. What was not "
    "reported is in no figure."
)


def write_evaluation(
    figures: Mapping[str, Any],
    folder: Path,
    *,
    tables: Mapping[str, NDArray[np.float64]],
    curves: Mapping[str, NDArray[np.float64]],
    cuts: NDArray[np.float64],
) -> dict[str, str]:
    """
    Write ``evaluation.html``, ``pai.png`` and ``calibration.png`` into a folder.

    Parameters
    ----------
    figures
        As ``patrol risk evaluate --json`` gives them.
    folder
        Where to; made if it is not there.
    tables, curves, cuts
        Of the comparison, see `patrol.risk.evaluate.Comparison`.

    Returns
    -------
    dict
        Path of each file by name.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    shown = {name: tables[name] for name in _CALIBRATED if name in tables}
    pictures = {
        "pai": hits_png(curves, cuts),
        "calibration": calibration_png(shown or tables),
    }
    paths = {name: folder / f"{name}.png" for name in pictures}
    for name, png in pictures.items():
        write_atomically(paths[name], png)
    paths["page"] = folder / "evaluation.html"
    write_page(
        paths["page"],
        _warnings(figures),
        _models(figures),
        section(
            "Hits by length",
            picture(pictures["pai"], "Share of incidents by share of length"),
        ),
        section(
            "Calibration",
            picture(pictures["calibration"], "Found over expected by class of risk"),
            _calibration(figures["calibration"], list(shown or tables)),
        ),
        title="Forecasts of incidents, compared",
        kicker="Evaluation of the risk",
    )
    return {name: str(path) for name, path in paths.items()}


def _warnings(figures: Mapping[str, Any]) -> Markup:
    said = list(figures["notes"])
    if figures["synthetic"]:
        said.insert(
            0, "The incidents are SYNTHETIC: this says nothing of a real place."
        )
    return banners(said)


def _models(figures: Mapping[str, Any]) -> Markup:
    rows = figures["rows"]
    lead = (
        f"{rows[0]['incidents']:,} {figures['kind']} in {rows[0]['windows']} windows "
        f"of {figures['window_days']:g} days, each forecast from all that came before."
    )
    cells = [[_cell(row[name]) for name in _COLUMNS] for row in rows]
    return section(
        "Models",
        element("p", lead, class_="lead"),
        table(list(_COLUMNS.values()), cells, class_="figures"),
        element("p", _HOW_TO_READ),
    )


def _calibration(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Markup:
    head = ["class", *names]
    by_class: dict[int, dict[str, str]] = {}
    for row in rows:
        text = f"{row['found']:,.1f} / {row['expected']:,.1f}"
        by_class.setdefault(row["class"], {})[row["model"]] = text
    cells = [
        [str(number), *(found.get(name, "-") for name in names)]
        for number, found in sorted(by_class.items())
    ]
    return element(
        "div",
        element("p", "Found / expected incidents in each class, 1 is the riskiest."),
        table(head, cells, class_="figures"),
    )


def _cell(value: object) -> str:
    return f"{value:,.3f}" if isinstance(value, float) else str(value)

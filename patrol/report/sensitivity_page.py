"""Which weights matter, as a page with its picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patrol.files import write_atomically
from patrol.report.markup import Markup, element, table
from patrol.report.plots import Influence, sensitivity_png
from patrol.report.research_page import banners, picture, section, write_page

_HOW_TO_READ = (
    "A step moves one weight by two thirds of its plausible range while the others "
    "stand anywhere in theirs; shown is the mean over random paths, with its standard "
    "deviation. Then the weights that change most are moved together: the part in the "
    "variance is all that would vanish were the weight known. Of few samples such "
    "parts are rough, and may come out a little below 0 or above 1."
)


def write_sensitivity(figures: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """
    Write ``sensitivity.html`` and ``sensitivity.png`` into a folder.

    Parameters
    ----------
    figures
        As ``patrol risk sensitivity --json`` gives them.
    folder
        Where to; made if it is not there.

    Returns
    -------
    dict
        Path of each file by name.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    png = sensitivity_png(
        [
            Influence(one["name"], one["changed"], one["changed_sd"], one["score"])
            for one in figures["weights"]
        ]
    )
    paths = {"picture": folder / "sensitivity.png", "page": folder / "sensitivity.html"}
    write_atomically(paths["picture"], png)
    said = list(figures["notes"])
    if figures["synthetic"]:
        said.insert(
            0, "The incidents are SYNTHETIC: this says nothing of a real place."
        )
    write_page(
        paths["page"],
        banners(said),
        section(
            "Weights",
            element("p", _lead(figures), class_="lead"),
            picture(png, "What each weight moves"),
            element("p", _HOW_TO_READ),
            _weights(figures),
        ),
        *([section("Routes", _routes(figures))] if figures["routes"] else []),
        title="Which weights matter",
        kicker="Sensitivity of the risk",
    )
    return {name: str(path) for name, path in paths.items()}


def _lead(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['required_km']:.2f} km are to be served; the forecasts score "
        f"{figures['log_score']:.3f} nats for each incident."
    )


def _weights(figures: Mapping[str, Any]) -> Markup:
    head = (
        "weight", "length to serve", "log score", "part in length", "part in score",
    )  # fmt: skip
    rows = [
        [
            one["name"],
            f"{one['changed']:.1%} ± {one['changed_sd']:.1%}",
            f"{one['score']:.4f}",
            _part(one["total_changed"]),
            _part(one["total_score"]),
        ]
        for one in figures["weights"]
    ]
    return table(head, rows, class_="figures")


def _routes(figures: Mapping[str, Any]) -> Markup:
    head = ("weight", "from", "km", "to", "km then", "km of way that differ")
    rows = [
        [
            one["weight"],
            f"{one['low']:g}",
            f"{one['route_km_low']:.2f}",
            f"{one['high']:g}",
            f"{one['route_km_high']:.2f}",
            f"{one['route_km_changed']:.2f}",
        ]
        for one in figures["routes"]
    ]
    return table(head, rows, class_="figures")


def _part(total: float | None) -> str:
    return "-" if total is None else f"{total:.0%}"

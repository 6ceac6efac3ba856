"""Options that several commands share, named and explained once."""

from pathlib import Path
from typing import Annotated

import typer

from patrol.report.texts import Language

TOP_SHARE = 0.15
"""Share of the drivable length that is served where nothing else is asked."""

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")]
Lang = Annotated[
    Language, typer.Option("--lang", help="Language of the report and the summary.")
]
MapFile = Annotated[
    Path, typer.Argument(metavar="MAP", help="Map made by `patrol map build`.")
]
PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", help="Plan made by `patrol plan`.")
]
OtherMap = Annotated[
    Path | None,
    typer.Option("--map", help="The plan's map, if it is no longer where it was."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key", help="File of the key that the robots have: 64 hexadecimal digits."
    ),
]
Baud = Annotated[int, typer.Option(help="Bits per second of a serial port.", min=1)]
RequiredFile = Annotated[
    Path | None,
    typer.Option(
        "--required",
        metavar="FILE",
        help="Streets that must be served: CSV with a column 'street' or 'osm_way', "
        "or GeoJSON lines and polygons.",
    ),
]
TopShare = Annotated[
    float | None,
    typer.Option(
        help="Share of the drivable length that must be served, the riskiest and "
        f"darkest; {TOP_SHARE} where nothing else is asked.",
        show_default=False,
    ),
]
MinRisk = Annotated[
    float | None,
    typer.Option(
        help="Serve streets of this risk or more, in incidents per km per hour."
    ),
]
SkipUndrivable = Annotated[
    bool,
    typer.Option(
        "--skip-undrivable",
        help="Leave out streets of --required that cannot be driven or reached, "
        "instead of refusing; they are listed.",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(
        "--seconds",
        metavar="S",
        help="Search for so long and keep the best; by default a fixed number of "
        "tries. Control-C ends the search, too, and keeps the best.",
        show_default=False,
    ),
]

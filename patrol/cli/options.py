"""Options that several commands share, named and explained once."""

from pathlib import Path
from typing import Annotated

import typer

from patrol.report.texts import Language

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

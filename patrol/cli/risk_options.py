"""Options that the commands of ``patrol risk`` share."""

from pathlib import Path
from typing import Annotated

import typer

TimeZone = Annotated[str, typer.Option(help="Zone of the city: Asia/Seoul.")]
IncidentFile = Annotated[
    Path | None, typer.Option(help="CSV with a time, lon and lat in each row.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=HEADER",
        help="Column of time, lat, lon, kind or origin, if it has another name; "
        "time_format= too. May be given more than once.",
    ),
]
Synthetic = Annotated[
    bool, typer.Option("--synthetic", help="Draw SYNTHETIC incidents by the seed.")
]
Learned = Annotated[
    bool, typer.Option("--learned", help="Learn the parts' weights from the past.")
]
WeightsFile = Annotated[
    Path | None, typer.Option(metavar="TOML", help="Named weights of your own.")
]
WindowDays = Annotated[float, typer.Option(help="Days of a window.")]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log",
        help="Log of runs to add a line to; else runs.jsonl beside what is written.",
    ),
]

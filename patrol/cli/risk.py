"""``patrol risk``: how risky is each street, and when."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, MapFile, Seed
from patrol.cli.output import Row, emit, progress_console

if TYPE_CHECKING:
    from maps import StreetMap
    from patrol.risk.field import RiskField

app = typer.Typer(help="Work out the risk of every street.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `fit` a command of its own while it is the only one."""


@app.command("fit")
def fit(
    map_path: MapFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="Risk to write.")],
    time_zone: Annotated[str, typer.Option(help="Zone of the city: Asia/Seoul.")],
    incidents: Annotated[
        Path | None, typer.Option(help="CSV with a time, lon and lat in each row.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=HEADER",
            help="Column of time, lat, lon, kind or origin, if it has another name; "
            "time_format= too. May be given more than once.",
        ),
    ] = None,
    annual_total: Annotated[
        float | None,
        typer.Option(help="No incidents? The district's total in a year."),
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Draw SYNTHETIC incidents by the seed.")
    ] = False,
    weights: Annotated[
        Path | None, typer.Option(metavar="TOML", help="Named weights of your own.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Give every street of MAP a risk, from incidents, a yearly total or a drawing."""
    from maps.read import read_map
    from patrol.cli.risk_steps import RiskSource, fit_from
    from patrol.risk.store import save_risk
    from patrol.risk.weights import RiskWeights, load_weights

    source = RiskSource(
        time_zone=time_zone,
        incidents=incidents,
        columns=tuple(column or ()),
        annual_total=annual_total,
        synthetic=synthetic,
        seed=seed,
    )
    chosen = load_weights(weights) if weights else RiskWeights()
    street_map = read_map(map_path)
    with progress_console(as_json=as_json).status("Fitting the risk"):
        field, notes = fit_from(source, street_map, chosen)
        save_risk(field, output)
    figures, rows = describe(field, street_map, notes)
    emit(
        figures | {"output": str(output)},
        [*rows, ("risk", str(output))],
        as_json=as_json,
    )


def describe(
    field: "RiskField", street_map: "StreetMap", notes: Sequence[str]
) -> tuple[dict[str, object], list[Row]]:
    """Figures of a risk field for scripts, and the same as rows for people."""
    length_km = street_map.graph.edge_length_m / 1000
    per_year = float((field.rate_per_km_h * length_km).sum() * 24 * 365.25)
    figures: dict[str, object] = {
        "digest": field.digest,
        "synthetic": field.synthetic,
        "incidents": field.num_incidents,
        "outside": field.num_outside,
        "notes": list(notes),
        "incidents_per_year": round(per_year, 1),
        "weights": dict(field.weights),
    }
    kind = "SYNTHETIC incidents" if field.synthetic else "incidents"
    rows = [
        (kind, f"{field.num_incidents:,} fitted"),
        *(("note", note) for note in notes),
        ("expected", f"{per_year:,.0f} incidents a year on the whole map"),
    ]
    return figures, rows

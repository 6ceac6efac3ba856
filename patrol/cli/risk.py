"""``patrol risk``: how risky is each street, and when."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from patrol.cli import risk_bench, risk_use
from patrol.cli.options import Json, MapFile
from patrol.cli.output import Row, emit, progress_console
from patrol.cli.risk_options import (
    IncidentOptions,
    Learned,
    LogFile,
    TimeZone,
    WeightsFile,
    WindowDays,
    takes_incidents,
)

if TYPE_CHECKING:
    from maps import StreetMap
    from patrol.risk.field import RiskField

app = typer.Typer(help="Work out the risk of every street.", no_args_is_help=True)
app.command("tune")(risk_bench.tune)
app.command("sensitivity")(risk_bench.sensitivity)
app.command("compare")(risk_bench.compare)
app.command("dose")(risk_use.dose)
app.command("audit")(risk_use.audit)


@app.command("fit")
@takes_incidents
def fit(
    map_path: MapFile,
    record: IncidentOptions,
    output: Annotated[Path, typer.Option("--output", "-o", help="Risk to write.")],
    time_zone: TimeZone,
    annual_total: Annotated[
        float | None,
        typer.Option(help="No incidents? The district's total in a year."),
    ] = None,
    learned: Learned = False,
    weights: WeightsFile = None,
    reports: Annotated[
        Path | None,
        typer.Option(
            help="CSV of residents' reports, with time, lat, lon and device: concern "
            "only, and only where three devices agree."
        ),
    ] = None,
    reporting: Annotated[
        Path | None,
        typer.Option(
            help="Polygons with a column rate: the part of what happens there that is "
            "reported."
        ),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Picture of the risk to write, .png.")
    ] = None,
    log: LogFile = None,
    as_json: Json = False,
) -> None:
    """Give every street of MAP a risk, from incidents, a yearly total or a drawing."""
    from maps.read import read_map
    from patrol.cli.risk_runs import log_of, log_run
    from patrol.cli.risk_steps import fit_from
    from patrol.files import write_atomically
    from patrol.report.risk_map import risk_map_png
    from patrol.risk.run_log import Run
    from patrol.risk.store import save_risk
    from patrol.risk.weights import RiskWeights, load_weights

    source = record.source(
        time_zone,
        annual_total=annual_total,
        learned=learned,
        reports=reports,
        reporting=reporting,
    )
    chosen = load_weights(weights) if weights else RiskWeights()
    street_map = read_map(map_path)
    with progress_console(as_json=as_json).status("Fitting the risk"):
        field, repairs = fit_from(source, street_map, chosen)
        save_risk(field, output)
        if picture is not None:
            write_atomically(picture, risk_map_png(street_map, field))
    figures, rows = describe(field, street_map, repairs.notes)
    figures |= {"repairs": repairs.counts, "outside_places": repairs.outside}
    names = ("digest", "incidents", "outside", "incidents_per_year", "repairs")
    run = Run(
        "fit",
        seed=record.seed,
        weights=field.weights,
        settings={} if annual_total is None else {"annual_total": annual_total},
        figures={name: figures[name] for name in names},
    )
    logged = log_run(run, log_of(log, output), source=source, street_map=street_map)
    emit(
        figures | {"output": str(output)} | logged,
        [*rows, ("risk", str(output))],
        as_json=as_json,
    )


@app.command("evaluate")
@takes_incidents
def evaluate(
    map_path: MapFile,
    record: IncidentOptions,
    time_zone: TimeZone,
    window_days: WindowDays = 14.0,
    windows: Annotated[int, typer.Option(help="Windows, the last of the record.")] = 7,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for a page and its pictures."),
    ] = None,
    log: LogFile = None,
    as_json: Json = False,
) -> None:
    """Forecast the last windows of the incidents on MAP, with every model."""
    from maps.read import read_map
    from patrol.cli.risk_runs import log_of, log_run, model_figures
    from patrol.cli.risk_steps import compare_models
    from patrol.report.evaluation_page import write_evaluation
    from patrol.risk.evaluate import Windows
    from patrol.risk.metrics import CURVE_CUTS
    from patrol.risk.run_log import Run

    source = record.source(time_zone)
    chosen = Windows(days=window_days, count=windows)
    street_map = read_map(map_path)
    with progress_console(as_json=as_json).status("Forecasting"):
        figures, compared = compare_models(source, street_map, chosen)
    run = Run(
        "evaluate",
        seed=record.seed,
        settings={"window_days": window_days, "windows": windows},
        figures=model_figures(figures["rows"]),
    )
    rows = list(evaluation_rows(figures))
    if output is not None:
        paths = write_evaluation(
            figures,
            output,
            tables=compared.calibration,
            curves=compared.curves,
            cuts=CURVE_CUTS,
        )
        figures |= {"files": paths}
        rows += list(paths.items())
    where = log_of(log, output and output / "evaluation.html")
    figures |= log_run(run, where, source=source, street_map=street_map)
    emit(figures, rows, as_json=as_json)


@app.command("explain")
@takes_incidents
def explain(
    map_path: MapFile,
    record: IncidentOptions,
    risk_path: Annotated[Path, typer.Option("--risk", help="Risk of the map.")],
    street: Annotated[int, typer.Option(help="Number of the street.")],
    as_json: Json = False,
) -> None:
    """
    Take the risk of one street apart: named shares whose sum it is, exactly.

    With the incidents that it was fitted to, also those behind the street, how old
    they are, and what would change its rate.
    """
    from maps.read import read_map
    from patrol.cli.risk_steps import explanation
    from patrol.cli.risk_why import evidence_of
    from patrol.risk.store import load_risk

    street_map = read_map(map_path)
    field = load_risk(risk_path, street_map.graph)
    figures = explanation(field, street_map, street)
    if record.given:
        source = record.source(field.time_zone)
        with progress_console(as_json=as_json).status("Fitting again"):
            figures |= evidence_of(field, street_map, street, source)
    emit(figures, list(explanation_rows(figures)), as_json=as_json)


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


def evaluation_rows(figures: Mapping[str, Any]) -> Iterator[Row]:
    """Lay a comparison out for people: a line for each model."""
    yield from (("note", note) for note in figures["notes"])
    first = figures["rows"][0]
    yield (
        "compared on",
        f"{first['incidents']:,} {figures['kind']} in {first['windows']} windows of "
        f"{figures['window_days']:g} days, cut by length",
    )
    for row in figures["rows"]:
        yield (
            row["model"],
            f"hit 1/5/10 % {row['hit_1']:.3f} {row['hit_5']:.3f} {row['hit_10']:.3f}  "
            f"PAI1 {row['pai_1']:.1f}  PEI1 {row['pei_1']:.2f}  "
            f"log score {row['log_score']:.2f}  ECE {row['ece']:.3f}",
        )
    for row in figures["calibration"]:
        if row["model"] == figures["model"]:
            yield (
                f"class {row['class']} of {figures['model']}",
                f"{row['expected']:.1f} expected, {row['found']:.1f} found",
            )


def explanation_rows(figures: Mapping[str, Any]) -> Iterator[Row]:
    """Lay an explanation out for people."""
    yield "street", f"{figures['street']} {figures['name']} ({figures['highway']})"
    rate = figures["rate_per_km_h"]
    yield "rate", f"{rate:.3g} {figures['kind']} per km and hour, over the week"
    low, high = figures["band_80_per_km_h"]
    low = low if low > rate / 1e6 else 0
    yield "", f"with a chance of 80 % between {low:.3g} and {high:.3g}"
    yield "top 5 %", f"with a chance of {figures['chance_in_top_5']:.0%} one of them"
    for name, value in figures["shares"].items():
        part = value / rate if rate else 0.0
        yield f"  {name}", f"{value:.3g}  {part:.1%}"
    for name, times in figures["factors"].items():
        yield f"  base, {name}", f"times {times:.3f}, before the mean is taken out"
    yield "per year", f"{figures['per_year']:.3g} on its {figures['length_m']:.0f} m"
    yield (
        "rank",
        f"{figures['rank']:,} of {figures['streets']:,}; "
        f"{figures['times_mean']:.2f} times the mean rate",
    )
    yield "concern", f"{figures['concern']:.2f}, no part of the rate"
    yield "evidence", figures["evidence"]
    for change in figures.get("what_would_change", ()):
        times = change["times"]
        then = "" if times is None else f", {times:.2f} times as it is"
        yield f"  {change['what']}", f"{change['rate_per_km_h']:.3g}{then}"

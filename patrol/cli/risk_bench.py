"""``patrol risk tune``, ``sensitivity`` and ``compare``: weights searched and moved."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    from patrol.risk.run_log import Run

_SHOWN = 24  # letters of a value in a table


@takes_incidents
def tune(
    map_path: MapFile,
    record: IncidentOptions,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="weights.toml to write.")
    ],
    time_zone: TimeZone,
    learned: Learned = False,
    weights: WeightsFile = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Weight to search; may be given again."),
    ] = None,
    trials: Annotated[int, typer.Option(help="Weights that are tried.")] = 40,
    window_days: WindowDays = 14.0,
    windows: Annotated[int, typer.Option(help="Windows of the search.")] = 5,
    held: Annotated[int, typer.Option(help="Last windows, never searched.")] = 3,
    log: LogFile = None,
    as_json: Json = False,
) -> None:
    """Search the weights that forecast the incidents on MAP best; write them down."""
    from maps.read import read_map
    from patrol.cli.risk_runs import log_of, log_run
    from patrol.cli.risk_tuning import tune_from, write_tuning
    from patrol.risk.run_log import Run
    from patrol.risk.tune import TuningOptions
    from patrol.risk.weights import RiskWeights, load_weights

    source = record.source(time_zone, learned=learned)
    options = TuningOptions(
        trials=trials,
        window_days=window_days,
        windows=windows,
        held=held,
        seed=record.seed,
    )
    start = load_weights(weights) if weights else RiskWeights()
    street_map = read_map(map_path)
    with progress_console(as_json=as_json).status("Tuning"):
        tuning, figures = tune_from(
            source, street_map, start, names=weight, options=options
        )
    write_tuning(tuning, figures, output)
    run = Run(
        "tune",
        seed=record.seed,
        weights=tuning.weights.as_mapping(),
        settings={"trials": trials, "window_days": window_days, "windows": windows},
        figures={name: figures[name] for name in ("searched", "held", "gain_held")},
    )
    logged = log_run(run, log_of(log, output), source=source, street_map=street_map)
    figures |= {"output": str(output)} | logged
    emit(figures, list(tuning_rows(figures)), as_json=as_json)


@takes_incidents
def sensitivity(
    map_path: MapFile,
    record: IncidentOptions,
    time_zone: TimeZone,
    weights: WeightsFile = None,
    share: Annotated[
        float, typer.Option(help="Share of the drivable length that is served.")
    ] = 0.15,
    paths: Annotated[int, typer.Option(help="Random paths (Morris).")] = 10,
    samples: Annotated[int, typer.Option(help="Base samples (Sobol), 2^k.")] = 32,
    routes: Annotated[
        int, typer.Option(help="Weights whose two ends are planned as routes.", min=0)
    ] = 3,
    dock: Annotated[
        str, typer.Option(metavar="LON,LAT", help="Dock of the routes; the middle.")
    ] = "",
    window_days: WindowDays = 14.0,
    windows: Annotated[int, typer.Option(help="Windows, the last of the record.")] = 7,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for a page and its picture."),
    ] = None,
    log: LogFile = None,
    as_json: Json = False,
) -> None:
    """Find out which weights change the forecast, the streets served and the route."""
    from maps.read import read_map
    from patrol.cli.places import parse_place
    from patrol.cli.risk_runs import log_of, log_run
    from patrol.cli.risk_sensitivity import StudyRequest, study_sensitivity
    from patrol.report.sensitivity_page import write_sensitivity
    from patrol.risk.evaluate import Windows
    from patrol.risk.run_log import Run
    from patrol.risk.sensitivity import SensitivityOptions
    from patrol.risk.weights import RiskWeights, load_weights

    source = record.source(time_zone)
    request = StudyRequest(
        share=share,
        windows=Windows(days=window_days, count=windows),
        dock_lon_lat_deg=parse_place(dock) if dock else None,
        routes=routes,
        options=SensitivityOptions(paths=paths, samples=samples, seed=record.seed),
    )
    start = load_weights(weights) if weights else RiskWeights()
    street_map = read_map(map_path)
    with progress_console(as_json=as_json).status("Moving weights"):
        figures = study_sensitivity(source, street_map, start, request=request)
    rows = list(sensitivity_rows(figures))
    if output is not None:
        figures |= {"files": write_sensitivity(figures, output)}
        rows += list(figures["files"].items())
    run = Run(
        "sensitivity",
        seed=record.seed,
        weights=start.as_mapping(),
        settings={"paths": paths, "samples": samples, "share": share},
        figures={one["name"]: one["changed"] for one in figures["weights"]},
    )
    where = log_of(log, output and output / "sensitivity.html")
    figures |= log_run(run, where, source=source, street_map=street_map)
    emit(figures, rows, as_json=as_json)


def compare(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="Log of runs, .jsonl.")],
    command: Annotated[
        str, typer.Option(help="Only runs of this command, such as evaluate.")
    ] = "",
    last: Annotated[int, typer.Option(help="Only so many, the last.", min=1)] = 8,
    as_json: Json = False,
) -> None:
    """Set the runs of LOG side by side: what is the same in all is left out."""
    from dataclasses import asdict

    from patrol.errors import RiskError
    from patrol.risk.run_log import differences, read_runs

    runs = [run for run in read_runs(log) if command in ("", run.command)][-last:]
    if not runs:
        raise RiskError(f"{log} holds no run of {command!r}: leave --command out")
    differs = differences(runs)
    figures = {"runs": [asdict(run) for run in runs], "differences": differs}
    emit(figures, list(comparison_rows(runs, differs)), as_json=as_json)


def tuning_rows(figures: Mapping[str, Any]) -> Iterator[Row]:
    """Lay a tuning out for people."""
    yield from (("note", note) for note in figures["notes"])
    searched, held = figures["windows"], figures["held_windows"]
    days = figures["window_days"]
    yield (
        "searched",
        f"{figures['trials']} weights on {searched} windows of {days:g} days, {held} "
        f"later ones never seen; {figures['kind']}",
    )
    for name, value in figures["tuned"].items():
        yield name, f"{value:.4g} (was {figures['was'][name]:.4g})"
    for label, part in (
        ("log score, searched", "searched"),
        ("log score, held", "held"),
    ):
        yield label, f"{figures[part]:.4f} (was {figures[f'{part}_was']:.4f})"
    yield "verdict", figures["verdict"]
    yield "weights", figures["output"]


def sensitivity_rows(figures: Mapping[str, Any]) -> Iterator[Row]:
    """Lay a study of sensitivity out for people, the weights that move most first."""
    yield from (("note", note) for note in figures["notes"])
    yield (
        "to serve",
        f"{figures['required_km']:.2f} km; log score {figures['log_score']:.3f} "
        f"({figures['kind']})",
    )
    for one in figures["weights"]:
        total = one["total_changed"]
        part = "" if total is None else f"; part in {total:.0%} of the variance"
        yield (
            one["name"],
            f"a step exchanges {one['changed']:.1%} of the length to serve and "
            f"{one['score']:.3f} nats{part}",
        )
    for route in figures["routes"]:
        yield (
            f"route, {route['weight']}",
            f"{route['route_km_low']:.2f} km at {route['low']:g}, "
            f"{route['route_km_high']:.2f} km at {route['high']:g}; "
            f"{route['route_km_changed']:.2f} km of way differ",
        )


def comparison_rows(
    runs: Sequence["Run"], differs: Mapping[str, Sequence[object]]
) -> Iterator[Row]:
    """Lay runs out for people: who ran when, then a line for each difference."""
    for number, run in enumerate(runs, 1):
        yield f"run {number}", f"{run.at}  {run.command}  seed {run.seed}"
    for name, values in differs.items():
        yield name, " | ".join(map(_shown, values))
    if not differs:
        yield "differences", "none: these runs are the same but for their time"


def _shown(value: object) -> str:
    text = f"{value:.5g}" if isinstance(value, float) else str(value)
    return "-" if value is None else text[:_SHOWN]

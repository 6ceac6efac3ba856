"""
Forecasts of incidents, ours and the rivals', on the same windows of the same record.

``python -m benchmarks.risk FOLDER --json FILE`` takes any folder in the layout of
`benchmarks.risk_files`: the last windows of the record are forecast from all that came
before each of them. Incidents are shared over the streets they touch, the same for
all; cuts are by length of the network, the calibration error is over all windows.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.output import publish
from benchmarks.risk_files import read_record
from patrol.risk.evaluate import Windows, evaluate
from patrol.risk.learned import LearningOptions
from patrol.risk.rivals import all_models


def main(
    folder: Annotated[Path, typer.Argument(help="Folder with incidents, streets.")],
    *,
    window_days: Annotated[float, typer.Option(help="Days of a window.")] = 14.0,
    windows: Annotated[int, typer.Option(help="Windows at the end.")] = 7,
    cell_m: Annotated[float, typer.Option(help="Cell, if no streets.")] = 150.0,
    history_years: Annotated[float | None, typer.Option(help="Record kept.")] = None,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Compare all models on the incidents of a folder."""
    record, notes = read_record(folder, cell_m=cell_m, history_years=history_years)
    models, missing = all_models(LearningOptions(window_days=window_days))
    for note in (*notes, *missing):
        sys.stdout.write(f"note: {note}\n")
    chosen = Windows(days=window_days, count=windows)
    rows, tables = evaluate(models, record, windows=chosen)
    ours = next(row for row in rows if row.model == "patrol-learned")
    summary: dict[str, object] = {
        "folder": folder.name,
        "units": record.ground.num_units,
        "size_km": round(float(record.ground.size_km.sum()), 1),
        "incidents": len(record.time_s),
        "outside": record.num_outside,
        "window_days": window_days,
        "best_hit_5": max(rows[:-1], key=lambda row: row.hit_5).model,
        "best_log_score": max(rows[:-1], key=lambda row: row.log_score).model,
        "calibration_expected": tables[ours.model][0].round(1).tolist(),
        "calibration_found": tables[ours.model][1].round(1).tolist(),
    }
    publish("risk", [row.as_row() for row in rows], summary, json_path=json_path)


if __name__ == "__main__":
    typer.run(main)

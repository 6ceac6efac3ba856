"""
Forecasts of incidents, ours and the rivals', on the same windows of the same record.

``python -m benchmarks.risk FOLDER --json FILE`` takes any folder in the layout of
`benchmarks.risk_files`: the last windows of the record are forecast from all that came
before each of them. Incidents are shared over the streets they touch, the same for
all; cuts are by length of the network, the calibration error is over all windows.
Without a folder, SYNTHETIC incidents on the embedded map are forecast, which says that
it runs and nothing else.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.output import publish
from benchmarks.risk_files import drawn_record, read_record
from patrol.risk.band_check import check_bands
from patrol.risk.evaluate import Windows, evaluate
from patrol.risk.learned import LearningOptions
from patrol.risk.rivals import all_models

_TARGETS = {
    "hit_5": 0.723, "hit_10": 0.813, "pei_1": 0.57, "log_score": -3.33, "ece": 0.07,
}  # fmt: skip
"""What the best rival reached on Toronto 2018, 7 windows of 14 days."""


def main(words: Sequence[str] | None = None) -> None:
    """Compare all models on the incidents of a folder."""
    asked = _parser().parse_args(words)
    record, notes = (
        read_record(
            asked.folder, cell_m=asked.cell_m, history_years=asked.history_years
        )
        if asked.folder
        else (drawn_record(), ("SYNTHETIC incidents: no folder was given",))
    )
    models, missing = all_models(
        LearningOptions(window_days=asked.window_days),
        on_streets=record.ground.lixels is not None,
    )
    for note in (*notes, *missing):
        sys.stdout.write(f"note: {note}\n")
    chosen = Windows(days=asked.window_days, count=asked.windows)
    compared = evaluate(models, record, windows=chosen)
    rows, tables = compared.rows, compared.calibration
    bands = check_bands(
        record, windows=chosen, options=LearningOptions(window_days=asked.window_days)
    )
    ours = next(row for row in rows if row.model == "patrol-learned")
    summary: dict[str, object] = {
        "folder": asked.folder.name if asked.folder else "SYNTHETIC",
        "units": record.ground.num_units,
        "size_km": round(float(record.ground.size_km.sum()), 1),
        "incidents": len(record.time_s),
        "outside": record.num_outside,
        "windows": f"{rows[0].windows} of {asked.window_days:g} days",
        "incidents in windows": rows[0].incidents,
        "best_hit_5": max(rows[:-1], key=lambda row: row.hit_5).model,
        "best_log_score": max(rows[:-1], key=lambda row: row.log_score).model,
        "band_80_coverage": round(bands.units, 4),
        "band_80_coverage_by_expected": round(bands.by_expected, 4),
        "band_80_coverage_telling": round(bands.telling, 4),
        "band_80_telling": bands.num_telling,
        "calibration_expected": tables[ours.model][0].round(1).tolist(),
        "calibration_found": tables[ours.model][1].round(1).tolist(),
    }
    for name, target in _TARGETS.items() if asked.folder else ():
        value = float(getattr(ours, name))
        summary[f"{ours.model} {name}"] = f"{value:.3f} (target {target:g})"
    publish("risk", [row.as_row() for row in rows], summary, json_path=asked.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare models of risk.")
    parser.add_argument(
        "folder", type=Path, nargs="?", help="Folder with incidents, streets."
    )
    parser.add_argument("--window-days", type=float, default=14.0)
    parser.add_argument("--windows", type=int, default=7, help="The last ones.")
    parser.add_argument("--cell-m", type=float, default=150.0, help="If no streets.")
    parser.add_argument("--history-years", type=float, help="Record that is kept.")
    parser.add_argument("--json", type=Path, help="Where the figures are written.")
    return parser


if __name__ == "__main__":
    main()

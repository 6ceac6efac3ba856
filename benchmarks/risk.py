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
from patrol.errors import RiskError
from patrol.risk.band_check import BandCheck, check_bands
from patrol.risk.evaluate import Comparison, Windows, evaluate
from patrol.risk.learned import LearningOptions
from patrol.risk.rivals import all_models, best_of_ours, left_out_notes

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
    chosen = Windows(days=asked.window_days, count=asked.windows)
    compared = evaluate(models, record, windows=chosen)
    for note in (*notes, *missing, *left_out_notes(compared)):
        sys.stdout.write(f"note: {note}\n")
    rows = compared.rows
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
    }
    summary |= _ours(compared, with_targets=asked.folder is not None)
    if "patrol-learned" in compared.curves:
        options = LearningOptions(window_days=asked.window_days)
        summary |= _bands(check_bands(record, windows=chosen, options=options))
    publish("risk", [row.as_row() for row in rows], summary, json_path=asked.json)


def _ours(compared: Comparison, *, with_targets: bool) -> dict[str, object]:
    """Figures of our best model; the plain mixture beside LightGBM."""
    ours, by_name = best_of_ours(compared), {row.model: row for row in compared.rows}
    table = compared.calibration[ours]
    found: dict[str, object] = {
        "calibration_expected": table[0].round(1).tolist(),
        "calibration_found": table[1].round(1).tolist(),
    }
    for name, target in _TARGETS.items() if with_targets else ():
        value = float(getattr(by_name[ours], name))
        found[f"{ours} {name}"] = f"{value:.3f} (target {target:g})"
    if {"patrol-mixture", "LightGBM"} <= set(by_name):
        behind = by_name["LightGBM"].log_score - by_name["patrol-mixture"].log_score
        found["patrol-mixture behind LightGBM, nats"] = f"{behind:.3f} (target 0.1)"
    return found


def _bands(bands: BandCheck) -> dict[str, object]:
    return {
        "band_80_coverage": round(bands.units, 4),
        "band_80_coverage_by_expected": round(bands.by_expected, 4),
        "band_80_coverage_telling": round(bands.telling, 4)
        if bands.num_telling
        else None,
        "band_80_telling": bands.num_telling,
    }


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
    try:
        main()
    except RiskError as error:
        sys.exit(f"benchmarks.risk: {error}")

"""What the commands of the risk leave behind: a line in a log of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from maps import StreetMap
from patrol.cli.risk_steps import RiskSource
from patrol.risk.run_log import LOG_NAME, Run, append_run, file_hash, used_versions


def log_of(log: Path | None, written: Path | None) -> Path | None:
    """Where a run is logged: as asked, else beside what it wrote, else nowhere."""
    if log is not None or written is None:
        return log
    return written.parent / LOG_NAME


def log_run(
    run: Run, log: Path | None, *, source: RiskSource, street_map: StreetMap
) -> dict[str, str]:
    """
    Add a run with the hashes of its inputs to a log, if there is one.

    Returns
    -------
    dict
        ``log``, the path, for the command's figures; empty if nothing was logged.

    Raises
    ------
    OSError
        If the log cannot be written.
    """
    if log is None:
        return {}
    hashes = {"map": street_map.graph.digest}
    for name in ("incidents", "reports", "reporting"):
        path: Path | None = getattr(source, name)
        if path is not None:
            hashes[name] = file_hash(path)
    settings = dict(run.settings) | {
        "source": source.kind,
        "learned": source.learned,
        "time_zone": source.time_zone,
    }
    whole = replace(
        run,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        hashes=hashes | dict(run.hashes),
        settings=settings,
        versions=used_versions(),
    )
    append_run(whole, log)
    return {"log": str(log)}


def model_figures(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Flatten the rows of an evaluation: ``count.hit_5`` and so on, times left out."""
    return {
        f"{row['model']}.{name}": value
        for row in rows
        for name, value in row.items()
        if name not in ("model", "cpu_s")
    }

"""
What was run, one JSON line each: weights, hashes, seed, versions and figures.

A log is only ever added to. Two runs with the same hashes, weights, seed and versions
must have the same figures; `differences` says in what any others differ.
"""

import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from patrol.errors import RiskError

FORMAT = "patrol-run"
"""Name of the format, in every line."""

VERSION = 1
"""Version of the lines that are written, and the only one that is read."""

LOG_NAME = "runs.jsonl"
"""File beside what a run wrote, unless another is named."""

_PACKAGES = ("patrol-robot", "numpy", "scipy", "numba", "lightgbm", "optuna", "SALib")


@dataclass(frozen=True)
class Run:
    """
    One run of a command.

    Attributes
    ----------
    command
        ``fit``, ``evaluate``, ``tune`` or ``sensitivity``.
    seed
        Seed of the run.
    at
        When, ISO 8601 with a zone.
    weights
        Named weights it ended with.
    hashes
        Digest of each input by name: the map, the file of incidents, ...
    settings
        What else was asked for, such as ``window_days``.
    figures
        What came of it; names of figures of one model begin with its name.
    versions
        Versions of Python and of the libraries that compute.
    """

    command: str
    seed: int
    at: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    figures: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def flat(self) -> dict[str, object]:
        """Everything but the time, by names such as ``weights.history.weight``."""
        flat: dict[str, object] = {"command": self.command, "seed": self.seed}
        for part in ("weights", "hashes", "settings", "figures", "versions"):
            flat |= {f"{part}.{k}": v for k, v in getattr(self, part).items()}
        return flat


def append_run(run: Run, path: Path) -> None:
    """
    Add a run to a log, which is made if it is not there; earlier lines stay.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    line = {"format": FORMAT, "version": VERSION} | asdict(run)
    text = json.dumps(_finite(line), ensure_ascii=False, default=float) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    # One write in append mode, so that two runs at once do not mix their lines.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def read_runs(path: Path) -> list[Run]:
    """
    Read a log, oldest first.

    Raises
    ------
    RiskError
        If the file cannot be read, is empty, or a line is no run of this version.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RiskError(f"cannot read the log {path}: {error}") from error
    runs = [_run(line, f"{path}, line {n}") for n, line in enumerate(lines, 1)]
    if not runs:
        raise RiskError(
            f"the log {path} is empty: `patrol risk fit`, `evaluate` and `tune` add "
            f"to it"
        )
    return runs


def differences(runs: Sequence[Run]) -> dict[str, list[object]]:
    """Give what is not the same in all runs: by name, the value of each run."""
    flat = [run.flat for run in runs]
    names = dict.fromkeys(name for one in flat for name in one)
    columns = {name: [one.get(name) for one in flat] for name in names}
    return {
        name: values
        for name, values in columns.items()
        if any(value != values[0] for value in values)
    }


def used_versions() -> dict[str, str]:
    """Versions of Python and of what is installed of the libraries that compute."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def file_hash(path: Path) -> str:
    """
    SHA-256 of a file, 64 hex digits.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _run(line: str, where: str) -> Run:
    try:
        values: dict[str, Any] = json.loads(line)
        kind = (values.pop("format"), values.pop("version"))
        run = Run(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RiskError(
            f"{where} is not a run that can be read ({error}): take the line out, or "
            f"start a new log"
        ) from error
    if kind != (FORMAT, VERSION):
        raise RiskError(
            f"{where} is {kind[0]} of version {kind[1]}, this Patrol reads {FORMAT} of "
            f"version {VERSION}: read it with the Patrol that wrote it"
        )
    return run


def _finite(value: object) -> object:
    """Write what is not a number as null, as JSON knows no NaN."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

"""
Where patrols were, and when: metres and seconds by street and hour.

Whoever wants to know whether a patrol finds what it looks for must know where it
looked. A dose log is only ever added to, a night at a time, and the same night is
counted once.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.files import atomic_path

FORMAT_VERSION = 1
"""Version of the file's layout; a reader refuses what it does not know."""

_KEY = b"patrol_dose"
_HOUR_S = 3600


@dataclass(frozen=True)
class Dose:
    """
    Time and way that patrols spent on streets, ``k`` rows.

    Attributes
    ----------
    graph_digest
        Digest of the streets' graph.
    simulated
        Whether the robots were simulated, or the way was only planned; such nights
        are kept apart from real ones.
    night
        Name of the night of each row: the digest of its record, shape ``(k,)``.
    street
        Street of each row, shape ``(k,)``.
    hour_s
        Start of its hour, seconds since 1970 UTC, shape ``(k,)``.
    metres, seconds
        Way and time on the street in that hour, shape ``(k,)``, not negative.

    Raises
    ------
    RiskError
        If the columns do not fit each other or a value is impossible.
    """

    graph_digest: str
    simulated: bool
    night: NDArray[np.object_]
    street: NDArray[np.int64]
    hour_s: NDArray[np.int64]
    metres: NDArray[np.float64]
    seconds: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("night", "hour_s", "metres", "seconds"):
            if getattr(self, name).shape != self.street.shape:
                raise RiskError(
                    f"{name} has shape {getattr(self, name).shape}, expected "
                    f"{self.street.shape} for {self.street.size} rows of a dose"
                )
        for name in ("street", "metres", "seconds"):
            bad = ~(getattr(self, name) >= 0)
            if bad.any():
                first = int(bad.argmax())
                raise RiskError(
                    f"row {first} of a dose has {name} {getattr(self, name)[first]}: "
                    f"it must be 0 or more"
                )

    def __len__(self) -> int:
        return len(self.street)

    @property
    def nights(self) -> list[str]:
        """Names of the nights, in the order in which they were added."""
        return list(dict.fromkeys(self.night.tolist()))

    def metres_by_street(self, num_edges: int) -> NDArray[np.float64]:
        """Way on each street, shape ``(m,)``."""
        return _sums(self.street, self.metres, num_edges)

    def seconds_by_street(self, num_edges: int) -> NDArray[np.float64]:
        """Time on each street, shape ``(m,)``."""
        return _sums(self.street, self.seconds, num_edges)

    def with_nights(self, more: "Dose") -> "Dose":
        """
        Add nights behind those that are there.

        Raises
        ------
        RiskError
            If they are of another map, a night is there already, or simulated nights
            would be mixed with real ones.
        """
        if more.graph_digest != self.graph_digest:
            raise RiskError(
                f"the dose log is of map {self.graph_digest[:12]}, the night of map "
                f"{more.graph_digest[:12]}: keep a log for each map"
            )
        if more.simulated != self.simulated:
            kinds = {True: "simulated", False: "real"}
            raise RiskError(
                f"the dose log holds {kinds[self.simulated]} nights, this one is "
                f"{kinds[more.simulated]}: keep them in logs of their own"
            )
        known = set(self.nights) & set(more.nights)
        if known:
            raise RiskError(
                f"night {min(known)[:12]} is in the dose log already: each night "
                f"counts once"
            )
        columns = {
            f.name: np.concatenate([getattr(self, f.name), getattr(more, f.name)])
            for f in fields(self)
            if isinstance(getattr(self, f.name), np.ndarray)
        }
        return Dose(self.graph_digest, self.simulated, **columns)


@dataclass(frozen=True)
class Stays:
    """
    Time spent on streets, ``k`` pieces of any length.

    Attributes
    ----------
    street
        Street of each, shape ``(k,)``.
    start_s, end_s
        Seconds since 1970 UTC, shape ``(k,)``.
    metres
        Way of each, shape ``(k,)``, taken to be driven evenly.
    """

    street: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    metres: NDArray[np.float64]

    def by_hour(self, *, graph_digest: str, night: str, simulated: bool) -> Dose:
        """Add the stays up by street and hour; one over the full hour is divided."""
        first = np.floor(self.start_s / _HOUR_S).astype(np.int64)
        last = np.floor(self.end_s / _HOUR_S).astype(np.int64)
        pieces = last - first + 1
        of = np.repeat(np.arange(len(first)), pieces)
        nth = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        hour = first[of] + nth
        starts = np.maximum(self.start_s[of], hour * _HOUR_S)
        seconds = np.minimum(self.end_s[of], (hour + 1) * _HOUR_S) - starts
        whole_s = (self.end_s - self.start_s)[of]
        part = np.divide(
            seconds, whole_s, out=(nth == 0).astype(float), where=whole_s > 0
        )
        keys, row = np.unique(
            np.column_stack([self.street[of], hour]), axis=0, return_inverse=True
        )
        metres = _sums(row.ravel(), self.metres[of] * part, len(keys))
        spent_s = _sums(row.ravel(), seconds, len(keys))
        some = (metres > 0) | (spent_s > 0)
        return Dose(
            graph_digest=graph_digest,
            simulated=simulated,
            night=np.full(int(some.sum()), night, dtype=object),
            street=keys[some, 0],
            hour_s=keys[some, 1] * _HOUR_S,
            metres=metres[some],
            seconds=spent_s[some],
        )


def add_to_dose_log(dose: Dose, path: Path, graph: StreetGraph) -> Dose:
    """
    Add nights to the log in a file, which is made if it is not there.

    Returns
    -------
    Dose
        The whole log.

    Raises
    ------
    RiskError
        If the log cannot be read or the nights cannot be added (`Dose.with_nights`).
    OSError
        If the file cannot be written; what was there before is then untouched.
    """
    whole = load_dose(path, graph).with_nights(dose) if path.exists() else dose
    _save(whole, path)
    return whole


def load_dose(path: Path, graph: StreetGraph) -> Dose:
    """
    Read the dose log of a graph.

    Raises
    ------
    RiskError
        If the file cannot be read, is of another version, or is of another map.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, partitioning=None)
        about: dict[str, Any] = json.loads((table.schema.metadata or {})[_KEY])
        dose = Dose(
            graph_digest=about["graph_digest"],
            simulated=about["simulated"],
            night=_column(table["night"].to_pylist(), object),
            street=_column(table["street"].to_numpy(), np.int64),
            hour_s=_column(table["hour_s"].to_numpy(), np.int64),
            metres=_column(table["metres"].to_numpy(), np.float64),
            seconds=_column(table["seconds"].to_numpy(), np.float64),
        )
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise RiskError(
            f"{path} is not a dose log that can be read ({error}): make one with "
            f"`patrol risk dose`"
        ) from error
    if about.get("version") != FORMAT_VERSION or dose.graph_digest != graph.digest:
        raise RiskError(
            f"{path} is a dose log of version {about.get('version')} for map "
            f"{dose.graph_digest[:12]}: needed is version {FORMAT_VERSION} for map "
            f"{graph.digest[:12]}"
        )
    return dose


def _save(dose: Dose, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        f.name: pa.array(getattr(dose, f.name))
        for f in fields(dose)
        if isinstance(getattr(dose, f.name), np.ndarray)
    }
    columns["night"] = pa.array(dose.night.tolist(), pa.string())
    about = {
        "version": FORMAT_VERSION,
        "graph_digest": dose.graph_digest,
        "simulated": dose.simulated,
    }
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(about)})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)


def _sums(
    of: NDArray[np.int64], values: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    return np.bincount(of, values, size).astype(np.float64)


def _column(values: ArrayLike, kind: Any) -> NDArray[Any]:
    return np.array(values, dtype=kind)

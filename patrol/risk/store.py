"""
A risk field in one Parquet file: a row for each street, the rest in the metadata.

The file carries the digest of the field, so that a damaged or edited one is found,
and of its map, so that it cannot be used with another.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.files import atomic_path
from patrol.risk.field import RiskField
from patrol.risk.night import Night

FORMAT_VERSION = 2
"""Version of the file's layout; a reader refuses what it does not know."""

_KEY = b"patrol_risk"
_SHARE = "share."
_CONCERN, _SHAPE, _DARK, _REPORTING = "concern", "shape", "in_the_dark", "reporting"


def save_risk(field: RiskField, path: Path) -> None:
    """
    Write a field, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {_SHARE + name: share for name, share in field.shares.items()}
    columns |= {_CONCERN: field.concern, _SHAPE: field.shape}
    if field.night is not None:
        columns[_DARK] = field.night.times
    if field.reporting is not None:
        columns[_REPORTING] = field.reporting
    table = pa.table(columns)
    about = {
        "version": FORMAT_VERSION,
        "digest": field.digest,
        "graph_digest": field.graph_digest,
        "profile": field.profile.tolist(),
        "dark": None if field.night is None else field.night.dark.tolist(),
        "weights": dict(field.weights),
        "synthetic": field.synthetic,
        "time_zone": field.time_zone,
        "num_incidents": field.num_incidents,
        "num_outside": field.num_outside,
    }
    table = table.replace_schema_metadata({_KEY: json.dumps(about).encode()})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)


def load_risk(path: Path, graph: StreetGraph) -> RiskField:
    """
    Read a field for a graph.

    Raises
    ------
    RiskError
        If the file cannot be read, is of another version or damaged, or is the risk
        of another map.
    """
    columns, about = _read(path)
    _check_version(about, path)
    field = _field(columns, about, path)
    field.check_graph(graph)
    if field.num_edges != graph.num_edges or field.digest != about["digest"]:
        raise RiskError(
            f"{path} is damaged: it says it holds risk {about['digest'][:12]}, it "
            f"holds {field.digest[:12]}; make it again with `patrol risk fit`"
        )
    return field


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, partitioning=None)
        about = json.loads((table.schema.metadata or {})[_KEY])
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise RiskError(
            f"{path} is not a risk file that can be read ({error}): make one with "
            f"`patrol risk fit`"
        ) from error
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    return columns, about


def _check_version(about: Mapping[str, Any], path: Path) -> None:
    if about.get("version") != FORMAT_VERSION:
        raise RiskError(
            f"{path} is a risk file of version {about.get('version')}, this Patrol "
            f"reads version {FORMAT_VERSION}: make it again with `patrol risk fit`"
        )


def _field(
    columns: Mapping[str, Any], about: Mapping[str, Any], path: Path
) -> RiskField:
    try:
        return RiskField(
            graph_digest=about["graph_digest"],
            shares={
                name.removeprefix(_SHARE): column
                for name, column in columns.items()
                if name.startswith(_SHARE)
            },
            profile=np.array(about["profile"], dtype=np.float64),
            concern=columns[_CONCERN],
            weights=about["weights"],
            synthetic=about["synthetic"],
            time_zone=about["time_zone"],
            num_incidents=about["num_incidents"],
            num_outside=about["num_outside"],
            shape=columns[_SHAPE],
            night=_night(columns, about),
            reporting=columns.get(_REPORTING),
        )
    except (KeyError, RiskError) as error:
        raise RiskError(
            f"{path} is damaged ({error}): make it again with `patrol risk fit`"
        ) from error


def _night(columns: Mapping[str, Any], about: Mapping[str, Any]) -> Night | None:
    if about.get("dark") is None:
        return None
    return Night(np.array(about["dark"], dtype=np.float64), columns[_DARK])

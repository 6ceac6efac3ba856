"""From incidents, a yearly total or a drawing to a risk field."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from maps import StreetMap
from patrol.errors import RiskError
from patrol.risk.concern import concern_layer
from patrol.risk.field import RiskField
from patrol.risk.incident_file import ColumnMapping, load_incidents
from patrol.risk.model import cold_risk, fit_risk
from patrol.risk.placement import MAX_DISTANCE_M
from patrol.risk.synthetic import SyntheticCity, synthetic_incidents
from patrol.risk.weights import RiskWeights

SYNTHETIC_UNTIL_S = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
"""End of a synthetic record: always the same, so that the seed says everything."""


@dataclass(frozen=True)
class RiskSource:
    """
    What a risk is fitted to: one of a file, a yearly total, or a drawing.

    Attributes
    ----------
    time_zone
        IANA name of the city's zone.
    incidents
        CSV file of incidents.
    columns
        Its columns with other names, as ``lat=Y``.
    annual_total
        Incidents of the district in a year.
    synthetic
        Draw synthetic incidents.
    seed
        Seed of the drawing.

    Raises
    ------
    RiskError
        If it is none or more than one of them.
    """

    time_zone: str
    incidents: Path | None = None
    columns: tuple[str, ...] = ()
    annual_total: float | None = None
    synthetic: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        given = [self.incidents is not None, self.annual_total is not None]
        count = sum(given) + self.synthetic
        if count != 1:
            raise RiskError(
                f"{count} sources of risk: give one of --incidents, --annual-total "
                f"and --synthetic"
            )


def fit_from(
    source: RiskSource, street_map: StreetMap, weights: RiskWeights
) -> tuple[RiskField, tuple[str, ...]]:
    """
    Fit the risk of a map; say what of the input was left out.

    Raises
    ------
    RiskError
        If the incidents, the total or the zone cannot be used.
    """
    graph = street_map.graph
    concern = concern_layer(street_map, weights).total
    if source.annual_total is not None:
        field = cold_risk(
            graph,
            annual_total=source.annual_total,
            time_zone=source.time_zone,
            weights=weights,
            concern=concern,
        )
        return field, ()
    notes: tuple[str, ...] = ()
    if source.incidents is not None:
        loaded = load_incidents(
            source.incidents,
            graph.projection,
            columns=_columns(source.columns),
            time_zone=source.time_zone,
            until_s=int(time.time()),
        )
        incidents, notes = loaded.incidents, loaded.notes
    else:
        city = SyntheticCity(time_zone=source.time_zone)
        incidents = synthetic_incidents(
            graph, city, now_s=SYNTHETIC_UNTIL_S, seed=source.seed
        )
    now_s = incidents.until_s
    field = fit_risk(graph, incidents, weights=weights, now_s=now_s, concern=concern)
    if field.num_outside:
        notes += (
            f"{field.num_outside} of {len(incidents)} incidents lie further than "
            f"{MAX_DISTANCE_M:.0f} m from every street and are left out",
        )
    return field, notes


def _columns(items: Sequence[str]) -> ColumnMapping:
    known = {one.name for one in fields(ColumnMapping)}
    named = {}
    for item in items:
        name, _, header = item.partition("=")
        if name not in known or not header:
            raise RiskError(
                f"--column {item!r} must be NAME=HEADER with a name of {sorted(known)}"
            )
        named[name] = header
    return ColumnMapping(**named)

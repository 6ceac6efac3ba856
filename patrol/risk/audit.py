"""
Who is patrolled: way and time by area, against incidents and against residents.

A map of risk becomes a verdict on a neighbourhood unless somebody asks, night by night,
whether the patrols go where the reports are or beyond, and how often they find nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from maps.area_table import AreaTable, area_of_points, street_shares
from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.risk.dose import Dose
from patrol.risk.ground import Record, street_record
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.person_data import refuse_person_data

OUTSIDE = "outside all areas"
"""Name of the row for what lies in no area."""

_PATROLLED = 0.5
"""Share of a street's length that patrols must have driven to have been there."""

_DAY_S = 86_400

_NAME_COLUMN = "name"
"""Of an area it is no name of a person."""


@dataclass(frozen=True)
class AuditOptions:
    """
    What is asked of an audit.

    Attributes
    ----------
    name
        Column of the areas' names.
    population
        Column of their residents; not compared where None.
    days
        Days at the end of the record for which false alarms are counted.

    Raises
    ------
    RiskError
        If there is no day.
    """

    name: str = _NAME_COLUMN
    population: str | None = None
    days: float = 14.0

    def __post_init__(self) -> None:
        if not 0 < self.days < np.inf:
            raise RiskError(
                f"false alarms in {self.days} days: it must be above 0 days"
            )


@dataclass(frozen=True)
class AreaRow:
    """
    One area.

    Attributes
    ----------
    area
        Its name.
    street_km
        Length of its streets.
    patrol_km, patrol_min
        Way and time that patrols spent in it.
    incidents
        Reported incidents in it.
    population
        Its residents, NaN where unknown.
    patrol_share, incident_share, population_share
        Its share of the whole, 0 to 1; NaN where the whole is nothing or unknown.
    """

    area: str
    street_km: float
    patrol_km: float
    patrol_min: float
    incidents: int
    population: float
    patrol_share: float
    incident_share: float
    population_share: float

    @property
    def per_incident(self) -> float:
        """Share of the patrols over share of the incidents; 1 is in step."""
        if not self.incident_share > 0:
            return np.nan if not self.patrol_share > 0 else np.inf
        return self.patrol_share / self.incident_share

    def as_row(self) -> dict[str, object]:
        """Give the figures for tables and scripts; what is no number is None."""
        row = asdict(self) | {"per_incident": self.per_incident}
        return {
            name: None if isinstance(v, float) and not np.isfinite(v) else v
            for name, v in row.items()
        }


@dataclass(frozen=True)
class FalseAlarms:
    """
    How often patrolled streets saw nothing.

    Attributes
    ----------
    days, until
        Days that were looked at, and the local date of the last.
    patrolled, patrolled_none
        Patrolled streets, and those of them without a reported incident.
    others, others_none
        The same of all other streets.
    """

    days: float
    until: str
    patrolled: int
    patrolled_none: int
    others: int
    others_none: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say it in plain words."""
        return (
            f"Of {self.patrolled:,} patrolled streets {self.patrolled_none:,} "
            f"({_of_ten(self.patrolled_none, self.patrolled)}) had no reported "
            f"incident in the {self.days:g} days to {self.until}.",
            f"Of the {self.others:,} other streets {self.others_none:,} "
            f"({_of_ten(self.others_none, self.others)}) had none either.",
        )


@dataclass(frozen=True)
class Audit:
    """
    An audit of patrols.

    Attributes
    ----------
    rows
        A row an area by falling share of the patrols, then what lies outside all.
    alarms
        False alarms.
    warnings
        What must be known before a figure is believed.
    nights
        Nights that were added up.
    planned
        Whether the way was planned or simulated, not driven by real robots.
    """

    rows: tuple[AreaRow, ...]
    alarms: FalseAlarms
    warnings: tuple[str, ...]
    nights: int
    planned: bool


def audit(
    graph: StreetGraph,
    areas: AreaTable,
    dose: Dose,
    incidents: Incidents,
    *,
    options: AuditOptions,
) -> Audit:
    """
    Set patrols against incidents and residents, area by area.

    A street over a border counts in each area by its length there, an incident in the
    first area that holds it. Only reported incidents are counted, as patrols find more
    where they are.

    Parameters
    ----------
    graph
        Streets.
    areas
        Areas, in the plane of the graph.
    dose
        Where patrols were or will be.
    incidents
        The record to compare with.
    options
        What is asked.

    Raises
    ------
    RiskError
        If the areas' columns speak of persons, the dose is of another map, or no
        reported incident lies on it.
    MapError
        If a column is not there.
    """
    refuse_person_data(c for c in areas.columns if c.casefold() != _NAME_COLUMN)
    if dose.graph_digest != graph.digest:
        raise RiskError(
            f"the patrols are of map {dose.graph_digest[:12]}, the streets are of map "
            f"{graph.digest[:12]}: give the map that was patrolled"
        )
    record = street_record(graph, incidents)
    reported = incidents.take(incidents.origin == Origin.REPORTED)
    rows = _rows(graph, areas, dose, reported, options=options)
    return Audit(
        rows=rows,
        alarms=_false_alarms(graph, dose, record, incidents, days=options.days),
        warnings=tuple(_warnings(dose, incidents, len(reported), options)),
        nights=len(dose.nights),
        planned=dose.simulated,
    )


def _rows(
    graph: StreetGraph,
    areas: AreaTable,
    dose: Dose,
    reported: Incidents,
    *,
    options: AuditOptions,
) -> tuple[AreaRow, ...]:
    shares = street_shares(graph, areas.shapes)
    at = area_of_points(areas.shapes, reported.xy_m)
    residents = np.full(len(areas), np.nan)
    if options.population is not None:
        residents = areas.numbers(options.population)
    m = graph.num_edges
    columns = {
        "street_km": _by_area(shares, graph.edge_length_m / 1000),
        "patrol_km": _by_area(shares, dose.metres_by_street(m) / 1000),
        "patrol_min": _by_area(shares, dose.seconds_by_street(m) / 60),
        "incidents": np.bincount(
            np.where(at < 0, len(areas), at), minlength=len(areas) + 1
        ),
        "population": np.append(residents, np.nan),
    }
    names = (*areas.texts(options.name), OUTSIDE)
    found = [_row(name, k, columns) for k, name in enumerate(names)]
    *inside, outside = found
    inside.sort(key=lambda row: (-row.patrol_km, row.area))
    empty = not (outside.street_km > 1e-6 or outside.incidents)
    return tuple(inside) if empty else (*inside, outside)


def _row(name: str, number: int, columns: Mapping[str, NDArray[np.float64]]) -> AreaRow:
    def share(column: str) -> float:
        values = columns[column]
        whole = np.nansum(values)
        return float(values[number] / whole) if whole > 0 else np.nan

    return AreaRow(
        area=name,
        street_km=float(columns["street_km"][number]),
        patrol_km=float(columns["patrol_km"][number]),
        patrol_min=float(columns["patrol_min"][number]),
        incidents=int(columns["incidents"][number]),
        population=float(columns["population"][number]),
        patrol_share=share("patrol_km"),
        incident_share=share("incidents"),
        population_share=share("population"),
    )


def _by_area(shares: csr_array, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of streets' values by area, and last what lies outside all."""
    outside = np.maximum(1 - shares.sum(axis=0), 0)
    return np.append(shares @ values, outside @ values)


def _false_alarms(
    graph: StreetGraph,
    dose: Dose,
    record: Record,
    incidents: Incidents,
    *,
    days: float,
) -> FalseAlarms:
    end_s = incidents.until_s + 1
    some = record.between(end_s - days * _DAY_S, end_s) > 0
    driven_m = dose.metres_by_street(graph.num_edges)
    there = driven_m >= _PATROLLED * graph.edge_length_m
    zone = ZoneInfo(incidents.time_zone)
    return FalseAlarms(
        days=days,
        until=f"{datetime.fromtimestamp(incidents.until_s, zone):%Y-%m-%d}",
        patrolled=int(there.sum()),
        patrolled_none=int((there & ~some).sum()),
        others=int((~there).sum()),
        others_none=int((~there & ~some).sum()),
    )


def _warnings(
    dose: Dose, incidents: Incidents, reported: int, options: AuditOptions
) -> list[str]:
    said = [
        "No reporting rate of the areas is known: where people report less, an area "
        "looks calmer than it is."
    ]
    if incidents.synthetic:
        said.append("The incidents are SYNTHETIC: this says nothing of a real place.")
    if dose.simulated:
        said.append("The way is planned or simulated, not driven by real robots.")
    found = len(incidents) - reported
    if found:
        said.append(
            f"{found:,} incidents that patrols discovered are left out: patrols find "
            f"more where they are."
        )
    if options.population is None:
        said.append("The residents of the areas are not known.")
    return said


def _of_ten(part: int, whole: int) -> str:
    if whole == 0:
        return "none there"
    tenths = round(10 * part / whole)
    rounded = part not in (0, whole) and tenths in (0, 10)
    return f"{part / whole:.1%}" if rounded else f"{tenths} of 10"

"""From incidents, a yearly total or a drawing to a risk field."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from maps import StreetMap
from patrol.errors import RiskError
from patrol.risk.aoristic import find_heaps
from patrol.risk.concern import concern_layer
from patrol.risk.evaluate import Comparison, Windows, evaluate
from patrol.risk.factors import Surroundings, factor_layers, multipliers, strayed
from patrol.risk.field import RiskField
from patrol.risk.ground import REACH_M, street_record
from patrol.risk.incident_file import ColumnMapping, load_incidents
from patrol.risk.incidents import Incidents
from patrol.risk.learned import LearningOptions, learn_risk
from patrol.risk.masks import look_at_places
from patrol.risk.model import cold_risk, fit_risk
from patrol.risk.placement import MAX_DISTANCE_M
from patrol.risk.repairs import Repair
from patrol.risk.reporting import load_reporting, named, with_reporting
from patrol.risk.resident_reports import ReportOptions, load_reports
from patrol.risk.rivals import all_models, best_of_ours, left_out_notes, rows_of
from patrol.risk.synthetic import SyntheticCity, synthetic_incidents
from patrol.risk.weights import RiskWeights

SYNTHETIC_UNTIL_S = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
"""End of a synthetic record: always the same, so that the seed says everything."""


@dataclass(frozen=True)
class Repairs:
    """
    What was done to make an input usable.

    Attributes
    ----------
    done
        Each kind of repair with its count.
    said
        What else must be known of the input.
    outside
        Longitude, latitude and incidents of each place beside no street.
    """

    done: tuple[Repair, ...] = ()
    said: tuple[str, ...] = ()
    outside: tuple[tuple[float | None, float | None, int], ...] = ()

    @property
    def notes(self) -> list[str]:
        """All of it in sentences."""
        return [*(one.sentence for one in self.done), *self.said]

    @property
    def counts(self) -> dict[str, int]:
        """Count of each repair by its name."""
        return {one.name: one.count for one in self.done}


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
    keep_repeats
        Whether rows of it that are the same in every column count each.
    annual_total
        Incidents of the district in a year.
    synthetic
        Draw synthetic incidents.
    seed
        Seed of the drawing.
    learned
        Learn the risk instead of taking the plain one; needs incidents.
    reports
        CSV file of residents' reports, for the concern.
    reporting
        File of areas with the part of what happens that is reported.

    Raises
    ------
    RiskError
        If it is none or more than one of them, or there is nothing to learn from.
    """

    time_zone: str
    incidents: Path | None = None
    columns: tuple[str, ...] = ()
    keep_repeats: bool = False
    annual_total: float | None = None
    synthetic: bool = False
    seed: int = 0
    learned: bool = False
    reports: Path | None = None
    reporting: Path | None = None

    @property
    def kind(self) -> str:
        """Which of the three it is: ``incidents``, ``annual total``, ``synthetic``."""
        if self.synthetic:
            return "synthetic"
        return "incidents" if self.incidents is not None else "annual total"

    def __post_init__(self) -> None:
        given = [self.incidents is not None, self.annual_total is not None]
        count = sum(given) + self.synthetic
        if count != 1:
            raise RiskError(
                f"{count} sources of risk: give one of --incidents, --annual-total "
                f"and --synthetic"
            )
        if self.learned and self.annual_total is not None:
            raise RiskError(
                "--learned with --annual-total: a total has no incidents to learn "
                "from, leave --learned out"
            )


def fit_from(
    source: RiskSource, street_map: StreetMap, weights: RiskWeights
) -> tuple[RiskField, Repairs]:
    """
    Fit the risk of a map; say what of the input was repaired or left out.

    Raises
    ------
    RiskError
        If the incidents, the total or the zone cannot be used.
    """
    field, repairs = _fitted(source, street_map, weights)
    if source.reporting is None:
        return field, repairs
    reporting = load_reporting(source.reporting, street_map.graph)
    field = with_reporting(field, street_map.graph, reporting.by_street)
    return named(field, reporting), repairs


def _fitted(
    source: RiskSource, street_map: StreetMap, weights: RiskWeights
) -> tuple[RiskField, Repairs]:
    graph = street_map.graph
    around, said = _around(source, street_map, weights)
    off = strayed(street_map)
    if source.annual_total is not None:
        field = cold_risk(
            graph,
            annual_total=source.annual_total,
            time_zone=source.time_zone,
            weights=weights,
            around=around,
        )
        return field, Repairs(off, said)
    model, reach_m = (
        (learn_risk, REACH_M) if source.learned else (fit_risk, MAX_DISTANCE_M)
    )
    incidents, repairs = incidents_of(source, street_map, within_m=reach_m)
    now_s = incidents.until_s
    field = model(graph, incidents, weights=weights, now_s=now_s, around=around)
    return field, replace(repairs, done=(*repairs.done, *off), said=said)


def _around(
    source: RiskSource, street_map: StreetMap, weights: RiskWeights
) -> tuple[Surroundings, tuple[str, ...]]:
    around = Surroundings.of(street_map, weights)
    if source.reports is None:
        return around, ()
    reports = load_reports(
        source.reports,
        street_map.graph,
        time_zone=source.time_zone,
        until_s=int(time.time()),
        options=ReportOptions(),
    )
    layer = concern_layer(street_map, weights, devices=reports.devices)
    return replace(around, concern=layer.total), reports.sentences


def incidents_of(
    source: RiskSource, street_map: StreetMap, *, within_m: float = REACH_M
) -> tuple[Incidents, Repairs]:
    """
    Load or draw the incidents of a source; say what of them needed repair.

    Parameters
    ----------
    source
        Where they come from.
    street_map
        The streets they are on.
    within_m
        Distance from a street up to which the model counts them.

    Raises
    ------
    RiskError
        If the source is a yearly total, or the incidents cannot be used.
    """
    if source.incidents is not None:
        loaded = load_incidents(
            source.incidents,
            street_map.graph.projection,
            columns=replace(_columns(source.columns), keep_repeats=source.keep_repeats),
            time_zone=source.time_zone,
            until_s=int(time.time()),
        )
        found = loaded.incidents
        places = look_at_places(street_map.graph, found.xy_m, within_m=within_m)
        done = (*loaded.repairs, *find_heaps(found).repairs, *places.repairs)
        return found, Repairs(done, outside=tuple(places.outside))
    if not source.synthetic:
        raise RiskError("a yearly total holds no incidents: give --incidents")
    city = SyntheticCity(time_zone=source.time_zone)
    drawn = synthetic_incidents(
        street_map.graph, city, now_s=SYNTHETIC_UNTIL_S, seed=source.seed
    )
    return drawn, Repairs()


def _columns(items: Sequence[str]) -> ColumnMapping:
    known = {one.name for one in fields(ColumnMapping)} - {"keep_repeats"}
    named: dict[str, Any] = {}
    for item in items:
        name, _, header = item.partition("=")
        if name not in known or not header:
            raise RiskError(
                f"--column {item!r} must be NAME=HEADER with a name of {sorted(known)}"
            )
        named[name] = header
    return ColumnMapping(**named)


def compare_models(
    source: RiskSource, street_map: StreetMap, windows: Windows
) -> tuple[dict[str, Any], Comparison]:
    """
    Forecast the last windows of a record with our models and their rivals.

    Returns
    -------
    tuple
        Figures for scripts, and the comparison itself.

    Raises
    ------
    RiskError
        If the incidents cannot be used or the windows do not fit them.
    """
    incidents, repairs = incidents_of(source, street_map)
    record = street_record(street_map.graph, incidents)
    models, missing = all_models(
        LearningOptions(window_days=windows.days), on_streets=True
    )
    compared = evaluate(models, record, windows=windows)
    figures = {
        "synthetic": incidents.synthetic,
        "kind": "SYNTHETIC incidents" if incidents.synthetic else "incidents",
        "notes": [*repairs.notes, *missing, *left_out_notes(compared)],
        "repairs": repairs.counts,
        "outside": record.num_outside,
        "window_days": windows.days,
        "model": best_of_ours(compared),
        "rows": [row.as_row() for row in compared.rows],
        "calibration": rows_of(compared.calibration),
    }
    return figures, compared


def explanation(
    field: RiskField, street_map: StreetMap, street: int
) -> dict[str, object]:
    """
    Say why the risk of a street is what it is.

    Raises
    ------
    RiskError
        If there is no such street.
    """
    shares = field.explain(street)
    graph, rate = street_map.graph, field.rate_per_km_h
    length_m = float(graph.edge_length_m[street])
    mean = float(np.average(rate, weights=graph.edge_length_m))
    low, high = field.band()
    return {
        "street": street,
        "name": str(graph.tags.name[street]),
        "highway": str(graph.tags.highway[street]),
        "length_m": length_m,
        "kind": "SYNTHETIC incidents" if field.synthetic else "reported incidents",
        "rate_per_km_h": float(rate[street]),
        "band_80_per_km_h": [float(low[street]), float(high[street])],
        "chance_in_top_5": float(field.chance_in_top(graph)[street]),
        "shares": shares,
        "factors": _factors_of(field, street_map, street),
        "per_year": float(rate[street]) * length_m / 1000 * 24 * 365.25,
        "rank": int((rate > rate[street]).sum()) + 1,
        "streets": field.num_edges,
        "times_mean": float(rate[street]) / mean if mean else 0.0,
        "concern": float(field.concern[street]),
        "synthetic": field.synthetic,
        "weights": dict(field.weights),
        "evidence": (
            f"fitted to {field.num_incidents:,} incidents of the whole map; a risk "
            f"file keeps none of them: give --incidents for those behind this street, "
            f"their age, and what would change its rate"
        ),
    }


def _factors_of(
    field: RiskField, street_map: StreetMap, street: int
) -> dict[str, float]:
    """Give what each factor that is known multiplies a street's base rate by."""
    named = {
        name: value
        for name, value in field.weights.items()
        if name.startswith(("beta.", "concern."))
    }
    if not any(name.startswith("beta.") for name in named):
        return {}
    weights = RiskWeights.from_mapping(named)
    layers = factor_layers(street_map, weights)
    known = {name: layer for name, layer in layers.items() if layer.any()}
    times = multipliers(known, weights.betas)
    return {name: float(by_street[street]) for name, by_street in times.items()}

"""What the risk of one street rests on: the incidents, their age, and what if."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.snap import snap, street_lines
from patrol.errors import RiskError
from patrol.risk.field import RiskField
from patrol.risk.ground import REACH_M, Record, street_record
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.tune import with_values
from patrol.risk.weights import RiskWeights

Fit = Callable[[Incidents, RiskWeights], RiskField]
"""Fits the risk to some incidents with some weights."""

_HOUR_S, _DAY_S = 3600, 86_400
_AGES_DAYS = (30, 90, 365)
_NEAR_M = 200.0
_SAME = 1e-9


@dataclass(frozen=True)
class StreetEvidence:
    """
    The reported incidents behind a street.

    Attributes
    ----------
    incidents
        Incidents that touch it; at a crossing one is shared with others.
    share
        The same, each by the part of it that counts here.
    newest_days, median_days
        Age of the newest and of the middle one, None where there is none.
    within
        Number of those no older than 30, 90 and 365 days.
    neighbours
        Incidents on other streets whose middle is within 200 m of this one's.
    """

    incidents: int
    share: float
    newest_days: float | None
    median_days: float | None
    within: dict[str, int]
    neighbours: float

    @property
    def sentence(self) -> str:
        """Say it in words."""
        if not self.incidents:
            return (
                f"no reported incident touches it; {self.neighbours:.1f} lie on the "
                f"streets within {_NEAR_M:.0f} m"
            )
        return (
            f"{self.incidents:,} reported incidents touch it and count as "
            f"{self.share:.2f}, the newest {self.newest_days:.0f} and half of them "
            f"more than {self.median_days:.0f} days old; "
            f"{self.within['90']} within 90 days; {self.neighbours:.1f} lie on the "
            f"streets within {_NEAR_M:.0f} m"
        )


@dataclass(frozen=True)
class WhatIf:
    """
    The street's rate if something were otherwise.

    Attributes
    ----------
    what
        What would be otherwise.
    rate_per_km_h
        The rate then.
    times
        That over the rate as it is; None where that is 0.
    """

    what: str
    rate_per_km_h: float
    times: float | None


def street_evidence(record: Record, street: int, *, now_s: float) -> StreetEvidence:
    """
    Find the incidents behind a street.

    Parameters
    ----------
    record
        Reported incidents on the streets.
    street
        Number of the street.
    now_s
        Time from which ages are counted, seconds since 1970 UTC.
    """
    share = _share(record, street)
    age_days = (now_s - record.time_s[share > 0]) / _DAY_S
    xy_m = record.ground.xy_m
    away_m = np.hypot(*(xy_m - xy_m[street]).T)
    near = (away_m <= _NEAR_M) & (np.arange(len(away_m)) != street)
    return StreetEvidence(
        incidents=len(age_days),
        share=float(share.sum()),
        newest_days=float(age_days.min()) if len(age_days) else None,
        median_days=float(np.median(age_days)) if len(age_days) else None,
        within={str(days): int((age_days <= days).sum()) for days in _AGES_DAYS},
        neighbours=float(record.mass(np.ones(len(record.time_s)))[near].sum()),
    )


def what_would_change(
    fit: Fit,
    field: RiskField,
    graph: StreetGraph,
    incidents: Incidents,
    *,
    street: int,
) -> list[WhatIf]:
    """
    Fit again with something otherwise, and see what becomes of one street.

    Parameters
    ----------
    fit
        Fits the risk as it was fitted.
    field
        The risk as it is.
    graph
        Streets.
    incidents
        The incidents it was fitted to.
    street
        Number of the street.

    Raises
    ------
    RiskError
        If the incidents are not those that the risk was fitted to.
    """
    weights = weights_of(field)
    rate = float(field.rate_per_km_h[street])
    again = float(fit(incidents, weights).rate_per_km_h[street])
    if abs(again - rate) > _SAME * max(rate, again):
        raise RiskError(
            f"with these incidents the rate of street {street} is {again:.4g}, the "
            f"risk says {rate:.4g}: give the incidents that it was fitted to"
        )
    cases = _cases(graph, incidents, weights, street)
    found = []
    for what, (given, chosen) in cases.items():
        then = float(fit(given, chosen).rate_per_km_h[street])
        found.append(WhatIf(what, then, then / rate if rate else None))
    return found


def weights_of(field: RiskField) -> RiskWeights:
    """Weights that a risk was fitted with; what it does not name has its default."""
    known = RiskWeights().as_mapping()
    given = {
        name: value
        for name, value in field.weights.items()
        if name in known and name != "base.weight"
    }
    return RiskWeights.from_mapping(given)


def _cases(
    graph: StreetGraph, incidents: Incidents, weights: RiskWeights, street: int
) -> dict[str, tuple[Incidents, RiskWeights]]:
    more = _one_more(graph, incidents, street)
    cases = {"one more incident, in the last hour of the record": (more, weights)}
    without = _without(graph, incidents, street_record(graph, incidents), street)
    if without is not None:
        cases["without the incidents that touch it"] = (without, weights)
    days = weights.history_half_life_days
    for part, word in ((0.5, "half"), (2.0, "twice")):
        other = with_values(weights, {"history.half_life_days": days * part})
        cases[f"{word} the half-life, {days * part:g} days"] = (incidents, other)
    return cases


def _one_more(graph: StreetGraph, incidents: Incidents, street: int) -> Incidents:
    """Add an incident in the middle of the street, in the record's last hour."""
    then_s = max(incidents.since_s, incidents.until_s - _HOUR_S)
    middle = shapely.line_interpolate_point(
        street_lines(graph, np.array([street])), 0.5, normalized=True
    )
    return replace(
        incidents,
        xy_m=np.vstack([incidents.xy_m, shapely.get_coordinates(middle)]),
        time_s=np.append(incidents.time_s, then_s),
        kind=np.append(incidents.kind, ""),
        origin=np.append(incidents.origin, np.int8(Origin.REPORTED)),
        vague_s=None if incidents.vague_s is None else np.append(incidents.vague_s, 0),
    )


def _without(
    graph: StreetGraph, incidents: Incidents, record: Record, street: int
) -> Incidents | None:
    """Leave out the incidents that touch the street; None if none does, or all do."""
    reported = np.flatnonzero(incidents.origin == Origin.REPORTED)
    inside = snap(graph, incidents.xy_m[reported], within_m=REACH_M).found
    touching = reported[inside][_share(record, street) > 0]
    kept = np.setdiff1d(np.arange(len(incidents)), touching)
    left = (incidents.origin[kept] == Origin.REPORTED).any()
    return incidents.take(kept) if len(touching) and left else None


def _share(record: Record, street: int) -> NDArray[np.float64]:
    """Share of each incident of a record in one street, shape ``(k,)``."""
    row = np.asarray(record.share[[street]].toarray()).ravel()
    return np.asarray(row[record.place])

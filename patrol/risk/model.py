"""
The risk model: expected reported incidents per km per hour on each street.

The rate is a mixture of named parts, each of which is such a rate itself and
conserves mass. With the weight of an incident halving every
``history.half_life_days``, and the hours of the record weighted in the same way,
each part but ``near`` spreads the same weighted count over the streets::

    sum(part_per_km_h * length_km) * weighted_hours == weight * weighted_count

``near`` does the same with weights that fade within ``near.days``.
"""

import logging

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.risk.bands import TORONTO_2018
from patrol.risk.factors import Surroundings, environment, fit_betas, night_of
from patrol.risk.field import RiskField
from patrol.risk.ground import Ground, street_ground
from patrol.risk.hours import HOURS_OF_WEEK
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.placement import Placement, place_incidents, share_mass
from patrol.risk.plain import (
    BASE,
    HISTORY,
    NEAR,
    SPILL,
    Seen,
    Spread,
    decayed_span_h,
    near_half_life_days,
    plain_shares,
)
from patrol.risk.profile import fit_profile
from patrol.risk.weights import RiskWeights

SHORTEST_RECORD_S = 7 * 86_400
"""A record must have seen each hour of the week once."""

_DAY_S = 86_400
_YEAR_H = 365.25 * 24

_log = logging.getLogger(__name__)


def fit_risk(
    graph: StreetGraph,
    incidents: Incidents,
    *,
    weights: RiskWeights,
    now_s: int,
    around: Surroundings | None = None,
) -> RiskField:
    """
    Fit the risk of every street to past incidents.

    Only reported incidents are fitted. Those further than
    `placement.MAX_DISTANCE_M` from every street are left out and counted in the
    field; `placement.place_incidents` lists them.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    incidents
        The record, in the plane of the graph.
    weights
        Weights of the model.
    now_s
        Time at which the field is fitted, seconds since 1970 UTC; the record must
        end by then.
    around
        Factors of the base rate, whose effects are fitted where they are not pinned,
        and the concern layer; nothing is known where it is left out.

    Raises
    ------
    RiskError
        If the record ends after ``now_s``, is shorter than a week, has no reported
        incident, or all of it lies outside the map.
    """
    _check_record(incidents, now_s=now_s)
    reported = incidents.take(incidents.origin == Origin.REPORTED)
    seen, placement = _seen(graph, incidents, weights=weights, now_s=now_s)
    _report_outside(placement.outside, len(reported))
    inside = reported.take(placement.inside)
    around = around or Surroundings.unknown(graph.num_edges)
    length_km = graph.edge_length_m / 1000
    weights = fit_betas(around.factors, seen.count, length_km, weights=weights)
    where = environment(around.factors, weights.betas, length_km) * length_km
    where /= length_km.sum()
    per_h = plain_shares(seen, where, _spread_on(graph), weights=weights)
    return RiskField(
        graph_digest=graph.digest,
        shares={name: share / length_km for name, share in per_h.items()},
        profile=fit_profile(inside, weights=weights),
        concern=around.concern.copy(),
        weights=weights.as_mapping(),
        synthetic=incidents.synthetic,
        time_zone=incidents.time_zone,
        num_incidents=len(inside),
        num_outside=len(placement.outside),
        shape=TORONTO_2018.shape(seen.count),
        night=night_of(graph, around, weights, incidents.time_zone),
    )


def cold_risk(
    graph: StreetGraph,
    *,
    annual_total: float,
    time_zone: str,
    weights: RiskWeights,
    around: Surroundings | None = None,
) -> RiskField:
    """
    Make the risk of a district of which only the yearly total is known.

    The total is spread over the streets by length and by the factors of their
    surroundings, and over the hours evenly.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    annual_total
        Reported incidents in a year on all of them, above 0.
    time_zone
        IANA name of the district's zone.
    weights
        Weights of the model; ``history.weight`` becomes 0 for want of history.
    around
        Factors of the base rate and the concern layer; nothing is known where it is
        left out.

    Raises
    ------
    RiskError
        If the total is not above 0.
    """
    if not 0 < annual_total < np.inf:
        raise RiskError(
            f"a yearly total of {annual_total} incidents: it must be above 0"
        )
    per_km_h = annual_total / _YEAR_H / (graph.length_m / 1000)
    around = around or Surroundings.unknown(graph.num_edges)
    where = environment(around.factors, weights.betas, graph.edge_length_m / 1000)
    without_history = {f"{part}.weight": 0.0 for part in (HISTORY, SPILL, NEAR)}
    without_history["base.weight"] = 1.0
    return RiskField(
        graph_digest=graph.digest,
        shares={BASE: per_km_h * where},
        profile=np.ones(HOURS_OF_WEEK),
        concern=around.concern.copy(),
        weights=weights.as_mapping() | without_history,
        synthetic=False,
        time_zone=time_zone,
        shape=TORONTO_2018.shape(np.zeros(graph.num_edges)),
        night=night_of(graph, around, weights, time_zone),
    )


def decayed(age_s: NDArray[np.int64], *, weights: RiskWeights) -> NDArray[np.float64]:
    """Weight of incidents of some age, 1 for new ones, shape ``(k,)``."""
    return np.exp2(-age_s / (weights.history_half_life_days * _DAY_S))


def decayed_hours(incidents: Incidents, *, weights: RiskWeights, now_s: int) -> float:
    """
    Hours of the record, each weighted as an incident in it would be.

    The integral of the incidents' weight over the record's span, so that a steady
    rate comes out the same whatever the half-life.
    """
    begin_s, end_s = now_s - incidents.since_s, now_s - incidents.until_s
    return decayed_span_h(weights.history_half_life_days, begin_s, end_s)


def _seen(
    graph: StreetGraph,
    incidents: Incidents,
    *,
    weights: RiskWeights,
    now_s: int,
) -> tuple[Seen, Placement]:
    """Count reported incidents on the streets, decayed slowly and fast."""
    reported = incidents.take(incidents.origin == Origin.REPORTED)
    placement = place_incidents(
        graph, reported.xy_m, node_reach_m=weights.history_node_reach_m
    )
    age_s = now_s - reported.time_s
    fast_days = near_half_life_days(weights)
    begin_s, end_s = now_s - incidents.since_s, now_s - incidents.until_s
    fast = np.exp2(-age_s / (fast_days * _DAY_S))
    seen = Seen(
        count=share_mass(graph, placement, decayed(age_s, weights=weights)),
        near_count=share_mass(graph, placement, fast),
        hours=decayed_hours(incidents, weights=weights, now_s=now_s),
        near_hours=decayed_span_h(fast_days, begin_s, end_s),
    )
    return seen, placement


def _spread_on(graph: StreetGraph) -> Spread:
    """Spread along the streets, which are cut into pieces when it is first asked."""
    ground: list[Ground] = []

    def spread(mass: NDArray[np.float64], sd_m: float) -> NDArray[np.float64]:
        if not ground:
            ground.append(street_ground(graph))
        return ground[0].spread(mass, sd_m=sd_m, keep=False)

    return spread


def _check_record(incidents: Incidents, *, now_s: int) -> None:
    if not (incidents.origin == Origin.REPORTED).any():
        raise RiskError(
            f"none of {len(incidents)} incidents was reported to the police: risk is "
            f"fitted to reported incidents only, start cold with a yearly total instead"
        )
    if incidents.until_s > now_s:
        raise RiskError(
            f"the record of incidents goes on until {incidents.until_s} s, after now "
            f"({now_s} s since 1970): cut it off at now"
        )
    span_s = incidents.until_s - incidents.since_s
    if span_s < SHORTEST_RECORD_S:
        raise RiskError(
            f"the record of incidents spans {span_s / _DAY_S:.2f} days, it must span "
            f"{SHORTEST_RECORD_S / _DAY_S:.0f} or more: set since_s and until_s to the "
            f"time it covers, or start cold with a yearly total"
        )


def _report_outside(outside: NDArray[np.int64], total: int) -> None:
    if len(outside):
        _log.warning(
            "%d of %d reported incidents lie beside no street and are left out, the "
            "first are %s",
            len(outside),
            total,
            outside[:5].tolist(),
        )

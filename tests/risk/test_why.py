"""The evidence of a street is what lies on it, and what-ifs are fits of their own."""

from functools import partial

import numpy as np
import pytest

from patrol.errors import RiskError
from patrol.risk.field import RiskField
from patrol.risk.ground import street_record
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.model import fit_risk
from patrol.risk.weights import RiskWeights
from patrol.risk.why import street_evidence, weights_of, what_would_change
from tests.risk.makers import DAY_S, NOW_S, record
from tests.strategies import line_graph

GRAPH = line_graph(6)
AGES_DAYS = [10, 20, 200, 40]
KNOWN = record(
    [(150, 1), (150, 2), (150, 3), (350, 1)],
    [NOW_S - days * DAY_S for days in AGES_DAYS],
)


def fit(incidents: Incidents, weights: RiskWeights) -> RiskField:
    return fit_risk(GRAPH, incidents, weights=weights, now_s=NOW_S)


def test_evidence_is_counted_aged_and_set_among_its_neighbours() -> None:
    found = street_evidence(street_record(GRAPH, KNOWN), 1, now_s=NOW_S)
    assert found.incidents == 3
    assert found.share == pytest.approx(3)
    assert found.newest_days == pytest.approx(10)
    assert found.median_days == pytest.approx(20)
    assert found.within == {"30": 2, "90": 2, "365": 3}
    assert found.neighbours == pytest.approx(1)
    assert "3 reported incidents touch it and count as 3.00" in found.sentence


def test_incident_at_a_crossing_is_shared_and_counts_in_part() -> None:
    at_crossing = street_record(GRAPH, record([(200, 0)]))
    found = street_evidence(at_crossing, 1, now_s=NOW_S)
    assert found.incidents == 1
    assert found.share == pytest.approx(0.5)


def test_street_without_incidents_says_so() -> None:
    found = street_evidence(street_record(GRAPH, KNOWN), 5, now_s=NOW_S)
    assert found.newest_days is None
    assert "no reported incident touches it; 1.0 lie" in found.sentence


def test_what_ifs_are_what_another_fit_gives() -> None:
    weights = RiskWeights(history_half_life_days=100, concern_weight=0.4)
    field = fit(KNOWN, weights)
    changes = what_would_change(fit, field, GRAPH, KNOWN, street=1)
    by_name = {change.what.split(",")[0]: change for change in changes}
    rate = float(field.rate_per_km_h[1])
    assert by_name["one more incident"].rate_per_km_h > rate
    without = by_name["without the incidents that touch it"]
    fewer = fit(KNOWN.take(np.array([3])), weights)
    assert without.rate_per_km_h == pytest.approx(float(fewer.rate_per_km_h[1]))
    assert without.times == pytest.approx(without.rate_per_km_h / rate)
    twice = fit(KNOWN, RiskWeights(history_half_life_days=200, concern_weight=0.4))
    assert by_name["twice the half-life"].rate_per_km_h == pytest.approx(
        float(twice.rate_per_km_h[1])
    )
    assert weights_of(field) == weights


def test_without_incidents_there_are_none_to_leave_out() -> None:
    field = fit(KNOWN, RiskWeights())
    names = [c.what for c in what_would_change(fit, field, GRAPH, KNOWN, street=5)]
    assert not any(name.startswith("without") for name in names)
    lone = record([(150, 1)])
    field = fit(lone, RiskWeights())
    names = [c.what for c in what_would_change(fit, field, GRAPH, lone, street=1)]
    assert not any(name.startswith("without") for name in names)


def test_discovered_and_far_incidents_do_not_shift_what_is_left_out() -> None:
    mixed = record(
        [(150, 1), (9000, 9000), (150, 1), (350, 1), (150, 1)],
        origin=[Origin.PATROL, Origin.REPORTED, Origin.REPORTED, Origin.REPORTED,
                Origin.REPORTED],
    )  # fmt: skip
    field = fit(mixed, RiskWeights())
    changes = what_would_change(fit, field, GRAPH, mixed, street=1)
    (without,) = [c for c in changes if c.what.startswith("without")]
    fewer = fit(mixed.take(np.array([0, 1, 3])), RiskWeights())
    assert without.rate_per_km_h == pytest.approx(float(fewer.rate_per_km_h[1]))


def test_other_incidents_than_those_fitted_are_refused() -> None:
    field = fit(KNOWN, RiskWeights())
    ask = partial(what_would_change, fit, field, GRAPH, street=1)
    with pytest.raises(RiskError, match="give the incidents that it was fitted to"):
        ask(KNOWN.take(np.array([0, 1])))

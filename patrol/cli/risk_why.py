"""Why a street is as risky as it is, down to the incidents behind it."""

from dataclasses import asdict
from functools import partial
from typing import Any

from maps import StreetMap
from patrol.cli.risk_steps import RiskSource, incidents_of
from patrol.risk.factors import Surroundings
from patrol.risk.field import RiskField
from patrol.risk.ground import street_record
from patrol.risk.incidents import Incidents
from patrol.risk.learned import learn_risk
from patrol.risk.model import fit_risk
from patrol.risk.reporting import with_reporting
from patrol.risk.weights import RiskWeights
from patrol.risk.why import street_evidence, what_would_change


def evidence_of(
    field: RiskField, street_map: StreetMap, street: int, source: RiskSource
) -> dict[str, Any]:
    """
    Find the incidents behind a street, and what would change its rate.

    Parameters
    ----------
    field
        The risk.
    street_map
        Its map.
    street
        Number of the street.
    source
        The incidents that the risk was fitted to.

    Raises
    ------
    RiskError
        If the incidents cannot be used or are others.
    """
    incidents, repairs = incidents_of(source, street_map)
    graph = street_map.graph
    found = street_evidence(
        street_record(graph, incidents), street, now_s=incidents.until_s
    )
    changes = what_would_change(
        partial(_fit, field, street_map), field, graph, incidents, street=street
    )
    return {
        "evidence": found.sentence,
        "behind_it": asdict(found),
        "what_would_change": [asdict(one) for one in changes],
        "notes": repairs.notes,
    }


def _fit(
    field: RiskField,
    street_map: StreetMap,
    incidents: Incidents,
    weights: RiskWeights,
) -> RiskField:
    """Fit again as the risk was fitted, plain or learned."""
    learned = any(name.startswith("learned.") for name in field.weights)
    model = learn_risk if learned else fit_risk
    again = model(
        street_map.graph,
        incidents,
        weights=weights,
        now_s=incidents.until_s,
        around=Surroundings.of(street_map, weights),
    )
    if field.reporting is None:
        return again
    return with_reporting(again, street_map.graph, field.reporting)

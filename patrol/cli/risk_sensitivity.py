"""What weights change: forecasts, streets to serve, and kilometres of route."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maps import StreetMap
from maps.snap import nearest_node
from maps.traverse import Traversal
from patrol.cli.places import dock_node
from patrol.cli.risk_steps import RiskSource, incidents_of
from patrol.cli.steps import drivable_streets
from patrol.planning.problem import PatrolProblem, Shift
from patrol.planning.robots import uniform_fleet
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen
from patrol.risk.evaluate import Windows, evaluate
from patrol.risk.factors import Surroundings
from patrol.risk.ground import Record, street_record
from patrol.risk.incidents import Incidents
from patrol.risk.model import fit_risk
from patrol.risk.priority import choose_required, street_priority
from patrol.risk.rivals import plain_model
from patrol.risk.sensitivity import (
    RANGES,
    Moved,
    Response,
    SensitivityOptions,
    sensitivity,
)
from patrol.risk.tune import with_values
from patrol.risk.weights import RiskWeights
from patrol.robot import RobotProfile

_EFFORT = StopWhen(rounds=5, tries=30)
"""A route for a comparison of lengths need not be the best there is."""

_LAMPS = ("concern.lamp_reach_m", "concern.lamps_per_100m")
"""Weights that say what is dark, for the concern and for the effect of darkness."""

_YEAR_S = 365 * 86_400.0  # a robot alone serves all, however long it takes


@dataclass(frozen=True)
class StudyRequest:
    """
    What is studied.

    Attributes
    ----------
    share
        Share of the drivable length that must be served.
    windows
        Windows of the log score.
    dock_lon_lat_deg
        Dock of the routes; the corner nearest to the middle of the map where None.
    routes
        Weights whose two ends are planned as routes, those that change most.
    options
        How much is tried.
    """

    share: float
    windows: Windows
    dock_lon_lat_deg: tuple[float, float] | None
    routes: int
    options: SensitivityOptions


@dataclass(frozen=True)
class _Study:
    """A map and its incidents, ready to respond to weights."""

    street_map: StreetMap
    incidents: Incidents
    traversal: Traversal
    profile: RobotProfile
    request: StudyRequest
    record: Record
    _scores: dict[tuple[float, ...], float] = field(default_factory=dict)
    _arounds: dict[tuple[float, ...], Surroundings] = field(default_factory=dict)

    def score(self, weights: RiskWeights) -> float:
        """Log score of the forecasts of these weights, nats for each incident."""
        values = weights.as_mapping()
        key = tuple(
            value
            for name, value in values.items()
            if not name.startswith("concern.") or name in _LAMPS
        )
        if key not in self._scores:
            around = self.around(weights)
            model = {"plain": plain_model(weights, around.factors)}
            found = evaluate(model, self.record, windows=self.request.windows)
            self._scores[key] = found.rows[0].log_score
        return self._scores[key]

    def around(self, weights: RiskWeights) -> Surroundings:
        """Surroundings of every street, which only weights of the concern change."""
        values = weights.as_mapping()
        key = tuple(v for name, v in values.items() if name.startswith("concern."))
        if key not in self._arounds:
            self._arounds[key] = Surroundings.of(self.street_map, weights)
        return self._arounds[key]

    def required(self, weights: RiskWeights) -> NDArray[np.int64]:
        """Streets to serve."""
        graph = self.street_map.graph
        risk = fit_risk(
            graph,
            self.incidents,
            weights=weights,
            now_s=self.incidents.until_s,
            around=self.around(weights),
        )
        return choose_required(
            graph,
            self.traversal.drivable,
            street_priority(risk),
            share=self.request.share,
        )

    def driven(self, required: NDArray[np.int64], dock: int) -> dict[int, float]:
        """Metres driven on each street by one robot that serves them all."""
        graph = self.street_map.graph
        problem = PatrolProblem(
            graph=graph,
            required=required,
            risk_per_h=np.zeros(graph.num_edges),
            fleet=uniform_fleet(
                ("robot",),
                profile=replace(self.profile, battery_s=_YEAR_S),
                traversal=self.traversal,
                dock=dock,
            ),
            shift=Shift(datetime(2026, 1, 1, tzinfo=UTC), _YEAR_S),
        )
        plan = solve(problem, seed=self.request.options.seed, until=_EFFORT)
        streets, passes = np.unique(plan.routes[0].streets, return_counts=True)
        metres = passes * graph.edge_length_m[streets]
        return dict(zip(streets.tolist(), metres.tolist(), strict=True))


def study_sensitivity(
    source: RiskSource,
    street_map: StreetMap,
    start: RiskWeights,
    *,
    request: StudyRequest,
) -> dict[str, Any]:
    """
    Study which weights of the plain risk matter on a map; give figures for scripts.

    Raises
    ------
    RiskError
        If the incidents cannot be used, the windows do not fit, or SALib is missing.
    PlanError
        If the dock is off the network.
    """
    incidents, repairs = incidents_of(source, street_map)
    graph, profile = street_map.graph, RobotProfile()
    traversal = drivable_streets(graph, profile).traversal
    record = street_record(graph, incidents)
    study = _Study(street_map, incidents, traversal, profile, request, record)
    moved = sensitivity(
        lambda weights: Response(study.score(weights), study.required(weights)),
        graph.edge_length_m,
        start=start,
        options=request.options,
        names=_told(study.around(start)),
    )
    base = study.required(start)
    return {
        "notes": repairs.notes,
        "synthetic": incidents.synthetic,
        "kind": "SYNTHETIC incidents" if incidents.synthetic else "incidents",
        "share": request.share,
        "required_km": float(graph.edge_length_m[base].sum()) / 1000,
        "log_score": study.score(start),
        "weights": [asdict(one) for one in moved],
        "routes": _routes(study, moved[: request.routes], start),
    }


def _told(around: Surroundings) -> tuple[str, ...]:
    """Weights that can change something here: effects only of what is known."""
    unknown = {f"beta.{n}" for n, layer in around.factors.items() if not layer.any()}
    return tuple(name for name in RANGES if name not in unknown)


def _routes(
    study: _Study, moved: Sequence[Moved], start: RiskWeights
) -> list[dict[str, object]]:
    """Plan a route at both ends of each weight's range, and compare the two."""
    if not moved:
        return []
    dock = _dock(study)
    rows: list[dict[str, object]] = []
    for one in moved:
        low, high = (
            study.driven(study.required(with_values(start, {one.name: end})), dock)
            for end in RANGES[one.name]
        )
        streets = sorted({*low, *high})
        changed_m = sum(abs(low.get(s, 0) - high.get(s, 0)) for s in streets)
        rows.append(
            {
                "weight": one.name,
                "low": RANGES[one.name][0],
                "high": RANGES[one.name][1],
                "route_km_low": sum(low.values()) / 1000,
                "route_km_high": sum(high.values()) / 1000,
                "route_km_changed": changed_m / 1000,
            }
        )
    return rows


def _dock(study: _Study) -> int:
    graph, place = study.street_map.graph, study.request.dock_lon_lat_deg
    if place is not None:
        return dock_node(graph, study.traversal, place)
    corners = [graph.shape_xy_m.min(axis=0), graph.shape_xy_m.max(axis=0)]
    middle = np.mean(corners, axis=0)[np.newaxis]
    nodes, _ = nearest_node(graph, middle, study.traversal.drivable)
    return int(nodes[0])

"""From what an operator asks of a shift to the plan that covers most risk."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maps import StreetMap
from maps.traverse import keep_out
from patrol.cli.budget_files import Place, read_stops, read_windows
from patrol.cli.places import dock_node
from patrol.cli.steps import drivable_streets
from patrol.planning.plan import PatrolPlan
from patrol.planning.prizes import Prizes, Terms
from patrol.planning.problem import PatrolProblem, Shift
from patrol.planning.robots import numbered, uniform_fleet
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen
from patrol.risk.field import RiskField
from patrol.robot import RobotProfile


@dataclass(frozen=True)
class BudgetRequest:
    """
    What an operator asks of a shift.

    Attributes
    ----------
    dock_lon_lat_deg
        Where the dock is.
    shift
        When.
    robots
        How many.
    stops, windows
        Files of stops and of windows; none if left out.
    crossing_s, u_turn_s
        Pauses at crossings with major roads, and before turning back.
    keep_out
        Streets that must not be driven, ascending.
    seed
        Seed of the planner.
    map_path
        File of the map, to be named in the plan.
    """

    dock_lon_lat_deg: tuple[float, float]
    shift: Shift
    robots: int = 2
    stops: Path | None = None
    windows: Path | None = None
    crossing_s: float = 0.0
    u_turn_s: float = 0.0
    keep_out: NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))
    seed: int = 0
    map_path: str = ""


def plan_budget(
    street_map: StreetMap,
    risk: RiskField,
    profile: RobotProfile,
    *,
    request: BudgetRequest,
    until: StopWhen | None = None,
) -> PatrolPlan:
    """
    Plan the shift that covers most risk.

    Raises
    ------
    RiskError
        If the risk is of another map.
    PlanError
        If the dock is off the network, or a file of stops or windows is wrong.
    InfeasibleError
        If a stop that must be visited does not fit.
    """
    problem = budget_problem(street_map, risk, profile, request=request)
    return replace(
        solve(problem, seed=request.seed, until=until),
        risk_digest=risk.digest,
        map_path=request.map_path,
        keep_out=request.keep_out,
        weights=dict(risk.weights),
        synthetic_risk=risk.synthetic,
    )


def budget_problem(
    street_map: StreetMap,
    risk: RiskField,
    profile: RobotProfile,
    *,
    request: BudgetRequest,
) -> PatrolProblem:
    """Make a problem of what an operator asks; raises as `plan_budget` does."""
    graph, shift = street_map.graph, request.shift
    hours = risk.hours_of_week(shift.start, shift.duration_s)
    traversal = drivable_streets(graph, profile).traversal
    if len(request.keep_out):
        traversal = keep_out(graph, traversal, request.keep_out)
    place = Place(graph, traversal, shift)
    slot_s, factor = risk.factor_slots(shift.start, shift.duration_s)
    terms = Terms(
        slot_s=slot_s,
        factor=factor,
        stops=read_stops(request.stops, place),
        windows=read_windows(request.windows, place),
        crossing_s=request.crossing_s,
        u_turn_s=request.u_turn_s,
    )
    return PatrolProblem(
        graph=graph,
        required=np.array([], np.int64),
        risk_per_h=risk.expected_per_h(graph, hours),
        fleet=uniform_fleet(
            numbered(request.robots),
            profile=profile,
            traversal=traversal,
            dock=dock_node(graph, traversal, request.dock_lon_lat_deg),
        ),
        shift=shift,
        prizes=Prizes(risk.rate_per_km_h * graph.edge_length_m / 1000, terms),
    )

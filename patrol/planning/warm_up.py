"""Have everything compiled before a time limit starts to run."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from maps import StreetGraph
from maps.graph import StreetTags
from maps.project import LocalProjection
from maps.traverse import Exclusion, Traversal
from patrol.planning.prizes import Prizes, Terms
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import PatrolRobot, numbered, uniform_fleet
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen
from patrol.robot import RobotProfile

_SIDE, _BLOCK_M, _REQUIRED = 10, 100.0, 40
_UNTIL = StopWhen(rounds=6, tries=4)


def warm_up_budget() -> None:
    """Plan for a budget in a drawn town; see `warm_up`."""
    town, terms = _town(), Terms(slot_s=(0.0, 3600.0), factor=(1.0,))
    prizes = Prizes(town.graph.edge_length_m, terms)
    shift = Shift(town.shift.start, 3600.0)
    solve(
        replace(town, required=town.required[:0], shift=shift, prizes=prizes),
        seed=0,
        until=_UNTIL,
    )


def warm_up() -> None:
    """
    Plan small fleets in a drawn town, so that all compiled code is ready.

    It takes half a minute where nothing is compiled yet, and about a second from then
    on, as machine code is kept on disk.
    """
    town = _town()
    other = PatrolRobot.at_dock(
        "other",
        profile=RobotProfile(name="other", battery_s=3600.0),
        traversal=town.fleet[0].traversal,
        dock=_SIDE * _SIDE - 1,
    )
    for problem in (
        town,
        replace(town, objective=Objective.TOTAL),
        replace(town, fleet=(*town.fleet, other)),
    ):
        solve(problem, seed=0, until=_UNTIL)


def _town() -> PatrolProblem:
    """Two robots on a grid of streets, whose batteries last for a part of the work."""
    graph, profile = _streets(), RobotProfile(battery_s=4000.0, recharge_s=600.0)
    travel_s = graph.edge_length_m / profile.speed_mps
    rng = np.random.default_rng(0)
    return PatrolProblem(
        graph=graph,
        required=np.sort(rng.choice(graph.num_edges, _REQUIRED, replace=False)),
        risk_per_h=graph.edge_length_m,
        fleet=uniform_fleet(
            numbered(2),
            profile=profile,
            traversal=Traversal(
                graph_digest=graph.digest,
                travel_s=np.column_stack([travel_s, travel_s]),
                exclusion=np.full(graph.num_edges, Exclusion.NONE, np.int8),
            ),
            dock=_SIDE * _SIDE // 2,
        ),
        shift=Shift(datetime(2000, 1, 1, tzinfo=UTC), 24 * 3600.0),
    )


def _streets() -> StreetGraph:
    at = np.arange(_SIDE * _SIDE).reshape(_SIDE, _SIDE)
    right = np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])
    ends = np.concatenate([right, np.column_stack([at[:-1].ravel(), at[1:].ravel()])])
    columns, rows = at.ravel() % _SIDE, at.ravel() // _SIDE
    xy_m = np.column_stack([columns, rows]).astype(np.float64) * _BLOCK_M
    return StreetGraph(
        projection=LocalProjection(0.0, 0.0),
        node_xy_m=xy_m,
        node_osm_id=at.ravel(),
        edge_nodes=ends,
        edge_length_m=np.random.default_rng(0).uniform(_BLOCK_M, 200.0, len(ends)),
        edge_osm_id=np.arange(len(ends)),
        shape_xy_m=xy_m[ends].reshape(-1, 2),
        shape_start=np.arange(0, 2 * len(ends) + 1, 2),
        tags=StreetTags.empty(len(ends)),
    )

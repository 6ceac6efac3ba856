import math
from datetime import UTC, datetime

import numpy as np
import pytest

from patrol.errors import RecordError
from patrol.mission.figures import (
    compare,
    cross_track_max_m,
    cross_track_p95_m,
    driven_km,
    finish_s,
    served_streets,
)
from patrol.mission.record import Event, EventKind
from patrol.planning.plan import Bound, BoundKind, PatrolPlan, Route
from patrol.planning.problem import Shift
from patrol.planning.robots import RobotDuty
from patrol.robot import RobotProfile
from tests.mission.records import record_of, track_of

LENGTH_M = np.full(10, 100.0)


def plan_of(*routes: Route) -> PatrolPlan:
    return PatrolPlan(
        graph_digest="",
        risk_digest="",
        map_path="",
        fleet=tuple(
            RobotDuty(name=r.robot, profile=RobotProfile(), dock=0, start=0, end=0)
            for r in routes
        ),
        shift=Shift(datetime(2026, 1, 1, 22, tzinfo=UTC), 28800.0),
        required=np.array([7]),
        keep_out=np.array([], dtype=np.int64),
        routes=routes,
        length_m=0.0,
        required_m=0.0,
        coverage=1.0,
        bound=Bound(0.0, BoundKind.WEAK, 0.0, BoundKind.WEAK),
        seed=0,
        weights={},
        synthetic_risk=True,
    )


def route(robot: str, streets: list[int]) -> Route:
    k = len(streets)
    return Route(
        robot=robot,
        streets=np.array(streets, dtype=np.int64),
        forward=np.ones(k, dtype=np.bool_),
        served=np.array([street != 9 for street in streets], dtype=np.bool_),
        depart_s=72 * np.arange(k, dtype=np.float64),
        arrive_s=72 * np.arange(1, k + 1, dtype=np.float64),
        trip=np.zeros(k, dtype=np.int64),
    )


def test_distances_of_all_robots_add_up() -> None:
    empty = track_of(
        "r3",
        **{c: np.empty(0) for c in ("time_s", "heading_rad", "speed_mps", "battery")},
        **{c: np.empty(0) for c in ("step", "cross_track_m", "driven_m")},
        xy_m=np.empty((0, 2)),
    )
    assert driven_km(record_of(track_of(), track_of("r2"), empty)) == pytest.approx(
        0.0056
    )


def test_cross_track_counts_only_samples_on_the_route() -> None:
    far = track_of("r2", cross_track_m=np.array([0.5, np.nan, np.nan]))
    assert cross_track_max_m(track_of()) == 0.1
    assert cross_track_max_m(track_of(), far) == 0.5
    assert cross_track_p95_m(track_of()) == pytest.approx(0.096)
    nowhere = track_of(cross_track_m=np.full(3, np.nan))
    assert math.isnan(cross_track_p95_m(nowhere))
    assert math.isnan(cross_track_max_m(nowhere))
    assert math.isnan(cross_track_p95_m())


def test_end_and_served_streets_come_from_the_events() -> None:
    twice = (
        Event(1.0, EventKind.STREET_SERVED, street=7),
        Event(2.0, EventKind.STREET_SERVED, street=3),
        Event(3.0, EventKind.STREET_SERVED, street=7),
    )
    assert finish_s(track_of()) == 2.0
    assert finish_s(track_of(events=twice)) is None
    assert served_streets(track_of(events=twice)).tolist() == [7, 3, 7]


def test_planned_is_set_against_driven() -> None:
    plan = plan_of(route("r2", []), route("r1", [7, 9, 8, 7]))
    idle = track_of("r2", events=(Event(0.0, EventKind.FINISHED),))

    at_rest, on_route = compare(
        plan, record_of(track_of(), idle), edge_length_m=LENGTH_M
    )

    assert on_route.robot == "r1"
    assert on_route.planned_km == pytest.approx(0.4)
    assert on_route.driven_km == pytest.approx(0.0028)
    assert (on_route.planned_end_s, on_route.driven_end_s) == (288.0, 2.0)
    assert (on_route.planned_served, on_route.driven_served) == (2, 1)
    assert on_route.missed.tolist() == [8]
    assert on_route.cross_track_max_m == 0.1
    assert at_rest.planned_end_s is at_rest.driven_end_s is None
    assert at_rest.planned_km == 0


def test_a_record_of_other_robots_is_refused() -> None:
    with pytest.raises(RecordError, match=r"for the robots \['r9'\]"):
        compare(
            plan_of(route("r9", [7])), record_of(track_of()), edge_length_m=LENGTH_M
        )

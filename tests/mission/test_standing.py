"""A record says where its robots are."""

from dataclasses import replace

import numpy as np
import pytest

from patrol.errors import RecordError
from patrol.mission.record import Event, EventKind, MissionRecord, Track
from patrol.mission.standing import aborted, record_end_s, standings
from patrol.planning.plan import PatrolPlan
from patrol.planning.problem import PatrolProblem
from patrol.planning.solve import solve
from tests.planning.problems import QUICK, problem_of
from tests.strategies import line_graph


def planned() -> tuple[PatrolProblem, PatrolPlan]:
    """One robot that serves three streets of 100 m in a line at 1 m/s."""
    problem = problem_of(line_graph(3), [0, 1, 2], battery_s=2000.0)
    return problem, solve(problem, seed=0, until=QUICK)


def record_of(
    plan: PatrolPlan, *, late_s: float = 20.0, until_s: float
) -> MissionRecord:
    """Record of the first minutes: the robot departs late and then drives 1 m/s."""
    late_s = 20.0
    time_s = np.arange(0.0, until_s + 1)
    x_m = np.clip(time_s - late_s, 0.0, 300.0)
    step = np.where(time_s < late_s, -1, np.minimum(x_m // 100, 2)).astype(np.int64)
    events = tuple(
        Event(late_s + 100.0 * k, EventKind.STREET_SERVED, street=k - 1)
        for k in (1, 2, 3)
        if late_s + 100 * k <= until_s
    )
    track = Track(
        robot="robot 1",
        time_s=time_s,
        xy_m=np.column_stack([x_m, np.zeros(len(x_m))]),
        heading_rad=np.zeros(len(x_m)),
        speed_mps=np.ones(len(x_m)),
        battery=1 - x_m / 2000,
        step=step,
        cross_track_m=np.zeros(len(x_m)),
        driven_m=x_m,
        events=events,
    )
    return MissionRecord(plan.digest, complete=False, simulated=True, tracks=(track,))


def test_robot_finishes_the_street_that_it_is_on_from_where_it_really_is() -> None:
    problem, plan = planned()
    record = record_of(plan, until_s=150.0)
    (one,) = standings(plan, record, problem.graph)
    assert record_end_s(record) == 150.0
    assert (one.node, one.finishing) == (2, 1)
    assert one.ready_s == pytest.approx(70.0)
    assert one.served.tolist() == [0, 1]
    assert one.charge == pytest.approx(1 - 200 / 2000)


def test_time_may_be_within_the_record() -> None:
    problem, plan = planned()
    record = record_of(plan, until_s=200.0)
    (one,) = standings(plan, record, problem.graph, now_s=60.0)
    assert (one.node, one.finishing, one.served.tolist()) == (1, 0, [0])
    assert one.ready_s == pytest.approx(60.0)


def test_robot_that_has_not_departed_is_in_its_dock() -> None:
    problem, plan = planned()
    (one,) = standings(plan, record_of(plan, until_s=10.0), problem.graph)
    assert (one.node, one.charge, one.ready_s) == (0, 1.0, 0.0)
    assert one.served.tolist() == []


def test_robot_that_gave_up_is_known_from_then_on() -> None:
    _, plan = planned()
    record = record_of(plan, until_s=50.0)
    gone = Event(40.0, EventKind.ABORTED, "stuck")
    record = replace(record, tracks=(replace(record.tracks[0], events=(gone,)),))
    assert aborted(record, now_s=39.0) == ()
    assert aborted(record, now_s=40.0) == ("robot 1",)


def test_record_that_does_not_fit_the_plan_is_refused() -> None:
    problem, plan = planned()
    record = record_of(plan, until_s=10.0)
    with pytest.raises(RecordError, match="the record is of plan"):
        standings(plan, replace(record, plan_digest="0" * 64), problem.graph)
    with pytest.raises(RecordError, match="no track of 1 of 1 robots"):
        standings(plan, replace(record, tracks=()), problem.graph)
    assert record_end_s(replace(record, tracks=())) == 0.0

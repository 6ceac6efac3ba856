"""A new plan in the middle of a shift is sound, near the old one, and says why not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps import StreetGraph
from maps.traverse import keep_out, obey_oneway, obeys_oneway
from maps.way_out import way_out
from patrol.errors import InfeasibleError, MapError, PlanError
from patrol.planning.check import check_plan
from patrol.planning.plan import PatrolPlan
from patrol.planning.plan_change import PlanChange, Reason
from patrol.planning.problem import PatrolProblem
from patrol.planning.replan import replan
from patrol.planning.situation import Situation, as_planned
from patrol.planning.solve import solve
from tests.planning.problems import (
    QUICK,
    grid_problem,
    one_way_problems,
    patrol_problems,
    problem_of,
)
from tests.strategies import graph_of, grid_graph, line_graph

NONE: NDArray[np.int64] = np.zeros(0, np.int64)


def situation_of(
    problem: PatrolProblem,
    plan: PatrolPlan,
    *,
    now_s: float,
    lost: tuple[str, ...] = (),
    closed: NDArray[np.int64] = NONE,
) -> Situation:
    """All went as planned, but some robots are lost and some streets closed."""
    standing = as_planned(plan, problem.graph, now_s=now_s)
    fleet = [
        replace(
            robot,
            start=one.node,
            charge=one.charge,
            ready_s=one.ready_s,
            traversal=keep_out(problem.graph, robot.traversal, closed)
            if len(closed)
            else robot.traversal,
        )
        for robot, one in zip(problem.fleet, standing, strict=True)
        if robot.name not in lost
    ]
    served = [one.served for one in standing]
    return Situation(
        now_s=now_s,
        fleet=tuple(fleet),
        served=np.unique(np.concatenate(served)),
        risk_per_h=problem.risk_per_h,
        closed=closed,
    )


def violations(
    problem: PatrolProblem, situation: Situation, plan: PatrolPlan
) -> list[str]:
    kinds = [robot.traversal for robot in situation.fleet]
    report = check_plan(plan, problem.graph, kinds, risk_per_h=problem.risk_per_h)
    return [str(one) for one in report.violations]


def servants(plan: PatrolPlan) -> dict[int, str]:
    return {
        street: route.robot
        for route in plan.routes
        for street in route.streets[route.served].tolist()
    }


@settings(deadline=None, max_examples=60)
@given(problem=patrol_problems(), share=st.floats(0, 0.99), data=st.data())
def test_new_plan_is_sound_and_accounts_for_every_street(
    problem: PatrolProblem, share: float, data: st.DataObject
) -> None:
    old = solve(problem, seed=0, until=QUICK)
    now_s = share * max(1.0, *old.end_s)
    names = [robot.name for robot in problem.fleet]
    lost = data.draw(st.sets(st.sampled_from(names), max_size=len(names) - 1))
    situation = situation_of(problem, old, now_s=now_s, lost=tuple(lost))
    new, change = replan(old, situation, problem.graph, rounds=30)

    assert violations(problem, situation, new) == []
    assert new.gap >= -1e-9
    assert new.longest_gap >= -1e-9
    dropped = {one.street for one in change.dropped}
    left = set(old.required.tolist()) - set(situation.served.tolist())
    assert set(new.required.tolist()) == left - dropped
    assert change.served == len(old.required) - len(left)
    before, after = servants(old), servants(new)
    moved = {(one.street, one.before, one.after) for one in change.moved}
    assert moved == {
        (street, before[street], robot)
        for street, robot in after.items()
        if before[street] != robot
    }
    assert change.kept + len(moved) == len(after)
    assert all(one.before in lost for one in change.moved) or change.kept_share < 1
    assert [one.robot for one in change.robots] == names
    for one in change.robots:
        assert (one.end_after_s is None) == (one.robot in lost)


@settings(deadline=None, max_examples=20)
@given(problem=patrol_problems(), share=st.floats(0, 0.99))
def test_same_situation_same_plan(problem: PatrolProblem, share: float) -> None:
    old = solve(problem, seed=0, until=QUICK)
    situation = situation_of(problem, old, now_s=share * max(1.0, *old.end_s))
    (one, change), (other, again) = (
        replan(old, situation, problem.graph, seed=3, rounds=20) for _ in range(2)
    )
    assert one.digest == other.digest
    assert change == again


@settings(deadline=None, max_examples=40)
@given(problem=patrol_problems(), share=st.floats(0, 0.99))
def test_where_nothing_happened_nobody_is_done_later(
    problem: PatrolProblem, share: float
) -> None:
    old = solve(problem, seed=0, until=QUICK)
    now_s = share * max(1.0, *old.end_s)
    situation = situation_of(problem, old, now_s=now_s)
    new, change = replan(old, situation, problem.graph, rounds=0)
    assert (change.moved, change.dropped) == ((), ())
    assert change.kept_share == 1.0
    for before_s, after_s in zip(old.end_s, new.end_s, strict=True):
        assert now_s + after_s <= max(before_s, now_s) + 1e-3


def lose_one(robots: int = 2) -> tuple[PatrolPlan, PatrolPlan, PlanChange]:
    problem = grid_problem(battery_s=1e6, robots=robots)
    old = solve(problem, seed=3, until=QUICK)
    situation = situation_of(problem, old, now_s=300.0, lost=("robot 1",))
    new, change = replan(old, situation, problem.graph)
    return old, new, change


def test_streets_of_a_lost_robot_go_to_the_others() -> None:
    old, new, change = lose_one()
    mine = {s for s, robot in servants(old).items() if robot == "robot 1"}
    assert {one.street for one in change.moved} <= mine
    assert {one.after for one in change.moved} == {"robot 2"}
    assert change.kept_share == 1.0
    assert [robot.name for robot in new.fleet] == ["robot 2"]
    assert new.shift.start.timestamp() - old.shift.start.timestamp() == 300.0
    lost = change.robots[0]
    assert (lost.after_m, lost.end_after_s) == (0.0, None)


def test_longest_route_is_not_far_above_the_even_share() -> None:
    _, new, _ = lose_one(robots=4)
    assert new.longest_m <= 1.5 * new.length_m / 3


def test_closed_street_is_dropped_and_its_reason_told() -> None:
    problem = grid_problem(battery_s=1e6)
    old = solve(problem, seed=3, until=QUICK)
    street = int(old.routes[0].streets[old.routes[0].served][-1])
    closed = np.array([street])
    situation = situation_of(problem, old, now_s=200.0, closed=closed)
    new, change = replan(old, situation, problem.graph)
    assert [(one.street, one.reason) for one in change.dropped] == [
        (street, Reason.CLOSED)
    ]
    assert street in new.keep_out
    assert all(street not in route.streets for route in new.routes)
    assert violations(problem, situation, new) == []


def test_streets_behind_a_closed_one_are_cut_off() -> None:
    problem = problem_of(line_graph(6), [1, 5])
    old = solve(problem, seed=0, until=QUICK)
    situation = situation_of(problem, old, now_s=50.0, closed=np.array([4]))
    new, change = replan(old, situation, problem.graph)
    assert [(one.street, one.reason) for one in change.dropped] == [(5, Reason.CUT_OFF)]
    assert new.required.tolist() == [1]


def test_what_does_not_fit_the_shift_is_dropped_the_least_risk_first() -> None:
    problem = problem_of(line_graph(10), [*range(10)], robots=2, hours=0.6)
    problem = replace(
        problem, fleet=tuple(replace(r, start=5, end=5, dock=5) for r in problem.fleet)
    )
    old = solve(problem, seed=0, until=QUICK)
    situation = situation_of(problem, old, now_s=300.0, lost=("robot 1",))
    busy = replace(situation.fleet[0], ready_s=400.0)
    situation = replace(situation, fleet=(busy,))
    new, change = replan(old, situation, problem.graph)
    assert change.dropped
    assert {one.reason for one in change.dropped} == {Reason.TIME}
    assert max(new.end_s) <= new.shift.duration_s
    assert violations(problem, situation, new) == []
    risk = problem.risk_per_h
    gone = [risk[one.street] for one in change.dropped]
    assert max(gone) < risk[new.required].max()


def test_robot_without_charge_goes_home_first() -> None:
    problem = problem_of(line_graph(8), [6], battery_s=2000.0)
    old = solve(problem, seed=0, until=QUICK)
    situation = situation_of(problem, old, now_s=0.0)
    tired = replace(situation.fleet[0], start=2, charge=0.25)  # 300 s above the reserve
    new, _ = replan(old, replace(situation, fleet=(tired,)), problem.graph)
    assert new.routes[0].num_trips == 2
    assert violations(problem, replace(situation, fleet=(tired,)), new) == []


def test_robot_that_cannot_come_home_is_named() -> None:
    problem = problem_of(line_graph(8), [6], battery_s=2000.0)
    old = solve(problem, seed=0, until=QUICK)
    situation = situation_of(problem, old, now_s=0.0)
    empty = replace(situation.fleet[0], start=5, charge=0.2)
    with pytest.raises(InfeasibleError, match=r"'robot 1' is 8.3 min from its dock"):
        replan(old, replace(situation, fleet=(empty,)), problem.graph)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"now_s": 1e9}, "within the shift"),
        ({"now_s": -1.0}, "within the shift"),
        ({"fleet": ()}, "nobody to plan for"),
    ],
)
def test_situation_that_cannot_be_is_refused(
    change: dict[str, object], said: str
) -> None:
    problem = grid_problem()
    old = solve(problem, seed=0, until=QUICK)
    situation = situation_of(problem, old, now_s=0.0)
    with pytest.raises(PlanError, match=said):
        replan(old, replace(situation, **change), problem.graph)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="the plan is for map"):
        replan(old, situation, grid_graph(2, 2))
    stranger = replace(situation.fleet[0], name="stranger")
    with pytest.raises(PlanError, match="'stranger' is not in the plan"):
        replan(old, replace(situation, fleet=(stranger,)), problem.graph)


@settings(deadline=None, max_examples=40)
@given(
    problem=st.one_of(one_way_problems(alike=True), one_way_problems()),
    share=st.floats(0, 0.99),
    data=st.data(),
)
def test_new_plan_never_drives_against_a_one_way(
    problem: PatrolProblem, share: float, data: st.DataObject
) -> None:
    try:
        old = solve(problem, seed=0, until=QUICK)
    except InfeasibleError:
        assume(False)
    now_s = share * max(1.0, *old.end_s)
    closed = np.array(
        sorted(
            data.draw(st.sets(st.integers(0, problem.graph.num_edges - 1), max_size=1))
        ),
        np.int64,
    )
    try:
        situation = situation_of(problem, old, now_s=now_s, closed=closed)
        new, change = replan(old, situation, problem.graph, rounds=30)
    except (MapError, PlanError):  # nothing is open, or a robot is shut in
        assume(False)
    assert violations(problem, situation, new) == []
    assert new.gap >= -1e-9
    left = set(old.required.tolist()) - set(situation.served.tolist())
    dropped = {one.street for one in change.dropped}
    assert set(new.required.tolist()) == left - dropped
    assert dropped == set() or len(closed) > 0
    event(f"dropped {len(dropped)}, obeys {obeys_oneway(problem.fleet[0].traversal)}")


def one_ways(graph: StreetGraph, signs: dict[int, int]) -> StreetGraph:
    oneway = np.zeros(graph.num_edges, np.int8)
    oneway[list(signs)] = list(signs.values())
    return replace(graph, tags=replace(graph.tags, oneway=oneway))


def bound_problem(graph: StreetGraph, required: list[int]) -> PatrolProblem:
    """One robot that obeys one-way streets and docks at node 0."""
    problem = problem_of(graph, required)
    kind = obey_oneway(graph, problem.fleet[0].traversal)
    return replace(problem, fleet=(replace(problem.fleet[0], traversal=kind),))


def test_old_order_is_kept_round_a_one_way_ring() -> None:
    """Streets 0 to 3 are a ring that is driven 0, 3, 1, 2 only."""
    graph = one_ways(grid_graph(2, 2), {0: 1, 3: 1, 1: -1, 2: -1})
    problem = bound_problem(graph, [0, 1, 3])
    old = solve(problem, seed=0, until=QUICK)
    new, change = replan(old, situation_of(problem, old, now_s=150.0), graph)
    assert (change.kept_share, change.moved, change.dropped) == (1.0, (), ())
    assert new.routes[0].streets.tolist() == old.routes[0].streets[2:].tolist()
    assert new.fleet[0].start == 3


def spur() -> tuple[PatrolProblem, PatrolPlan]:
    """A lane of three streets, 0-1-2-3; a way in to its end by 4, one-way, and out."""
    xy = np.array([(0, 0), (100, 0), (200, 0), (300, 0), (150, 90.0)])
    graph = graph_of(xy, [(0, 1), (1, 2), (2, 3), (1, 4), (4, 3)])
    graph = one_ways(graph, {1: -1, 2: -1, 3: 1, 4: 1})
    problem = bound_problem(graph, [0, 1, 4])
    return problem, solve(problem, seed=0, until=QUICK)


def test_robot_drives_out_of_a_pocket_that_a_closed_street_makes() -> None:
    problem, old = spur()
    closed = np.array([3])
    situation = situation_of(problem, old, now_s=0.0, closed=closed)
    robot = replace(situation.fleet[0], start=3)
    freed = replace(robot, traversal=way_out(problem.graph, robot.traversal, 3))
    new, change = replan(old, replace(situation, fleet=(freed,)), problem.graph)
    reasons = {one.street: one.reason for one in change.dropped}
    assert reasons == {1: Reason.CUT_OFF, 4: Reason.CUT_OFF}
    assert new.routes[0].streets.tolist() == [2, 1, 0]
    assert violations(problem, replace(situation, fleet=(freed,)), new) == []


def test_robot_that_a_closed_street_shuts_in_is_told_what_shuts_it_in() -> None:
    problem, old = spur()
    situation = situation_of(problem, old, now_s=0.0, closed=np.array([1]))
    robot = situation.fleet[0]
    inside = replace(
        robot, start=3, traversal=way_out(problem.graph, robot.traversal, 3)
    )
    with pytest.raises(
        PlanError,
        match=r"start node 3 is cut off .* coming from there means driving over closed "
        r"streets \[1\], no fewer; choose another of the 2 nodes",
    ):
        replan(old, replace(situation, fleet=(inside,)), problem.graph)

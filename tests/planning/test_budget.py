"""Plans that collect what they can within a shift."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import InfeasibleError, PlanError
from patrol.planning.check import check_plan
from patrol.planning.plan import PatrolPlan
from patrol.planning.plan_file import load_plan, save_plan
from patrol.planning.prizes import Prizes, Stop, Terms, Window
from patrol.planning.problem import PatrolProblem, Shift
from patrol.planning.solve import solve
from patrol.planning.stop import StopWhen
from patrol.planning.violation import Rule
from patrol.robot import RobotProfile
from tests.planning.networks import every_choice
from tests.planning.problems import START, problem_of
from tests.strategies import graph_of, grid_graph, line_graph, street_graphs

EFFORT = StopWhen(rounds=4, tries=10)


def budget_problem(
    problem: PatrolProblem, per_h: list[float], *, duration_s: float, **terms: object
) -> PatrolProblem:
    """Robots of 1 m/s with a shift of so many seconds, one hour like the other."""
    values = {"slot_s": (0.0, duration_s), "factor": (1.0,)} | terms
    prizes = Prizes(np.array(per_h), Terms(**values))  # type: ignore[arg-type] # test values
    mean = prizes.terms.mean_factor
    return replace(
        problem,
        shift=Shift(START, duration_s),
        risk_per_h=prizes.per_h * mean,
        prizes=prizes,
    )


def rules(problem: PatrolProblem, plan: PatrolPlan) -> set[Rule]:
    traversals = [robot.traversal for robot in problem.fleet]
    report = check_plan(plan, problem.graph, traversals, risk_per_h=problem.risk_per_h)
    return {violation.rule for violation in report.violations}


def planned(problem: PatrolProblem, *, seed: int = 0) -> PatrolPlan:
    plan = solve(problem, seed=seed, until=EFFORT)
    assert not rules(problem, plan)
    return plan


def covered(plan: PatrolPlan) -> float:
    assert plan.takings is not None
    return plan.takings.covered_per_h


@st.composite
def budget_problems(draw: st.DrawFn) -> PatrolProblem:
    """Small problems with windows, stops, pauses, hours and recharging."""
    graph = draw(street_graphs(max_nodes=6, max_extra=4))
    m = graph.num_edges
    duration_s = draw(st.floats(100.0, 1500.0))
    prize = st.floats(0, 1).map(lambda p: round(p, 3))
    per_h = draw(st.lists(prize, min_size=m, max_size=m))
    robots = draw(st.integers(1, 2))
    problem = problem_of(graph, [], robots=robots)
    battery_s = draw(st.sampled_from([1e6, 600.0]))
    profile = RobotProfile(battery_s=battery_s, recharge_s=battery_s / 3)
    fleet = tuple(replace(robot, profile=profile) for robot in problem.fleet)
    dock = problem.fleet[0].dock
    nodes = [int(n) for n in np.unique(graph.edge_nodes) if n != dock]
    worth = draw(st.floats(0, 2))
    stop = Stop(node=draw(st.sampled_from(nodes)), dwell_s=60.0, per_h=worth)
    street = draw(st.integers(0, m - 1))
    window = Window(street=street, open_s=50.0, close_s=draw(st.floats(60, 400)))
    return budget_problem(
        replace(problem, fleet=fleet),
        per_h,
        duration_s=duration_s,
        slot_s=(0.0, duration_s / 3, duration_s),
        factor=draw(st.sampled_from([(1.0, 1.0), (0.5, 2.0), (1.5, 0.0)])),
        stops=(stop,) if draw(st.booleans()) else (),
        windows=(window,) if draw(st.booleans()) else (),
        crossing_s=draw(st.sampled_from([0.0, 7.0])),
        u_turn_s=draw(st.sampled_from([0.0, 5.0])),
    )


def best_of_one_walk(problem: PatrolProblem, *, spare_s: float = 0.0) -> float:
    """Most that one robot can collect, by trying how often each street is passed."""
    most_s = problem.shift.duration_s - spare_s
    assert problem.prizes is not None
    graph, dock = problem.graph, problem.fleet[0].dock
    length_m, per_h = graph.edge_length_m, problem.prizes.per_h
    best = 0.0
    for passes in every_choice(graph.num_edges, 2):
        value = float(per_h[passes > 0].sum())
        if value <= best or length_m @ passes > most_s:
            continue
        used = graph.edge_nodes[passes > 0]
        degree = np.bincount(
            graph.edge_nodes.ravel(), np.repeat(passes, 2), graph.num_nodes
        )
        if (degree % 2).any():
            continue
        reached = {dock}
        for _ in used:
            for a, b in used.tolist():
                if a in reached or b in reached:
                    reached |= {a, b}
        if set(used.ravel().tolist()) <= reached:
            best = value
    return best


@settings(max_examples=25, deadline=None)
@given(problem=budget_problems(), seed=st.integers(0, 5))
def test_every_plan_is_sound_and_collects_at_most_its_bound(
    problem: PatrolProblem, seed: int
) -> None:
    plan = planned(problem, seed=seed)
    assert plan.takings is not None
    assert plan.takings.covered_per_h <= plan.takings.bound_per_h * (1 + 1e-9) + 1e-12


@settings(max_examples=20, deadline=None)
@given(graph=street_graphs(max_nodes=5, max_extra=2), data=st.data())
def test_one_robot_collects_what_can_be_had_and_no_bound_is_below_it(
    graph: object, data: st.DataObject
) -> None:
    m = graph.num_edges  # type: ignore[attr-defined] # the strategy's type
    per_h = data.draw(
        st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=m, max_size=m)
    )
    problem = budget_problem(
        problem_of(graph, []),  # type: ignore[arg-type] # the strategy's type
        per_h,
        duration_s=data.draw(st.floats(50, 900)),
    )
    best = best_of_one_walk(problem)
    plan = planned(problem)
    assert plan.takings is not None
    assert best <= plan.takings.bound_per_h * (1 + 1e-9) + 1e-12
    # Plans leave some milliseconds, as times are sums of floats.
    assert covered(plan) >= 0.75 * best_of_one_walk(problem, spare_s=0.01)


def test_bound_counts_a_street_that_takes_the_whole_shift() -> None:
    graph = graph_of(np.array([(10.0, 0.0), (250.0, 70.0)]), [(0, 1)])
    problem = budget_problem(problem_of(graph, []), [1.0], duration_s=500.0)
    takings = planned(problem).takings
    assert takings is not None
    assert takings.bound_per_h >= 1.0 - 1e-9


def test_a_shift_long_enough_for_all_collects_all() -> None:
    graph = grid_graph(4, 4)
    problem = budget_problem(problem_of(graph, []), [1.0] * 24, duration_s=20_000)
    plan = planned(problem)
    assert covered(plan) == pytest.approx(24)
    assert plan.takings is not None
    assert plan.takings.share == pytest.approx(1)
    assert plan.takings.gap == pytest.approx(0, abs=1e-6)


def test_more_robots_collect_more() -> None:
    graph = grid_graph(6, 6)
    per_h = [1.0 + k % 3 for k in range(graph.num_edges)]
    values = [
        covered(
            planned(
                budget_problem(problem_of(graph, [], robots=k), per_h, duration_s=900)
            )
        )
        for k in (1, 2)
    ]
    assert values[1] >= 1.4 * values[0]


def test_a_stop_is_stood_at_for_its_time_and_within_its_window() -> None:
    problem = budget_problem(
        problem_of(line_graph(4), []),
        [0.0] * 4,
        duration_s=2000,
        stops=(Stop(node=2, dwell_s=600, must=True, open_s=700, close_s=1500),),
    )
    plan = planned(problem)
    stand = next(s for s in plan.routes[0].stands if s.stop == 0)
    assert stand.end_s - stand.begin_s == pytest.approx(600)
    assert stand.begin_s >= 700
    assert plan.length_m == pytest.approx(400)


def test_a_stop_that_does_not_fit_is_named() -> None:
    stop = Stop(node=4, dwell_s=600, must=True)
    problem = budget_problem(
        problem_of(line_graph(4), []), [0.0] * 4, duration_s=900, stops=(stop,)
    )
    with pytest.raises(InfeasibleError, match="stop 0 at node 4"):
        solve(problem, seed=0, until=EFFORT)


def test_required_stops_that_do_not_fit_together_are_refused() -> None:
    stops = tuple(Stop(node=n, dwell_s=600, must=True) for n in (1, 2))
    problem = budget_problem(
        problem_of(line_graph(4), []), [0.0] * 4, duration_s=1200, stops=stops
    )
    with pytest.raises(InfeasibleError, match="required streets and stops"):
        solve(problem, seed=0, until=EFFORT)


def test_a_street_with_a_window_is_served_within_it() -> None:
    window = Window(street=3, open_s=900.0, close_s=1100.0)
    problem = budget_problem(
        problem_of(line_graph(4), []), [0.0, 0.0, 0.0, 1.0], duration_s=2000,
        windows=(window,),
    )  # fmt: skip
    route = planned(problem).routes[0]
    served = int(np.flatnonzero(route.served)[0])
    assert 900 <= route.depart_s[served] < route.arrive_s[served] <= 1100


def test_a_street_is_served_in_the_hour_in_which_it_is_worth_most() -> None:
    problem = budget_problem(
        problem_of(line_graph(1), []), [1.0], duration_s=1000,
        slot_s=(0.0, 500.0, 1000.0), factor=(2.0, 1.0),
    )  # fmt: skip
    assert covered(planned(problem)) == pytest.approx(2)


def test_turning_round_and_crossing_take_their_time() -> None:
    base = problem_of(line_graph(2), [])
    quick = budget_problem(base, [1.0, 1.0], duration_s=405)
    slow = budget_problem(base, [1.0, 1.0], duration_s=405, u_turn_s=10.0)
    assert covered(planned(quick)) == pytest.approx(2)
    assert covered(planned(slow)) == pytest.approx(1)


def test_required_streets_are_served_though_they_are_worth_nothing() -> None:
    problem = budget_problem(
        problem_of(grid_graph(3, 3), [11]), [1.0] * 11 + [0.0], duration_s=900
    )
    plan = planned(problem)
    assert 11 in plan.routes[0].streets[plan.routes[0].served]


def test_a_battery_is_recharged_within_the_shift() -> None:
    graph = grid_graph(5, 5)
    problem = problem_of(graph, [])
    profile = RobotProfile(battery_s=1200, recharge_s=600)
    fleet = tuple(replace(robot, profile=profile) for robot in problem.fleet)
    asked = budget_problem(replace(problem, fleet=fleet), [1.0] * 40, duration_s=5000)
    assert planned(asked).routes[0].num_trips > 1


def test_a_stop_at_the_dock_is_refused() -> None:
    stop = Stop(node=0, dwell_s=60)
    problem = budget_problem(
        problem_of(line_graph(2), []), [1.0, 1.0], duration_s=900, stops=(stop,)
    )
    with pytest.raises(PlanError, match="at a dock"):
        solve(problem, seed=0, until=EFFORT)


def test_a_plan_with_prizes_is_the_same_from_its_file(tmp_path: Path) -> None:
    stop = Stop(node=2, dwell_s=600, must=True)
    window = Window(street=3, open_s=10.0, close_s=1900.0)
    problem = budget_problem(
        problem_of(line_graph(4), []), [1.0] * 4, duration_s=2000, stops=(stop,),
        windows=(window,), crossing_s=3.0, u_turn_s=2.0,
    )  # fmt: skip
    plan = planned(problem)
    save_plan(plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json").digest == plan.digest


def test_same_seed_same_plan() -> None:
    graph = grid_graph(5, 5)
    per_h = [float(k % 7) for k in range(graph.num_edges)]
    problem = budget_problem(problem_of(graph, []), per_h, duration_s=1200)
    assert planned(problem, seed=3).digest == planned(problem, seed=3).digest


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"covered_per_h": 99.0}, Rule.BOUND),
        ({"bound_per_h": 0.1}, Rule.BOUND),
        ({"served_m": 1.0}, Rule.FIGURES),
    ],
)
def test_the_checker_sees_wrong_takings(change: dict[str, float], rule: Rule) -> None:
    problem = budget_problem(
        problem_of(grid_graph(3, 3), []), [1.0] * 12, duration_s=900
    )
    plan = planned(problem)
    assert plan.takings is not None
    takings = replace(plan.takings, **change)  # type: ignore[arg-type] # floats only
    wrong = replace(plan, takings=takings)
    assert rule in rules(problem, wrong)


def test_the_checker_sees_a_shorter_watch_and_a_missed_stop() -> None:
    stop = Stop(node=2, dwell_s=600, must=True)
    problem = budget_problem(
        problem_of(line_graph(4), []), [0.0] * 4, duration_s=2000, stops=(stop,)
    )
    plan = planned(problem)
    route = plan.routes[0]
    short = replace(route.stands[0], end_s=route.stands[0].end_s - 60)
    assert Rule.STOP in rules(
        problem, replace(plan, routes=(replace(route, stands=(short,)),))
    )
    assert Rule.STOP in rules(
        problem, replace(plan, routes=(replace(route, stands=()),))
    )


def test_the_checker_sees_a_closed_window_and_a_turn_without_time() -> None:
    problem = budget_problem(
        problem_of(line_graph(2), []), [1.0, 1.0], duration_s=900, u_turn_s=10.0
    )
    plan = planned(problem)
    takings = plan.takings
    assert takings is not None
    closed = Window(street=0, open_s=800.0, close_s=900.0)
    terms = replace(takings.terms, windows=(closed,), u_turn_s=60.0)
    wrong = replace(plan, takings=replace(takings, terms=terms))
    assert {Rule.WINDOW, Rule.TIMES} <= rules(problem, wrong)

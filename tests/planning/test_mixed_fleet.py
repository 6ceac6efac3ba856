from dataclasses import replace

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from maps.traverse import Exclusion
from patrol.errors import InfeasibleError
from patrol.planning import fleet_tasks
from patrol.planning.check import check_plan
from patrol.planning.plan import BoundKind, PatrolPlan
from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.solve import solve
from patrol.robot import RobotProfile
from tests.planning.problems import (
    QUICK,
    mixed_problems,
    problem_of,
    traversal_of,
    traversals_of,
)
from tests.strategies import grid_graph, line_graph


def assert_sound(plan: PatrolPlan, problem: PatrolProblem) -> None:
    report = check_plan(
        plan, problem.graph, traversals_of(problem), risk_per_h=problem.risk_per_h
    )
    assert report.violations == ()
    assert plan.gap >= -1e-9
    assert plan.longest_gap >= -1e-9
    assert plan.longest_time_gap >= -1e-9


@settings(deadline=None, max_examples=80)
@given(problem=mixed_problems(), seed=st.integers(0, 3), large=st.booleans())
def test_plan_of_any_fleet_passes_the_checker_and_never_beats_its_bounds(
    problem: PatrolProblem, seed: int, large: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if large:  # too many streets for the exchange
            patch.setattr(fleet_tasks, "_PLACES", 0)
        try:
            plan = solve(problem, seed=seed, effort=QUICK)
        except InfeasibleError:
            event("infeasible")
            return
    event("planned")
    assert_sound(plan, problem)

"""A problem planned within a time, checked, and told as a row."""

from benchmarks.districts import effort_of
from patrol.planning.check import check_plan
from patrol.planning.plan import PatrolPlan
from patrol.planning.problem import PatrolProblem
from patrol.planning.solve import solve


def sound_plan(problem: PatrolProblem, seconds: str) -> PatrolPlan:
    """
    Plan, and have the plan checked.

    Raises
    ------
    AssertionError
        If the plan is not sound.
    """
    plan = solve(problem, seed=1, until=effort_of(seconds))
    report = check_plan(plan, problem.graph, [r.traversal for r in problem.fleet])
    if not report.ok:
        raise AssertionError(f"the plan is not sound: {report.violations[0]}")
    return plan


def planned(name: str, problem: PatrolProblem, seconds: str) -> dict[str, object]:
    """Plan, check, and give the row of `benchmarks.arc_routing`."""
    plan = sound_plan(problem, seconds)
    return {
        "instance": name,
        "problem": "RPP fleet, metres",
        "cost": round(plan.length_m, 1),
        "bound": round(plan.bound.length_m, 1),
        "bound_kind": str(plan.bound.kind),
        "best_known": None,
        "gap_best_known": None,
        "gap_bound": plan.gap,
        "longest": round(plan.longest_m, 1),
        "longest_bound": round(plan.bound.longest_m, 1),
        "gap_longest": plan.longest_gap,
        "longest_s": round(plan.longest_s, 1),
        "gap_longest_s": plan.longest_time_gap,
    }

"""A new plan in the middle of a shift, as near to the old one as is good."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.traverse import Exclusion
from patrol.errors import PlanError
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.plan_change import Dropped, Moved, PlanChange, Reason, RobotChange
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.schedule import pace_s_per_m
from patrol.planning.shift_bound import shift_bound
from patrol.planning.shift_schedule import Driving, Job, ShiftScheduler
from patrol.planning.shift_search import Orders, search_shift
from patrol.planning.shift_state import Terms
from patrol.planning.shift_work import shift_work
from patrol.planning.situation import Situation
from patrol.planning.traps import trapped

ROUNDS = 600
"""Changes tried by default: 0.2 to 0.4 CPU seconds on a district."""

_KEEP = 0.3
"""What it costs to give a street to another robot, as a share of its own time."""

_POWER = {Objective.LONGEST: 8.0, Objective.TOTAL: 1.0}
"""How much the latest robot counts: with 8, a route 10 % longer costs twice as much
at its margin."""


def replan(
    plan: PatrolPlan,
    situation: Situation,
    graph: StreetGraph,
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> tuple[PatrolPlan, PlanChange]:
    """
    Change a plan in the middle of its shift.

    Every robot keeps its streets in their order, less what is served or closed; what
    has lost its robot goes where it disturbs least (`search_shift`), and pieces move
    on as long as that makes routes enough shorter. What does not fit the rest of the
    shift is dropped, the least risk for its time first. Heuristic, without a
    guarantee; the new plan has a lower bound of its own.

    Parameters
    ----------
    plan
        The plan that was driven so far.
    situation
        What is so now.
    graph
        Map of the plan.
    seed
        Seed of the search: the same seed gives the same plan.
    rounds
        How many changes are tried.

    Returns
    -------
    PatrolPlan
        For a shift that begins now; what it requires is what is left. Its
        ``map_path``, ``risk_digest``, ``weights`` and ``synthetic_risk`` are those of
        the old plan.
    PlanChange
        What is different.

    Raises
    ------
    PlanError
        If the map is another, the time is not within the shift, a robot is not in
        the plan or stands where it cannot drive, or from where it cannot come to its
        dock.
    InfeasibleError
        If the charge of a robot does not last to its dock.
    """
    _check(plan, situation, graph)
    left, dropped = _left(plan, situation, graph)
    shift = Shift(
        plan.shift.start + timedelta(seconds=situation.now_s),
        plan.shift.duration_s - situation.now_s,
    )
    problem = PatrolProblem(
        graph=graph,
        required=left,
        risk_per_h=situation.risk_per_h,
        fleet=situation.fleet,
        shift=shift,
        objective=plan.objective,
    )
    asked = _Asked(plan, problem)
    schedules = _schedulers(problem)
    able = _able(problem, schedules)
    far = problem.required[~able.any(axis=(0, 2))]
    dropped |= dict.fromkeys(far.tolist(), Reason.BATTERY)
    jobs = _searched(asked, able, seed=seed, rounds=rounds)
    routes, late = _fitted(problem, schedules, jobs)
    dropped |= dict.fromkeys(late, Reason.TIME)
    new = _plan(plan, problem, routes, dropped, seed=seed)
    new = replace(new, keep_out=np.union1d(plan.keep_out, situation.closed))
    return new, _change(plan, new, situation, graph, dropped)


def _check(plan: PatrolPlan, situation: Situation, graph: StreetGraph) -> None:
    if graph.digest != plan.graph_digest:
        raise PlanError(
            f"the plan is for map {plan.graph_digest[:12]}, this is map "
            f"{graph.digest[:12]}: give the map of the plan"
        )
    if not 0 <= situation.now_s < plan.shift.duration_s:
        raise PlanError(
            f"it is {situation.now_s / 60:.1f} min after the shift's start: a plan can "
            f"only be changed within the shift of {plan.shift.duration_s / 60:.1f} min"
        )
    known = [robot.name for robot in plan.fleet]
    for robot in situation.fleet:
        if robot.name not in known:
            raise PlanError(
                f"robot {robot.name!r} is not in the plan, its robots are {known}"
            )
    if not situation.fleet:
        raise PlanError(
            f"all {len(known)} robots of the plan are lost: there is nobody to plan for"
        )


def _left(
    plan: PatrolPlan, situation: Situation, graph: StreetGraph
) -> tuple[NDArray[np.int64], dict[int, Reason]]:
    """Streets still to be served that can be, and why the others cannot."""
    left = np.setdiff1d(plan.required, situation.served)
    why = np.array([robot.traversal.exclusion[left] for robot in situation.fleet])
    drivable = (why == Exclusion.NONE).any(axis=0)
    closed = (why == Exclusion.KEEP_OUT).any(axis=0)
    lost = trapped(graph, situation.fleet, left[drivable])
    can = drivable & ~np.isin(left, lost)
    return left[can], {
        street: Reason.CLOSED if shut else Reason.CUT_OFF
        for street, shut in zip(left[~can].tolist(), closed[~can].tolist(), strict=True)
    }


@dataclass(frozen=True)
class _Asked:
    """What is left to do, and who had it."""

    plan: PatrolPlan
    problem: PatrolProblem

    def orders(self, streets: NDArray[np.int64]) -> Orders:
        """Streets as tasks of each robot in its old order."""
        task = {street: k for k, street in enumerate(streets.tolist())}
        routes = {route.robot: route for route in self.plan.routes}
        return [
            [
                (task[street], turned)
                for street, turned in served_jobs(routes[robot.name])
                if street in task
                and np.isfinite(robot.traversal.travel_s[street, turned])
            ]
            for robot in self.problem.fleet
        ]


def served_jobs(route: Route) -> list[Job]:
    """Streets that a route serves, in order, with 1 where it drives one backwards."""
    turned = (~route.forward[route.served]).astype(int)
    return list(zip(route.streets[route.served].tolist(), turned.tolist(), strict=True))


def _schedulers(problem: PatrolProblem) -> list[ShiftScheduler]:
    known: dict[int, Driving] = {}
    for robot in problem.fleet:
        if id(robot.traversal) not in known:
            known[id(robot.traversal)] = Driving(problem.graph, robot.traversal)
    return [ShiftScheduler(r, known[id(r.traversal)]) for r in problem.fleet]


def _able(problem: PatrolProblem, schedules: list[ShiftScheduler]) -> NDArray[np.bool_]:
    """
    Tell which robots can serve which streets along and against with a full battery.

    Returns
    -------
    NDArray
        Shape ``(r, k, 2)``.
    """
    streets = problem.required.tolist()
    jobs = [(street, turned) for street in streets for turned in (0, 1)]
    known: dict[object, NDArray[np.bool_]] = {}
    rows = []
    for one in schedules:
        robot = one.robot
        key = (id(robot.traversal), robot.profile, robot.dock)
        if key not in known:
            known[key] = ~np.array(one.too_far(jobs), bool).reshape(-1, 2)
        rows.append(known[key])
    return np.array(rows)


def _searched(
    asked: _Asked, able: NDArray[np.bool_], *, seed: int, rounds: int
) -> list[list[Job]]:
    """Jobs of each robot after the search."""
    problem = asked.problem
    some = able.any(axis=(0, 2))
    streets = problem.required[some]
    if len(streets) == 0:
        return [[] for _ in problem.fleet]
    start = asked.orders(streets)
    work = shift_work(problem, streets, start, able[:, some])
    orders = search_shift(work, _terms(problem), start, seed=seed, rounds=rounds)
    return [[(int(streets[task]), turned) for task, turned in one] for one in orders]


def _terms(problem: PatrolProblem) -> Terms:
    fleet = problem.fleet
    profiles = [robot.profile for robot in fleet]
    charge = np.array([robot.charge - robot.profile.reserve for robot in fleet])
    battery_s = np.array([profile.battery_s for profile in profiles])
    over = np.full(len(fleet), problem.shift.duration_s)
    return Terms(
        pace=np.array([pace_s_per_m(problem, robot) for robot in fleet]),
        ready=np.array([robot.ready_s for robot in fleet]),
        usable=np.maximum(0.0, charge) * battery_s,
        refill=np.array([p.recharge_s for p in profiles]) / battery_s,
        over=over,
        scale=1.0,
        power=_POWER[problem.objective],
        keep=_KEEP,
    )


def _fitted(
    problem: PatrolProblem, schedules: list[ShiftScheduler], jobs: list[list[Job]]
) -> tuple[tuple[Route, ...], list[int]]:
    """Routes that fit the shift, and the streets that had to go."""
    limit_s = problem.shift.duration_s
    value = problem.risk_per_h / problem.graph.edge_length_m
    routes, gone = [], []
    for schedule, order in zip(schedules, jobs, strict=True):
        route = schedule.route(order)
        while route.end_s > limit_s and order:
            # At least a fiftieth goes at a time, so that it ends soon.
            share = max(0.02, 0.5 * (route.end_s - limit_s) / route.end_s)
            count = max(1, int(share * len(order)))
            worst = sorted(order, key=lambda job: (value[job[0]], job[0]))[:count]
            gone += [street for street, _ in worst]
            order = [job for job in order if job not in set(worst)]
            route = schedule.route(order)
        routes.append(route)
    return tuple(routes), gone


def _plan(
    old: PatrolPlan,
    problem: PatrolProblem,
    routes: tuple[Route, ...],
    dropped: Mapping[int, Reason],
    *,
    seed: int,
) -> PatrolPlan:
    length_m, risk = problem.graph.edge_length_m, problem.risk_per_h
    driven_m = [float(length_m[route.streets].sum()) for route in routes]
    required = np.setdiff1d(problem.required, sorted(dropped))
    problem = replace(problem, required=required)
    whole = float(risk[problem.drivable].sum())
    return replace(
        old,
        fleet=tuple(robot.duty for robot in problem.fleet),
        shift=problem.shift,
        required=required,
        routes=routes,
        length_m=sum(driven_m),
        required_m=problem.required_m,
        coverage=float(risk[required].sum()) / whole if whole else 0.0,
        bound=shift_bound(problem),
        seed=seed,
        longest_m=max(driven_m),
    )


def _change(
    old: PatrolPlan,
    new: PatrolPlan,
    situation: Situation,
    graph: StreetGraph,
    dropped: Mapping[int, Reason],
) -> PlanChange:
    before, after = _servants(old), _servants(new)
    names = {robot.name for robot in new.fleet}
    left = [s for s in before if s in after and before[s] in names]
    kept = [street for street in left if before[street] == after[street]]
    length_m = graph.edge_length_m
    total_m = float(length_m[left].sum())
    return PlanChange(
        now_s=situation.now_s,
        served=int(np.isin(old.required, situation.served).sum()),
        kept=len(kept),
        kept_share=float(length_m[kept].sum()) / total_m if total_m else 1.0,
        moved=tuple(
            Moved(street, before.get(street, ""), robot)
            for street, robot in sorted(after.items())
            if before.get(street, "") != robot
        ),
        dropped=tuple(Dropped(*one) for one in sorted(dropped.items())),
        robots=tuple(
            _robot_change(route, new, situation.now_s, graph) for route in old.routes
        ),
    )


def _servants(plan: PatrolPlan) -> dict[int, str]:
    return {
        street: route.robot
        for route in plan.routes
        for street in route.streets[route.served].tolist()
    }


def _robot_change(
    route: Route, new: PatrolPlan, now_s: float, graph: StreetGraph
) -> RobotChange:
    ahead = route.streets[route.depart_s >= now_s]
    after = next((one for one in new.routes if one.robot == route.robot), None)
    length_m = graph.edge_length_m
    return RobotChange(
        robot=route.robot,
        before_m=float(length_m[ahead].sum()),
        after_m=float(length_m[after.streets].sum()) if after else 0.0,
        end_before_s=route.end_s,
        end_after_s=now_s + after.end_s if after else None,
    )

"""A new plan in the middle of a shift, as near to the old one as is good."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.paths import StreetNetwork
from maps.traverse import Exclusion
from patrol.errors import PlanError
from patrol.planning.near_ways import Streets, distances_from, near_ways
from patrol.planning.network import NONE
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.plan_change import Dropped, Moved, PlanChange, Reason, RobotChange
from patrol.planning.problem import Objective, PatrolProblem, Shift
from patrol.planning.robots import PatrolRobot
from patrol.planning.shift_bound import shift_bound
from patrol.planning.shift_schedule import Driving, Job, ShiftScheduler
from patrol.planning.shift_search import Orders, search_shift
from patrol.planning.shift_state import Terms, Work
from patrol.planning.situation import Situation

ROUNDS = 600
"""Changes tried by default: 0.2 to 0.4 CPU seconds on a district."""

_NEAR = 40
"""Streets beside which another is tried."""

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
        the plan or stands where it cannot drive, or some street is one way.
    InfeasibleError
        If the charge of a robot does not last to its dock.
    """
    _check(plan, situation, graph)
    left, dropped = _left(plan, situation)
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
    dropped |= _too_far(asked, schedules)
    jobs = _searched(asked, set(dropped), seed=seed, rounds=rounds)
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
    for robot in situation.fleet:
        ways = np.isfinite(robot.traversal.travel_s)
        one_way = np.flatnonzero(ways.any(axis=1) & ~ways.all(axis=1))
        if len(one_way):
            raise PlanError(
                f"street {one_way[0]} is one way for robot {robot.name!r}, and a plan "
                f"on one-way streets cannot be changed under way: plan the rest anew "
                f"with `patrol plan cover --required FILE`"
            )
    if not situation.fleet:
        raise PlanError(
            f"all {len(known)} robots of the plan are lost: there is nobody to plan for"
        )


def _left(
    plan: PatrolPlan, situation: Situation
) -> tuple[NDArray[np.int64], dict[int, Reason]]:
    """Streets still to be served that can be, and why the others cannot."""
    left = np.setdiff1d(plan.required, situation.served)
    why = np.array([robot.traversal.exclusion[left] for robot in situation.fleet])
    drivable = (why == Exclusion.NONE).any(axis=0)
    closed = (why == Exclusion.KEEP_OUT).any(axis=0)
    return left[drivable], {
        street: Reason.CLOSED if shut else Reason.CUT_OFF
        for street, shut in zip(
            left[~drivable].tolist(), closed[~drivable].tolist(), strict=True
        )
    }


@dataclass(frozen=True)
class _Asked:
    """What is left to do, and who had it."""

    plan: PatrolPlan
    problem: PatrolProblem

    def orders(self, without: set[int]) -> tuple[NDArray[np.int64], Orders]:
        """Streets as tasks, and the tasks of each robot in its old order."""
        required = self.problem.required
        streets = required[~np.isin(required, sorted(without))]
        task = {street: k for k, street in enumerate(streets.tolist())}
        routes = {route.robot: route for route in self.plan.routes}
        return streets, [
            [
                (task[street], turned)
                for street, turned in served_jobs(routes[robot.name])
                if street in task and robot.traversal.drivable[street]
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


def _too_far(asked: _Asked, schedules: list[ShiftScheduler]) -> dict[int, Reason]:
    """Streets that no robot can serve with a full battery."""
    jobs = [(street, 0) for street in asked.problem.required.tolist()]
    far = np.array([schedule.too_far(jobs) for schedule in schedules]).all(axis=0)
    return dict.fromkeys(asked.problem.required[far].tolist(), Reason.BATTERY)


def _searched(
    asked: _Asked, without: set[int], *, seed: int, rounds: int
) -> list[list[Job]]:
    """Jobs of each robot after the search."""
    problem = asked.problem
    streets, start = asked.orders(without)
    if len(streets) == 0:
        return [[] for _ in problem.fleet]
    work = _work(problem, streets, start)
    orders = search_shift(work, _terms(problem), start, seed=seed, rounds=rounds)
    return [[(int(streets[task]), turned) for task, turned in one] for one in orders]


def _work(problem: PatrolProblem, streets: NDArray[np.int64], start: Orders) -> Work:
    graph = problem.graph
    length_m = np.where(problem.drivable, graph.edge_length_m, np.inf)
    roads = Streets.of(StreetNetwork.of(graph, length_m).matrix)
    ends = graph.edge_nodes[streets]
    owner = np.full(len(streets), NONE)
    wanted = np.full((len(streets), 2), NONE)
    for r, order in enumerate(start):
        tasks = np.array([task for task, _ in order], np.int64)
        owner[tasks] = r
        wanted[tasks[1:], 0], wanted[tasks[:-1], 1] = tasks[:-1], tasks[1:]

    def far(node: int | None) -> NDArray[np.float64]:
        if node is None:
            return np.zeros(ends.shape)
        return distances_from(roads, node, ends.ravel()).reshape(ends.shape)

    known = {robot.dock: far(robot.dock) for robot in problem.fleet}
    return Work(
        near=near_ways(roads, ends, near=_NEAR, wanted=wanted),
        home=known[problem.fleet[0].dock],
        begin=np.array([far(robot.start) for robot in problem.fleet]),
        finish=np.array(
            [
                known[r.end] if r.end is not None and r.end in known else far(r.end)
                for r in problem.fleet
            ]
        ),
        alone=np.array([_alone(roads, robot) for robot in problem.fleet]),
        length=graph.edge_length_m[streets],
        owner=owner,
        allowed=np.array([r.traversal.drivable[streets] for r in problem.fleet]),
    )


def _alone(roads: Streets, robot: PatrolRobot) -> float:
    if robot.end is None:
        return 0.0
    return float(distances_from(roads, robot.start, np.array([robot.end]))[0])


def _terms(problem: PatrolProblem) -> Terms:
    graph, fleet = problem.graph, problem.fleet
    profiles = [robot.profile for robot in fleet]
    charge = np.array([robot.charge - robot.profile.reserve for robot in fleet])
    battery_s = np.array([profile.battery_s for profile in profiles])
    over = np.full(len(fleet), problem.shift.duration_s)
    pace = []
    for robot in fleet:
        drivable = robot.traversal.drivable
        total_s = robot.traversal.travel_s[drivable].mean(axis=1).sum()
        pace.append(total_s / graph.edge_length_m[drivable].sum())
    return Terms(
        pace=np.array(pace),
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

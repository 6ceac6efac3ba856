"""
The best risk covered within a shift: team orienteering on streets.

Each street and each stop has a prize that counts once; a fleet collects what it can
before its batteries or the shift are over. This is the team orienteering problem with
time windows on arcs, near the profitable arc tour problem [1]_ and the undirected
capacitated arc routing problem with profits [2]_. A linear relaxation leads to a first
tour, a search improves it, and a Lagrangian bound tells how much better any plan could
be.

.. [1] Feillet, Dejax and Gendreau (2005). The profitable arc tour problem: solution
   with a branch-and-price algorithm. *Transportation Science* 39(4), 539-552.
   doi:10.1287/trsc.1040.0106.
.. [2] Archetti, Feillet, Hertz and Speranza (2010). The undirected capacitated arc
   routing problem with profits. *Computers & Operations Research* 37(11), 1860-1869.
   doi:10.1016/j.cor.2009.05.005.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import InfeasibleError, PlanError
from patrol.planning.network import Network, Roads
from patrol.planning.plan import Bound, BoundKind, PatrolPlan, Route
from patrol.planning.prize_bound import PriceBound, Slots
from patrol.planning.prize_program import Program, Walks
from patrol.planning.prize_routes import collect
from patrol.planning.prize_schedule import PrizeSchedule
from patrol.planning.prize_start import led_tour
from patrol.planning.prize_tasks import Orienteering, PrizeTasks
from patrol.planning.prizes import Prizes, Takings, Terms, crossings
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import same_streets
from patrol.planning.route_search import Annealing
from patrol.planning.stop import StopWhen
from patrol.planning.trip_frames import longest_driving_s, slot_time_s, trip_frames

_ROUNDS_PER_TRY = 100
"""Changes tried for each try of `StopWhen`."""

_CUT_ROUNDS = 2
"""Rounds of cuts for each round of `StopWhen`."""

_PROGRAM_SHARE, _SEARCH_SHARE = 0.3, 0.9
"""Shares of what is left of a limited time for the program and for the search."""

_ROUNDING_S = 1e-3
"""Times are sums of floats: so much more is allowed for the bound, which stays one."""

_STEPS = 40
"""Steps of the prices of the hours."""


def solve_budget(problem: PatrolProblem, *, seed: int, until: StopWhen) -> PatrolPlan:
    """
    Plan routes that cover as much risk as they can within the shift.

    Parameters
    ----------
    problem
        Problem with prizes; its required streets are served in any case.
    seed
        Seed of the search: the same seed gives the same plan.
    until
        How hard to try.

    Raises
    ------
    PlanError
        If a robot does not start, charge and end at one dock with a full battery, the
        robots drive different streets, or a stop is at a dock.
    InfeasibleError
        If a required street or stop does not fit.
    """
    prizes = _checked(problem)
    asked = _orienteering(problem, prizes)
    tasks = PrizeTasks.of(asked)
    _check_possible(asked, tasks)
    if len(tasks.edges) == 0:
        idle = PrizeSchedule(tasks)
        return _plan(
            problem, idle.routes(problem), _takings(problem, idle, 0.0), seed=seed
        )
    relaxed = _Relaxed.of(problem, asked, tasks)
    program = Program(relaxed.walks)
    in_time = until.part(_PROGRAM_SHARE).go_on
    if program.solve(_CUT_ROUNDS * until.rounds, in_time) is None:
        raise InfeasibleError(
            f"the {asked.must.sum()} required streets and stops need more time than "
            f"{len(problem.fleet)} robots have: require less, add robots or lengthen "
            f"the shift"
        )
    prices = program.prices()
    first = relaxed.edges[led_tour(program, relaxed.walks, problem.fleet[0].dock)]
    in_time = until.part(_SEARCH_SHARE).go_on
    annealing = Annealing(_ROUNDS_PER_TRY * until.tries, go_on=in_time)
    trips = collect(tasks, _order(tasks, first), seed=seed, annealing=annealing)
    schedule = PrizeSchedule.of(tasks, [trip.arcs for trip in trips])
    _check_served(asked, schedule.served)
    routes, covered = schedule.routes(problem), schedule.covered_per_h
    bound = relaxed.bound.best(prices, steps=_STEPS, aim=covered)
    takings = _takings(problem, schedule, min(bound, relaxed.everything))
    return _plan(problem, routes, takings, seed=seed)


def _checked(problem: PatrolProblem) -> Prizes:
    first = problem.fleet[0]
    for robot in problem.fleet:
        if not (robot.start == robot.dock == robot.end and robot.charge == 1):
            raise PlanError(
                f"robot {robot.name!r} does not start and end at its dock with a full "
                f"battery: only such robots can be planned for a budget"
            )
        if not same_streets(robot.traversal, first.traversal):
            raise PlanError(
                f"robots {first.name!r} and {robot.name!r} drive different streets or "
                f"at different speeds: plan for a budget with one kind"
            )
    prizes = problem.prizes
    if prizes is None:
        raise PlanError("the problem has no prizes: give some, or plan a coverage")
    docks = {robot.dock for robot in problem.fleet}
    for stop in prizes.terms.stops:
        if stop.node in docks:
            raise PlanError(
                f"the stop at node {stop.node} is at a dock, where robots stand "
                f"anyway: leave it out"
            )
    return prizes


def _orienteering(problem: PatrolProblem, prizes: Prizes) -> Orienteering:
    graph, terms = problem.graph, prizes.terms
    drivable = problem.fleet[0].traversal.drivable
    travel_s = problem.fleet[0].traversal.travel_s
    m, stops = graph.num_edges, terms.stops
    must = np.zeros(m + len(stops), bool)
    must[problem.required] = True
    must[m:] = [stop.must for stop in stops]
    opens = np.append(np.zeros(m), [stop.open_s for stop in stops])
    closes = np.append(np.full(m, np.inf), [stop.close_s for stop in stops])
    for window in terms.windows:
        opens[window.street], closes[window.street] = window.open_s, window.close_s
    pause_s = np.where(crossings(graph), terms.crossing_s, 0.0)
    pause_s[[robot.dock for robot in problem.fleet]] = 0.0
    return Orienteering(
        num_nodes=graph.num_nodes,
        edge_nodes=graph.edge_nodes,
        time_s=np.where(drivable[:, None], travel_s, np.inf),
        pause_s=pause_s,
        u_turn_s=terms.u_turn_s,
        stop_node=np.array([stop.node for stop in stops], np.int64),
        stop_s=np.array([stop.dwell_s for stop in stops], np.float64),
        prize=np.append(
            np.where(drivable, prizes.per_h, 0.0), [stop.per_h for stop in stops]
        ),
        must=must,
        open_s=opens,
        close_s=closes,
        slot_s=np.array(terms.slot_s),
        factor=np.array(terms.factor),
        frames=trip_frames(problem),
    )


def _check_possible(asked: Orienteering, tasks: PrizeTasks) -> None:
    lost = np.setdiff1d(np.flatnonzero(asked.must), tasks.edges)
    if len(lost):
        raise InfeasibleError(
            f"{len(lost)} of {asked.must.sum()} required streets and stops fit no "
            f"trip even alone, the first is {_name(asked, int(lost[0]))}: lengthen the "
            f"shift, widen the window or require nearer ones"
        )


def _check_served(asked: Orienteering, served: NDArray[np.bool_]) -> None:
    missed = np.flatnonzero(asked.must & ~served)
    if len(missed):
        raise InfeasibleError(
            f"the best plan found leaves out {len(missed)} of {asked.must.sum()} "
            f"required streets and stops, the first is {_name(asked, int(missed[0]))}: "
            f"require less, add robots or lengthen the shift"
        )


def _name(asked: Orienteering, edge: int) -> str:
    if edge < asked.num_streets:
        return f"street {edge}"
    stop = edge - asked.num_streets
    return f"stop {stop} at node {asked.stop_node[stop]}"


def _order(tasks: PrizeTasks, walk: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tasks in the order in which a walk passes them first."""
    number = np.full(len(tasks.problem.prize), -1)
    number[tasks.edges] = np.arange(len(tasks.edges))
    order = number[list(dict.fromkeys(walk.tolist()))]
    return np.asarray(order[order >= 0], np.int64)


@dataclass(frozen=True)
class _Relaxed:
    """
    The problem as one closed walk without an order.

    Attributes
    ----------
    edges
        Street or stop behind each edge of the walk.
    walks, bound
        The problem for the program, at the mean factor, and for the bound.
    everything
        What all streets and stops are worth in their best hours.
    """

    edges: NDArray[np.int64]
    walks: Walks
    bound: PriceBound
    everything: float

    @classmethod
    def of(
        cls, problem: PatrolProblem, asked: Orienteering, tasks: PrizeTasks
    ) -> "_Relaxed":
        arcs, slot_s = asked.arcs, asked.slot_s
        times_s = np.where(np.isfinite(arcs.time_s), arcs.time_s, np.inf)
        half_s = (asked.pause_s[arcs.tail] + asked.pause_s[arcs.head]) / 2
        half_s[arcs.driven :] = 0.0
        least_s = (times_s + half_s).reshape(-1, 2).min(axis=1)
        ends = np.column_stack([arcs.tail, arcs.head])[::2]
        away_s = _away_s(problem, ends, least_s)
        duration_s = problem.shift.duration_s
        driving_s = [
            longest_driving_s(r, duration_s) + _ROUNDING_S for r in problem.fleet
        ]
        usable_s = max(r.profile.usable_battery_s for r in problem.fleet)
        longest_s = min(max(driving_s), usable_s + _ROUNDING_S)
        near = np.isfinite(least_s) & (away_s[ends].sum(1) + least_s <= longest_s)
        worthless = (np.arange(len(least_s)) >= asked.num_streets) & ~np.isin(
            np.arange(len(least_s)), tasks.edges
        )
        edges = np.flatnonzero(near & ~worthless)
        can = np.isin(edges, tasks.edges)
        slots = Slots(
            factor=asked.factor,
            time_s=np.array(slot_time_s(problem, tuple(slot_s.tolist()))),
            open=can[:, None]
            & (asked.open_s[edges, None] < slot_s[None, 1:])
            & (asked.close_s[edges, None] > slot_s[None, :-1]),
        )
        prize = np.where(can, asked.prize[edges], 0.0)
        walks = Walks(
            num_nodes=asked.num_nodes,
            edge_nodes=ends[edges],
            time_s=np.maximum(least_s[edges], 1e-6),
            prize=prize,
            must=asked.must[edges],
            away_s=away_s,
            budget_s=sum(driving_s),
            longest_s=longest_s,
            most_pairs=len(asked.frames),
        )
        best = np.where(slots.open, asked.factor, 0.0).max(axis=1, initial=0.0)
        return cls(edges, walks, PriceBound(walks, slots), float(prize @ best))


def _away_s(
    problem: PatrolProblem, ends: NDArray[np.int64], least_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Least time from some dock to each node."""
    open_ = np.isfinite(least_s)
    ones = np.ones(int(open_.sum()), np.int64)
    network = Network(problem.graph.num_nodes, ends[open_], ones)
    docks = np.unique([robot.dock for robot in problem.fleet])
    return Roads.cheapest(network, least_s[open_]).tree(docks).distance


def _takings(
    problem: PatrolProblem, schedule: PrizeSchedule, bound_per_h: float
) -> Takings:
    asked = schedule.tasks.problem
    terms: Terms = problem.prizes.terms if problem.prizes else Terms((0.0, 1.0), (1.0,))
    served = schedule.served[: asked.num_streets]
    return Takings(
        covered_per_h=schedule.covered_per_h,
        all_per_h=float(asked.prize.sum()) * terms.mean_factor,
        bound_per_h=bound_per_h,
        bound_kind=str(BoundKind.LP),
        served_m=float(problem.graph.edge_length_m[served].sum()),
        terms=terms,
    )


def _plan(
    problem: PatrolProblem, routes: tuple[Route, ...], takings: Takings, *, seed: int
) -> PatrolPlan:
    graph = problem.graph
    driven_m = [float(graph.edge_length_m[route.streets].sum()) for route in routes]
    served = np.concatenate([route.streets[route.served] for route in routes])
    whole = float(problem.risk_per_h[problem.drivable].sum())
    return PatrolPlan(
        graph_digest=graph.digest,
        risk_digest="",
        map_path="",
        fleet=tuple(robot.duty for robot in problem.fleet),
        shift=problem.shift,
        required=problem.required,
        keep_out=problem.keep_out,
        routes=routes,
        length_m=sum(driven_m),
        required_m=problem.required_m,
        coverage=float(problem.risk_per_h[served].sum()) / whole if whole else 0.0,
        bound=Bound(0.0, BoundKind.WEAK, 0.0, BoundKind.WEAK),
        seed=seed,
        weights={},
        synthetic_risk=False,
        longest_m=max(driven_m),
        objective=problem.objective,
        takings=takings,
    )

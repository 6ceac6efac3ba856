"""Search for good routes of required edges: the driver of `ruin_recreate`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from patrol.planning.charges import Rules, equal_rules
from patrol.planning.dice import new_dice
from patrol.planning.fleet_state import (
    Crew,
    Jobs,
    State,
    Ways,
    between,
    empty_state,
    refresh_all,
)
from patrol.planning.network import NONE
from patrol.planning.ruin_recreate import Model, Search, anneal, recreate
from patrol.planning.stop import Deadline
from patrol.planning.tasks import TaskNetwork

_HOT, _COLD = 0.4, 0.01
"""First and last temperature, as shares of the mean cost of a task in the start."""

_CHUNK = 100
"""Rounds at one temperature, between two questions whether to go on."""

_CYCLE = 2000
"""Rounds for each task from hot to cold; then it is heated again."""

Orders = list[NDArray[np.int64]]
"""Tasks of each route in the order of service, an array for each route."""


class TaskWays(Protocol):
    """Required edges as tasks, and the ways between them; see `TaskNetwork`."""

    @property
    def edges(self) -> NDArray[np.int64]:
        """Edge of each task, shape ``(t,)``."""

    @property
    def ways(self) -> Ways:
        """Distances between the tasks."""

    @property
    def jobs(self) -> Jobs:
        """What the tasks cost and load."""

    def crew(self, routes: int) -> Crew:
        """Where so many routes begin and end."""


@dataclass(frozen=True)
class Annealing:
    """
    How long to search, and from how hot.

    Attributes
    ----------
    rounds
        Number of changes tried while it cools.
    heat
        First temperature as a share of the usual one.
    lenience
        Where routes are to be even: the first price of that as a share of the last. As
        it cools, the price grows; so streets change hands while that costs little.
    go_on
        Asked now and then whether to go on. A `Deadline` cools the search in time.
    """

    rounds: int
    heat: float = 1.0
    lenience: float = 1.0
    go_on: Callable[[], bool] = lambda: True


def search_routes(
    tasks: TaskWays,
    rules: Rules,
    start: Orders,
    *,
    seed: int,
    annealing: Annealing,
) -> Orders:
    """
    Improve routes by ruin and recreate.

    The total of what routes are charged is minimised. Where the rules know a penalty,
    the length from which it counts is that of the average robot, renewed as the search
    goes on: then robots get equally much to do. Lengths count at the pace of their
    vehicles.

    Parameters
    ----------
    tasks
        Required edges, ``t`` of them.
    rules
        What a route may hold and what it is charged.
    start
        Routes that hold every task once and break no rule; empty ones may be filled.
    seed
        Seed of the search.
    annealing
        How hard to search.
    """
    num = len(tasks.edges)
    model = Model(tasks.ways, tasks.jobs, rules)
    search = _search(model, tasks.crew(len(start)), start, seed=seed)
    unit = float(search.now.length.sum()) / max(1, num)
    hot, cold = annealing.heat * _HOT * unit, _COLD * unit
    cooling = Cooling(annealing, _CYCLE * (num + 1))
    while num > 1 and unit > 0 and (step := cooling.step()):
        phase = cooling.phase()
        heat = hot * (cold / hot) ** phase
        price = annealing.lenience ** (1 - phase)
        model = model._replace(rules=_priced(rules, search, price))
        anneal(model, search, heat, step)
    return _orders(search.best)


def _priced(rules: Rules, search: Search, price: float) -> Rules:
    """Renew the average robot, and charge this share of what is above it or a limit."""
    if rules.penalty > 0:
        average = float(counted(rules, search.now.length).mean())
        rules = rules._replace(target=average, penalty=rules.penalty * price)
    return rules._replace(over=rules.over * price)


def counted(rules: Rules, length: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say how much the routes of each robot count, together, shape ``(h,)``."""
    return np.add.reduceat(rules.pace * length, np.unique(rules.first))


class Cooling:
    """
    From hot to cold in each cycle, and in the second half of the search.

    So what is heated again then is heated the less, the more of `StopWhen` is used up.

    Parameters
    ----------
    annealing
        How hard to search.
    cycle
        Rounds of a cycle, about; one cycle for all rounds if left out.
    """

    def __init__(self, annealing: Annealing, cycle: int | None = None) -> None:
        self._annealing = annealing
        cycles = max(1, round(annealing.rounds / cycle)) if cycle else 1
        self._cycle = annealing.rounds / cycles
        self._done = 0
        go_on = annealing.go_on
        self._begun_s = go_on.clock() if isinstance(go_on, Deadline) else 0.0

    def step(self) -> int:
        """Give the number of rounds to do next; 0 at the end."""
        step = min(_CHUNK, self._annealing.rounds - self._done)
        self._done += step
        return step if step and self._annealing.go_on() else 0

    def spent(self) -> float:
        """Share of the rounds that is used up, or of the time if that is more."""
        spent = self._done / self._annealing.rounds
        go_on = self._annealing.go_on
        if isinstance(go_on, Deadline):
            spent = max(spent, go_on.spent(self._begun_s))
        return spent

    def phase(self) -> float:
        """From 0 where it is hot to 1 where it is cold."""
        return max(2 * self.spent() - 1, self._done % self._cycle / self._cycle)


def first_routes(tasks: TaskNetwork, *, capacity: float, seed: int) -> Orders:
    """
    Fill routes that keep the capacity, each task where it costs least.

    No task may load more than the capacity. Some routes are left empty, to be filled
    by the search.
    """
    packed = _packed(tasks.jobs.demand[:-1], capacity)
    num = len(tasks.edges)
    room = min(num, len(packed) + len(packed) // 2 + 2)
    packed += [np.zeros(0, np.int64)] * (room - len(packed))
    rules = equal_rules(room, num, capacity=capacity, target=np.inf, penalty=0.0)
    model = Model(tasks.ways, tasks.jobs, rules)
    empty = [order[:0] for order in packed]
    search = _search(model, tasks.crew(room), empty, seed=seed)
    search.bag[:num] = np.arange(num)
    return (
        _orders(search.work) if recreate(model, search, num, (NONE, NONE)) else packed
    )


def task_passes(tasks: TaskNetwork, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Count the passes of each edge on the cheapest walk that serves tasks in order.

    The walk is closed, from and to the depot.

    Parameters
    ----------
    tasks
        Required edges of a problem on ``m`` edges.
    order
        Tasks in the order of service.

    Returns
    -------
    NDArray
        Passes, shape ``(m,)``; with the depot they hang together, and every node has
        an even number of them.
    """
    state = routes_state(tasks, [order])
    num_edges = tasks.problem.network.num_edges
    passes = np.bincount(tasks.edges[order], minlength=num_edges)
    depot = tasks.problem.depot
    at = depot
    ends = tasks.problem.network.edge_nodes[tasks.edges]
    for tail, head, far in directions(tasks.ways, ends, state, 0):
        np.add.at(passes, tasks.roads.path(at, tail, within=far), 1)
        at = head
    np.add.at(passes, tasks.roads.path(at, depot), 1)
    return passes.astype(np.int64)


def directions(
    ways: Ways, ends: NDArray[np.int64], state: State, r: int
) -> Iterator[tuple[int, int, float]]:
    """
    Say where each task of a route is begun and left, in its cheapest directions.

    The third is how far it is to where it is begun, at most.

    Parameters
    ----------
    ways
        Distances between the tasks.
    ends
        Both nodes of each task, shape ``(t, 2)``.
    state, r
        Routes, and the number of one of them.
    """
    base = int(state.base[r])
    before, end = int(state.order[r, 0]), 0
    for p in range(1, int(state.size[r]) + 1):
        task = int(state.order[r, p])
        come = between(*ways, (base, before, task))[2 * end : 2 * end + 2]
        turned = int(come[1] + state.back[r, p, 1] < come[0] + state.back[r, p, 0])
        yield int(ends[task, turned]), int(ends[task, 1 - turned]), come[turned]
        before, end = task, 1 - turned


def _packed(demand: NDArray[np.float64], capacity: float) -> Orders:
    """First fit, largest first."""
    routes: list[list[int]] = []
    rooms: list[float] = []
    for task in np.argsort(-demand, kind="stable").tolist():
        fits = (k for k, room in enumerate(rooms) if room >= demand[task])
        k = next(fits, len(rooms))
        if k == len(rooms):
            routes.append([])
            rooms.append(capacity)
        routes[k].append(task)
        rooms[k] -= float(demand[task])
    return [np.array(route, np.int64) for route in routes]


def _search(model: Model, crew: Crew, start: Orders, *, seed: int) -> Search:
    return Search(
        work=_state(model.ways, model.jobs, crew, start),
        now=_state(model.ways, model.jobs, crew, start),
        best=_state(model.ways, model.jobs, crew, start),
        touched=np.zeros(len(start), np.bool_),
        bag=np.zeros(len(model.jobs.cost), np.int64),
        dice=new_dice(seed),
    )


def routes_state(tasks: TaskWays, orders: Orders) -> State:
    """Work out everything that the search keeps of given routes."""
    return _state(tasks.ways, tasks.jobs, tasks.crew(len(orders)), orders)


def _state(ways: Ways, jobs: Jobs, crew: Crew, orders: Orders) -> State:
    num = len(jobs.near)
    state = empty_state(crew, num, len(jobs.cost) - num)
    for r, order in enumerate(orders):
        state.order[r, 1 : len(order) + 1] = order
        state.size[r] = len(order)
        refresh_all(ways, jobs, state, r)
    return state


def _orders(state: State) -> Orders:
    return [
        state.order[r, 1 : size + 1].copy()
        for r, size in enumerate(state.size.tolist())
    ]

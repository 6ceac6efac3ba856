"""Search for good routes of required edges: the driver of `ruin_recreate`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.dice import new_dice
from patrol.planning.fleet_state import Rules, State, between, empty_state, refresh_all
from patrol.planning.ruin_recreate import Model, Search, anneal, recreate
from patrol.planning.tasks import TaskNetwork

_HOT, _COLD = 0.4, 0.01
"""First and last temperature, as shares of the mean cost of a task in the start."""

_CHUNK = 100
"""Rounds at one temperature, between two questions whether to go on."""

_CYCLE = 500
"""Rounds for each task from hot to cold; then it is heated again."""

Orders = list[NDArray[np.int64]]
"""Tasks of each route in the order of service, an array for each route."""


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
    go_on
        Asked now and then whether to go on.
    """

    rounds: int
    heat: float = 1.0
    go_on: Callable[[], bool] = lambda: True


def search_routes(
    tasks: TaskNetwork,
    rules: Rules,
    start: Orders,
    *,
    seed: int,
    annealing: Annealing,
) -> Orders:
    """
    Improve routes by ruin and recreate.

    The total of what routes are charged is minimised. Where the rules know a penalty,
    the length from which it counts is the average route, renewed as the search goes
    on: then routes become even, and the longest short.

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
    search = _search(model, start, seed=seed)
    unit = float(search.now.length.sum()) / max(1, num)
    hot, cold = annealing.heat * _HOT * unit, _COLD * unit
    cycle = annealing.rounds / max(1, round(annealing.rounds / (_CYCLE * (num + 1))))
    done = 0
    while num > 1 and unit > 0 and done < annealing.rounds and annealing.go_on():
        step = min(_CHUNK, annealing.rounds - done)
        heat = hot * (cold / hot) ** (done % cycle / cycle)
        if rules.penalty > 0:
            even = rules._replace(target=float(search.now.length.mean()))
            model = model._replace(rules=even)
        anneal(model, search, heat, step)
        done += step
    return _orders(search.best)


def first_routes(tasks: TaskNetwork, rules: Rules, *, seed: int) -> Orders:
    """
    Fill routes that keep the capacity, each task where it costs least.

    No task may load more than the capacity. Some routes are left empty, to be filled
    by the search.
    """
    packed = _packed(tasks.jobs.demand[:-1], rules.capacity)
    num = len(tasks.edges)
    room = min(num, len(packed) + len(packed) // 2 + 2)
    packed += [np.zeros(0, np.int64)] * (room - len(packed))
    model = Model(tasks.ways, tasks.jobs, rules)
    search = _search(model, [order[:0] for order in packed], seed=seed)
    search.bag[:num] = np.arange(num)
    return _orders(search.work) if recreate(model, search, num) else packed


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
    rules = Rules(np.inf, np.inf, 0.0)
    state = _state(Model(tasks.ways, tasks.jobs, rules), [order])
    num_edges = tasks.problem.network.num_edges
    passes = np.bincount(tasks.edges[order], minlength=num_edges)
    depot = tasks.problem.depot
    at = depot
    for tail, head in _directions(tasks, state):
        np.add.at(passes, tasks.roads.path(at, tail), 1)
        at = head
    np.add.at(passes, tasks.roads.path(at, depot), 1)
    return passes.astype(np.int64)


def _directions(tasks: TaskNetwork, state: State) -> Iterator[tuple[int, int]]:
    """Tail and head of each task of the first route, in its cheapest directions."""
    depot = len(tasks.edges)
    before, end = depot, 0
    ends = tasks.problem.network.edge_nodes[tasks.edges]
    for p in range(1, int(state.size[0]) + 1):
        task = int(state.order[0, p])
        come = between(*tasks.ways, before, task)[2 * end : 2 * end + 2]
        turned = int(come[1] + state.back[0, p, 1] < come[0] + state.back[0, p, 0])
        yield int(ends[task, turned]), int(ends[task, 1 - turned])
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


def _search(model: Model, start: Orders, *, seed: int) -> Search:
    return Search(
        work=_state(model, start),
        now=_state(model, start),
        best=_state(model, start),
        touched=np.zeros(len(start), np.bool_),
        bag=np.zeros(len(model.jobs.cost), np.int64),
        dice=new_dice(seed),
    )


def _state(model: Model, orders: Orders) -> State:
    state = empty_state(len(orders), len(model.jobs.cost) - 1)
    for r, order in enumerate(orders):
        state.order[r, 1 : len(order) + 1] = order
        state.size[r] = len(order)
        refresh_all(model.ways, model.jobs, state, r)
    return state


def _orders(state: State) -> Orders:
    return [
        state.order[r, 1 : size + 1].copy()
        for r, size in enumerate(state.size.tolist())
    ]

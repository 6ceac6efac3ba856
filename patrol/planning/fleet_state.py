"""
Routes of required edges, each passed in whichever direction is cheaper.

A route is an order of tasks; the directions follow from it. For each task and each of
its two directions the cheapest way here from where the route begins and onward to where
it ends are kept, so a change of the order is priced in constant time over all
directions [1]_. Vehicles may begin and end at different places and know different ways.

Everything here is compiled and works in place on arrays.

.. [1] Vidal (2017). Node, edge, arc routing and turn penalties: multiple problems, one
   neighborhood extension. *Operations Research* 65(4), 992-1010.
   doi:10.1287/opre.2017.1595.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE


class Ways(NamedTuple):
    """
    Distances between the ends of ``t`` tasks and of ``d`` depots.

    The depots are numbered like tasks, from ``t`` on; ``p = t + d`` places in all.
    Where vehicles can drive different streets, each kind of vehicle has ``p`` rows of
    its own, one kind after another.

    Attributes
    ----------
    link
        Distance from end ``x`` of a task to end ``y`` of another at ``[i, j, x, y]``,
        shape ``(p, p, 2, 2)``; or only to those of ``column``, shape
        ``(p, k, 2, 2)``.
    column
        Tasks near each task, ascending, shape ``(p, k)``; ``(p, 0)`` if all are
        known.
    home
        Distance from each depot to each end, and from there to it: those of depot
        ``k`` at ``[i, x, 2 * k]`` and ``[i, x, 2 * k + 1]``, shape ``(p, 2, 2 * d)``.
        One depot is enough where all other distances are known.
    """

    link: NDArray[np.float64]
    column: NDArray[np.int64]
    home: NDArray[np.float64]


class Jobs(NamedTuple):
    """
    ``t`` required edges.

    Attributes
    ----------
    cost
        What it costs to serve each along and against, infinite where that is
        forbidden, shape ``(t + d, 2)``; 0 for the depots.
    demand
        What each loads, shape ``(t + d,)``; 0 for the depots.
    near
        Other tasks, nearest first, shape ``(t, q)``.
    """

    cost: NDArray[np.float64]
    demand: NDArray[np.float64]
    near: NDArray[np.int64]


class State(NamedTuple):
    """
    Up to ``r`` routes of ``t`` tasks.

    Attributes
    ----------
    order
        Tasks of each route, shape ``(r, t + 3)``; it begins and ends with a depot, at
        places 0 and ``size + 1``.
    size
        Number of tasks of each route, shape ``(r,)``.
    length, load
        Cost and load of each route, shape ``(r,)``.
    route, place
        Route and place of each task, shape ``(t + d,)``; route `NONE` if in none.
    gap
        Distances between each task and the one before, as `between` gives them,
        shape ``(r, t + 3, 4)``.
    out
        Least cost from the first depot to the end of each task in each direction,
        itself included, shape ``(r, t + 3, 2)``.
    back
        Least cost from the start of each task in each direction to the last depot,
        itself included, shape ``(r, t + 3, 2)``.
    base
        First row of the vehicle's kind in `Ways`, shape ``(r,)``.
    """

    order: NDArray[np.int64]
    size: NDArray[np.int64]
    length: NDArray[np.float64]
    load: NDArray[np.float64]
    route: NDArray[np.int64]
    place: NDArray[np.int64]
    gap: NDArray[np.float64]
    out: NDArray[np.float64]
    back: NDArray[np.float64]
    base: NDArray[np.int64]


class Crew(NamedTuple):
    """
    Vehicles of ``r`` routes.

    Attributes
    ----------
    begin, finish
        Depots at which each begins and ends, numbered from ``t`` on, shape ``(r,)``.
    base
        First row of its kind in `Ways`, shape ``(r,)``.
    """

    begin: NDArray[np.int64]
    finish: NDArray[np.int64]
    base: NDArray[np.int64]


def equal_crew(routes: int, tasks: int) -> Crew:
    """Vehicles that all begin and end at the one depot."""
    depot = np.full(routes, tasks)
    return Crew(depot, depot, np.zeros(routes, np.int64))


def empty_state(crew: Crew, tasks: int, depots: int) -> State:
    """Make room for the routes of a crew, all empty."""
    routes = len(crew.begin)
    order = np.repeat(crew.finish[:, None], tasks + 3, axis=1)
    order[:, 0] = crew.begin
    return State(
        order=order,
        size=np.zeros(routes, np.int64),
        length=np.zeros(routes),
        load=np.zeros(routes),
        route=np.full(tasks + depots, NONE),
        place=np.zeros(tasks + depots, np.int64),
        gap=np.zeros((routes, tasks + 3, 4)),
        out=np.zeros((routes, tasks + 3, 2)),
        back=np.zeros((routes, tasks + 3, 2)),
        base=crew.base,
    )


@compiled
def between(
    link: NDArray[np.float64],
    column: NDArray[np.int64],
    home: NDArray[np.float64],
    pair: tuple[int, int, int],
) -> tuple[float, float, float, float]:
    """
    Distances 00, 01, 10, 11 of the ends of two tasks, see `Ways`.

    ``pair`` is (first row of the vehicle's kind, task, other task).
    """
    base, task, j = pair
    i, k = base + task, j
    if column.shape[1] > 0:
        k = int(np.searchsorted(column[i], j))
        if k == column.shape[1] or column[i, k] != j:
            return _by_depot(home[i], home[base + j])
    return link[i, k, 0, 0], link[i, k, 0, 1], link[i, k, 1, 0], link[i, k, 1, 1]


@compiled
def _by_depot(
    here: NDArray[np.float64], there: NDArray[np.float64]
) -> tuple[float, float, float, float]:
    """Distances of the ends of two tasks by way of the best depot."""
    d00 = d01 = d10 = d11 = np.inf
    for out in range(0, here.shape[1], 2):
        a, b = here[0, out + 1], here[1, out + 1]
        c, d = there[0, out], there[1, out]
        d00, d01 = min(d00, a + c), min(d01, a + d)
        d10, d11 = min(d10, b + c), min(d11, b + d)
    return d00, d01, d10, d11


@compiled
def length_with(
    ways: Ways, jobs: Jobs, state: State, spot: tuple[int, int, int]
) -> float:
    """Length of a route with a task more: ``spot`` is (task, route, place)."""
    task, r, p = spot
    link, column, home = ways
    before, after = state.order[r, p - 1], state.order[r, p]
    o0, o1 = state.out[r, p - 1, 0], state.out[r, p - 1, 1]
    b0, b1 = state.back[r, p, 0], state.back[r, p, 1]
    base = state.base[r]
    c00, c01, c10, c11 = between(link, column, home, (base, before, task))
    g00, g01, g10, g11 = between(link, column, home, (base, task, after))
    along = min(o0 + c10, o1 + c00) + min(g10 + b0, g11 + b1)
    against = min(o0 + c11, o1 + c01) + min(g00 + b0, g01 + b1)
    return float(min(along + jobs.cost[task, 0], against + jobs.cost[task, 1]))


@compiled
def measure(ways: Ways, state: State, r: int, p: int) -> None:
    """Work out anew how far place ``p`` of a route is from the one before."""
    link, column, home = ways
    gap = state.gap[r, p]
    i, j = state.order[r, p - 1], state.order[r, p]
    gap[0], gap[1], gap[2], gap[3] = between(link, column, home, (state.base[r], i, j))


@compiled
def refresh(jobs: Jobs, state: State, r: int, p: int) -> None:
    """Work out anew what follows from a change of the order at place ``p``."""
    order, out, back, gap = state.order[r], state.out[r], state.back[r], state.gap[r]
    cost, route, place = jobs.cost, state.route, state.place
    num = state.size[r]
    for q in range(p, num + 2):
        task = order[q]
        d00, d01, d10, d11 = gap[q, 0], gap[q, 1], gap[q, 2], gap[q, 3]
        out[q, 0] = cost[task, 0] + min(out[q - 1, 0] + d10, out[q - 1, 1] + d00)
        out[q, 1] = cost[task, 1] + min(out[q - 1, 0] + d11, out[q - 1, 1] + d01)
        route[task], place[task] = r, q
    for q in range(min(p, num), 0, -1):
        task = order[q]
        d00, d01, d10, d11 = (
            gap[q + 1, 0], gap[q + 1, 1], gap[q + 1, 2], gap[q + 1, 3]
        )  # fmt: skip
        back[q, 0] = cost[task, 0] + min(back[q + 1, 0] + d10, back[q + 1, 1] + d11)
        back[q, 1] = cost[task, 1] + min(back[q + 1, 0] + d00, back[q + 1, 1] + d01)
    state.length[r] = out[num + 1, 0]


@compiled
def refresh_all(ways: Ways, jobs: Jobs, state: State, r: int) -> None:
    """Work out anew everything that follows from the order and size of a route."""
    num = state.size[r]
    state.load[r] = 0.0
    for p in range(1, num + 1):
        state.load[r] += jobs.demand[state.order[r, p]]
    for p in range(1, num + 2):
        measure(ways, state, r, p)
    refresh(jobs, state, r, num + 1)
    refresh(jobs, state, r, 1)


@compiled
def copy_route(source: State, target: State, r: int) -> None:
    """Make one route of the target what it is in the source."""
    num = source.size[r]
    target.size[r] = num
    target.length[r], target.load[r] = source.length[r], source.load[r]
    order, out, back = target.order[r], target.out[r], target.back[r]
    old_order, old_out, old_back = source.order[r], source.out[r], source.back[r]
    route, place, gap, old_gap = (
        target.route,
        target.place,
        target.gap[r],
        source.gap[r],
    )
    for p in range(num + 2):
        task = old_order[p]
        order[p] = task
        route[task], place[task] = r, p
        out[p, 0], out[p, 1] = old_out[p, 0], old_out[p, 1]
        back[p, 0], back[p, 1] = old_back[p, 0], old_back[p, 1]
        for x in range(4):
            gap[p, x] = old_gap[p, x]


@compiled
def put(model: tuple[Ways, Jobs], state: State, spot: tuple[int, int, int]) -> None:
    """Put a task into a route: ``spot`` is (task, route, place)."""
    ways, jobs = model
    task, r, p = spot
    order, back, gap = state.order[r], state.back[r], state.gap[r]
    for q in range(state.size[r] + 2, p, -1):
        order[q] = order[q - 1]
        back[q, 0], back[q, 1] = back[q - 1, 0], back[q - 1, 1]
        for x in range(4):
            gap[q, x] = gap[q - 1, x]
    order[p] = task
    state.size[r] += 1
    state.load[r] += jobs.demand[task]
    measure(ways, state, r, p)
    measure(ways, state, r, p + 1)
    refresh(jobs, state, r, p)


@compiled
def cut(model: tuple[Ways, Jobs], state: State, spot: tuple[int, int, int]) -> None:
    """Take tasks out of a route: ``spot`` is (route, first place, place after)."""
    ways, jobs = model
    r, first, stop = spot
    order, back, gap = state.order[r], state.back[r], state.gap[r]
    for q in range(first, stop):
        state.route[order[q]] = NONE
        state.load[r] -= jobs.demand[order[q]]
    shift = stop - first
    for q in range(first, state.size[r] + 2 - shift):
        order[q] = order[q + shift]
        back[q, 0], back[q, 1] = back[q + shift, 0], back[q + shift, 1]
        for x in range(4):
            gap[q, x] = gap[q + shift, x]
    state.size[r] -= shift
    measure(ways, state, r, first)
    refresh(jobs, state, r, first)

"""
Routes in the middle of a shift: each robot elsewhere, with its own time and charge.

A route is an order of tasks, each in a direction; what it costs to put another task
into it follows from the neighbours alone. Compiled, in place on arrays.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.near_ways import NearWays
from patrol.planning.network import NONE

_LATE = 100.0
"""What a second after the end of the shift costs, in seconds: more than any detour."""


class Work(NamedTuple):
    """
    ``t`` tasks for ``r`` robots; lengths in metres.

    Robots that can drive the same streets in the same directions are of one kind. Each
    kind has ``t`` rows of its own, one kind after another.

    Attributes
    ----------
    near
        Ways between tasks near each other, for each kind.
    hub
        Distance of both ends of each task from one node in the middle, and from there
        to it, for ways between tasks that are not near each other, for each kind,
        shape ``(kinds * t, 2, 2)``.
    kind
        Kind of each robot, shape ``(r,)``.
    begin, finish
        Distance from where each robot is, and to where it must end, shape
        ``(r, t, 2)`` each.
    alone
        Distance between these two, shape ``(r,)``.
    length
        Length of each task, shape ``(t,)``.
    owner
        Robot that had the task, `NONE` if it is lost, shape ``(t,)``.
    allowed
        Whether a robot can serve a task from its first end to its second, and the
        other way, shape ``(r, t, 2)``.
    """

    near: NearWays
    hub: NDArray[np.float64]
    kind: NDArray[np.int64]
    begin: NDArray[np.float64]
    finish: NDArray[np.float64]
    alone: NDArray[np.float64]
    length: NDArray[np.float64]
    owner: NDArray[np.int64]
    allowed: NDArray[np.bool_]


class Terms(NamedTuple):
    """
    What routes are charged, in seconds; one value a robot, shape ``(r,)``.

    Attributes
    ----------
    pace
        Seconds to a metre.
    ready
        Time from which it can drive.
    usable, refill
        Driving time that its charge lasts for; seconds of charging for each second
        of driving after that.
    over
        Time by which it must be done.
    scale, power
        A route that ends at ``T`` costs ``scale * (T / scale) ** power``: the higher
        the power, the more the latest counts.
    keep
        Share of a task's own time that it costs to give it to another robot.
    """

    pace: NDArray[np.float64]
    ready: NDArray[np.float64]
    usable: NDArray[np.float64]
    refill: NDArray[np.float64]
    over: NDArray[np.float64]
    scale: float
    power: float
    keep: float


class Routes(NamedTuple):
    """
    Routes of ``r`` robots.

    Attributes
    ----------
    order, turned
        Tasks of each route, and whether each is driven from its second end to its
        first, shape ``(r, t)`` each.
    size, length
        Number of tasks and length of each route, shape ``(r,)``.
    gap
        Length driven before each task, and from the last to the end, shape
        ``(r, t + 1)``.
    route, place
        Where each task is, `NONE` if nowhere, shape ``(t,)``.
    """

    order: NDArray[np.int64]
    turned: NDArray[np.int64]
    size: NDArray[np.int64]
    length: NDArray[np.float64]
    gap: NDArray[np.float64]
    route: NDArray[np.int64]
    place: NDArray[np.int64]


Spot = tuple[int, int, int, int]
"""A task, and the robot, the place and the direction in which it is put there."""


@compiled
def way(work: Work, r: int, one: tuple[int, int], other: tuple[int, int]) -> float:
    """Length of a robot's way from an end of a task to one of another: (task, end)."""
    (task, x), (j, y) = one, other
    base = work.kind[r] * len(work.length)
    i, row = base + task, base + j
    k = _find(work.near.column[i], j)
    if k != NONE:
        return float(work.near.link[i, k, x, y])
    k = _find(work.near.column[row], task)
    if k != NONE:
        return float(work.near.back[row, k, y, x])
    return float(work.hub[i, x, 1] + work.hub[row, y, 0])


@compiled
def _find(column: NDArray[np.int64], task: int) -> int:
    """Place of a task in an ascending row, `NONE` where it is not (bisection)."""
    low, high = 0, len(column)
    while low < high:
        middle = (low + high) // 2
        if column[middle] < task:
            low = middle + 1
        else:
            high = middle
    return low if low < len(column) and column[low] == task else NONE


@compiled
def longer_by(
    work: Work, routes: Routes, known: NDArray[np.int64], spot: Spot
) -> float:
    """
    Tell by how much a route gets longer with a task more.

    ``known`` says where the row of the task for the robot's kind has each other task,
    `NONE` if nowhere.
    """
    task, r, p, turned = spot
    row, head = work.kind[r] * len(work.length) + task, 1 - turned
    come, go = work.begin[r, task, turned], work.finish[r, task, head]
    if p > 0:
        other, end = routes.order[r, p - 1], 1 - routes.turned[r, p - 1]
        if known[other] != NONE:
            come = work.near.back[row, known[other], turned, end]
        else:
            come = way(work, r, (other, end), (task, turned))
    if p < routes.size[r]:
        other, end = routes.order[r, p], routes.turned[r, p]
        if known[other] != NONE:
            go = work.near.link[row, known[other], head, end]
        else:
            go = way(work, r, (task, head), (other, end))
    return float(come + work.length[task] + go - routes.gap[r, p])


@compiled
def _gap(work: Work, routes: Routes, r: int, p: int) -> float:
    """Length that a robot drives before the task at a place, or to its end."""
    order, size = routes.order[r], routes.size[r]
    if size == 0:
        return float(work.alone[r])
    if p == 0:
        return float(work.begin[r, order[0], routes.turned[r, 0]])
    last, head = order[p - 1], 1 - routes.turned[r, p - 1]
    if p == size:
        return float(work.finish[r, last, head])
    return way(work, r, (last, head), (order[p], routes.turned[r, p]))


@compiled
def charge(terms: Terms, r: int, length: float) -> float:
    """Work out what a route of this length costs, in seconds."""
    end = end_of(terms, r, length)
    late = max(0.0, end - terms.over[r])
    return float(terms.scale * (end / terms.scale) ** terms.power + _LATE * late)


@compiled
def end_of(terms: Terms, r: int, length: float) -> float:
    """When a robot is done with a route of this length, about."""
    drive = length * terms.pace[r]
    return float(
        terms.ready[r] + drive + max(0.0, drive - terms.usable[r]) * terms.refill[r]
    )


@compiled
def price(
    work: Work, terms: Terms, routes: Routes, more: tuple[int, int, float]
) -> float:
    """Cost of a task, a robot and by how much its route gets longer with it."""
    task, r, longer = more
    length = routes.length[r]
    dearer = charge(terms, r, length + longer) - charge(terms, r, length)
    return dearer + away(work, terms, task, r)


@compiled
def away(work: Work, terms: Terms, task: int, r: int) -> float:
    """Price of a robot's not having had the task."""
    owner = work.owner[task]
    if owner in {NONE, r}:
        return 0.0
    return float(terms.keep * work.length[task] * terms.pace[r])


@compiled
def put(work: Work, routes: Routes, spot: Spot) -> None:
    """Put a task into a route."""
    task, r, p, turned = spot
    routes.length[r] += work.length[task] - routes.gap[r, p]
    for q in range(routes.size[r], p, -1):
        routes.order[r, q] = routes.order[r, q - 1]
        routes.turned[r, q] = routes.turned[r, q - 1]
        routes.gap[r, q + 1] = routes.gap[r, q]
        routes.place[routes.order[r, q]] = q
    routes.order[r, p], routes.turned[r, p] = task, turned
    routes.route[task], routes.place[task] = r, p
    routes.size[r] += 1
    for q in range(p, p + 2):
        routes.gap[r, q] = _gap(work, routes, r, q)
        routes.length[r] += routes.gap[r, q]


@compiled
def cut(work: Work, routes: Routes, r: int, piece: tuple[int, int]) -> None:
    """Take the tasks from one place to before another out of a route."""
    first, stop = piece
    gone = routes.gap[r, first]
    for p in range(first, stop):
        task = routes.order[r, p]
        gone += work.length[task] + routes.gap[r, p + 1]
        routes.route[task] = NONE
    for p in range(stop, routes.size[r]):
        q = p - stop + first
        routes.order[r, q] = routes.order[r, p]
        routes.turned[r, q] = routes.turned[r, p]
        routes.gap[r, q + 1] = routes.gap[r, p + 1]
        routes.place[routes.order[r, q]] = q
    routes.size[r] -= stop - first
    routes.gap[r, first] = _gap(work, routes, r, first)
    routes.length[r] += routes.gap[r, first] - gone


@compiled
def copy_route(source: Routes, target: Routes, r: int) -> None:
    """Make one route of the target what it is in the source."""
    target.size[r], target.length[r] = source.size[r], source.length[r]
    for p in range(source.size[r]):
        task = source.order[r, p]
        target.order[r, p], target.turned[r, p] = task, source.turned[r, p]
        target.gap[r, p] = source.gap[r, p]
        target.route[task], target.place[task] = r, p
    target.gap[r, source.size[r]] = source.gap[r, source.size[r]]

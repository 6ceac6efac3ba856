"""
Search for better routes in the middle of a shift, near those that are being driven.

What has lost its robot is put back by regret: first the task that would suffer most if
its best robot were taken [1]_. Then pieces of neighbouring routes are torn out and put
back as long as that is cheaper, counting what every task costs that changes its robot
(ruin and recreate [2]_). Heuristic, without a guarantee; never worse than it began.

.. [1] Potvin and Rousseau (1993). A parallel route building algorithm for the vehicle
   routing and scheduling problem with time windows. *European Journal of Operational
   Research* 66(3), 331-340. doi:10.1016/0377-2217(93)90221-8.
.. [2] Christiaens and Vanden Berghe (2020). Slack induction by string removals for
   vehicle routing problems. *Transportation Science* 54(2), 417-433.
   doi:10.1287/trsc.2019.0914.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import borrowed, compiled
from patrol.planning.dice import uniform
from patrol.planning.network import NONE
from patrol.planning.shift_state import (
    Routes,
    Spot,
    Terms,
    Work,
    away,
    charge,
    copy_route,
    cut,
    end_of,
    longer_by,
    price,
    put,
)

_STRINGS = 4  # most pieces that are torn out at once
_STRING = 8  # most tasks in one of them

Orders = list[list[tuple[int, int]]]
"""Tasks of each route with 1 where one is driven from its second end, else 0."""


class _Room(NamedTuple):
    """What the search needs besides the routes."""

    saved: Routes
    touched: NDArray[np.bool_]
    bag: NDArray[np.int64]
    dice: NDArray[np.uint64]


def search_shift(
    work: Work, terms: Terms, start: Orders, *, seed: int, rounds: int
) -> Orders:
    """
    Put lost tasks into routes, and make the routes better.

    Parameters
    ----------
    work
        Tasks and robots.
    terms
        What routes are charged.
    start
        Routes now; tasks that are in none of them are put in. Each task that some
        robot may serve is in the result.
    seed
        Seed of the search: the same seed gives the same routes.
    rounds
        How many changes are tried.
    """
    routes = _routes(work, start)
    num = len(work.length)
    room = _Room(
        saved=_routes(work, start),
        touched=np.zeros(len(routes.size), np.bool_),
        bag=np.empty(num, np.int64),
        dice=np.array([2 * seed + 0x9E3779B97F4A7C15], np.uint64),
    )
    lost = np.flatnonzero((routes.route == NONE) & work.allowed.any(axis=(0, 2)))
    _fill_by_regret(work, terms, routes, lost)
    for r in range(len(routes.size)):
        copy_route(routes, room.saved, r)
    room.saved.route[:], room.saved.place[:] = routes.route, routes.place
    if len(routes.size) and (routes.size > 0).any():
        ends = [end_of(terms, r, float(x)) for r, x in enumerate(routes.length)]
        terms = terms._replace(scale=max(1.0, float(np.mean(ends))))
        _improve(work, terms, (routes, room), rounds)
    return [
        list(
            zip(
                *(a[r, :k].tolist() for a in (routes.order, routes.turned)), strict=True
            )
        )
        for r, k in enumerate(routes.size.tolist())
    ]


def _routes(work: Work, start: Orders) -> Routes:
    num, robots = len(work.length), len(work.alone)
    routes = Routes(
        order=np.full((robots, num), NONE),
        turned=np.zeros((robots, num), np.int64),
        size=np.zeros(robots, np.int64),
        length=work.alone.copy(),
        gap=np.repeat(work.alone[:, None], num + 1, axis=1),
        route=np.full(num, NONE),
        place=np.zeros(num, np.int64),
    )
    for r, order in enumerate(start):
        for task, turned in order:
            put(work, routes, (task, r, int(routes.size[r]), turned))
    return routes


@compiled
def _fill_by_regret(
    work: Work, terms: Terms, routes: Routes, lost: NDArray[np.int64]
) -> None:
    """Put tasks into routes, the one first that would suffer most from waiting."""
    _fill(borrowed(work), borrowed(terms), borrowed(routes), lost)


@compiled
def _fill(work: Work, terms: Terms, routes: Routes, lost: NDArray[np.int64]) -> None:
    num = len(lost)
    left = np.ones(num, np.bool_)
    stale = np.ones(num, np.bool_)
    spots = np.empty((num, 3), np.int64)
    second = np.empty(num, np.int64)
    regret = np.empty(num)
    for _ in range(num):
        best = -1
        for k in range(num):
            if not left[k]:
                continue
            if stale[k]:
                spot, rival, loss = _best_spot(work, terms, routes, lost[k])
                spots[k, 0], spots[k, 1], spots[k, 2] = spot[1], spot[2], spot[3]
                second[k], regret[k], stale[k] = rival, loss, False
            if best < 0 or regret[k] > regret[best]:
                best = k
        r, p, turned = spots[best, 0], spots[best, 1], spots[best, 2]
        put(work, routes, (lost[best], r, p, turned))
        left[best] = False
        _spoil(stale, (spots[:, 0], second), r)


@compiled
def _spoil(
    stale: NDArray[np.bool_],
    robots: tuple[NDArray[np.int64], NDArray[np.int64]],
    r: int,
) -> None:
    """Mark the tasks whose two best robots are not as they were."""
    first, second = robots
    for k in range(len(stale)):
        stale[k] = stale[k] or first[k] == r or second[k] == r


@compiled
def _best_spot(
    work: Work, terms: Terms, routes: Routes, task: int
) -> tuple[Spot, int, float]:
    """Find the cheapest spot, the second best robot, and how much dearer that is."""
    longer, spots = _shortest(work, routes, task)
    best, rival, cost, dearer = NONE, NONE, np.inf, np.inf
    for r in range(len(longer)):
        if longer[r] == np.inf:
            continue
        asked = price(work, terms, routes, (task, r, longer[r]))
        if asked < cost:
            best, rival, cost, dearer = r, best, asked, cost
        elif asked < dearer:
            rival, dearer = r, asked
    return (task, best, spots[best, 0], spots[best, 1]), rival, dearer - cost


@compiled
def _shortest(
    work: Work, routes: Routes, task: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """By how much each route gets longer with a task at its best place and side."""
    robots, num = len(routes.size), len(routes.route)
    found = (np.full(robots, np.inf), np.zeros((robots, 2), np.int64))
    known = np.full((len(work.near.column) // num, num + 1), NONE)
    for kind in range(len(known)):
        column = work.near.column[kind * num + task]
        known[kind, column] = np.arange(len(column))
        for other in column:
            r = NONE if other == num else routes.route[other]
            if r != NONE and work.kind[r] == kind:
                for p in range(routes.place[other], routes.place[other] + 2):
                    _try(work, routes, known[kind], (task, r, p), found)
    for r in range(robots):
        for p in (0, routes.size[r]):
            _try(work, routes, known[work.kind[r]], (task, r, p), found)
    return found


@compiled
def _try(
    work: Work,
    routes: Routes,
    known: NDArray[np.int64],
    place: tuple[int, int, int],
    found: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> None:
    """Note by how much a route gets longer at a place, if that is the least so far."""
    longer, spots = found
    task, r, p = place
    for turned in range(2):
        if work.allowed[r, task, turned]:
            more = longer_by(work, routes, known, (task, r, p, turned))
            if more < longer[r]:
                longer[r] = more
                spots[r, 0], spots[r, 1] = p, turned


@compiled
def _improve(
    work: Work, terms: Terms, state: tuple[Routes, _Room], rounds: int
) -> None:
    """Tear pieces out and put them back, as long as that is cheaper."""
    _descend(borrowed(work), borrowed(terms), borrowed(state), rounds)


@compiled
def _descend(
    work: Work, terms: Terms, state: tuple[Routes, _Room], rounds: int
) -> None:
    routes, room = state
    now = _value(work, terms, routes)
    for _ in range(rounds):
        num = _ruin(work, routes, room)
        whole = True
        for k in range(num):
            spot, _, _ = _best_spot(work, terms, routes, room.bag[k])
            if spot[1] == NONE:
                whole = False
                break
            put(work, routes, spot)
            room.touched[spot[1]] = True
        value = _value(work, terms, routes) if whole else np.inf
        if value < now:
            now = value
            _hand_over(routes, room.saved, room.touched)
        else:
            _hand_over(room.saved, routes, room.touched)


@compiled
def _value(work: Work, terms: Terms, routes: Routes) -> float:
    total = 0.0
    for r in range(len(routes.size)):
        total += charge(terms, r, routes.length[r])
    for task in range(len(routes.route)):
        if routes.route[task] != NONE:
            total += away(work, terms, task, routes.route[task])
    return total


@compiled
def _hand_over(source: Routes, target: Routes, touched: NDArray[np.bool_]) -> None:
    for r in range(len(touched)):
        if touched[r]:
            copy_route(source, target, r)
            touched[r] = False


@compiled
def _ruin(work: Work, routes: Routes, room: _Room) -> int:
    """Tear strings out of routes near a random task; return how many tasks."""
    num, dice = 0, room.dice
    seed = int(uniform(dice) * len(routes.route))
    strings = 1 + int(uniform(dice) * _STRINGS)
    kind = 0 if routes.route[seed] == NONE else work.kind[routes.route[seed]]
    column = work.near.column[kind * len(routes.route) + seed]
    skip = int(uniform(dice) * len(column))
    for k in range(-1, len(column)):
        task = seed if k < 0 else column[(k + skip) % len(column)]
        if task == len(routes.route) or routes.route[task] == NONE:
            continue
        r = routes.route[task]
        if room.touched[r]:
            continue
        length = min(1 + int(uniform(dice) * _STRING), routes.size[r])
        low = max(0, routes.place[task] - length + 1)
        high = min(routes.place[task], routes.size[r] - length)
        first = low + int(uniform(dice) * (high - low + 1))
        for p in range(first, first + length):
            room.bag[num] = routes.order[r, p]
            num += 1
        cut(work, routes, r, (first, first + length))
        room.touched[r] = True
        strings -= 1
        if strings == 0:
            break
    return num

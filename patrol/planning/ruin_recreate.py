"""
Slack induction by string removals, on required edges in either direction.

Neighbouring pieces of a few routes are torn out, the tasks put back one by one where
that is cheapest, and the result kept by simulated annealing [1]_.

Where routes are to be even, or no longer than a limit, and there are few tasks, a place
is looked for in the whole of some other route, too, now and then, or a long string is
driven out of its route: far from all other routes a task has only neighbours of its
own. Where there are many, pieces of routes are exchanged first, which are few
(`segments`).

.. [1] Christiaens and Vanden Berghe (2020). Slack induction by string removals for
   vehicle routing problems. *Transportation Science* 54(2), 417-433.
   doi:10.1287/trsc.2019.0914.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import borrowed, compiled
from patrol.planning.charges import Rules, charge, excess, rest_of, value_of
from patrol.planning.dice import uniform
from patrol.planning.fleet_state import (
    Jobs,
    State,
    Ways,
    between,
    copy_route,
    cut,
    length_with,
    put,
)
from patrol.planning.network import NONE

_REMOVED = 10  # tasks torn out, on average; as in the paper
_STRING = 10  # longest string torn out of one route; as in the paper
_LONG = 50  # tasks of a route that may lose several strings at once
_BLINK = 0.01  # chance to overlook a place; as in the paper
_SPLIT = 0.5  # chance that a string leaves a piece in its middle standing
_LONGER = 0.01  # chance that this piece is a task longer; as in the paper
_NEAR = 40  # tasks beside which another may be put
_GUEST = 0.3  # chance that all places of some route are looked at
_DRIVEN = 0.2  # chance that a string is driven out of its route
_FAR = 30  # longest string of these
_FEW = 500  # there are few tasks, below this


class Model(NamedTuple):
    """Everything that stays as it is."""

    ways: Ways
    jobs: Jobs
    rules: Rules


Hosts = tuple[int, int]
"""Route in which all places are looked at, and one in which none is; or `NONE`."""


Spot = tuple[int, int]
"""Route, and place in it."""


class Search(NamedTuple):
    """
    Everything that changes.

    Attributes
    ----------
    work, now, best
        Routes being changed, routes accepted, best routes so far.
    touched
        Whether a route of ``work`` may differ from ``now``, shape ``(r,)``.
    bag
        Tasks torn out, shape ``(t,)``.
    dice
        State of the random numbers, shape ``(1,)``.
    """

    work: State
    now: State
    best: State
    touched: NDArray[np.bool_]
    bag: NDArray[np.int64]
    dice: NDArray[np.uint64]


@compiled
def anneal(model: Model, search: Search, heat: float, rounds: int) -> None:
    """
    Change the routes so many times at one temperature.

    All three states of the search must hold all tasks and be refreshed.
    """
    _anneal(borrowed(model), borrowed(search), heat, rounds)


@compiled
def _anneal(model: Model, search: Search, heat: float, rounds: int) -> None:
    best = value_of(model.rules, search.best.length)
    now = value_of(model.rules, search.now.length)
    for _ in range(rounds):
        whole = _change(model, search)
        value = value_of(model.rules, search.work.length)
        if whole and value < now - heat * np.log(1.0 - uniform(search.dice)):
            now = value
            _hand_over(search.work, search.now, search.touched)
            if value < best - 1e-9:
                best = value
                for r in range(len(search.now.size)):
                    copy_route(search.now, search.best, r)
        else:
            _hand_over(search.now, search.work, search.touched)


@compiled
def _change(model: Model, search: Search) -> bool:
    """Tear tasks out and put them back; return whether all found room."""
    dice, rules = search.dice, model.rules
    if rules.penalty <= 0.0 and rules.over <= 0.0:
        num = _ruin(model, search)
        return recreate(model, search, num, (NONE, NONE))
    few = len(model.jobs.near) < _FEW
    if few and uniform(dice) < _DRIVEN:
        return _drive_out(model, search)
    num, guest = _ruin(model, search), NONE
    if few and uniform(dice) < _GUEST:
        guest = int(uniform(dice) * len(search.work.size))
    return recreate(model, search, num, (guest, NONE))


@compiled
def _drive_out(model: Model, search: Search) -> bool:
    """Move a string out of a long route; return whether there was room elsewhere."""
    work, dice = search.work, search.dice
    routes = len(work.size)
    r, other = int(uniform(dice) * routes), int(uniform(dice) * routes)
    if excess(model.rules, work.length, other) > excess(model.rules, work.length, r):
        r = other
    size = work.size[r]
    if size == 0:
        return False
    task = work.order[r, 1 + int(uniform(dice) * size)]
    length = 1 + int(uniform(dice) * min(size, _FAR))
    guest = _other_route(model, search, task)
    num = _tear(model, search, (task, min(length, size)), 0)
    search.touched[r] = True
    return recreate(model, search, num, (guest, r))


@compiled
def _other_route(model: Model, search: Search, task: int) -> int:
    """Find another route that comes near a task; any route if none is known."""
    route, near = search.work.route, model.jobs.near[task]
    for k in range(int(uniform(search.dice) * len(near)), len(near)):
        if route[near[k]] not in (NONE, route[task]):
            return int(route[near[k]])
    return int(uniform(search.dice) * len(search.work.size))


@compiled
def _hand_over(source: State, target: State, touched: NDArray[np.bool_]) -> None:
    for r in range(len(touched)):
        if touched[r]:
            copy_route(source, target, r)
            touched[r] = False


@compiled
def _ruin(model: Model, search: Search) -> int:
    """Tear strings out of routes near a random task; return the number of tasks."""
    work, dice = search.work, search.dice
    tasks = len(model.jobs.near)
    longest = min(float(_STRING), tasks / max(1, (work.size > 0).sum()))
    strings = int(1 + uniform(dice) * (4.0 * _REMOVED / (1.0 + longest) - 1.0))
    seed = int(uniform(dice) * tasks)
    num = 0
    for k in range(-1, model.jobs.near.shape[1]):
        task = seed if k < 0 else model.jobs.near[seed, k]
        r = work.route[task]
        if r == NONE or (search.touched[r] and work.size[r] < _LONG):
            continue
        length = 1 + int(uniform(dice) * min(float(work.size[r]), longest))
        num = _tear(model, search, (task, min(length, work.size[r])), num)
        search.touched[r] = True
        strings -= 1
        if strings == 0:
            break
    return num


@compiled
def _tear(model: Model, search: Search, string: tuple[int, int], num: int) -> int:
    """Tear a string around a task out of its route, perhaps leaving a piece."""
    work, dice = search.work, search.dice
    task, length = string
    r, p = work.route[task], work.place[task]
    size = work.size[r]
    kept = 0
    if 1 < length < size and uniform(dice) < _SPLIT:
        kept = 1
        while length + kept < size and uniform(dice) < _LONGER:
            kept += 1
    span = length + kept
    low, high = max(1, p - span + 1), min(p, size - span + 1)
    first = low + int(uniform(dice) * (high - low + 1))
    piece = first + (1 + int(uniform(dice) * (length - 1)) if kept > 0 else length)
    for q in range(first, first + span):
        if not piece <= q < piece + kept:
            search.bag[num] = work.order[r, q]
            num += 1
    parts = (model.ways, model.jobs)
    if kept > 0:
        cut(parts, work, (r, piece + kept, first + span))
    cut(parts, work, (r, first, piece))
    return num


@compiled
def recreate(model: Model, search: Search, num: int, hosts: Hosts) -> bool:
    """
    Put the first tasks of the bag back, one by one, where each costs least.

    Returns whether all found room; those that did not are in no route.
    """
    for k in _sequence(model, search, num):
        task = search.bag[k]
        r, p = _best_spot(model, search, task, hosts)
        if r == NONE:
            return False
        put((model.ways, model.jobs), search.work, (task, r, p))
        search.touched[r] = True
    return True


@compiled
def _sequence(model: Model, search: Search, num: int) -> NDArray[np.int64]:
    """Order in which the bag is emptied: by chance, demand, far or near first."""
    kind = uniform(search.dice) * 11.0
    key = np.empty(num)
    for k in range(num):
        task = search.bag[k]
        home = model.ways.home[task, 0, 0]
        if kind < 4.0:
            key[k] = uniform(search.dice)
        elif kind < 8.0:
            key[k] = -model.jobs.demand[task]
        else:
            key[k] = -home if kind < 10.0 else home
    return np.argsort(key, kind="mergesort")


@compiled
def _best_spot(
    model: Model, search: Search, task: int, hosts: Hosts
) -> tuple[int, int]:
    """Find the cheapest route and place for a task, but blink now and then."""
    guest, banned = hosts
    work, dice, rules = search.work, search.dice, model.rules
    link, column, home = model.ways
    order, out, back, bases = work.order, work.out, work.back, work.base
    route, place, size, length = work.route, work.place, work.size, work.length
    may, load = rules.may, work.load
    near = model.jobs.near[task]
    costs = (model.jobs.cost[task, 0], model.jobs.cost[task, 1])
    room = rules.capacity - model.jobs.demand[task]
    best, spot = np.inf, (NONE, 0)
    for k in range(min(_NEAR, len(near))):
        r = route[near[k]]
        if r in (NONE, banned) or load[r] > room or not may[r, task]:
            continue
        p, base = place[near[k]], bases[r]
        others = rest_of(rules, length, r)
        now = charge(rules, r, length[r], others)
        for q in range(p, p + 1 + (p == size[r])):
            before, after = order[r, q - 1], order[r, q]
            come = between(link, column, home, (base, before, task))
            onward = between(link, column, home, (base, task, after))
            ahead = (out[r, q - 1, 0], out[r, q - 1, 1])
            rest = (back[r, q, 0], back[r, q, 1])
            longer = _joined(ahead, come, costs, onward, rest)
            price = charge(rules, r, longer, others) - now
            if price < best and uniform(dice) >= _BLINK:
                best, spot = price, (r, q)
    if guest not in (NONE, banned):
        best, spot = _better_spot(model, work, (task, guest), (best, spot))
    r, price = _empty_route(model, work, task)
    if price < best:
        return r, 1
    if spot[0] == NONE and banned == NONE:
        return _any_spot(model, work, task)
    return spot


@compiled
def _price(model: Model, work: State, spot: tuple[int, int, int]) -> float:
    length = length_with(model.ways, model.jobs, work, spot)
    r = spot[1]
    rest = rest_of(model.rules, work.length, r)
    now = charge(model.rules, r, work.length[r], rest)
    return charge(model.rules, r, length, rest) - now


@compiled
def _any_spot(model: Model, work: State, task: int) -> tuple[int, int]:
    """Find the cheapest place of all, where no neighbour's route has room."""
    best, spot = np.inf, (NONE, 0)
    for r in range(len(work.size)):
        best, spot = _better_spot(model, work, (task, r), (best, spot))
    return spot


@compiled
def _better_spot(
    model: Model, work: State, job: tuple[int, int], known: tuple[float, Spot]
) -> tuple[float, Spot]:
    """Look at all places of a route for a task: ``job`` is (task, route)."""
    task, r = job
    best, spot = known
    if _full(model, work, task, r):
        return best, spot
    for p in range(1, work.size[r] + 2):
        price = _price(model, work, (task, r, p))
        if price < best:
            best, spot = price, (r, p)
    return best, spot


@compiled
def _full(model: Model, work: State, task: int, r: int) -> bool:
    heavy = work.load[r] + model.jobs.demand[task] > model.rules.capacity
    return bool(heavy or not model.rules.may[r, task])


@compiled
def _empty_route(model: Model, work: State, task: int) -> tuple[int, float]:
    """Find the cheapest route to begin, and its price; of equal ones the first."""
    size, order, bases, rules = work.size, work.order, work.base, model.rules
    may, pace, limit = rules.may, rules.pace, rules.limit
    link, column, home = model.ways
    costs = (model.jobs.cost[task, 0], model.jobs.cost[task, 1])
    best, found, last = np.inf, NONE, NONE
    for r in range(len(size)):
        if size[r] > 0 or not may[r, task]:
            continue
        begin, end, base = order[r, 0], order[r, 1], bases[r]
        if last != NONE:  # two empty routes of vehicles that are alike?
            same = begin == order[last, 0] and end == order[last, 1]
            same = same and base == bases[last] and pace[r] == pace[last]
            same = same and rules.first[r] == rules.first[last]
            if same and limit[r] == limit[last]:
                continue
        last = r
        come = between(link, column, home, (base, begin, task))
        onward = between(link, column, home, (base, task, end))
        longer = _joined((0.0, 0.0), come, costs, onward, (0.0, 0.0))
        rest = rest_of(rules, work.length, r)
        price = charge(rules, r, longer, rest) - charge(rules, r, work.length[r], rest)
        if price < best:
            best, found = price, r
    return found, best


@compiled
def _joined(
    ahead: tuple[float, float],
    come: tuple[float, float, float, float],
    costs: tuple[float, float],
    onward: tuple[float, float, float, float],
    rest: tuple[float, float],
) -> float:
    """Length of a route with a task between two others, see `length_with`."""
    c00, c01, c10, c11 = come
    g00, g01, g10, g11 = onward
    along = min(ahead[0] + c10, ahead[1] + c00) + min(g10 + rest[0], g11 + rest[1])
    other = min(ahead[0] + c11, ahead[1] + c01) + min(g00 + rest[0], g01 + rest[1])
    return min(along + costs[0], other + costs[1])

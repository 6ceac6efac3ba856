"""
Ruin and recreate for prizes: tear pieces of trips out, fill the time anew.

As `ruin_recreate`, but not every task need be served: after strings of a few trips
near a random task are torn out [1]_, the torn tasks and idle ones nearby are tried one
by one, each where it takes the least time, and kept out where it is not worth it. What
a second is worth at least is drawn anew for every round; what then is left of the time
is filled with whatever fits.

.. [1] Christiaens and Vanden Berghe (2020). Slack induction by string removals for
   vehicle routing problems. *Transportation Science* 54(2), 417-433.
   doi:10.1287/trsc.2019.0914.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import borrowed, compiled
from patrol.planning.dice import uniform
from patrol.planning.network import NONE
from patrol.planning.prize_state import (
    Frames,
    Trips,
    Work,
    assess,
    between,
    copy_trip,
    cut,
    integral,
    put,
    served_at,
)

_REMOVED = 10  # tasks torn out, on average; as in the paper
_STRING = 12  # longest string torn out of one trip
_BLINK = 0.01  # chance to overlook a place; as in the paper
_NEAR = 16  # tasks beside which another may be put
_IDLE = 12  # idle tasks that are tried in one round besides those torn out
_LOOK = 60  # neighbours of the random task among which they are
_SLACK = 0.1  # what an idle second counts, as a share of a busy one


class Hunt(NamedTuple):
    """
    Everything that changes.

    Attributes
    ----------
    work, now, best
        Trips being changed, trips accepted, best trips so far.
    touched
        Whether a trip of ``work`` may differ from ``now``, shape ``(r,)``.
    bag
        Tasks to be tried, shape ``(t,)``.
    bagged
        Whether a task is in the bag, shape ``(t,)``.
    dice
        State of the random numbers, shape ``(1,)``.
    """

    work: Trips
    now: Trips
    best: Trips
    touched: NDArray[np.bool_]
    bag: NDArray[np.int64]
    bagged: NDArray[np.bool_]
    dice: NDArray[np.uint64]


Model = tuple[Work, Frames]


@compiled
def hunt(model: Model, search: Hunt, rate: float, heat: float, rounds: int) -> None:
    """
    Change the trips so many times at one temperature.

    ``rate`` is what a second collects on average, in prizes. All three states of the
    search must be refreshed and assessed.
    """
    _hunt(borrowed(model), borrowed(search), rate, heat, rounds)


@compiled
def _hunt(model: Model, search: Hunt, rate: float, heat: float, rounds: int) -> None:
    frames = model[1]
    best = _total(frames, search.best, 0.0)
    now = _total(frames, search.now, _SLACK * rate)
    for _ in range(rounds):
        num = _ruin(model, search)
        _refill(model, search, num, rate)
        value = _total(frames, search.work, _SLACK * rate)
        if value > now + heat * np.log(1.0 - uniform(search.dice)):
            now = value
            _hand_over(search.work, search.now, search.touched)
            plain = _total(frames, search.now, 0.0)
            if plain > best + 1e-12:
                best = plain
                for r in range(len(search.now.size)):
                    copy_trip(search.now, search.best, r)
        else:
            _take_back(search)


@compiled
def lay(model: Model, search: Hunt, order: NDArray[np.int64]) -> None:
    """
    Lay tasks into the trips in this order; when one is full, go on in the next.

    Those that must be served are laid first, the others before, between and after.
    """
    trips = search.work
    _lay_required(model, trips, order)
    r, p = 0, 0
    for task in order:
        if trips.trip[task] != NONE:
            r, p = trips.trip[task], trips.place[task]
        elif _put_if_fits(model, trips, (task, r, p + 1)):
            p += 1
        elif r + 1 < len(trips.size):
            last = trips.size[r + 1]
            if _put_if_fits(model, trips, (task, r + 1, last + 1)):
                r, p = r + 1, last + 1
    for r in range(len(trips.size)):
        assess(model[0], trips, r)


@compiled
def _lay_required(model: Model, trips: Trips, order: NDArray[np.int64]) -> None:
    r = 0
    for task in order:
        if model[0].must[task]:
            for s in range(r, len(trips.size)):
                if _put_if_fits(model, trips, (task, s, trips.size[s] + 1)):
                    r = s
                    break


@compiled
def _put_if_fits(model: Model, trips: Trips, spot: tuple[int, int, int]) -> bool:
    _, r, p = spot
    put(model, trips, spot)
    if trips.end_s[r] <= model[1].until_s[r]:
        return True
    cut(model, trips, (r, p, p + 1))
    return False


@compiled
def fill(model: Model, search: Hunt) -> None:
    """Put all tasks that are in no trip where they fit, the most worth first."""
    work = model[0]
    num = 0
    for task in range(len(work.prize)):
        if search.work.trip[task] == NONE:
            search.bag[num] = task
            num += 1
    key = np.empty(num)
    for k in range(num):
        task = search.bag[k]
        key[k] = -work.prize[task] / work.time_s[task].min()
    for k in np.argsort(key, kind="mergesort"):
        _try(model, search, search.bag[k], 0.0)
    for r in range(len(search.work.size)):
        assess(work, search.work, r)


@compiled
def _total(frames: Frames, trips: Trips, second: float) -> float:
    total = 0.0
    for r in range(len(trips.size)):
        if trips.end_s[r] > frames.until_s[r]:
            return -np.inf
        total += trips.value[r] + second * (frames.until_s[r] - trips.end_s[r])
    return total


@compiled
def _hand_over(source: Trips, target: Trips, touched: NDArray[np.bool_]) -> None:
    for r in range(len(touched)):
        if touched[r]:
            num = target.size[r]
            for p in range(1, num + 1):
                if target.trip[target.order[r, p]] == r:
                    target.trip[target.order[r, p]] = NONE
    for r in range(len(touched)):
        if touched[r]:
            copy_trip(source, target, r)
            touched[r] = False


@compiled
def _take_back(search: Hunt) -> None:
    _hand_over(search.now, search.work, search.touched)


@compiled
def _ruin(model: Model, search: Hunt) -> int:
    """Tear strings out near a random task; bag them and idle tasks nearby."""
    work, dice = search.work, search.dice
    near = model[0].near
    tasks = len(work.trip) - 1
    used = 0
    for r in range(len(work.size)):
        used += work.size[r]
    busy = max(1, (work.size > 0).sum())
    longest = min(float(_STRING), max(1.0, used / busy))
    strings = int(1 + uniform(dice) * (4.0 * _REMOVED / (1.0 + longest) - 1.0))
    seed = int(uniform(dice) * tasks)
    num = _idle(model, search, seed)
    for k in range(-1, near.shape[1]):
        task = seed if k < 0 else near[seed, k]
        r = work.trip[task]
        if r == NONE or (search.touched[r] and uniform(dice) < 0.5):
            continue
        length = 1 + int(uniform(dice) * min(float(work.size[r]), longest))
        num = _tear(model, search, (task, min(length, work.size[r])), num)
        search.touched[r] = True
        strings -= 1
        if strings <= 0:
            break
    for k in range(num):
        search.bagged[search.bag[k]] = False
    return num


@compiled
def _idle(model: Model, search: Hunt, seed: int) -> int:
    """Bag idle tasks near a task, itself included."""
    near = model[0].near
    num = 0
    for k in range(-1, min(_LOOK, near.shape[1])):
        task = seed if k < 0 else near[seed, k]
        if search.work.trip[task] == NONE and not search.bagged[task]:
            search.bag[num] = task
            search.bagged[task] = True
            num += 1
            if num == _IDLE:
                break
    return num


@compiled
def _tear(model: Model, search: Hunt, string: tuple[int, int], num: int) -> int:
    """Tear a string around a task out of its trip."""
    work, dice = search.work, search.dice
    task, length = string
    r, p = work.trip[task], work.place[task]
    low, high = max(1, p - length + 1), min(p, work.size[r] - length + 1)
    first = low + int(uniform(dice) * (high - low + 1))
    for q in range(first, first + length):
        other = work.order[r, q]
        if not search.bagged[other]:
            search.bag[num] = other
            search.bagged[other] = True
            num += 1
    cut(model, work, (r, first, first + length))
    return num


@compiled
def _refill(model: Model, search: Hunt, num: int, rate: float) -> None:
    """Try the first tasks of the bag, twice: dear seconds first, then any."""
    order = _sequence(model, search, num)
    least = rate * uniform(search.dice)
    for second in (least, 0.0):
        for k in order:
            task = search.bag[k]
            if search.work.trip[task] == NONE:
                _try(model, search, task, second)
    for r in range(len(search.touched)):
        if search.touched[r] and search.work.end_s[r] <= model[1].until_s[r]:
            assess(model[0], search.work, r)


@compiled
def _sequence(model: Model, search: Hunt, num: int) -> NDArray[np.int64]:
    """Order in which the bag is tried: by chance, prize, time, or place."""
    work = model[0]
    kind = uniform(search.dice) * 10.0
    key = np.empty(num)
    for k in range(num):
        task = search.bag[k]
        home_s = model[1].home_s[0, task, 0]
        if kind < 3.0:
            key[k] = uniform(search.dice)
        elif kind < 5.0:
            key[k] = -work.prize[task]
        elif kind < 7.0:
            key[k] = -work.prize[task] / work.time_s[task, 0]
        else:
            key[k] = -home_s if kind < 8.5 else home_s
    return np.argsort(key, kind="mergesort")


@compiled
def _try(model: Model, search: Hunt, task: int, second: float) -> None:
    """Put a task where it takes the least time, if that is worth it."""
    r, p = _best_spot(model, search, task, second)
    if r != NONE:
        put(model, search.work, (task, r, p))
        search.touched[r] = True


@compiled
def _best_spot(model: Model, search: Hunt, task: int, second: float) -> tuple[int, int]:
    trips, near = search.work, model[0].near[task]
    best, spot = 0.0, (NONE, 0)
    for k in range(min(_NEAR, len(near))):
        r = trips.trip[near[k]]
        if r == NONE:
            continue
        p = trips.place[near[k]]
        for q in range(p, p + 2):
            gain = _gain(model, trips, (task, r, q), second)
            if gain > best and uniform(search.dice) >= _BLINK:
                best, spot = gain, (r, q)
    for r in range(len(trips.size)):
        if trips.size[r] == 0:
            gain = _gain(model, trips, (task, r, 1), second)
            if gain > best:
                best, spot = gain, (r, 1)
    return spot


@compiled
def _gain(
    model: Model, trips: Trips, spot: tuple[int, int, int], second: float
) -> float:
    """
    Worth of putting a task somewhere, less what the time costs; 0 where it cannot be.

    Where seconds cost nothing, it is the worth of a second.
    """
    work, task = model[0], spot[0]
    longer_s, end_s = _longer(model, trips, spot)
    if not longer_s < np.inf:
        return 0.0
    factor = integral(work, end_s) - integral(work, end_s - 1.0)
    prize = work.prize[task] * factor
    if second == 0.0:
        return float(prize / (1.0 + max(0.0, longer_s)))
    return float(prize - second * longer_s)


@compiled
def _longer(
    model: Model, trips: Trips, spot: tuple[int, int, int]
) -> tuple[float, float]:
    """How much longer a trip takes with a task, and when that is served."""
    work, frames = model
    task, r, p = spot
    a, b = trips.early_s[r, p - 1, 0], trips.early_s[r, p - 1, 1]
    come = between(work, frames, r, trips.order[r, p - 1], task)
    end0 = served_at(work, task, 0, min(a + come[0], b + come[2]))
    end1 = served_at(work, task, 1, min(a + come[1], b + come[3]))
    go = between(work, frames, r, task, trips.order[r, p])
    here0, here1 = min(end0 + go[0], end1 + go[2]), min(end0 + go[1], end1 + go[3])
    late_s, rest_s, g = trips.late_s[r, p], trips.rest_s[r, p], trips.gap_s[r, p]
    after = np.inf
    if here0 <= late_s[0]:
        after = here0 + rest_s[0]
    if here1 <= late_s[1]:
        after = min(after, here1 + rest_s[1])
    before = min(
        min(a + g[0], b + g[2]) + rest_s[0], min(a + g[1], b + g[3]) + rest_s[1]
    )
    return after - before, min(end0, end1)

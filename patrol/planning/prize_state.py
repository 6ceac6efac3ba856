"""
Trips of prized tasks in time: who is where when, and what still fits.

A trip is an order of tasks; their directions follow from it. For each task and each
of its two directions the earliest end and the latest arrival that leaves time for the
rest are kept, so whether a further task fits, waiting and windows included, is told in
constant time over all directions [1]_.

Everything here is compiled and works in place on arrays.

.. [1] Vansteenwegen, Souffriau, Vanden Berghe and Van Oudheusden (2009). Iterated
   local search for the team orienteering problem with time windows. *Computers &
   Operations Research* 36(12), 3281-3290. doi:10.1016/j.cor.2009.03.008.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE


class Work(NamedTuple):
    """
    ``t`` tasks, each a street or a stop that can be served in two directions.

    Attributes
    ----------
    prize
        Worth of each task per unit of the factor, shape ``(t,)``.
    must
        Tasks that have to be served, shape ``(t,)``; their prizes outweigh all others.
    before_s, time_s
        Pause before a task and time along it, by direction, shape ``(t, 2)`` each.
    open_s, close_s
        Service begins at ``open_s`` or later and is over by ``close_s``, ``(t,)``.
    near
        Other tasks, nearest first, shape ``(t, q)``.
    column, link_s
        Tasks near each task, ascending, shape ``(2 t, k)``, by direction at row
        ``2 i + x``; and the time from its end to the start of each of them in both
        directions, shape ``(2 t, k, 2)``.
    hub, to_hub_s
        For tasks that are not near each other: the place by way of which their time
        is reckoned, and the time to it, by direction, shape ``(2 t,)`` each.
    hub_s
        Time from each such place to the start of each task, shape ``(g, t, 2)``.
    slot_s, slot_sum
        Times at which the factor changes, ascending, and its integral up to there,
        shape ``(h,)`` each.
    """

    prize: NDArray[np.float64]
    must: NDArray[np.bool_]
    before_s: NDArray[np.float64]
    time_s: NDArray[np.float64]
    open_s: NDArray[np.float64]
    close_s: NDArray[np.float64]
    near: NDArray[np.int64]
    column: NDArray[np.int64]
    link_s: NDArray[np.float64]
    hub: NDArray[np.int64]
    to_hub_s: NDArray[np.float64]
    hub_s: NDArray[np.float32]
    slot_s: NDArray[np.float64]
    slot_sum: NDArray[np.float64]


class Frames(NamedTuple):
    """
    ``r`` trips that may be made, each from its place and time to its place and time.

    Attributes
    ----------
    from_s, until_s
        When each may leave and must be back, shape ``(r,)``.
    origin
        Which row of ``out_s`` and ``home_s`` is each trip's, shape ``(r,)``.
    out_s, home_s
        Time from where a trip starts to the start of each task in each direction,
        and from its end to where the trip ends, shape ``(o, t, 2)``.
    empty_s
        Time from where a trip starts to where it ends, shape ``(o,)``.
    """

    from_s: NDArray[np.float64]
    until_s: NDArray[np.float64]
    origin: NDArray[np.int64]
    out_s: NDArray[np.float64]
    home_s: NDArray[np.float64]
    empty_s: NDArray[np.float64]


class Trips(NamedTuple):
    """
    What ``r`` trips do with ``t`` tasks.

    Attributes
    ----------
    order
        Tasks of each trip, shape ``(r, t + 3)``; it begins and ends with ``t``.
    size
        Number of tasks of each trip, shape ``(r,)``.
    end_s, value
        When each trip is over, infinite if it cannot be done, and what it collects,
        shape ``(r,)`` each.
    trip, place
        Trip and place of each task, shape ``(t + 1,)``; trip `NONE` if in none.
    gap_s
        Time from the task before, as `between` gives it, shape ``(r, t + 3, 4)``.
    early_s
        Earliest end of each task in each direction, shape ``(r, t + 3, 2)``.
    late_s
        Latest arrival at each task in each direction that leaves time for the rest.
    rest_s
        Least time from there to the end, without waiting.
    """

    order: NDArray[np.int64]
    size: NDArray[np.int64]
    end_s: NDArray[np.float64]
    value: NDArray[np.float64]
    trip: NDArray[np.int64]
    place: NDArray[np.int64]
    gap_s: NDArray[np.float64]
    early_s: NDArray[np.float64]
    late_s: NDArray[np.float64]
    rest_s: NDArray[np.float64]


def empty_trips(trips: int, tasks: int) -> Trips:
    """Make room for so many trips, all empty; they must be refreshed."""
    wide = tasks + 3
    return Trips(
        order=np.full((trips, wide), tasks),
        size=np.zeros(trips, np.int64),
        end_s=np.zeros(trips),
        value=np.zeros(trips),
        trip=np.full(tasks + 1, NONE),
        place=np.zeros(tasks + 1, np.int64),
        gap_s=np.zeros((trips, wide, 4)),
        early_s=np.zeros((trips, wide, 2)),
        late_s=np.zeros((trips, wide, 2)),
        rest_s=np.zeros((trips, wide, 2)),
    )


@compiled
def between(
    work: Work, frames: Frames, r: int, i: int, j: int
) -> tuple[float, float, float, float]:
    """Give times 00, 01, 10, 11 from task ``i`` to ``j``, each in its directions."""
    o = frames.origin[r]
    num = len(work.prize)
    if i == num and j == num:
        e = frames.empty_s[o]
        return e, e, e, e
    if i == num:
        a, b = frames.out_s[o, j, 0], frames.out_s[o, j, 1]
        return a, b, a, b
    if j == num:
        a, b = frames.home_s[o, i, 0], frames.home_s[o, i, 1]
        return a, a, b, b
    a, b = _hop(work, 2 * i, j)
    c, d = _hop(work, 2 * i + 1, j)
    return a, b, c, d


@compiled
def _hop(work: Work, row: int, j: int) -> tuple[float, float]:
    column = work.column[row]
    k = int(np.searchsorted(column, j))
    if k < len(column) and column[k] == j:
        return work.link_s[row, k, 0], work.link_s[row, k, 1]
    hub, to_hub_s = work.hub[row], work.to_hub_s[row]
    return to_hub_s + work.hub_s[hub, j, 0], to_hub_s + work.hub_s[hub, j, 1]


@compiled
def served_at(work: Work, task: int, x: int, arrive_s: float) -> float:
    """End of serving a task in a direction if the robot is there at this time."""
    begin_s = max(arrive_s + work.before_s[task, x], work.open_s[task])
    end_s = begin_s + work.time_s[task, x]
    return end_s if end_s <= work.close_s[task] else np.inf


@compiled
def integral(work: Work, time_s: float) -> float:
    """Integral of the factor from the first slot to a time."""
    k = int(np.searchsorted(work.slot_s, time_s)) - 1
    k = min(max(k, 0), len(work.slot_s) - 2)
    span_s = work.slot_s[k + 1] - work.slot_s[k]
    share = (time_s - work.slot_s[k]) / span_s
    return float(work.slot_sum[k] + share * (work.slot_sum[k + 1] - work.slot_sum[k]))


@compiled
def worth(work: Work, task: int, x: int, end_s: float) -> float:
    """Prize of a task whose service ends at a time: its mean while it lasts."""
    time_s = work.time_s[task, x]
    mean = (integral(work, end_s) - integral(work, end_s - time_s)) / time_s
    return float(work.prize[task] * mean)


@compiled
def measure(work: Work, frames: Frames, trips: Trips, spot: tuple[int, int]) -> None:
    """Work out anew how far (trip, place) is from the place before."""
    r, p = spot
    gap_s = trips.gap_s[r, p]
    i, j = trips.order[r, p - 1], trips.order[r, p]
    gap_s[0], gap_s[1], gap_s[2], gap_s[3] = between(work, frames, r, i, j)


@compiled
def refresh(work: Work, frames: Frames, trips: Trips, spot: tuple[int, int]) -> None:
    """Work out anew what follows from a change of the order at (trip, place)."""
    r, p = spot
    order, early_s, gap_s = trips.order[r], trips.early_s[r], trips.gap_s[r]
    num = trips.size[r]
    early_s[0, 0] = early_s[0, 1] = frames.from_s[r]
    for q in range(p, num + 1):
        task = order[q]
        a, b = early_s[q - 1, 0], early_s[q - 1, 1]
        g = gap_s[q]
        early_s[q, 0] = served_at(work, task, 0, min(a + g[0], b + g[2]))
        early_s[q, 1] = served_at(work, task, 1, min(a + g[1], b + g[3]))
        trips.trip[task], trips.place[task] = r, q
    a, b, g = early_s[num, 0], early_s[num, 1], gap_s[num + 1]
    trips.end_s[r] = min(a + g[0], b + g[2])
    trips.late_s[r, num + 1, :] = frames.until_s[r]
    trips.rest_s[r, num + 1, :] = 0.0
    for q in range(min(p, num), 0, -1):
        _look_back(work, trips, (r, q))


@compiled
def _look_back(work: Work, trips: Trips, spot: tuple[int, int]) -> None:
    r, q = spot
    task = trips.order[r, q]
    late_s, rest_s, g = trips.late_s[r], trips.rest_s[r], trips.gap_s[r, q + 1]
    for x in range(2):
        y = 2 * x
        after_s = max(late_s[q + 1, 0] - g[y], late_s[q + 1, 1] - g[y + 1])
        begin_s = min(after_s, work.close_s[task]) - work.time_s[task, x]
        fits = begin_s >= work.open_s[task]
        late_s[q, x] = begin_s - work.before_s[task, x] if fits else -np.inf
        onward_s = min(rest_s[q + 1, 0] + g[y], rest_s[q + 1, 1] + g[y + 1])
        rest_s[q, x] = work.before_s[task, x] + work.time_s[task, x] + onward_s


@compiled
def refresh_all(work: Work, frames: Frames, trips: Trips, r: int) -> None:
    """Work out anew everything that follows from the order and size of a trip."""
    num = trips.size[r]
    for p in range(1, num + 2):
        measure(work, frames, trips, (r, p))
    refresh(work, frames, trips, (r, num))
    refresh(work, frames, trips, (r, 1))


@compiled
def directions(trips: Trips, r: int) -> NDArray[np.int64]:
    """Directions of the tasks of a trip that end it earliest, shape ``(size,)``."""
    num = trips.size[r]
    turned = np.zeros(num, np.int64)
    early_s, gap_s = trips.early_s[r], trips.gap_s[r]
    y = 0
    for q in range(num, 0, -1):
        g = gap_s[q + 1]
        y = int(early_s[q, 1] + g[2 + y] < early_s[q, 0] + g[y])
        turned[q - 1] = y
    return turned


@compiled
def assess(work: Work, trips: Trips, r: int) -> None:
    """Work out what a trip collects."""
    early_s, gap_s, order = trips.early_s[r], trips.gap_s[r], trips.order[r]
    y = 0
    total = 0.0
    for q in range(trips.size[r], 0, -1):
        g = gap_s[q + 1]
        y = int(early_s[q, 1] + g[2 + y] < early_s[q, 0] + g[y])
        total += worth(work, order[q], y, early_s[q, y])
    trips.value[r] = total


@compiled
def copy_trip(source: Trips, target: Trips, r: int) -> None:
    """Make one trip of the target what it is in the source."""
    num = source.size[r] + 2
    target.size[r] = source.size[r]
    target.end_s[r], target.value[r] = source.end_s[r], source.value[r]
    target.order[r, :num] = source.order[r, :num]
    target.gap_s[r, :num] = source.gap_s[r, :num]
    target.early_s[r, :num] = source.early_s[r, :num]
    target.late_s[r, :num] = source.late_s[r, :num]
    target.rest_s[r, :num] = source.rest_s[r, :num]
    for p in range(num):
        task = source.order[r, p]
        target.trip[task], target.place[task] = r, p


@compiled
def put(model: tuple[Work, Frames], trips: Trips, spot: tuple[int, int, int]) -> None:
    """Put a task into a trip: ``spot`` is (task, trip, place)."""
    work, frames = model
    task, r, p = spot
    order, gap_s = trips.order[r], trips.gap_s[r]
    late_s, rest_s = trips.late_s[r], trips.rest_s[r]
    for q in range(trips.size[r] + 2, p, -1):
        order[q] = order[q - 1]
        for x in range(2):
            late_s[q, x], rest_s[q, x] = late_s[q - 1, x], rest_s[q - 1, x]
        for x in range(4):
            gap_s[q, x] = gap_s[q - 1, x]
    order[p] = task
    trips.size[r] += 1
    measure(work, frames, trips, (r, p))
    measure(work, frames, trips, (r, p + 1))
    refresh(work, frames, trips, (r, p))


@compiled
def cut(model: tuple[Work, Frames], trips: Trips, spot: tuple[int, int, int]) -> None:
    """Take tasks out of a trip: ``spot`` is (trip, first place, place after)."""
    work, frames = model
    r, first, stop = spot
    order, gap_s = trips.order[r], trips.gap_s[r]
    late_s, rest_s = trips.late_s[r], trips.rest_s[r]
    for q in range(first, stop):
        trips.trip[order[q]] = NONE
    shift = stop - first
    for q in range(first, trips.size[r] + 2 - shift):
        order[q] = order[q + shift]
        for x in range(2):
            late_s[q, x] = late_s[q + shift, x]
            rest_s[q, x] = rest_s[q + shift, x]
        for x in range(4):
            gap_s[q, x] = gap_s[q + shift, x]
    trips.size[r] -= shift
    measure(work, frames, trips, (r, first))
    refresh(work, frames, trips, (r, first))

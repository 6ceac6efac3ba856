"""Search for the trips that collect most: the driver of `prize_search`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.prize_search import Hunt, fill, hunt, lay
from patrol.planning.prize_state import (
    Trips,
    assess,
    directions,
    empty_trips,
    refresh_all,
)
from patrol.planning.prize_tasks import PrizeTasks
from patrol.planning.route_search import Annealing, Cooling

_HOT, _COLD = 0.5, 0.005
"""First and last temperature, as shares of what is collected in a usual task's time."""


@dataclass(frozen=True)
class Collected:
    """
    What one trip serves, in this order.

    Attributes
    ----------
    arcs
        Arc of each task, shape ``(k,)``: its number and direction.
    end_s
        When the trip is over, by the times of the search.
    """

    arcs: NDArray[np.int64]
    end_s: float


def collect(
    tasks: PrizeTasks,
    first: NDArray[np.int64],
    *,
    seed: int,
    annealing: Annealing,
) -> tuple[Collected, ...]:
    """
    Find trips that collect much; one for each frame, perhaps empty.

    The tasks are laid into the trips in a given order as long as they fit, the gaps
    are filled with what a second there is worth most for, and all is improved by ruin
    and recreate. Heuristic, without a guarantee.

    Parameters
    ----------
    tasks
        What can be collected, and the trips that may be made.
    first
        Tasks in the order of a good tour; those of no trip are taken up as well.
    seed
        Seed of the search: the same seed gives the same trips.
    annealing
        How long to search.
    """
    num = len(tasks.edges)
    search = _start(tasks, seed=seed)
    model = (tasks.work, tasks.frames)
    if num:
        lay(model, search, first)
        fill(model, search)
        _settle(search)
    rate = _rate(tasks, search)
    heat = annealing.heat * rate * (float(np.median(tasks.work.time_s)) if num else 0)
    cooling = Cooling(annealing)
    while num > 1 and heat > 0 and (step := cooling.step()):
        hunt(model, search, rate, heat * _HOT * (_COLD / _HOT) ** cooling.spent(), step)
    return tuple(
        _collected(tasks, search.best, r) for r in range(len(search.best.size))
    )


def _rate(tasks: PrizeTasks, search: Hunt) -> float:
    """Give what a second collects on average, not counting what must be served."""
    taken = np.concatenate(
        [
            search.now.order[r, 1 : size + 1]
            for r, size in enumerate(search.now.size.tolist())
        ]
    )
    total = float(tasks.problem.prize[tasks.edges[taken]].sum())
    spent_s = float((tasks.frames.until_s - tasks.frames.from_s).sum())
    return total * float(tasks.problem.factor.mean()) / spent_s


def _start(tasks: PrizeTasks, *, seed: int) -> Hunt:
    num, trips = len(tasks.edges), len(tasks.frames.from_s)
    return Hunt(
        work=_empty(tasks, trips),
        now=_empty(tasks, trips),
        best=_empty(tasks, trips),
        touched=np.zeros(trips, np.bool_),
        bag=np.zeros(max(1, 2 * num), np.int64),
        bagged=np.zeros(num, np.bool_),
        dice=np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64),
    )


def _empty(tasks: PrizeTasks, trips: int) -> Trips:
    state = empty_trips(trips, len(tasks.edges))
    for r in range(trips):
        refresh_all(tasks.work, tasks.frames, state, r)
        assess(tasks.work, state, r)
    return state


def _settle(search: Hunt) -> None:
    """Make the trips accepted and the best ones those being changed."""
    for source, *targets in zip(search.work, search.now, search.best, strict=True):
        for target in targets:
            target[:] = source
    search.touched[:] = False


def _collected(tasks: PrizeTasks, trips: Trips, r: int) -> Collected:
    size = int(trips.size[r])
    edges = tasks.edges[trips.order[r, 1 : size + 1]]
    turned = directions(trips, r)
    return Collected(2 * edges + turned, float(trips.end_s[r]))

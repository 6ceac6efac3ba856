"""Search for the trips that collect most: the driver of `prize_search`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import NONE
from patrol.planning.prize_search import Hunt, fill, hunt
from patrol.planning.prize_state import (
    Trips,
    assess,
    directions,
    empty_trips,
    refresh_all,
)
from patrol.planning.prize_tasks import PrizeTasks
from patrol.planning.route_search import Annealing

_HOT, _COLD = 0.5, 0.005
"""First and last temperature, as shares of the mean prize of a task in the start."""

_CHUNK = 100
"""Rounds at one temperature, between two questions whether to go on."""


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
    tasks: PrizeTasks, *, seed: int, annealing: Annealing
) -> tuple[Collected, ...]:
    """
    Find trips that collect much; one for each frame, perhaps empty.

    Greedy filling by the worth of a second, then ruin and recreate. Heuristic,
    without a guarantee.

    Parameters
    ----------
    tasks
        What can be collected, and the trips that may be made.
    seed
        Seed of the search: the same seed gives the same trips.
    annealing
        How long to search.
    """
    num = len(tasks.edges)
    search = _start(tasks, seed=seed)
    model = (tasks.work, tasks.frames)
    if num:
        fill(model, search)
        _settle(search)
    unit = float(search.now.value.sum()) / max(1, int(search.now.size.sum()))
    hot, cold = annealing.heat * _HOT * unit, _COLD * unit
    done = 0
    while num > 1 and unit > 0 and done < annealing.rounds and annealing.go_on():
        step = min(_CHUNK, annealing.rounds - done)
        hunt(model, search, hot * (cold / hot) ** (done / annealing.rounds), step)
        done += step
    return tuple(
        _collected(tasks, search.best, r) for r in range(len(search.best.size))
    )


def value_of(tasks: PrizeTasks, collected: tuple[Collected, ...]) -> float:
    """Sum of what trips collect by the times of the search, without extra prizes."""
    return 0.0


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
    turned = directions(tasks.work, trips, r)
    return Collected(2 * edges + turned, float(trips.end_s[r]))

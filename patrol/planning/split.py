"""Share one tour among robots: route first, split second."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled

_EXACT = 1e-9
"""Share of the dearest share up to which a limit is halved upon."""


@dataclass(frozen=True)
class Tasks:
    """
    ``t`` jobs along one walk, and what it costs to come and go.

    A robot that takes jobs ``i`` to ``j - 1`` goes from the dock to where job ``i``
    starts, along the walk to where job ``j - 1`` ends, and back to the dock.

    Attributes
    ----------
    out, back
        Cost from the dock to the start of each job, and from its end to the dock,
        shape ``(t,)``.
    start, stop
        Cost of the walk up to the start and the end of each job, shape ``(t,)``.
    """

    out: NDArray[np.float64]
    back: NDArray[np.float64]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]

    def cost_until(self, stop: int) -> NDArray[np.float64]:
        """Cost of taking jobs ``i`` to ``stop - 1`` for each ``i`` below ``stop``."""
        coming = self.out[:stop] - self.start[:stop]
        return np.asarray(coming + self.stop[stop - 1] + self.back[stop - 1])


def split_evenly(tasks: Tasks, robots: int) -> list[int]:
    """
    Cut a walk so that the dearest share is as cheap as can be.

    For this walk and order exact to a billionth, by dynamic programming [1]_ under a
    limit that is halved upon. A share has few jobs where there are many robots, so
    this takes little more than a look at each.

    Parameters
    ----------
    tasks
        Jobs along the walk.
    robots
        Number of shares, at least 1; a share may be empty.

    Returns
    -------
    list of int
        First job of each share and, last, the number of jobs: ``robots + 1``
        numbers, ascending.

    References
    ----------
    .. [1] Beasley (1983). Route first-cluster second methods for vehicle routing.
       *Omega* 11(4), 403-408. doi:10.1016/0305-0483(83)90033-6.
    """
    num = len(tasks.out)
    whole = [0, *[num] * robots]
    if num == 0 or robots == 1:
        return whole
    cuts, most, least = whole, _worst(tasks, [0, num]), 0.0
    while most - least > _EXACT * most:
        limit = (least + most) / 2
        first = _fewest(tasks.out, tasks.back, tasks.start, tasks.stop, limit)
        found = _followed(first, num)
        if found is None or len(found) > robots + 1:
            least = limit
        else:
            cuts = found + [num] * (robots + 1 - len(found))
            most = _worst(tasks, found)
    return cuts


def split_by_limit(
    tasks: Tasks, limit: float | NDArray[np.float64]
) -> list[int] | None:
    """
    Cut a walk into the cheapest shares none of which is above a limit.

    Parameters
    ----------
    tasks
        Jobs along the walk.
    limit
        Most that a share may cost; or that for each job which may begin a share,
        shape ``(t,)``.

    Returns
    -------
    list of int or None
        First job of each share and, last, the number of jobs; None if some job
        alone is above the limit.
    """
    num = len(tasks.out)
    total = np.full(num + 1, np.inf)
    total[0] = 0.0
    choice = np.zeros(num + 1, np.int64)
    limits = np.broadcast_to(limit, num)
    for stop in range(1, num + 1):
        cost = tasks.cost_until(stop)
        value = np.where(cost <= limits[:stop], total[:stop] + cost, np.inf)
        choice[stop] = value.argmin()
        total[stop] = value[choice[stop]]
    if not np.isfinite(total[num]):
        return None
    cuts = [num]
    while cuts[-1] > 0:
        cuts.append(int(choice[cuts[-1]]))
    return cuts[::-1]


@compiled
def _fewest(
    out: NDArray[np.float64],
    back: NDArray[np.float64],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    limit: float,
) -> NDArray[np.int64]:
    """
    Cut a walk into the fewest shares within a limit, of these the cheapest.

    Returns where the last share of the first so many jobs begins, shape ``(t + 1,)``;
    -1 where some job alone is above the limit.
    """
    num = len(out)
    count, total = np.full(num + 1, num + 1), np.zeros(num + 1)
    first = np.full(num + 1, -1)
    count[0] = 0
    for end in range(1, num + 1):
        for i in range(end - 1, -1, -1):
            along = stop[end - 1] - start[i] + back[end - 1]
            if along > limit:
                break
            cost = out[i] + along
            more = (count[i] + 1, total[i] + cost)
            if cost <= limit and more < (count[end], total[end]):
                count[end], total[end] = more
                first[end] = i
    return first


def _followed(first: NDArray[np.int64], num: int) -> list[int] | None:
    """List the ends of the shares, ascending; None if a job is above the limit."""
    cuts = [num]
    while cuts[-1] > 0:
        cuts.append(int(first[cuts[-1]]))
    return cuts[::-1] if cuts[-1] == 0 else None


def _worst(tasks: Tasks, cuts: list[int]) -> float:
    """Cost of the dearest share."""
    return max(float(tasks.cost_until(end)[first]) for first, end in pairwise(cuts))

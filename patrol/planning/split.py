"""Share one tour among robots: route first, split second."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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

    Exact for this walk and order, by dynamic programming [1]_.

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
    worst = np.full(num + 1, np.inf)
    worst[0] = 0.0
    choices = []
    for _ in range(robots):
        worst, choice = _one_more(tasks, worst)
        choices.append(choice)
    cuts = [num]
    for choice in reversed(choices):
        cuts.append(int(choice[cuts[-1]]))
    return cuts[::-1]


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


def _one_more(
    tasks: Tasks, worst: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Least worst share up to each job with one share more, and where it starts."""
    best, choice = worst.copy(), np.arange(len(worst))
    for stop in range(1, len(worst)):
        value = np.maximum(worst[:stop], tasks.cost_until(stop))
        first = int(value.argmin())
        if value[first] < best[stop]:
            best[stop], choice[stop] = value[first], first
    return best, choice

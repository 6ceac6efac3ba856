"""
A part of every patrol goes where the risk does not send it.

Who patrols only where incidents are known learns nothing of the rest, and soon takes
the silence of streets that nobody watches for safety [1]_. So a floor of the way is
given to streets drawn by lot from all that are not at the top: each has a chance every
night.

.. [1] Ensign, Friedler, Neville, Scheidegger and Venkatasubramanian (2018). Runaway
   Feedback Loops in Predictive Policing. *Proceedings of Machine Learning Research* 81,
   160-171.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import RiskError

EXPLORATION_SHARE = 0.1
"""Share of the length to serve that is explored, unless it is switched off."""


@dataclass(frozen=True)
class Exploration:
    """
    How much is explored, and by which lot.

    Attributes
    ----------
    share
        Share of the length to serve, from 0 to 1.
    seed
        Seed of the lot. Give each night one of its own, or the same streets are drawn
        every night.
    dose_m
        Metres that patrols have driven on each street so far, shape ``(m,)``: the
        less, the likelier a street. All alike where None.

    Raises
    ------
    RiskError
        If the share is outside its range.
    """

    share: float = EXPLORATION_SHARE
    seed: tuple[int, ...] = (0,)
    dose_m: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise RiskError(
                f"an exploration of {self.share} of the length to serve: it must be "
                f"from 0 to 1"
            )


def explore(
    graph: StreetGraph,
    drivable: NDArray[np.bool_],
    required: NDArray[np.int64],
    priority: NDArray[np.float64],
    *,
    options: Exploration,
) -> NDArray[np.int64]:
    """
    Give a floor of the length to serve to streets outside the top.

    The top is what of the required streets, by falling priority, fits into the length
    that is not explored. From all other drivable streets some are drawn, without
    replacement and with chances in proportion to ``length / (1 + passes so far)``
    [1]_, until they are as long as the floor; the required streets of least priority
    make room for them. So every drivable street has a chance above 0 each night, and
    the length to serve does not grow unless a single street is longer than it.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    drivable
        Mask of the streets that the robot can drive, shape ``(m,)``.
    required
        Streets that were chosen by their priority, ascending.
    priority
        Priority of each street, shape ``(m,)``.
    options
        How much, and by which lot.

    Returns
    -------
    numpy.ndarray
        Streets to serve, ascending.

    Raises
    ------
    RiskError
        If the dose does not fit the graph.

    References
    ----------
    .. [1] Efraimidis and Spirakis (2006). Weighted random sampling with a reservoir.
       *Information Processing Letters* 97(5), 181-185. doi:10.1016/j.ipl.2005.11.003.
    """
    length_m, budget_m = graph.edge_length_m, float(graph.edge_length_m[required].sum())
    chance = _chance(graph, options)
    if options.share == 0 or not len(required):
        return required
    ranked = required[np.argsort(-priority[required], kind="stable")]
    top = _fitting(ranked, length_m, (1 - options.share) * budget_m)
    rest = np.setdiff1d(np.flatnonzero(drivable), top)
    drawn = _drawn(rest, chance, options.seed)
    until = np.searchsorted(length_m[drawn].cumsum(), options.share * budget_m * _SAFE)
    explored = drawn[: until + 1]
    kept = ranked[~np.isin(ranked, explored)]
    left_m = budget_m - float(length_m[explored].sum())
    return np.union1d(explored, _fitting(kept, length_m, left_m))


_SAFE = 1 - 1e-9
"""A length that is met to rounding is met."""


def _chance(graph: StreetGraph, options: Exploration) -> NDArray[np.float64]:
    length_m, dose_m = graph.edge_length_m, options.dose_m
    if dose_m is None:
        return length_m
    if dose_m.shape != length_m.shape or not (dose_m >= 0).all():
        raise RiskError(
            f"a dose of shape {dose_m.shape}: it must have {graph.num_edges} values "
            f"in metres, 0 or more"
        )
    return np.asarray(length_m / (1 + dose_m / length_m))


def _drawn(
    streets: NDArray[np.int64], chance: NDArray[np.float64], seed: tuple[int, ...]
) -> NDArray[np.int64]:
    """Streets in the order in which a lot with these chances draws them."""
    waits = np.random.default_rng(seed).exponential(size=len(chance))
    return streets[np.argsort(waits[streets] / chance[streets], kind="stable")]


def _fitting(
    ranked: NDArray[np.int64], length_m: NDArray[np.float64], room_m: float
) -> NDArray[np.int64]:
    """First streets that are together no longer than the room."""
    return ranked[length_m[ranked].cumsum() <= room_m / _SAFE]

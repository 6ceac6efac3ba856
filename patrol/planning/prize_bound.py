"""
Upper bounds on what walks can collect, valid for whatever prices.

With a price on the time of each hour and on each cut of `prize_program`, streets are
independent but for parity: which are passed once is the heaviest subgraph with even
degrees, an exact T-join. What the prices allow is a bound by Lagrange [1]_, however
they were found. The hours' prices are improved by subgradient steps [2]_.

.. [1] Geoffrion (1974). Lagrangean relaxation for integer programming. *Mathematical
   Programming Studies* 2, 82-114. doi:10.1007/BFb0120690.
.. [2] Held, Wolfe and Crowder (1974). Validation of subgradient optimization.
   *Mathematical Programming* 6, 62-88. doi:10.1007/BF01580223.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import Network
from patrol.planning.prize_program import Prices, Walks
from patrol.planning.t_join import TJoin

_FINEST = 2**22
"""Gains are whole parts of the largest one: so many."""

_MANY_ODD = 600
"""Odd nodes from which the half-edge matching is the faster engine for new weights."""

_PATIENCE = 6
"""Steps without a better bound after which they are made shorter."""

_UP = 1 + 1e-9
"""Sums may be wrong in the last digits; bounds are rounded up."""


class Slots(NamedTuple):
    """
    Spans of time with one factor each, ``h`` of them.

    Attributes
    ----------
    factor
        What a prize is worth, per unit, shape ``(h,)``.
    time_s
        Time of all robots together in each, shape ``(h,)``.
    open
        Whether each edge may be served then, shape ``(m, h)``.
    """

    factor: NDArray[np.float64]
    time_s: NDArray[np.float64]
    open: NDArray[np.bool_]


@dataclass(frozen=True)
class PriceBound:
    """
    Bounds for prices of seconds.

    Attributes
    ----------
    walks, slots
        What is asked; the prizes of ``walks`` are per unit of the factor.
    """

    walks: Walks
    slots: Slots

    def best(self, prices: Prices, *, steps: int, aim: float) -> float:
        """
        Improve the prices of seconds and give the least bound met.

        Parameters
        ----------
        prices
            Prices of the program, of which those on borders are kept.
        steps
            Number of steps.
        aim
            What some plan collects: no bound is below it.
        """
        mean = float(np.average(self.slots.factor, weights=self.slots.time_s))
        second = np.append(0.0, prices.second * self.slots.factor / max(mean, 1e-300))
        scale = second[1:].max() or 1.0
        second[0] = 0.0
        best, waited, length = np.inf, 0, 1.0
        limits_s = np.append(self.walks.budget_s, self.slots.time_s)
        for _ in range(steps):
            value, used_s = self.at(prices, second)
            waited = 0 if value < best * (1 - 1e-6) else waited + 1
            best = min(best, value)
            if waited > _PATIENCE:
                waited, length = 0, length / 2
            slope = (limits_s - used_s) * scale
            slope[(second <= 0) & (slope > 0)] = 0.0
            norm = float(slope @ slope)
            if norm == 0 or best <= aim:
                break
            step = length * max(value - aim, 0.0) / norm
            second = np.maximum(0.0, second - step * slope * scale)
        return best

    def at(
        self, prices: Prices, second: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """
        Give the bound at some prices.

        Parameters
        ----------
        prices
            Prices on borders.
        second
            Price of a second of the budget and of each slot, shape ``(1 + h,)``.

        Returns
        -------
        float
            No plan collects more.
        NDArray
            Seconds of the budget and of each slot that are used at these prices.
        """
        walks, slots = self.walks, self.slots
        cheapest = int(second[1:].argmin())
        move = (second[0] + second[1 + cheapest]) * walks.time_s
        dearer = second[1:] - second[1 + cheapest]
        worth = walks.prize[:, None] * slots.factor - walks.time_s[:, None] * dearer
        worth = np.where(slots.open, worth, -np.inf)
        slot = worth.argmax(axis=1)
        serve = worth[np.arange(len(slot)), slot] - prices.served
        serve = np.where(walks.must, serve, np.maximum(serve, 0.0))
        serves = walks.must | (serve > 0)
        pair = -(2 * move + prices.pairs)
        many = np.where(pair > 0, walks.most_pairs, 0)
        few = np.maximum(many, 1)
        none, some = np.where(walks.must, -np.inf, 0.0), few * pair + serve
        without = np.maximum(none, some)
        with_one = serve - (move + prices.once) + many * pair
        once, gain = self._even(with_one - without)
        passes = np.where(once, 1 + 2 * many, np.where(some > none, 2 * few, 0))
        served = serves & (passes > 0)
        used_s = passes * walks.time_s
        spent_s = np.bincount(
            slot[served], walks.time_s[served], minlength=len(slots.factor)
        )
        spent_s[cheapest] += used_s.sum() - walks.time_s[served].sum()
        limits_s = np.append(walks.budget_s, slots.time_s)
        value = float(second @ limits_s) + (float(without.sum()) + gain)
        return value * _UP, np.append(used_s.sum(), spent_s)

    def _even(self, gain: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
        """Edges that gain most while every node has an even number of them."""
        scale = _FINEST / max(float(np.abs(gain).max(initial=0.0)), 1e-300)
        whole = np.ceil(gain * scale).astype(np.int64)
        chosen = whole > 0
        network = self._network
        odd = network.odd_nodes(chosen.astype(np.int64))
        join = TJoin(network, np.abs(whole), many_odd=_MANY_ODD).solve(odd)
        chosen[join] ^= True
        return chosen, float(whole[chosen].sum() / scale)

    @property
    def _network(self) -> Network:
        walks = self.walks
        ones = np.ones(walks.num_edges, np.int64)
        return Network(walks.num_nodes, walks.edge_nodes, ones)

"""The drivable streets as a bare network in whole units of length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from patrol.planning.network import MAX_COST, Network
from patrol.planning.rural_problem import RuralProblem

_FINEST_M = 0.001
"""Costs are whole millimetres, or tenfold steps of them on streets of many km."""


@dataclass(frozen=True)
class RuralStreets:
    """
    A rural postman problem on streets, and what its numbers mean.

    Attributes
    ----------
    rural
        The problem, on ``q`` edges; its nodes are those of the map.
    number
        Street of each edge, shape ``(q,)``.
    unit_m
        Metres that a cost of 1 stands for; costs are rounded down, so that a bound in
        units is a bound in metres.
    """

    rural: RuralProblem
    number: NDArray[np.int64]
    unit_m: float

    @classmethod
    def of(
        cls,
        graph: StreetGraph,
        drivable: NDArray[np.bool_],
        required: NDArray[np.int64],
        depots: Sequence[int],
    ) -> "RuralStreets":
        """
        Look at streets as a rural postman problem.

        Parameters
        ----------
        graph
            Map of ``m`` streets.
        drivable
            Mask of the streets that may be used, shape ``(m,)``.
        required
            Streets that must be passed, shape ``(k,)``.
        depots
            Where the walk starts. Several become one node, the first: then a tour is
            no route, but its bound holds for all routes from any to any of them.
        """
        number = np.flatnonzero(drivable)
        cost, unit_m = whole_costs(graph.edge_length_m[number])
        nodes = graph.edge_nodes[number]
        if len(depots) > 1:
            nodes = np.where(np.isin(nodes, depots), depots[0], nodes)
        network = Network(graph.num_nodes, nodes, cost)
        mask = np.isin(number, required)
        return cls(RuralProblem(network, mask, depots[0]), number, unit_m)

    def extra_m(self, bound: int) -> float:
        """Metres that are driven without serving, where so much is driven in all."""
        served = int(self.rural.network.cost[self.rural.required].sum())
        return (bound - served) * self.unit_m


def whole_costs(length_m: NDArray[np.float64]) -> tuple[NDArray[np.int64], float]:
    """
    Round lengths down to whole units, at least one.

    Parameters
    ----------
    length_m
        Lengths of streets in metres, above 0, shape ``(q,)``.

    Returns
    -------
    cost
        Lengths in units, from 1 to `MAX_COST`, shape ``(q,)``.
    unit_m
        What a unit is: a millimetre, or as many times ten of them as it takes.
    """
    unit_m = _FINEST_M
    while length_m.max() / unit_m > MAX_COST:
        unit_m *= 10
    return np.maximum(1, np.floor(length_m / unit_m)).astype(np.int64), unit_m

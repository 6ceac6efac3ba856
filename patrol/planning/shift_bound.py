"""Lower bounds for a fleet that is in the middle of its shift."""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.network import Network
from patrol.planning.plan import Bound, BoundKind
from patrol.planning.problem import PatrolProblem
from patrol.planning.t_join import TJoin

_UNIT_M = 0.01
"""Costs of the T-join are whole centimetres; a street may be 167 km long."""

_DOWN = 1 - 1e-12
"""Sums of metres may be wrong in the last digits; bounds are rounded down."""


def shift_bound(problem: PatrolProblem) -> Bound:
    """
    Bound the total length and the longest route from below.

    Whoever comes to a crossing leaves it, but for the nodes at which robots start and
    end. So the streets driven without serving pair the crossings of odd degree, where
    starts and ends may be paired with each other for nothing: a minimum T-join. No
    fleet can have all routes below the average.

    Parameters
    ----------
    problem
        What is left to be done.
    """
    extra_m = 0.0
    if all(robot.end is not None for robot in problem.fleet) and len(problem.required):
        extra_m = _pairing_m(problem)
    length_m = (problem.required_m + extra_m) * _DOWN
    travel_s = [_pace(problem, number) for number in range(len(problem.fleet))]
    return Bound(
        length_m=length_m,
        kind=BoundKind.WEAK,
        longest_m=length_m / len(problem.fleet) * _DOWN,
        longest_kind=BoundKind.WEAK,
        longest_s=length_m / sum(1 / pace for pace in travel_s) * _DOWN,
    )


def _pairing_m(problem: PatrolProblem) -> float:
    """Metres that must be driven without serving, so that routes hang together."""
    graph = problem.graph
    streets = np.flatnonzero(problem.drivable)
    cost = np.maximum(1, graph.edge_length_m[streets] / _UNIT_M).astype(np.int64)
    free = np.unique([[robot.start, robot.end] for robot in problem.fleet])
    hub = graph.num_nodes
    spokes = np.column_stack([np.full(len(free), hub), free]).astype(np.int64)
    network = Network(
        num_nodes=hub + 1,
        edge_nodes=np.concatenate([graph.edge_nodes[streets], spokes]),
        cost=np.concatenate([cost, np.ones(len(free), np.int64)]),
    )
    odd: NDArray[np.int64] = network.odd_nodes(
        np.append(np.isin(streets, problem.required), np.zeros(len(free))).astype(
            np.int64
        )
    )
    join = TJoin(network).solve(odd)
    return float(network.cost[join[join < len(streets)]].sum()) * _UNIT_M


def _pace(problem: PatrolProblem, number: int) -> float:
    """Least seconds that a robot takes for a metre, on any street."""
    traversal = problem.fleet[number].traversal
    drivable = traversal.drivable
    length_m = problem.graph.edge_length_m[drivable]
    return float((traversal.travel_s[drivable].min(axis=1) / length_m).min())

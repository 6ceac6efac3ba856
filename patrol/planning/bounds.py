"""Lower bounds in metres for every fleet that starts and ends at one dock."""

import numpy as np
from numpy.typing import NDArray

from maps.paths import StreetNetwork
from patrol.planning.plan import Bound, BoundKind
from patrol.planning.problem import PatrolProblem
from patrol.planning.rural import RuralTour

_DOWN = 1 - 1e-12
"""Sums of metres may be wrong in the last digits; bounds are rounded down."""


def fleet_bound(
    problem: PatrolProblem, tour: RuralTour, *, extra_m: float, driven_m: list[float]
) -> Bound:
    """
    Bound the total length and the longest route from below.

    All closed walks through one dock make one closed walk, so the bound of a single
    tour holds for every fleet. No fleet can have all routes below the average, and
    some robot must go to the farthest street and back.

    Parameters
    ----------
    problem
        What is asked.
    tour
        Single tour for all required streets, with its bound.
    extra_m
        Lower bound of what must be driven without serving, in metres.
    driven_m
        Length of each route of the plan, to tell whether it meets its bounds.
    """
    length_m = (problem.required_m + max(0.0, extra_m)) * _DOWN
    even_m = length_m / len(problem.robots)
    longest_m = max(even_m, farthest_m(problem) * _DOWN)
    rounding_m = 1e-3 * (1 + int(tour.extra.sum()))  # costs are whole millimetres
    single = len(problem.robots) == 1
    kind = tour.kind
    if kind is BoundKind.PROVED_OPTIMAL and sum(driven_m) - length_m > rounding_m:
        kind = BoundKind.LP  # right for one tour, but this plan does not meet it
    return Bound(
        length_m=length_m,
        kind=kind,
        longest_m=length_m if single else longest_m,
        longest_kind=kind if single else BoundKind.WEAK,
    )


def farthest_m(problem: PatrolProblem) -> float:
    """Length of the shortest closed walk to the farthest required street."""
    drivable_m = np.where(
        problem.traversal.drivable, problem.graph.edge_length_m, np.inf
    )
    tree = StreetNetwork.of(problem.graph, drivable_m).tree(problem.dock)
    ends: NDArray[np.int64] = problem.graph.edge_nodes[problem.required]
    round_m = tree.distance[ends].sum(axis=1) + drivable_m[problem.required]
    return float(round_m.max(initial=0.0))

"""Lower bounds in metres for every fleet that starts and ends at one dock."""

import numpy as np
from numpy.typing import NDArray

from maps.paths import StreetNetwork
from patrol.planning.plan import Bound, BoundKind
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.rural import RuralTour

_DOWN = 1 - 1e-12
"""Sums of metres may be wrong in the last digits; bounds are rounded down."""


def fleet_bound(
    problem: PatrolProblem,
    tour: RuralTour,
    *,
    extra_m: float,
    even_m: float,
    driven_m: list[float],
) -> Bound:
    """
    Bound the total length and the longest route from below.

    All closed walks through one dock make one closed walk, so the bound of a single
    tour holds for every fleet. No fleet can have all routes below the average, and
    some robot must go to the farthest street and back. The time bound takes every
    street at the fastest pace of any robot.

    Parameters
    ----------
    problem
        What is asked.
    tour
        Single tour for all required streets, with its bound.
    extra_m
        Lower bound of what must be driven without serving, in metres.
    even_m
        Lower bound of the longest route, or 0.
    driven_m
        Length of each route of the plan, to tell whether it meets its bounds.
    """
    length_m = (problem.required_m + max(0.0, extra_m)) * _DOWN
    even_m = max(even_m * _DOWN, length_m / len(problem.fleet))
    longest_m = max(even_m, farthest_m(problem) * _DOWN)
    rounding_m = 1e-3 * (1 + int(tour.extra.sum()))  # costs are whole millimetres
    single = len(problem.fleet) == 1
    relaxed = BoundKind.WEAK if tour.kind is BoundKind.WEAK else BoundKind.LP
    proved = BoundKind.PROVED_OPTIMAL
    kind = proved if sum(driven_m) - length_m <= rounding_m else relaxed
    longest_kind = proved if max(driven_m) - longest_m <= rounding_m else relaxed
    return Bound(
        length_m=length_m,
        kind=kind,
        longest_m=length_m if single else longest_m,
        longest_kind=kind if single else longest_kind,
        longest_s=longest_s(problem, length_m=length_m),
    )


def longest_s(problem: PatrolProblem, *, length_m: float) -> float:
    """
    Bound from below how long some robot must be on the move.

    Parameters
    ----------
    problem
        What is asked.
    length_m
        Least length of all routes together.
    """
    together_mps = sum(fastest_mps(problem, robot) for robot in problem.fleet)
    return length_m / together_mps * _DOWN


def fastest_mps(problem: PatrolProblem, robot: PatrolRobot) -> float:
    """Highest speed of a robot on any street, in m/s."""
    can = robot.traversal.drivable
    speeds = problem.graph.edge_length_m[can, None] / robot.traversal.travel_s[can]
    return float(speeds.max())


def farthest_m(problem: PatrolProblem) -> float:
    """Length of the shortest closed walk to the farthest required street."""
    drivable_m = np.where(problem.drivable, problem.graph.edge_length_m, np.inf)
    tree = StreetNetwork.of(problem.graph, drivable_m).tree(problem.fleet[0].dock)
    ends: NDArray[np.int64] = problem.graph.edge_nodes[problem.required]
    round_m = tree.distance[ends].sum(axis=1) + drivable_m[problem.required]
    return float(round_m.max(initial=0.0))

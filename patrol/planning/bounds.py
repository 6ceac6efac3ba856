"""Lower bounds in metres and seconds for every fleet."""

from dataclasses import dataclass

import numpy as np

from maps.paths import StreetNetwork
from patrol.planning.plan import Bound, BoundKind
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot, by_traversal
from patrol.planning.rural import RuralTour
from patrol.planning.schedule import Scheduler

_DOWN = 1 - 1e-12
"""Sums of metres may be wrong in the last digits; bounds are rounded down."""


def posts(problem: PatrolProblem) -> list[int]:
    """Nodes at which some robot begins, recharges or ends, ascending."""
    return sorted({node for robot in problem.fleet for _, node in robot.nodes})


@dataclass(frozen=True)
class Relaxed:
    """
    The problem as one tour through all docks, starts and ends as if they were one node.

    Attributes
    ----------
    tour
        Tour for all required streets, with its bound.
    extra_m
        Lower bound of what the fleet must drive without serving, in metres.
    even_m
        Lower bound of the longest route, or 0 where nothing better than the average
        is known.
    """

    tour: RuralTour
    extra_m: float
    even_m: float = 0.0


def fleet_bound(
    problem: PatrolProblem,
    scheduler: Scheduler,
    relaxed: Relaxed,
    *,
    driven_m: list[float],
) -> Bound:
    """
    Bound the total length and the longest route from below.

    Routes between docks, starts and ends are closed walks where these are one node,
    and all closed walks through one node make one: so the bound of a single tour on
    what any robot can drive holds for every fleet. A route with an open end can be
    closed by the way from the farthest required street, which is therefore taken off
    for each. No fleet can have all routes below the average, and some robot must come
    past the farthest street on its way from start to end. The time bounds take every
    street at the fastest pace of each robot.

    Parameters
    ----------
    problem
        What is asked.
    scheduler
        Knows how long it takes to each street.
    relaxed
        The problem as one tour.
    driven_m
        Length of each route of the plan, to tell whether it meets its bounds.
    """
    extra_m = max(0.0, relaxed.extra_m - _open_m(problem))
    far_m = farthest_m(problem) * _DOWN
    tour_m = (problem.required_m + extra_m) * _DOWN
    length_m = max(tour_m, far_m)
    even_m = max(relaxed.even_m * _DOWN, length_m / len(problem.fleet))
    longest_m = max(even_m, far_m)
    single = len(problem.fleet) == 1
    kind = BoundKind.WEAK
    if length_m == tour_m:
        kind = _kind(problem, relaxed, slack_m=sum(driven_m) - length_m)
    return Bound(
        length_m=length_m,
        kind=kind,
        longest_m=length_m if single else longest_m,
        longest_kind=kind if single else _longest_kind(relaxed, longest_m, driven_m),
        longest_s=longest_s(problem, scheduler, length_m=length_m),
    )


def _kind(problem: PatrolProblem, relaxed: Relaxed, *, slack_m: float) -> BoundKind:
    kind = relaxed.tour.kind
    if kind is BoundKind.PROVED_OPTIMAL and slack_m <= _rounding_m(relaxed):
        return kind
    if any(robot.end is None for robot in problem.fleet):
        return BoundKind.WEAK
    # What is right for one tour need not be met by this plan.
    return BoundKind.LP if kind is BoundKind.PROVED_OPTIMAL else kind


def _longest_kind(
    relaxed: Relaxed, longest_m: float, driven_m: list[float]
) -> BoundKind:
    if max(driven_m) - longest_m <= _rounding_m(relaxed):
        return BoundKind.PROVED_OPTIMAL
    programmed = longest_m == relaxed.even_m * _DOWN
    return BoundKind.LP if programmed else BoundKind.WEAK


def _rounding_m(relaxed: Relaxed) -> float:
    return 1e-3 * (1 + int(relaxed.tour.extra.sum()))  # whole millimetres


def _open_m(problem: PatrolProblem) -> float:
    """Most that closing all open ends can cost, in metres."""
    num_open = sum(robot.end is None for robot in problem.fleet)
    if num_open == 0 or len(problem.required) == 0:
        return 0.0
    kinds = [kind.open_ways for kind, _ in by_traversal(problem.fleet)]
    open_ways = np.logical_or.reduce(kinds)
    metres = np.where(open_ways, problem.graph.edge_length_m[:, None], np.inf)
    tree = StreetNetwork.of(problem.graph, metres[:, ::-1]).tree(posts(problem))
    ends = problem.graph.edge_nodes[problem.required]
    return min(num_open, len(problem.required)) * float(tree.distance[ends].max())


def longest_s(
    problem: PatrolProblem, scheduler: Scheduler, *, length_m: float
) -> float:
    """
    Bound from below how long some robot must be on the move.

    Parameters
    ----------
    problem
        What is asked.
    scheduler
        Knows how long it takes to each street.
    length_m
        Least length of all routes together.
    """
    fastest = [_fastest_mps(problem, kind) for kind in _kinds(problem)]
    counts = [len(robots) for _, robots in by_traversal(problem.fleet)]
    together_mps = float(np.dot(fastest, counts))
    ways = {(id(r.traversal), r.start, r.end): r for r in problem.fleet}
    there_s = np.min([scheduler.there_s(robot) for robot in ways.values()], axis=0)
    farthest_s = float(there_s.max(initial=0.0))
    return max(length_m / together_mps, farthest_s) * _DOWN


def fastest_mps(problem: PatrolProblem) -> float:
    """Fastest pace of any robot on any street, in m/s."""
    return max(_fastest_mps(problem, kind) for kind in _kinds(problem))


def _kinds(problem: PatrolProblem) -> list[PatrolRobot]:
    return [robots[0] for _, robots in by_traversal(problem.fleet)]


def _fastest_mps(problem: PatrolProblem, robot: PatrolRobot) -> float:
    can = robot.traversal.drivable
    speeds = problem.graph.edge_length_m[can, None] / robot.traversal.travel_s[can]
    return float(speeds.max())


def farthest_m(problem: PatrolProblem) -> float:
    """Length of the shortest route past the required street that is farthest off."""
    graph, required = problem.graph, problem.required
    least = np.full(len(required), np.inf)
    ends = graph.edge_nodes[required]
    for kind, robots in by_traversal(problem.fleet):
        metres = np.where(kind.open_ways, graph.edge_length_m[:, None], np.inf)
        network = turned = StreetNetwork.of(graph, metres)
        if not kind.two_way:
            turned = StreetNetwork.of(graph, metres[:, ::-1])
        for start, end in sorted({(r.start, r.end) for r in robots}, key=str):
            out = network.tree(start).distance[ends]
            back = np.zeros_like(out)
            if end is not None:
                alike = end == start and kind.two_way
                back = out if alike else turned.tree(end).distance[ends]
            past = (out + metres[required] + back[:, ::-1]).min(axis=1)
            least = np.minimum(least, past)
    return float(least.max(initial=0.0))

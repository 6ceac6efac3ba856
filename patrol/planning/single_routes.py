"""The route of each single robot, planned anew on the streets beside it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from patrol.planning.fleet import shorter_walk
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.route_search import Orders
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.stop import StopWhen
from patrol.planning.windy import windy_postman
from patrol.planning.windy_fleet import windy_of
from patrol.planning.windy_walk import windy_walk

_POLISH, _POLISHES = StopWhen(rounds=3, tries=40), 400
"""StopWhen for the route of each single robot; tries for all together."""

Walks = list[NDArray[np.int64]]
"""Streets of the walk of each robot, in order."""


def polished(
    problem: PatrolProblem, walks: Walks, orders: Orders, *, seed: int, until: StopWhen
) -> Walks:
    """
    Plan the route of each robot that comes back to where it began anew.

    Parameters
    ----------
    problem
        What is asked.
    walks
        Walk of each robot, legal for it.
    orders
        What each of them serves, as places among the required streets.
    seed
        Seed of the searches.
    until
        Whether to go on.
    """
    tries = min(_POLISH.tries, max(1, _POLISHES // len(walks)))
    until = replace(_POLISH, tries=tries, go_on=until.go_on)
    better = []
    for robot, walk, order in zip(problem.fleet, walks, orders, strict=True):
        if robot.start == robot.end and len(order):
            near = _beside(problem, walk) & robot.traversal.drivable
            own = problem.required[order]
            streets = RuralStreets.of(problem.graph, near, own, [robot.start])
            walk = _anew(streets, robot, walk, seed=seed, until=until)
        better.append(walk)
    return better


def _anew(
    streets: RuralStreets,
    robot: PatrolRobot,
    walk: NDArray[np.int64],
    *,
    seed: int,
    until: StopWhen,
) -> NDArray[np.int64]:
    """Give back the walk itself where none is found that is shorter."""
    rural, number = streets.rural, streets.number
    open_ways = robot.traversal.open_ways[number]
    small = np.searchsorted(number, walk)
    if open_ways.all():
        anew = shorter_walk(rural, small, rural.required, seed=seed, until=until)
        return np.asarray(number[anew])
    windy = windy_of(rural, open_ways)
    tour = windy_postman(windy, seed=seed, until=until)
    if tour.cost >= rural.network.cost[small].sum():
        return walk
    return np.asarray(number[windy_walk(windy, tour.passes).edges])


def _beside(problem: PatrolProblem, walk: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mask of the streets between the crossings of a walk and their neighbours."""
    ends = problem.graph.edge_nodes
    near = np.zeros(problem.graph.num_nodes, bool)
    near[ends[walk]] = True
    near[ends[near[ends].any(axis=1)]] = True
    return np.asarray(near[ends].all(axis=1))

"""Exchange of required edges between the robots of a fleet."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from patrol.planning.euler import euler_walk
from patrol.planning.fleet_state import equal_rules
from patrol.planning.route_search import (
    Annealing,
    Orders,
    search_routes,
    task_passes,
)
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.simplify import Simplified, simplify
from patrol.planning.tasks import TaskNetwork

_PRICE, _LENIENCE = 5.0, 0.02
"""What each metre above the average route costs on top when all is cold, and the share
of it that this costs where the search begins."""

Walks = list[NDArray[np.int64]]
"""Edges of the walk of each robot, in order."""


def exchanged(
    problem: RuralProblem, walks: Walks, *, seed: int, annealing: Annealing
) -> Walks:
    """
    Move required edges between walks until the longest is short.

    The search minimises the total and, at a price that grows, what is above the average
    route; so the total comes down first, and then the longest.

    Parameters
    ----------
    problem
        Rural postman problem.
    walks
        Closed walks from the depot that pass every required edge between them.
    seed
        Seed of the search.
    annealing
        How hard to search.

    Returns
    -------
    list of NDArray
        Such walks again; the same ones if the longest would not be shorter.
    """
    small = simplify(problem)
    tasks = TaskNetwork.of(small.problem)
    start = _orders(small, tasks, walks)
    rules = equal_rules(
        len(walks), len(tasks.edges), capacity=np.inf, target=0.0, penalty=_PRICE
    )
    lenient = replace(annealing, lenience=_LENIENCE)
    orders = search_routes(tasks, rules, start, seed=seed, annealing=lenient)
    found = [_walk(problem, small, task_passes(tasks, order)) for order in orders]
    return min(walks, found, key=lambda one: longest(problem, one))


def longest(problem: RuralProblem, walks: Walks) -> int:
    """Cost of the dearest walk."""
    return max(int(problem.network.cost[walk].sum()) for walk in walks)


def _orders(small: Simplified, tasks: TaskNetwork, walks: Walks) -> Orders:
    """Tasks of each walk in the order in which it is the first to pass them."""
    number = np.full(small.problem.network.num_edges, -1)
    number[tasks.edges] = np.arange(len(tasks.edges))
    task = np.full(small.num_edges, -1)
    task[small.links] = number[small.chain]
    orders = []
    taken = {-1}
    for walk in walks:
        order = [one for one in dict.fromkeys(task[walk].tolist()) if one not in taken]
        taken.update(order)
        orders.append(np.array(order, np.int64))
    return orders


def _walk(
    problem: RuralProblem, small: Simplified, passes: NDArray[np.int64]
) -> NDArray[np.int64]:
    # Pairs of passes beyond the second hold nothing together.
    few = np.where(passes > 2, 2 - passes % 2, passes)
    return euler_walk(problem.network, small.expand(few), start=problem.depot)

"""Exchange of required edges between the robots of a fleet."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.charges import Rules, equal_rules
from patrol.planning.euler import euler_walk
from patrol.planning.levels import search_levels
from patrol.planning.route_search import Orders, task_passes
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.simplify import Simplified, simplify
from patrol.planning.stop import StopWhen
from patrol.planning.tasks import TaskNetwork

_PRICE, _OVER = 6.0, 20.0
"""What each metre above the average route costs on top, times the number of walks, and
each metre above a limit. All walks a metre shorter make the total as many shorter."""

Walks = list[NDArray[np.int64]]
"""Edges of the walk of each robot, in order."""


@dataclass(frozen=True)
class Exchange:
    """
    The required edges of a problem as tasks that walks may exchange.

    Walks are closed, from the depot, and pass every required edge between them; some
    may be empty.
    """

    problem: RuralProblem
    _small: Simplified
    _tasks: TaskNetwork

    @classmethod
    def of(cls, problem: RuralProblem) -> "Exchange":
        """Work out the distances between required edges, which takes most time."""
        small = simplify(problem)
        return cls(problem, small, TaskNetwork.of(small.problem))

    def evened(self, walks: Walks, *, seed: int, until: StopWhen) -> Iterator[Walks]:
        """
        Move required edges between walks until the longest is short, turn by turn.

        The search minimises the total and, at a price that grows, what is above the
        average route; so the total comes down first, and then the longest.

        Parameters
        ----------
        walks
            Walks to start from.
        seed
            Seed of the search.
        until
            How hard to search.

        Yields
        ------
        list of NDArray
            Such walks again; the same ones if the longest would not be shorter.
        """
        rules = self._rules(len(walks), penalty=_PRICE * len(walks))
        for found in self._searched(walks, rules, seed=seed, until=until):
            walks = min(walks, found, key=lambda one: longest(self.problem, one))
            yield walks

    def within(
        self, trips: Walks, reach: int, *, robots: int, seed: int, until: StopWhen
    ) -> Walks:
        """
        Move required edges between trips until none is longer than the reach.

        The search minimises the total and, at a price that grows, what is above the
        reach and what a robot does more than the average one.

        Parameters
        ----------
        trips, seed, until
            See `evened`.
        reach
            What each trip may cost.
        robots
            Robots that shall have equally much to do, among whom the trips are dealt in
            rows of equal length; 0 if only the total counts.
        """
        rules = self._rules(len(trips), penalty=_PRICE * robots)
        row = len(trips) // max(1, robots)
        first = np.arange(len(trips)) // row * row
        rules = rules._replace(
            limit=np.full(len(trips), float(reach)),
            over=_OVER,
            first=first,
            stop=first + row,
        )
        *_, trips = self._searched(trips, rules, seed=seed, until=until)
        return trips

    def _rules(self, routes: int, *, penalty: float) -> Rules:
        num = len(self._tasks.edges)
        return equal_rules(routes, num, capacity=np.inf, target=0.0, penalty=penalty)

    def _searched(
        self, walks: Walks, rules: Rules, *, seed: int, until: StopWhen
    ) -> Iterator[Walks]:
        small, tasks = self._small, self._tasks
        start = _orders(small, tasks, walks)
        for orders in search_levels(tasks, rules, start, seed=seed, until=until):
            yield [
                _walk(self.problem, small, task_passes(tasks, order))
                for order in orders
            ]


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

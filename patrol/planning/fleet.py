"""One tour for all, then a walk for each robot."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from patrol.planning.euler import euler_walk, walk_nodes
from patrol.planning.exchange import Exchange, Walks, longest
from patrol.planning.network import Roads
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.split import Tasks, split_by_limit, split_evenly
from patrol.planning.stop import StopWhen

_TOURS = 12
"""Euler tours of the same edges that are tried; each meets the dock elsewhere."""


def fleet_walks(
    problem: RuralProblem,
    extra: NDArray[np.int64],
    *,
    robots: int,
    seed: int,
    until: StopWhen,
) -> Iterator[Walks]:
    """
    Share a tour among robots so that the longest walk is short, turn by turn.

    The tour is cut where that is best, at several orders of its edges; then required
    edges are exchanged between the robots.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    extra
        Passes of each edge on top of one of each required edge, shape ``(m,)``; they
        make a tour.
    robots
        Number of robots, at least 1.
    seed
        Seed of the orders and of the exchange.
    until
        How many exchanges are tried, and whether to go on.

    Yields
    ------
    list of NDArray
        Edges of each robot's closed walk from the depot; every required edge is
        passed by some of them. Empty for a robot that stays in the dock. The longest
        is never longer than in the turn before.
    """
    if robots == 1:
        passes = problem.required + extra
        yield [euler_walk(problem.network, passes, start=problem.depot)]
        return
    walks = shared(problem, extra, robots, seed=seed)
    yield walks
    if until.go_on():
        yield from Exchange.of(problem).evened(walks, seed=seed, until=until)


def first_passes(
    walk: NDArray[np.int64], wanted: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Find the steps that pass a wanted edge (mask by edge) for the first time."""
    _, first = np.unique(walk, return_index=True)
    first = np.sort(first)
    return np.asarray(first[wanted[walk[first]]])


def shared(
    problem: RuralProblem, extra: NDArray[np.int64], robots: int, *, seed: int
) -> list[NDArray[np.int64]]:
    """Cut a tour into walks so that the longest is short; see `fleet_walks`."""
    to_dock = _Dock(problem)
    best: list[NDArray[np.int64]] = []
    for walk in _orders(problem, extra, seed=seed):
        walks = to_dock.split(walk, robots)
        if not best or longest(problem, walks) < longest(problem, best):
            best = walks
    return best


def shared_within(
    problem: RuralProblem, extra: NDArray[np.int64], reach: int, *, seed: int
) -> list[NDArray[np.int64]]:
    """
    Cut a tour into walks of no more than the reach so that their total is small.

    The cuts are the best for an order of the tour, and several are tried; there is no
    walk where one required edge alone is beyond the reach.
    """
    to_dock = _Dock(problem)
    best: list[NDArray[np.int64]] = []
    for walk in _orders(problem, extra, seed=seed):
        walks = to_dock.split_within(walk, reach)
        if not best or total(problem, walks) < total(problem, best):
            best = walks
    return best


def total(problem: RuralProblem, walks: list[NDArray[np.int64]]) -> int:
    """Cost of all walks together."""
    return sum(int(problem.network.cost[walk].sum()) for walk in walks)


def _orders(
    problem: RuralProblem, extra: NDArray[np.int64], *, seed: int
) -> Iterator[NDArray[np.int64]]:
    """Walk a tour in several orders."""
    rng = np.random.default_rng(seed)
    network, passes = problem.network, problem.required + extra
    for number in range(_TOURS):
        yield euler_walk(
            network, passes, start=problem.depot, rng=rng if number else None
        )


class _Dock:
    """Cuts tours into walks from and to the depot."""

    def __init__(self, problem: RuralProblem) -> None:
        self._problem = problem
        roads = Roads.cheapest(problem.network, problem.network.cost.astype(float))
        self._tree = roads.tree(np.array([problem.depot]))

    def split(self, walk: NDArray[np.int64], robots: int) -> list[NDArray[np.int64]]:
        nodes, steps, tasks = self._tasks(walk)
        return self._cut(walk, nodes, steps, split_evenly(tasks, robots))

    def split_within(
        self, walk: NDArray[np.int64], reach: int
    ) -> list[NDArray[np.int64]]:
        nodes, steps, tasks = self._tasks(walk)
        return self._cut(walk, nodes, steps, split_by_limit(tasks, reach) or [])

    def _tasks(
        self, walk: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Tasks]:
        """Nodes of a walk, its steps that serve, and these as tasks."""
        network = self._problem.network
        nodes = walk_nodes(network, walk, start=self._problem.depot)
        steps = first_passes(walk, self._problem.required)
        driven = np.concatenate([[0], np.cumsum(network.cost[walk])]).astype(float)
        distance = self._tree.distance
        tasks = Tasks(
            out=distance[nodes[steps]],
            back=distance[nodes[steps + 1]],
            start=driven[steps],
            stop=driven[steps + 1],
        )
        return nodes, steps, tasks

    def _cut(
        self,
        walk: NDArray[np.int64],
        nodes: NDArray[np.int64],
        steps: NDArray[np.int64],
        cuts: list[int],
    ) -> list[NDArray[np.int64]]:
        return [
            self._closed(walk, nodes, steps[first:stop])
            for first, stop in pairwise(cuts)
        ]

    def _closed(
        self,
        walk: NDArray[np.int64],
        nodes: NDArray[np.int64],
        steps: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        if len(steps) == 0:
            return np.zeros(0, np.int64)
        first, last = int(steps[0]), int(steps[-1])
        out = self._tree.edges_to(int(nodes[first]))[::-1]
        back = self._tree.edges_to(int(nodes[last + 1]))
        return np.array([*out, *walk[first : last + 1].tolist(), *back], np.int64)


def shorter_walk(
    problem: RuralProblem,
    walk: NDArray[np.int64],
    own: NDArray[np.bool_],
    *,
    seed: int,
    until: StopWhen,
) -> NDArray[np.int64]:
    """
    Plan one robot's own part anew; give its walk back where that is not shorter.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    walk
        Edges of a closed walk from the depot.
    own
        Mask of the edges that it must pass, shape ``(m,)``.
    seed
        Seed of the search.
    until
        How hard to try.
    """
    alone = replace(problem, required=own)
    tour = rural_postman(alone, seed=seed, until=until)
    if tour.cost >= problem.network.cost[walk].sum():
        return walk
    return euler_walk(problem.network, own + tour.extra, start=problem.depot)

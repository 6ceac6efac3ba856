"""One tour for all, then a walk for each robot."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from patrol.planning.euler import euler_walk, walk_nodes
from patrol.planning.exchange import exchanged, longest
from patrol.planning.network import Roads
from patrol.planning.route_search import Annealing
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.split import Tasks, split_evenly
from patrol.planning.stop import StopWhen

_TOURS = 12
"""Euler tours of the same edges that are tried; each meets the dock elsewhere."""

_ROUTE_EFFORT = StopWhen(rounds=0, tries=10)
"""How hard the walk of each single robot is tried, as it starts from a good one."""

_MORE_TRIPS = 3
"""Numbers of trips for each robot that are tried where the battery needs several."""

_EXCHANGES, _MOST_EXCHANGES = 200, 25_000
"""Rounds of exchange for each try of `StopWhen`, and at most: 4 CPU seconds."""

_HEAT = 0.5
"""How warm the exchange begins, as it starts from a good tour."""


@dataclass(frozen=True)
class Crew:
    """So many equal robots, and the most that each can drive between two charges."""

    robots: int
    reach: int


def fleet_walks(
    problem: RuralProblem,
    extra: NDArray[np.int64],
    *,
    robots: int,
    seed: int,
    until: StopWhen,
) -> list[NDArray[np.int64]]:
    """
    Share a tour among robots so that the longest walk is short.

    The tour is cut where that is best, at several orders of its edges; then required
    edges are exchanged between the robots, and each robot's own part is planned anew
    and replaced where that is shorter.

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
        Seed of the orders and of the planning anew.
    until
        How many exchanges are tried, and whether to go on.

    Returns
    -------
    list of NDArray
        Edges of each robot's closed walk from the depot; every required edge is
        passed by some of them. Empty for a robot that stays in the dock.
    """
    if robots == 1:
        passes = problem.required + extra
        return [euler_walk(problem.network, passes, start=problem.depot)]
    walks = shared(problem, extra, robots, seed=seed)
    return better_walks(problem, walks, seed=seed, until=until)


def laps(until: StopWhen) -> int:
    """Count the laps of `better_walks` in a limited time; one by default."""
    return max(1, (_EXCHANGES * until.tries // _MOST_EXCHANGES).bit_length())


def better_walks(
    problem: RuralProblem,
    walks: list[NDArray[np.int64]],
    *,
    seed: int,
    until: StopWhen,
    lap: int = 0,
) -> list[NDArray[np.int64]]:
    """
    Exchange required edges between robots, then plan each robot's own part anew.

    Parameters
    ----------
    problem
        Rural postman problem.
    walks
        Closed walks from the depot that pass every required edge between them.
    seed
        Seed of the search.
    until
        How many exchanges are tried, and whether to go on.
    lap
        Each lap tries twice as many exchanges as the one before.

    Returns
    -------
    list of NDArray
        Such walks; the longest is no longer than before.
    """
    if not until.go_on():
        return walks
    rounds = min(_MOST_EXCHANGES, _EXCHANGES * until.tries) << lap
    annealing = Annealing(rounds, heat=_HEAT, go_on=until.go_on)
    walks = exchanged(problem, walks, seed=seed, annealing=annealing)
    own = _shares(problem, walks)
    until = replace(_ROUTE_EFFORT, go_on=until.go_on)
    return [
        shorter_walk(problem, walk, mask, seed=seed + 1 + number, until=until)
        for number, (walk, mask) in enumerate(zip(walks, own, strict=True))
    ]


def trip_walks(
    problem: RuralProblem,
    extra: NDArray[np.int64],
    crew: Crew,
    *,
    seed: int,
    until: StopWhen,
) -> list[NDArray[np.int64]]:
    """
    Share a tour among robots that must come back to charge.

    It is shared among all their trips (`fleet_walks`), which are then dealt out; the
    trips are as few for each robot as make all of them short enough.

    Parameters
    ----------
    problem, extra, seed, until
        See `fleet_walks`.
    crew
        How many robots there are, and how far a charge takes them.

    Returns
    -------
    list of NDArray
        Walks as those of `fleet_walks`; one longer than the reach visits the depot on
        its way, but still not often enough where no number of trips that was tried
        is enough.
    """
    robots, total = crew.robots, problem.cost_of(problem.required + extra)
    trips = max(1, -(-total // (robots * crew.reach)))
    for more in range(_MORE_TRIPS):
        walks = fleet_walks(
            problem, extra, robots=robots * (trips + more), seed=seed, until=until
        )
        if longest(problem, walks) <= crew.reach:
            break
    return _dealt(problem, walks, robots)


def _dealt(
    problem: RuralProblem, walks: list[NDArray[np.int64]], robots: int
) -> list[NDArray[np.int64]]:
    """Give each trip, dearest first, to the robot that has least to do."""
    if len(walks) == robots:
        return walks
    cost = [int(problem.network.cost[walk].sum()) for walk in walks]
    load = [0] * robots
    hands: list[list[NDArray[np.int64]]] = [[] for _ in range(robots)]
    for number in sorted(range(len(walks)), key=lambda one: (-cost[one], one)):
        robot = load.index(min(load))
        load[robot] += cost[number]
        hands[robot].append(walks[number])
    return [np.concatenate([np.zeros(0, np.int64), *hand]) for hand in hands]


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
    rng = np.random.default_rng(seed)
    passes = problem.required + extra
    to_dock = _Dock(problem)
    best: list[NDArray[np.int64]] = []
    for number in range(_TOURS):
        walk = euler_walk(
            problem.network, passes, start=problem.depot, rng=rng if number else None
        )
        walks = to_dock.split(walk, robots)
        if not best or longest(problem, walks) < longest(problem, best):
            best = walks
    return best


class _Dock:
    """Cuts tours into walks from and to the depot."""

    def __init__(self, problem: RuralProblem) -> None:
        self._problem = problem
        roads = Roads.cheapest(problem.network, problem.network.cost.astype(float))
        self._tree = roads.tree(np.array([problem.depot]))

    def split(self, walk: NDArray[np.int64], robots: int) -> list[NDArray[np.int64]]:
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
        cuts = split_evenly(tasks, robots)
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


def _shares(
    problem: RuralProblem, walks: list[NDArray[np.int64]]
) -> list[NDArray[np.bool_]]:
    """Mask of the required edges that each walk is the first to pass."""
    left = problem.required.copy()
    shares = []
    for walk in walks:
        mask = np.zeros(len(left), bool)
        mask[walk] = left[walk]
        left &= ~mask
        shares.append(mask)
    return shares


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

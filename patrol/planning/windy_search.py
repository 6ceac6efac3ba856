"""Searches for shorter tours of a windy problem."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from patrol.planning.charges import equal_rules
from patrol.planning.network import Roads
from patrol.planning.route_search import Annealing, search_routes
from patrol.planning.windy_completion import WindyCompletion
from patrol.planning.windy_problem import WindyProblem
from patrol.planning.windy_tasks import WindyTasks
from patrol.planning.windy_walk import WindyWalk, windy_walk

_KEPT = 1e-3
"""Price factor of what the tour passes far from the change: next to nothing."""

_FAVOUR = (0.2, 1.0)
"""Range of that factor where the change is."""

_NOISE = 0.5
"""Spread of the disturbed prices there: deviation of their logarithm."""

_WANTED = 0.05
"""Price factor of an edge that the relaxation passes once more than required."""

SHARES = (0.5, 0.0, 1.0)
"""Mixtures of prices from which the first tours are made."""

_NODES = (20, 120)
"""Range of the number of nodes in a neighbourhood."""

_ROUNDS, _LEAST_ROUNDS = 5, 2000
"""Rounds of ruin and recreate in the first turn, for each required edge; at least."""

_DOUBLINGS = 5
"""How often these are doubled from turn to turn, so that any search ends with a search
that cooled down."""

_HEATS = (0.3, 1.0, 0.1)
"""How warm these begin, in turn: none is best on all instances."""

Ints = NDArray[np.int64]


class PriceSearch:
    """
    Makes a tour anew near a random node, at disturbed prices.

    Far from that node what the tour passes is next to free, so it stays.

    Parameters
    ----------
    problem, completion
        Windy problem on ``m`` edges, and how its tours are made.
    passes
        Passes along and against each edge that a relaxation wants, perhaps in parts,
        shape ``(m, 2)``; what it passes more often than required is made cheaper.
    rng
        Draws the changes.
    """

    def __init__(
        self,
        problem: WindyProblem,
        completion: WindyCompletion,
        passes: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> None:
        self._problem = problem
        self._completion = completion
        wanted = passes.sum(axis=1) - problem.required
        self._hint = np.clip(1.0 - wanted, _WANTED, 1.0)
        self._rng = rng
        network = completion.network
        self._roads = Roads.cheapest(network, network.cost.astype(np.float64))

    def rounded(self) -> list[Ints]:
        """Make tours of what the relaxation wants."""
        return [
            self._completion.tour(self._completion.prices(share) * self._hint)
            for share in SHARES
        ]

    def change(self, passes: Ints) -> Ints:
        """Try one change; return the tour itself when it is for the worse."""
        near = self._neighbourhood()
        noise = np.exp(self._rng.normal(0.0, _NOISE, len(near)))
        price = self._completion.prices(self._rng.uniform())
        price *= self._hint ** self._rng.uniform()
        price *= np.where(near, noise, 1.0)
        extra = passes.sum(axis=1) > self._problem.required
        favour = np.where(near, self._rng.uniform(*_FAVOUR), _KEPT)
        price[extra] *= favour[extra]
        changed = self._completion.tour(price)
        gained = self._problem.cost_of(changed) <= self._problem.cost_of(passes)
        return changed if gained else passes

    def _neighbourhood(self) -> NDArray[np.bool_]:
        """Mask of the edges that touch the nodes nearest to a random one."""
        nodes = self._problem.num_nodes
        node = self._rng.integers(nodes, size=1)
        size = min(int(self._rng.integers(*_NODES)), nodes)
        distance = self._roads.tree(node).distance
        near = np.zeros(nodes, bool)
        near[np.argsort(distance, kind="stable")[:size]] = True
        return np.asarray(near[self._problem.edge_nodes].any(axis=1))


class OrderSearch:
    """Improves the order of the required edges by ruin and recreate."""

    def __init__(
        self, problem: WindyProblem, completion: WindyCompletion, *, seed: int
    ) -> None:
        self._problem = problem
        self._completion = completion
        self._tasks = WindyTasks.of(problem)
        self._seed = seed
        self._turn = 0

    def change(self, passes: Ints, go_on: Callable[[], bool]) -> Ints:
        """Search from a tour; return the tour itself when nothing better is found."""
        start = served_order(self._tasks, windy_walk(self._problem, passes))
        annealing = turn_of(self._turn, len(start), go_on)
        tasks = len(self._tasks.edges)
        rules = equal_rules(1, tasks, capacity=np.inf, target=np.inf, penalty=0.0)
        seed = self._seed + self._turn
        self._turn += 1
        (order,) = search_routes(
            self._tasks, rules, [start], seed=seed, annealing=annealing
        )
        changed = self._completion.polish(self._tasks.passes(order))
        gained = self._problem.cost_of(changed) <= self._problem.cost_of(passes)
        return changed if gained else passes


def turn_of(turn: int, tasks: int, go_on: Callable[[], bool]) -> Annealing:
    """How long and how warm to search in one of many turns, numbered from 0."""
    return Annealing(
        rounds=max(_LEAST_ROUNDS, _ROUNDS * tasks) * 2 ** min(turn, _DOUBLINGS),
        heat=_HEATS[turn % len(_HEATS)],
        go_on=go_on,
    )


def served_order(tasks: WindyTasks, walk: WindyWalk) -> Ints:
    """Tasks of a walk in the order in which it passes them first."""
    number = np.full(tasks.problem.num_edges, -1)
    number[tasks.edges] = np.arange(len(tasks.edges))
    met = number[walk.edges]
    return np.array(list(dict.fromkeys(met[met >= 0].tolist())), np.int64)

"""Walks of a fleet on a windy network, the longest as short as can be."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from patrol.planning.charges import equal_rules
from patrol.planning.fleet import first_passes
from patrol.planning.plan import BoundKind
from patrol.planning.route_pricing import MOST_PRICED
from patrol.planning.route_search import Orders, search_routes
from patrol.planning.rural import RuralTour
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.split import Tasks, split_evenly
from patrol.planning.stop import StopWhen
from patrol.planning.windy import WindyTour, windy_postman
from patrol.planning.windy_completion import WindyCompletion
from patrol.planning.windy_core import WindyCore
from patrol.planning.windy_longest import windy_longest_bound
from patrol.planning.windy_problem import FORBIDDEN, WindyProblem
from patrol.planning.windy_search import served_order, turn_of
from patrol.planning.windy_tasks import WindyTasks
from patrol.planning.windy_walk import WindyWalk, windy_walk

_PRICES = (1.0, 5.0, 20.0)
"""What each unit above the average route costs on top, in turn: none is best where
required edges are dense and where they lie far apart."""

_TRIES_OF_A_TURN = 25
"""Tries of `StopWhen` that pay for a turn of exchange."""

_FIRST_TURNS = 3
"""Turns before the bound is asked, which is the faster the better the walks are."""

_TRIES_OF_TOUR = 25
"""Tries spent on the tour for one, from which the walks are cut."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WindyFleet:
    """
    Walks of a fleet on a windy problem, and how good they are.

    Attributes
    ----------
    walks
        Closed walk from the depot for each robot; empty if it stays there.
    longest
        Cost of the dearest walk.
    bound, kind
        In no fleet of so many is the dearest walk cheaper.
    tour
        Tour for one from which the walks were cut. Its bound holds for the cost of
        all walks together.
    """

    walks: tuple[WindyWalk, ...]
    longest: int
    bound: int
    kind: BoundKind
    tour: WindyTour


def windy_fleet(
    problem: WindyProblem,
    robots: int,
    *,
    seed: int,
    until: StopWhen | None = None,
    bound_effort: StopWhen | None = None,
) -> WindyFleet:
    """
    Share the required edges of a windy problem so that the longest walk is short.

    A tour for one is cut where that is best for its order, then required edges are
    exchanged by ruin and recreate, directions included, and each walk is improved by
    flows. Heuristic, but where the bound knows the best walks, they are taken; its
    bound says how good it is.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    robots
        Number of robots, at least 1.
    seed
        Seed of the searches.
    until
        How hard to try.
    bound_effort
        How hard to try for the bounds; as ``until`` if left out. With no rounds the
        bound is simple.
    """
    until = until or StopWhen()
    bound_effort = bound_effort or until
    few = replace(until, tries=until.tries if robots == 1 else _TRIES_OF_TOUR)
    tour = windy_postman(problem, seed=seed, until=few, bound_effort=bound_effort)
    if robots == 1:
        walk = windy_walk(problem, tour.passes)
        return WindyFleet((walk,), tour.cost, tour.bound, tour.kind, tour)
    core = WindyCore.of(problem)
    shares = _Shares(core.problem, tour.passes[core.edges], robots)
    shares.improve(_FIRST_TURNS, seed=seed, until=until)
    shares.raise_bound(max(-(-tour.bound // robots), 0), bound_effort)
    shares.improve(until.tries // _TRIES_OF_A_TURN, seed=seed, until=until)
    walks = [windy_walk(problem, core.expand(one)) for one in shares.passes]
    kind = BoundKind.LP if bound_effort.rounds else BoundKind.WEAK
    if shares.longest == shares.bound:
        kind = BoundKind.PROVED_OPTIMAL
    return WindyFleet(tuple(walks), shares.longest, shares.bound, kind, tour)


def one_way_walks(
    rural: RuralProblem,
    open_ways: NDArray[np.bool_],
    *,
    robots: int,
    seed: int,
    until: StopWhen,
) -> tuple[RuralTour, list[Ints]]:
    """
    Plan walks where some directions are forbidden and all else costs the same.

    Parameters
    ----------
    rural
        Problem on ``m`` edges without regard to directions.
    open_ways
        Whether each edge may be passed along and against, shape ``(m, 2)``.
    robots
        Number of robots, at least 1.
    seed
        Seed of the searches.
    until
        How hard to try.

    Returns
    -------
    RuralTour
        Tour for one robot, its directions left out.
    list of NDArray
        Edges of each robot's closed walk from the depot, in order.
    """
    problem = windy_of(rural, open_ways)
    fleet = windy_fleet(problem, robots, seed=seed, until=until)
    return _single(rural, fleet.tour), [walk.edges for walk in fleet.walks]


def one_way_tour(
    rural: RuralProblem, open_ways: NDArray[np.bool_], *, seed: int, until: StopWhen
) -> RuralTour:
    """
    Plan a tour for one robot, its directions left out; see `one_way_walks`.

    Parameters
    ----------
    rural
        Problem on ``m`` edges without regard to directions.
    open_ways
        Whether each edge may be passed along and against, shape ``(m, 2)``.
    seed
        Seed of the search.
    until
        How hard to try.
    """
    tour = windy_postman(windy_of(rural, open_ways), seed=seed, until=until)
    return _single(rural, tour)


def windy_of(rural: RuralProblem, open_ways: NDArray[np.bool_]) -> WindyProblem:
    """Forbid some directions of a problem on ``m`` edges; ``open_ways`` is (m, 2)."""
    network = rural.network
    return WindyProblem(
        num_nodes=network.num_nodes,
        edge_nodes=network.edge_nodes,
        cost=np.where(open_ways, network.cost[:, None], FORBIDDEN),
        required=rural.required,
        depot=rural.depot,
    )


def _single(rural: RuralProblem, tour: WindyTour) -> RuralTour:
    extra = tour.passes.sum(axis=1) - rural.required
    return RuralTour(extra, tour.cost, tour.bound, tour.kind)


class _Shares:
    """Required edges of one problem, shared among robots."""

    def __init__(self, problem: WindyProblem, tour: Ints, robots: int) -> None:
        self._problem = problem
        self._tasks = WindyTasks.of(problem)
        self._robots = robots
        self._turn = 0
        self._orders = self._split(windy_walk(problem, tour))
        self.passes = self._polished(self._orders)
        self.bound = 0

    @property
    def longest(self) -> int:
        """Cost of the dearest walk."""
        return self._rank(self.passes)[0]

    def improve(self, turns: int, *, seed: int, until: StopWhen) -> None:
        """Exchange required edges in turns."""
        for _ in range(turns):
            if self.longest == self.bound or not until.go_on():
                break
            price = _PRICES[self._turn % len(_PRICES)]
            annealing = turn_of(
                self._turn // len(_PRICES), len(self._tasks.edges), until.go_on
            )
            rules = equal_rules(
                len(self._orders),
                len(self._tasks.edges),
                capacity=np.inf,
                target=0.0,
                penalty=price,
            )
            start, number = self._orders, seed + self._turn
            orders = search_routes(
                self._tasks, rules, start, seed=number, annealing=annealing
            )
            self._take(orders)
            self._turn += 1

    def raise_bound(self, least: int, until: StopWhen) -> None:
        """Bound the dearest walk, and take the best walks where they come with it."""
        self.bound = max(least, self._farthest())
        many = len(self._tasks.edges) > MOST_PRICED
        if many or not until.rounds or self.longest == self.bound:
            return
        found = windy_longest_bound(
            self._problem,
            self._robots,
            upper=self.longest,
            rounds=until.rounds,
            go_on=until.go_on,
        )
        self.bound = max(self.bound, found.bound)
        if found.orders is not None:
            tasks = [np.searchsorted(self._tasks.edges, one) for one in found.orders]
            spare = [np.zeros(0, np.int64)] * (self._robots - len(tasks))
            self._take([*tasks, *spare])

    def _take(self, orders: Orders) -> None:
        passes = self._polished(orders)
        if self._rank(passes) <= self._rank(self.passes):
            self._orders, self.passes = orders, passes

    def _rank(self, passes: list[Ints]) -> tuple[int, int]:
        costs = [self._problem.cost_of(one) for one in passes]
        return max(costs), sum(costs)

    def _split(self, walk: WindyWalk) -> Orders:
        """Cut a walk where that is best for its order."""
        tasks, home = self._tasks, self._tasks.ways.home
        order = served_order(tasks, walk)
        steps = first_passes(walk.edges, self._problem.required)
        driven = np.cumsum(self._problem.cost[walk.edges, walk.ways]).astype(float)
        ways = walk.ways[steps]
        step_cost = self._problem.cost[walk.edges[steps], ways]
        cuts = split_evenly(
            Tasks(
                out=home[order, ways, 0],
                back=home[order, 1 - ways, 1],
                start=driven[steps] - step_cost,
                stop=driven[steps],
            ),
            self._robots,
        )
        return [order[first:stop] for first, stop in pairwise(cuts)]

    def _polished(self, orders: Orders) -> list[Ints]:
        """Improve the passes of each robot by flows on its own required edges."""
        return [self._polish(order) for order in orders]

    def _polish(self, order: Ints) -> Ints:
        passes = self._tasks.passes(order)
        if len(order) == 0:
            return passes
        own = np.zeros(self._problem.num_edges, bool)
        own[self._tasks.edges[order]] = True
        return WindyCompletion(replace(self._problem, required=own)).polish(passes)

    def _farthest(self) -> int:
        """Cost of the cheapest walk that passes the edge for which it is dearest."""
        home, cost = self._tasks.ways.home[:-1], self._tasks.jobs.cost[:-1]
        there_and_back = home[:, :, 0] + cost + home[:, ::-1, 1]
        return int(there_and_back.min(axis=1).max(initial=0.0))

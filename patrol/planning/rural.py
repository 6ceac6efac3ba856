"""
The rural postman: a short closed walk past every required edge, and a lower bound.

The relaxation leads the search: each of its rounds gives a solution that is too
cheap to hang together, and what it takes to mend it is little. What is left of the
gap after that, a local search narrows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import Completion
from patrol.planning.local_search import LocalSearch
from patrol.planning.plan import BoundKind
from patrol.planning.relaxation import lagrange, relax
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.shortcuts import Shortcuts
from patrol.planning.simplify import simplify
from patrol.planning.stop import (
    Deadline,
    OnProgress,
    Phase,
    Progress,
    StopWhen,
    unheard,
)
from patrol.planning.t_join import TJoin
from patrol.planning.tiles import LARGE, relax_in_tiles
from patrol.planning.whole_relaxation import Relaxed

_ROUGH = 20
"""Tries for a tour that is not the end; its bound is worth all the rounds."""

_MEND_EVERY = 5
"""Rounds of the relaxation after which its solution is mended to a tour."""


_BOUND_SHARE = 0.5
"""Share of a limited time that the relaxation may take in whole numbers; without a
limit of time it is left out."""


def rough(until: StopWhen) -> StopWhen:
    """StopWhen for a tour that is only a start for something better."""
    return replace(until, tries=min(_ROUGH, until.tries))


@dataclass(frozen=True)
class RuralTour:
    """
    A tour of a rural postman problem, and how good it is.

    Attributes
    ----------
    extra
        Passes of each edge on top of one of each required edge, shape ``(m,)``.
    cost
        Cost of the tour.
    bound, kind
        No tour is cheaper; `BoundKind.PROVED_OPTIMAL` where ``bound == cost``.
    """

    extra: NDArray[np.int64]
    cost: int
    bound: int
    kind: BoundKind


def rural_postman(
    problem: RuralProblem,
    *,
    seed: int,
    until: StopWhen | None = None,
    on_progress: OnProgress = unheard,
) -> RuralTour:
    """
    Find a short closed walk past every required edge, with a lower bound.

    Where the required edges and the depot hang together, the walk is the shortest
    there is (it is a Chinese postman's, by the exact T-join). Else it starts from
    Frederickson's, at most 3/2 of the shortest, and is mended along the relaxation
    and by a search.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    seed
        Seed of the search.
    until
        How hard to try.
    on_progress
        Told the cost of the best tour and its bound whenever one of them is better.
    """
    until = until or StopWhen()
    if problem.num_parts == 1:
        extra = np.zeros(problem.network.num_edges, np.int64)
        extra[TJoin(problem.network).solve(problem.odd_nodes)] = 1
        bound, kind = problem.cost_of(extra), BoundKind.PROVED_OPTIMAL
    else:
        small = simplify(problem)
        core = Shortcuts.of(small.problem)
        best = _Incumbent(core.problem, until, on_progress)
        _solve(best, seed)
        extra = small.expand(core.expand(best.extra))
        bound, kind = best.bound, best.kind
    required = problem.cost_of(problem.required.astype(np.int64))
    cost = required + problem.cost_of(extra)
    proved = cost == required + bound
    kind = BoundKind.PROVED_OPTIMAL if proved else kind
    return RuralTour(extra, cost, required + bound, kind)


class _Incumbent:
    """
    The best tour so far, and its bound.

    Attributes
    ----------
    extra
        Extra passes of each edge.
    bound, kind
        No tour has cheaper extra passes; weak until the relaxation was asked.
    """

    def __init__(
        self, problem: RuralProblem, until: StopWhen, on_progress: OnProgress
    ) -> None:
        self.problem, self.until = problem, until
        self.completion = Completion(problem)
        self.extra = self.completion.connect(problem.network.cost.astype(np.float64))
        self.bound = lagrange(problem, [])[0]  # the T-join alone
        self.kind = BoundKind.WEAK
        self._required = problem.cost_of(problem.required.astype(np.int64))
        self._tell = on_progress
        self._news()

    @property
    def cost(self) -> int:
        """Cost of the extra passes."""
        return self.problem.cost_of(self.extra)

    @property
    def done(self) -> bool:
        """Whether it is good enough, or there is no time to make it better."""
        cost, bound = self._required + self.cost, self._required + self.bound
        return self.until.good_enough(cost, bound) or not self.until.go_on()

    def take(self, extra: NDArray[np.int64]) -> None:
        """Take in a tour, if it is no worse."""
        cost = self.problem.cost_of(extra)
        better, self.extra = (
            cost < self.cost,
            extra if cost <= self.cost else self.extra,
        )
        if better:
            self._news()

    def raise_bound(self, bound: int) -> None:
        """Take in a bound, if it is better."""
        self.kind = BoundKind.LP
        if bound > self.bound:
            self.bound = bound
            self._news()

    def _news(self) -> None:
        cost, bound = self._required + self.cost, self._required + self.bound
        self._tell(Progress(Phase.TOUR, cost, bound))


def _solve(best: _Incumbent, seed: int) -> None:
    """Make the incumbent and its bound better."""
    problem, until, completion = best.problem, best.until, best.completion
    search = LocalSearch(problem, completion, best.extra, seed=seed)
    tries, relaxed = 0, Relaxed(best.bound, best.extra)
    for number, relaxed in enumerate(_relaxed(best)):
        best.raise_bound(relaxed.bound)
        if number % _MEND_EVERY == 0 and tries < until.tries:
            search.offer(completion.complete(relaxed.extra))
            search.improve()
            best.take(search.best)
            tries += 1
        if best.done:
            return
    search.go_from(completion.complete(relaxed.extra))
    while tries < until.tries and not best.done:
        search.improve()
        best.take(search.best)
        tries += 1


def _relaxed(best: _Incumbent) -> Iterator[Relaxed]:
    """Give the rounds of the relaxation, none if the tour is good enough already."""
    if best.done:
        return iter(())
    until, rounds = best.until, best.until.rounds
    if best.problem.network.num_nodes >= LARGE:
        tiled = relax_in_tiles(best.problem, rounds=rounds, go_on=until.go_on)
        return iter((tiled,))
    in_time = until.part(_BOUND_SHARE).go_on
    limited = isinstance(in_time, Deadline) and in_time.comes
    go_on = in_time if limited else None
    return relax(best.problem, rounds=rounds, go_on=go_on)

"""How much a fleet must drive at least: in total, and its busiest vehicle."""

from dataclasses import dataclass, replace

import numpy as np

from patrol.planning.fleet_relaxation import (
    FleetRelaxation,
    depot_distances,
    range_load,
)
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.shortcuts import Shortcuts
from patrol.planning.simplify import simplify
from patrol.planning.stop import StopWhen

_ROUNDS = 20
"""Rounds for each bound where time is not limited; one takes up to a second on a
district, and most of what can be gained comes first."""

_TOUR_SHARE, _BATTERY_SHARE = 0.3, 0.25
"""Shares of a limited time, of what is left, for the cuts of one tour, and for those by
the battery where the longest route takes less than a charge, so that its own say more.
"""

_GUESS = 0.6
"""Where the limit of the longest route is guessed, on the way from the average of the
total's bound to the longest route that was found."""


@dataclass(frozen=True)
class FleetBounds:
    """No plan costs less than ``total``; in none is the dearest route cheaper."""

    total: int
    longest: int


def fleet_bounds(
    problem: RuralProblem, *, robots: int, reach: int, longest: int, until: StopWhen
) -> FleetBounds:
    """
    Bound what a fleet costs that serves every required edge from one depot.

    The bound of the longest route is one by contradiction: if there were a plan
    whose longest route is below a limit, no robot could do more than that, far places
    would ask for several, and the total would be so high that some robot does more than
    the average of it. The lower the limit, the more places do, so one below the route
    that was found is tried first; only if no plan keeps it, that route is the limit.

    Parameters
    ----------
    problem
        Rural postman problem.
    robots
        Number of robots, at least 1.
    reach
        Most that a robot can drive between two visits of the depot.
    longest
        Cost of the longest route of a plan that was found.
    until
        How many rounds for each bound, and whether to go on.
    """
    small = Shortcuts.of(simplify(problem, share=True).problem).problem
    relaxation = FleetRelaxation(small)
    if not until.timed:
        until = replace(until, rounds=min(_ROUNDS, until.rounds))
    _tighten(relaxation, until.part(_TOUR_SHARE))
    charges = longest > reach
    if reach < relaxation.bound():
        some = until if charges else until.part(_BATTERY_SHARE)
        relaxation.require(range_load(small, reach))
        _tighten(relaxation, some)
    total = relaxation.bound()
    if robots == 1:
        return FleetBounds(total, total)
    even = -(-total // robots)
    if not charges:
        guess = even + int(_GUESS * (longest - even))
        even = _even(relaxation, guess, robots, until)
        if even == guess:
            even = max(even, _even(FleetRelaxation(small), longest, robots, until))
    return FleetBounds(total, max(farthest(small), min(longest, even)))


def _even(relaxation: FleetRelaxation, limit: int, robots: int, until: StopWhen) -> int:
    """Bound the longest route of any plan, as far as the limit."""
    relaxation.require(range_load(relaxation.problem, limit))
    _tighten(relaxation, until)
    return min(limit, -(-relaxation.bound() // robots))


def _tighten(relaxation: FleetRelaxation, until: StopWhen) -> None:
    relaxation.tighten(rounds=until.rounds, go_on=until.go_on)


def farthest(problem: RuralProblem) -> int:
    """Cost of the cheapest closed walk to the farthest required edge."""
    away = depot_distances(problem)[problem.network.edge_nodes].sum(axis=1)
    there_and_back = (away + problem.network.cost)[problem.required]
    return int(np.max(there_and_back, initial=0))

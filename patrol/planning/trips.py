"""
Walks of robots that must come back to charge: short trips, shared evenly.

Trips need not be equally long. Full ones go far, and one that is left over stays near
the dock, where it costs little to come and go; so the tour is cut where that is
cheapest under the reach, and then streets are moved until the robots, not their trips,
have equally much to do.
"""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from patrol.planning.exchange import Exchange, Walks
from patrol.planning.fleet import shared, shared_within, total
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import StopWhen


@dataclass(frozen=True)
class Crew:
    """
    Equal robots.

    Attributes
    ----------
    robots
        How many.
    reach
        Most that each can drive between two charges.
    even
        Whether they are to have equally much to do; else only the total counts.
    """

    robots: int
    reach: int
    even: bool = True


def trip_walks(
    problem: RuralProblem,
    extra: NDArray[np.int64],
    crew: Crew,
    *,
    seed: int,
    until: StopWhen,
) -> Walks:
    """
    Share a tour among robots that must come back to charge.

    Parameters
    ----------
    problem
        Rural postman problem on ``m`` edges.
    extra
        Passes of each edge on top of one of each required edge, shape ``(m,)``; they
        make a tour.
    crew
        How many robots there are, and how far a charge takes them.
    seed
        Seed of the search.
    until
        How many exchanges are tried, and whether to go on.

    Returns
    -------
    list of NDArray
        Walk of each robot; one longer than the reach visits the depot on its way. It
        does not do so often enough where a required edge is beyond the reach.
    """
    trips = shared_within(problem, extra, crew.reach, seed=seed)
    if not trips:
        return shared(problem, extra, crew.robots, seed=seed)
    rows = _dealt(problem, trips, crew.robots)
    if until.go_on():
        even = crew.robots if crew.even else 0
        trips = Exchange.of(problem).within(
            list(chain(*rows)), crew.reach, robots=even, seed=seed, until=until
        )
        rows = _dealt(problem, trips, crew.robots)
        if crew.even:
            size = len(trips) // crew.robots
            rows = [trips[at : at + size] for at in range(0, len(trips), size)]
    return [np.concatenate(row) for row in rows]


def _dealt(problem: RuralProblem, trips: Walks, robots: int) -> list[Walks]:
    """
    Give each trip, longest first, to the robot that has least to do.

    All robots get as many trips, one of them empty at least.
    """
    length = np.array([total(problem, [trip]) for trip in trips])
    load = np.zeros(robots, np.int64)
    rows: list[Walks] = [[] for _ in range(robots)]
    for trip in np.argsort(-length, kind="stable").tolist():
        if length[trip]:
            rows[load.argmin()].append(trips[trip])
            load[load.argmin()] += length[trip]
    size = 1 + max(len(row) for row in rows)
    return [row + [np.zeros(0, np.int64)] * (size - len(row)) for row in rows]

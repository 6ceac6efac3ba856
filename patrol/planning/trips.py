"""
Walks of robots that must come back to charge: short trips, shared evenly.

Trips need not be equally long. Full ones go far, and one that is left over stays near
the dock, where it costs little to come and go; so the tour is cut where that is
cheapest under the reach, and only then are streets moved until the robots, not their
trips, have equally much to do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.exchange import Exchange, Walks
from patrol.planning.fleet import shared, shared_within, total
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import StopWhen

_SHORT_SHARE = 0.5
"""Share of a limited time for trips that are short in all; what is left makes the
robots even."""

_EVEN_LAPS = 3
"""Searches, each with the limits drawn anew, that make the robots even."""

_SPARE = 0.002
"""Share above the average robot that each may have, to leave the search some room."""


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
    trips += [np.zeros(0, np.int64)] * crew.robots
    even = crew.even and crew.robots > 1
    if until.go_on():
        exchange, some = Exchange.of(problem), until.part(_SHORT_SHARE if even else 1.0)
        limits = np.full(len(trips), crew.reach)
        trips = exchange.within(trips, limits, seed=seed, until=some)
    hands = _dealt(_lengths(problem, trips), crew.robots)
    if until.go_on() and even:
        trips = _evened(exchange, (trips, hands), crew, seed=seed, until=until)
    return _joined(trips, hands, crew.robots)


def _evened(
    exchange: Exchange,
    dealt: tuple[Walks, NDArray[np.int64]],
    crew: Crew,
    *,
    seed: int,
    until: StopWhen,
) -> Walks:
    """Move streets from robots with much to do to others, trip by trip."""
    problem, (trips, hands) = exchange.problem, dealt
    best = trips
    for lap in range(_EVEN_LAPS):
        some = until.part(1 / (_EVEN_LAPS - lap))
        limits = even_limits(_lengths(problem, trips), hands, crew)
        trips = exchange.within(trips, limits, seed=seed + 1 + lap, until=some)
        if _worst(problem, trips, hands, crew) < _worst(problem, best, hands, crew):
            best = trips
    return best


def even_limits(
    length: NDArray[np.int64], hands: NDArray[np.int64], crew: Crew
) -> NDArray[np.int64]:
    """
    Draw a limit for each trip so that all robots have equally much to do.

    The shortest trips of a robot with too much are cut first; what room another has is
    shared among its trips, as far as a charge lasts.

    Parameters
    ----------
    length
        Length of each trip, shape ``(q,)``.
    hands
        Robot of each trip, shape ``(q,)``.
    crew
        How many robots there are, and how far a charge takes them.
    """
    even = int(length.sum() / crew.robots * (1 + _SPARE))
    limits = length.copy()
    for robot in range(crew.robots):
        own = np.flatnonzero(hands == robot)
        room = even - int(length[own].sum())
        order = own[np.argsort(length[own], kind="stable")].tolist()
        for trip in order if room < 0 else order[::-1]:
            most = crew.reach - int(length[trip])
            change = min(most, max(room, -int(length[trip])))
            limits[trip] += change
            room -= change
    return limits


def _dealt(length: NDArray[np.int64], robots: int) -> NDArray[np.int64]:
    """Give each trip, longest first, to the robot that has least to do, ``(q,)``."""
    load = np.zeros(robots, np.int64)
    hands = np.zeros(len(length), np.int64)
    for trip in np.argsort(-length, kind="stable").tolist():
        hands[trip] = load.argmin()
        load[hands[trip]] += max(1, length[trip])
    return hands


def _lengths(problem: RuralProblem, trips: Walks) -> NDArray[np.int64]:
    return np.array([total(problem, [trip]) for trip in trips], np.int64)


def _worst(
    problem: RuralProblem, trips: Walks, hands: NDArray[np.int64], crew: Crew
) -> tuple[int, int]:
    """By how much a trip is beyond the reach, and what the busiest robot has to do."""
    length = _lengths(problem, trips)
    busiest = int(np.bincount(hands, length).max())
    return max(0, int(length.max()) - crew.reach), busiest


def _joined(trips: Walks, hands: NDArray[np.int64], robots: int) -> Walks:
    """Put the trips of each robot together."""
    return [
        np.concatenate(
            [np.zeros(0, np.int64), *(trips[k] for k in np.flatnonzero(hands == robot))]
        )
        for robot in range(robots)
    ]

"""
Routes of required edges, searched coarse and fine in turns.

First pieces of routes change hands (`segments`), then single tasks; both by
`ruin_recreate`. Each turn starts from the best routes so far and keeps what it finds
only where that is better, so the search may end after any of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from patrol.planning.charges import Rules
from patrol.planning.route_search import (
    Annealing,
    Orders,
    TaskWays,
    counted,
    routes_state,
    search_routes,
)
from patrol.planning.segments import Segments
from patrol.planning.stop import StopWhen

_ROUNDS, _ROUNDS_PER_TRY = 4000, 200
"""Most rounds among single tasks in a turn, and rounds in all for each try."""

_PIECES, _HEAT, _PRICE = (60.0, 400.0), (0.1, 2.0), (0.01, 1.0)
"""Number of pieces, heat, and share of the prices with which a search among pieces
begins: drawn anew for each turn, small ones as often as large ones."""

_PER_ROUTE, _MOST_PIECES = 10, 1200
"""Pieces of each route at least, and of all at most: all distances between them are
kept (46 MB)."""

_COARSE_SHARE = 0.5
"""Share of the time that is left which a search among pieces may take at most."""


@dataclass(frozen=True)
class _Turn:
    """How one turn searches, and among how many pieces."""

    pieces: float
    coarse: Annealing
    fine: Annealing


def search_levels(
    tasks: TaskWays, rules: Rules, start: Orders, *, seed: int, until: StopWhen
) -> Iterator[Orders]:
    """
    Improve routes turn by turn.

    Parameters
    ----------
    tasks
        Required edges.
    rules
        What a route may hold and what it is charged.
    start
        Routes that hold every task once.
    seed
        Seed of the search.
    until
        How many rounds are searched, and whether to go on.

    Yields
    ------
    list of NDArray
        The start, and after each turn the best routes so far: those with the least
        above their limits and, of these, with the shortest longest route if unevenness
        is charged, else with the least total.
    """
    rng = np.random.default_rng(seed)
    left, best = _ROUNDS_PER_TRY * until.tries, start
    turn = _first_turn(min(left, _ROUNDS), until)
    yield best
    while left > 0 and until.go_on():
        found = _searched(tasks, rules, best, turn, rng)
        if worth(tasks, rules, found) < worth(tasks, rules, best):
            best = found
        yield best
        left -= turn.fine.rounds
        turn = _next_turn(min(left, _ROUNDS), until, rng)


def worth(tasks: TaskWays, rules: Rules, orders: Orders) -> tuple[float, float]:
    """Say what is made small: what is above the limits, then the objective."""
    length = routes_state(tasks, orders).length
    above = float(np.maximum(0.0, length - rules.limit).sum())
    busy = counted(rules, length)
    return above, float(busy.max() if rules.penalty > 0 else busy.sum())


def _first_turn(rounds: int, until: StopWhen) -> _Turn:
    """Make a rough start good: warm, and uneven at first."""
    some = until.part(_COARSE_SHARE).go_on
    pieces, heat, price = 150.0, 1.0, 0.02
    return _Turn(
        pieces,
        Annealing(4 * rounds, heat=heat, lenience=price, go_on=some),
        Annealing(rounds, heat=0.3, lenience=price, go_on=until.go_on),
    )


def _next_turn(rounds: int, until: StopWhen, rng: np.random.Generator) -> _Turn:
    """Shake pieces, then settle."""
    some = until.part(_COARSE_SHARE).go_on
    pieces, heat, price = (
        float(np.exp(rng.uniform(*np.log(both)))) for both in (_PIECES, _HEAT, _PRICE)
    )
    return _Turn(
        pieces,
        Annealing(2 * rounds, heat=heat, lenience=price, go_on=some),
        Annealing(rounds, heat=0.1, go_on=until.go_on),
    )


def _searched(
    tasks: TaskWays, rules: Rules, start: Orders, turn: _Turn, rng: np.random.Generator
) -> Orders:
    most = min(_MOST_PIECES, len(tasks.edges) // 2)
    count = int(min(most, max(turn.pieces, _PER_ROUTE * len(start))))
    if count > 1:
        pieces = Segments.of(tasks, start, count, rng)
        own = rules._replace(may=pieces.allowed(rules.may))
        found = search_routes(
            pieces, own, pieces.orders, seed=_seed(rng), annealing=turn.coarse
        )
        start = pieces.whole(found)
    return search_routes(tasks, rules, start, seed=_seed(rng), annealing=turn.fine)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))

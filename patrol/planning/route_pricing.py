"""
Routes that earn the most: search by labels over the required edges served.

A label is the start of a route: where it ends, what it costs, what it has earned and
which required edges it remembers. It forgets those that lie far from where it is, so
a route may serve an edge again after a detour (ng-routes [1]_): a relaxation, whose
best route earns at least as much as the best true one. A label that could not earn
more than the goal on what is left of its limit, were nothing remembered but the edge
served last, is dropped. All sums are of whole numbers.

.. [1] Baldacci, Mingozzi and Roberti (2011). New route relaxation and pricing
   strategies for the vehicle routing problem. *Operations Research* 59(5), 1269-1283.
   doi:10.1287/opre.1110.0975.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.network import NONE
from patrol.planning.windy_ways import WindyWays

_REMEMBERED = 8
"""Required edges around each that a label remembers there: more cost more time than
they raised the bound."""

_MOST_LABELS = 1_000_000
"""Labels of one search, 72 bytes each; with more it is given up."""

_FINEST = 4000
"""Limits are counted in so many steps at most: time and memory grow with them."""

_WORD = 62
"""Required edges remembered in one whole number of 64 bits."""

MOST_PRICED = 2 * _WORD
"""Most required edges: two words remember them."""

_NEVER = -(2**60)

Ints = NDArray[np.int64]


class Roads(NamedTuple):
    """
    Ways between ``r`` required edges in whole steps, and what is remembered.

    ``go`` holds the costs from each of the ``2 * r`` states, and from the depot in
    its last row, to each state; ``home`` those back. ``bit`` and ``near`` hold, in
    two words for each edge, its own mark and the marks that a label keeps there.
    """

    go: Ints
    home: Ints
    bit: Ints
    near: Ints


class Offer(NamedTuple):
    """
    What each required edge earns, what can still be earned, and the goal.

    A hasty search drops labels without asking what they remember: it may miss routes.
    """

    earn: Ints
    rest: Ints
    goal: int
    hasty: bool


class Labels(NamedTuple):
    """Room for labels; two lists run through them, by cost and by state."""

    cost: Ints
    state: Ints
    earned: Ints
    marks: Ints
    before: Ints
    queued: Ints
    kept: Ints
    first_queued: Ints
    first_kept: Ints
    num: Ints


class Found(NamedTuple):
    """
    Routes that earn more than the goal.

    Attributes
    ----------
    routes
        States in the order of service, of the best route for each last state.
    most
        No route earns more than this; None if that was not asked, as a hasty search
        found routes, or the search was given up.
    """

    routes: list[list[int]]
    most: int | None


class Pricer:
    """
    Finds routes within a limit that earn more than a goal.

    Parameters
    ----------
    ways
        Ways between at most `MOST_PRICED` required edges.
    limit
        Largest cost of a route.
    """

    def __init__(self, ways: WindyWays, limit: int) -> None:
        unit = 1 + limit // _FINEST
        go = np.vstack([ways.go, ways.out]) // unit
        # A step of no cost would never end: it counts one, and the limit one more.
        free = (go == 0).any(axis=0).reshape(-1, 2).any(axis=1)
        self._limit = limit // unit + int(free.sum())
        self._roads = Roads(
            np.maximum(go, 1, order="C"), ways.home // unit, *_memory(ways)
        )

    def best(self, earn: Ints, goal: int) -> Found:
        """
        Search for routes that earn more than the goal, hastily first.

        Parameters
        ----------
        earn
            What each required edge earns when served, shape ``(r,)``.
        goal
            What a route must earn more than.
        """
        rest = _earnable(self._roads, earn, self._limit)
        for hasty in (True, False):
            labels = _empty_labels(len(self._roads.home), self._limit)
            top = _search(self._roads, Offer(earn, rest, goal, hasty), labels)
            if len(top):
                break
        top = top[np.argsort(-labels.earned[top], kind="stable")]
        unsure = hasty or labels.num[0] == len(labels.cost)
        return Found(
            routes=[_states(labels, int(label)) for label in top],
            most=None if unsure else int(labels.earned[top].max(initial=goal)),
        )


def _memory(ways: WindyWays) -> tuple[Ints, Ints]:
    num = len(ways.edges)
    place = np.arange(num)
    bit = np.zeros((num, 2), np.int64)
    bit[place, place // _WORD] = np.int64(1) << (place % _WORD)
    apart = ways.go.reshape(num, 2, num, 2).min(axis=(1, 3))
    apart = np.minimum(apart, apart.T)
    np.fill_diagonal(apart, -1)
    close = np.argsort(apart, axis=1, kind="stable")[:, :_REMEMBERED]
    return bit, bit[close].sum(axis=1)


def _empty_labels(num_states: int, limit: int) -> Labels:
    """Make room, with a first label at the depot."""
    empty = [np.empty(_MOST_LABELS, np.int64) for _ in range(6)]
    labels = Labels(
        cost=empty[0],
        state=empty[1],
        earned=empty[2],
        marks=np.empty((_MOST_LABELS, 2), np.int64),
        before=empty[3],
        queued=empty[4],
        kept=empty[5],
        first_queued=np.full(limit + 1, NONE),
        first_kept=np.full(num_states, NONE),
        num=np.ones(1, np.int64),
    )
    labels.cost[0], labels.state[0], labels.earned[0] = 0, num_states, 0
    labels.marks[0] = 0
    return labels


def _states(labels: Labels, label: int) -> list[int]:
    """Give the states of a label, from the depot on."""
    states = []
    while label:
        states.append(int(labels.state[label]))
        label = int(labels.before[label])
    return states[::-1]


@compiled
def _earnable(roads: Roads, earn: Ints, limit: int) -> Ints:
    """Most that can be earned from each state on so much of the limit."""
    num = len(roads.home)
    rest = np.full((limit + 1, num), _NEVER)
    for left in range(limit + 1):
        for state in range(num):
            if roads.home[state] > left:
                continue
            most = 0
            for other in range(num):
                step = roads.go[state, other]
                if step <= left and other // 2 != state // 2:
                    most = max(most, earn[other // 2] + rest[left - step, other])
            rest[left, state] = most
    return rest


@compiled
def _search(roads: Roads, offer: Offer, labels: Labels) -> Ints:
    """Grow labels in the order of their costs; give the best one of each state."""
    best = np.full(len(roads.home), offer.goal)
    top = np.full(len(roads.home), NONE)
    _extend(roads, offer, labels, 0)
    for cost in range(len(offer.rest)):
        while labels.first_queued[cost] != NONE:
            label = labels.first_queued[cost]
            labels.first_queued[cost] = labels.queued[label]
            if _beaten(labels, label, offer.hasty):
                continue
            state = labels.state[label]
            labels.kept[label] = labels.first_kept[state]
            labels.first_kept[state] = label
            if labels.earned[label] > best[state]:
                best[state], top[state] = labels.earned[label], label
            _extend(roads, offer, labels, label)
    found: Ints = top[top != NONE]
    return found


@compiled
def _extend(roads: Roads, offer: Offer, labels: Labels, label: int) -> None:
    """Add labels that go on from this one, but for those that cannot reach the goal."""
    room, limit = len(labels.cost), len(offer.rest) - 1
    one, two = labels.marks[label]
    steps = roads.go[labels.state[label]]
    for state in range(len(roads.home)):
        edge, cost = state // 2, labels.cost[label] + steps[state]
        if cost > limit or one & roads.bit[edge, 0] or two & roads.bit[edge, 1]:
            continue
        earned = labels.earned[label] + offer.earn[edge]
        if earned + offer.rest[limit - cost, state] <= offer.goal:
            continue
        new = labels.num[0]
        if new == room:
            return
        labels.cost[new], labels.state[new], labels.earned[new] = cost, state, earned
        labels.marks[new, 0] = one & roads.near[edge, 0] | roads.bit[edge, 0]
        labels.marks[new, 1] = two & roads.near[edge, 1] | roads.bit[edge, 1]
        labels.before[new], labels.queued[new] = label, labels.first_queued[cost]
        labels.first_queued[cost] = new
        labels.num[0] += 1


@compiled
def _beaten(labels: Labels, label: int, hasty: bool) -> bool:
    """Whether another label of the state costs, forgets and lacks no more."""
    other = labels.first_kept[labels.state[label]]
    while other != NONE:
        if labels.earned[other] >= labels.earned[label]:
            one = labels.marks[other, 0] & ~labels.marks[label, 0]
            two = labels.marks[other, 1] & ~labels.marks[label, 1]
            if hasty or (one == 0 and two == 0):
                return True
        other = labels.kept[other]
    return False

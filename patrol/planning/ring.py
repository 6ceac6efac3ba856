"""
A closed tour of tasks that is improved link by link.

Each task has two ends, ``2i`` and ``2i + 1``; whoever comes in at one goes out at the
other. Between tasks are links, and only these can be exchanged: two at a time (2-opt),
or three, so that a piece of the tour moves elsewhere, turned or not (Or-opt). A new
link starts at one of the nearest ends, and the first gain counts at every step [1]_.

Everything here is compiled, works in place on arrays, and in whole numbers.

.. [1] Bentley (1992). Fast algorithms for geometric traveling salesman problems. *ORSA
   Journal on Computing* 4(4), 387-411. doi:10.1287/ijoc.4.4.387.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.dice import uniform
from patrol.planning.network import NONE

FAR = 2**50
"""Distance between nodes of which none is known: no link is ever made there."""

_PIECE = 50
"""Most tasks in a piece that is moved."""

_KICK = 30
"""Most tasks in each of the two pieces that a kick exchanges."""


class Ends(NamedTuple):
    """
    Ends of ``t`` tasks at ``v`` nodes, and the distances between near nodes.

    Attributes
    ----------
    node
        Node of each end, shape ``(2t,)``.
    starts, at
        Ends at node ``i`` are ``at[starts[i]:starts[i + 1]]``.
    near
        The nearest nodes to each node, itself first, shape ``(v, k)``; `NONE` where
        there are fewer.
    rows, column, distance
        Known distances: from node ``i`` to the nodes ``column[rows[i]:rows[i + 1]]``,
        ascending.
    """

    node: NDArray[np.int64]
    starts: NDArray[np.int64]
    at: NDArray[np.int64]
    near: NDArray[np.int64]
    rows: NDArray[np.int64]
    column: NDArray[np.int64]
    distance: NDArray[np.int64]


class Ring(NamedTuple):
    """
    A closed tour of ``t`` tasks.

    Attributes
    ----------
    order
        End by which the task at each place is entered, shape ``(t,)``.
    place
        Place of each task, shape ``(t,)``.
    stack, stacked, top
        Ends to look at: a stack, a mask of those in it, shape ``(2t,)`` each, and its
        height, shape ``(1,)``.
    journal, done
        Turns since the last kick as pairs of place and length, shape ``(j, 2)``, and
        their number, shape ``(1,)``.
    """

    order: NDArray[np.int64]
    place: NDArray[np.int64]
    stack: NDArray[np.int64]
    stacked: NDArray[np.bool_]
    top: NDArray[np.int64]
    journal: NDArray[np.int64]
    done: NDArray[np.int64]


_JOURNAL = 10_000
"""Most turns between two kicks; what is left to improve then waits for the next."""


def new_ring(order: NDArray[np.int64]) -> Ring:
    """Make a ring of the ends by which tasks are entered, shape ``(t,)``."""
    num = len(order)
    place = np.empty(num, np.int64)
    place[order >> 1] = np.arange(num)
    return Ring(
        order=order,
        place=place,
        stack=np.zeros(2 * num, np.int64),
        stacked=np.zeros(2 * num, bool),
        top=np.zeros(1, np.int64),
        journal=np.zeros((_JOURNAL, 2), np.int64),
        done=np.zeros(1, np.int64),
    )


@compiled
def improve(ends: Ends, ring: Ring) -> int:
    """Exchange links near all ends; return by how much the tour got shorter."""
    for end in range(len(ends.node)):
        _push(ring, end)
    ring.done[0] = 0
    return _settle(ends, ring)


@compiled
def kick(ends: Ends, ring: Ring, dice: NDArray[np.uint64], times: int) -> int:
    """
    Exchange two neighbouring pieces by chance and mend, so many times.

    What is worse is undone. Returns by how much the tour got shorter.
    """
    num = len(ring.order)
    longest = min(_KICK, (num - 2) // 2)
    gained = 0
    for _ in range(times):
        ring.done[0] = 0
        first = int(uniform(dice) * num)
        one = 1 + int(uniform(dice) * longest)
        other = 1 + int(uniform(dice) * longest)
        gain = _exchange(ends, ring, (first, one, other))
        gain += _settle(ends, ring)
        if gain >= 0:
            gained += gain
            continue
        for i in range(ring.done[0] - 1, -1, -1):
            _turn(ring, ring.journal[i, 0], ring.journal[i, 1])
    return gained


@compiled
def link_length(ends: Ends, a: int, b: int) -> int:
    """Distance between two ends, or `FAR`."""
    i, j = ends.node[a], ends.node[b]
    low, high = ends.rows[i], ends.rows[i + 1]
    stop = high
    while low < high:
        middle = (low + high) >> 1
        if ends.column[middle] < j:
            low = middle + 1
        else:
            high = middle
    if low < stop and ends.column[low] == j:
        return int(ends.distance[low])
    return FAR


@compiled
def _settle(ends: Ends, ring: Ring) -> int:
    """Look at the ends on the stack until it is empty or the journal is full."""
    gained = 0
    while ring.top[0] > 0:
        ring.top[0] -= 1
        end = ring.stack[ring.top[0]]
        ring.stacked[end] = False
        while ring.done[0] + 3 <= len(ring.journal):
            gain = _improve_at(ends, ring, end)
            if gain == 0:
                break
            gained += gain
    return gained


@compiled
def _improve_at(ends: Ends, ring: Ring, a: int) -> int:
    """Find a gain by a new link at an end, take it, and return it."""
    b = _linked(ring, a)
    length = link_length(ends, a, b)
    node = ends.node[a]
    for k in range(ends.near.shape[1]):
        near = ends.near[node, k]
        if near == NONE:
            break
        first = ends.starts[near]
        gain = length - link_length(ends, a, ends.at[first])
        if gain <= 0:
            break
        for place in range(first, ends.starts[near + 1]):
            c = ends.at[place]
            if c >> 1 != a >> 1 and c != b:
                more = _link(ends, ring, (a, b, c, _linked(ring, c)), gain)
                if more > 0:
                    return more
    return 0


@compiled
def _link(ends: Ends, ring: Ring, cut: tuple[int, int, int, int], gain: int) -> int:
    """Link a and c, close the tour in some way that gains, and return the gain."""
    a, b, c, d = cut
    gain += link_length(ends, c, d)
    if _is_exit(ring, a) == _is_exit(ring, c):
        more = gain - link_length(ends, b, d)
        if more > 0:
            _two_opt(ring, cut)
        return more
    more = _move_piece(ends, ring, cut, (b, d), gain)
    return more if more > 0 else _move_piece(ends, ring, cut, (d, b), gain)


@compiled
def _move_piece(
    ends: Ends,
    ring: Ring,
    cut: tuple[int, int, int, int],
    piece: tuple[int, int],
    gain: int,
) -> int:
    """Link a and c; put the piece between them where it is near."""
    a, b, c, d = cut
    first, last = (b, d) if _is_exit(ring, a) else (d, b)
    num = len(ring.order)
    start = ring.place[first >> 1]
    size = (ring.place[last >> 1] - start) % num + 1
    if size > min(_PIECE, num - 2):
        return 0
    end, far = piece
    for k in range(ends.near.shape[1]):
        near = ends.near[ends.node[end], k]
        rest = gain
        if near != NONE:
            rest -= link_length(ends, end, ends.at[ends.starts[near]])
        if near == NONE or rest <= 0:
            break
        for place in range(ends.starts[near], ends.starts[near + 1]):
            e = ends.at[place]
            inside = (ring.place[e >> 1] - start) % num < size
            f = _linked(ring, e)
            more = rest + link_length(ends, e, f) - link_length(ends, far, f)
            if more > 0 and not inside and e not in (a, c):
                _carry(ring, (start, size), (e, f), end == first)
                for x in (a, b, c, d, e, f):
                    _push(ring, x)
                return more
    return 0


@compiled
def _two_opt(ring: Ring, cut: tuple[int, int, int, int]) -> None:
    """Link a with c and b with d instead of a with b and c with d."""
    a, b, c, d = cut
    num = len(ring.order)
    if _is_exit(ring, a):
        start, stop = ring.place[b >> 1], ring.place[c >> 1]
    else:
        start, stop = ring.place[c >> 1], ring.place[b >> 1]
    size = (stop - start) % num + 1
    if 2 * size > num:  # to turn the rest is the same
        start, size = (stop + 1) % num, num - size
    _note(ring, start, size)
    for x in (a, b, c, d):
        _push(ring, x)


@compiled
def _carry(
    ring: Ring, piece: tuple[int, int], link: tuple[int, int], first_at_e: bool
) -> None:
    """Carry the piece from a place between two linked ends; its first end to e."""
    start, size = piece
    e, f = link
    num = len(ring.order)
    forward = _is_exit(ring, e)
    left = ring.place[e >> 1] if forward else ring.place[f >> 1]
    turned = first_at_e != forward
    onward = (left - start - size + 1) % num
    back = num - size - onward
    if onward <= back:
        _note(ring, start, size + onward)
        _note(ring, start, onward)
        if not turned:
            _note(ring, (start + onward) % num, size)
    else:
        begin = (left + 1) % num
        _note(ring, begin, back + size)
        _note(ring, (begin + size) % num, back)
        if not turned:
            _note(ring, begin, size)


@compiled
def _exchange(ends: Ends, ring: Ring, pieces: tuple[int, int, int]) -> int:
    """Exchange two pieces that follow each other; return the gain, mostly negative."""
    first, one, other = pieces
    num = len(ring.order)
    order = ring.order
    p = order[(first - 1) % num] ^ 1
    a, b = order[first], order[(first + one - 1) % num] ^ 1
    c, d = order[(first + one) % num], order[(first + one + other - 1) % num] ^ 1
    n = order[(first + one + other) % num]
    gain = link_length(ends, p, a) + link_length(ends, b, c) + link_length(ends, d, n)
    gain -= link_length(ends, p, c) + link_length(ends, d, a) + link_length(ends, b, n)
    _note(ring, first, one + other)
    _note(ring, first, other)
    _note(ring, (first + other) % num, one)
    for x in (p, a, b, c, d, n):
        _push(ring, x)
    return gain


@compiled
def _note(ring: Ring, start: int, size: int) -> None:
    """Turn a piece and write it down."""
    ring.journal[ring.done[0], 0] = start
    ring.journal[ring.done[0], 1] = size
    ring.done[0] += 1
    _turn(ring, start, size)


@compiled
def _turn(ring: Ring, start: int, size: int) -> None:
    num = len(ring.order)
    i, j = start, (start + size - 1) % num
    for _ in range((size + 1) // 2):
        one, other = ring.order[i] ^ 1, ring.order[j] ^ 1
        ring.order[i], ring.order[j] = other, one
        ring.place[other >> 1], ring.place[one >> 1] = i, j
        i = i + 1 if i + 1 < num else 0
        j = j - 1 if j > 0 else num - 1


@compiled
def _linked(ring: Ring, end: int) -> int:
    """End at the other side of the link at an end."""
    place = ring.place[end >> 1]
    num = len(ring.order)
    if ring.order[place] == end:
        return int(ring.order[place - 1 if place > 0 else num - 1] ^ 1)
    return int(ring.order[place + 1 if place + 1 < num else 0])


@compiled
def _is_exit(ring: Ring, end: int) -> bool:
    return bool(ring.order[ring.place[end >> 1]] != end)


@compiled
def _push(ring: Ring, end: int) -> None:
    if not ring.stacked[end]:
        ring.stacked[end] = True
        ring.stack[ring.top[0]] = end
        ring.top[0] += 1

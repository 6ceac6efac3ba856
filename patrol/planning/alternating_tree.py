"""Growing one alternating tree until it reaches an unmatched vertex."""

from heapq import heappop, heappush

import numpy as np

from maps.compiled import compiled
from patrol.planning.blossoms import (
    FREE,
    INNER,
    OUTER,
    State,
    base_mate,
    dissolve,
    enclose,
    join,
    leads_forward,
    potential,
    set_label,
    top,
)


@compiled
def augment_from(s: State, root: int, limit: int) -> bool:
    """
    Match an unmatched vertex, and one more, and keep duals and matching in step.

    One tree of Edmonds' method, grown as Galil [1]_ tells it, with one queue for all
    events; what is no longer true when its time comes is passed over.

    Parameters
    ----------
    s
        Matching and duals; every matched edge is tight.
    root
        Unmatched vertex, the stem of its outermost blossom.
    limit
        Most that the tree may grow, in the unit of ``cost``.

    Returns
    -------
    bool
        False if no other unmatched vertex was met; the duals have grown anyway.

    References
    ----------
    .. [1] Galil (1986). Efficient algorithms for finding maximum matching in graphs.
       *ACM Computing Surveys* 18(1), 23-38. doi:10.1145/6462.6502.
    """
    s.clock[0].time, s.clock[0].horizon = 0, limit
    s.heap.clear()
    s.touched.clear()
    set_label(s, top(s, root), OUTER)
    _look_around(s)
    done = False
    while len(s.heap) > 0 and not done:
        event = heappop(s.heap)
        s.clock[0].time, one, other = event[0], int(event[1]), int(event[2])
        if other >= 0:
            done = _meet(s, one, other)
        elif _is_empty(s, one):
            _expand(s, one)
        _look_around(s)
    if not done:
        s.clock[0].time = limit
    while len(s.touched) > 0:
        blossom = int(s.touched.pop())
        b = s.blossoms[blossom]
        if b.parent < 0 and b.label != FREE:
            set_label(s, blossom, FREE)
    return done


@compiled
def _is_empty(s: State, blossom: int) -> bool:
    b = s.blossoms[blossom]
    return bool(b.parent < 0 and b.label == INNER and b.dual == s.clock[0].time)


@compiled
def _meet(s: State, u: int, v: int) -> bool:
    """Use an edge of an outer vertex if it is tight; say whether the tree is done."""
    one, other = top(s, u), top(s, v)
    label = s.blossoms[other].label
    if one == other or label == INNER:
        return False
    if _rest(s, u, v) > (1 + label) * s.clock[0].time:
        return False
    if label == OUTER:
        _shrink(s, u, v)
        return False
    if base_mate(s, other) < 0:
        _augment(s, u, v)
        return True
    _add_inner(s, u, v)
    set_label(s, top(s, base_mate(s, other)), OUTER)
    return False


@compiled
def _rest(s: State, u: int, v: int) -> int:
    """Cost of an edge less the stored potentials of its ends."""
    one = s.vertices[u]
    cost = one.cost if one.twin == v else 0
    return int(cost - potential(s, u) - potential(s, v))


@compiled
def _look_around(s: State) -> None:
    """Wait for the edges of fresh outer vertices."""
    while len(s.fresh) > 0:
        blossom = s.blossoms[s.fresh.pop()]
        vertex = blossom.head
        _look_from(s, vertex)
        while vertex != blossom.tail:
            vertex = s.vertices[vertex].next
            _look_from(s, vertex)


@compiled
def _look_from(s: State, vertex: int) -> None:
    v = s.vertices[vertex]
    for other in range(s.starts[v.node], s.starts[v.node + 1]):
        _await(s, vertex, other)
    if v.twin >= 0:
        _await(s, vertex, v.twin)


@compiled
def _await(s: State, u: int, v: int) -> None:
    """Put an edge of an outer vertex into the queue, if it can become tight."""
    one, other = top(s, u), top(s, v)
    label = s.blossoms[other].label
    if one == other or label == INNER:
        return
    time = _rest(s, u, v) // (1 + label)
    if time > s.clock[0].horizon:
        return
    if label == FREE and base_mate(s, other) < 0:
        s.clock[0].horizon = time
    heappush(s.heap, (np.int64(time), np.int64(u), np.int64(v)))


@compiled
def _add_inner(s: State, u: int, v: int) -> None:
    """Make the blossom of ``v`` inner, below the outer vertex ``u``."""
    blossom = top(s, v)
    b = s.blossoms[blossom]
    b.via_out, b.via_in = u, v
    set_label(s, blossom, INNER)
    if b.count > 1 and b.dual <= s.clock[0].horizon:
        heappush(s.heap, (np.int64(b.dual), np.int64(blossom), np.int64(-1)))


@compiled
def _augment(s: State, u: int, v: int) -> None:
    """Change the matching along the path from ``v`` over ``u`` to the root."""
    s.vertices[v].mate = u
    s.blossoms[top(s, v)].stem = v
    while True:
        outer = top(s, u)
        before = base_mate(s, outer)
        s.blossoms[outer].stem = u
        s.vertices[u].mate = v
        if before < 0:
            return
        inner = s.blossoms[top(s, before)]
        u, v = inner.via_out, inner.via_in
        inner.stem = v
        s.vertices[v].mate = u


@compiled
def _shrink(s: State, u: int, v: int) -> None:
    """Make the cycle that an edge between outer vertices closes one blossom."""
    first = _common(s, top(s, u), top(s, v))
    _link(s, top(s, u), first, False)
    join(s, u, v)
    _link(s, top(s, v), first, True)
    enclose(s, first)


@compiled
def _common(s: State, one: int, other: int) -> int:
    """First outer blossom that is above both."""
    s.clock[0].mark += 1
    mark = s.clock[0].mark
    while one < 0 or s.blossoms[one].mark != mark:
        if one >= 0:
            s.blossoms[one].mark = mark
            before = base_mate(s, one)
            one = -1 if before < 0 else top(s, s.blossoms[top(s, before)].via_out)
        one, other = other, one
    return one


@compiled
def _link(s: State, blossom: int, last: int, upwards: bool) -> None:
    """Make the path from an outer blossom up to another a part of a cycle."""
    while blossom != last:
        base, mate = s.blossoms[blossom].stem, base_mate(s, blossom)
        inner = s.blossoms[top(s, mate)]
        if upwards:
            join(s, base, mate)
            join(s, inner.via_in, inner.via_out)
        else:
            join(s, mate, base)
            join(s, inner.via_out, inner.via_in)
        blossom = top(s, inner.via_out)


@compiled
def _expand(s: State, blossom: int) -> None:
    """Put the children of an empty inner blossom into the tree, or outside it."""
    set_label(s, blossom, FREE)
    dissolve(s, blossom)
    b = s.blossoms[blossom]
    child, first = top(s, b.via_in), b.first
    forward = leads_forward(s, first, child)
    _add_inner(s, b.via_out, b.via_in)
    while child != first:
        c = s.blossoms[child]
        outer = c.next if forward else c.prev
        set_label(s, outer, OUTER)
        if forward:
            child = s.blossoms[outer].next
            _add_inner(s, s.blossoms[outer].out, s.blossoms[outer].into)
        else:
            child = s.blossoms[outer].prev
            _add_inner(s, s.blossoms[child].into, s.blossoms[child].out)
    child = s.blossoms[first].next
    while child != first:
        if s.blossoms[child].label == FREE:
            _look_at(s, child)
        child = s.blossoms[child].next


@compiled
def _look_at(s: State, blossom: int) -> None:
    """Wait for the edges from outer vertices to a blossom that turned free."""
    vertex = s.blossoms[blossom].head
    while True:
        v = s.vertices[vertex]
        for other in range(s.starts[v.node], s.starts[v.node + 1]):
            if s.blossoms[top(s, other)].label == OUTER:
                _await(s, other, vertex)
        if v.twin >= 0 and s.blossoms[top(s, v.twin)].label == OUTER:
            _await(s, v.twin, vertex)
        if vertex == s.blossoms[blossom].tail:
            return
        vertex = v.next

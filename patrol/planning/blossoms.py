"""
What a matching knows about its vertices and blossoms, and the moves on it.

A blossom is an odd set of vertices: one alone, or an odd cycle of smaller blossoms.
Only outermost blossoms carry labels: `OUTER` grow their duals, `INNER` shrink them,
`FREE` stand still. Duals and potentials are kept such that they need no touch while
the clock runs: what holds now is ``stored + label * time``.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled

OUTER, FREE, INNER = 1, 0, -1

VERTEX = np.dtype(
    [
        ("potential", np.int64),  # with its set's: sum of the duals around it
        ("cost", np.int64),  # twice the cost of the edge to its twin
        ("node", np.int64),  # clique that it is in
        ("twin", np.int64),  # other end of its edge, or -1
        ("mate", np.int64),  # right for the base of an outermost blossom, or -1
        ("next", np.int64),  # next in the list of vertices of its blossoms
        ("set", np.int64),  # leads to the outermost blossom
    ]
)

BLOSSOM = np.dtype(
    [
        ("dual", np.int64),
        ("label", np.int64),
        ("parent", np.int64),  # the blossom around it, or -1
        ("stem", np.int64),  # vertex that is matched to the outside, or to nothing
        ("first", np.int64),  # child with the base
        ("next", np.int64),  # neighbours in the cycle of the parent ...
        ("prev", np.int64),
        ("out", np.int64),  # ... and the edge to the next: own end, its end
        ("into", np.int64),
        ("head", np.int64),  # list of its vertices
        ("tail", np.int64),
        ("count", np.int64),
        ("set", np.int64),  # set that its vertices have when it is outermost
        ("owner", np.int64),  # outermost blossom of the set of this number,
        ("potential", np.int64),  # and what all vertices of that set have in common
        ("via_out", np.int64),  # edge by which an inner blossom came into the tree:
        ("via_in", np.int64),  # end in the tree, own end
        ("mark", np.int64),
    ]
)

CLOCK = np.dtype(
    [
        ("time", np.int64),  # growth of the tree since its start
        ("horizon", np.int64),  # when it will reach an unmatched vertex at the latest
        ("mark", np.int64),
        ("spare", np.int64),  # how many numbers of blossoms are left
    ]
)

Event = tuple[np.int64, np.int64, np.int64]


class Tables(NamedTuple):
    """
    Matching of ``N`` vertices in cliques of cost nothing.

    Attributes
    ----------
    vertices
        Records `VERTEX`, shape ``(N,)``.
    blossoms
        Records `BLOSSOM`; the first ``N`` are the vertices alone.
    spare
        Numbers of blossoms that are not in use.
    clock
        One record `CLOCK`.
    starts
        Clique ``i`` has the vertices from ``starts[i]`` to below ``starts[i + 1]``.
    """

    vertices: NDArray[Any]
    blossoms: NDArray[Any]
    spare: NDArray[np.int64]
    clock: NDArray[Any]
    starts: NDArray[np.int64]


class State(NamedTuple):
    """
    `Tables`, and the tree that grows in them.

    Attributes
    ----------
    vertices, blossoms, spare, clock, starts
        As in `Tables`.
    heap
        Events: time, and either an outer vertex with a neighbour, or an inner blossom
        with -1.
    touched
        Blossoms that were given a label.
    fresh
        Blossoms that turned outer and whose edges are not yet looked at.
    """

    vertices: NDArray[Any]
    blossoms: NDArray[Any]
    spare: NDArray[np.int64]
    clock: NDArray[Any]
    starts: NDArray[np.int64]
    heap: list[Event]
    touched: list[np.int64]
    fresh: list[np.int64]


@compiled
def top(s: State, vertex: int) -> int:
    """Outermost blossom around a vertex."""
    return int(s.blossoms[s.vertices[vertex].set].owner)


@compiled
def base_mate(s: State, blossom: int) -> int:
    """Vertex outside that an outermost blossom is matched to, or -1."""
    return int(s.vertices[s.blossoms[blossom].stem].mate)


@compiled
def set_label(s: State, blossom: int, label: int) -> None:
    """Give an outermost blossom a label; what its duals are now does not change."""
    b = s.blossoms[blossom]
    change = (b.label - label) * s.clock[0].time
    b.label = label
    b.dual += change
    s.blossoms[b.set].potential += change
    s.touched.append(np.int64(blossom))
    if label == OUTER:
        s.fresh.append(np.int64(blossom))


@compiled
def potential(s: State, vertex: int) -> int:
    """Sum of the duals of the blossoms around a vertex, as far as stored."""
    v = s.vertices[vertex]
    return int(v.potential + s.blossoms[v.set].potential)


@compiled
def _move_to_set(s: State, blossom: int, number: int) -> None:
    """Put the vertices of a blossom into another set."""
    b = s.blossoms[blossom]
    change = s.blossoms[b.set].potential - s.blossoms[number].potential
    vertex = b.head
    while True:
        v = s.vertices[vertex]
        v.set = number
        v.potential += change
        if vertex == b.tail:
            return
        vertex = v.next


@compiled
def join(s: State, tail: int, head: int) -> None:
    """Make two outermost blossoms neighbours in a cycle, by the edge of these ends."""
    before, after = top(s, tail), top(s, head)
    b = s.blossoms[before]
    b.next, b.out, b.into = after, tail, head
    s.blossoms[after].prev = before


@compiled
def enclose(s: State, first: int) -> None:
    """Make a cycle of outermost blossoms one outer blossom, based where it starts."""
    s.clock[0].spare -= 1
    number = s.spare[s.clock[0].spare]
    largest, size = first, 0
    child = first
    while size == 0 or child != first:
        c = s.blossoms[child]
        if c.label == INNER:
            set_label(s, child, OUTER)
        if c.count > s.blossoms[largest].count:
            largest = child
        size += c.count
        child = c.next
    b = s.blossoms[number]
    b.first, b.count, b.stem = first, size, s.blossoms[first].stem
    b.parent, b.label, b.dual = -1, OUTER, -s.clock[0].time
    b.head, b.tail = s.blossoms[first].head, s.blossoms[first].tail
    b.set = s.blossoms[largest].set
    s.blossoms[b.set].owner = number
    _adopt(s, number, first)
    child = s.blossoms[first].next
    while child != first:
        s.vertices[b.tail].next = s.blossoms[child].head
        b.tail = s.blossoms[child].tail
        _adopt(s, number, child)
        child = s.blossoms[child].next
    s.touched.append(np.int64(number))


@compiled
def _adopt(s: State, parent: int, child: int) -> None:
    c = s.blossoms[child]
    c.dual += s.clock[0].time
    c.label = FREE
    c.parent = parent
    if c.set != s.blossoms[parent].set:
        _move_to_set(s, child, s.blossoms[parent].set)


@compiled
def dissolve(s: State, blossom: int) -> None:
    """Make the children of a free outermost blossom outermost, with mates that fit."""
    turn(s, blossom)
    b = s.blossoms[blossom]
    child = b.first
    while True:
        c = s.blossoms[child]
        c.parent = -1
        s.blossoms[c.set].owner = child
        if c.set != b.set:
            _leave_set(s, child, b.set)
        child = c.next
        if child == b.first:
            break
    s.spare[s.clock[0].spare] = blossom
    s.clock[0].spare += 1


@compiled
def _leave_set(s: State, blossom: int, number: int) -> None:
    """Give a blossom the set back that it had before it came into this one."""
    b = s.blossoms[blossom]
    s.blossoms[b.set].potential = s.blossoms[number].potential
    vertex = b.head
    s.vertices[vertex].set = b.set
    while vertex != b.tail:
        vertex = s.vertices[vertex].next
        s.vertices[vertex].set = b.set


@compiled
def turn(s: State, blossom: int) -> None:
    """Match the children of a blossom with each other, all but the one of its base."""
    stem = s.blossoms[blossom].stem
    first = stem
    while s.blossoms[first].parent != blossom:
        first = s.blossoms[first].parent
    s.blossoms[blossom].first = first
    s.blossoms[first].stem = stem
    child = s.blossoms[first].next
    while child != first:
        following = s.blossoms[child].next
        _match(s, child, following)
        child = s.blossoms[following].next


@compiled
def leads_forward(s: State, first: int, child: int) -> bool:
    """Whether an even number of steps forward leads from a child to the first."""
    odd = False
    while first != child:
        first = s.blossoms[first].next
        odd = not odd
    return odd


@compiled
def _match(s: State, child: int, following: int) -> None:
    """Match a child with the next one in its cycle."""
    out, into = s.blossoms[child].out, s.blossoms[child].into
    s.vertices[out].mate, s.vertices[into].mate = into, out
    s.blossoms[child].stem, s.blossoms[following].stem = out, into


@compiled
def settle(s: State) -> None:
    """Make the mates of all vertices right, not only those of outermost blossoms."""
    s.touched.clear()
    for vertex in range(len(s.vertices)):
        blossom = top(s, vertex)
        if s.blossoms[blossom].stem == vertex:
            s.touched.append(np.int64(blossom))
    while len(s.touched) > 0:
        blossom = int(s.touched.pop())
        if s.blossoms[blossom].count > 1:
            turn(s, blossom)
            child = s.blossoms[blossom].first
            while True:
                s.touched.append(np.int64(child))
                child = s.blossoms[child].next
                if child == s.blossoms[blossom].first:
                    break

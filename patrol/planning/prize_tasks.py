"""Streets and stops with prizes as tasks of a search, and the ways between them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from maps.compiled import compiled
from patrol.planning.network import NONE
from patrol.planning.prize_state import Frames, Work
from patrol.planning.turns import (
    Arcs,
    Frontier,
    forget,
    frontier,
    make_arcs,
    reach_all,
    spread,
    way,
)

_COLUMNS = 150
"""Tasks to which the times are kept from each end of each task."""

_NEAR = 100
"""Neighbours kept of each task."""

_HUBS = 800
"""Most places by way of which the times between other tasks are reckoned."""

_SPARE = 1.1
"""Arcs that are looked at for each that is asked for, as some lead nowhere new."""

SPARE_S = 1e-3
"""Left at the end of every trip: sums of floating-point numbers."""


@dataclass(frozen=True)
class TripFrame:
    """One trip that may be made: by whom, from and to which node, and when."""

    robot: int
    start: int
    end: int
    from_s: float
    until_s: float


@dataclass(frozen=True)
class Orienteering:
    """
    A team orienteering problem on ``m`` streets and ``z`` stops, as bare arrays.

    Attributes
    ----------
    num_nodes
        Number of nodes, ``n``.
    edge_nodes
        Both ends of each street, shape ``(m, 2)``.
    time_s
        Time along and against each street, shape ``(m, 2)``; infinite where closed.
    pause_s
        Pause at each node before going on, shape ``(n,)``.
    u_turn_s
        Price of turning back into the street just left.
    stop_node, stop_s
        Where and how long each stop is, shape ``(z,)`` each.
    prize
        Worth of each street and stop per unit of the factor, shape ``(m + z,)``.
    must
        Those that have to be served, shape ``(m + z,)``.
    open_s, close_s
        Service is from ``open_s`` or later to ``close_s`` or sooner, ``(m + z,)``.
    slot_s, factor
        The factor is ``factor[h]`` from ``slot_s[h]`` to ``slot_s[h + 1]``, shapes
        ``(h + 1,)`` and ``(h,)``.
    frames
        The trips that may be made.
    """

    num_nodes: int
    edge_nodes: NDArray[np.int64]
    time_s: NDArray[np.float64]
    pause_s: NDArray[np.float64]
    u_turn_s: float
    stop_node: NDArray[np.int64]
    stop_s: NDArray[np.float64]
    prize: NDArray[np.float64]
    must: NDArray[np.bool_]
    open_s: NDArray[np.float64]
    close_s: NDArray[np.float64]
    slot_s: NDArray[np.float64]
    factor: NDArray[np.float64]
    frames: tuple[TripFrame, ...]

    @property
    def num_streets(self) -> int:
        """Number of streets, ``m``; stops are numbered from there."""
        return len(self.edge_nodes)

    @cached_property
    def arcs(self) -> Arcs:
        """Streets and stops as arcs."""
        return make_arcs(
            self.edge_nodes,
            self.time_s,
            pause_s=self.pause_s,
            u_turn_s=self.u_turn_s,
            stops=(self.stop_node, self.stop_s),
        )

    @cached_property
    def slot_sum(self) -> NDArray[np.float64]:
        """Integral of the factor up to each of ``slot_s``, shape ``(h + 1,)``."""
        return np.concatenate([[0.0], np.cumsum(np.diff(self.slot_s) * self.factor)])


@dataclass(frozen=True)
class PrizeTasks:
    """
    What is worth serving, as ``t`` tasks.

    Attributes
    ----------
    edges
        Street or stop of each task, ascending, shape ``(t,)``.
    work, frames
        What the search needs to know.
    """

    problem: Orienteering
    edges: NDArray[np.int64]
    work: Work
    frames: Frames

    @classmethod
    def of(cls, problem: Orienteering) -> "PrizeTasks":
        """
        Keep what has a prize, or must be served, and can be served in some trip.

        Required ones are given a prize that no other set of tasks is worth.
        """
        memory = frontier(problem.arcs)
        wanted = np.flatnonzero((problem.prize > 0) | problem.must)
        frames = _frames(problem, memory)
        fits = _fits(problem, frames, wanted)
        edges = wanted[fits]
        num = len(edges)
        arcs = (2 * edges[:, None] + np.arange(2)).ravel()
        task = np.full(len(problem.arcs.tail), NONE)
        task[arcs] = np.arange(2 * num) // 2
        width = min(_COLUMNS, num)
        share = len(problem.arcs.tail) / max(1, 2 * num)
        most = min(len(problem.arcs.tail), int(2 * _SPARE * width * share) + 20)
        column, link_s = _links(problem.arcs, memory, (arcs, task), (width, most))
        unit = float(problem.prize[edges].sum()) * float(problem.factor.max()) + 1.0
        least = max(float(problem.factor.min()), 1e-9)
        extra = np.where(problem.must[edges], unit / least, 0.0)
        hub, to_hub_s, hub_s = _hubs(problem, arcs)
        work = Work(
            prize=problem.prize[edges] + extra,
            must=problem.must[edges],
            before_s=problem.arcs.before_s[arcs].reshape(-1, 2),
            time_s=problem.arcs.time_s[arcs].reshape(-1, 2),
            open_s=problem.open_s[edges],
            close_s=problem.close_s[edges],
            near=_nearest(column, link_s),
            column=column,
            link_s=link_s,
            hub=hub,
            to_hub_s=to_hub_s,
            hub_s=hub_s,
            slot_s=problem.slot_s,
            slot_sum=problem.slot_sum,
        )
        pair = arcs.reshape(-1, 2)
        out_s, home_s = frames.out_s[:, pair], frames.home_s[:, pair]
        return cls(problem, edges, work, frames._replace(out_s=out_s, home_s=home_s))

    def way(self, last: int, target: int, node: int) -> NDArray[np.int64]:
        """Arcs from a node, reached over arc ``last`` or `NONE`, to arc ``target``."""
        memory = frontier(self.problem.arcs)
        return way(self.problem.arcs, memory, (node, last), target)


def _frames(problem: Orienteering, memory: Frontier) -> Frames:
    """Trips with the times to and from every arc."""
    places = sorted({(frame.start, frame.end) for frame in problem.frames})
    arcs = problem.arcs
    back = _reversed(arcs)
    out_s = [reach_all(arcs, memory, (start, NONE)) for start, _ in places]
    # Reversed, an arc is reached at its old head: with its own time, less its pause.
    home_s = [reach_all(back, memory, (end, NONE)) for _, end in places]
    empty_s = [
        0.0 if start == end else float((home[_leaving(arcs, start)]).min())
        for (start, end), home in zip(places, _whole(arcs, home_s), strict=True)
    ]
    return Frames(
        from_s=np.array([frame.from_s for frame in problem.frames], float),
        until_s=np.array([frame.until_s for frame in problem.frames], float),
        origin=np.array(
            [places.index((frame.start, frame.end)) for frame in problem.frames],
            np.int64,
        ),
        out_s=np.array(out_s),
        home_s=np.array(home_s),
        empty_s=np.array(empty_s),
    )


def _leaving(arcs: Arcs, node: int) -> NDArray[np.int64]:
    return arcs.out[arcs.start[node] : arcs.start[node + 1]]


def _whole(arcs: Arcs, home_s: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Time from the start of each arc, along it, and home."""
    return [arcs.before_s + arcs.time_s + one for one in home_s]


def _reversed(arcs: Arcs) -> Arcs:
    """
    Swap ends, so that a search from a place finds the ways to it.

    Pauses, times and prices of turning stay with their arcs, so a way costs the same
    in both senses.
    """
    order = np.argsort(arcs.head, kind="stable")
    order = order[np.isfinite(arcs.time_s[order])]
    start = np.searchsorted(arcs.head[order], np.arange(len(arcs.start)))
    return arcs._replace(
        tail=arcs.head,
        head=arcs.tail,
        start=start.astype(np.int64),
        out=order.astype(np.int64),
    )


def _fits(
    problem: Orienteering, frames: Frames, edges: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """
    Whether some trip could serve each of some edges and nothing else.

    What takes a whole trip counts, as the bound must count it, too.
    """
    fits = np.zeros(len(edges), bool)
    arcs = problem.arcs
    for place, from_s, until_s in zip(
        frames.origin, frames.from_s, frames.until_s, strict=True
    ):
        for x in range(2):
            arc = 2 * edges + x
            there_s = from_s + frames.out_s[place, arc] + arcs.before_s[arc]
            begin_s = np.maximum(there_s, problem.open_s[edges])
            end_s = begin_s + arcs.time_s[arc]
            fits |= (end_s <= problem.close_s[edges]) & (
                end_s + frames.home_s[place, arc] <= until_s + 2 * SPARE_S
            )
    return fits


@compiled
def _links(
    arcs: Arcs,
    memory: Frontier,
    sources: tuple[NDArray[np.int64], NDArray[np.int64]],
    size: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Tasks near the end of each task arc, and the time to their starts."""
    source, task = sources
    width, most = size
    column = np.empty((len(source), width), np.int64)
    link_s = np.full((len(source), width, 2), np.inf)
    place = np.full(len(source) // 2, NONE)
    for row in range(len(source)):
        arc = source[row]
        found = spread(arcs, memory, (arcs.head[arc], arc), (most, NONE))
        num = 0
        picked = np.empty(width, np.int64)
        for one in found:
            number = task[one]
            if number != NONE and place[number] == NONE and num < width:
                place[number] = num
                picked[num] = number
                num += 1
        _store(column[row], picked[:num], place)
        for one in found:
            number = task[one]
            if number != NONE and place[number] != NONE:
                k = place[number]
                link_s[row, k, one % 2] = memory.reach_s[one]
        for number in picked[:num]:
            place[number] = NONE
        forget(memory, found)
    return column, link_s


@compiled
def _store(
    column: NDArray[np.int64],
    picked: NDArray[np.int64],
    place: NDArray[np.int64],
) -> None:
    """Write the picked tasks in ascending order and say where each is."""
    ascending = np.sort(picked)
    column[:] = 2**62  # behind every task
    for k in range(len(ascending)):
        column[k] = ascending[k]
        place[ascending[k]] = k


def _hubs(
    problem: Orienteering, arcs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]:
    """
    Choose places all over the map, each far from those before it.

    Times by way of them are those of real ways, with two turns to spare, so they are
    never too short.
    """
    every = problem.arcs
    tail, head = every.tail[arcs], every.head[arcs]
    driven = np.flatnonzero(np.isfinite(every.time_s[: every.driven]))
    cost_s = every.time_s[driven] + every.before_s[driven]
    places = (every.tail[driven], every.head[driven])
    out = _cheapest_matrix(places, cost_s, problem.num_nodes)
    back = out.T.tocsr()
    nearest_s = np.full(len(arcs), np.inf)
    hub = np.zeros(len(arcs), np.int64)
    rows: list[NDArray[np.float64]] = []
    node = problem.frames[0].start
    while len(arcs) and len(rows) < _HUBS and nearest_s.max() > 0:
        here = np.array([node])
        rows.append(dijkstra(out, indices=here)[0][tail])
        to_s = dijkstra(back, indices=here)[0][head]
        closer = to_s < nearest_s
        hub[closer], nearest_s[closer] = len(rows) - 1, to_s[closer]
        node = int(head[nearest_s.argmax()])
    spare_s = 2 * problem.u_turn_s
    hub_s = np.array(rows, np.float32).reshape(len(rows), len(arcs) // 2, 2)
    return hub, nearest_s + spare_s, hub_s * np.float32(1 + 1e-6)


def _cheapest_matrix(
    places: tuple[NDArray[np.int64], NDArray[np.int64]],
    cost_s: NDArray[np.float64],
    num_nodes: int,
) -> csr_array:
    """Cheapest arc from node to node; parallel ones do not add up."""
    key = places[0] * num_nodes + places[1]
    order = np.lexsort((cost_s, key))
    order = order[np.diff(key[order], prepend=-1) != 0]
    ends = (places[0][order], places[1][order])
    return coo_array((cost_s[order], ends), shape=(num_nodes, num_nodes)).tocsr()


def _nearest(
    column: NDArray[np.int64], link_s: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Other tasks near each task, nearest first, padded with the nearest."""
    num = len(column) // 2
    least_s = link_s.min(axis=2)
    near = np.zeros((num, min(_NEAR, max(0, num - 1))), np.int64)
    for task in range(num):
        rows = slice(2 * task, 2 * task + 2)
        other, time_s = column[rows].ravel(), least_s[rows].ravel()
        known = (other < num) & (other != task)
        order = np.argsort(time_s[known], kind="stable")
        ranked = list(dict.fromkeys(other[known][order].tolist()))[: near.shape[1]]
        near[task, : len(ranked)] = ranked
        near[task, len(ranked) :] = ranked[:1] or [task]
    return near

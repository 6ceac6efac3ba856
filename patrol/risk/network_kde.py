"""
Kernel density along streets: how thick incidents lie within walking distance.

Each incident adds a quartic kernel of its network distance; at a crossing the kernel
goes on at full height into every street (the simple network kernel [1]_), so mass
grows with the number of streets: a density to compare places by, not a rate. `heat`
has the kernel that conserves mass.

A quartic is a polynomial of the distance, so that the sums of the first four powers
of the incidents' offsets along a street stand for all of them at once: the work
grows with the streets that have incidents, not with the incidents.

.. [1] Xie and Yan (2008). Kernel Density Estimation of traffic accidents in a network
   space. *Computers, Environment and Urban Systems* 32(5), 396-406.
   doi:10.1016/j.compenvurbsys.2008.05.001.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.errors import RiskError
from patrol.risk.lixels import Lixels
from patrol.risk.reach import Links, Reach, links_of, room, walk

_FAR = 2.0  # radii: beyond 1 all is one

_LEVEL = 15 / 16
"""Height of the quartic kernel of radius 1 and mass 1."""


def network_kde(
    lixels: Lixels,
    street: NDArray[np.int64],
    offset_m: NDArray[np.float64],
    mass: NDArray[np.float64],
    *,
    radius_m: float,
) -> NDArray[np.float64]:
    """
    Sum the quartic kernels of incidents at the middle of each piece of street.

    Parameters
    ----------
    lixels
        Streets in ``p`` pieces.
    street, offset_m
        Street of each of ``k`` incidents and how far along it from its first node;
        shape ``(k,)`` each.
    mass
        What each counts, shape ``(k,)``.
    radius_m
        Distance at which the kernel ends.

    Returns
    -------
    numpy.ndarray
        Mass per metre, shape ``(p,)``: an incident adds ``15 / 16 / radius_m`` at its
        own place, and 1 in all along a street that is straight and long enough.

    Raises
    ------
    RiskError
        If the radius is not above 0, or an incident lies on no street or beyond its
        end.
    """
    street_m = np.diff(lixels.start) * lixels.length_m
    _check(street, offset_m, street_m, radius_m)
    along = offset_m / np.maximum(street_m[street], 1e-9)
    order = np.argsort(street + along * (1 - 1e-9), kind="stable")
    streets = _Streets(lixels.edge_nodes, street_m / radius_m, lixels.start)
    first = np.searchsorted(street[order], np.arange(len(street_m) + 1))
    offset = offset_m[order] / radius_m
    sums = _power_sums(first, offset, mass[order])
    density = np.zeros(len(lixels))
    _add_all(density, links_of(lixels), streets, _Events(first, offset, sums))
    return density.clip(0) * (_LEVEL / radius_m)


class _Streets(NamedTuple):
    """Both ends of each street, its length in radii, and its pieces."""

    ends: NDArray[np.int64]
    length: NDArray[np.float64]
    piece: NDArray[np.int64]


class _Events(NamedTuple):
    """
    Incidents in the order of streets and of offsets, in radii.

    Street ``s`` has the incidents ``first[s]:first[s + 1]``. Row ``i + s`` of
    ``sums`` holds the sums of mass times the powers 0 to 4 of the offset, over the
    incidents of street ``s`` before ``i``.
    """

    first: NDArray[np.int64]
    offset: NDArray[np.float64]
    sums: NDArray[np.float64]


def _check(
    street: NDArray[np.int64],
    offset_m: NDArray[np.float64],
    street_m: NDArray[np.float64],
    radius_m: float,
) -> None:
    if not 0 < radius_m < np.inf:
        raise RiskError(f"a kernel of radius {radius_m} m: it must be above 0 m")
    unknown = np.flatnonzero((street < 0) | (street >= len(street_m)))
    if len(unknown):
        raise RiskError(
            f"incident {unknown[0]} lies on street {street[unknown[0]]}: streets are "
            f"0..{len(street_m) - 1}, leave out incidents beside every street"
        )
    beyond = np.flatnonzero(~((offset_m >= 0) & (offset_m <= street_m[street] + 0.01)))
    if len(beyond):
        at = int(beyond[0])
        raise RiskError(
            f"incident {at} lies {offset_m[at]} m along street {street[at]}, which is "
            f"{street_m[street[at]]:.2f} m long ({len(beyond)} such incidents)"
        )


@compiled
def _power_sums(
    first: NDArray[np.int64], offset: NDArray[np.float64], mass: NDArray[np.float64]
) -> NDArray[np.float64]:
    streets = len(first) - 1
    sums = np.zeros((len(offset) + streets, 5))
    for street in range(streets):
        for event in range(first[street], first[street + 1]):
            row, power = event + street, mass[event]
            for k in range(5):
                sums[row + 1, k] = sums[row, k] + power
                power *= offset[event]
    return sums


@compiled
def _add_all(
    density: NDArray[np.float64], links: Links, streets: _Streets, events: _Events
) -> None:
    """Add the kernels of all incidents, a street with incidents after another."""
    one, other = room(links), room(links)
    places = np.empty(len(streets.length), np.int64)
    gaps = np.empty((len(streets.length), 4))
    for street in range(len(streets.length)):
        if events.first[street] == events.first[street + 1]:
            continue
        near_one = walk(streets.ends[street, 0], links, streets.length, one)
        near_other = walk(streets.ends[street, 1], links, streets.length, other)
        near = near_one, near_other
        found = _gather(links, (one, other), near, places, gaps)
        _add_own(
            density, street, streets, events, one.distance[streets.ends[street, 1]]
        )
        _add_others(density, street, streets, events, (places[:found], gaps))
        one.distance[one.near[:near_one]] = np.inf
        other.distance[other.near[:near_other]] = np.inf


@compiled
def _gather(
    links: Links,
    reaches: tuple[Reach, Reach],
    near: tuple[int, int],
    places: NDArray[np.int64],
    gaps: NDArray[np.float64],
) -> int:
    """List the streets at the nodes within reach; return their number."""
    start, street, away, forward = links
    one, other = reaches[0].distance, reaches[1].distance
    near_one, near_other = reaches[0].near, reaches[1].near
    found = 0
    for at in range(near[0] + near[1]):
        node = near_one[at] if at < near[0] else near_other[at - near[0]]
        if at >= near[0] and one[node] < np.inf:
            continue
        for link in range(start[node], start[node + 1]):
            far = away[link]
            if not forward[link] and min(one[far], other[far]) < np.inf:
                continue  # it is listed at its first node
            first, last = (node, far) if forward[link] else (far, node)
            places[found] = street[link]
            gaps[found, 0], gaps[found, 1] = one[first], one[last]
            gaps[found, 2], gaps[found, 3] = other[first], other[last]
            found += 1
    return found


@compiled
def _add_others(
    density: NDArray[np.float64],
    street: int,
    streets: _Streets,
    events: _Events,
    gathered: tuple[NDArray[np.int64], NDArray[np.float64]],
) -> None:
    """Add what the incidents of a street give to other streets, by their ends."""
    # Arrays are taken out of their tuples once: in the loop that would cost the most.
    places, gaps = gathered
    length, pieces = streets.length, streets.piece
    offset, sums = events.offset, events.sums
    begin, end = events.first[street], events.first[street + 1]
    together = _sums(sums, begin + street, end + street)
    whole = length[street]
    for at in range(len(places)):
        place = places[at]
        if place == street:
            continue
        first, stop = pieces[place], pieces[place + 1]
        step = length[place] / (stop - first)
        for piece in range(first, stop):
            x = (piece - first + 0.5) * step
            left = length[place] - x
            a = min(gaps[at, 0] + x, gaps[at, 1] + left, _FAR)
            b = min(gaps[at, 2] + x, gaps[at, 3] + left, _FAR)
            turn = (whole + b - a) / 2
            upto, since = min(turn, 1 - a), max(turn, whole + b - 1)
            if offset[end - 1] < upto:
                density[piece] += _quartic(together, a)
            elif offset[begin] >= since:
                density[piece] += _quartic(together, -whole - b)
            else:
                span = begin, end, street
                density[piece] += _between(offset, sums, span, (-np.inf, upto), a)
                density[piece] += _between(
                    offset, sums, span, (since, np.inf), -whole - b
                )


@compiled
def _add_own(
    density: NDArray[np.float64],
    street: int,
    streets: _Streets,
    events: _Events,
    across: float,
) -> None:
    """Add what the incidents of a street give to it, straight or round by its ends."""
    offset, sums = events.offset, events.sums
    span = events.first[street], events.first[street + 1], street
    length = streets.length[street]
    first, stop = streets.piece[street], streets.piece[street + 1]
    step = length / (stop - first)
    for piece in range(first, stop):
        x = (piece - first + 0.5) * step
        low, high = -np.inf, np.inf
        if across < length:
            low, high = (2 * x - length - across) / 2, (2 * x + length + across) / 2
            a, b = across + length - x, x + across
            window = -np.inf, min(low, 1 - a)
            density[piece] += _between(offset, sums, span, window, a)
            window = max(high, length + b - 1), np.inf
            density[piece] += _between(offset, sums, span, window, -length - b)
        window = max(low, x - 1), min(high, x + 1)
        density[piece] += _between(offset, sums, span, window, -x)


@compiled
def _between(
    offset: NDArray[np.float64],
    sums: NDArray[np.float64],
    span: tuple[int, int, int],
    window: tuple[float, float],
    shift: float,
) -> float:
    """Sum the kernels of a street's incidents from one offset to before another."""
    first, stop, street = span
    begin = _before(offset, first, stop, window[0])
    end = _before(offset, first, stop, window[1])
    if end <= begin:
        return 0.0
    return _quartic(_sums(sums, begin + street, end + street), shift)


@compiled
def _sums(
    sums: NDArray[np.float64], low: int, high: int
) -> tuple[float, float, float, float, float]:
    """Sum mass times the powers of the offset between two rows of the sums."""
    return (
        sums[high, 0] - sums[low, 0],
        sums[high, 1] - sums[low, 1],
        sums[high, 2] - sums[low, 2],
        sums[high, 3] - sums[low, 3],
        sums[high, 4] - sums[low, 4],
    )


@compiled
def _quartic(sums: tuple[float, float, float, float, float], shift: float) -> float:
    """Sum mass times ``(1 - (offset + shift)**2)**2`` by the sums of powers."""
    m0, m1, m2, m3, m4 = sums
    square = m2 + shift * (2 * m1 + shift * m0)
    fourth = m4 + shift * (4 * m3 + shift * (6 * m2 + shift * (4 * m1 + shift * m0)))
    return float(m0 - 2 * square + fourth)


@compiled
def _before(offset: NDArray[np.float64], first: int, stop: int, limit: float) -> int:
    """Find the first of some ascending offsets that is not below a limit."""
    if offset[first] >= limit:
        return first
    if offset[stop - 1] < limit:
        return stop
    while first < stop:
        middle = (first + stop) >> 1
        if offset[middle] < limit:
            first = middle + 1
        else:
            stop = middle
    return first

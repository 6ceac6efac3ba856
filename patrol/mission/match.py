"""
Which street of the whole map a robot is on: several guesses, weighed as it drives.

A guess is a place on a street. It moves with the wheels; at a junction it becomes a
guess on each street that goes on. Guesses gain by streets that run as the robot heads
and by lying near the estimated place; the likeliest of them are kept. That is the
hidden Markov model of map matching [1]_ as a filter, with odometry and heading in the
place of routes between far fixes.

It is not told the planned route, so it can contradict it; and it is not fed back into
the estimate, so it cannot make a wrong one sure of itself.

.. [1] Newson and Krumm (2009). Hidden Markov Map Matching Through Noise and
   Sparseness. *ACM SIGSPATIAL GIS*, 336-343. doi:10.1145/1653771.1653818.
"""

from bisect import bisect_right
from collections.abc import Iterator
from math import cos, exp, pi, remainder, sin
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.snap import incident_streets, street_lines
from patrol.mission.localise import Place

_EVERY_M = 0.25  # way between two weighings
_MOST = 24  # guesses kept
_WORST = 12.0  # nats under the best at which a guess is dropped
_MAP_M = 1.0  # what a street's line and a robot's place on it differ by
_HEADING_RAD = 0.3  # what a street's heading and a robot's on it differ by
_SAME_WAY_M = 2.0  # headings this far apart are news; nearer ones say the same
_SAME_PLACE_M = 8.0  # so far apart the estimate's error is another
_ONE_M = 3.0  # guesses on a street nearer than this are one
_LOOK_AROUND_M = 20.0  # way after which streets are looked for afresh
_AROUND_M = 5.0
_JUNCTION_M = 1.0  # a robot this near a junction may already be in another street
_TURNED = 0.1  # nats that going into another street costs
_STAYS = 2.0  # nats that each metre costs by which a guess would leave its street
_SLOW = 4.0  # a guess follows the estimate the slower, the less that knows, in 1/m2
_NEW = 7.0  # nats under the best at which a street is thought of afresh


class Guess(NamedTuple):
    """
    The street a robot is most likely on.

    Attributes
    ----------
    street
        Its number.
    offset_m
        Way from its first node.
    share
        How likely that is, 0-1.
    """

    street: int
    offset_m: float
    share: float


class _Line(NamedTuple):
    """A street's shape as plain floats."""

    xs: list[float]
    ys: list[float]
    alongs: list[float]
    headings: list[float]


class StreetMatcher:
    """
    Follow which street a robot is on.

    Parameters
    ----------
    graph
        All streets, not only those of the route.
    """

    def __init__(self, graph: StreetGraph) -> None:
        self._graph = graph
        self._tree = shapely.STRtree(street_lines(graph))
        self._at_node = incident_streets(graph)
        self._lines: dict[int, _Line] = {}
        self._guesses: list[tuple[int, float, float]] = []  # street, offset, nats
        self._way_m = 0.0
        self._since_look_m = 0.0

    def move(self, way_m: float, place: Place) -> None:
        """
        Take in that the robot went on, and where it believes it is now.

        Parameters
        ----------
        way_m
            Way since the last call, backwards negative.
        place
            The estimate.
        """
        if not self._guesses:
            self._look_around(place)
        self._way_m += way_m
        if abs(self._way_m) < _EVERY_M:
            return
        way_m, self._way_m = self._way_m, 0.0
        moved = [
            self._weigh(guess, abs(way_m), place)
            for old in self._guesses
            for guess in self._advance(old, way_m, place)
        ]
        self._guesses = _kept(moved)
        self._since_look_m += abs(way_m)
        if self._since_look_m > _LOOK_AROUND_M:
            self._since_look_m = 0.0
            self._look_around(place)

    @property
    def guess(self) -> Guess | None:
        """The likeliest street; None before the first `move`, or far from all."""
        if not self._guesses:
            return None
        shares: dict[int, float] = {}
        best = self._guesses[0][2]
        for street, _, nats in self._guesses:
            shares[street] = shares.get(street, 0.0) + exp(nats - best)
        street = max(shares, key=lambda one: (shares[one], -one))
        offset_m = next(offset for one, offset, _ in self._guesses if one == street)
        return Guess(street, offset_m, shares[street] / sum(shares.values()))

    def place_of(self, street: int, offset_m: float) -> tuple[float, float, float]:
        """Place on a street, metres east and north, and the street's heading there."""
        line = self._line(street)
        i = min(max(bisect_right(line.alongs, offset_m) - 1, 0), len(line.headings) - 1)
        heading = line.headings[i]
        rest_m = offset_m - line.alongs[i]
        return (
            line.xs[i] + rest_m * cos(heading),
            line.ys[i] + rest_m * sin(heading),
            heading,
        )

    def _advance(
        self, guess: tuple[int, float, float], way_m: float, place: Place
    ) -> Iterator[tuple[int, float, float]]:
        """Move a guess; near an end of its street it also goes on into the others."""
        street, offset_m, nats = guess
        _, _, tangent_rad = self.place_of(street, offset_m)
        offset_m += way_m * cos(place.heading_rad - tangent_rad)
        length_m = self._line(street).alongs[-1]
        over_m = max(-offset_m, offset_m - length_m, 0.0)
        yield street, min(max(offset_m, 0.0), length_m), nats - _STAYS * over_m
        reach_m = _JUNCTION_M + place.sigma_m
        for node, left_m in zip(
            self._graph.edge_nodes[street].tolist(),
            (offset_m, length_m - offset_m),
            strict=True,
        ):
            if left_m < reach_m:
                yield from self._entered(street, node, max(-left_m, 0.0), nats)

    def _entered(
        self, street: int, node: int, over_m: float, nats: float
    ) -> Iterator[tuple[int, float, float]]:
        """Guesses on the streets that go on at a node."""
        for other in self._at_node.of(node).tolist():
            if other == street:
                continue
            length_m = self._line(other).alongs[-1]
            first, last = self._graph.edge_nodes[other].tolist()
            if first == node:
                yield other, min(over_m, length_m), nats - _TURNED
            if last == node:
                yield other, max(length_m - over_m, 0.0), nats - _TURNED

    def _weigh(
        self, guess: tuple[int, float, float], way_m: float, place: Place
    ) -> tuple[int, float, float]:
        street, offset_m, nats = guess
        x_m, y_m, tangent_rad = self.place_of(street, offset_m)
        dx, dy = place.x_m - x_m, place.y_m - y_m
        turn = remainder(place.heading_rad - tangent_rad, pi)  # it may drive either way
        spread = place.sigma_m**2 + _MAP_M**2
        nats -= way_m / _SAME_WAY_M * min((turn / _HEADING_RAD) ** 2 / 2, 4.0)
        nats -= way_m / _SAME_PLACE_M * (dx * dx + dy * dy) / spread / 2
        ahead_m = dx * cos(tangent_rad) + dy * sin(tangent_rad)
        offset_m += ahead_m * min(way_m / (1 + _SLOW * place.sigma_m**2), 1.0)
        return street, min(max(offset_m, 0.0), self._line(street).alongs[-1]), nats

    def _look_around(self, place: Place) -> None:
        """Think of the streets nearby, little of those that no guess has come to."""
        reach_m = 2 * place.sigma_m + _AROUND_M
        here = shapely.Point(place.x_m, place.y_m)
        known = {street for street, _, _ in self._guesses}
        start = self._guesses[0][2] - _NEW if self._guesses else 0.0
        near = self._tree.query(here, predicate="dwithin", distance=reach_m)
        for street in sorted(set(near.tolist()) - known):
            line = self._tree.geometries[street]
            offset_m = float(shapely.line_locate_point(line, here))
            self._guesses.append((street, offset_m, start))
        self._guesses = _kept(
            [
                self._weigh(one, _SAME_PLACE_M, place) if one[0] not in known else one
                for one in self._guesses
            ]
        )

    def _line(self, street: int) -> _Line:
        line = self._lines.get(street)
        if line is None:
            line = self._lines[street] = _line_of(self._graph.shape_of(street))
        return line


def _line_of(xy_m: NDArray[np.float64]) -> _Line:
    steps = np.diff(xy_m, axis=0)
    long_m = np.hypot(*steps.T)
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    alongs = np.append(0.0, np.cumsum(long_m))
    x_m, y_m = xy_m.T.tolist()
    return _Line(x_m, y_m, alongs.tolist(), headings.tolist())


def _kept(
    guesses: list[tuple[int, float, float]],
) -> list[tuple[int, float, float]]:
    """Likeliest guesses first, one of those that are nearly the same; the best is 0."""
    guesses.sort(key=lambda guess: (-guess[2], guess[0], guess[1]))
    kept: list[tuple[int, float, float]] = []
    best = guesses[0][2] if guesses else 0.0
    for street, offset_m, nats in guesses:
        if len(kept) == _MOST or nats < best - _WORST:
            break
        if all(
            street != other or abs(offset_m - there_m) > _ONE_M
            for other, there_m, _ in kept
        ):
            kept.append((street, offset_m, nats - best))
    return kept

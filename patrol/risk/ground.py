"""The ground that risk lies on: streets, or cells of a plane where there are none."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.sparse import csr_array

from maps.graph import StreetGraph
from maps.snap import point_geometries, street_lines
from patrol.errors import RiskError
from patrol.risk.heat import HeatKernel, HeatMedium
from patrol.risk.heat_media import CellMedium, StreetMedium
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.lixels import Lixels

REACH_M = 80.0
"""An incident further than this from every street did not happen on this map."""

TOUCH_M = 5.0
"""Streets this much farther than the nearest one touch the incident as well: police
publish points moved to crossings, and to choose one street there is arbitrary."""

_LIXEL_M = 25.0
_MOST_KERNELS = 6  # kept factored; a search of weights asks for hundreds
_MOST_CELLS = 10_000_000
_FAR_OFF = 5.0  # times the distance within which nine in ten incidents lie


@dataclass(frozen=True)
class Ground:
    """
    ``m`` units of ground (streets or cells) and how mass spreads between them.

    Attributes
    ----------
    size_km
        Length of each street; 1 for each cell; shape ``(m,)``.
    xy_m
        Middle of each unit, shape ``(m, 2)``.
    traits
        What is known of each unit beside incidents, by name, shape ``(m,)`` each.
    medium
        What heat spreads in, of ``v`` bodies.
    parts
        Share of each unit that lies in each body, shape ``(v, m)``; columns sum to 1.
    lixels
        The pieces of the streets; None for cells.
    """

    size_km: NDArray[np.float64]
    xy_m: NDArray[np.float64]
    traits: dict[str, NDArray[np.float64]]
    medium: HeatMedium = field(repr=False)
    parts: csr_array = field(repr=False)
    lixels: Lixels | None = field(default=None, repr=False)
    _kernels: dict[float, HeatKernel] = field(default_factory=dict, repr=False)

    @property
    def num_units(self) -> int:
        """Number of streets or cells, ``m``."""
        return len(self.size_km)

    def spread(
        self, mass: NDArray[np.float64], *, sd_m: float, keep: bool = True
    ) -> NDArray[np.float64]:
        """
        Spread the mass of units by the heat kernel, ``(m,)``; the sum stays.

        The factored kernel is kept for the next time, unless it is used only once.
        """
        kernel = self._kernels.get(sd_m) or HeatKernel.of(self.medium, sd_m=sd_m)
        if keep and sd_m not in self._kernels:
            while len(self._kernels) >= _MOST_KERNELS:
                self._kernels.pop(next(iter(self._kernels)))
            self._kernels[sd_m] = kernel
        spread = kernel.spread(self.parts @ mass)
        # Each body lies in one unit only.
        return np.asarray((self.parts > 0).T @ spread)


@dataclass(frozen=True)
class Record:
    """
    Past incidents on a ground, ``k`` of them, shared over the units they touch.

    Attributes
    ----------
    ground
        The ground, of ``m`` units.
    share
        Share of each of ``q`` places in each unit, shape ``(m, q)``; columns sum to 1.
    place
        Place of each incident, shape ``(k,)``.
    time_s
        Seconds since 1970 UTC, shape ``(k,)``.
    since_s, until_s
        Span that the record covers.
    num_outside
        Incidents beside every unit, which are not in the record.
    offset_m
        How far along its street each entry of ``share`` lies, in the order of its
        data; None for cells.
    """

    ground: Ground
    share: csr_array = field(repr=False)
    place: NDArray[np.int64]
    time_s: NDArray[np.int64]
    since_s: int
    until_s: int
    num_outside: int = 0
    offset_m: NDArray[np.float64] | None = field(default=None, repr=False)

    def mass(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up incidents of some weight each, ``(k,)``, on units, ``(m,)``."""
        at_place = np.bincount(self.place, weight, minlength=self.share.shape[1])
        return np.asarray(self.share @ at_place)

    def between(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        """Count the incidents from a time until before another, shape ``(m,)``."""
        inside = (self.time_s >= start_s) & (self.time_s < end_s)
        return self.mass(inside.astype(np.float64))

    def drawn_between(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        """
        Count whole incidents from a time until before another, shape ``(m,)``.

        Each falls to one of the units it touches, drawn by its shares in them, always
        the same for the same span.
        """
        inside = (self.time_s >= start_s) & (self.time_s < end_s)
        columns = self.share.tocsc()
        draw = np.random.default_rng(0).uniform(0, 1 - 1e-9, int(inside.sum()))
        before = np.concatenate([[0.0], np.cumsum(columns.data)])
        first = columns.indptr[self.place[inside]]
        entry = np.searchsorted(before, before[first] + draw, side="right") - 1
        unit = columns.indices[entry]
        return np.bincount(unit, minlength=self.share.shape[0]).astype(np.float64)


def street_ground(graph: StreetGraph) -> Ground:
    """Take the streets of a graph as ground."""
    lixels = Lixels.cut(graph.edge_nodes, graph.edge_length_m, lixel_m=_LIXEL_M)
    medium = StreetMedium(lixels)
    pieces = np.diff(lixels.start)
    parts = csr_array(
        (np.repeat(1 / pieces, pieces), (np.arange(len(lixels)), lixels.street)),
        shape=(medium.num_bodies, graph.num_edges),
    )
    meeting = np.bincount(graph.edge_nodes.ravel(), minlength=graph.num_nodes)
    ends = meeting[graph.edge_nodes]
    _, kind, count = np.unique(
        graph.tags.highway.astype(str), return_inverse=True, return_counts=True
    )
    traits = {
        "fewest streets at an end": ends.min(axis=1).astype(np.float64),
        "most streets at an end": ends.max(axis=1).astype(np.float64),
        "streets of the class": count[kind].astype(np.float64),
    }
    middle = graph.node_xy_m[graph.edge_nodes].mean(axis=1)
    return Ground(graph.edge_length_m / 1000, middle, traits, medium, parts, lixels)


def street_record(graph: StreetGraph, incidents: Incidents) -> Record:
    """
    Share reported incidents over the streets they touch.

    Each counts in equal parts on its nearest street, within `REACH_M`, and on those
    that are no more than `TOUCH_M` farther.

    Raises
    ------
    RiskError
        If no reported incident is within reach of a street.
    """
    reported = incidents.take(incidents.origin == Origin.REPORTED)
    keys, place = np.unique(reported.xy_m @ [1, 1j], return_inverse=True)
    points = point_geometries(np.column_stack([keys.real, keys.imag]))
    lines = street_lines(graph)
    at, street = shapely.STRtree(lines).query(
        points, predicate="dwithin", distance=REACH_M + TOUCH_M
    )
    gap_m = shapely.distance(points[at], lines[street])
    nearest_m = np.full(len(points), np.inf)
    np.minimum.at(nearest_m, at, gap_m)
    touches = (gap_m <= nearest_m[at] + TOUCH_M) & (nearest_m[at] <= REACH_M)
    at, street = at[touches], street[touches]
    order = np.lexsort((at, street))
    at, street = at[order], street[order]
    equal = 1 / np.bincount(at, minlength=len(points))[at]
    share = csr_array((equal, (street, at)), shape=(graph.num_edges, len(points)))
    offset_m = shapely.line_locate_point(lines[street], points[at])
    inside = (nearest_m <= REACH_M)[place]
    if not inside.any():
        raise RiskError(
            f"none of {len(reported)} reported incidents lies within {REACH_M:.0f} m "
            f"of a street: check the columns of latitude and longitude, or the map"
        )
    return Record(
        ground=street_ground(graph),
        share=share,
        place=place[inside],
        time_s=reported.time_s[inside],
        since_s=incidents.since_s,
        until_s=incidents.until_s,
        num_outside=int((~inside).sum()),
        offset_m=np.minimum(offset_m, graph.edge_length_m[street]),
    )


def cell_record(incidents: Incidents, *, cell_m: float) -> Record:
    """
    Lay square cells where the record has incidents, and round about.

    Cells touch one that ever had an incident, so that the sea is no ground. Incidents
    far beyond all others, such as those at longitude 0, are outside.

    Raises
    ------
    RiskError
        If no incident was reported, the cells have no size, or would be too many.
    """
    reported = incidents.take(incidents.origin == Origin.REPORTED)
    if not len(reported) or not cell_m > 0:
        raise RiskError(
            f"{len(reported)} reported incidents on cells of {cell_m} m: there must be "
            f"one at least, and the side must be above 0"
        )
    away_m = np.hypot(*(reported.xy_m - np.median(reported.xy_m, axis=0)).T)
    inside = away_m <= _FAR_OFF * (np.quantile(away_m, 0.9) + cell_m)
    low_m = reported.xy_m[inside].min(axis=0) - cell_m
    at = np.floor((reported.xy_m[inside] - low_m) / cell_m).astype(np.int64)
    shape = at.max(axis=0) + 2
    if shape.prod() > _MOST_CELLS:
        raise RiskError(
            f"{shape[0]} x {shape[1]} cells of {cell_m} m: choose a side that makes no "
            f"more than {_MOST_CELLS}"
        )
    used = np.zeros(shape, dtype=bool)
    used[tuple(at.T)] = True
    used = binary_dilation(used, np.ones((3, 3), dtype=bool))
    cell = np.where(used, np.cumsum(used).reshape(shape) - 1, -1)
    count = int(used.sum())
    ground = Ground(
        size_km=np.ones(count),
        xy_m=low_m + (np.argwhere(used) + 0.5) * cell_m,
        traits={},
        medium=CellMedium.of(cell, cell_m=cell_m),
        parts=_identity(count),
    )
    return Record(
        ground=ground,
        share=_identity(count),
        place=cell[tuple(at.T)],
        time_s=reported.time_s[inside],
        since_s=incidents.since_s,
        until_s=incidents.until_s,
        num_outside=int((~inside).sum()),
    )


def _identity(size: int) -> csr_array:
    number = np.arange(size)
    return csr_array((np.ones(size), (number, number)), shape=(size, size))

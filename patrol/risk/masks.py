"""
What the places of a record give away: moved to crossings, gathered, or off the map.

Police publish places moved to a crossing or the middle of a block. A model that takes
them at their word looks sharper than it is, so it must be known, and each such
incident is shared over the streets that meet there (`placement`, `ground`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from maps.graph import StreetGraph
from maps.snap import snap
from patrol.errors import RiskError
from patrol.risk.repairs import Repair

CLOSE_M = 5.0
"""What lies this close to a crossing lies at it: maps differ by a few metres."""

_TIMES_CHANCE = 2.0
_SURE = 5.0  # standard deviations of what chance would give
_GATHERED = 2.0  # incidents a place
_ENOUGH = 50  # incidents from which anything can be told
_SUSPICIOUS = 0.1  # share of the incidents at one place
_FEW = 10  # incidents that may well all be at one place
_LISTED = 5


@dataclass(frozen=True)
class Places:
    """
    Where the incidents of a record are.

    Attributes
    ----------
    total
        Incidents.
    lon_lat_deg
        Different places, shape ``(q, 2)``, by falling number of incidents.
    count
        Incidents at each, shape ``(q,)``.
    inside
        Whether each lies beside a street, shape ``(q,)``.
    at_crossing
        Whether each lies at a crossing, a node at which three streets or more end.
    chance
        Share of the streets' length that lies as close to one.
    within_m
        Distance from the nearest street up to which a place lies beside it.
    """

    total: int
    lon_lat_deg: NDArray[np.float64]
    count: NDArray[np.int64]
    inside: NDArray[np.bool_]
    at_crossing: NDArray[np.bool_]
    chance: float
    within_m: float

    @property
    def num_inside(self) -> int:
        """Incidents beside a street."""
        return int(self.count[self.inside].sum())

    @property
    def num_at_crossings(self) -> int:
        """Incidents at crossings."""
        return int(self.count[self.inside & self.at_crossing].sum())

    @property
    def moved_to_crossings(self) -> bool:
        """Whether far more of them lie at crossings than chance has."""
        usual = self.chance * self.num_inside
        limit = max(_TIMES_CHANCE * usual, usual + _SURE * np.sqrt(usual + 1))
        return self.num_inside >= _ENOUGH and self.num_at_crossings > limit

    @property
    def outside(self) -> list[tuple[float | None, float | None, int]]:
        """
        Longitude, latitude and incidents of each place beside no street.

        Both are None where it is so far off that the plane has no place for it.
        """
        lon_lat = self.lon_lat_deg[~self.inside].round(6).tolist()
        found = self.count[~self.inside].tolist()
        return [
            (lon, lat, n) if np.isfinite(lon) and np.isfinite(lat) else (None, None, n)
            for (lon, lat), n in zip(lon_lat, found, strict=True)
        ]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What is done about it, in sentences with counts."""
        found = [self._moved(), self._gathered(), self._one_place(), self._lost()]
        return tuple(one for one in found if one is not None)

    def _moved(self) -> Repair | None:
        if not self.moved_to_crossings:
            return None
        at, all_ = self.num_at_crossings, self.num_inside
        return Repair(
            "shared_at_crossings",
            at,
            f"{at:,} of {all_:,} incidents ({at / all_:.0%}) lie within "
            f"{CLOSE_M:.0f} m of a crossing, as {self.chance:.0%} of the streets do: "
            f"they were moved there, so each is shared over the streets that meet",
        )

    def _gathered(self) -> Repair | None:
        places = int(self.inside.sum())
        if self.num_inside < max(_ENOUGH, _GATHERED * places):
            return None
        return Repair(
            "gathered_at_places",
            self.num_inside,
            f"{self.num_inside:,} incidents lie at only {places:,} places: they stand "
            f"for crossings, blocks or addresses, do not read them to the metre",
        )

    def _one_place(self) -> Repair | None:
        most = int(self.count[0])
        if self.total < _ENOUGH or most < _SUSPICIOUS * self.total:
            return None
        return Repair(
            "at_one_place",
            most,
            f"{most:,} of {self.total:,} incidents are at one place, {self._named(0)}: "
            f"if it stands for an unknown place, take them out",
        )

    def _lost(self) -> Repair | None:
        lost = self.total - self.num_inside
        if not lost:
            return None
        first = np.flatnonzero(~self.inside)[:_LISTED].tolist()
        return Repair(
            "outside",
            lost,
            f"{lost} of {self.total} incidents lie further than {self.within_m:.0f} m "
            f"from every street and are left out, most of them at "
            f"{', '.join(self._named(place) for place in first)} (longitude latitude)",
        )

    def _named(self, place: int) -> str:
        lon, lat = self.lon_lat_deg[place].round(5).tolist()
        return f"{lon} {lat}" if np.isfinite(lon + lat) else "the far side of the world"


def look_at_places(
    graph: StreetGraph, xy_m: NDArray[np.float64], *, within_m: float
) -> Places:
    """
    Find out what is odd about where incidents are.

    Parameters
    ----------
    graph
        Streets.
    xy_m
        Places in the plane of the graph, shape ``(k, 2)``.
    within_m
        An incident further than this from every street is outside.

    Raises
    ------
    RiskError
        If there are some incidents and all are at one and the same place.
    """
    keys, count = np.unique(xy_m @ [1, 1j], return_counts=True)
    order = np.argsort(-count, kind="stable")
    keys, count = keys[order], count[order]
    points = np.column_stack([keys.real, keys.imag])
    lon_lat = graph.projection.to_lon_lat_deg(points)
    if len(keys) == 1 and len(xy_m) >= _FEW:
        lon, lat = lon_lat[0].round(5)
        raise RiskError(
            f"all {len(xy_m)} incidents are at one place, longitude {lon}, latitude "
            f"{lat}, as files have it whose places are unknown: geocode the file, or "
            f"start cold with a yearly total"
        )
    crossing = np.bincount(graph.edge_nodes.ravel(), minlength=graph.num_nodes) >= 3
    return Places(
        total=len(xy_m),
        lon_lat_deg=lon_lat,
        count=count,
        inside=snap(graph, points, within_m=within_m).found,
        at_crossing=_close(graph.node_xy_m[crossing], points),
        chance=_chance(graph, crossing),
        within_m=within_m,
    )


def _close(
    crossings: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.bool_]:
    if not len(crossings):
        return np.zeros(len(points), dtype=np.bool_)
    away_m, _ = KDTree(crossings).query(points, distance_upper_bound=CLOSE_M)
    return np.asarray(np.isfinite(away_m))


def _chance(graph: StreetGraph, crossing: NDArray[np.bool_]) -> float:
    ends = crossing[graph.edge_nodes].sum(axis=1)
    close_m = np.minimum(ends * CLOSE_M, graph.edge_length_m)
    return float(close_m.sum() / graph.length_m)

"""Which streets one kind of robot can drive, how fast, and why not the others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.graph import StreetGraph, StreetTags
from maps.one_way import strong_parts
from maps.paths import components
from patrol.errors import MapError

WIDTH_MARGIN_M = 0.2
"""Least free width beside the robot: 0.1 m on each side, its own tracking error."""

STREETS = frozenset({
    "primary", "primary_link", "secondary", "secondary_link", "tertiary",
    "tertiary_link", "unclassified", "residential", "living_street", "service",
    "pedestrian", "footway", "cycleway", "path", "track", "road", "crossing",
})  # fmt: skip
"""
Classes that a slow robot may use as a pedestrian does.

Missing on purpose: motorway and trunk (no place for 5 km/h, and where there is a
pavement it is mapped on its own), corridor, elevator and platform (indoors, or
behind a gate), bridleway, trail and via_ferrata (made for hooves and boots),
bus_guideway, busway, raceway and escape (made for one kind of vehicle), and
whatever is proposed, under construction or gone.
"""

_TRODDEN = frozenset({"path", "track"})
"""Classes that are as a rule unpaved, so that silence about the surface is bad news."""

_PAVED = frozenset({
    "asphalt", "paved", "concrete", "concrete:plates", "concrete:lanes",
    "paving_stones", "paving_stones:lanes", "sett", "bricks", "brick", "tiles", "wood",
    "metal", "metal_grid", "rubber", "tartan", "acrylic", "chipseal", "compacted",
    "fine_gravel",
})  # fmt: skip
"""Surfaces that make even a path or a track fit for small wheels."""

_IMPASSABLE = frozenset({
    "sand", "mud", "grass", "grass_paver", "pebblestone", "rock", "rocks", "stone",
    "stones", "boulders", "shells", "snow", "ice", "salt", "stepping_stones",
    "woodchips", "water", "unhewn_cobblestone", "cobblestone:10cm", "steps",
})  # fmt: skip
"""Surfaces on which a 150 kg robot on small wheels sinks, slips or sticks."""

_CLOSED_ACCESS = frozenset({
    "no", "private", "military", "agricultural", "forestry", "permit", "delivery",
})  # fmt: skip
_CLOSED_FOOT = frozenset({"no", "private", "military", "permit", "use_sidepath"})
_OPEN_FOOT = frozenset({"yes", "designated", "permissive", "official", "destination"})


class Exclusion(IntEnum):
    """Why a robot cannot drive a street; the first reason that holds."""

    NONE = 0
    NOT_A_STREET = 1
    STEPS = 2
    ACCESS = 3
    WIDTH = 4
    SLOPE = 5
    SURFACE = 6
    KERB = 7
    BARRIER = 8
    KEEP_OUT = 9
    ISLAND = 10
    """Drivable in itself, but cut off from the largest drivable part."""
    ONE_WAY_TRAP = 11
    """Cut off by one-way streets: no way leads there, or none leads back."""


@dataclass(frozen=True)
class Traversal:
    """
    What one robot profile can drive on one graph of ``m`` streets.

    Attributes
    ----------
    graph_digest
        Digest of the graph it was worked out for.
    travel_s
        Travel time along and against each street's direction, shape ``(m, 2)``;
        infinite where it must not be driven.
    exclusion
        `Exclusion` of each street as a number, shape ``(m,)``.
    """

    graph_digest: str
    travel_s: NDArray[np.float64]
    exclusion: NDArray[np.int8]

    def __post_init__(self) -> None:
        if self.travel_s.shape != (len(self.exclusion), 2):
            raise MapError(
                f"travel_s has shape {self.travel_s.shape}, expected "
                f"({len(self.exclusion)}, 2) for {len(self.exclusion)} exclusions"
            )
        self.travel_s.flags.writeable = False
        self.exclusion.flags.writeable = False

    @property
    def drivable(self) -> NDArray[np.bool_]:
        """Mask of the streets that can be driven, shape ``(m,)``."""
        return np.equal(self.exclusion, Exclusion.NONE)

    @property
    def open_ways(self) -> NDArray[np.bool_]:
        """Whether each street can be driven along and against, shape ``(m, 2)``."""
        return np.asarray(np.isfinite(self.travel_s) & self.drivable[:, None])

    @property
    def two_way(self) -> bool:
        """Whether each street that can be driven can be driven both ways."""
        return bool(np.isfinite(self.travel_s[self.drivable]).all())


def traverse(
    graph: StreetGraph,
    *,
    width_m: float,
    kerb_m: float,
    max_slope: float,
    speed_mps: float,
) -> Traversal:
    """
    Work out what a slow robot that moves as a pedestrian does can drive.

    One-way rules for vehicles do not bind it; see `obey_oneway` for one that they do
    bind. Where a tag is absent the street
    counts as passable, but for paths and tracks, which are as a rule unpaved. Only
    the largest connected part by street length is drivable, so that every drivable
    street can be reached from every other.

    Parameters
    ----------
    graph
        Streets.
    width_m
        Width of the robot over everything.
    kerb_m
        Highest step it can climb.
    max_slope
        Steepest grade it can climb, as rise over run.
    speed_mps
        Its speed on patrol; grades do not change it yet.

    Raises
    ------
    MapError
        If the robot cannot drive a single street, with the reasons counted.
    """
    if not (width_m > 0 and speed_mps > 0 and kerb_m >= 0 and max_slope >= 0):
        raise MapError(
            f"a robot of width {width_m} m, speed {speed_mps} m/s, kerb {kerb_m} m and "
            f"slope {max_slope}: width and speed must be above 0, kerb and slope 0 or "
            f"more"
        )
    tags = graph.tags
    reasons = {
        Exclusion.NOT_A_STREET: ~_among(tags.highway, STREETS | {"", "steps"}),
        Exclusion.STEPS: _among(tags.highway, {"steps"}),
        Exclusion.ACCESS: _closed_to_pedestrians(tags),
        Exclusion.WIDTH: tags.width_m < width_m + WIDTH_MARGIN_M,
        Exclusion.SLOPE: np.abs(tags.incline) > max_slope,
        Exclusion.SURFACE: _bad_surface(tags),
        Exclusion.KERB: tags.kerb_m > kerb_m,
        Exclusion.BARRIER: tags.barrier != "",
    }
    first = np.select(list(reasons.values()), list(reasons), Exclusion.NONE)
    exclusion = _without_islands(graph, first.astype(np.int8))
    duration_s = graph.edge_length_m / speed_mps
    return _timed(graph, exclusion, np.column_stack([duration_s, duration_s]))


def keep_out(graph: StreetGraph, traversal: Traversal, streets: ArrayLike) -> Traversal:
    """
    Close streets by the operator's wish, and what they cut off with them.

    Parameters
    ----------
    graph
        Streets.
    traversal
        What the robot can drive of them now.
    streets
        Numbers of the streets to close, shape ``(k,)``.

    Raises
    ------
    MapError
        If the traversal is of another graph, a number is not a street, or no
        drivable street would be left.
    """
    closed = np.asarray(streets, dtype=np.int64).ravel()
    if traversal.graph_digest != graph.digest:
        raise MapError(
            f"the traversal is of map {traversal.graph_digest[:12]}, not of map "
            f"{graph.digest[:12]}: work it out again for this map"
        )
    bad = closed[(closed < 0) | (closed >= graph.num_edges)]
    if len(bad):
        raise MapError(
            f"street {bad[0]} cannot be kept out of: streets are numbered from 0 to "
            f"{graph.num_edges - 1}"
        )
    exclusion = traversal.exclusion.copy()
    cut_off = (Exclusion.ISLAND, Exclusion.ONE_WAY_TRAP)
    exclusion[np.isin(exclusion, cut_off)] = Exclusion.NONE
    open_before = exclusion == Exclusion.NONE
    exclusion[closed[open_before[closed]]] = Exclusion.KEEP_OUT
    exclusion = _without_islands(graph, exclusion)
    # What was cut off has no travel time: it gets the pace of the rest.
    pace_s = graph.edge_length_m * pace_s_per_m(graph, traversal)
    driven = traversal.drivable
    travel_s = np.where(driven[:, None], traversal.travel_s, pace_s[:, None])
    closed_now = _timed(graph, exclusion, travel_s)
    obeyed = obeys_oneway(traversal)
    return obey_oneway(graph, closed_now) if obeyed else closed_now


def pace_s_per_m(graph: StreetGraph, traversal: Traversal) -> float:
    """Time for a metre of what can be driven, each street in its faster direction."""
    driven = traversal.drivable
    total_s = traversal.travel_s[driven].min(axis=1).sum()
    return float(total_s / graph.edge_length_m[driven].sum())


def obeys_oneway(traversal: Traversal) -> bool:
    """Whether one-way streets bind the robot, as far as any of them shows it."""
    trapped = (traversal.exclusion == Exclusion.ONE_WAY_TRAP).any()
    return bool(trapped or not traversal.two_way)


def obey_oneway(graph: StreetGraph, traversal: Traversal) -> Traversal:
    """
    Close one-way streets in the wrong direction, for a robot on the carriageway.

    Streets to which no way leads any more, or from which none leads back, are
    excluded: the largest part by street length remains whose streets all reach each
    other.

    Parameters
    ----------
    graph
        Streets, with the direction of traffic in their tags.
    traversal
        What the robot can drive of them in either direction.

    Raises
    ------
    MapError
        If no street is left.
    """
    travel_s = traversal.travel_s.copy()
    travel_s[graph.tags.oneway > 0, 1] = np.inf
    travel_s[graph.tags.oneway < 0, 0] = np.inf
    label = strong_parts(graph.num_nodes, graph.edge_nodes, np.isfinite(travel_s))
    first, last = label[graph.edge_nodes].T
    whole = traversal.drivable & (first == last) & np.isfinite(travel_s).any(axis=1)
    length_m = np.bincount(first, weights=graph.edge_length_m * whole)
    if not whole.any():
        raise MapError(
            f"no street is left of {traversal.drivable.sum()} that the robot could "
            f"drive: one-way streets cut all of them off; choose a larger map, or a "
            f"robot that does not obey them"
        )
    exclusion = traversal.exclusion.copy()
    trapped = traversal.drivable & ~(whole & (first == length_m.argmax()))
    exclusion[trapped] = Exclusion.ONE_WAY_TRAP
    return _timed(graph, exclusion, travel_s)


def either(traversals: Sequence[Traversal]) -> Traversal:
    """
    Say what at least one of several robots can drive of a graph.

    Travel times are those of the fastest; what none can drive has the first one's
    reason.

    Raises
    ------
    MapError
        If there is none, or they are of different graphs.
    """
    digests = sorted({one.graph_digest[:12] for one in traversals})
    if len(digests) != 1:
        raise MapError(f"traversals of maps {digests}: give those of one map")
    exclusion = traversals[0].exclusion.copy()
    exclusion[np.logical_or.reduce([one.drivable for one in traversals])] = (
        Exclusion.NONE
    )
    return Traversal(
        graph_digest=traversals[0].graph_digest,
        travel_s=np.minimum.reduce([one.travel_s for one in traversals]),
        exclusion=exclusion,
    )


def describe_exclusions(
    graph: StreetGraph, traversal: Traversal
) -> dict[str, tuple[int, float]]:
    """
    Count the excluded streets, for people.

    Returns
    -------
    dict
        By reason, such as ``"not a street"``: number of streets and their length in
        metres; the most metres first.
    """
    found = {}
    for reason in Exclusion:
        here = traversal.exclusion == reason
        if reason is not Exclusion.NONE and here.any():
            found[_name(reason)] = (
                int(here.sum()),
                float(graph.edge_length_m[here].sum()),
            )
    return dict(sorted(found.items(), key=lambda item: -item[1][1]))


def _among(values: NDArray[np.object_], allowed: Collection[str]) -> NDArray[np.bool_]:
    return np.fromiter((value in allowed for value in values), bool, len(values))


def _closed_to_pedestrians(tags: StreetTags) -> NDArray[np.bool_]:
    # A tag for feet says more than the one for everybody.
    invited = _among(tags.foot, _OPEN_FOOT)
    closed = _among(tags.access, _CLOSED_ACCESS) & ~invited
    return closed | _among(tags.foot, _CLOSED_FOOT)


def _bad_surface(tags: StreetTags) -> NDArray[np.bool_]:
    trodden = _among(tags.highway, _TRODDEN)
    return _among(tags.surface, _IMPASSABLE) | (trodden & ~_among(tags.surface, _PAVED))


def _without_islands(
    graph: StreetGraph, exclusion: NDArray[np.int8]
) -> NDArray[np.int8]:
    drivable = exclusion == Exclusion.NONE
    if not drivable.any():
        reasons, counts = np.unique(exclusion, return_counts=True)
        listed = ", ".join(
            f"{_name(Exclusion(r))} {n}" for r, n in zip(reasons, counts, strict=True)
        )
        raise MapError(
            f"the robot cannot drive any of the {graph.num_edges} streets of this map "
            f"({listed}): choose another district, or another robot profile"
        )
    part = components(graph, drivable)[graph.edge_nodes[:, 0]]
    length_m = np.bincount(part, weights=graph.edge_length_m * drivable)
    result = exclusion.copy()
    result[drivable & (part != length_m.argmax())] = Exclusion.ISLAND
    return result


def _timed(
    graph: StreetGraph, exclusion: NDArray[np.int8], travel_s: NDArray[np.float64]
) -> Traversal:
    drivable = exclusion == Exclusion.NONE
    return Traversal(
        graph_digest=graph.digest,
        travel_s=np.where(drivable[:, None], travel_s, np.inf),
        exclusion=exclusion,
    )


def _name(reason: Exclusion) -> str:
    return reason.name.lower().replace("_", " ")

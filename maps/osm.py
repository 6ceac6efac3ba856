"""
OpenStreetMap files (XML or PBF) as streets; the only module that imports osmium.

One pass gathers ways, their nodes' places and the nodes that carry tags; numpy
does the rest. A street runs between two nodes at which ways meet or end. What the
edge of an extract has cut off is left out and noted, never an error.
"""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from maps.assemble import Lines, assemble, ranges
from maps.graph import StreetTags
from maps.osm_values import (
    blocking_barrier,
    kerb_height_m,
    opening_m,
    parse_incline,
    parse_length_m,
    parse_oneway,
)
from maps.project import LocalProjection
from maps.street_map import BELLS, CAMERAS, LAMPS, POLICE, VENUES, StreetMap
from patrol.errors import MapError

LICENCE = "(c) OpenStreetMap contributors, ODbL 1.0"
"""What must be shown wherever the data is."""

ENDINGS = (".osm", ".osm.gz", ".osm.bz2", ".pbf")
"""Endings of the files that are read."""

NOT_BUILT = frozenset({
    "proposed", "planned", "construction", "razed", "demolished", "removed",
    "dismantled", "abandoned", "disused", "no",
})  # fmt: skip
"""Values of ``highway`` of ways that are not there, or not yet."""

_LAYERS = {
    ("highway", "street_lamp"): LAMPS,
    ("man_made", "surveillance"): CAMERAS,
    ("emergency", "phone"): BELLS,
    ("amenity", "bar"): VENUES,
    ("amenity", "pub"): VENUES,
    ("amenity", "nightclub"): VENUES,
    ("amenity", "police"): POLICE,
}
_NODE_KEYS = ("highway", "man_made", "emergency", "amenity", "barrier", "kerb")
_WAY_TEXT = ("highway", "name", "service", "surface", "access", "foot", "lit")
_NOWHERE = 2_147_483_647  # osmium's coordinate of a node that is not in the file
_UNITS_PER_DEGREE = 1e7


def read_osm(path: Path) -> StreetMap:
    """
    Read a ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf`` file.

    Every ``highway=*`` way that is built becomes streets, whatever its class; which
    of them a robot can drive is for `maps.traverse` to say. The order of the objects
    in the file does not matter.

    Raises
    ------
    MapError
        If the file cannot be read or holds no street.
    """
    found = _gather(path)
    if not found.way_id:
        raise MapError(
            f"{path.name} holds no way with a highway tag ({found.not_built} that are "
            f"not built): choose an extract that has streets"
        )
    points = _Points.of(found)
    if not points.num_streets:
        raise MapError(
            f"{path.name} holds {len(found.way_id)} streets but not the nodes they run "
            f"through: export it again with all nodes of its ways"
        )
    lon_lat_deg = points.units / _UNITS_PER_DEGREE
    projection = LocalProjection.around(lon_lat_deg)
    first, last = points.streets()
    shape = ranges(first, last + 1)
    lines = Lines(
        ends=np.column_stack([points.ref[first], points.ref[last]]),
        osm_id=np.array(found.way_id, dtype=np.int64)[points.way[first]],
        xy_m=projection.to_xy_m(lon_lat_deg)[shape],
        start=np.concatenate([[0], np.cumsum(last - first + 1)]),
        tags=_tags(found, points, first, last),
    )
    assembled = assemble(projection, lines)
    return StreetMap(
        graph=assembled.graph,
        points_xy_m={
            name: projection.to_xy_m(np.array(places).reshape(-1, 2))
            for name, places in found.layers.items()
            if places  # that nobody mapped a lamp does not mean that it is dark
        },
        source=_source(path, found),
        notes=(*found.notes(points.num_missing), *assembled.notes),
    )


@dataclass
class _Found:
    """What one pass over the file gathered; a row a way, and a row a way's node."""

    way_id: list[int] = field(default_factory=list)
    text: dict[str, list[str]] = field(
        default_factory=lambda: {key: [] for key in _WAY_TEXT}
    )
    oneway: list[int] = field(default_factory=list)
    width_m: list[float] = field(default_factory=list)
    incline: list[float] = field(default_factory=list)
    refs: "array[int]" = field(default_factory=lambda: array("q"))
    units: "array[int]" = field(default_factory=lambda: array("i"))
    refs_of_way: list[int] = field(default_factory=list)
    obstacles: dict[int, tuple[float, str, float]] = field(default_factory=dict)
    layers: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {name: [] for name in _LAYERS.values()}
    )
    not_built: int = 0
    date: datetime | None = None

    def add_node(self, node: osmium.osm.Node) -> None:
        tags = dict(node.tags)
        for (key, value), layer in _LAYERS.items():
            if tags.get(key) == value:
                self.layers[layer].append((node.location.lon, node.location.lat))
        obstacle = (kerb_height_m(tags), blocking_barrier(tags), opening_m(tags))
        if obstacle[1] or not (math.isnan(obstacle[0]) and math.isnan(obstacle[2])):
            self.obstacles[node.id] = obstacle

    def add_way(self, way: osmium.osm.Way) -> None:
        tags = dict(way.tags)
        if tags.get("highway", "no") in NOT_BUILT:
            self.not_built += "highway" in tags
            return
        self.way_id.append(way.id)
        for key, column in self.text.items():
            column.append(tags.get(key, ""))
        self.oneway.append(parse_oneway(tags))
        self.width_m.append(
            parse_length_m(tags.get("width", tags.get("est_width", "")))
        )
        self.incline.append(parse_incline(tags.get("incline", "")))
        before = len(self.refs)
        for node in way.nodes:
            self.refs.append(node.ref)
            self.units.append(node.x)
            self.units.append(node.y)
        self.refs_of_way.append(len(self.refs) - before)
        if self.date is None or way.timestamp > self.date:
            self.date = way.timestamp

    def notes(self, num_missing: int) -> Iterable[str]:
        if num_missing:
            yield (
                f"nodes that ways name and the file lacks: {num_missing} left out, the "
                f"extract is cut off at its edge"
            )
        if self.not_built:
            yield f"ways that are not built: {self.not_built} left out"


def _gather(path: Path) -> _Found:
    found = _Found()
    try:
        reader = _open(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
        for entry in reader.with_filter(osmium.filter.KeyFilter(*_NODE_KEYS)):
            if isinstance(entry, osmium.osm.Node) and not entry.deleted:
                found.add_node(entry)
            elif isinstance(entry, osmium.osm.Way) and not entry.deleted:
                found.add_way(entry)
        _find_late_nodes(path, found)
        date = reader.header.get("osmosis_replication_timestamp")
        if date:
            found.date = datetime.fromisoformat(date)
    except (RuntimeError, ValueError, OSError) as error:  # what osmium raises
        raise MapError(
            f"cannot read {path.name} as OpenStreetMap data: {error}; check that the "
            f"download is complete and the ending is the file's true format"
        ) from error
    return found


def _open(path: Path, kinds: osmium.osm.osm_entity_bits) -> osmium.FileProcessor:
    # osmium itself does not know an ending in capitals.
    ending = next(e for e in ENDINGS if path.name.lower().endswith(e))
    return osmium.FileProcessor(osmium.io.File(path, ending.removeprefix(".")), kinds)


def _find_late_nodes(path: Path, found: _Found) -> None:
    """Look up places that were not known yet when a way needed them."""
    xs = np.frombuffer(found.units, dtype=np.int32)[::2]
    missing = {found.refs[i] for i in np.flatnonzero(xs == _NOWHERE)}
    if not missing:
        return
    del xs  # it holds the buffer
    late = {
        node.id: (node.location.x, node.location.y)
        for node in _open(path, osmium.osm.NODE)
        if isinstance(node, osmium.osm.Node) and node.id in missing and not node.deleted
    }
    for place, ref in enumerate(found.refs):
        if ref in late:
            found.units[2 * place], found.units[2 * place + 1] = late[ref]


@dataclass(frozen=True)
class _Points:
    """Nodes of all ways, one after another, without missing and repeated ones."""

    ref: NDArray[np.int64]
    units: NDArray[np.int32]
    way: NDArray[np.int64]
    piece: NDArray[np.int64]
    num_missing: int

    @classmethod
    def of(cls, found: _Found) -> "_Points":
        ref = np.array(found.refs, dtype=np.int64)
        units = np.array(found.units, dtype=np.int32).reshape(-1, 2)
        way = np.repeat(np.arange(len(found.way_id)), found.refs_of_way)
        known = units[:, 0] != _NOWHERE
        # A way falls into pieces where a node is missing.
        piece = np.cumsum((np.diff(way, prepend=-1) != 0) | ~known)
        new = (np.diff(ref, prepend=ref[:1] - 1) != 0) | (
            np.diff(piece, prepend=-1) != 0
        )
        kept = known & new
        kept[kept] = np.bincount(piece[kept])[piece[kept]] > 1
        return cls(ref[kept], units[kept], way[kept], piece[kept], int((~known).sum()))

    @property
    def num_streets(self) -> int:
        return len(self.streets()[0])

    def streets(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last point of each street: cut where ways end, meet or cross."""
        first = np.diff(self.piece, prepend=-1) != 0
        last = np.diff(self.piece, append=-1) != 0
        _, number, uses = np.unique(self.ref, return_inverse=True, return_counts=True)
        cut = np.flatnonzero(first | last | (uses[number] > 1))
        return cut[~last[cut]], cut[~first[cut]]


def _tags(
    found: _Found,
    points: _Points,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> StreetTags:
    way = points.way[first]
    columns = {key: np.array(found.text[key], dtype=object)[way] for key in _WAY_TEXT}
    numbers = {"width_m": found.width_m, "incline": found.incline}
    tags = StreetTags(
        **columns,
        **{key: np.array(column)[way] for key, column in numbers.items()},
        oneway=np.array(found.oneway, dtype=np.int8)[way],
        kerb_m=np.full(len(way), np.nan),
        barrier=np.full(len(way), "", dtype=object),
    )
    _mark_obstacles(found, points, (first, last), tags)
    return tags


def _mark_obstacles(
    found: _Found,
    points: _Points,
    streets: tuple[NDArray[np.int64], NDArray[np.int64]],
    tags: StreetTags,
) -> None:
    """Write kerbs, barriers and narrow openings to the streets they stand on."""
    first, last = streets
    at = np.flatnonzero(np.isin(points.ref, np.array(list(found.obstacles), np.int64)))
    for point in at:
        kerb_m, barrier, width_m = found.obstacles[int(points.ref[point])]
        # A point where one street ends and the next begins is on both.
        for street in range(
            int(np.searchsorted(last, point)),
            int(np.searchsorted(first, point, "right")),
        ):
            tags.kerb_m[street] = np.fmax(tags.kerb_m[street], kerb_m)
            tags.width_m[street] = np.fmin(tags.width_m[street], width_m)
            tags.barrier[street] = tags.barrier[street] or barrier


def _source(path: Path, found: _Found) -> str:
    if found.date is None or found.date <= datetime(1971, 1, 1, tzinfo=UTC):
        return f"{path.name}, {LICENCE}"
    return f"{path.name}, newest change {found.date:%Y-%m-%d}, {LICENCE}"

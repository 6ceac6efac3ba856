"""Streets from GeoPackage and GeoJSON files: osmnx's layers, or plain lines."""

import csv
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from maps.assemble import Assembled, Lines, assemble, ranges
from maps.networkx_graphs import assemble_networkx
from maps.project import LocalProjection, to_degrees
from maps.street_map import StreetMap
from maps.tag_rows import TAG_COLUMNS, tags_of, whole_number
from patrol.errors import MapError

_LINES = frozenset({"LineString", "MultiLineString"})
_ID_COLUMNS = ("osmid", "osm_id", "@id", "id")


def read_gpkg(path: Path) -> StreetMap:
    """
    Read streets from a GeoPackage or a GeoJSON file.

    Layers ``nodes`` and ``edges`` as osmnx saves them are read as that graph. From
    any other file the only layer of lines is taken: lines are joined where they end
    at the same point, and cut where another one ends at one of their inner points.
    Lines that cross without such a point pass over each other.

    Raises
    ------
    MapError
        If the file cannot be read, names no coordinate reference system, or has no
        layer of lines or more than one.
    """
    try:
        with warnings.catch_warnings():
            # What GDAL only warns of, it can read; what it cannot, it raises.
            warnings.simplefilter("ignore", RuntimeWarning)
            assembled = _assemble(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise MapError(
            f"cannot read {path.name}: {error}; check that the file is whole and its "
            f"ending is its true format"
        ) from error
    return StreetMap(assembled.graph, source=path.name, notes=assembled.notes)


def read_wkt(path: Path) -> StreetMap:
    """
    Read streets from a CSV file with a column of WKT lines in longitude and latitude.

    So Korean cities publish their official links. The column is the one whose name
    ends in ``wkt``; lines are joined as in `read_gpkg`.

    Raises
    ------
    MapError
        If the file cannot be read, has no such column, or a line is no WKT.
    """
    names, rows = _csv_rows(path)
    at = [k for k, name in enumerate(names) if name.strip().casefold().endswith("wkt")]
    if len(at) != 1 or not rows:
        raise MapError(
            f"{path.name} has {len(rows)} rows and {len(at)} columns whose name ends "
            f"in 'wkt', its columns are {', '.join(names) or 'none'}: there must be "
            f"one such column, with lines in longitude and latitude"
        )
    whole = [row for row in rows if len(row) == len(names)]
    try:
        shapes = shapely.from_wkt([row[at[0]] for row in whole])
    except shapely.errors.GEOSException as error:
        raise MapError(
            f"{path.name} has a row whose line is no WKT: {error}; write such as "
            f"LINESTRING (126.95 37.47, 126.96 37.47)"
        ) from error
    columns = {
        name: np.array([row[k] or None for row in whole], dtype=object)
        for k, name in enumerate(names)
        if k != at[0]
    }
    assembled = _assemble_plain(_Table("EPSG:4326", shapes, columns))
    left_out = len(rows) - len(whole)
    notes = (f"{left_out} rows without all columns left out",) if left_out else ()
    return StreetMap(
        assembled.graph, source=path.name, notes=(*notes, *assembled.notes)
    )


def _csv_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = path.read_text(encoding)
        except UnicodeDecodeError:
            continue
        try:
            names, *rows = [row for row in csv.reader(text.splitlines()) if row] or [[]]
        except csv.Error as error:
            raise MapError(f"{path.name} is no CSV: {error}") from error
        return names, rows
    raise MapError(f"{path.name} is neither UTF-8 nor CP949 text: save it as UTF-8")


def _assemble(path: Path) -> Assembled:
    layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(path)]
    names = {name for name, _ in layers}
    if {"nodes", "edges"} <= names and "u" in _columns(path, "edges"):
        return assemble_networkx(_osmnx_graph(path))
    return _assemble_plain(_Table.read(path, _only_lines(path, layers)))


@dataclass(frozen=True)
class _Table:
    """One layer: geometries and columns, rows without a geometry left out."""

    crs: str
    shapes: NDArray[np.object_]
    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def read(cls, path: Path, layer: str) -> "_Table":
        meta, _, geometry, columns = pyogrio.raw.read(path, layer=layer)
        if not meta["crs"]:
            raise MapError(
                f"layer {layer!r} of {path.name} names no coordinate reference system: "
                f"set one, such as EPSG:4326 for longitude and latitude"
            )
        shapes = np.asarray(shapely.from_wkb(geometry), dtype=object)
        there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        named = zip(meta["fields"], columns, strict=True)
        return cls(meta["crs"], shapes[there], {str(k): v[there] for k, v in named})

    def rows(self, keys: tuple[str, ...]) -> list[dict[str, object]]:
        kept = {key: self.columns[key].tolist() for key in keys if key in self.columns}
        return [
            {key: values[row] for key, values in kept.items()}
            for row in range(len(self.shapes))
        ]


def _columns(path: Path, layer: str) -> set[str]:
    return {str(name) for name in pyogrio.read_info(path, layer=layer)["fields"]}


def _only_lines(path: Path, layers: list[tuple[str, str]]) -> str:
    # "Unknown" is what a layer of several kinds of geometry says of itself.
    lines = [
        name for name, kind in layers if kind.split(" ")[0] in _LINES | {"Unknown"}
    ]
    if len(lines) != 1:
        listed = ", ".join(f"{name} ({kind})" for name, kind in layers) or "none"
        raise MapError(
            f"{path.name} has {len(lines)} layers of lines, its layers are {listed}: "
            f"keep the one with the streets"
        )
    return lines[0]


def _osmnx_graph(path: Path) -> "nx.MultiGraph[int]":
    nodes, edges = _Table.read(path, "nodes"), _Table.read(path, "edges")
    pairs = [
        (int(u), int(v))
        for u, v in zip(edges.columns["u"], edges.columns["v"], strict=True)
    ]
    # osmnx saves both directions of a street, or each street once: no mirror images.
    known = set(pairs)
    directed = any(u != v and (v, u) in known for u, v in pairs)
    graph: nx.MultiGraph[int] = nx.MultiDiGraph() if directed else nx.MultiGraph()
    places = to_degrees(shapely.get_coordinates(nodes.shapes), nodes.crs)
    osm_ids = nodes.columns["osmid"].tolist()
    for node, (x, y) in zip(osm_ids, places.tolist(), strict=True):
        graph.add_node(int(node), x=x, y=y)
    rows = edges.rows((*TAG_COLUMNS, "osmid", "reversed"))
    for (u, v), shape, row in zip(pairs, _in_degrees(edges), rows, strict=True):
        graph.add_edge(u, v, **row, geometry=shape)
    return graph


def _in_degrees(table: _Table) -> NDArray[np.object_]:
    shapes = shapely.force_2d(table.shapes)
    moved = shapely.transform(shapes, lambda points: to_degrees(points, table.crs))
    return np.asarray(moved, dtype=object)


def _assemble_plain(table: _Table) -> Assembled:
    parts, row = shapely.get_parts(table.shapes, return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, row = parts[is_line], row[is_line]
    if not len(parts):
        raise MapError(f"none of {len(table.shapes)} shapes is a line: no streets")
    points, line = shapely.get_coordinates(parts, return_index=True)
    lon_lat_deg = to_degrees(points, table.crs)
    projection = LocalProjection.around(lon_lat_deg)
    xy_m = projection.to_xy_m(lon_lat_deg)

    # Equal to the millimetre is the same point.
    _, name = np.unique(xy_m, axis=0, return_inverse=True)
    first, last = _cut(name, line)
    rows = table.rows((*TAG_COLUMNS, *_ID_COLUMNS))
    row_of = row[line[first]]
    osm_id = [_osm_id(one) for one in rows]
    lines = Lines(
        ends=np.column_stack([name[first], name[last]]),
        osm_id=np.array(osm_id, dtype=np.int64)[row_of],
        xy_m=xy_m[ranges(first, last + 1)],
        start=np.concatenate([[0], np.cumsum(last - first + 1)]),
        tags=tags_of(rows).take(row_of),
    )
    assembled = assemble(projection, lines)
    # A plain file numbers no nodes; 0 is no number of OpenStreetMap's.
    unnamed = np.zeros(assembled.graph.num_nodes, dtype=np.int64)
    return replace(assembled, graph=replace(assembled.graph, node_osm_id=unnamed))


def _cut(
    name: NDArray[np.int64], line: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last point of each piece, lines being cut where lines end."""
    first = np.diff(line, prepend=-1) != 0
    last = np.diff(line, append=-1) != 0
    is_end = np.zeros(name.max() + 1, dtype=bool)
    is_end[name[first | last]] = True
    cut = np.flatnonzero(is_end[name])
    return cut[~last[cut]], cut[~first[cut]]


def _osm_id(row: Mapping[str, object]) -> int:
    return next((whole_number(row[key]) for key in _ID_COLUMNS if key in row), 0)

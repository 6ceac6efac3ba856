"""Streets from networkx and osmnx graphs, and back."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from maps.assemble import Assembled, Lines, assemble, ranges
from maps.graph import NUMBER_TAGS, TEXT_TAGS, StreetGraph, StreetTags
from maps.project import LocalProjection, to_degrees
from maps.street_map import StreetMap
from maps.tag_rows import tags_of, whole_number
from patrol.errors import MapError

_ORIGIN = "patrol_origin"  # graph attribute: the plane survives a round trip


def from_networkx(graph: "nx.Graph[Any]") -> StreetGraph:
    """
    Take over a networkx graph, such as osmnx makes.

    Nodes need ``x`` and ``y``: longitude and latitude, or coordinates in the graph's
    ``crs``. Edges may have a ``geometry`` and OpenStreetMap tags. Two directed edges
    that run the same course in opposite directions are one street; one without its
    opposite is a one-way street. Lengths are measured anew.

    Raises
    ------
    MapError
        If a node has no place, the coordinates are not on earth, or no edge has a
        length.
    """
    return assemble_networkx(graph).graph


def assemble_networkx(graph: "nx.Graph[Any]") -> Assembled:
    """
    Do as `from_networkx`, and count the edges of no length.

    Raises
    ------
    MapError
        As `from_networkx`.
    """
    nodes = _ordered_nodes(graph)
    edges = _Edges.of(graph, nodes)
    edges = edges.merged() if graph.is_directed() else edges.facing_their_shapes()
    lines = Lines(
        ends=edges.ends,
        osm_id=np.array([whole_number(r.get("osmid")) for r in edges.rows], np.int64),
        xy_m=edges.xy_m,
        start=edges.start,
        tags=edges.tags(),
    )
    assembled = assemble(edges.projection, lines.tied_to(edges.node_xy_m))
    osm_id = np.array([_osm_id(graph, node) for node in nodes], dtype=np.int64)
    named = osm_id[assembled.graph.node_osm_id]  # so far these are places in `nodes`
    return replace(assembled, graph=replace(assembled.graph, node_osm_id=named))


def to_networkx(graph: StreetGraph) -> "nx.MultiGraph[int]":
    """
    Give the streets as a networkx graph.

    Nodes and edge keys are Patrol's own numbers. Nodes have ``x``, ``y`` (longitude,
    latitude) and ``osmid``; edges have ``osmid``, ``length`` (m), ``geometry`` and the
    tags that are known. `from_networkx` gives the same streets back.
    """
    plane = graph.projection
    result: nx.MultiGraph[int] = nx.MultiGraph()
    result.graph.update({"crs": "EPSG:4326", _ORIGIN: (plane.lon_deg, plane.lat_deg)})
    places = plane.to_lon_lat_deg(graph.node_xy_m).tolist()
    for node, (lon, lat) in enumerate(places):
        result.add_node(node, x=lon, y=lat, osmid=int(graph.node_osm_id[node]))
    line = np.repeat(np.arange(graph.num_edges), np.diff(graph.shape_start))
    shapes = plane.to_lon_lat_deg(graph.shape_xy_m)
    lines = np.asarray(shapely.linestrings(shapes, indices=line), dtype=object)
    for street, (first, last) in enumerate(graph.edge_nodes.tolist()):
        known = {
            "osmid": int(graph.edge_osm_id[street]),
            "length": float(graph.edge_length_m[street]),
            "geometry": lines[street],
        } | _known_tags(graph.tags, street)
        result.add_edge(first, last, street, **known)
    return result


def read_graphml(path: Path) -> StreetMap:
    """
    Read a GraphML file saved by osmnx.

    Raises
    ------
    MapError
        If the file is not such a graph.
    """
    import osmnx as ox  # slow to import, and needed for this format alone

    try:
        graph = ox.load_graphml(path)
    except (ParseError, ValueError, KeyError, OSError, nx.NetworkXException) as error:
        raise MapError(
            f"cannot read {path.name} as a GraphML file of osmnx: {error!r}; save it "
            f"again by osmnx.save_graphml()"
        ) from error
    # Old versions of osmnx wrote a dictionary as text: {'init': 'epsg:4326'}.
    old_crs = re.fullmatch(r"\{.*(epsg:\d+).*\}", str(graph.graph.get("crs")))
    if old_crs:
        graph.graph["crs"] = old_crs[1]
    assembled = assemble_networkx(graph)
    origin = graph.graph.get("source", graph.graph.get("created_with", "GraphML"))
    return StreetMap(
        assembled.graph, source=f"{path.name}, {origin}", notes=assembled.notes
    )


@dataclass(frozen=True)
class _Edges:
    """Edges of a networkx graph as arrays; like `Lines`, with their attributes."""

    projection: LocalProjection
    node_xy_m: NDArray[np.float64]
    ends: NDArray[np.int64]
    xy_m: NDArray[np.float64]
    start: NDArray[np.int64]
    rows: list[Mapping[str, object]]
    oneway: NDArray[np.int8] | None = None

    @classmethod
    def of(cls, graph: "nx.Graph[Any]", nodes: list[Any]) -> "_Edges":
        crs = graph.graph.get("crs")
        number = {node: i for i, node in enumerate(nodes)}
        places = to_degrees([_place(graph, node) for node in nodes], crs)
        found = _listed(graph)
        if not found:
            raise MapError(
                f"a graph of {len(nodes)} nodes has no edge: choose a larger area"
            )
        ends = np.array([(number[u], number[v]) for u, v, _ in found], dtype=np.int64)
        rows = [data for _, _, data in found]
        lines = _shapes(rows)
        straight = np.flatnonzero(shapely.is_missing(lines))
        inner, line = shapely.get_coordinates(lines, return_index=True)
        # An edge without a geometry runs straight between its two nodes.
        shape = np.concatenate([to_degrees(inner, crs), places[ends[straight].ravel()]])
        line = np.concatenate([line, np.repeat(straight, 2)])
        order = np.argsort(line, kind="stable")
        projection = _projection(graph, shape)
        return cls(
            projection=projection,
            node_xy_m=projection.to_xy_m(places),
            ends=ends,
            xy_m=projection.to_xy_m(shape[order]),
            start=np.searchsorted(line[order], np.arange(len(rows) + 1)).astype(
                np.int64
            ),
            rows=rows,
        )

    def facing_their_shapes(self) -> "_Edges":
        """Turn the ends of undirected edges so that they follow the geometry."""
        turned = self._against()
        ends = np.where(turned[:, None], self.ends[:, ::-1], self.ends)
        return replace(self, ends=ends)

    def merged(self) -> "_Edges":
        """Make one street of two directed edges that mirror each other."""
        turned = self._against()
        if turned.any():
            return replace(self, xy_m=self.xy_m[self._points(turned)]).merged()
        kept, oneway = _mirror_pairs(self)
        points = ranges(self.start[kept], self.start[kept + 1])
        return replace(
            self,
            ends=self.ends[kept],
            xy_m=self.xy_m[points],
            start=np.concatenate([[0], np.cumsum(np.diff(self.start)[kept])]),
            rows=[self.rows[edge] for edge in kept],
            oneway=oneway,
        )

    def tags(self) -> StreetTags:
        tags = tags_of(self.rows)
        return tags if self.oneway is None else replace(tags, oneway=self.oneway)

    def _against(self) -> NDArray[np.bool_]:
        first, last = self.xy_m[self.start[:-1]], self.xy_m[self.start[1:] - 1]
        tail, head = self.node_xy_m[self.ends[:, 0]], self.node_xy_m[self.ends[:, 1]]
        along_m = np.hypot(*(first - tail).T) + np.hypot(*(last - head).T)
        against_m = np.hypot(*(first - head).T) + np.hypot(*(last - tail).T)
        return np.asarray(against_m < along_m, dtype=np.bool_)

    def _points(self, turned: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Places of all points, the ones of turned edges backwards."""
        size = np.diff(self.start)
        place = np.arange(len(self.xy_m))
        mirrored = np.repeat(self.start[:-1] + self.start[1:] - 1, size) - place
        return np.where(np.repeat(turned, size), mirrored, place)


def _mirror_pairs(edges: _Edges) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Edges to keep, ascending, and the direction for vehicles of each."""
    waiting: dict[tuple[int, int, bytes], list[int]] = defaultdict(list)
    oneway: dict[int, int] = {}
    for edge, (tail, head) in enumerate(edges.ends.tolist()):
        shape = edges.xy_m[edges.start[edge] : edges.start[edge + 1]]
        mirrored = waiting[(head, tail, shape[::-1].tobytes())]
        if mirrored:
            oneway[mirrored.pop(0)] = 0
        else:
            waiting[(tail, head, shape.tobytes())].append(edge)
            oneway[edge] = 1
    kept = sorted(oneway)
    return np.array(kept, dtype=np.int64), np.array([oneway[e] for e in kept], np.int8)


def _ordered_nodes(graph: "nx.Graph[Any]") -> list[Any]:
    nodes = list(graph.nodes)
    return sorted(nodes) if all(isinstance(node, int) for node in nodes) else nodes


def _listed(graph: "nx.Graph[Any]") -> list[tuple[Any, Any, Mapping[str, object]]]:
    edges: list[tuple[Any, Any, Mapping[str, object]]]
    if _ORIGIN in graph.graph and isinstance(graph, nx.MultiGraph):
        keyed = sorted(graph.edges(keys=True, data=True), key=lambda edge: edge[2])
        edges = [(u, v, data) for u, v, _, data in keyed]
    else:
        edges = list(graph.edges(data=True))
    # OpenStreetMap's own direction of a way comes first, so that streets have it.
    return sorted(edges, key=lambda edge: edge[2].get("reversed") is True)


def _shapes(rows: list[Mapping[str, object]]) -> NDArray[np.object_]:
    lines = np.empty(len(rows), dtype=object)
    for place, row in enumerate(rows):
        shape = row.get("geometry")
        lines[place] = shapely.from_wkt(shape) if isinstance(shape, str) else shape
        if lines[place] is not None and lines[place].geom_type != "LineString":
            raise MapError(
                f"edge {place} has a {lines[place].geom_type} as geometry: it must be "
                f"a LineString, or absent for a straight street"
            )
    return lines


def _place(graph: "nx.Graph[Any]", node: object) -> tuple[float, float]:
    data = graph.nodes[node]
    try:
        return float(data["x"]), float(data["y"])
    except (KeyError, TypeError, ValueError) as error:
        raise MapError(
            f"node {node} has x {data.get('x')!r} and y {data.get('y')!r}: every node "
            f"needs both as numbers"
        ) from error


def _osm_id(graph: "nx.Graph[Any]", node: object) -> int:
    return whole_number(graph.nodes[node].get("osmid", node))


def _projection(
    graph: "nx.Graph[Any]", shape_lon_lat_deg: NDArray[np.float64]
) -> LocalProjection:
    if _ORIGIN in graph.graph:
        return LocalProjection(*graph.graph[_ORIGIN])
    return LocalProjection.around(shape_lon_lat_deg)


def _known_tags(tags: StreetTags, street: int) -> dict[str, object]:
    texts = {tag: getattr(tags, tag)[street] for tag in TEXT_TAGS}
    numbers = {tag: float(getattr(tags, tag)[street]) for tag in NUMBER_TAGS}
    known: dict[str, object] = {tag: text for tag, text in texts.items() if text}
    known |= {tag: number for tag, number in numbers.items() if number == number}
    return known | {"oneway": int(tags.oneway[street])}

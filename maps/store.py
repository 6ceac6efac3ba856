"""
Maps in one GeoParquet file, bit for bit.

The rows are the streets (lines), the nodes and then the things beside the streets
(points), told apart by the column ``layer``. Coordinates are in the plane of the map,
so that they come back as they were and the digest holds. Other programs read the file
as GeoParquet 1.1; what only Patrol needs is under the metadata key ``patrol``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from maps.graph import NUMBER_TAGS, TEXT_TAGS, StreetGraph, StreetTags
from maps.project import LocalProjection
from maps.snap import point_geometries, street_lines
from maps.street_map import StreetMap
from patrol.errors import MapError
from patrol.files import atomic_path

FORMAT_VERSION = 1
"""Version of the file's layout; raised whenever an older Patrol could not read it."""

STREETS, NODES = "streets", "nodes"
"""Values of ``layer`` that are not point layers."""

_KEY = b"patrol"
_REBUILD = "build it again by `patrol map build`"


def save_map(street_map: StreetMap, path: Path) -> None:
    """
    Write a map as GeoParquet, whole or not at all.

    Raises
    ------
    MapError
        If a point layer has a name that the file needs for itself.
    OSError
        If the file cannot be written.
    """
    taken = {STREETS, NODES} & set(street_map.points_xy_m)
    if taken:
        raise MapError(f"a point layer cannot be called {min(taken)!r}: rename it")
    geometry, layer = _rows(street_map)
    table = pa.table(
        {
            "layer": pa.array(layer).dictionary_encode(),
            "geometry": pa.array(shapely.to_wkb(geometry), pa.binary()),
            **_columns(street_map.graph, len(layer)),
        }
    )
    metadata = {"geo": _geo(street_map), _KEY.decode(): _own(street_map)}
    table = table.replace_schema_metadata(
        {key: json.dumps(value, ensure_ascii=False) for key, value in metadata.items()}
    )
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def load_map(path: Path) -> StreetMap:
    """
    Read a map that `save_map` wrote.

    Raises
    ------
    MapError
        If the file is absent, damaged, not a map of Patrol, or of a newer format.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            own = _checked_metadata(file.schema_arrow.metadata, path)
            table = file.read()
        street_map = _street_map(table, own)
    except (pa.ArrowException, OSError) as error:
        raise MapError(
            f"cannot read {path.name}: {str(error).rstrip('.')}; check the path, or "
            f"{_REBUILD}"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, MapError):
            raise
        raise MapError(f"{path.name} is damaged ({error!r}): {_REBUILD}") from error
    if street_map.graph.digest != own["digest"]:
        raise MapError(
            f"{path.name} is damaged: its streets have the digest "
            f"{street_map.graph.digest[:12]}, it says {str(own['digest'])[:12]}; "
            f"{_REBUILD}"
        )
    return street_map


def _rows(street_map: StreetMap) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    graph = street_map.graph
    parts = {STREETS: street_lines(graph), NODES: point_geometries(graph.node_xy_m)}
    parts |= {
        name: point_geometries(xy_m) for name, xy_m in street_map.points_xy_m.items()
    }
    layer = np.repeat(
        np.array(list(parts), dtype=object), list(map(len, parts.values()))
    )
    return np.concatenate(list(parts.values())), layer


def _columns(graph: StreetGraph, num_rows: int) -> Mapping[str, pa.Array]:
    tags = graph.tags
    osm_id = np.concatenate([graph.edge_osm_id, graph.node_osm_id])
    columns = {
        "osm_id": osm_id,
        "first_node": graph.edge_nodes[:, 0],
        "last_node": graph.edge_nodes[:, 1],
        "length_m": graph.edge_length_m,
        **{tag: getattr(tags, tag) for tag in (*TEXT_TAGS, *NUMBER_TAGS, "oneway")},
    }
    return {name: _padded(values, num_rows) for name, values in columns.items()}


def _padded(values: NDArray[Any], num_rows: int) -> pa.Array:
    """Nulls where a row is of another layer."""
    column = pa.array(values, pa.string() if values.dtype == object else None)
    rest = pa.nulls(num_rows - len(values), column.type)
    return pa.concat_arrays([column, rest])


def _geo(street_map: StreetMap) -> Mapping[str, object]:
    graph = street_map.graph
    low, high = graph.shape_xy_m.min(axis=0), graph.shape_xy_m.max(axis=0)
    for xy_m in street_map.points_xy_m.values():
        low, high = (
            np.vstack([low, xy_m]).min(axis=0),
            np.vstack([high, xy_m]).max(axis=0),
        )
    column = {
        "encoding": "WKB",
        "geometry_types": ["LineString", "Point"],
        "crs": graph.projection.crs.to_json_dict(),
        "bbox": [*low.tolist(), *high.tolist()],
    }
    return {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": column},
    }


def _own(street_map: StreetMap) -> Mapping[str, object]:
    plane = street_map.graph.projection
    return {
        "format": FORMAT_VERSION,
        "projection": {"lon_deg": plane.lon_deg, "lat_deg": plane.lat_deg},
        "source": street_map.source,
        "notes": list(street_map.notes),
        "digest": street_map.graph.digest,
        "nodes": street_map.graph.num_nodes,
        "streets": street_map.graph.num_edges,
        "points": {name: len(xy) for name, xy in street_map.points_xy_m.items()},
    }


def _checked_metadata(
    metadata: Mapping[bytes, bytes] | None, path: Path
) -> dict[str, Any]:
    if not metadata or _KEY not in metadata:
        raise MapError(
            f"{path.name} is a Parquet file, but not a map of Patrol: make one by "
            f"`patrol map build`"
        )
    own: dict[str, Any] = json.loads(metadata[_KEY])
    if own["format"] != FORMAT_VERSION:
        raise MapError(
            f"{path.name} has map format {own['format']}, this Patrol reads "
            f"{FORMAT_VERSION}: update Patrol, or {_REBUILD}"
        )
    return own


def _street_map(table: pa.Table, own: Mapping[str, Any]) -> StreetMap:
    shapes = shapely.from_wkb(table["geometry"].to_numpy())
    m, n = int(own["streets"]), int(own["nodes"])
    layers, first = {}, m + n
    for name, size in own["points"].items():
        layers[name] = shapely.get_coordinates(shapes[first : first + size])
        first += size
    if first != len(shapes):
        raise ValueError(f"{len(shapes)} rows, {first} expected")
    return StreetMap(
        graph=_graph(table, np.asarray(shapes, dtype=object), own),
        points_xy_m=layers,
        source=str(own["source"]),
        notes=tuple(own["notes"]),
    )


def _graph(
    table: pa.Table, shapes: NDArray[np.object_], own: Mapping[str, Any]
) -> StreetGraph:
    m, n = int(own["streets"]), int(own["nodes"])
    xy_m, line = shapely.get_coordinates(shapes[:m], return_index=True)
    streets = table.slice(0, m)
    column = {name: streets[name].to_numpy() for name in streets.column_names}
    return StreetGraph(
        projection=LocalProjection(**own["projection"]),
        node_xy_m=shapely.get_coordinates(shapes[m : m + n]),
        node_osm_id=table["osm_id"].slice(m, n).to_numpy().copy(),
        edge_nodes=np.column_stack([column["first_node"], column["last_node"]]),
        edge_length_m=column["length_m"].copy(),
        edge_osm_id=column["osm_id"].copy(),
        shape_xy_m=xy_m,
        shape_start=np.searchsorted(line, np.arange(m + 1)).astype(np.int64),
        tags=StreetTags(
            **{tag: column[tag] for tag in TEXT_TAGS},
            **{tag: column[tag].astype(np.float64) for tag in NUMBER_TAGS},
            oneway=column["oneway"].astype(np.int8),
        ),
    )

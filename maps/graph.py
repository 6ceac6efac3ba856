"""
The street network as arrays.

A street is an undirected piece of way between two nodes, and it is one number
everywhere: its row in ``edge_nodes``. Arrays are the truth; a networkx graph is
a view that others may want (`maps.networkx_graphs`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from maps.project import LocalProjection
from patrol.errors import MapError

SHORTEST_M = 0.001
"""Shortest street: coordinates are kept to the millimetre."""


@dataclass(frozen=True)
class StreetTags:
    """
    What OpenStreetMap says of each street; one value a street, shape ``(m,)``.

    Attributes
    ----------
    highway
        Class, such as ``residential`` or ``footway``.
    name, service, surface, access, foot, lit
        Tag values as text, empty where the tag is absent.
    oneway
        1 along the street's direction, -1 against it, 0 both ways (for vehicles).
    width_m
        Width in metres, NaN where unknown.
    incline
        Grade as rise over run along the street's direction, NaN where unknown.
    kerb_m
        Highest known kerb on the way, in metres, NaN where unknown.
    barrier
        First barrier on the way that may stop a robot, such as ``stile``; empty
        where there is none.
    """

    highway: NDArray[np.object_]
    name: NDArray[np.object_]
    service: NDArray[np.object_]
    surface: NDArray[np.object_]
    access: NDArray[np.object_]
    foot: NDArray[np.object_]
    lit: NDArray[np.object_]
    oneway: NDArray[np.int8]
    width_m: NDArray[np.float64]
    incline: NDArray[np.float64]
    kerb_m: NDArray[np.float64]
    barrier: NDArray[np.object_]

    @classmethod
    def empty(cls, num_edges: int) -> "StreetTags":
        """Tags of streets of which nothing is known."""
        return cls(
            **{tag: np.full(num_edges, "", dtype=object) for tag in TEXT_TAGS},
            **{tag: np.full(num_edges, np.nan) for tag in NUMBER_TAGS},
            oneway=np.zeros(num_edges, dtype=np.int8),
        )

    def take(self, streets: NDArray[np.int64]) -> "StreetTags":
        """Tags of some streets, in the order asked for, shape ``(k,)`` each."""
        return StreetTags(
            **{f.name: getattr(self, f.name)[streets] for f in fields(self)}
        )


TEXT_TAGS = (
    "highway", "name", "service", "surface", "access", "foot", "lit", "barrier",
)  # fmt: skip
"""Names of the tags that hold text."""

NUMBER_TAGS = ("width_m", "incline", "kerb_m")
"""Names of the tags that hold a number or NaN."""


@dataclass(frozen=True)
class StreetGraph:
    """
    Street network with ``n`` nodes and ``m`` streets (edges), undirected.

    Loops and parallel streets are allowed. Arrays are read-only.

    Attributes
    ----------
    projection
        Plane in which all coordinates are given.
    node_xy_m
        Metres east and north, shape ``(n, 2)``.
    node_osm_id
        OpenStreetMap's number of each node, shape ``(n,)``.
    edge_nodes
        First and last node of each street, shape ``(m, 2)``.
    edge_length_m
        Length along the street, shape ``(m,)``, above 0.
    edge_osm_id
        OpenStreetMap's number of the way of each street, shape ``(m,)``.
    shape_xy_m
        Points of all streets, one after another, shape ``(p, 2)``.
    shape_start
        Street ``e`` has the points ``shape_start[e]:shape_start[e + 1]``, at
        least two, from its first node to its last; shape ``(m + 1,)``.
    tags
        What the map says of each street.

    Raises
    ------
    MapError
        If the arrays do not fit each other.
    """

    projection: LocalProjection
    node_xy_m: NDArray[np.float64]
    node_osm_id: NDArray[np.int64]
    edge_nodes: NDArray[np.int64]
    edge_length_m: NDArray[np.float64]
    edge_osm_id: NDArray[np.int64]
    shape_xy_m: NDArray[np.float64]
    shape_start: NDArray[np.int64]
    tags: StreetTags = field(repr=False)

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_values(self)
        for array in _arrays(self).values():
            array.flags.writeable = False

    @property
    def num_nodes(self) -> int:
        """Number of nodes, ``n``."""
        return len(self.node_xy_m)

    @property
    def num_edges(self) -> int:
        """Number of streets, ``m``."""
        return len(self.edge_nodes)

    @property
    def length_m(self) -> float:
        """Length of all streets."""
        return float(self.edge_length_m.sum())

    @cached_property
    def digest(self) -> str:
        """Name of this very network: SHA-256 of its arrays, 64 hex digits."""
        sha = hashlib.sha256(repr(self.projection).encode())
        for name, array in sorted(_arrays(self).items()):
            sha.update(f"{name}{array.shape}".encode())
            if array.dtype == object:
                sha.update("\0".join(array).encode())
            else:
                sha.update(_plain(array))
        return sha.hexdigest()

    def shape_of(self, street: int) -> NDArray[np.float64]:
        """Points of one street from its first node to its last, shape ``(q, 2)``."""
        return self.shape_xy_m[self.shape_start[street] : self.shape_start[street + 1]]


def _arrays(graph: StreetGraph) -> Mapping[str, NDArray[np.generic]]:
    own = {f.name: getattr(graph, f.name) for f in fields(graph)}
    tags = {f"tags.{f.name}": getattr(graph.tags, f.name) for f in fields(StreetTags)}
    return {
        name: value
        for name, value in (own | tags).items()
        if isinstance(value, np.ndarray)
    }


def _plain(array: NDArray[np.generic]) -> bytes:
    # The digest must not depend on the machine's word size or byte order, nor on
    # which of its many NaNs and two zeros a computation left.
    if array.dtype.kind != "f":
        return array.astype("<i8").tobytes()
    numbers = array.astype("<f8") + 0.0
    numbers[np.isnan(numbers)] = np.nan
    return numbers.tobytes()


def _check_shapes(graph: StreetGraph) -> None:
    n, m = len(graph.node_xy_m), len(graph.edge_nodes)
    expected: dict[str, tuple[int, ...]] = {
        "node_xy_m": (n, 2),
        "node_osm_id": (n,),
        "edge_nodes": (m, 2),
        "edge_length_m": (m,),
        "edge_osm_id": (m,),
        "shape_xy_m": (len(graph.shape_xy_m), 2),
        "shape_start": (m + 1,),
    }
    expected |= {f"tags.{f.name}": (m,) for f in fields(StreetTags)}
    for name, array in _arrays(graph).items():
        if array.shape != expected[name]:
            raise MapError(
                f"{name} has shape {array.shape}, expected {expected[name]} for "
                f"{n} nodes and {m} streets"
            )


def _check_values(graph: StreetGraph) -> None:
    if graph.num_edges == 0:
        raise MapError("a street network of 0 streets: it must have at least one")
    _refuse(
        np.any((graph.edge_nodes < 0) | (graph.edge_nodes >= graph.num_nodes), axis=1),
        f"ends at a node outside 0..{graph.num_nodes - 1}",
    )
    _refuse(
        ~(graph.edge_length_m >= SHORTEST_M) | ~np.isfinite(graph.edge_length_m),
        f"has a length under {SHORTEST_M} m or none",
    )
    for name in ("node_xy_m", "shape_xy_m"):
        if not np.isfinite(getattr(graph, name)).all():
            raise MapError(f"{name} holds a coordinate that is not a finite number")
    _check_geometry(graph)


def _check_geometry(graph: StreetGraph) -> None:
    start = graph.shape_start
    if start[0] != 0 or start[-1] != len(graph.shape_xy_m):
        raise MapError(
            f"shape_start runs from {start[0]} to {start[-1]}, expected 0 to "
            f"{len(graph.shape_xy_m)}"
        )
    _refuse(np.diff(start) < 2, "has fewer than 2 points")
    ends = graph.node_xy_m[graph.edge_nodes]
    _refuse(
        np.any(graph.shape_xy_m[start[:-1]] != ends[:, 0], axis=1)
        | np.any(graph.shape_xy_m[start[1:] - 1] != ends[:, 1], axis=1),
        "has a shape that does not start and end at its nodes",
    )


def _refuse(bad: NDArray[np.bool_], what: str) -> None:
    if bad.any():
        raise MapError(f"{bad.sum()} streets: the first, {bad.argmax()}, {what}")

"""Street networks and other values for property tests."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps import LocalProjection, StreetGraph, StreetTags

GWANAK = LocalProjection(126.9514, 37.4781)


def graph_of(
    node_xy_m: NDArray[np.float64], edges: list[tuple[int, int]]
) -> StreetGraph:
    """Straight residential streets between nodes; a loop goes round a square."""
    shapes = [_shape(node_xy_m, a, b) for a, b in edges]
    tags = StreetTags.empty(len(edges))
    tags.highway[:] = "residential"
    return StreetGraph(
        projection=GWANAK,
        node_xy_m=node_xy_m,
        node_osm_id=np.arange(len(node_xy_m)) + 1000,
        edge_nodes=np.array(edges, dtype=np.int64).reshape(-1, 2),
        edge_length_m=np.array([_length(shape) for shape in shapes]),
        edge_osm_id=np.arange(len(edges)) + 5000,
        shape_xy_m=np.concatenate(shapes),
        shape_start=np.cumsum([0, *map(len, shapes)]),
        tags=tags,
    )


def grid_graph(rows: int, cols: int, *, spacing_m: float = 100.0) -> StreetGraph:
    """Square blocks: node ``r * cols + c`` stands at column c, row r."""
    xy = np.array(
        [(c * spacing_m, r * spacing_m) for r in range(rows) for c in range(cols)]
    )
    across = [
        (r * cols + c, r * cols + c + 1) for r in range(rows) for c in range(cols - 1)
    ]
    up = [
        (r * cols + c, (r + 1) * cols + c) for r in range(rows - 1) for c in range(cols)
    ]
    return graph_of(xy, across + up)


def line_graph(num_edges: int, *, spacing_m: float = 100.0) -> StreetGraph:
    """Streets one after another along a straight line."""
    xy = np.array([(i * spacing_m, 0.0) for i in range(num_edges + 1)])
    return graph_of(xy, [(i, i + 1) for i in range(num_edges)])


@st.composite
def street_graphs(
    draw: st.DrawFn,
    *,
    max_nodes: int = 8,
    max_extra: int = 8,
    connected: bool = True,
    loops: bool = True,
) -> StreetGraph:
    """Small networks with parallel streets and loops, connected unless said not."""
    n = draw(st.integers(2, max_nodes))
    cells = draw(
        st.lists(
            st.tuples(st.integers(0, 30), st.integers(0, 30)),
            min_size=n,
            max_size=n,
            unique=True,
        )
    )
    xy = np.array(cells, dtype=np.float64) * 10
    tree = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)] if connected else []
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    if not loops:
        pairs = pairs.filter(lambda pair: pair[0] != pair[1])
    least = 0 if tree else 1
    extra = draw(st.lists(pairs, min_size=least, max_size=max_extra))
    return graph_of(xy, tree + extra)


def _shape(xy: NDArray[np.float64], a: int, b: int) -> NDArray[np.float64]:
    if a != b:
        return np.array([xy[a], xy[b]])
    square = np.array([(0, 0), (20, 0), (20, 20), (0, 20), (0, 0)], dtype=np.float64)
    return np.asarray(xy[a] + square)


def _length(shape: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(shape, axis=0).T).sum())

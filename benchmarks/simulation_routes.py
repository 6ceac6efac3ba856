"""Streets and routes on which the simulator is measured."""

import numpy as np

from maps import LocalProjection, StreetGraph, StreetTags
from patrol.planning.plan import Route


def blocks(side: int, spacing_m: float) -> StreetGraph:
    """Lay out square blocks: node ``side * row + column``."""
    at = np.arange(side) * spacing_m
    xy_m = np.array([(x, y) for y in at for x in at])
    east = [(i, i + 1) for i in range(side * side) if (i + 1) % side]
    north = [(i, i + side) for i in range(side * (side - 1))]
    ends = np.array(east + north, dtype=np.int64)
    tags = StreetTags.empty(len(ends))
    tags.highway[:] = "residential"
    return StreetGraph(
        projection=LocalProjection(24.9414, 60.1710),
        node_xy_m=xy_m,
        node_osm_id=np.arange(len(xy_m)),
        edge_nodes=ends,
        edge_length_m=np.full(len(ends), spacing_m),
        edge_osm_id=np.arange(len(ends)),
        shape_xy_m=xy_m[ends].reshape(-1, 2),
        shape_start=np.arange(len(ends) + 1) * 2,
        tags=tags,
    )


def wander(
    graph: StreetGraph, *, length_m: float, start: int, seed: int, speed_mps: float
) -> Route:
    """Walk at random, back only from dead ends, until the way is long enough."""
    draw = np.random.default_rng(seed)
    ends = graph.edge_nodes.tolist()
    ways: dict[int, list[int]] = {}
    for street, pair in enumerate(ends):
        for node in set(pair):
            ways.setdefault(node, []).append(street)
    node, streets, forward = start, list[int](), list[bool]()
    while graph.edge_length_m[streets].sum() < length_m:
        other = [s for s in ways[node] if not streets or s != streets[-1]]
        street = int(draw.choice(other or ways[node]))
        streets.append(street)
        forward.append(ends[street][0] == node)
        node = ends[street][int(forward[-1])]
    arrive_s = np.cumsum(graph.edge_length_m[streets]) / speed_mps
    return Route(
        robot="robot 1",
        streets=np.array(streets, dtype=np.int64),
        forward=np.array(forward, dtype=np.bool_),
        served=np.ones(len(streets), dtype=np.bool_),
        depart_s=np.append(0.0, arrive_s[:-1]),
        arrive_s=arrive_s,
        trip=np.zeros(len(streets), dtype=np.int64),
    )

"""Plans as GeoJSON (RFC 7946): for QGIS, web maps and other programs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.exchange.steps import check_graph, iso_utc, step_line
from patrol.planning.plan import PatrolPlan, Route

_DIGITS = 7
"""Decimals of a degree, about 1 cm: the RFC asks for no more than is meant."""


def plan_geojson(plan: PatrolPlan, graph: StreetGraph) -> dict[str, Any]:
    """
    Turn a plan into a GeoJSON feature collection.

    The first features are the docks, points with ``kind`` "dock", ``node``,
    ``osm_node``, ``shift_start`` (UTC), ``shift_s``, ``length_m``, ``coverage``,
    ``map_digest`` and ``synthetic_risk``. Then follows one line a step, in the order
    and the direction in which it is driven, with

    - ``kind`` "served" or "deadhead", ``robot``, ``trip`` and ``step`` from 0
    - ``street``, its number in the map, ``osm_way``, ``name`` and ``highway``
    - ``length_m``, ``depart_s`` and ``arrive_s`` after the shift's start, and
      ``depart`` and ``arrive`` in UTC

    Longitude and latitude are in degrees, WGS84.

    Raises
    ------
    PlanError
        If the plan is for another map.
    """
    check_graph(plan, graph)
    steps = [
        _step(plan, graph, route, step)
        for route in plan.routes
        for step in range(len(route.streets))
    ]
    docks = [_dock(plan, graph, dock) for dock in plan.docks]
    return {"type": "FeatureCollection", "features": [*docks, *steps]}


def _dock(plan: PatrolPlan, graph: StreetGraph, dock: int) -> dict[str, Any]:
    place = _degrees(graph, graph.node_xy_m[[dock]])[0]
    return _feature(
        "Point",
        place,
        {
            "kind": "dock",
            "node": dock,
            "osm_node": int(graph.node_osm_id[dock]),
            "shift_start": iso_utc(plan.shift, 0.0),
            "shift_s": plan.shift.duration_s,
            "length_m": round(plan.length_m, 3),
            "coverage": plan.coverage,
            "map_digest": plan.graph_digest,
            "synthetic_risk": plan.synthetic_risk,
        },
    )


def _step(
    plan: PatrolPlan, graph: StreetGraph, route: Route, step: int
) -> dict[str, Any]:
    street = int(route.streets[step])
    depart_s, arrive_s = float(route.depart_s[step]), float(route.arrive_s[step])
    return _feature(
        "LineString",
        _degrees(graph, step_line(graph, route, step)),
        {
            "kind": "served" if route.served[step] else "deadhead",
            "robot": route.robot,
            "trip": int(route.trip[step]),
            "step": step,
            "street": street,
            "osm_way": int(graph.edge_osm_id[street]),
            "name": str(graph.tags.name[street]),
            "highway": str(graph.tags.highway[street]),
            "length_m": round(float(graph.edge_length_m[street]), 3),
            "depart_s": round(depart_s, 3),
            "arrive_s": round(arrive_s, 3),
            "depart": iso_utc(plan.shift, depart_s),
            "arrive": iso_utc(plan.shift, arrive_s),
        },
    )


def _feature(kind: str, places: object, properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": places}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _degrees(graph: StreetGraph, xy_m: NDArray[np.float64]) -> list[list[float]]:
    places = graph.projection.to_lon_lat_deg(xy_m).round(_DIGITS)
    return [[lon, lat] for lon, lat in places.tolist()]

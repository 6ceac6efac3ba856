"""Where on the map a place is that an operator names."""

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.snap import nearest_node, snap
from maps.traverse import Exclusion, Traversal, obeys_oneway
from maps.way_out import own_ways, say_cut_off
from patrol.errors import PlanError

MAX_DOCK_DISTANCE_M = 100.0
"""A dock further than this from every drivable street is a mistake."""

_AT_CORNER_M = 5.0
"""A robot within this of a corner stands at it: as well as it knows its place."""


def parse_place(text: str) -> tuple[float, float]:
    """
    Read a place given as LON,LAT in degrees.

    Raises
    ------
    PlanError
        If it is not two numbers.
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise PlanError(
            f"the place {text!r} must be LON,LAT in degrees, as 126.9514,37.4781"
        ) from error
    return lon, lat


def dock_node(
    graph: StreetGraph,
    traversal: Traversal,
    lon_lat_deg: tuple[float, float],
    *,
    what: str = "dock",
) -> int:
    """
    Find the drivable street corner of a dock, or of a start or end.

    Raises
    ------
    PlanError
        If there is none within `MAX_DOCK_DISTANCE_M`, or it lies in a one-way trap.
    """
    xy_m = graph.projection.to_xy_m([lon_lat_deg])
    nodes, distances_m = nearest_node(graph, xy_m, traversal.drivable)
    trap = _trap_at(graph, traversal, xy_m)
    if trap is not None:
        main = graph.edge_nodes[traversal.drivable]
        corner = int(np.setdiff1d(graph.edge_nodes[trap], main)[0])
        lon, lat = graph.projection.to_lon_lat_deg(graph.node_xy_m[nodes[:1]])[0]
        raise PlanError(
            f"the {what} at {lon_lat_deg[0]},{lon_lat_deg[1]} is in a one-way trap: "
            f"{say_cut_off(graph, traversal, corner)}; move it, for example to "
            f"{lon:.5f},{lat:.5f}, or take a robot that does not obey one-ways"
        )
    if distances_m[0] > MAX_DOCK_DISTANCE_M:
        lon, lat = graph.projection.to_lon_lat_deg(graph.node_xy_m[nodes[:1]])[0]
        raise PlanError(
            f"the {what} at {lon_lat_deg[0]},{lon_lat_deg[1]} is "
            f"{distances_m[0]:,.0f} m from the nearest corner that the robot can "
            f"drive to, at most "
            f"{MAX_DOCK_DISTANCE_M:.0f} m are allowed: move it, for example to "
            f"{lon:.5f},{lat:.5f}"
        )
    return int(nodes[0])


def next_corner(
    graph: StreetGraph,
    traversal: Traversal,
    lon_lat_deg: tuple[float, float],
    *,
    what: str = "place",
) -> tuple[int, float]:
    """
    Find the corner from which a robot under way can be sent elsewhere.

    On a one-way street that binds it, that is the corner ahead, however near the one
    behind is.

    Returns
    -------
    int
        Node.
    float
        Metres to it along a one-way street; 0 where it may turn round.

    Raises
    ------
    PlanError
        If no street is within `MAX_DOCK_DISTANCE_M`.
    """
    if not obeys_oneway(traversal):
        return dock_node(graph, traversal, lon_lat_deg, what=what), 0.0
    xy_m = graph.projection.to_xy_m([lon_lat_deg])
    trapped = traversal.exclusion == Exclusion.ONE_WAY_TRAP
    trap = _trap_at(graph, traversal, xy_m)
    mask = traversal.drivable if trap is None else trapped
    found = snap(graph, xy_m, within_m=MAX_DOCK_DISTANCE_M, mask=mask)
    if not found.found[0]:
        return dock_node(graph, traversal, lon_lat_deg, what=what), 0.0
    node, far_m = nearest_node(graph, xy_m, mask)
    street, along_m = int(found.street[0]), float(found.offset_m[0])
    along, against = own_ways(graph, traversal)[street].tolist()
    if far_m[0] <= _AT_CORNER_M or along == against:
        return int(node[0]), 0.0
    if along:
        return int(graph.edge_nodes[street, 1]), graph.edge_length_m[street] - along_m
    return int(graph.edge_nodes[street, 0]), along_m


def _trap_at(
    graph: StreetGraph, traversal: Traversal, xy_m: NDArray[np.float64]
) -> int | None:
    """Find the street in a one-way trap at which a place is, and at no drivable one."""
    trapped = traversal.exclusion == Exclusion.ONE_WAY_TRAP
    if not trapped.any():
        return None
    trap, drivable = (
        snap(graph, xy_m, within_m=MAX_DOCK_DISTANCE_M, mask=mask)
        for mask in (trapped, traversal.drivable)
    )
    nearer = trap.distance_m[0] + _AT_CORNER_M < drivable.distance_m[0]
    return int(trap.street[0]) if nearer else None

"""
Where on the network incidents count.

Police publish places moved to a crossing or a block. To give such an incident to
one of the streets there would be an arbitrary choice that makes any model look
sharper than it is, so an incident near a crossing belongs to the crossing, and is
shared over the streets that meet there by their length.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.snap import snap
from patrol.errors import RiskError

MAX_DISTANCE_M = 100.0
"""An incident further than this from every street did not happen on this map."""


@dataclass(frozen=True)
class Placement:
    """
    Where each of ``k`` incidents counts on ``m`` streets with ``n`` nodes.

    Attributes
    ----------
    slot
        Shape ``(k,)``: ``s`` for street ``s``, ``m + v`` for the crossing at node
        ``v``, ``m + n`` for nowhere. One number, so that counting is one pass.
    num_edges, num_nodes
        ``m`` and ``n``.
    """

    slot: NDArray[np.int64]
    num_edges: int
    num_nodes: int

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Mask of the incidents that count, shape ``(k,)``."""
        return self.slot < self.num_edges + self.num_nodes

    @property
    def outside(self) -> NDArray[np.int64]:
        """Numbers of the incidents beside no street, ascending."""
        return np.flatnonzero(~self.inside)


def place_incidents(
    graph: StreetGraph, xy_m: NDArray[np.float64], *, node_reach_m: float
) -> Placement:
    """
    Find the street or the crossing of each incident.

    Parameters
    ----------
    graph
        Streets.
    xy_m
        Places in the plane of the graph, shape ``(k, 2)``.
    node_reach_m
        An incident whose nearest street ends within this distance, measured along
        it, is at that end.

    Raises
    ------
    RiskError
        If no incident lies within `MAX_DISTANCE_M` of a street.
    """
    # Places moved to crossings repeat, and snapping is by far the slowest step.
    keys, place = np.unique(xy_m @ [1, 1j], return_inverse=True)
    points = np.column_stack([keys.real, keys.imag])
    snapped = snap(graph, points, within_m=MAX_DISTANCE_M)
    if not snapped.found.any():
        raise RiskError(_all_outside(graph, xy_m))
    street, offset_m = snapped.street, snapped.offset_m
    left_m = graph.edge_length_m[street] - offset_m
    at_node = np.minimum(offset_m, left_m) <= node_reach_m  # false for NaN, outside
    nearer_end = graph.edge_nodes[street, (left_m < offset_m).astype(np.int64)]
    slot = np.where(at_node, graph.num_edges + nearer_end, street)
    slot[~snapped.found] = graph.num_edges + graph.num_nodes
    return Placement(slot[place], graph.num_edges, graph.num_nodes)


def share_mass(
    graph: StreetGraph, placement: Placement, mass: NDArray[np.float64]
) -> NDArray[np.float64]:
    """
    Add up incidents on streets; what is at a node is shared by street length.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    placement
        Where each of ``k`` incidents counts.
    mass
        How much each counts, shape ``(k,)``.

    Returns
    -------
    numpy.ndarray
        Mass on each street, shape ``(m,)``. It sums to the mass inside.
    """
    m, n = graph.num_edges, graph.num_nodes
    found = np.bincount(placement.slot, mass, minlength=m + n + 1)
    direct, at_node = found[:m], found[m : m + n]
    first, last = graph.edge_nodes.T
    second_length_m = np.where(first == last, 0.0, graph.edge_length_m)  # loops: once
    meeting_m = np.bincount(first, graph.edge_length_m, n)
    meeting_m += np.bincount(last, second_length_m, n)
    per_m = np.divide(at_node, meeting_m, out=np.zeros(n), where=meeting_m > 0)
    shared = per_m[first] * graph.edge_length_m + per_m[last] * second_length_m
    return np.asarray(direct + shared)


def _all_outside(graph: StreetGraph, xy_m: NDArray[np.float64]) -> str:
    corners = np.vstack([graph.shape_xy_m.min(axis=0), graph.shape_xy_m.max(axis=0)])
    (west, south), (east, north) = graph.projection.to_lon_lat_deg(corners).round(4)
    lon, lat = graph.projection.to_lon_lat_deg(xy_m[:1])[0].round(4)
    return (
        f"all {len(xy_m)} incidents are further than {MAX_DISTANCE_M:.0f} m from every "
        f"street; the first is at longitude {lon}, latitude {lat}, the map goes from "
        f"{west} to {east} and from {south} to {north}: check that latitude and "
        f"longitude are not swapped, or use the map of that place"
    )

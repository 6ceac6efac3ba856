"""Where closed and one-way streets leave a robot, and how it comes away from there."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.one_way import fewest_against
from maps.paths import StreetNetwork
from maps.traverse import Exclusion, Traversal, obeys_oneway, pace_s_per_m

_CUT_OFF = (Exclusion.ONE_WAY_TRAP, Exclusion.ISLAND)


def way_out(graph: StreetGraph, traversal: Traversal, node: int) -> Traversal:
    """
    Let a robot drive out of the trap in which it stands, if there is a way out.

    A street that is closed may leave a robot where one-way streets lead away but none
    leads to. Then it may drive the shortest way to the streets that it can drive, and
    not back.

    Parameters
    ----------
    graph
        Map of ``m`` streets.
    traversal
        What the robot can drive of it.
    node
        Where the robot is.

    Returns
    -------
    Traversal
        The same where it stands at a street that it can drive, or no way leads out.
    """
    if (graph.edge_nodes[traversal.drivable] == node).any():
        return traversal
    metres = np.where(own_ways(graph, traversal), graph.edge_length_m[:, None], np.inf)
    turned = StreetNetwork.of(graph, metres[:, ::-1])
    tree = turned.tree(np.unique(graph.edge_nodes[traversal.drivable]))
    if not np.isfinite(tree.distance[node]):
        return traversal
    path = turned.path(tree, node)
    exclusion, travel_s = traversal.exclusion.copy(), traversal.travel_s.copy()
    exclusion[path.streets] = Exclusion.NONE
    own_s = graph.edge_length_m[path.streets] * pace_s_per_m(graph, traversal)
    travel_s[path.streets, path.forward.astype(int)] = own_s
    return replace(traversal, exclusion=exclusion, travel_s=travel_s)


def own_ways(graph: StreetGraph, traversal: Traversal) -> NDArray[np.bool_]:
    """
    Tell which directions a robot could drive if nothing were cut off.

    Returns
    -------
    NDArray
        Along and against each street, shape ``(m, 2)``; closed ones stay closed.
    """
    sign = graph.tags.oneway * obeys_oneway(traversal)
    cut_off = np.isin(traversal.exclusion, _CUT_OFF)
    ways = cut_off[:, None] & np.column_stack([sign >= 0, sign <= 0])
    return np.asarray(ways | traversal.open_ways)


def say_cut_off(graph: StreetGraph, traversal: Traversal, node: int) -> str | None:
    """
    Say what keeps a robot at a node from the streets that it can drive.

    Returns
    -------
    str or None
        The fewest streets that it would have to drive against their direction or
        though they are closed; None if that would not help either.
    """
    main = np.unique(graph.edge_nodes[traversal.drivable])
    if not len(main):
        return None
    home = int(main[0])
    joined = np.where(np.isin(graph.edge_nodes, main), home, graph.edge_nodes)
    blocked = traversal.exclusion == Exclusion.KEEP_OUT
    ways = (joined, own_ways(graph, traversal))
    out = fewest_against(*ways, start=node, end=home, blocked=blocked)
    back = fewest_against(*ways, start=home, end=node, blocked=blocked)
    if out is None or back is None:
        return None
    said = [
        f"{what} means driving {_wrongs(streets, blocked)}"
        for what, streets in (("coming from there", out), ("going there", back))
        if streets
    ]
    return f"{' and '.join(said)}, no fewer"


def _wrongs(streets: list[int], blocked: NDArray[np.bool_]) -> str:
    against = [street for street in streets if not blocked[street]]
    closed = [street for street in streets if blocked[street]]
    said = [f"against one-way streets {against}"] if against else []
    said += [f"over closed streets {closed}"] if closed else []
    return " and ".join(said)

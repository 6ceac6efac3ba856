"""One-way traps: streets from which there is no way back, and what makes them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.one_way import fewest_against, strong_parts
from maps.paths import StreetNetwork
from patrol.planning.robots import PatrolRobot, by_traversal

Ints = NDArray[np.int64]


def trapped(graph: StreetGraph, fleet: Sequence[PatrolRobot], streets: Ints) -> Ints:
    """
    Find the streets that no robot can reach from its dock and leave to it again.

    Parameters
    ----------
    graph
        Map of ``m`` streets.
    fleet
        The robots.
    streets
        Streets to look at, each drivable by some robot that can come to it or leave it.
    """
    kinds = by_traversal(fleet)
    if all(kind.two_way for kind, _ in kinds):
        return streets[:0]
    lost = streets
    for kind, robots in kinds:
        label = strong_parts(graph.num_nodes, graph.edge_nodes, kind.open_ways)
        home = label[[robot.dock for robot in robots]]
        ends = label[graph.edge_nodes[lost]]
        back = (ends[:, 0] == ends[:, 1]) & np.isin(ends[:, 0], home)
        lost = lost[~(back & kind.drivable[lost])]
    return lost


def can_come(graph: StreetGraph, robot: PatrolRobot, tail: int, head: int) -> bool:
    """Whether one-way streets let a robot drive from a node to another of its part."""
    travel_s = robot.traversal.travel_s
    if tail == head or np.isfinite(travel_s[robot.traversal.drivable]).all():
        return True
    return bool(
        np.isfinite(StreetNetwork.of(graph, travel_s).tree(tail).distance[head])
    )


def say_trap(graph: StreetGraph, fleet: Sequence[PatrolRobot], street: int) -> str:
    """Say which one-way streets make the trap in which a street is."""
    robot = next(one for one in fleet if one.traversal.drivable[street])
    open_ways = robot.traversal.open_ways
    tail, head = graph.edge_nodes[street].tolist()
    if not open_ways[street, 0]:
        tail, head = head, tail
    ways = (graph.edge_nodes, open_ways)
    there = fewest_against(*ways, start=robot.dock, end=tail)
    back = fewest_against(*ways, start=head, end=robot.dock)
    return (
        f"going there means driving against {len(there or ())} one-way streets "
        f"{there}, coming back against {len(back or ())} {back}, no fewer"
    )

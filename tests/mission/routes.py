"""Routes for tests: along given nodes, or wandering over a random network."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.planning.plan import Route
from patrol.robot import RobotProfile
from tests.strategies import grid_graph, street_graphs

SPEED_MPS = RobotProfile().speed_mps

Step = tuple[int, bool]


def route_of_steps(
    graph: StreetGraph,
    steps: Sequence[Step],
    *,
    served: Sequence[bool] | None = None,
    trip: Sequence[int] | None = None,
    rest_s: float = 0.0,
) -> Route:
    """Times at patrol speed; ``rest_s`` pass between two trips."""
    streets = np.array([street for street, _ in steps], dtype=np.int64)
    trips = np.array(trip or [0] * len(steps), dtype=np.int64)
    travel_s = graph.edge_length_m[streets] / SPEED_MPS
    arrive_s = np.cumsum(travel_s) + trips * rest_s
    return Route(
        robot="r1",
        streets=streets,
        forward=np.array([forward for _, forward in steps], dtype=np.bool_),
        served=np.array(served or [True] * len(steps), dtype=np.bool_),
        depart_s=arrive_s - travel_s,
        arrive_s=arrive_s,
        trip=trips,
    )


def steps_along(graph: StreetGraph, nodes: Sequence[int]) -> list[Step]:
    """Steps over the first street that joins each pair of nodes."""
    ends = graph.edge_nodes.tolist()
    return [
        next((e, pair == [a, b]) for e, pair in enumerate(ends) if {a, b} == {*pair})
        for a, b in pairwise(nodes)
    ]


def route_along(graph: StreetGraph, nodes: Sequence[int]) -> Route:
    """Route over the first street that joins each pair of nodes."""
    return route_of_steps(graph, steps_along(graph, nodes))


STAIRS = (0, 1, 5, 6, 10, 11, 15, 14, 10, 9, 5, 4, 0)
"""Round tour of a 4 x 4 grid with a right angle at nearly every node."""


def block_route(*, spacing_m: float = 80.0) -> tuple[StreetGraph, Route]:
    graph = grid_graph(4, 4, spacing_m=spacing_m)
    return graph, route_along(graph, STAIRS)


def _wander(graph: StreetGraph, choices: Sequence[int], *, dock: int) -> list[Step]:
    """Walk out by the choices and back the same way, turning at the far end."""
    out: list[Step] = []
    node = dock
    for choice in choices:
        ways = [
            (street, forward)
            for street, (a, b) in enumerate(graph.edge_nodes.tolist())
            for forward, start in ((True, a), (False, b))
            if start == node
        ]
        street, forward = ways[choice % len(ways)]
        node = int(graph.edge_nodes[street, int(forward)])
        out.append((street, forward))
    return [*out, *((street, not forward) for street, forward in reversed(out))]


@st.composite
def routes(draw: st.DrawFn, *, max_out: int = 4) -> tuple[StreetGraph, Route]:
    """
    One or two trips from node 0 on a random network.

    Every trip turns back at its far end, so streets are driven twice, loops are
    driven both ways and dead ends are left as they were entered.
    """
    graph = draw(street_graphs(max_nodes=5, max_extra=3))
    walks = draw(
        st.lists(
            st.lists(st.integers(0, 50), min_size=1, max_size=max_out),
            min_size=1,
            max_size=2,
        )
    )
    trips = [_wander(graph, walk, dock=0) for walk in walks]
    steps = [step for trip in trips for step in trip]
    trip = [number for number, trip in enumerate(trips) for _ in trip]
    served = [draw(st.booleans()) for _ in steps]
    return graph, route_of_steps(graph, steps, served=served, trip=trip, rest_s=90)

"""The way home from any place of a route."""

import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from maps.traverse import Traversal
from patrol.errors import PlanError
from patrol.mission.home import WayHome
from patrol.mission.path import PlannedPath
from patrol.planning.plan import Route
from tests.mission.routes import route_along, routes
from tests.planning.problems import traversal_of
from tests.strategies import line_graph


def one_way(graph: StreetGraph, streets: list[int]) -> Traversal:
    traversal = traversal_of(graph)
    travel_s = traversal.travel_s.copy()
    travel_s[streets, 1] = np.inf
    return replace(traversal, travel_s=travel_s)


def least_s(
    graph: StreetGraph, travel: Traversal, path: PlannedPath, at: float
) -> float:
    """Cheapest way to node 0 by another search, with the robot's place as a node."""
    streets: nx.MultiDiGraph[int | str] = nx.MultiDiGraph()
    streets.add_nodes_from(range(graph.num_nodes))
    for (a, b), (along_s, against_s) in zip(
        graph.edge_nodes.tolist(), travel.travel_s.tolist(), strict=True
    ):
        for tail, head, cost_s in ((a, b, along_s), (b, a, against_s)):
            if math.isfinite(cost_s):
                streets.add_edge(tail, head, weight=cost_s)
    step = path.step_at(at)
    street, forward = int(path.route.streets[step]), bool(path.route.forward[step])
    first_m, end_m = path.step_start_m[step : step + 2]
    share = (at - first_m) / (end_m - first_m)
    tail, head = graph.edge_nodes[street][:: 1 if forward else -1].tolist()
    on_s, back_s = travel.travel_s[street][:: 1 if forward else -1].tolist()
    streets.add_edge("here", head, weight=(1 - share) * on_s)
    if share == 0 or math.isfinite(back_s):
        streets.add_edge("here", tail, weight=share * back_s if share else 0.0)
    return float(nx.shortest_path_length(streets, "here", 0, weight="weight"))


@given(planned=routes(), data=st.data())
def test_way_home_is_the_cheapest_legal_one_and_begins_where_the_robot_is(
    planned: tuple[StreetGraph, Route], data: st.DataObject
) -> None:
    graph, route = planned
    path = PlannedPath.of(route, graph)
    at_m = data.draw(st.floats(0, path.length_m, exclude_max=True))
    travel = traversal_of(graph)
    way = WayHome(graph, travel, 0).begin(path, at_m)

    assert way.path.point_at(way.along_m) == pytest.approx(
        path.point_at(at_m), abs=0.02
    )
    assert way.path.xy_m[-1].tolist() == pytest.approx(graph.node_xy_m[0].tolist())
    assert way.time_s == pytest.approx(least_s(graph, travel, path, at_m), abs=1e-6)
    assert not way.path.route.served.any()
    assert (way.path.route.streets[0] == route.streets[path.step_at(at_m)]).all()


def test_nobody_goes_back_against_a_one_way_street() -> None:
    graph = line_graph(2)
    path = PlannedPath.of(route_along(graph, [0, 1, 2, 1, 0]), graph)
    assert WayHome(graph, traversal_of(graph), 0).begin(path, 110.0).turns
    # Only the second street is one-way: on it the robot must go on, and is lost there.
    loop = one_way(graph, [1])
    with pytest.raises(PlanError, match="no legal way home from 1 of its 3 corners"):
        WayHome(graph, loop, 0).reach_xy_m(path)


def test_nobody_turns_round_on_a_major_road() -> None:
    graph = line_graph(2)
    path = PlannedPath.of(route_along(graph, [0, 1, 2, 1, 0]), graph)
    busy = replace(path, crossing_m=np.array([96.0]))
    home = WayHome(graph, traversal_of(graph), 0)
    turns = [home.begin(busy, at_m).turns for at_m in (95.0, 96.0, 97.0, 115.0, 117.0)]
    assert turns == [True, True, False, False, True]


def test_at_the_dock_there_is_no_way_left_even_on_a_one_way_street() -> None:
    graph = line_graph(2)
    path = PlannedPath.of(route_along(graph, [0, 1, 0]), graph)
    assert WayHome(graph, one_way(graph, [0]), 0).begin(path, 0.0).left_m == 0


def test_reach_holds_the_path_and_every_way_home_from_it() -> None:
    graph = line_graph(3)
    path = PlannedPath.of(route_along(graph, [2, 3, 2]), graph)
    reach_xy_m = WayHome(graph, traversal_of(graph), 0).reach_xy_m(path)
    assert reach_xy_m[:, 0].min() == pytest.approx(graph.node_xy_m[0, 0])
    assert reach_xy_m[:, 0].max() == pytest.approx(graph.node_xy_m[3, 0])

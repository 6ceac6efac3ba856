import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import PlanError
from patrol.mission.path import PlannedPath
from patrol.planning.plan import Route
from tests.mission.routes import block_route, route_along, route_of_steps, routes
from tests.strategies import graph_of, grid_graph, line_graph

Planned = tuple[StreetGraph, Route]


@given(planned=routes())
def test_path_is_as_long_as_its_streets_and_begins_each_step_at_its_node(
    planned: Planned,
) -> None:
    graph, route = planned
    path = PlannedPath.of(route, graph)

    assert np.diff(path.step_start_m) == pytest.approx(
        graph.edge_length_m[route.streets]
    )
    for step, (street, forward) in enumerate(
        zip(route.streets.tolist(), route.forward.tolist(), strict=True)
    ):
        node = graph.edge_nodes[street, 0 if forward else 1]
        place = path.point_at(path.step_start_m[step])
        assert place == pytest.approx(graph.node_xy_m[node], abs=1e-6)


@given(planned=routes(), share=st.floats(0, 1))
def test_every_place_on_the_path_is_found_again(planned: Planned, share: float) -> None:
    path = PlannedPath.of(planned[1], planned[0])
    place = path.point_at(share * path.length_m)

    along_m, cross_m = path.project(*place, share * path.length_m)

    assert cross_m == pytest.approx(0, abs=1e-6)
    assert path.point_at(along_m) == pytest.approx(place, abs=1e-6)


@given(
    planned=routes(),
    share=st.floats(0, 1),
    off=st.tuples(st.floats(-15, 15), st.floats(-15, 15)),
)
def test_projection_is_the_nearest_of_all_places_near_the_progress(
    planned: Planned, share: float, off: tuple[float, float]
) -> None:
    path = PlannedPath.of(planned[1], planned[0])
    near_m = share * path.length_m
    x_m, y_m = np.add(path.point_at(near_m), off)

    along_m, cross_m = path.project(x_m, y_m, near_m)

    near = np.linspace(max(near_m - 3, 0), min(near_m + 3, path.length_m), 2001)
    nearest_m = min(math.dist(path.point_at(s), (x_m, y_m)) for s in near)
    assert abs(cross_m) == pytest.approx(nearest_m, abs=0.005)
    assert math.dist(path.point_at(along_m), (x_m, y_m)) == pytest.approx(abs(cross_m))


@given(planned=routes(), share=st.floats(0, 1), ahead_m=st.floats(-2, 2))
def test_projection_within_a_leg_stays_between_its_stops(
    planned: Planned, share: float, ahead_m: float
) -> None:
    path = PlannedPath.of(planned[1], planned[0])
    near_m = share * path.length_m
    low_m, high_m = path.leg(near_m)

    along_m, _ = path.project(*path.point_at(near_m + ahead_m), near_m, within_leg=True)

    assert low_m - 1e-9 <= along_m <= high_m + 1e-9


@given(planned=routes())
def test_robot_stops_where_it_turns_back_and_where_a_trip_ends(
    planned: Planned,
) -> None:
    graph, route = planned
    path = PlannedPath.of(route, graph)
    steps = list(zip(route.streets, route.forward, strict=True))
    turns_back = [
        path.step_start_m[i + 1]
        for i, ((street, forward), (after, onward)) in enumerate(pairwise(steps))
        if street == after and forward != onward
    ]

    for place_m in [*turns_back, *path.trip_end_m]:
        assert np.abs(path.stops_m - place_m).min() < 1e-6
    assert len(path.trip_end_m) == route.trip.max() + 1
    assert (np.diff(path.stops_m) > 0).all()


def test_left_of_the_path_is_positive() -> None:
    graph = line_graph(2)
    path = PlannedPath.of(route_along(graph, [0, 1, 2, 1]), graph)
    assert path.project(50, 2, 50) == pytest.approx((50, 2))
    assert path.project(150, 2, 250) == pytest.approx((250, -2))


def test_a_street_driven_twice_is_two_places_on_the_path() -> None:
    graph = line_graph(1)
    path = PlannedPath.of(route_along(graph, [0, 1, 0]), graph)
    assert path.project(40, 0, 39)[0] == pytest.approx(40)
    assert path.project(40, 0, 161)[0] == pytest.approx(160)
    assert path.stops_m.tolist() == [100, 200]


def test_right_angles_have_tight_corners_and_straights_none() -> None:
    graph, route = block_route()
    path = PlannedPath.of(route, graph)
    corners = path.corners(0, 400)
    assert [place for place, _ in corners] == [80, 160, 240, 320, 400]
    assert all(0.3 < radius < 1 for _, radius in corners)
    assert not path.corners(81, 159)


def test_beyond_a_stop_the_aim_goes_straight_on() -> None:
    graph = line_graph(1)
    path = PlannedPath.of(route_along(graph, [0, 1, 0]), graph)
    assert path.point_before(100, 101.5) == pytest.approx((101.5, 0))
    assert path.point_at(101.5) == pytest.approx((98.5, 0))
    assert path.point_before(100, 99) == pytest.approx((99, 0))


def test_step_at_a_joint_is_the_later_one() -> None:
    graph, route = block_route()
    path = PlannedPath.of(route, graph)
    assert [path.step_at(s) for s in (0, 79.9, 80, 81, 959, 960, 1e9)] == [
        0, 0, 1, 1, 11, 11, 11,
    ]  # fmt: skip


def test_a_loop_is_driven_in_either_direction() -> None:
    graph = graph_of(np.array([(0.0, 0.0), (50.0, 0.0)]), [(0, 0), (0, 1)])
    there = PlannedPath.of(route_of_steps(graph, [(0, True)]), graph)
    back = PlannedPath.of(route_of_steps(graph, [(0, False)]), graph)
    assert there.point_at(10) == pytest.approx((10, 0))
    assert back.point_at(10) == pytest.approx((0, 10))


def test_route_that_jumps_is_refused_with_step_and_street() -> None:
    graph = grid_graph(2, 3)
    with pytest.raises(PlanError, match=r"step 1 \(street 1\) begins 100.0 m from"):
        PlannedPath.of(route_of_steps(graph, [(0, False), (1, True)]), graph)


def test_a_route_without_steps_is_a_path_without_length() -> None:
    graph = line_graph(1)
    path = PlannedPath.of(route_of_steps(graph, []), graph)
    assert path.length_m == 0
    assert len(path.trip_end_m) == len(path.stops_m) == 0


def test_path_cannot_be_changed() -> None:
    graph, route = block_route()
    path = PlannedPath.of(route, graph)
    with pytest.raises(ValueError, match="read-only"):
        path.xy_m[0] = 0

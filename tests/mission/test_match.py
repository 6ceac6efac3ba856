"""Which street the robot is on, of all the map's."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.mission.localise import Place
from patrol.mission.match import StreetMatcher
from tests.strategies import graph_of, grid_graph, line_graph, street_graphs

STEP_M = 0.5


def drive(
    matcher: StreetMatcher,
    xy_m: Sequence[tuple[float, float]],
    *,
    off_m: tuple[float, float] = (0.0, 0.0),
    sigma_m: float = 1.0,
) -> list[int | None]:
    """Drive along points with a constant error; give the street after each step."""
    found: list[int | None] = []
    for (ax, ay), (bx, by) in pairwise(xy_m):
        heading_rad = math.atan2(by - ay, bx - ax)
        steps = round(math.hypot(bx - ax, by - ay) / STEP_M)
        for step in range(steps):
            x_m = ax + (bx - ax) * step / steps + off_m[0]
            y_m = ay + (by - ay) * step / steps + off_m[1]
            matcher.move(STEP_M, Place(x_m, y_m, heading_rad, sigma_m))
            guess = matcher.guess
            found.append(None if guess is None else guess.street)
    return found


def test_straight_drive_is_on_each_street_in_its_turn() -> None:
    found = drive(StreetMatcher(line_graph(3)), [(0, 0), (300, 0)])
    wanted = [int(step * STEP_M // 100) for step in range(600)]
    right = np.mean([a == b for a, b in zip(found, wanted, strict=True)])
    assert right > 0.97


@pytest.mark.parametrize("sigma_m", [0.02, 0.5, 1.5])
def test_next_street_is_told_at_the_joint_and_not_metres_behind_it(
    sigma_m: float,
) -> None:
    graph = grid_graph(3, 3, spacing_m=80.0)
    corners = [(0.0, 0.0), (160.0, 0.0), (160.0, 80.0)]
    found = drive(StreetMatcher(graph), corners, sigma_m=sigma_m)
    streets = {pair: e for e, pair in enumerate(map(tuple, graph.edge_nodes.tolist()))}
    route = [streets[pair] for pair in ((0, 1), (1, 2), (2, 5))]
    wanted = [route[int(step * STEP_M // 80)] for step in range(480)]
    wrong_m = STEP_M * sum(a != b for a, b in zip(found, wanted, strict=True))
    assert wrong_m <= 2.0  # of two joints, a straight one and a corner


@pytest.mark.parametrize("off_m", [(0.0, 0.0), (2.0, 2.0), (-2.0, 2.0), (0.0, -3.0)])
def test_turns_tell_the_street_though_the_place_is_wrong(
    off_m: tuple[float, float],
) -> None:
    graph = grid_graph(4, 4, spacing_m=80.0)
    corners = [(0.0, 0.0), (160.0, 0.0), (160.0, 80.0), (80.0, 80.0), (80.0, 240.0)]
    found = drive(StreetMatcher(graph), corners, off_m=off_m, sigma_m=1.5)
    streets = {pair: e for e, pair in enumerate(map(tuple, graph.edge_nodes.tolist()))}
    route = [(0, 1), (1, 2), (2, 6), (5, 6), (5, 9), (9, 13)]
    for number, pair in enumerate(route):
        middle = found[number * 160 + 20 : number * 160 + 140]
        assert np.mean(np.array(middle) == streets[pair]) > 0.9


def test_parallel_street_is_not_taken_for_the_own_though_fixes_drift_over() -> None:
    """Two streets 8 m apart: only a junction leads from one to the other."""
    xy_m = np.array([(0.0, 0.0), (0.0, 8.0), (200.0, 0.0), (200.0, 8.0)])
    graph = graph_of(xy_m, [(0, 2), (1, 3), (0, 1), (2, 3)])
    matcher = StreetMatcher(graph)
    drive(matcher, [(0, 0), (60, 0)])
    found = drive(matcher, [(60, 0), (75, 0)], off_m=(0.0, 5.0), sigma_m=3.0)
    assert set(found) == {0}


def test_matcher_finds_its_street_again_after_it_was_put_elsewhere() -> None:
    graph = grid_graph(3, 3, spacing_m=80.0)
    matcher = StreetMatcher(graph)
    drive(matcher, [(0, 0), (70, 0)])
    found = drive(matcher, [(10, 160), (80, 160)])
    top = next(e for e, p in enumerate(graph.edge_nodes.tolist()) if p == [6, 7])
    assert found[-1] == top


def test_far_from_every_street_there_is_no_guess() -> None:
    matcher = StreetMatcher(line_graph(1))
    assert matcher.guess is None
    matcher.move(1.0, Place(500.0, 500.0, 0.0, 1.0))
    assert matcher.guess is None


def test_share_is_low_where_two_streets_are_as_good() -> None:
    xy_m = np.array([(0.0, 0.0), (100.0, 1.0), (100.0, -1.0)])
    matcher = StreetMatcher(graph_of(xy_m, [(0, 1), (0, 2)]))
    drive(matcher, [(0, 0), (30, 0)])
    assert matcher.guess is not None
    assert matcher.guess.share == pytest.approx(0.5, abs=0.1)


@settings(max_examples=20)
@given(
    graph=street_graphs(max_nodes=6, max_extra=4),
    moves=st.lists(
        st.tuples(
            st.floats(-2, 2),
            st.floats(-200, 200),
            st.floats(-200, 200),
            st.floats(-4, 4),
            st.floats(0, 20),
        ),
        max_size=30,
    ),
)
def test_guess_is_a_place_on_the_map_whatever_is_told(
    graph: StreetGraph, moves: list[tuple[float, float, float, float, float]]
) -> None:
    matcher = StreetMatcher(graph)
    for way_m, *place in moves:
        matcher.move(way_m, Place(*place))
        guess = matcher.guess
        if guess is not None:
            assert 0 <= guess.street < graph.num_edges
            assert 0 < guess.share <= 1
            length_m = matcher._line(guess.street).alongs[-1]
            assert 0 <= guess.offset_m <= length_m
            assert all(math.isfinite(v) for v in matcher.place_of(*guess[:2]))

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from maps.traverse import Exclusion
from patrol.errors import PlanError
from patrol.planning.problem import Shift
from patrol.planning.robots import is_uniform
from patrol.robot import RobotProfile
from tests.planning.problems import problem_of, traversal_of, with_robots
from tests.strategies import graph_of, grid_graph

GRAPH = grid_graph(3, 3)
PROBLEM = problem_of(GRAPH, [0, 3, 5])
ISLANDS_XY = np.array([[0.0, 0], [100, 0], [500, 0], [600, 0]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"required": np.array([0, 99])},
            r"1 of 2 .* first is 99: streets are 0\.\.11",
        ),
        ({"required": np.array([3, 0])}, "required street 0 follows 3"),
        ({"required": np.array([3, 3])}, "required street 3 follows 3"),
        ({"required": np.array([0.5])}, "type float64"),
        ({"risk_per_h": np.zeros(3)}, r"shape \(3,\), expected \(12,\) for 12 streets"),
        ({"risk_per_h": np.full(12, -1.0)}, "12 streets .* street 0 with -1.0"),
        ({"risk_per_h": np.full(12, np.nan)}, "street 0 with nan"),
        ({"fleet": ()}, "at least one robot"),
        ({"fleet": 3 * PROBLEM.fleet}, "3 of 3 robots are named 'robot 1'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_value(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(PlanError, match=message):
        replace(PROBLEM, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "a robot has no name"),
        ({"dock": 9}, r"dock node 9 is not on the map: nodes are 0\.\.8"),
        ({"dock": -1}, "dock node -1 is not on the map"),
        ({"start": 9}, "start node 9 is not on the map"),
        ({"end": 9}, "end node 9 is not on the map"),
        ({"charge": 1.5}, r"starts with a charge of 1\.5: it must be from 0 to 1"),
        ({"ready_s": -1.0}, r"is ready -1\.0 s after the shift's start"),
        ({"traversal": traversal_of(grid_graph(2, 3))}, "the traversal is for map"),
    ],
)
def test_robot_that_does_not_fit_is_refused_with_its_value(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(PlanError, match=message):
        with_robots(PROBLEM, **changes)


def test_start_on_an_island_is_named() -> None:
    graph = graph_of(ISLANDS_XY, [(0, 1), (2, 3)])
    with pytest.raises(PlanError, match="from its start node 2 to its dock node 0"):
        with_robots(problem_of(graph, [0]), start=2)


def test_street_that_one_of_two_robots_can_serve_is_no_fault() -> None:
    exclusion = PROBLEM.fleet[0].traversal.exclusion.copy()
    exclusion[[3, 5]] = Exclusion.WIDTH
    narrow, wide = problem_of(GRAPH, [0, 3, 5], robots=2).fleet
    wide = replace(
        wide, traversal=replace(PROBLEM.fleet[0].traversal, exclusion=exclusion)
    )
    mixed = replace(PROBLEM, fleet=(wide, narrow))
    assert mixed.drivable.all()
    assert not is_uniform(mixed.fleet)
    assert mixed.keep_out.tolist() == []
    with pytest.raises(PlanError, match=r"first is street 3 \(width\)"):
        replace(PROBLEM, fleet=(wide,))


def test_fleet_is_uniform_only_if_all_do_the_same_from_one_dock() -> None:
    pair = problem_of(GRAPH, [0], robots=2)
    assert is_uniform(pair.fleet)
    for change in ({"dock": 1}, {"start": 1}, {"end": None}, {"charge": 0.5}):
        other = replace(pair.fleet[1], **change)
        assert not is_uniform((pair.fleet[0], other))
    fast = RobotProfile(speed_mps=2.0)
    assert not is_uniform(
        (pair.fleet[0].duty, replace(pair.fleet[1].duty, profile=fast))
    )
    assert is_uniform([robot.duty for robot in pair.fleet])


def test_required_street_that_cannot_be_driven_is_named_with_its_reason() -> None:
    exclusion = PROBLEM.fleet[0].traversal.exclusion.copy()
    exclusion[[3, 5]] = Exclusion.STEPS
    traversal = replace(PROBLEM.fleet[0].traversal, exclusion=exclusion)
    with pytest.raises(PlanError, match=r"2 of 3 .* first is street 3 \(steps\)"):
        with_robots(PROBLEM, traversal=traversal)


def test_required_street_on_an_island_is_named() -> None:
    graph = graph_of(ISLANDS_XY, [(0, 1), (2, 3)])
    with pytest.raises(PlanError, match=r"1 of 2 .* street 1 \(island\)"):
        problem_of(graph, [0, 1])


def test_dock_at_no_drivable_street_is_refused() -> None:
    exclusion = PROBLEM.fleet[0].traversal.exclusion.copy()
    exclusion[(GRAPH.edge_nodes == 8).any(axis=1)] = Exclusion.WIDTH
    traversal = replace(PROBLEM.fleet[0].traversal, exclusion=exclusion)
    alone = replace(PROBLEM, required=np.array([0]))
    with pytest.raises(PlanError, match=r"dock node 8 .* one of the 8 nodes that are"):
        with_robots(alone, traversal=traversal, dock=8)


@pytest.mark.parametrize("time_s", [np.inf, 0.0, -1.0, np.nan])
def test_drivable_street_without_a_travel_time_is_refused(time_s: float) -> None:
    travel_s = PROBLEM.fleet[0].traversal.travel_s.copy()
    travel_s[7] = np.inf
    travel_s[7, 1] = time_s
    with pytest.raises(PlanError, match=r"1 drivable streets .* is street 7 with"):
        with_robots(
            PROBLEM,
            traversal=replace(PROBLEM.fleet[0].traversal, travel_s=travel_s),
        )


def test_one_way_trap_is_refused_with_the_fewest_streets_that_make_it() -> None:
    # Nodes 6, 7 and 8 are the upper row; streets 9, 10 and 11 lead up to it only.
    travel_s = PROBLEM.fleet[0].traversal.travel_s.copy()
    travel_s[[9, 10, 11], 1] = np.inf
    traversal = replace(PROBLEM.fleet[0].traversal, travel_s=travel_s)
    inside = with_robots(
        replace(PROBLEM, required=np.array([0, 3])), traversal=traversal
    )
    assert inside.required_m == 200.0
    message = r"2 of 2 .* street 4 \(one-way trap\): .* against 0 .*, .* against 1 \["
    with pytest.raises(PlanError, match=message):
        with_robots(replace(PROBLEM, required=np.array([4, 9])), traversal=traversal)


def test_keep_out_is_read_off_the_traversal() -> None:
    exclusion = PROBLEM.fleet[0].traversal.exclusion.copy()
    exclusion[[1, 7]] = Exclusion.KEEP_OUT
    alike = PROBLEM.fleet[0].traversal
    problem = with_robots(PROBLEM, traversal=replace(alike, exclusion=exclusion))
    assert problem.keep_out.tolist() == [1, 7]
    assert problem.required_m == 300.0


def test_shift_needs_a_time_zone() -> None:
    naive = datetime(2026, 11, 20, 22, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(PlanError, match=r"2026-11-20T22:00:00 without a time zone"):
        Shift(naive, 3600.0)


@pytest.mark.parametrize("duration_s", [0.0, -5.0, float("nan"), float("inf")])
def test_shift_needs_a_duration(duration_s: float) -> None:
    with pytest.raises(PlanError, match="it must last more than 0 s"):
        Shift(datetime(2026, 11, 20, 22, tzinfo=UTC), duration_s)


def test_street_in_a_trap_is_no_trap_for_a_robot_that_may_leave_it() -> None:
    free = PROBLEM.fleet[0]
    travel_s = free.traversal.travel_s.copy()
    travel_s[[9, 10, 11], 1] = np.inf
    bound = replace(
        free, name="b", traversal=replace(free.traversal, travel_s=travel_s)
    )
    both = replace(PROBLEM, required=np.array([4, 9]), fleet=(bound, free))
    assert both.required.tolist() == [4, 9]
    with pytest.raises(PlanError, match="one-way trap"):
        replace(both, fleet=(bound,))

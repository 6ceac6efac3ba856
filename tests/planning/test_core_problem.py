from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import StreetGraph
from maps.paths import StreetNetwork
from patrol.planning.core_problem import CoreProblem
from patrol.planning.problem import PatrolProblem
from tests.planning.problems import mixed_problems, problem_of, traversal_of
from tests.strategies import grid_graph


def lengths(graph: StreetGraph, drivable: np.ndarray) -> StreetNetwork:
    return StreetNetwork.of(graph, np.where(drivable, graph.edge_length_m, np.inf))


@settings(deadline=None, max_examples=60)
@given(problem=mixed_problems(), data=st.data())
def test_ways_on_the_core_are_as_long_and_lead_over_streets_that_join(
    problem: PatrolProblem, data: st.DataObject
) -> None:
    core = CoreProblem.of(problem)
    robot = data.draw(st.integers(0, len(problem.fleet) - 1))
    small, large = core.problem.fleet[robot], problem.fleet[robot]
    near = lengths(core.problem.graph, small.traversal.drivable)
    far = lengths(problem.graph, large.traversal.drivable)
    ends = [node for _, node in small.nodes]
    true = [node for _, node in large.nodes]
    for (a, b), (c, d) in zip(pairwise(ends), pairwise(true), strict=True):
        path = near.shortest_path(a, b)
        streets = core.expanded(path.streets, start=a)
        assert problem.graph.edge_length_m[streets].sum() == pytest.approx(
            far.distances([c])[0, d], abs=0.01
        )
        assert large.traversal.drivable[streets].all()
        at = c
        for street in streets.tolist():
            first, last = problem.graph.edge_nodes[street].tolist()
            assert at in {first, last}
            at = last if at == first else first
        assert at == d


@settings(deadline=None, max_examples=30)
@given(problem=mixed_problems())
def test_required_streets_keep_their_order_and_their_times(
    problem: PatrolProblem,
) -> None:
    core = CoreProblem.of(problem)
    small = core.problem
    assert small.required_m == pytest.approx(problem.required_m)
    for street, k in zip(problem.required.tolist(), small.required, strict=True):
        start = int(small.graph.edge_nodes[k, 0])
        assert core.expanded(np.array([k]), start=start).tolist() == [street]
    for one, other in zip(small.fleet, problem.fleet, strict=True):
        assert np.array_equal(
            one.traversal.travel_s[small.required],
            other.traversal.travel_s[problem.required],
        )


def test_core_of_a_large_grid_with_little_to_do_is_small() -> None:
    problem = problem_of(grid_graph(20, 20), [0, 100, 400])
    core = CoreProblem.of(problem).problem
    assert core.graph.num_nodes <= 12
    assert len(core.required) == 3


def test_times_that_differ_by_direction_are_added_up_in_each() -> None:
    problem = problem_of(grid_graph(2, 6), [0])
    slope = traversal_of(problem.graph)
    travel_s = slope.travel_s * np.array([1.0, 2.0])
    steep = replace(slope, travel_s=travel_s)
    fleet = tuple(replace(robot, traversal=steep) for robot in problem.fleet)
    core = CoreProblem.of(replace(problem, fleet=fleet, required=np.array([0, 5])))
    small = core.problem
    for k in range(small.graph.num_edges):
        a, b = small.graph.edge_nodes[k].tolist()
        for way, start in enumerate((a, b)):
            streets = core.expanded(np.array([k]), start=start)
            at, total_s = int(core._node[start]), 0.0
            for street in streets.tolist():
                first, last = problem.graph.edge_nodes[street].tolist()
                total_s += travel_s[street, int(at != first)]
                at = last if at == first else first
            assert small.fleet[0].traversal.travel_s[k, way] == pytest.approx(total_s)

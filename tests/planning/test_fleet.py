import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.euler import walk_nodes
from patrol.planning.fleet import first_passes, fleet_walks
from patrol.planning.rural_problem import RuralProblem
from tests.planning.networks import optimal_extra, rural_problems
from tests.planning.problems import QUICK


@settings(deadline=None)
@given(problem=rural_problems(), robots=st.integers(1, 4))
def test_walks_are_closed_and_pass_every_required_edge_between_them(
    problem: RuralProblem, robots: int
) -> None:
    extra = optimal_extra(problem)
    *_, walks = fleet_walks(problem, extra, robots=robots, seed=0, until=QUICK)

    assert len(walks) == robots
    for walk in walks:
        nodes = walk_nodes(problem.network, walk, start=problem.depot)
        assert nodes[0] == nodes[-1] == problem.depot
    passed = np.concatenate(walks)
    assert set(np.flatnonzero(problem.required)) <= set(passed.tolist())
    single = problem.cost_of(problem.required + extra)
    assert max(problem.network.cost[walk].sum() for walk in walks) <= single


@pytest.mark.parametrize(
    ("wanted", "steps"),
    [([True, True], [0, 2]), ([False, True], [2]), ([False] * 2, [])],
)
def test_only_the_first_pass_of_a_wanted_edge_counts(
    wanted: list[bool], steps: list[int]
) -> None:
    walk = np.array([0, 0, 1, 0, 1])
    assert first_passes(walk, np.array(wanted)).tolist() == steps

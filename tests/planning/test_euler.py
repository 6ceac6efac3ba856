import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import PlanError
from patrol.planning.euler import euler_walk, walk_nodes
from patrol.planning.rural_problem import RuralProblem
from tests.planning.networks import network_of, optimal_extra, rural_problems


@settings(deadline=None)
@given(problem=rural_problems(), seed=st.none() | st.integers(0, 9))
def test_walk_is_closed_unbroken_and_passes_each_edge_as_often_as_asked(
    problem: RuralProblem, seed: int | None
) -> None:
    passes = problem.required + optimal_extra(problem)
    rng = None if seed is None else np.random.default_rng(seed)

    walk = euler_walk(problem.network, passes, start=problem.depot, rng=rng)

    counts = np.bincount(walk, minlength=problem.network.num_edges)
    assert counts.tolist() == passes.tolist()
    nodes = walk_nodes(problem.network, walk, start=problem.depot)
    assert nodes[0] == nodes[-1] == problem.depot


def test_odd_nodes_have_no_closed_walk() -> None:
    network = network_of(3, [(0, 1, 1), (1, 2, 1)])
    with pytest.raises(PlanError, match="2 nodes have an odd number of passes"):
        euler_walk(network, np.array([1, 1]), start=0)


def test_passes_far_from_the_start_have_no_closed_walk() -> None:
    network = network_of(4, [(0, 1, 1), (2, 3, 1)])
    with pytest.raises(PlanError, match="2 of 4 passes do not hang together"):
        euler_walk(network, np.array([2, 2]), start=0)


def test_walk_that_jumps_is_refused() -> None:
    network = network_of(4, [(0, 1, 1), (2, 3, 1)])
    with pytest.raises(PlanError, match="step 1 of the walk passes edge 1 from 2 to 3"):
        walk_nodes(network, np.array([0, 1]), start=0)

import numpy as np
import pytest

from benchmarks.fleets import clusters, fleet_figures
from patrol.planning.network import Network
from patrol.planning.rural_problem import RuralProblem
from tests.planning.networks import network_of
from tests.planning.problems import QUICK


def grid(side: int) -> Network:
    """Square blocks of cost 10."""
    number = np.arange(side * side).reshape(side, side)
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    along = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    edges = [(int(a), int(b), 10) for a, b in np.concatenate([across, along])]
    return network_of(side * side, edges)


@pytest.mark.parametrize("count", [1, 7, 40])
def test_clusters_hold_as_many_edges_as_asked_for(count: int) -> None:
    network = grid(6)
    required = clusters(network, count=count, size=5, seed=1)
    assert required.sum() == count
    assert (clusters(network, count=count, size=5, seed=1) == required).all()


def test_required_edges_hang_together_in_a_cluster() -> None:
    network = grid(6)
    required = clusters(network, count=5, size=5, seed=2)
    label = network.parts(np.flatnonzero(required))
    assert len(np.unique(label[network.edge_nodes[required, 0]])) == 1


def test_fleet_of_a_district_is_never_below_its_bounds() -> None:
    network = grid(6)
    required = clusters(network, count=20, size=4, seed=3)
    problem = RuralProblem(network, required, depot=0)

    figures = fleet_figures(problem, robots=3, until=QUICK)

    assert figures.total >= figures.total_bound
    assert figures.longest >= figures.longest_bound
    row = figures.row("grid", "RPP fleet")
    assert row["gap_longest"] == figures.longest / figures.longest_bound - 1

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.cuts import CutKind, Separator
from patrol.planning.moats import moats
from patrol.planning.network import Network
from patrol.planning.rural_problem import RuralProblem
from tests.planning.networks import network_of, optimal_extra, rural_problems

KINDS = [Separator.parity, Separator.connectivity]


@settings(deadline=None)
@given(problem=rural_problems(), data=st.data())
def test_no_cut_cuts_off_the_best_tour(
    problem: RuralProblem, data: st.DataObject
) -> None:
    m = problem.network.num_edges
    passes = st.lists(st.floats(0, 2), min_size=m, max_size=m)
    x = np.array(data.draw(passes))
    best = optimal_extra(problem)
    links = Separator.connectivity(problem)
    found = [cut for kind in KINDS for cut in kind(problem).grown(x)]
    found += links.cheapest(x) if problem.num_parts > 1 else []
    for kind in KINDS:
        found += moats(kind(problem), problem.network.cost.astype(float))
    for cut in found:
        assert best[cut.edges].sum() >= cut.kind.value


@settings(deadline=None)
@given(problem=rural_problems())
def test_moats_take_no_more_than_each_edge_costs(problem: RuralProblem) -> None:
    # Moats pack: with their steps as prices they prove a bound below the optimum.
    for kind in KINDS:
        cuts = moats(kind(problem), problem.network.cost.astype(float))
        if cuts:
            first = min(problem.network.cost[cuts[0].edges])
            least = first * cuts[0].kind.value
            assert least <= problem.cost_of(optimal_extra(problem))


@pytest.fixture
def two_parts() -> RuralProblem:
    """Two required triangles, joined by a long way over node 6 and a short one."""
    triangles = [(0, 1, 1), (1, 2, 1), (2, 0, 1), (3, 4, 1), (4, 5, 1), (5, 3, 1)]
    network = network_of(7, [*triangles, (2, 3, 9), (1, 6, 2), (6, 4, 2)])
    return RuralProblem(network, np.arange(9) < 6, depot=0)


def test_solution_in_two_parts_is_cut_off(two_parts: RuralProblem) -> None:
    links = Separator.connectivity(two_parts)
    nothing = np.zeros(9)
    for cuts in (links.grown(nothing), links.cheapest(nothing)):
        assert {cut.kind for cut in cuts} == {CutKind.CONNECTIVITY}
        assert all(cut.edges.tolist() in ([6, 7], [6, 8]) for cut in cuts)
    assert links.cheapest(np.array([0.0] * 6 + [0, 2, 2])) == []


def test_flow_finds_the_cut_that_one_pass_does_not_satisfy(
    two_parts: RuralProblem,
) -> None:
    links = Separator.connectivity(two_parts)
    x = np.array([0.0] * 6 + [0.5, 1.0, 1.0])
    assert links.cheapest(x)
    assert not links.cheapest(np.array([0.0] * 6 + [1.0, 1.0, 1.0]))


def test_moats_nest_round_a_part(two_parts: RuralProblem) -> None:
    cuts = moats(
        Separator.connectivity(two_parts), two_parts.network.cost.astype(float)
    )
    assert [6, 7] in [cut.edges.tolist() for cut in cuts]
    assert [6, 8] in [cut.edges.tolist() for cut in cuts]


def test_even_network_has_no_parity_cut(two_parts: RuralProblem) -> None:
    assert Separator.parity(two_parts).grown(np.zeros(9)) == []


def test_of_many_moats_the_widest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    side = 12
    at = np.arange(side * side).reshape(side, side)
    ends = np.concatenate(
        [
            np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()]),
            np.column_stack([at[:-1].ravel(), at[1:].ravel()]),
        ]
    )
    cost = np.random.default_rng(0).integers(50, 151, len(ends))
    required = np.zeros(len(ends), bool)
    required[[0, len(ends) - 1]] = True
    problem = RuralProblem(Network(side * side, ends, cost), required, depot=0)
    links, slack = Separator.connectivity(problem), cost.astype(float)
    every = moats(links, slack)
    monkeypatch.setattr("patrol.planning.moats._MOST", 0)
    few = moats(links, slack)
    entries = sum(len(cut.edges) for cut in few)
    assert 0 < entries <= len(ends) < sum(len(cut.edges) for cut in every)
    assert {cut.key for cut in few} <= {cut.key for cut in every}

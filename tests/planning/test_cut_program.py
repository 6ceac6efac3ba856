import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.cut_program import CutProgram
from patrol.planning.cuts import Cut, CutKind, Separator
from patrol.planning.flow_cuts import weak_sides
from patrol.planning.merge_tree import branch_borders, merge_strongest
from patrol.planning.rural_problem import RuralProblem
from tests.planning.networks import every_choice, rural_problems


def test_program_takes_the_cheapest_passes_over_each_border() -> None:
    program = CutProgram(np.array([3.0, 1.0, 2.0]))
    both = Cut(np.array([0, 1]), CutKind.CONNECTIVITY)
    assert program.add([both, both]) == 1  # the same cut is taken once
    program.solve()
    assert program.x.tolist() == [0, 2, 0]
    assert program.value == 2
    assert program.prices() == [(both, 1.0)]
    assert program.add([both]) == 0
    assert program.add([Cut(np.array([0, 2]), CutKind.PARITY)]) == 1
    program.solve()
    assert program.value == 4
    assert [cut for cut, _ in program.prices()] == [both]


def test_idle_cuts_are_given_up_and_may_come_back() -> None:
    program = CutProgram(np.array([1.0, 5.0, 5.0]))
    loose = Cut(np.array([0, 1]), CutKind.PARITY)
    program.add([loose])
    for edges in ([0], [0, 2], [1], [1, 2], [2]):
        program.add([Cut(np.array(edges), CutKind.CONNECTIVITY)])
        program.solve()
    assert program.value == 22
    program.x = np.zeros(3)
    assert program.add([loose]) == 1


@settings(deadline=None)
@given(problem=rural_problems(), data=st.data())
def test_flow_misses_no_weak_cut(problem: RuralProblem, data: st.DataObject) -> None:
    network = problem.network
    passes = st.lists(
        st.sampled_from([0.0, 0.5, 1.0, 2.0]),
        min_size=network.num_edges,
        max_size=network.num_edges,
    )
    x = np.array(data.draw(passes))
    apart = network.edge_nodes[:, 0] != network.edge_nodes[:, 1]
    ends, x = network.edge_nodes[apart], x[apart]
    mass = np.zeros(network.num_nodes, np.int64)
    mass[problem.part >= 0] = 1
    sides = weak_sides(ends, x, mass, 2.0 - 1e-4)
    for side in sides:
        inside = np.isin(np.arange(network.num_nodes), side)
        assert 0 < mass[inside].sum() < mass.sum()
        assert _crossing(ends, x, inside) < 2
    weak = any(
        0 < mass[inside].sum() < mass.sum() and _crossing(ends, x, inside) < 2
        for inside in every_choice(network.num_nodes, 1).astype(bool)
    )
    assert bool(sides) == weak


@settings(deadline=None)
@given(problem=rural_problems(), data=st.data())
def test_branches_know_their_mass_and_their_border(
    problem: RuralProblem, data: st.DataObject
) -> None:
    parity = Separator.parity(problem)
    m = problem.network.num_edges
    x = np.array(data.draw(st.lists(st.floats(0.1, 2), min_size=m, max_size=m)))
    apart = np.flatnonzero(parity.ends[:, 0] != parity.ends[:, 1])
    tree = merge_strongest(parity.ends[apart], x[apart], parity.mass)
    every = np.arange(len(tree.mass))
    edges, starts = branch_borders(tree, every, parity.ends)
    for branch in every:
        border = edges[starts[branch] : starts[branch + 1]]
        assert abs(x[border].sum() - tree.crossing[branch]) < 1e-9
        assert np.array_equal(border, np.unique(border))
    assert tree.mass[-1] == parity.mass.sum()  # the network hangs together


def _crossing(ends: np.ndarray, x: np.ndarray, inside: np.ndarray) -> float:
    return float(x[inside[ends[:, 0]] != inside[ends[:, 1]]].sum())

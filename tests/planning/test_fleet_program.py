import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from patrol.planning.fleet_program import CutRow, FleetProgram
from patrol.planning.nested_cuts import Load, NestedCuts
from patrol.planning.rural_problem import RuralProblem
from tests.planning.networks import network_of, rural_problems


def test_value_is_the_least_cost_that_respects_all_rows() -> None:
    program = FleetProgram(np.array([3, 5, 4]))
    rows = [CutRow(np.array([0, 1]), 2), CutRow(np.array([1, 2]), 1)]
    assert program.add(rows) == 2
    program.solve()
    assert program.value == 8  # edge 1 once serves both rows, edge 0 once more
    assert program.add(rows) == 0


def test_row_with_a_higher_demand_replaces_an_idle_one() -> None:
    program = FleetProgram(np.array([3]))
    program.add([CutRow(np.array([0]), 1)])
    program.solve()
    assert program.add([CutRow(np.array([0]), 4)]) == 1
    program.solve()
    assert program.value == 12
    assert [row.least for row in program.rows] == [4]


@given(problem=rural_problems(), data=st.data())
def test_whole_prices_overdraw_no_edge(
    problem: RuralProblem, data: st.DataObject
) -> None:
    m = problem.network.num_edges
    edges = st.sets(st.integers(0, m - 1), min_size=1).map(sorted).map(np.array)
    rows = data.draw(st.lists(st.builds(CutRow, edges, st.integers(1, 4)), min_size=1))
    program = FleetProgram(problem.network.cost)
    program.add(rows)
    program.solve()

    prices = program.whole_prices(np.ones(len(program.rows), bool))

    taken = np.zeros(m, np.int64)
    for row, price in zip(program.rows, prices.price.tolist(), strict=True):
        taken[row.edges] += price
    assert (prices.left == problem.network.cost * prices.parts - taken).all()
    assert (prices.left >= 0).all()
    assert (prices.price >= 0).all()


def test_far_load_asks_for_as_many_visits_as_it_fills_vehicles() -> None:
    network = network_of(3, [(0, 1, 5), (1, 2, 5)])
    problem = RuralProblem(network, np.array([False, True]), depot=0)
    load = Load(
        demand=np.array([0, 7]),
        away=np.zeros(3, np.int64),
        capacity=3,
        with_deadhead=False,
    )
    cuts = NestedCuts(problem, load)
    found = cuts.beyond(FleetProgram(network.cost), np.array([0, 1, 2]))
    # Three vehicles come and go; one pass of the required edge is its service.
    assert [(row.edges.tolist(), row.least) for row in found] == [([0], 6), ([1], 5)]

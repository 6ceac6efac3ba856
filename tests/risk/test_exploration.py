"""A floor of the way goes outside the top, by a lot that leaves no street out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.exploration import Exploration, explore
from patrol.risk.priority import choose_required
from tests.strategies import grid_graph, line_graph, street_graphs

GRID = grid_graph(8, 8)
M = GRID.num_edges
ALL = np.ones(M, dtype=bool)
PRIORITY = np.linspace(1, 0, M)


def chosen(graph: StreetGraph, share: float, priority: np.ndarray) -> np.ndarray:
    return choose_required(
        graph, np.ones(graph.num_edges, dtype=bool), priority, share=share
    )


@given(
    graph=street_graphs(),
    share=st.floats(0.05, 1),
    part=st.floats(0, 1),
    data=st.data(),
)
def test_floor_is_kept_and_the_whole_grows_by_one_street_at_most(
    graph: StreetGraph, share: float, part: float, data: st.DataObject
) -> None:
    m, length_m = graph.num_edges, graph.edge_length_m
    priority = np.array(
        data.draw(st.lists(st.floats(0, 1), min_size=m, max_size=m)), dtype=np.float64
    )
    before = chosen(graph, share, priority)
    options = Exploration(part, (data.draw(st.integers(0, 99)),))
    drivable = np.ones(m, dtype=bool)
    after = explore(graph, drivable, before, priority, options=options)
    budget_m = length_m[before].sum()
    ranked = before[np.argsort(-priority[before], kind="stable")]
    top = ranked[length_m[ranked].cumsum() <= (1 - part) * budget_m * (1 + 1e-9)]
    outside = np.setdiff1d(after, top)
    others_m = length_m.sum() - length_m[top].sum()
    assert (np.diff(after) > 0).all()
    assert len(after) > 0
    if part > 0:
        floor_m = min(part * budget_m, others_m)
        assert length_m[outside].sum() >= floor_m * (1 - 1e-6)
    assert length_m[after].sum() <= max(budget_m, length_m.max()) + length_m.max()


def test_top_stays_but_for_what_makes_room() -> None:
    before = chosen(GRID, 0.5, PRIORITY)
    after = explore(GRID, ALL, before, PRIORITY, options=Exploration())
    explored = np.setdiff1d(after, before)
    assert 0 < len(explored) <= np.ceil(0.1 * len(before))
    assert len(after) == len(before)
    top = before[: int(0.9 * len(before))]  # the lower the number, the riskier
    assert np.isin(top, after).all()


def test_switched_off_nothing_changes() -> None:
    before = chosen(GRID, 0.3, PRIORITY)
    after = explore(GRID, ALL, before, PRIORITY, options=Exploration(share=0))
    assert after.tolist() == before.tolist()


def test_all_streets_stay_all_streets() -> None:
    after = explore(GRID, ALL, np.arange(M), PRIORITY, options=Exploration())
    assert after.tolist() == list(range(M))


def test_only_drivable_streets_are_drawn() -> None:
    drivable = np.arange(M) < 40
    before = np.arange(20)
    for night in range(20):
        options = Exploration(0.5, (0, night))
        after = explore(GRID, drivable, before, PRIORITY, options=options)
        assert after.max() < 40


def test_each_night_draws_anew_and_the_same_night_the_same() -> None:
    before = chosen(GRID, 0.3, PRIORITY)
    nights = [
        explore(GRID, ALL, before, PRIORITY, options=Exploration(seed=(0, night)))
        for night in (1, 1, 2)
    ]
    assert nights[0].tolist() == nights[1].tolist() != nights[2].tolist()


def test_streets_where_patrols_seldom_were_are_drawn_first() -> None:
    graph = line_graph(10)
    dose_m = np.where(np.arange(10) == 9, 0.0, 100_000.0)
    everywhere = np.ones(10, dtype=bool)
    drawn = np.zeros(10)
    for night in range(40):
        options = Exploration(0.5, (night,), dose_m)
        after = explore(
            graph, everywhere, np.arange(2), np.linspace(1, 0, 10), options=options
        )
        drawn[after] += 1
    assert drawn[9] > 35
    assert drawn[2:9].sum() <= 5


def test_longer_streets_are_drawn_more_often_in_proportion() -> None:
    graph = grid_graph(2, 40, spacing_m=50)
    length_m = graph.edge_length_m
    drivable = np.ones(graph.num_edges, dtype=bool)
    weight = np.zeros(graph.num_edges)
    for night in range(300):
        options = Exploration(
            0.5, (night,), np.where(np.arange(len(weight)) % 2, 50.0, 0)
        )
        weight[explore(graph, drivable, np.arange(2), -length_m, options=options)] += 1
    seldom, often = weight[3::2].sum(), weight[2::2].sum()  # one pass halves the chance
    assert often / seldom == pytest.approx(2, rel=0.35)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(RiskError, match="must be from 0 to 1"):
        Exploration(share)


@pytest.mark.parametrize("dose_m", [np.zeros(3), np.full(M, -1.0), np.full(M, np.nan)])
def test_dose_of_another_map_or_below_nothing_is_refused(dose_m: np.ndarray) -> None:
    options = Exploration(dose_m=dose_m)
    with pytest.raises(RiskError, match=f"must have {M} values"):
        explore(GRID, ALL, np.arange(4), PRIORITY, options=options)

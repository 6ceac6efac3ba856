"""The riskiest and darkest streets come first, up to a share of the length."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.priority import choose_required, choose_risky, street_priority
from tests.risk.makers import field_of
from tests.strategies import line_graph, street_graphs

ALL = np.ones(4, dtype=bool)


def test_priority_weighs_scaled_rate_and_concern() -> None:
    field = field_of(line_graph(3), history=[0.099, 0.049, 0.0], concern=[0, 0.5, 1])
    top = np.percentile(field.rate_per_km_h, 99)
    assert street_priority(field) == pytest.approx(
        [0.8, 0.8 * 0.05 / top + 0.2 * 0.5, 0.8 * 0.001 / top + 0.2]
    )


def test_one_extreme_street_does_not_set_the_scale() -> None:
    history = np.full(1000, 0.01)
    history[7] = 100
    priority = street_priority(field_of(line_graph(1000), history=history))
    assert priority == pytest.approx(np.full(1000, 0.8))


@given(graph=street_graphs(), data=st.data())
def test_priority_is_from_0_to_1_and_grows_with_risk(
    graph: StreetGraph, data: st.DataObject
) -> None:
    m = graph.num_edges
    rate = data.draw(st.lists(st.floats(0, 1e6), min_size=m, max_size=m))
    dark = data.draw(st.floats(0, 1))
    priority = street_priority(field_of(graph, history=rate, concern=dark))
    assert ((priority >= 0) & (priority <= 1)).all()
    assert (np.diff(priority[np.argsort(rate)]) >= 0).all()


def test_a_field_without_any_risk_is_ranked_by_concern() -> None:
    field = field_of(line_graph(2), concern=[0.2, 0.8])
    none = replace(field, shares={"base": np.zeros(2)})
    assert street_priority(none) == pytest.approx([0.04, 0.16])


def test_a_field_without_the_weight_is_refused() -> None:
    bare = replace(field_of(line_graph(2)), weights={"history.weight": 1.0})
    with pytest.raises(RiskError, match=r"no weight 'concern.weight', it has history"):
        street_priority(bare)


@given(graph=street_graphs(), data=st.data(), share=st.floats(0.01, 1))
def test_chosen_streets_are_the_first_that_fit_the_share(
    graph: StreetGraph, data: st.DataObject, share: float
) -> None:
    m = graph.num_edges
    priority = np.array(
        data.draw(st.lists(st.sampled_from([0, 0.5, 1.0]), min_size=m, max_size=m))
    )
    drivable = np.array(data.draw(st.lists(st.booleans(), min_size=m, max_size=m)))
    drivable[data.draw(st.integers(0, m - 1))] = True
    chosen = choose_required(graph, drivable, priority, share=share)

    ranked = sorted(np.flatnonzero(drivable), key=lambda s: (-priority[s], s))
    assert chosen.tolist() == sorted(ranked[: len(chosen)])
    budget_m = share * graph.edge_length_m[drivable].sum() * (1 + 1e-6)
    assert len(chosen) == 1 or graph.edge_length_m[chosen].sum() <= budget_m
    one_more = ranked[: len(chosen) + 1]
    assert (
        share == 1
        or len(one_more) == len(chosen)
        or (graph.edge_length_m[one_more].sum() > budget_m * (1 - 1e-5))
    )


def test_equals_are_taken_by_number_and_a_full_share_takes_all() -> None:
    graph, same = line_graph(4), np.full(4, 0.3)
    assert choose_required(graph, ALL, same, share=0.5).tolist() == [0, 1]
    assert choose_required(graph, ALL, same, share=0.01).tolist() == [0]
    assert choose_required(graph, ALL, same, share=1).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"share": 0.0}, "a share of 0.0 .* above 0 and at most 1"),
        ({"share": 1.01}, "a share of 1.01"),
        ({"share": float("nan")}, "a share of nan"),
        ({"drivable": np.ones(3, bool)}, r"drivable has shape \(3,\), expected \(4,\)"),
        ({"priority": np.ones((4, 1))}, r"priority has shape \(4, 1\)"),
        ({"priority": np.array([0, 1, np.nan, 0])}, "priority of street 2 is not"),
        ({"drivable": ~ALL}, "none of 4 streets is drivable"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(
    part: dict[str, Any], message: str
) -> None:
    given_: dict[str, Any] = {"drivable": ALL, "priority": np.ones(4), "share": 0.5}
    given_ |= part
    with pytest.raises(RiskError, match=message):
        choose_required(
            line_graph(4), given_["drivable"], given_["priority"], share=given_["share"]
        )


def test_streets_of_enough_risk_per_km_are_chosen_whatever_their_length() -> None:
    graph, risk_per_h = line_graph(4), np.array([0.01, 0.03, 0.021, 0.05])  # 100 m each
    drivable = np.array([True, True, True, False])
    chosen = choose_risky(graph, drivable, risk_per_h, min_risk=0.2)
    assert chosen.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("least", "message"),
    [
        (0.0, "least risk of 0.0 .* above 0"),
        (float("nan"), "least risk of nan"),
        (float("inf"), "least risk of inf"),
        (0.6, "no drivable street has a risk of 0.6 .* the highest has 0.5"),
    ],
)
def test_least_risk_that_chooses_nothing_is_refused(least: float, message: str) -> None:
    risk_per_h = np.array([0.01, 0.03, 0.02, 0.05])
    with pytest.raises(RiskError, match=message):
        choose_risky(line_graph(4), ALL, risk_per_h, min_risk=least)
    with pytest.raises(RiskError, match=r"risk_per_h has shape \(3,\)"):
        choose_risky(line_graph(4), ALL, risk_per_h[:3], min_risk=least)

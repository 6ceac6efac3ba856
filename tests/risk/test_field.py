"""A field checks itself, adds up, and explains every street."""

from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.field import HOURS_OF_WEEK, RiskField
from tests.risk.makers import field_of
from tests.strategies import grid_graph, line_graph, street_graphs

EVENING = 0.5 + np.arange(HOURS_OF_WEEK) / (HOURS_OF_WEEK - 1)  # mean 1


@given(graph=street_graphs(), data=st.data())
def test_explanation_of_each_street_adds_up_to_its_rate_exactly(
    graph: StreetGraph, data: st.DataObject
) -> None:
    m = graph.num_edges
    history = data.draw(st.lists(st.floats(0, 5), min_size=m, max_size=m))
    field = field_of(graph, history=history)
    for street in range(m):
        parts = field.explain(street)
        assert list(parts) == ["history", "base"]
        assert reduce(add, parts.values()) == field.rate_per_km_h[street]


@given(graph=street_graphs())
def test_expectation_over_the_whole_week_is_rate_times_length(
    graph: StreetGraph,
) -> None:
    field = field_of(graph, history=0.02, profile=EVENING)
    expected = field.expected_per_h(graph, np.ones(HOURS_OF_WEEK))
    assert np.allclose(expected, 0.021 * graph.edge_length_m / 1000)


def test_expectation_follows_the_hours_of_the_shift() -> None:
    graph = line_graph(2)
    field = field_of(graph, profile=EVENING)
    sunday = datetime.fromisoformat("2026-01-11T22:30+09:00")
    hours = field.hours_of_week(sunday, 2 * 3600)
    # Half an hour before and one in the last hour of the week, half in the first.
    factor = (0.5 * EVENING[166] + EVENING[167] + 0.5 * EVENING[0]) / 2
    assert field.factor(hours) == pytest.approx(factor)
    assert np.allclose(field.expected_per_h(graph, hours), 0.001 * 0.1 * factor)


def test_arrays_cannot_be_changed() -> None:
    field = field_of(line_graph(2))
    for array in (*field.shares.values(), field.profile, field.rate_per_km_h):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_digest_names_every_part() -> None:
    graph = line_graph(3)
    field = field_of(graph)
    other_profile = EVENING.copy()
    others = [
        field_of(graph, history=1e-12),
        field_of(graph, concern=[0, 0, 1e-12]),
        field_of(graph, profile=other_profile),
        replace(field, weights=dict(field.weights) | {"concern.weight": 0.3}),
        replace(field, synthetic=True),
        replace(field, time_zone="UTC"),
        replace(field, graph_digest="other"),
        replace(field, num_incidents=1),
        replace(field, num_outside=1),
        replace(field, shares={"past": field.shares["history"]} | dict(field.shares)),
    ]
    assert field.digest == field_of(graph).digest
    assert len({field.digest, *(other.digest for other in others)}) == 11


def test_expectation_for_another_map_is_refused() -> None:
    field = field_of(line_graph(2))
    other = line_graph(2, spacing_m=50)
    with pytest.raises(RiskError, match=f"not of map {other.digest[:12]}: fit it"):
        field.expected_per_h(other, np.ones(HOURS_OF_WEEK))


@pytest.mark.parametrize("hours", [np.zeros(168), np.ones(24), -np.ones(168)])
def test_hours_that_are_none_are_refused(hours: np.ndarray[Any, Any]) -> None:
    with pytest.raises(RiskError, match="not all 0"):
        field_of(line_graph(2)).factor(hours)


@pytest.mark.parametrize("street", [-1, 2])
def test_explaining_a_street_that_is_none_is_refused(street: int) -> None:
    with pytest.raises(RiskError, match=f"no street {street}: .* from 0 to 1"):
        field_of(line_graph(2)).explain(street)


def changed(array: Any, place: int, value: float) -> Any:
    copy = array.copy()
    copy[place] = value
    return copy


BASE = field_of(grid_graph(2, 2))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"shares": {}}, "no shares"),
        ({"shares": {"base": np.zeros(3)}}, r"shape \(3,\), the concern \(4,\)"),
        (
            {"shares": {"b{}": changed(BASE.concern, 2, -1e-9)}},
            r"share 'b\{\}' of street 2 is -1e-09: it must be 0 or more",
        ),
        ({"shares": {"base": changed(BASE.concern, 1, np.nan)}}, "street 1 is nan"),
        ({"shares": {"base": changed(BASE.concern, 1, np.inf)}}, "street 1 is inf"),
        ({"concern": changed(BASE.concern, 3, 1.5)}, "concern of street 3 is 1.5"),
        ({"concern": changed(BASE.concern, 3, np.nan)}, "concern of street 3 is nan"),
        ({"concern": np.zeros((4, 1))}, "one value a street"),
        ({"concern": np.zeros(0)}, "one value a street"),
        ({"profile": np.ones(24)}, "must have 168 hours"),
        ({"profile": np.full(168, 1.001)}, "its mean must be 1"),
        ({"profile": changed(np.ones(168), 5, -1)}, "hour of the week 5 is -1"),
        ({"profile": changed(np.ones(168), 5, np.nan)}, "hour of the week 5 is nan"),
        ({"time_zone": "Mars"}, "no time zone 'Mars'"),
    ],
)
def test_a_field_that_contradicts_itself_is_refused(
    part: dict[str, Any], message: str
) -> None:
    with pytest.raises(RiskError, match=message):
        replace(BASE, **part)


def test_a_field_is_kept_factored() -> None:
    assert {array.size for array in BASE.shares.values()} == {4}
    assert isinstance(BASE, RiskField)
    assert BASE.num_edges == 4

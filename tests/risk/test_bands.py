"""Bands hold the true rate as often as they say, and grow narrow with evidence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.risk_files import read_record
from patrol.errors import RiskError
from patrol.risk.band_check import check_bands
from patrol.risk.bands import (
    TORONTO_2018,
    Dispersion,
    band,
    chance_above,
    coverage,
    fit_dispersion,
)
from patrol.risk.evaluate import Windows
from patrol.risk.ground import street_record
from patrol.risk.learned import LearningOptions
from patrol.risk.multiplier import MultiplierOptions
from tests.risk.makers import NOW_S, SINCE_S, field_of, record
from tests.shared_data import shared_file
from tests.strategies import grid_graph, line_graph

TRUE = Dispersion(base=0.4, per_incident=0.3)


def drawn(size: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected and found incidents, and counts before, of gamma distributed rates."""
    rng = np.random.default_rng(3)
    count = rng.exponential(3.0, size)
    shape = TRUE.shape(count)
    expected = rng.uniform(0.01, 4.0, size)
    return expected, rng.poisson(rng.gamma(shape, expected / shape)) * 1.0, count


def test_dispersion_is_found_again() -> None:
    found = fit_dispersion(*drawn())
    assert found.base == pytest.approx(TRUE.base, rel=0.15)
    assert found.per_incident == pytest.approx(TRUE.per_incident, rel=0.1)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_bands_cover_as_often_as_they_say(share: float) -> None:
    expected, found, count = drawn()
    inside = coverage(expected, TRUE.shape(count), found, share=share)
    assert inside.mean() == pytest.approx(share, abs=0.01)


def test_bands_of_too_sure_a_shape_cover_too_little() -> None:
    expected, found, count = drawn()
    sure = coverage(expected, 50 + TRUE.shape(count), found, share=0.8)
    assert sure[expected > 1].mean() < 0.7


@given(rate=st.floats(1e-6, 10), count=st.floats(0, 500), share=st.floats(0.05, 0.95))
def test_band_lies_about_the_rate_and_narrows_with_evidence(
    rate: float, count: float, share: float
) -> None:
    rates, shape = np.array([rate]), TORONTO_2018.shape(np.array([count]))
    low, high = band(rates, shape, share=share)
    assert 0 <= low[0] < high[0]
    more_low, more_high = band(rates, shape * 4 + 1, share=share)
    assert more_high[0] / max(more_low[0], 1e-300) < high[0] / max(low[0], 1e-300)
    inside = chance_above(rates, shape, limit=float(low[0])) - chance_above(
        rates, shape, limit=float(high[0])
    )
    assert inside[0] == pytest.approx(share, abs=1e-6) or low[0] < 1e-200


def test_a_share_that_is_no_chance_is_refused() -> None:
    with pytest.raises(RiskError, match=r"band of 1\.0: its chance must lie between"):
        field_of(line_graph(2)).band(1.0)


def test_streets_of_much_evidence_and_high_rate_are_surely_in_the_top() -> None:
    graph = line_graph(40)
    history = np.zeros(40)
    history[7] = 5.0
    chance = field_of(graph, history=history).chance_in_top(graph, 0.05)
    assert chance[7] > 0.3
    assert chance[7] == chance.max()
    assert np.delete(chance, 7).max() < 0.4


def test_bands_hold_on_windows_of_a_steady_city() -> None:
    rng = np.random.default_rng(5)
    likely = rng.gamma(0.5, 1.0, 112)
    street = rng.choice(112, 3000, p=likely / likely.sum())
    graph = grid_graph(8, 8)
    middle = graph.node_xy_m[graph.edge_nodes[street]].mean(axis=1)
    times = np.sort(rng.integers(SINCE_S, NOW_S, 3000))
    past = street_record(graph, record(middle, times))
    options = LearningOptions(multiplier=MultiplierOptions(trees=5))

    found = check_bands(past, windows=Windows(days=14, count=4), options=options)

    assert found.units == pytest.approx(0.8, abs=0.08)
    assert found.num_telling > 100
    assert found.telling == pytest.approx(0.8, abs=0.08)


def test_bands_hold_in_toronto() -> None:
    path = shared_file("data/toronto-2018/incidents.csv.gz")
    past, _ = read_record(Path(path).parent, cell_m=150.0, history_years=None)
    found = check_bands(
        past, windows=Windows(days=14, count=1), options=LearningOptions()
    )
    assert 0.75 <= found.telling <= 0.85
    assert 0.75 <= found.by_expected <= 0.85

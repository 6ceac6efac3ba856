"""Hits by length, scores and calibration, on cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.risk.metrics import CUTS, Forecast, calibration, calibration_error


def forecast(expected: list[float], found: list[float], km: list[float]) -> Forecast:
    return Forecast(np.array(expected), np.array(found), np.array(km))


forecasts = st.integers(2, 30).flatmap(
    lambda size: st.builds(
        forecast,
        *(
            st.lists(st.floats(low, 10), min_size=size, max_size=size)
            for low in (0.01, 0.0, 0.1)
        ),
    ).filter(lambda one: one.found.sum() > 0.01)
)


def test_hits_are_cut_by_length_and_not_by_number() -> None:
    # The riskiest street is a tenth of the length; half of it holds half its hits.
    one = forecast([9, 1, 1], [6, 2, 2], [1, 4, 5])
    np.testing.assert_allclose(one.hits(), [0.06, 0.3, 0.6])


def test_rate_decides_and_not_the_count() -> None:
    one = forecast([2, 1], [0, 1], [9, 1])
    assert one.order.tolist() == [1, 0]
    assert one.hits()[-1] == pytest.approx(1)


@given(one=forecasts)
def test_no_forecast_hits_more_than_the_oracle(one: Forecast) -> None:
    assert (one.hits() <= one.oracle_hits() + 1e-9).all()
    assert (np.diff(one.hits()) >= -1e-12).all()


@given(one=forecasts)
def test_no_forecast_scores_better_than_what_happened(one: Forecast) -> None:
    knowing = Forecast(one.found, one.found, one.size_km)
    assert one.log_score() <= knowing.log_score() + 1e-6


def test_log_score_is_the_poisson_likelihood_of_an_incident() -> None:
    one = forecast([0.5, 2.0], [1, 3], [1, 1])
    by_hand = (np.log(0.5) + 3 * np.log(2) - 2.5) / 4
    assert one.log_score() == pytest.approx(by_hand)


def test_incident_where_none_was_expected_costs_much_but_not_all() -> None:
    one = forecast([0, 1], [1, 1], [1, 1])
    assert -11 < one.log_score() < -9


@given(one=forecasts)
def test_calibration_table_holds_every_incident_once(one: Forecast) -> None:
    table = calibration([one, one])
    np.testing.assert_allclose(
        table.sum(axis=1), [2 * one.expected.sum(), 2 * one.found.sum()]
    )


def test_calibration_error_is_the_misplaced_share() -> None:
    even = forecast([1.0] * 10, [1.0] * 10, [1.0] * 10)
    assert calibration_error(calibration([even])) == pytest.approx(0)
    twice = forecast([2.0] * 10, [1.0] * 10, [1.0] * 10)
    assert calibration_error(calibration([twice])) == pytest.approx(1)


def test_ties_are_broken_by_a_fixed_shuffle_and_not_by_the_order_of_the_file() -> None:
    one = forecast([1.0] * 1000, [1.0] * 500 + [0.0] * 500, [1.0] * 1000)
    np.testing.assert_allclose(one.hits(), CUTS, atol=0.04)
    assert one.order.tolist() == one.order.tolist()

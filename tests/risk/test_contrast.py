"""Contrast is found where it was lost, and changes neither order nor sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.risk.contrast import find_contrast, with_contrast

SIZE = np.random.default_rng(0).uniform(0.5, 2, 400)
TRUTH = SIZE * np.random.default_rng(1).lognormal(0, 1.5, 400)


def windows(power: float, count: int, *, mean: float = 20.0) -> list[np.ndarray]:
    """What came where the truth has more contrast than the forecast, or less."""
    truth = with_contrast(TRUTH, SIZE, power=power)
    rng = np.random.default_rng(2)
    return [rng.poisson(truth * mean).astype(np.float64) for _ in range(count)]


@pytest.mark.parametrize("power", [0.85, 1.0, 1.2])
def test_the_contrast_of_many_incidents_is_found(power: float) -> None:
    found = windows(power, 3)
    assert find_contrast([TRUTH] * 3, found, SIZE) == pytest.approx(power, abs=0.01)


def test_few_incidents_leave_the_forecast_as_it_is() -> None:
    found = windows(1.3, 1, mean=0.02)
    assert find_contrast([TRUTH], found, SIZE) == pytest.approx(1, abs=0.05)
    assert find_contrast([TRUTH], [0 * SIZE], SIZE) == pytest.approx(1, abs=1e-3)


def test_the_newest_window_counts_most() -> None:
    late, early = windows(1.2, 1), windows(0.8, 1)
    newest_first = find_contrast([TRUTH] * 2, late + early, SIZE)
    other_way = find_contrast([TRUTH] * 2, early + late, SIZE)
    assert newest_first > other_way


@given(power=st.floats(0.7, 1.3), zero=st.integers(0, 399))
def test_order_and_sum_stay(power: float, zero: int) -> None:
    expected = TRUTH.copy()
    expected[zero] = 0.0
    raised = with_contrast(expected, SIZE, power=power)
    assert raised.sum() == pytest.approx(expected.sum())
    before, after = expected / SIZE, raised / SIZE
    assert (np.diff(after[np.argsort(before)]) >= -1e-12).all()
    assert with_contrast(0 * expected, SIZE, power=power).tolist() == [0.0] * 400

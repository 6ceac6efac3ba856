import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from patrol.report.risk_classes import classify

rates = st.lists(st.floats(0, 10), min_size=1, max_size=60)


@given(rates=rates)
def test_classes_follow_the_risk_and_have_a_label_each(rates: list[float]) -> None:
    rate = np.array(rates)
    classes = classify(rate, np.ones(len(rate)))
    assert 1 <= classes.count <= 6
    assert len(classes.labels) == classes.count
    order = np.argsort(rate)
    assert (np.diff(classes.of_street[order]) >= 0).all()
    assert (classes.of_street < classes.count).all()
    for number, limit in enumerate(classes.limits):
        assert ((rate >= limit) == (classes.of_street > number)).all()


def test_few_streets_stand_out() -> None:
    rate = np.linspace(0.001, 0.1, 1000)
    counts = np.bincount(classify(rate, np.ones(1000)).of_street)
    assert len(counts) == 6
    assert (np.diff(counts) < 0).all()
    assert counts[-1] < 50


def test_map_without_risk_has_one_class() -> None:
    classes = classify(np.zeros(5), np.ones(5))
    assert classes.labels == ["0"]
    assert classes.of_street.tolist() == [0] * 5


def test_limits_are_shown_per_thousand_hours() -> None:
    rate = np.repeat([0.001, 0.0123], [90, 10])
    assert classify(rate, np.ones(100)).labels == ["< 1", "1 - 12", "≥ 12"]

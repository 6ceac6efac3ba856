"""What is learned adds up, looks only back, and says when there is too little."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RiskError
from patrol.risk.evidence import evidence_at
from patrol.risk.factors import Surroundings
from patrol.risk.ground import Record, street_record
from patrol.risk.incidents import Incidents
from patrol.risk.learned import LearningOptions, learn, learn_risk
from patrol.risk.level import level_per_day
from patrol.risk.mixture import mixture_weights
from patrol.risk.multiplier import MultiplierOptions, learn_multiplier
from patrol.risk.weights import RiskWeights
from tests.risk.makers import DAY_S, NOW_S, SINCE_S, record
from tests.strategies import grid_graph

GRAPH = grid_graph(8, 8)
OPTIONS = LearningOptions(multiplier=MultiplierOptions(trees=10))


def drawn(count: int = 600, seed: int = 0) -> Incidents:
    """Incidents of a year, most of them in the west."""
    rng = np.random.default_rng(seed)
    places = np.column_stack([700 * rng.random(count) ** 3, 700 * rng.random(count)])
    return record(places, np.sort(rng.integers(SINCE_S, NOW_S, count)))


def streets(incidents: Incidents) -> Record:
    return street_record(GRAPH, incidents)


def test_learned_rate_is_the_exact_sum_of_its_shares() -> None:
    field = learn_risk(
        GRAPH,
        drawn(),
        weights=RiskWeights(),
        now_s=NOW_S,
        around=Surroundings.unknown(GRAPH.num_edges),
    )
    for street in range(0, GRAPH.num_edges, 7):
        assert sum(field.explain(street).values()) == field.rate_per_km_h[street]
    learned = [v for name, v in field.weights.items() if name.startswith("learned.")]
    assert sum(learned) == pytest.approx(1)
    assert "history.weight" not in field.weights


@pytest.mark.parametrize("multiplier", [None, MultiplierOptions(trees=10)])
def test_whole_is_the_level_of_the_window_to_come(
    multiplier: MultiplierOptions | None,
) -> None:
    found = streets(drawn())
    learned = learn(found, NOW_S, options=replace(OPTIONS, multiplier=multiplier))
    now = evidence_at(found, NOW_S, half_life_days=OPTIONS.half_life_days)
    level = level_per_day(
        found, NOW_S, usual=now.per_day, window_days=OPTIONS.window_days
    )
    assert learned.per_day.sum() == pytest.approx(level, rel=1e-9)
    assert learned.per_day.min() >= 0
    assert learned.per_day.sum() == pytest.approx(600 / 365, rel=0.1)


@given(back_days=st.integers(0, 200))
def test_evidence_sees_nothing_at_or_after_its_moment(back_days: int) -> None:
    incidents = drawn(100)
    now_s = NOW_S - back_days * DAY_S
    known = incidents.take(incidents.time_s < now_s)
    one = evidence_at(streets(incidents), now_s, half_life_days=500)
    other = evidence_at(streets(known), now_s, half_life_days=500)
    assert one.per_day == pytest.approx(other.per_day)
    for name, part in one.parts.items():
        assert part.sum() == pytest.approx(1)
        np.testing.assert_allclose(part, other.parts[name], atol=1e-12)


def test_learning_twice_gives_the_same() -> None:
    one, other = (learn(streets(drawn()), NOW_S, options=OPTIONS) for _ in range(2))
    np.testing.assert_array_equal(one.per_day, other.per_day)


def test_short_record_is_refused_with_what_it_needs() -> None:
    late = record([(50, 0)] * 9, [NOW_S - 20 * DAY_S + k for k in range(9)])
    with pytest.raises(RiskError, match="needs 42 or more"):
        learn(
            streets(replace(late, since_s=NOW_S - 20 * DAY_S)), NOW_S, options=OPTIONS
        )


def test_record_of_long_ago_has_nothing_to_learn_from() -> None:
    with pytest.raises(RiskError, match="no incident in the last 6 windows"):
        learn(streets(record([(50, 0)] * 9, [SINCE_S + 5] * 9)), NOW_S, options=OPTIONS)


def test_record_of_the_future_is_refused() -> None:
    with pytest.raises(RiskError, match="after now"):
        learn_risk(
            GRAPH,
            drawn(),
            weights=RiskWeights(),
            now_s=NOW_S - 1,
            around=Surroundings.unknown(GRAPH.num_edges),
        )


def test_all_incidents_at_one_place_can_be_learned() -> None:
    times = np.linspace(SINCE_S, NOW_S - 1, 200).astype(np.int64)
    learned = learn(streets(record([(250, 0)] * 200, times)), NOW_S, options=OPTIONS)
    assert learned.per_day.argmax() == int(
        streets(record([(250, 0)])).mass(np.ones(1)).argmax()
    )


@given(first=st.floats(0.1, 0.9), seed=st.integers(0, 99))
def test_mixture_finds_the_weights_that_incidents_were_drawn_with(
    first: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    parts = rng.dirichlet(np.full(50, 0.3), size=2).T
    weights = mixture_weights(parts, 1000 * parts @ [first, 1 - first])
    assert weights == pytest.approx([first, 1 - first], abs=0.02)


@given(seed=st.integers(0, 99))
def test_mixture_is_as_likely_as_any_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = rng.dirichlet(np.ones(20), size=3).T
    found = rng.poisson(2, 20).astype(float)
    best = found @ np.log(parts @ mixture_weights(parts, found))
    for other in rng.dirichlet(np.ones(3), size=20):
        assert best >= found @ np.log(parts @ other) - 0.1


def test_multiplier_finds_the_group_that_was_expected_too_low() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((5000, 3))
    expected = np.full(5000, 0.1)
    found = rng.poisson(np.where(features[:, 1] > 0.5, 0.3, 0.1)).astype(float)
    options = MultiplierOptions()
    factor = learn_multiplier(features, expected, found, options=options).factor(
        np.array([[0.5, 0.1, 0.5], [0.5, 0.9, 0.5]])
    )
    assert factor == pytest.approx([1, 3], rel=0.2)


def test_multiplier_of_little_evidence_stays_near_one() -> None:
    features = np.arange(40.0).reshape(-1, 1)
    found = (features[:, 0] == 39).astype(float)
    learned = learn_multiplier(
        features, np.full(40, 1 / 40), found, options=MultiplierOptions(trees=5)
    )
    assert learned.factor(features) == pytest.approx(np.ones(40), abs=0.15)


def test_a_pinned_weight_stays_and_the_others_share_the_rest() -> None:
    parts = np.random.default_rng(0).dirichlet(np.ones(30), 3).T
    found = np.random.default_rng(1).poisson(20 * parts[:, 0]).astype(np.float64)
    free = mixture_weights(parts, found)
    pinned = mixture_weights(parts, found, np.array([np.nan, 0.3, np.nan]))
    assert pinned[1] == 0.3
    assert pinned.sum() == pytest.approx(1)
    assert free[0] > pinned[0] > pinned[2]
    with pytest.raises(RiskError, match=r"pinned weights come to 1\.1 of 1"):
        mixture_weights(parts, found, np.array([0.9, 0.2, np.nan]))


def test_parts_are_pinned_by_the_names_of_their_weights() -> None:
    weights = RiskWeights.from_mapping({"near.weight": 0.1, "beta.cctv": 0.0})
    options = LearningOptions().chosen(weights)
    assert options.pinned == {"near": pytest.approx(0.1)}
    assert LearningOptions().chosen(RiskWeights()).pinned == {}

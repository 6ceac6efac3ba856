"""A year of nights on streets of equal risk: patrols must not make a winner of one."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from patrol.risk.exploration import EXPLORATION_SHARE, Exploration, explore
from patrol.risk.field import RiskField
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.model import fit_risk
from patrol.risk.priority import choose_required, street_priority
from patrol.risk.weights import RiskWeights
from tests.risk.makers import DAY_S
from tests.strategies import grid_graph

GRAPH = grid_graph(7, 7)
MIDDLE_XY_M = GRAPH.node_xy_m[GRAPH.edge_nodes].mean(axis=1)
ALL = np.ones(GRAPH.num_edges, dtype=bool)
NIGHTS, REFIT = 364, 14
A_NIGHT, REPORTED = 0.1, 0.5  # on each street alike; what nobody reports may be found
WEIGHTS = RiskWeights(history_weight=1.0, spill_weight=0.0, near_weight=0.0)


@dataclass
class Year:
    """What is known at the end, and where the patrols were."""

    feed_on_findings: bool
    exploration: float = EXPLORATION_SHARE
    served: NDArray[np.int64] = field(default_factory=lambda: np.zeros_like(ALL, int))
    found: list[tuple[int, int, Origin]] = field(default_factory=list)

    def live(self, seed: int) -> RiskField:
        rng = np.random.default_rng(seed)
        risk = None
        for night in range(NIGHTS):
            if night % REFIT == 0 and night > 0:
                risk = self.fit(night)
            happened = rng.poisson(A_NIGHT, GRAPH.num_edges)
            reported = rng.binomial(happened, REPORTED)
            on_patrol = self.choose(risk, night, seed)
            self.served[on_patrol] += 1
            self.note(night, reported, Origin.REPORTED)
            missed = np.zeros_like(reported)
            missed[on_patrol] = (happened - reported)[on_patrol]
            fed = Origin.REPORTED if self.feed_on_findings else Origin.PATROL
            self.note(night, missed, fed)
        return self.fit(NIGHTS)

    def note(self, night: int, count: NDArray[np.int64], origin: Origin) -> None:
        streets = np.repeat(np.arange(len(count)), count).tolist()
        self.found += [(street, night, origin) for street in streets]

    def choose(
        self, risk: RiskField | None, night: int, seed: int
    ) -> NDArray[np.int64]:
        priority = np.ones(len(ALL)) if risk is None else street_priority(risk)
        top = choose_required(GRAPH, ALL, priority, share=0.2)
        lot = Exploration(self.exploration, (seed, night))
        return explore(GRAPH, ALL, top, priority, options=lot)

    def fit(self, night: int) -> RiskField:
        street, when, origin = (
            np.array(column) for column in zip(*self.found, strict=True)
        )
        known = Incidents(
            xy_m=MIDDLE_XY_M[street],
            time_s=when * DAY_S,
            kind=np.full(len(street), "theft", dtype=object),
            origin=origin.astype(np.int8),
            since_s=0,
            until_s=night * DAY_S,
            time_zone="UTC",
        )
        return fit_risk(GRAPH, known, weights=WEIGHTS, now_s=night * DAY_S)


def spread(risk: RiskField) -> float:
    """Variance over mean of the streets' incidents: 1 if only chance is at work."""
    expected = risk.rate_per_km_h * GRAPH.edge_length_m / 1000 * 24
    seen = expected * NIGHTS * decay(NIGHTS)
    return float(seen.var() / seen.mean())


def decay(nights: int) -> float:
    """Mean squared over mean weight of the decayed nights: what chance is left with."""
    weight = 0.5 ** (np.arange(nights) / WEIGHTS.history_half_life_days)
    return float(weight.mean() ** 2 / (weight**2).mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_equal_rates_stay_equal_when_only_reports_are_fitted(seed: int) -> None:
    risk = Year(feed_on_findings=False).live(seed)
    assert 0.6 < spread(risk) < 1.5  # a chi-square of 84 streets stays within
    rate = risk.rate_per_km_h
    assert rate.max() < 2 * rate.mean()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_winner_is_made_when_findings_of_patrols_are_fitted(seed: int) -> None:
    year = Year(feed_on_findings=True)
    risk = year.live(seed)
    assert spread(risk) > 2
    often = np.argsort(-year.served)[: len(ALL) // 10]
    assert risk.rate_per_km_h[often].mean() > 1.5 * risk.rate_per_km_h.mean()


def test_every_street_is_seen_in_a_year_and_only_by_exploration() -> None:
    explored, top_only = Year(False), Year(False, exploration=0.0)
    explored.live(3)
    top_only.live(3)
    assert explored.served.min() > 0
    assert top_only.served.min() == 0
    assert explored.served.sum() == top_only.served.sum()

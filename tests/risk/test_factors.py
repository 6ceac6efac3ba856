"""Factors move risk between streets, make none, and are found again by the fit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from maps import StreetGraph, StreetMap
from patrol.errors import RiskError
from patrol.risk.factors import (
    BARS_M,
    Surroundings,
    environment,
    factor_layers,
    fit_betas,
    strayed,
)
from patrol.risk.model import cold_risk
from patrol.risk.weights import BETA_PRIORS, RiskWeights
from tests.strategies import grid_graph, line_graph, street_graphs

ONES = {name: np.ones(3) for name in BETA_PRIORS}


def layers_of(street_map: StreetMap) -> dict[str, NDArray[np.float64]]:
    return factor_layers(street_map, RiskWeights())


def tagged(graph: StreetGraph, **tags: tuple[int, object]) -> StreetGraph:
    """Give one street another tag."""
    changed = {}
    for name, (street, value) in tags.items():
        changed[name] = getattr(graph.tags, name).copy()
        changed[name][street] = value
    return replace(graph, tags=replace(graph.tags, **changed))


def test_every_beta_has_its_factor_and_every_factor_its_beta() -> None:
    assert set(layers_of(StreetMap(line_graph(3)))) == set(BETA_PRIORS)


def test_what_is_unknown_changes_nothing() -> None:
    layers = layers_of(StreetMap(grid_graph(3, 3)))
    assert all(not layer.any() for layer in layers.values())


def test_dead_ends_major_narrow_and_unlit_streets_are_told() -> None:
    graph = tagged(
        line_graph(4), highway=(1, "primary"), width_m=(2, 2.5), lit=(3, "no")
    )
    layers = layers_of(StreetMap(graph))
    assert layers["cul_de_sac"].tolist() == [1, 0, 0, 1]
    assert layers["major_road"].tolist() == [0, 1, 0, 0]
    assert layers["narrow"].tolist() == [0, 0, 1, 0]
    assert layers["unlit"].tolist() == pytest.approx([0, 0, 0, 11 / 24])


def test_lamps_light_a_street_only_where_the_tag_is_silent() -> None:
    graph = tagged(line_graph(3, spacing_m=50.0), lit=(2, "yes"))
    lamps = np.array([[10.0, 5.0], [25.0, 5.0], [40.0, 5.0]])
    unlit = layers_of(StreetMap(graph, {"lamps": lamps}))["unlit"]
    # Three lamps on 100 m are full light: the second street has one on 50 m.
    assert unlit == pytest.approx([0, 11 / 24 / 3, 0])


def test_cameras_bells_and_police_count_within_their_reach() -> None:
    graph = line_graph(5)
    spot = np.array([[450.0, 60.0]])
    layers = layers_of(
        StreetMap(graph, {"cameras": spot, "bells": spot, "police": spot})
    )
    assert layers["cctv"].tolist() == [0, 0, 0, 1, 1]
    assert layers["bell"].tolist() == [0, 0, 0, 0, 0]
    assert layers["police"].tolist() == [0, 0, 1, 1, 1]


def test_bars_count_by_their_distance_along_the_streets() -> None:
    graph = line_graph(20)
    bars = layers_of(StreetMap(graph, {"venues": np.array([[0.0, 3.0], [0.0, -3.0]])}))
    away_m = 100.0 * np.arange(20) + 50
    expected = np.log1p(2 * np.maximum(0, 1 - away_m / BARS_M))
    assert bars["bars"] == pytest.approx(expected)


@given(graph=street_graphs(), data=st.data())
def test_the_environment_keeps_the_mass(
    graph: StreetGraph, data: st.DataObject
) -> None:
    values = st.lists(
        st.floats(0, 3), min_size=graph.num_edges, max_size=graph.num_edges
    )
    layers = {name: np.array(data.draw(values)) for name in ("bars", "cctv")}
    length_km = graph.edge_length_m / 1000
    factor = environment(layers, RiskWeights().betas, length_km)
    assert factor @ length_km == pytest.approx(length_km.sum())
    assert (factor > 0).all()


def test_cold_start_follows_the_surroundings_and_keeps_the_yearly_total() -> None:
    graph = line_graph(30)
    street_map = StreetMap(graph, {"venues": np.array([[0.0, 0.0]])})
    weights = RiskWeights()
    field = cold_risk(
        graph,
        annual_total=1000.0,
        time_zone="Asia/Seoul",
        weights=weights,
        around=Surroundings.of(street_map, weights),
    )
    rate = field.rate_per_km_h
    assert rate @ graph.edge_length_m / 1000 * 24 * 365.25 == pytest.approx(1000)
    assert (np.diff(rate[1:9]) < 0).all()
    assert rate[9:-1] == pytest.approx(rate[15])
    assert rate[-1] < rate[15]  # a dead end


def drawn(beta: float, size: int = 4000) -> tuple[dict[str, NDArray[np.float64]], ...]:
    rng = np.random.default_rng(2)
    layers = {"cctv": (rng.uniform(size=size) < 0.3).astype(np.float64)}
    found = rng.poisson(2.0 * np.exp(beta * layers["cctv"])).astype(np.float64)
    return layers, {"found": found}


@pytest.mark.parametrize("beta", [-0.5, 0.0, 0.4])
def test_an_effect_is_found_again_in_many_incidents(beta: float) -> None:
    layers, counts = drawn(beta)
    fitted = fit_betas(layers, counts["found"], np.ones(4000), weights=RiskWeights())
    assert fitted.beta_cctv == pytest.approx(beta, abs=0.06)
    assert fitted == replace(RiskWeights(), beta_cctv=fitted.beta_cctv)


def test_few_incidents_leave_an_effect_near_its_prior() -> None:
    layers, counts = drawn(1.5, size=12)
    fitted = fit_betas(layers, counts["found"] / 8, np.ones(12), weights=RiskWeights())
    assert abs(fitted.beta_cctv + 0.12) < 0.15


def test_a_pinned_effect_stays_and_the_others_are_fitted_beside_it() -> None:
    layers, counts = drawn(0.4)
    pinned = RiskWeights.from_mapping({"beta.cctv": -0.3})
    assert fit_betas(layers, counts["found"], np.ones(4000), weights=pinned) == pinned
    both = layers | {"bell": np.roll(layers["cctv"], 7)}
    fitted = fit_betas(both, counts["found"], np.ones(4000), weights=pinned)
    assert fitted.beta_cctv == -0.3
    assert fitted.beta_bell != 0


def test_no_incident_leaves_all_effects_as_they_are() -> None:
    weights = RiskWeights()
    assert fit_betas(ONES, np.zeros(3), np.ones(3), weights=weights) is weights


def test_a_layer_with_gaps_or_of_other_streets_is_refused() -> None:
    with pytest.raises(RiskError, match=r"factor 'cctv' of street 1 is nan.*1 such"):
        Surroundings({"cctv": np.array([0.0, np.nan, 1.0])}, np.zeros(3))
    with pytest.raises(RiskError, match="factor 'bars' has shape"):
        Surroundings({"bars": np.ones(4)}, np.zeros(3))


def test_layers_of_another_place_are_named_and_count_for_nothing() -> None:
    near, far = np.array([[10.0, 10.0]]), np.full((3, 2), 9e5)
    street_map = StreetMap(grid_graph(3, 3), {"venues": far, "cameras": near})
    (repair,) = strayed(street_map)
    assert (repair.name, repair.count) == ("venues_off_the_map", 3)
    assert not layers_of(street_map)["bars"].any()
    assert strayed(StreetMap(grid_graph(3, 3))) == ()

"""Incidents count at the crossing or on the street where they are."""

import numpy as np
import pytest
from hypothesis import given

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.incidents import Incidents
from patrol.risk.placement import place_incidents, share_mass
from tests.risk.makers import records
from tests.strategies import graph_of, line_graph, street_graphs


def shares(graph: StreetGraph, *places: tuple[float, float]) -> list[float]:
    xy_m = np.array(places, dtype=np.float64)
    placement = place_incidents(graph, xy_m, node_reach_m=20)
    return list(share_mass(graph, placement, np.ones(len(xy_m))))


def test_an_incident_in_the_middle_belongs_to_its_street() -> None:
    assert shares(line_graph(3), (150, 30)) == [0, 1, 0]
    assert shares(line_graph(3), (121, 0), (179, 0)) == [0, 2, 0]


def test_an_incident_at_a_crossing_is_shared_by_length() -> None:
    tee = graph_of(
        np.array([(0, 0), (100, 0), (0, 300), (-100, 0)]), [(0, 1), (2, 0), (0, 3)]
    )
    assert shares(tee, (10, 3)) == pytest.approx([0.2, 0.6, 0.2])
    assert shares(tee, (-3, 15)) == pytest.approx([0.2, 0.6, 0.2])


def test_an_incident_at_a_dead_end_belongs_to_its_street() -> None:
    assert shares(line_graph(2), (-50, 0)) == [1, 0]


def test_a_loop_counts_once_at_its_crossing() -> None:
    noose = graph_of(np.array([(0, 0), (-80, 0)]), [(0, 0), (0, 1)])
    assert shares(noose, (-1, 0)) == pytest.approx([0.5, 0.5])


@given(graph=street_graphs(), incidents=records())
def test_what_is_inside_is_conserved(graph: StreetGraph, incidents: Incidents) -> None:
    try:
        placement = place_incidents(graph, incidents.xy_m, node_reach_m=20)
    except RiskError:
        return
    mass = np.linspace(0.1, 1, len(incidents))
    shared = share_mass(graph, placement, mass)
    assert (shared >= 0).all()
    assert shared.sum() == pytest.approx(mass[placement.inside].sum())
    assert not placement.inside[placement.outside].any()


def test_incidents_beside_no_street_are_listed() -> None:
    places = np.array([(50, 0), (50, 99), (50, 101), (-500, 0)])
    placement = place_incidents(line_graph(1), places, node_reach_m=20)
    assert placement.outside.tolist() == [2, 3]


def test_incidents_that_are_all_outside_are_refused_with_the_map_s_box() -> None:
    with pytest.raises(
        RiskError,
        match=r"all 2 incidents are further than 100 m .* map goes from 126.9514 to "
        r"126.9537 and from 37.4781 to 37.4781: check",
    ):
        place_incidents(line_graph(2), np.array([(5e4, 0), (0, 5e4)]), node_reach_m=20)

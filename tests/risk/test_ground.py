"""Incidents are shared over what they touch, and counted when they touch nothing."""

import numpy as np
import pytest
from hypothesis import given

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.ground import cell_record, street_record
from patrol.risk.incidents import Incidents, Origin
from tests.risk.makers import DAY_S, NOW_S, record, records
from tests.strategies import grid_graph, line_graph, street_graphs


def test_incident_at_a_crossing_counts_alike_on_the_streets_that_meet() -> None:
    found = street_record(grid_graph(3, 3), record([(100, 100)]))
    mass = found.mass(np.ones(1))
    assert sorted(mass[mass > 0].tolist()) == [0.25] * 4


def test_incident_beside_one_street_counts_there() -> None:
    found = street_record(line_graph(3), record([(150, 12)]))
    assert found.mass(np.ones(1)).tolist() == [0, 1, 0]


def test_what_a_patrol_found_and_what_is_far_away_does_not_count() -> None:
    origin = [Origin.REPORTED, Origin.PATROL, Origin.REPORTED]
    places = [(50, 0), (50, 0), (50, 900)]
    found = street_record(line_graph(2), record(places, origin=origin))
    assert len(found.time_s) == 1
    assert found.num_outside == 1


def test_record_beside_no_street_is_refused() -> None:
    with pytest.raises(RiskError, match="none of 1 reported incidents lies within"):
        street_record(line_graph(2), record([(50, 900)]))


@given(graph=street_graphs(), incidents=records())
def test_each_incident_counts_once(graph: StreetGraph, incidents: Incidents) -> None:
    try:
        found = street_record(graph, incidents)
    except RiskError:
        return  # all of them beside every street
    assert len(found.time_s) + found.num_outside == len(incidents)
    assert found.mass(np.ones(len(found.time_s))).sum() == pytest.approx(
        len(found.time_s)
    )


def test_only_incidents_of_the_span_are_counted() -> None:
    times = [NOW_S - 3 * DAY_S, NOW_S - 2 * DAY_S, NOW_S - DAY_S]
    found = street_record(line_graph(1), record([(50, 0)] * 3, times))
    assert found.between(NOW_S - 2 * DAY_S, NOW_S - DAY_S).tolist() == [1]


def test_cells_lie_where_incidents_are_and_round_about() -> None:
    places = [(0, 0), (10, 10), (1000, 0), (1e6, 0)]
    found = cell_record(record(places * 3 + [(0, 0)] * 30), cell_m=100)
    assert found.ground.num_units == 18
    assert found.num_outside == 3
    mass = found.mass(np.ones(len(found.time_s)))
    assert sorted(mass[mass > 0].tolist()) == [3, 36]
    assert found.ground.spread(mass, sd_m=100).sum() == pytest.approx(39)


@pytest.mark.parametrize("cell_m", [0.0, -1.0, 1e-4])
def test_cells_that_cannot_be_are_refused(cell_m: float) -> None:
    with pytest.raises(RiskError, match=f"cells of {cell_m}"):
        cell_record(record([(0, 0), (10, 10), (30, 30), (40, 50)]), cell_m=cell_m)

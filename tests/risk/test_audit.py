"""Way and time are set against incidents and residents, and nobody is named."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from maps.area_table import AreaTable, grid_of_areas
from patrol.errors import MapError, RiskError
from patrol.risk.audit import OUTSIDE, Audit, AuditOptions, FalseAlarms, audit
from patrol.risk.dose import Dose, Stays
from patrol.risk.incidents import Incidents, Origin
from tests.risk.makers import DAY_S, NOW_S, record
from tests.strategies import grid_graph, line_graph

GRAPH = line_graph(6)


def halves(**columns: list[object]) -> AreaTable:
    """West: streets 0 and 1; east: 2 and 3; streets 4 and 5 lie outside."""
    shapes = np.array([shapely.box(0, -99, 200, 99), shapely.box(200, -99, 400, 99)])
    known = {"name": ["west", "east"]} | columns
    return AreaTable(shapes, {k: np.array(v, dtype=object) for k, v in known.items()})


def dose_on(
    streets: list[int], *, metres: float = 100, simulated: bool = False
) -> Dose:
    k = len(streets)
    return Stays(
        np.array(streets), np.zeros(k), np.full(k, 60.0), np.full(k, metres)
    ).by_hour(graph_digest=GRAPH.digest, night="a", simulated=simulated)


def thefts(*x_m: float, origin: list[Origin] | None = None) -> Incidents:
    return record([(x, 1) for x in x_m], origin=origin)


def run(
    dose: Dose, incidents: Incidents, *, areas: AreaTable | None = None, **asked: object
) -> Audit:
    options = AuditOptions(**asked)  # type: ignore[arg-type]
    return audit(GRAPH, areas or halves(), dose, incidents, options=options)


def test_patrols_are_set_against_incidents_and_residents() -> None:
    areas = halves(people=[300, 100])
    found = run(
        dose_on([0, 1, 2, 3, 3]),
        thefts(50, 150, 250, 350),
        areas=areas,
        population="people",
    )
    east, west, outside = found.rows
    assert (east.area, west.area, outside.area) == ("east", "west", OUTSIDE)
    assert east.patrol_km == pytest.approx(0.3)
    assert east.patrol_min == pytest.approx(3)
    assert (east.patrol_share, east.incident_share) == pytest.approx((0.6, 0.5))
    assert east.per_incident == pytest.approx(1.2)
    assert (east.population_share, west.population_share) == pytest.approx((0.25, 0.75))
    assert outside.as_row()["population_share"] is None
    assert outside.street_km == pytest.approx(0.2)


@given(
    streets=st.lists(st.integers(0, 23), min_size=1, max_size=20),
    cell_m=st.floats(60, 500),
    places=st.lists(
        st.tuples(st.floats(1, 299), st.floats(1, 299)), min_size=1, max_size=9
    ),
)
def test_areas_add_up_to_the_whole(
    streets: list[int], cell_m: float, places: list[tuple[float, float]]
) -> None:
    graph = grid_graph(4, 4)
    k = len(streets)
    dose = Stays(
        np.array(streets), np.zeros(k), np.full(k, 90.0), np.full(k, 70.0)
    ).by_hour(graph_digest=graph.digest, night="a", simulated=True)
    areas = grid_of_areas(graph, cell_m=cell_m)
    found = audit(graph, areas, dose, record(places), options=AuditOptions())
    assert sum(row.incidents for row in found.rows) == len(places)
    # A street on the border of two cells is counted in both.
    assert sum(row.patrol_km for row in found.rows) >= 0.07 * k * (1 - 1e-6)
    assert sum(row.incident_share for row in found.rows) == pytest.approx(1)


def test_false_alarms_are_counted_in_the_last_days_only() -> None:
    times = [NOW_S - DAY_S, NOW_S - 40 * DAY_S]
    incidents = record([(50, 1), (150, 1)], times)
    alarms = run(dose_on([0, 1]), incidents, days=14).alarms
    assert (alarms.patrolled, alarms.patrolled_none) == (2, 1)
    assert (alarms.others, alarms.others_none) == (4, 4)
    assert "Of 2 patrolled streets 1 (5 of 10) had no reported" in alarms.sentences[0]
    assert alarms.until == "2026-06-01"
    longer = run(dose_on([0, 1]), incidents, days=60).alarms
    assert longer.patrolled_none == 0


def test_street_that_was_only_touched_is_not_patrolled() -> None:
    assert run(dose_on([0], metres=20), thefts(250)).alarms.patrolled == 0


@pytest.mark.parametrize(
    ("none", "said"), [(0, "0 of 10"), (998, "99.8%"), (1000, "10 of 10"), (2, "0.2%")]
)
def test_ten_of_ten_is_only_said_of_all(none: int, said: str) -> None:
    alarms = FalseAlarms(14, "2026-06-01", 1000, none, 0, 0)
    assert f"({said})" in alarms.sentences[0]
    assert "none there" in alarms.sentences[1]


def test_what_patrols_discovered_is_left_out_and_said() -> None:
    found = run(
        dose_on([0], simulated=True),
        thefts(50, 250, origin=[Origin.REPORTED, Origin.PATROL]),
    )
    assert {row.area: row.incidents for row in found.rows} == {
        "west": 1, "east": 0, OUTSIDE: 0,
    }  # fmt: skip
    said = " ".join(found.warnings)
    assert "1 incidents that patrols discovered are left out" in said
    assert "planned or simulated" in said
    assert "No reporting rate" in said
    assert found.planned


def test_area_without_incidents_is_patrolled_for_nothing() -> None:
    found = run(dose_on([2]), thefts(50))
    east, west = found.rows[:2]
    assert east.per_incident == np.inf
    assert east.as_row()["per_incident"] is None
    assert west.per_incident == 0


@pytest.mark.parametrize("column", ["victim_age_race", "주민등록번호", "plate"])
def test_areas_that_speak_of_persons_are_refused(column: str) -> None:
    given: list[object] = [1, 2]
    with pytest.raises(RiskError, match="about persons"):
        run(dose_on([0]), thefts(50), areas=halves(**{column: given}))


def test_patrols_of_another_map_are_refused() -> None:
    other = Stays(np.array([0]), np.zeros(1), np.ones(1), np.ones(1)).by_hour(
        graph_digest="ab" * 32, night="a", simulated=False
    )
    with pytest.raises(RiskError, match="are of map abababababab"):
        run(other, thefts(50))


def test_unknown_column_and_no_days_are_refused() -> None:
    with pytest.raises(MapError, match="no column 'residents'"):
        run(dose_on([0]), thefts(50), population="residents")
    with pytest.raises(RiskError, match="above 0 days"):
        AuditOptions(days=0)

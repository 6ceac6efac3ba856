"""The dose of a night is what its plan or its record says, and nothing is lost."""

from dataclasses import replace

import numpy as np
import pytest

from patrol.errors import RecordError
from patrol.mission.dose import LONGEST_GAP_S, driven_dose, planned_dose
from patrol.mission.record import Event, EventKind, MissionRecord, Track
from tests.report.example_night import grid_night

NIGHT = grid_night()
PLAN = NIGHT.plan
LENGTH_M = NIGHT.street_map.graph.edge_length_m


def half_way(**changes: object) -> MissionRecord:
    """One robot drives its first two steps, 100 m each, in samples of 10 s."""
    step = np.repeat([0, 1], 10)
    columns = {
        "time_s": np.arange(20) * 10.0,
        "xy_m": np.zeros((20, 2)),
        "heading_rad": np.zeros(20),
        "speed_mps": np.ones(20),
        "battery": np.ones(20),
        "step": step,
        "cross_track_m": np.zeros(20),
        "driven_m": np.arange(20) * 10.0,
        "events": (Event(0.0, EventKind.STARTED),),
    }
    track = Track(robot=PLAN.routes[0].robot, **(columns | changes))  # type: ignore[arg-type]
    return MissionRecord(PLAN.digest, complete=False, simulated=False, tracks=(track,))


def test_planned_dose_is_the_whole_way_deadhead_included() -> None:
    dose = planned_dose(PLAN, LENGTH_M)
    assert dose.metres.sum() == pytest.approx(PLAN.length_m)
    spent_s = sum((r.arrive_s - r.depart_s).sum() for r in PLAN.routes)
    assert dose.seconds.sum() == pytest.approx(spent_s)
    assert dose.simulated
    assert dose.hour_s.min() >= PLAN.shift.start.timestamp() - 3600


def test_driven_dose_is_on_the_streets_of_the_steps() -> None:
    dose = driven_dose(PLAN, half_way(), night="n1")
    first, second = PLAN.routes[0].streets[:2]
    by_street = dose.metres_by_street(len(LENGTH_M))
    assert by_street[first] == pytest.approx(100)
    assert by_street[second] == pytest.approx(90)
    assert by_street.sum() == pytest.approx(190)
    assert dose.nights == ["n1"]
    assert not dose.simulated


def test_time_off_the_route_and_in_gaps_does_not_count() -> None:
    off = half_way(step=np.repeat([0, -1], 10))
    assert driven_dose(PLAN, off, night="a").seconds.sum() == pytest.approx(100)
    times = np.arange(20) * 10.0
    times[15:] += LONGEST_GAP_S
    gap = half_way(time_s=times)
    assert driven_dose(PLAN, gap, night="a").seconds.sum() == pytest.approx(180)


def test_record_of_a_whole_night_adds_up_to_what_was_driven() -> None:
    record = NIGHT.record
    assert record is not None
    dose = driven_dose(PLAN, record, night="a")
    driven_m = sum(float(track.driven_m[-1]) for track in record.tracks)
    assert dose.metres.sum() == pytest.approx(driven_m, rel=0.1)


def test_record_that_does_not_fit_the_plan_is_refused() -> None:
    other = replace(half_way(), plan_digest="ab" * 32)
    with pytest.raises(RecordError, match="is of plan abababababab"):
        driven_dose(PLAN, other, night="a")
    too_far = half_way(step=np.full(20, 10_000))
    with pytest.raises(RecordError, match="does not fit the plan"):
        driven_dose(PLAN, too_far, night="a")
    stranger = replace(half_way().tracks[0], robot="nobody")
    with pytest.raises(RecordError, match="'nobody'"):
        driven_dose(PLAN, replace(half_way(), tracks=(stranger,)), night="a")

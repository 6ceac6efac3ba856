import numpy as np
import pytest

from patrol.errors import RecordError
from patrol.mission.record import Event, EventKind
from tests.mission.records import record_of, track_of


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(RecordError, match=r"battery has shape \(2,\), expected \(3,\)"):
        track_of(battery=np.ones(2))


@pytest.mark.parametrize("name", ["time_s", "driven_m"])
def test_time_and_distance_that_run_back_are_refused(name: str) -> None:
    with pytest.raises(RecordError, match=f"{name} goes back from 2.0 to 1.0"):
        track_of("r1", **{name: np.array([0.0, 2.0, 1.0])})


def test_only_cross_track_may_be_unknown() -> None:
    with pytest.raises(RecordError, match="battery holds a value that is not"):
        track_of(battery=np.array([1.0, np.nan, 1.0]))


def test_events_out_of_order_are_refused() -> None:
    late = (Event(5.0, EventKind.STARTED), Event(4.0, EventKind.SILENCE))
    with pytest.raises(RecordError, match=r"'silence' at 4.0 s stands after"):
        track_of(events=late)


def test_an_event_at_no_time_is_refused() -> None:
    with pytest.raises(RecordError, match="the time must be finite"):
        Event(float("nan"), EventKind.STARTED)


def test_a_record_cut_short_must_say_that_it_is_incomplete() -> None:
    cut = track_of(events=(Event(0.0, EventKind.STARTED),))
    assert not record_of(track_of(), track_of("r2"), complete=False).complete
    assert record_of(cut).tracks[0].samples == 3
    with pytest.raises(RecordError, match="1 of 2 tracks have no end"):
        record_of(track_of("r2"), cut, complete=True)


def test_two_tracks_of_one_robot_are_refused() -> None:
    with pytest.raises(RecordError, match="2 tracks of robot 'r1'"):
        record_of(track_of(), track_of())


def test_a_track_cannot_be_changed() -> None:
    track = track_of()
    with pytest.raises(ValueError, match="read-only"):
        track.xy_m[0] = 1


def test_event_whose_values_do_not_fit_its_cause_is_refused() -> None:
    with pytest.raises(RecordError, match=r"\{'for_h': 2\} do not fit .*'no report'"):
        Event(1.0, EventKind.SILENCE, cause="no report", values={"for_h": 2})


def test_cause_of_a_newer_version_is_kept() -> None:
    assert Event(1.0, EventKind.SILENCE, cause="comet", values={"km": 9}).cause

"""Strategies for records, and one small record by hand."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from patrol.mission.causes import Cause
from patrol.mission.record import Event, EventKind, MissionRecord, Track


def track_of(robot: str = "r1", **changes: Any) -> Track:
    """Three samples and two events: started, street 7 served, finished."""
    columns: dict[str, Any] = {
        "time_s": np.array([0.0, 1.0, 2.0]),
        "xy_m": np.array([[0.0, 0.0], [1.4, 0.1], [2.8, 0.0]]),
        "heading_rad": np.zeros(3),
        "speed_mps": np.array([0.0, 1.4, 1.4]),
        "battery": np.array([1.0, 0.99, 0.98]),
        "step": np.array([-1, 0, 0]),
        "cross_track_m": np.array([np.nan, 0.1, 0.02]),
        "driven_m": np.array([0.0, 1.4, 2.8]),
        "events": (
            Event.because(0.0, EventKind.STARTED, Cause.TRIP, trip=1, trips=1),
            Event(1.5, EventKind.STREET_SERVED, street=7),
            Event(2.0, EventKind.FINISHED),
        ),
        "counters": {"commands_sent": 3},
    }
    return Track(robot=robot, **(columns | changes))


def record_of(*tracks: Track, complete: bool = False) -> MissionRecord:
    return MissionRecord("ab" * 32, complete=complete, simulated=True, tracks=tracks)


@st.composite
def tracks(draw: st.DrawFn, *, robot: str) -> Track:
    k = draw(st.sampled_from([0, 1, 5, 600, 601, 1300]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    cross_m = rng.uniform(0, 1, k)
    cross_m[rng.random(k) < 0.3] = np.nan
    times = sorted(draw(st.lists(st.floats(0, 1e5), max_size=5)))
    return Track(
        robot=robot,
        time_s=np.cumsum(rng.uniform(0.9, 1.1, k)),
        xy_m=rng.normal(0, 1000, (k, 2)),
        heading_rad=rng.uniform(-3, 3, k),
        speed_mps=rng.uniform(0, 1.4, k),
        battery=rng.uniform(0, 1, k),
        step=rng.integers(-1, 50, k),
        cross_track_m=cross_m,
        driven_m=np.cumsum(rng.uniform(0, 1.4, k)),
        events=tuple(
            Event(
                time_s,
                draw(st.sampled_from(EventKind)),
                draw(st.text(max_size=20)),
                draw(st.none() | st.integers(0, 10**6)),
            )
            for time_s in times
        ),
        counters=draw(st.dictionaries(st.text(max_size=8), st.integers(0, 10**9))),
    )


@st.composite
def records(draw: st.DrawFn) -> MissionRecord:
    names = draw(st.lists(st.text(max_size=8), max_size=3, unique=True))
    found = tuple(draw(tracks(robot=name)) for name in names)
    complete = all(track.finished for track in found) and draw(st.booleans())
    return MissionRecord(
        plan_digest=draw(st.text(max_size=10)),
        complete=complete,
        simulated=draw(st.booleans()),
        tracks=found,
    )

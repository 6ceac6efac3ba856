"""Records and fields for the tests of this room."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from maps import StreetGraph
from patrol.risk.field import HOURS_OF_WEEK, RiskField
from patrol.risk.incidents import Incidents, Origin
from patrol.risk.weights import RiskWeights

DAY_S = 86_400
NOW_S = int(datetime.fromisoformat("2026-06-01T00:00+09:00").timestamp())
SINCE_S = NOW_S - 365 * DAY_S


def record(
    xy_m: ArrayLike,
    time_s: ArrayLike | None = None,
    *,
    origin: Sequence[Origin] | None = None,
    synthetic: bool = False,
) -> Incidents:
    """Thefts of the last year, at the end of May unless said otherwise."""
    places = np.array(xy_m, dtype=np.float64).reshape(-1, 2)
    times = np.full(len(places), NOW_S - DAY_S) if time_s is None else time_s
    return Incidents(
        xy_m=places,
        time_s=np.array(times, dtype=np.int64),
        kind=np.full(len(places), "theft", dtype=object),
        origin=np.array(origin or [Origin.REPORTED] * len(places), dtype=np.int8),
        since_s=SINCE_S,
        until_s=NOW_S,
        time_zone="Asia/Seoul",
        synthetic=synthetic,
    )


@st.composite
def records(draw: st.DrawFn, *, min_size: int = 1) -> Incidents:
    """Incidents on and around the graphs of ``tests.strategies``."""
    metres = st.floats(-60, 360)
    rows = draw(
        st.lists(
            st.tuples(metres, metres, st.integers(SINCE_S, NOW_S)),
            min_size=min_size,
            max_size=12,
        )
    )
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return record(table[:, :2], table[:, 2])


def field_of(
    graph: StreetGraph,
    *,
    history: ArrayLike = 0.0,
    concern: ArrayLike = 0.0,
    profile: ArrayLike = 1.0,
) -> RiskField:
    """A field of a graph with chosen shares; a base of 0.001."""

    def spread(value: ArrayLike, size: int) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, np.float64), size).copy()

    m = graph.num_edges
    return RiskField(
        graph_digest=graph.digest,
        shares={"history": spread(history, m), "base": spread(0.001, m)},
        profile=spread(profile, HOURS_OF_WEEK),
        concern=spread(concern, m),
        weights=RiskWeights().as_mapping(),
        synthetic=False,
        time_zone="Asia/Seoul",
        shape=np.ones(m),
    )

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.planning.split import Tasks, split_by_limit, split_evenly


@st.composite
def jobs(draw: st.DrawFn) -> Tasks:
    """Up to seven jobs along a walk, anywhere from the dock."""
    num = draw(st.integers(1, 7))
    values = st.lists(st.integers(0, 30), min_size=num, max_size=num)
    lengths, gaps = np.array(draw(values)) + 1, np.array(draw(values))
    stop = np.cumsum(lengths + gaps).astype(float)
    out, back = (np.array(draw(values), dtype=float) for _ in range(2))
    return Tasks(out=out, back=back, start=stop - lengths, stop=stop)


def _cost(tasks: Tasks, first: int, stop: int) -> float:
    if first == stop:
        return 0.0
    along = tasks.stop[stop - 1] - tasks.start[first]
    return float(tasks.out[first] + along + tasks.back[stop - 1])


def _shares(tasks: Tasks, cuts: list[int]) -> list[float]:
    return [_cost(tasks, a, b) for a, b in itertools.pairwise(cuts)]


@settings(deadline=None)
@given(tasks=jobs(), robots=st.integers(1, 4))
def test_dearest_share_is_as_cheap_as_any_split_allows(
    tasks: Tasks, robots: int
) -> None:
    num = len(tasks.out)
    cuts = split_evenly(tasks, robots)
    assert cuts[0] == 0
    assert cuts[-1] == num
    assert len(cuts) == robots + 1
    assert cuts == sorted(cuts)
    best = min(
        max(_shares(tasks, [0, *inner, num]))
        for inner in itertools.combinations_with_replacement(range(num + 1), robots - 1)
    )
    assert max(_shares(tasks, cuts)) == best


@settings(deadline=None)
@given(tasks=jobs(), limit=st.integers(1, 150))
def test_trips_within_a_limit_are_as_cheap_as_any(tasks: Tasks, limit: int) -> None:
    num = len(tasks.out)
    found = [
        sum(shares)
        for size in range(num)
        for inner in itertools.combinations(range(1, num), size)
        if max(shares := _shares(tasks, [0, *inner, num])) <= limit
    ]
    cuts = split_by_limit(tasks, limit)
    if cuts is None:
        assert not found
    else:
        assert sum(_shares(tasks, cuts)) == min(found)
        assert max(_shares(tasks, cuts)) <= limit


def test_more_robots_than_jobs_leave_some_in_the_dock() -> None:
    one = np.ones(1)
    cuts = split_evenly(Tasks(out=one, back=one, start=one, stop=one * 2), 3)
    assert sorted(b - a for a, b in itertools.pairwise(cuts)) == [0, 0, 1]

"""Faults of a line: as many as said, at the times said, the same each time."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.faults import (
    Burst,
    Delay,
    Direction,
    FaultPlan,
    FaultyLine,
    Harm,
    Silence,
    damage,
)

SENT = bytes(range(256)) * 200


@given(
    data=st.binary(max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=5),
    rate=st.sampled_from([0.01, 0.3, 1.0]),
)
def test_damage_does_not_depend_on_how_the_stream_is_cut(
    data: bytes, cuts: list[int], rate: float
) -> None:
    whole, cut = (FaultyLine(FaultPlan(rate), seed=7) for _ in range(2))
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]

    pieces = [cut.carry(data[a:b], 1.0) for a, b in itertools.pairwise(edges)]

    assert b"".join(pieces) == whole.carry(data, 1.0)
    assert cut.bytes_damaged == whole.bytes_damaged


def test_damaged_share_is_the_rate_and_a_third_each_is_dropped_and_inserted() -> None:
    arrived, hits = damage(SENT, rate=0.3, generator=np.random.default_rng(1))
    assert hits == pytest.approx(0.3 * len(SENT), rel=0.03)
    assert len(arrived) == pytest.approx(len(SENT), rel=0.005)
    zeros, kinds = bytes(30_000), np.random.default_rng(2)
    arrived, hits = damage(zeros, rate=1.0, generator=kinds)
    flipped = [byte for byte in arrived if byte.bit_count() == 1]
    assert len(flipped) / hits == pytest.approx(1 / 3 + 8 / 256 / 3, abs=0.02)


def test_line_is_clean_outside_its_bursts_and_silences() -> None:
    plan = FaultPlan(bursts=(Burst(10, 5, 0.5),), silences=(Silence(20, 1),))
    line = FaultyLine(plan, seed=1)
    damaged = {t for t in range(30) if line.carry(SENT[:200], t) != SENT[:200]}
    assert damaged == {10, 11, 12, 13, 14, 20}
    assert line.bytes_lost == 200
    assert 400 < line.bytes_damaged < 600


def test_burst_on_a_bad_line_is_as_bad_as_the_worse() -> None:
    plan = FaultPlan(rate=0.1, bursts=(Burst(1, 1, 0.5), Burst(1, 2, 0.01)))
    assert [plan.damage_at(t)[0] for t in (0.5, 1.5, 2.5, 3.5)] == [0.1, 0.5, 0.1, 0.1]


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=f"damage rate of {rate}"):
        FaultPlan(rate)
    with pytest.raises(ValueError, match="damage rate"):
        Burst(0, 1, rate)


@pytest.mark.parametrize(("start", "duration"), [(-1, 1), (0, 0), (0, float("inf"))])
def test_impossible_window_is_refused(start: float, duration: float) -> None:
    with pytest.raises(ValueError, match=f"a fault from {start} s for {duration} s"):
        Silence(start, duration)


def test_each_kind_of_harm_can_be_had_alone() -> None:
    def arrived(harm: Harm) -> bytes:
        plan = FaultPlan(bursts=(Burst(0, 9, 0.5, (harm,)),))
        return FaultyLine(plan, seed=3).carry(bytes(2000), 1.0)

    assert len(arrived(Harm.DROP)) == pytest.approx(1000, rel=0.1)
    assert len(arrived(Harm.INSERT)) == pytest.approx(3000, rel=0.1)
    flipped = arrived(Harm.FLIP)
    assert len(flipped) == 2000
    assert {byte.bit_count() for byte in flipped} == {0, 1}


def test_half_open_line_is_silent_one_way_only() -> None:
    plan = FaultPlan(silences=(Silence(0, 9, (Direction.TO_ROBOT,)),))
    to_robot, from_robot = (
        FaultyLine(plan, seed=1, direction=direction) for direction in Direction
    )
    assert to_robot.carry(b"abc", 1.0) == b""
    assert from_robot.carry(b"abc", 1.0) == b"abc"


@given(
    sent=st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=5)), max_size=20
    ),
    jitter_s=st.floats(0, 1),
)
def test_late_bytes_all_arrive_in_their_order_and_none_too_early(
    sent: list[tuple[float, bytes]], jitter_s: float
) -> None:
    line = FaultyLine(FaultPlan(delays=(Delay(0, 1e3, 0.5, jitter_s),)), seed=2)
    now_s, first_s, arrived = 0.0, None, b""
    for passed_s, data in sent:
        now_s += passed_s
        first_s = now_s if first_s is None else first_s
        came = line.carry(data, now_s)
        assert not came or now_s >= first_s + 0.5 - 1e-6
        arrived += came
    arrived += line.carry(b"", now_s + 2.0)
    assert arrived == b"".join(data for _, data in sent)

"""Where the robot believes it is, and whether it knows how well it knows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.mission.localise import GpsNoise, Localiser, Move

RTK = GpsNoise(white_m=0.02, slow_m=0.01, slow_s=60.0, latency_s=0.1)
PLAIN = GpsNoise(white_m=1.0, slow_m=1.5, slow_s=60.0, latency_s=0.2)
START = (0.0, 0.0, 0.0)
AHEAD = Move(0.1, 0.15, 0.0, 0.0)
STILL = Move(0.1, 0.0, 0.0, 0.0)


def driven(localiser: Localiser, metres: float, move: Move = AHEAD) -> Localiser:
    for _ in range(round(metres / move.way_m)):
        localiser.move(move)
    return localiser


def follow_east(localiser: Localiser, seconds: float, *, off_m: float = 0.0) -> None:
    """Drive east at 1.5 m/s with a fix a second, all off to the north."""
    for tick in range(1, round(seconds * 10) + 1):
        localiser.move(AHEAD)
        if tick % 10 == 0:
            x_m = localiser.place.x_m - localiser._gps.latency_s * 1.5
            localiser.fix(x_m, off_m)


moves = st.builds(
    Move,
    duration_s=st.just(0.1),
    way_m=st.floats(-0.3, 0.3),
    turn_rad=st.floats(-0.2, 0.2),
    wheel_turn_rad=st.floats(-0.2, 0.2),
)
places = st.floats(-1e4, 1e4)


@given(
    story=st.lists(
        st.tuples(moves, st.none() | st.tuples(places, places)), max_size=60
    ),
    gps=st.sampled_from([RTK, PLAIN]),
)
def test_estimate_stays_finite_and_its_covariance_sound_whatever_comes(
    story: list[tuple[Move, tuple[float, float] | None]], gps: GpsNoise
) -> None:
    localiser = Localiser(START, gps=gps)
    for move, fix in story:
        localiser.move(move)
        if fix is not None:
            localiser.fix(*fix)
    assert all(math.isfinite(value) for value in localiser.place)
    assert -math.pi <= localiser.place.heading_rad <= math.pi
    assert np.allclose(localiser._cov, localiser._cov.T)
    assert np.linalg.eigvalsh(localiser._cov).min() > -1e-9


def test_wheels_and_gyro_alone_lead_round_a_block_and_back() -> None:
    localiser = Localiser(START, gps=RTK)
    for _ in range(4):
        driven(localiser, 60)
        for _ in range(10):
            localiser.move(Move(0.1, 0.0, math.pi / 20, math.pi / 20))
    place = localiser.place
    assert math.hypot(place.x_m, place.y_m) < 1e-6
    assert place.heading_rad == pytest.approx(0.0, abs=1e-6)


def test_uncertainty_grows_without_fixes_and_shrinks_with_them() -> None:
    localiser = Localiser(START, gps=RTK)
    near = driven(localiser, 15).place.sigma_m
    far = driven(localiser, 150).place.sigma_m
    localiser.fix(localiser.place.x_m, localiser.place.y_m)
    assert near < far
    assert localiser.place.sigma_m < 0.1


def test_odometry_that_reads_too_little_is_learned() -> None:
    localiser = Localiser(START, gps=RTK)
    true_m = 0.0
    for _ in range(1500):
        true_m += 0.15
        localiser.move(Move(0.1, 0.15 * 0.97, 0.0, 0.0))
        localiser.fix(true_m - 0.15, 0.0)
    for _ in range(400):  # 60 m without a fix
        true_m += 0.15
        localiser.move(Move(0.1, 0.15 * 0.97, 0.0, 0.0))
    assert localiser.place.x_m == pytest.approx(true_m, abs=0.3)


def test_bias_of_the_gyro_is_learned_at_rest_and_a_turn_by_hand_is_not_bias() -> None:
    localiser = Localiser(START, gps=RTK)
    for _ in range(300):
        localiser.move(Move(0.1, 0.0, 0.0004, 0.0))
    driven(localiser, 90, Move(0.1, 0.15, 0.0004, 0.0))
    assert abs(localiser.place.heading_rad) < 0.01
    before = localiser.place.heading_rad
    for _ in range(10):
        localiser.move(Move(0.1, 0.0, 0.1, 0.0))
    assert localiser.place.heading_rad == pytest.approx(before + 1.0, abs=0.02)


def test_fix_is_compared_with_where_the_robot_was_when_it_was_taken() -> None:
    late = GpsNoise(white_m=0.02, slow_m=0.01, slow_s=60.0, latency_s=0.5)
    localiser = Localiser(START, gps=late)
    driven(localiser, 30)
    for _ in range(100):
        localiser.move(AHEAD)
        x_m = localiser.place.x_m
        localiser.fix(x_m - 0.5 * 1.5, 0.0)
        assert localiser.place.x_m == pytest.approx(x_m, abs=1e-6)


def test_jump_between_houses_is_refused_and_moves_nothing() -> None:
    localiser = Localiser(START, gps=PLAIN)
    follow_east(localiser, 60)
    follow_east(localiser, 20, off_m=30.0)
    assert localiser.refused == 20
    assert abs(localiser.place.y_m) < 2.0
    follow_east(localiser, 20)
    assert localiser.lost == 0
    assert abs(localiser.place.y_m) < 2.0


def test_contradiction_for_half_a_minute_makes_the_robot_unsure_before_it_moves() -> (
    None
):
    localiser = Localiser(START, gps=RTK)
    follow_east(localiser, 30)
    sure_m = localiser.place.sigma_m
    follow_east(localiser, 32, off_m=30.0)
    assert localiser.lost == 1
    assert localiser.place.sigma_m > 5 * sure_m
    follow_east(localiser, 20, off_m=30.0)
    assert localiser.place.y_m == pytest.approx(30.0, abs=1.0)
    assert localiser.place.sigma_m > 2 * sure_m  # wary still


def test_receiver_that_is_worse_than_it_says_is_not_shut_out() -> None:
    localiser = Localiser(START, gps=RTK)
    draw = np.random.default_rng(2)
    true_m, inside, taken_before = 0.0, 0, 0
    for tick in range(6000):
        true_m += 0.15
        localiser.move(AHEAD)
        if tick % 2:
            localiser.fix(
                true_m - 0.15 + 0.3 * draw.standard_normal(),
                0.3 * draw.standard_normal(),
            )
        if tick == 5000:
            taken_before = localiser.taken
    inside = localiser.taken - taken_before
    assert inside > 480  # of 500
    assert abs(localiser.place.y_m) < 2 * localiser.place.sigma_m + 0.1


def test_wheel_that_stands_still_while_the_gyro_turns_makes_the_way_unsure() -> None:
    def sigma_m(wheel_turn_rad: float) -> float:
        localiser = Localiser(START, gps=RTK)
        follow_east(localiser, 60)
        return driven(localiser, 3, Move(0.1, 0.075, 0.0, wheel_turn_rad)).place.sigma_m

    assert sigma_m(0.0) < 0.1
    assert sigma_m(0.125) > 1.0  # one encoder counts nothing


def test_same_story_gives_the_same_estimate() -> None:
    def told() -> tuple[float, ...]:
        localiser = Localiser(START, gps=PLAIN)
        follow_east(localiser, 30, off_m=1.0)
        return localiser.place

    assert told() == told()


def test_robot_at_rest_stays_where_it_is() -> None:
    localiser = Localiser((3.0, 4.0, 1.0), gps=RTK)
    for _ in range(100):
        localiser.move(STILL)
    assert localiser.place[:3] == (3.0, 4.0, 1.0)

"""Missions as MAVLink items, and what both autopilots call the same things."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.mavlink_mission import MOST_RESEND_S, Item, Upload, items_of
from firmware_bridge.mavlink_modes import ARDUPILOT, PX4, Mode
from firmware_bridge.mavlink_wire import Address, Message, dialect
from firmware_bridge.round_trip import LEAST_RTO_S, RoundTrip
from tests.firmware_bridge.test_mavlink_link import PLANE, line, zigzag
from tests.shared_data import need


def test_item_0_of_ardupilot_is_its_home_and_of_px4_a_waypoint() -> None:
    for autopilot, home in ((ARDUPILOT, 1), (PX4, 0)):
        items = items_of(line(), autopilot, PLANE.to_lon_lat_deg)
        assert [item.command for item in items.items[home:]] == [178, 16, 16, 16]
        assert items.item_of_point(0) == home
        assert items.item_of_point(1) == home + 2


def test_places_are_kept_to_a_centimetre() -> None:
    items = items_of(zigzag(), PX4, PLANE.to_lon_lat_deg).items
    lon_lat = [(i.lon / 1e7, i.lat / 1e7) for i in items if i.command == 16]
    xy_m = PLANE.to_xy_m(np.array(lon_lat))
    assert np.abs(xy_m - zigzag().xy_mm / 1e3).max() < 0.01


def test_modes_of_both_autopilots_are_read_as_they_are_set() -> None:
    for autopilot in (ARDUPILOT, PX4):
        modes = set(autopilot.custom_modes.values())
        assert modes == {Mode.GUIDED, Mode.AUTO, Mode.HOLD} == set(autopilot.numbers)
        assert autopilot.mode_of(0, next(iter(autopilot.custom_modes))) is Mode.OTHER
        assert autopilot.mode_of(1, 99) is Mode.OTHER
    assert PX4.mode_of(1, 4 << 16 | 4 << 24) is Mode.AUTO
    assert PX4.value_of(1.401298464324817e-45, 6) == 1  # an integer's bits
    assert ARDUPILOT.value_of(2.0, 6) == 2


def request(number: int) -> Message:
    return dialect().MAVLink_mission_request_message(255, 190, number, 0)


def ack(result: int) -> Message:
    return dialect().MAVLink_mission_ack_message(255, 190, result, 0)


def numbers(said: list[Message]) -> list[int]:
    return [message.seq for message in said]


def test_items_whose_turn_it_may_be_are_sent_when_no_question_comes() -> None:
    need("pymavlink")
    upload = Upload(Address(1, 1), [Item(16, lat=n) for n in range(5)])
    assert [said.get_type() for said in upload.due(0.0)] == ["MISSION_COUNT"]
    assert numbers(upload.hear(request(0), 0.1)) == [0]
    assert numbers(upload.hear(request(1), 0.15)) == [1]
    assert upload.due(0.16) == []
    assert numbers(upload.due(0.3)) == [1, 2]
    assert numbers(upload.due(0.5)) == [1, 2, 3]
    assert upload.hear(ack(13), 0.6) == []  # it is not the turn of one of them
    assert not upload.done
    assert upload.hear(request(3), 0.7) == []  # that one is on its way
    assert numbers(upload.due(0.9)) == [3, 4]
    upload.hear(ack(0), 1.0)
    assert (upload.done, upload.result) == (True, None)


def test_refusal_ends_an_upload_and_an_answer_to_an_older_one_does_not() -> None:
    need("pymavlink")
    upload = Upload(Address(1, 1), [Item(16, lat=n) for n in range(5)])
    upload.due(0.0)
    upload.hear(ack(0), 0.1)
    assert not upload.done
    upload.hear(ack(4), 0.2)
    assert (upload.done, upload.result) == (True, 4)


def test_last_word_that_never_comes_is_not_waited_for_for_ever() -> None:
    need("pymavlink")
    upload = Upload(Address(1, 1), [Item(16)])
    upload.due(0.0)
    upload.hear(request(0), 0.1)
    for tick in range(200):
        upload.due(0.1 + 0.05 * tick)
    assert (upload.done, upload.result) == (True, None)


@given(trips_s=st.lists(st.floats(0.001, 2.0), min_size=1), tries=st.integers(0, 20))
def test_wait_follows_the_round_trips_between_its_bounds(
    trips_s: list[float], tries: int
) -> None:
    timer = RoundTrip(MOST_RESEND_S)
    timer.measure(*trips_s)
    before = timer.rto_s
    assert LEAST_RTO_S <= timer.wait_s(tries) <= MOST_RESEND_S
    assert timer.wait_s(0) == before == timer.rto_s
    steady = RoundTrip(10.0)
    steady.measure(*[trips_s[0]] * 50)
    assert steady.rto_s == pytest.approx(max(trips_s[0] + 0.02, LEAST_RTO_S), abs=0.005)


def test_line_that_was_never_measured_is_given_more_time_each_try() -> None:
    timer = RoundTrip(MOST_RESEND_S)
    waits_s = [timer.wait_s(tries) for tries in range(6)]
    assert waits_s == sorted(waits_s)
    assert timer.rto_s == MOST_RESEND_S

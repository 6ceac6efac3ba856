"""Missions as MAVLink items, and what both autopilots call the same things."""

import numpy as np

from firmware_bridge.mavlink_mission import items_of
from firmware_bridge.mavlink_modes import ARDUPILOT, PX4, Mode
from tests.firmware_bridge.test_mavlink_link import PLANE, line, zigzag


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

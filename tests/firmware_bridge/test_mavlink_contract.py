"""A MAVLink rover passes the contract of every link, as far as it has the parts."""

from collections.abc import Iterator

import pytest

from firmware_bridge.mavlink_link import MavlinkLink
from maps.project import LocalProjection
from patrol.robot import MissionLink
from sim.mavlink_rover import SAFE, MavlinkPort, MavlinkRover
from sim.robot import SimRobot
from tests.shared_data import need
from tests.test_robot_link import (
    NORTH,
    test_armed_robot_goes_where_it_is_sent,
    test_closed_link_refuses_everything_and_closes_twice,
    test_disarmed_robot_does_not_move,
    test_estop_is_latched_until_it_is_cleared_at_rest_and_armed,
    test_positive_turn_is_counter_clockwise,
    test_reports_come_five_times_a_second_oldest_first,
    test_robot_holds_what_is_loaded_and_drives_it_when_it_is_started,
    test_setpoint_dies_but_a_waiting_host_keeps_the_robot_armed,
    test_time_passes_while_the_host_waits_and_not_otherwise,
)


@pytest.fixture
def link() -> Iterator[MissionLink]:
    need("pymavlink")
    plane = LocalProjection(126.95, 37.48)
    rover = MavlinkRover(SimRobot(NORTH), projection=plane, parameters=SAFE)
    port = MavlinkPort(rover)
    link = MavlinkLink(port, name="rover-1", projection=plane, clock=port.clock)
    link.connect()
    yield link
    link.close()


__all__ = [
    "test_armed_robot_goes_where_it_is_sent",
    "test_closed_link_refuses_everything_and_closes_twice",
    "test_disarmed_robot_does_not_move",
    "test_estop_is_latched_until_it_is_cleared_at_rest_and_armed",
    "test_positive_turn_is_counter_clockwise",
    "test_reports_come_five_times_a_second_oldest_first",
    "test_robot_holds_what_is_loaded_and_drives_it_when_it_is_started",
    "test_setpoint_dies_but_a_waiting_host_keeps_the_robot_armed",
    "test_time_passes_while_the_host_waits_and_not_otherwise",
]

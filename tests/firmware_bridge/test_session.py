"""Sessions: every command once and in order, whatever the line does to frames."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.framing import encode_frame
from firmware_bridge.host_session import (
    Connected,
    GivenUp,
    Incompatible,
)
from firmware_bridge.messages import Hello, Order, Result, frame_of
from firmware_bridge.outbox import MOST_WAITING, Answered
from firmware_bridge.robot_core import STOP
from firmware_bridge.robot_memory import KeptMemory
from firmware_bridge.robot_path import Senses
from firmware_bridge.round_trip import MOST_RTO_S
from firmware_bridge.serial_numbers import after, ahead, is_newer
from patrol.robot import Action, Drive, RobotState, Telemetry
from tests.firmware_bridge.rig import Rig

ORDERS = [action for action in Action if action is not Action.ESTOP]
A, D, S, C = Action.ARM, Action.DISARM, Action.SENSORS_ON, Action.CLEAR_ESTOP


def test_numbers_wrap_and_every_command_is_still_done_once() -> None:
    rig = Rig(nonce=0xFFF8).connect()
    sent = (ORDERS * 40)[:150]
    for action in sent:
        rig.send(action)
        rig.settle(1)
    rig.settle(5)
    assert rig.executed == sent
    assert rig.host.counters["retransmissions"] == 0


@given(number=st.integers(0, 0xFFFF), steps=st.integers(1, 0x7FFF))
def test_number_is_newer_up_to_half_the_circle(number: int, steps: int) -> None:
    later = (number + steps) % 0x10000
    assert is_newer(later, number)
    assert not is_newer(number, later)
    assert not is_newer(number, number)
    assert ahead(later, number) == steps
    assert after(number) == (number + 1) % 0x10000


def test_window_holds_four_commands_and_no_more() -> None:
    rig = Rig().connect()
    for _ in range(9):
        rig.send(S)
    assert len(rig.up) == 4
    rig.to_robot()
    rig.to_host()
    rig.wait(0.0)
    assert len(rig.up) == 4
    rig.settle()
    assert rig.executed == [S] * 9


def test_unanswered_commands_are_sent_again_at_growing_intervals() -> None:
    rig = Rig().connect()
    for _ in range(8):
        rig.send(S)
        rig.settle(1)
    rig.send(A)
    times: list[float] = []
    while len(times) < 6:
        rig.up.clear()
        before = rig.host.counters["retransmissions"]
        rig.wait(0.001)
        if rig.host.counters["retransmissions"] > before:
            times.append(rig.now_s)
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert all(b >= a - 1e-6 for a, b in itertools.pairwise(gaps))
    assert 0.03 <= gaps[0] < gaps[-1]
    assert gaps[-1] == pytest.approx(MOST_RTO_S, abs=0.002)


def test_only_commands_that_were_sent_once_are_measured() -> None:
    rig = Rig().connect()
    for action in (S, S, S, D):
        rig.send(action)
        if action is D:
            for _ in range(200):  # two seconds of loss
                rig.up.clear()
                rig.wait(0.01)
        rig.settle(20)
    repeated = rig.host.counters["retransmissions"]
    rig.send(A)
    rig.up.clear()
    for _ in range(11):
        rig.wait(0.01)
    assert rig.host.counters["retransmissions"] == repeated + 1


def test_host_stops_taking_commands_when_too_many_wait_but_always_an_estop() -> None:
    rig = Rig()
    for _ in range(MOST_WAITING):
        rig.send(S)
    with pytest.raises(OverflowError, match=f"{MOST_WAITING} commands wait"):
        rig.send(S)
    rig.send(Action.ESTOP)
    rig.to_robot(-1)
    assert rig.core.state is RobotState.ESTOPPED


def test_estop_overtakes_waiting_commands_and_holds_back_later_ones() -> None:
    rig = Rig().connect()
    for action in (A, S, S, S, S, S):
        rig.send(action)
    rig.up.clear()
    rig.send(Action.ESTOP)
    rig.send(C)
    rig.to_robot()
    assert rig.executed == [Action.ESTOP]
    rig.settle()
    assert rig.executed == [Action.ESTOP, A, S, S, S, S, S, C]
    assert rig.core.state is RobotState.DISARMED
    assert rig.events.count(Answered(A, Result.REFUSED)) == 1


def test_no_command_is_sent_before_an_estop_is_acknowledged() -> None:
    rig = Rig().connect()
    rig.send(Action.ESTOP)
    rig.send(C)
    assert len(rig.up) == 1
    rig.settle()
    assert rig.executed == [Action.ESTOP, C]


def test_report_from_before_an_estop_does_not_hide_its_name() -> None:
    rig = Rig().connect()
    rig.report()
    rig.send(Action.ESTOP)
    rig.to_host()
    rig.send(C)
    rig.settle()
    assert rig.core.state is RobotState.DISARMED


def test_late_copy_of_an_older_estop_is_acknowledged_but_changes_nothing() -> None:
    rig = Rig().connect()
    rig.send(Action.ESTOP)
    late = rig.up[0]
    rig.settle(3)
    rig.send(Action.ESTOP)
    rig.settle(3)
    token = rig.core.estop_token
    assert rig.robot.receive(late, rig.now_s) != b""
    assert (rig.core.estop_token, rig.executed.count(Action.ESTOP)) == (token, 2)


def test_estop_is_repeated_until_it_is_acknowledged_even_without_a_session() -> None:
    rig = Rig()
    rig.send(Action.ESTOP)
    for _ in range(10):
        rig.up.clear()
        rig.wait(0.03)
    assert rig.host.counters["retransmissions"] >= 9
    assert not rig.host.connected
    rig.settle(4)
    assert rig.executed == [Action.ESTOP]
    repeated = rig.host.counters["retransmissions"]
    rig.settle(10)
    assert rig.host.counters["retransmissions"] == repeated


def test_estop_stays_latched_over_a_new_session_and_every_arm() -> None:
    rig = Rig().connect()
    rig.send(Action.ESTOP)
    rig.settle(3)
    rig.host.reconnect()
    rig.send(A)
    rig.settle()
    other = Rig(nonce=77)
    other.core, other.robot = rig.core, rig.robot
    other.connect().send(A)
    other.settle()
    stopped = rig.core.state

    other.send(C)  # learnt its name from the robot
    other.send(A)
    other.settle()
    assert [stopped, rig.core.state] == [RobotState.ESTOPPED, RobotState.ARMED]


def test_late_clear_does_not_clear_a_newer_estop() -> None:
    rig = Rig().connect()
    rig.send(Action.ESTOP)
    rig.settle(3)
    rig.send(C)
    late = rig.up.pop()
    rig.send(Action.ESTOP)
    rig.to_robot()
    rig.up.append(late)
    rig.settle()
    assert rig.executed == [Action.ESTOP, Action.ESTOP, C]
    assert rig.core.state is RobotState.ESTOPPED


def test_commands_left_open_by_a_reconnect_are_done_once() -> None:
    rig = Rig().connect()
    for action in (A, S, D, S, A):
        rig.send(action)
    rig.to_robot()
    rig.to_robot()
    rig.down.clear()
    rig.up.clear()
    rig.host.reconnect()
    rig.settle()
    assert rig.executed == [A, S, D, S, A]
    assert rig.host.counters["sessions"] == 2


def test_restart_is_noticed_and_open_commands_are_given_up_not_repeated() -> None:
    rig = Rig().connect()
    rig.send(S)
    rig.to_robot()
    rig.send(A)
    rig.reboot()
    rig.up.clear()
    rig.down.clear()
    for _ in range(2):
        rig.report()
        rig.settle(1)
    rig.settle()
    assert rig.executed == [S]
    assert [e for e in rig.events if isinstance(e, GivenUp)] == [GivenUp(S), GivenUp(A)]
    assert [e.restarted for e in rig.events if isinstance(e, Connected)] == [
        False,
        True,
    ]
    rig.send(A)
    rig.settle(3)
    assert rig.core.state is RobotState.ARMED


def test_another_host_takes_over_and_the_first_gives_its_commands_up() -> None:
    first = Rig().connect()
    first.send(A)
    first.to_robot()
    first.down.clear()
    second = Rig(nonce=77)
    second.core, second.robot = first.core, first.robot
    second.connect()
    assert first.core.state is RobotState.HELD

    for _ in range(2):
        first.report()
        first.to_host()
    first.settle()
    assert first.executed == [A]
    assert first.host.counters["commands_given_up"] == 1


def test_late_hello_of_a_session_that_is_over_changes_nothing() -> None:
    rig = Rig()
    rig.wait(0.0)
    hello = rig.up[0]
    rig.connect()
    rig.host.reconnect()
    rig.connect()
    session = rig.robot.session
    assert rig.robot.receive(hello, rig.now_s) == b""
    assert rig.robot.session == session


def test_host_that_speaks_only_another_version_is_told_so() -> None:
    rig = Rig(nonce=5)
    hello = encode_frame(frame_of(Hello(5, least_version=3, most_version=4)))
    answer = rig.robot.receive(hello, 0.0)
    assert rig.host.receive(answer, 0.0) == [Incompatible(2, 2)]
    assert not rig.host.connected
    assert rig.robot.session == 0


def test_command_ahead_of_a_missing_one_gets_no_answer() -> None:
    rig = Rig().connect()
    rig.send(A)
    rig.send(D)
    assert rig.robot.receive(rig.up[1], rig.now_s) == b""
    assert rig.robot.receive(rig.up[0], rig.now_s) != b""
    assert rig.robot.receive(rig.up[0], rig.now_s) != b""
    assert rig.executed == [A]


def test_robot_takes_nothing_but_an_estop_without_a_session() -> None:
    rig = Rig()
    order = encode_frame(frame_of(Order(A), session=0, seq=1))
    assert rig.robot.receive(order, 0.0) == b""
    assert rig.executed == []


def test_setpoints_out_of_order_are_dropped() -> None:
    rig = Rig().connect()
    rig.send(A)
    rig.settle(3)
    old = rig.host.send(Drive(1.0, 0.0), rig.now_s)
    new = rig.host.send(Drive(0.5, 0.0), rig.now_s)
    rig.robot.receive(new + old, rig.now_s)
    assert rig.core.tick(rig.now_s, Senses()) != STOP


def test_reports_out_of_order_are_dropped() -> None:
    rig = Rig().connect()
    rig.report()
    rig.now_s += 1
    rig.report()
    rig.to_host(1)
    rig.to_host(0)
    reports = [e for e in rig.events if isinstance(e, Telemetry)]
    assert [report.time_s for report in reports] == [pytest.approx(rig.now_s)]


def test_host_with_nothing_to_say_sends_heartbeats_that_keep_the_robot_armed() -> None:
    rig = Rig().connect()
    rig.send(A)
    rig.settle(200)
    assert rig.core.state is RobotState.ARMED
    assert 90 <= rig.host.counters["heartbeats_sent"] <= 110


def test_break_of_the_line_is_an_estop_that_is_cleared_by_its_reported_name() -> None:
    rig = Rig(memory=KeptMemory()).connect()
    rig.send(A)
    rig.settle(2)
    rig.robot.line_break(rig.now_s)
    rig.robot.line_break(rig.now_s)  # one that lasts is one
    assert rig.core.state is RobotState.ESTOPPED
    assert rig.executed == [A, Action.ESTOP]
    rig.reboot()
    assert rig.core.state is RobotState.ESTOPPED
    rig.report()
    rig.report()
    rig.settle(4)
    rig.report()
    rig.settle(1)
    rig.send(C)
    rig.settle(2)
    assert rig.core.state.name == "DISARMED"
    rig.robot.line_break(rig.now_s)
    assert rig.core.estop_token == 2


def test_estop_of_the_host_after_a_break_is_another_one() -> None:
    rig = Rig().connect()
    rig.robot.line_break(rig.now_s)
    rig.send(Action.ESTOP)
    rig.settle(2)
    assert rig.executed == [Action.ESTOP] * 2
    assert rig.core.estop_token > 1

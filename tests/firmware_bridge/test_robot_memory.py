"""Restarts: what a robot with a memory does not forget, and what its host does."""

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.framing import encode_frame
from firmware_bridge.host_session import Connected, GivenUp
from firmware_bridge.messages import Hello, Result, frame_of
from firmware_bridge.outbox import Answered
from firmware_bridge.robot_memory import (
    RECORD_SIZE,
    KeptMemory,
    RobotRecord,
    SessionLog,
)
from patrol.robot import Action, RobotState
from tests.firmware_bridge.rig import Rig

A, S, OFF, C = Action.ARM, Action.SENSORS_ON, Action.SENSORS_OFF, Action.CLEAR_ESTOP
u16, u32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
logs = st.builds(
    SessionLog, u16, u16, st.tuples(*[st.sampled_from(Result)] * 4)
)  # fmt: skip
records = st.builds(
    RobotRecord, u16, u32, u32, logs, logs, u32, st.none() | u16, st.booleans()
)


@pytest.fixture
def rig() -> Rig:
    return Rig(memory=KeptMemory()).connect()


def power_cut(rig: Rig) -> None:
    """Cut the robot's power; all that is on the line is lost, and reports go on."""
    rig.up.clear()
    rig.down.clear()
    rig.reboot()
    for _ in range(2):
        rig.report()
        rig.settle(1)
    rig.settle()


@given(record=records)
def test_record_comes_back_from_its_bytes(record: RobotRecord) -> None:
    assert len(record.pack()) == RECORD_SIZE == 32
    assert RobotRecord.unpack(record.pack()) == record


@given(record=records, at=st.integers(0, 31), bit=st.integers(0, 7))
def test_damaged_record_is_none(record: RobotRecord, at: int, bit: int) -> None:
    wire = bytearray(record.pack())
    wire[at] ^= 1 << bit
    assert RobotRecord.unpack(bytes(wire)) is None
    assert RobotRecord.unpack(bytes(wire[:at])) is None


def test_result_that_does_not_exist_counts_as_none() -> None:
    log = SessionLog(1, 2, (Result.REFUSED,) * 4)
    record = RobotRecord(1, 1, 1, log, log, 0, None, estopped=False)
    body = bytearray(record.pack()[:28])
    body[20] = 0b11_10_01_11
    read = RobotRecord.unpack(bytes(body) + crc32(body).to_bytes(4, "little"))
    assert read is not None
    assert read.last.results == (Result.NONE, Result.DONE, Result.REFUSED, Result.NONE)


def test_command_whose_answer_a_restart_swallowed_is_not_done_again(rig: Rig) -> None:
    rig.send(S)
    rig.to_robot()
    rig.send(OFF)
    power_cut(rig)
    assert rig.executed == [S, OFF]
    assert Answered(S, Result.DONE) in rig.events
    assert not any(isinstance(event, GivenUp) for event in rig.events)
    assert [e.restarted for e in rig.events if isinstance(e, Connected)] == [
        False,
        True,
    ]


def test_restarted_robot_is_disarmed_and_its_switches_are_off(rig: Rig) -> None:
    for action in (S, A):
        rig.send(action)
    rig.settle(3)
    power_cut(rig)
    assert rig.core.state is RobotState.DISARMED
    assert not rig.core.sensors_on


def test_estop_stays_latched_over_restarts_until_it_is_cleared(rig: Rig) -> None:
    rig.send(Action.ESTOP)
    rig.settle(3)
    for _ in range(3):
        power_cut(rig)
        rig.send(A)
        rig.settle(3)
        assert rig.core.state is RobotState.ESTOPPED
    rig.send(C)
    rig.settle(3)
    power_cut(rig)
    assert rig.core.state is RobotState.DISARMED


def test_estop_repeated_over_a_restart_is_the_same_estop(rig: Rig) -> None:
    rig.send(Action.ESTOP)
    rig.to_robot()
    rig.down.clear()
    rig.reboot()
    rig.settle(3)
    assert rig.executed.count(Action.ESTOP) == 1


def test_hello_repeated_over_a_restart_gets_the_session_that_it_began(rig: Rig) -> None:
    rig.send(S)
    rig.to_robot()
    rig.up.clear()
    rig.down.clear()
    rig.host.reconnect()
    rig.wait(0.0)
    hello = rig.up[-1]
    rig.to_robot(-1)
    rig.down.clear()  # the WELCOME, too, is lost in the restart
    session = rig.robot.session
    rig.reboot()
    rig.up.append(hello)
    rig.settle(3)
    assert rig.robot.session == session
    assert rig.executed == [S]
    assert rig.host.unanswered == 0


def test_late_hello_after_a_restart_makes_the_host_begin_anew(rig: Rig) -> None:
    late = encode_frame(frame_of(Hello(rig.nonce)))
    rig.reboot()
    rig.up.append(late)
    rig.settle(10)
    restarts = [e.restarted for e in rig.events if isinstance(e, Connected)]
    assert restarts == [False, True]


def test_robot_with_a_damaged_record_starts_as_one_that_forgets() -> None:
    memory = KeptMemory()
    rig = Rig(memory=memory).connect()
    rig.send(S)
    rig.to_robot()
    memory.record = memory.record[:20] + bytes(12)
    rig.boot_id += 4  # its own counter, as there is no record to count on from
    power_cut(rig)
    assert rig.executed == [S]
    assert GivenUp(S) in rig.events


def test_sessions_never_get_the_number_of_one_before_a_restart() -> None:
    rig = Rig(memory=KeptMemory(), boot_id=0).connect()
    seen = {rig.robot.session}
    for _ in range(10):
        power_cut(rig)
        assert rig.robot.session not in seen
        seen.add(rig.robot.session)

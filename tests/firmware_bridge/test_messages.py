"""Messages: what is packed is unpacked, and no bytes make it raise."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_bridge
from firmware_bridge.framing import Frame
from firmware_bridge.limits import Limits
from firmware_bridge.messages import (
    _KINDS,
    Capability,
    Estop,
    EstopAck,
    Heartbeat,
    Hello,
    Message,
    Order,
    Report,
    Result,
    Results,
    Setpoint,
    Welcome,
    frame_of,
    message_of,
)
from firmware_bridge.mission_messages import (
    Commit,
    Enclose,
    FenceNow,
    Limit,
    LimitsNow,
    Load,
    Loaded,
    LoadState,
    Part,
)
from firmware_bridge.mission_steps import PathStart
from patrol.robot import Action, Drive, Guard, RobotState, Telemetry
from tests.firmware_bridge.fences import fences

u8, u16, u32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32))
i16 = st.integers(-(1 << 15), (1 << 15) - 1)
i32 = st.integers(-(1 << 31), (1 << 31) - 1)
milli = i16.map(lambda number: number / 1e3)
states = st.sampled_from(RobotState)
results = st.tuples(*[st.sampled_from(Result)] * 4)
orders = st.sampled_from([a for a in Action if a is not Action.ESTOP])
telemetry = st.builds(
    Telemetry,
    u32.map(lambda number: number / 1e3),
    i32.map(lambda number: number / 1e3),
    i32.map(lambda number: number / 1e3),
    st.integers(-31415, 31415).map(lambda number: number / 1e4),
    milli,
    st.integers(0, 10_000).map(lambda number: number / 1e4),
    states,
    st.booleans(),
    st.booleans(),
    u32,
    u32.map(lambda number: number / 1e3),
    st.integers(0, 63).map(Guard),
)
limits = st.builds(Limits, u16, u16, u16, u16)
some = u32.filter(bool)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Hello, u32, u8, u8),
    st.builds(
        Welcome, u32, u32, u8, states, st.integers(0, 3).map(Capability), u32, u16, u16,
        results, u8, u8, u16, u32,
    ),
    st.just(Heartbeat()),
    st.builds(Setpoint, st.builds(Drive, milli, milli), u16.map(lambda n: n / 1e3)),
    st.builds(Order, orders, u32),
    st.builds(Results, results),
    st.builds(Estop, u32.filter(bool)),
    st.builds(EstopAck, u32.filter(bool)),
    st.builds(Report, telemetry, u32),
    st.builds(
        Load, some, u16.filter(bool), u32,
        st.builds(PathStart, i32, i32, u16.filter(bool)),
    ),
    st.builds(Part, u32, u16, st.binary(min_size=1, max_size=32)),
    st.builds(Commit, u32),
    st.builds(Loaded, u32, st.sampled_from(LoadState), u16, u32),
    st.builds(Limit, limits),
    st.builds(LimitsNow, limits),
    st.builds(Enclose, fences),
    st.builds(FenceNow, u32),
)  # fmt: skip


@given(message=messages)
def test_what_is_packed_is_unpacked(message: Message) -> None:
    assert message_of(frame_of(message)) == message


@given(kind=st.sampled_from(sorted(_KINDS)) | u8, payload=st.binary(max_size=30))
def test_no_payload_makes_unpacking_raise(kind: int, payload: bytes) -> None:
    message = message_of(Frame(kind, payload))
    assert message is None or type(message) is _KINDS[kind]


@given(message=messages, data=st.data())
def test_payload_of_the_wrong_length_is_no_message(
    message: Message, data: st.DataObject
) -> None:
    if isinstance(message, Part):
        return  # its length says how much of the mission it holds
    payload = message.pack()
    longer = payload + data.draw(st.binary(min_size=1, max_size=3))
    assert message_of(Frame(message.KIND, longer)) is None
    if payload:
        assert message_of(Frame(message.KIND, payload[:-1])) is None


@pytest.mark.parametrize("speed", [40.0, -40.0, math.nan, math.inf])
def test_setpoint_beyond_the_wire_is_refused_with_its_value(speed: float) -> None:
    with pytest.raises(ValueError, match=f"cannot send speed {speed} m/s"):
        Setpoint(Drive(speed, 0.0), 0.3).pack()


@given(heading=st.floats(-100, 100), time=st.floats(0, 1e8))
def test_report_keeps_heading_within_pi_and_time_within_the_wrap(
    heading: float, time: float
) -> None:
    sent = Telemetry(time, 0, 0, heading, 0, 1, RobotState.ARMED)
    report = message_of(frame_of(Report(sent)))

    assert isinstance(report, Report)
    got = report.telemetry
    assert abs(got.heading_rad) <= math.pi
    assert math.cos(got.heading_rad - heading) == pytest.approx(1, abs=1e-8)
    assert got.time_s == pytest.approx(round(time * 1e3) % 2**32 / 1e3)


@pytest.mark.parametrize("payload", ["0300000000", "0b00000000", "0000000000"])
def test_order_that_is_none_of_the_table_is_no_message(payload: str) -> None:
    assert message_of(Frame(Order.KIND, bytes.fromhex(payload))) is None


def test_report_with_a_state_or_battery_out_of_range_is_no_message() -> None:
    good = bytearray(Report(Telemetry(0, 0, 0, 0, 0, 1, RobotState.HELD)).pack())
    for offset, value in ((18, 4), (17, 0x28), (32, 64)):
        bad = good.copy()
        bad[offset] = value
        assert message_of(Frame(Report.KIND, bytes(bad))) is None
    assert message_of(Frame(Report.KIND, bytes(good))) is not None


def test_table_in_the_protocol_lists_every_message_with_its_size() -> None:
    text = (Path(firmware_bridge.__file__).parent / "PROTOCOL.md").read_text()
    rows = re.findall(r"^\| 0x(..) \| (\w+) \|.*\| (\w+)[^|]*\|$", text, re.MULTILINE)
    listed = {(int(k, 16), n.replace("_", "").lower(), s) for k, n, s in rows}
    sizes: dict[type[Message], int] = {
        Hello: 6,
        Welcome: 32,
        Heartbeat: 0,
        Setpoint: 6,
        Order: 5,
        Results: 4,
    }
    sizes |= {Estop: 4, EstopAck: 4, Report: 33}
    sizes |= {Load: 20, Part: 7, Commit: 4, Loaded: 11, Limit: 8, LimitsNow: 8}
    sizes |= {Enclose: 25, FenceNow: 4}

    expected = {
        (k.KIND, k.__name__.lower(), str(s or "none")) for k, s in sizes.items()
    }

    assert listed == expected
    empty = Telemetry(0, 0, 0, 0, 0, 0, RobotState.DISARMED)
    assert len(Report(empty).pack()) == sizes[Report]

"""Framing: what is sent arrives, what is damaged does not, whatever the cuts."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_bridge
from firmware_bridge.fence import Fence
from firmware_bridge.framing import (
    MAX_PAYLOAD,
    Frame,
    FrameDecoder,
    encode_frame,
    stuff,
    unstuff,
)
from firmware_bridge.limits import Limits
from firmware_bridge.messages import (
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
from firmware_bridge.mission_steps import encode_steps, start_of
from patrol.robot import Action, Drive, Guard, RobotMission, RobotState, Telemetry
from sim.faults import damage

HERE = Path(firmware_bridge.__file__).parent
VECTORS = json.loads((HERE / "vectors.json").read_text())
THREE = (Result.DONE, Result.REFUSED, Result.DONE, Result.NONE)
MISSION = RobotMission(
    np.array([(0, 0), (10_000, 5_000), (40_000, 5_000)], np.int32),
    np.array([1390, 1390, 800], np.uint16),
)
STEPS = encode_steps(MISSION)
TIGHT = Limits(1389, 1000, 175, 1000)
BLOCK = Fence(((-500_000, -500_000), (500_000, -500_000), (0, 500_000)))
SAYS: dict[str, Message | None] = {
    "hello: first word of a host": Hello(0xDEADBEEF),
    "welcome: after a restart": Welcome(
        0xDEADBEEF, 7, 2, RobotState.DISARMED, Capability(11), 0, 0, 0,
        mission_room=16384,
    ),
    "welcome: e-stopped, three commands done before": Welcome(
        0xDEADBEF0, 7, 2, RobotState.ESTOPPED, Capability(11), 0x01020304,
        7, 0xBEF2, THREE, mission_room=160,
    ),
    "heartbeat": Heartbeat(),
    "setpoint: 1.39 m/s, turning right": Setpoint(Drive(1.39, -0.25), 0.3),
    "setpoint: stand still": Setpoint(Drive(0.0, 0.0), 0.3),
    "order: arm": Order(Action.ARM),
    "order: clear e-stop 01020304": Order(Action.CLEAR_ESTOP, 0x01020304),
    "results: done, refused, done": Results(THREE),
    "e-stop without a session": Estop(0x01020304),
    "e-stop acknowledged": EstopAck(0x01020304),
    "report: driving south-west": Report(
        Telemetry(
            3600.2, -12.345, 678.901, -2.3562, 1.39, 0.9876, RobotState.ARMED, True,
            mission=MISSION.digest, along_m=32.75, guards=Guard.SPEED | Guard.SLEW,
        )
    ),
    "report: e-stopped in the dock": Report(
        Telemetry(
            0.2, 0.0, 0.0, 0.0, 0.0, 1.0, RobotState.ESTOPPED, charging=True
        ),
        0x01020304,
    ),
    "order: start the mission": Order(Action.START_MISSION),
    "load: three points, from 2.5 m on": Load(
        MISSION.digest, len(STEPS), 2500, start_of(MISSION)
    ),
    "part: all of its bytes": Part(MISSION.digest, 0, STEPS),
    "commit: it takes its place": Commit(MISSION.digest),
    "loaded: part 3 lacks, 4 and 6 are there": Loaded(
        MISSION.digest, LoadState.LOADING, 3, 5
    ),
    "loaded: it is held": Loaded(MISSION.digest, LoadState.HELD),
    "limit: walking speed": Limit(TIGHT),
    "limits now": LimitsNow(TIGHT),
    "fence: a triangle of 1 km": Enclose(BLOCK),
    "fence now": FenceNow(BLOCK.name),
    "heartbeat, signed: key 00 to 1f, boot id 7, counter 1": None,
    "longest frame, no zero bytes but one, of an unknown type": None,
}  # fmt: skip

numbers = st.integers(0, 0xFFFF)
bytes_ = st.integers(0, 255)
frames = st.builds(
    Frame, bytes_, st.binary(max_size=MAX_PAYLOAD), numbers, numbers, numbers, bytes_
)


@given(body=st.binary(min_size=1, max_size=253))
def test_stuffed_bytes_hold_no_zero_and_come_back(body: bytes) -> None:
    stuffed = stuff(body)
    assert 0 not in stuffed
    assert len(stuffed) == len(body) + 1
    assert unstuff(stuffed) == body


@given(stuffed=st.binary(max_size=254))
def test_unstuffing_takes_only_what_stuffing_makes(stuffed: bytes) -> None:
    body = unstuff(stuffed)
    assert body is None or stuff(body) == stuffed


@given(sent=st.lists(frames, max_size=8), cuts=st.lists(st.integers(0, 2100)))
def test_stream_may_be_cut_anywhere(sent: list[Frame], cuts: list[int]) -> None:
    wire = b"".join(map(encode_frame, sent))
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    decoder = FrameDecoder()

    got = [f for a, b in itertools.pairwise(edges) for f in decoder.feed(wire[a:b])]

    assert got == sent
    assert decoder.dropped == 0


@given(noise=st.lists(st.binary(max_size=600)), frame=frames)
def test_decoder_is_in_step_again_after_a_zero_byte(
    noise: list[bytes], frame: Frame
) -> None:
    decoder = FrameDecoder()
    for chunk in noise:
        decoder.feed(chunk)
        assert len(decoder._buffer) <= 255
    decoder.feed(b"\x00")

    assert decoder.feed(encode_frame(frame)) == [frame]


def test_empty_frames_are_nothing_and_too_long_ones_are_dropped() -> None:
    decoder = FrameDecoder()
    assert decoder.feed(b"\x00\x00\x00") == []
    assert decoder.dropped == 0
    assert decoder.feed(b"\x01" * 100_000 + b"\x00") == []
    assert decoder.dropped == 1


def test_no_damaged_frame_is_taken_for_a_good_one() -> None:
    rng = np.random.default_rng(3)
    accepted = 0
    for number in range(20_000):
        frame = Frame(number % 7, rng.bytes(number % 40), number & 0xFFFF, 5, 6)
        wire, hits = damage(encode_frame(frame), rate=0.05, generator=rng)
        got = FrameDecoder().feed(wire)
        accepted += bool(hits) and any(one != frame for one in got)
    assert accepted == 0


def test_payload_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(ValueError, match="payload of 241 bytes, a frame holds 240"):
        encode_frame(Frame(1, bytes(241)))
    with pytest.raises(ValueError, match="body of 254 bytes"):
        stuff(bytes(254))


@pytest.mark.parametrize("row", VECTORS["good"], ids=lambda row: str(row["name"]))
def test_golden_frame_is_made_and_read_byte_by_byte(
    row: dict[str, str | int],
) -> None:
    wire = bytes.fromhex(str(row["wire"]))
    header = {name: row[name] for name in ("kind", "session", "seq", "ack", "flags")}

    (frame,) = FrameDecoder().feed(wire)

    assert {name: getattr(frame, name) for name in header} == header
    assert frame.payload.hex() == row["payload"]
    assert encode_frame(frame) == wire
    body = unstuff(wire[:-1])
    assert body is not None
    assert body.hex() == row["body"]


@pytest.mark.parametrize("row", VECTORS["good"], ids=lambda row: str(row["name"]))
def test_golden_frame_says_what_its_name_says(row: dict[str, str | int]) -> None:
    expected = SAYS[str(row["name"])]
    (frame,) = FrameDecoder().feed(bytes.fromhex(str(row["wire"])))
    assert message_of(frame) == expected
    if expected is not None:
        assert expected.pack().hex() == row["payload"]


@pytest.mark.parametrize("row", VECTORS["bad"], ids=lambda row: str(row["name"]))
def test_golden_bad_frame_is_dropped(row: dict[str, str]) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(bytes.fromhex(row["wire"])) == []
    assert decoder.dropped == 1


def test_example_in_the_protocol_is_the_golden_frame() -> None:
    text = (HERE / "PROTOCOL.md").read_text()
    name = "setpoint: 1.39 m/s, turning right"
    (row,) = (row for row in VECTORS["good"] if row["name"] == name)

    assert f'"{name}"' in text
    assert re.findall("    body: ([0-9a-f]+)", text) == [row["body"]]
    assert re.findall("    wire: ([0-9a-f]+)", text) == [row["wire"]]
    columns = re.findall("^(01      03 .*)$", text, re.MULTILINE)
    assert columns[0].replace(" ", "") == row["body"]

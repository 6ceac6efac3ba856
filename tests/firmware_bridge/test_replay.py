"""A byte log holds every byte, and its session can be run again with equal events."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.byte_log import PATROL, ByteLog, LoggedPort
from firmware_bridge.host_session import HostEvent, HostSession
from firmware_bridge.limits import Limits
from firmware_bridge.log_steps import DropLoad, SignFrames, Told, told_in_words
from firmware_bridge.replay import Log, frames_of, read_log, replay
from firmware_bridge.serial_link import SerialLink
from patrol.errors import LinkError, RecordError
from patrol.robot import Action, Drive, RobotMission
from sim.faults import Burst, FaultPlan, Silence
from sim.firmware import SimFirmware
from sim.link import SimPort
from sim.robot import Pose, SimRobot
from tests.firmware_bridge.fences import box, fences

FAULTS = FaultPlan(bursts=(Burst(2.0, 2.0, 0.02),), silences=(Silence(5.0, 1.0),))
KEY = bytes(range(32))
HEADER = f'{{"patrol_byte_log": 1, "robot": "r", "speaks": "{PATROL}", "nonce": 1}}\n'


WAY, OTHER_WAY = (
    RobotMission(
        np.array([[0, 0], [length, 0]], np.int32), np.array([900, 900], np.uint16)
    )
    for length in (9000, 5000)
)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, HostEvent]]:
    """Every event of every session, as it happens."""
    events: list[tuple[float, HostEvent]] = []
    receive = HostSession.receive

    def listen(self: HostSession, chunk: bytes, now_s: float) -> list[HostEvent]:
        found = receive(self, chunk, now_s)
        events.extend((now_s, event) for event in found)
        return found

    monkeypatch.setattr(HostSession, "receive", listen)
    return events


def night(path: Path, *, key: bytes | None = None) -> SimPort:
    """Ten bad seconds with a restart of the robot and one of the session."""
    firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)), key=key)
    port = SimPort(firmware, faults=FAULTS, seed=3)
    with ByteLog(path, robot="robot-1") as log:
        link = SerialLink(port, name="robot-1", clock=port.clock, nonce=7, log=log)
        if key is not None:
            link.sign_with(key)
        link.connect()
        link.tighten(Limits(speed_mmps=1500, fence=box(-9000, -9000, 9000, 9000)))
        link.load_mission(WAY, from_m=1.0, timeout_s=5.0)
        with pytest.raises(LinkError, match="did not take a mission"):
            link.load_mission(OTHER_WAY, from_m=0.0, timeout_s=0.001)
        link.send(Action.ARM)
        for second in range(10):
            if second == 4:
                link.reconnect()
            if second == 7:
                port.line.firmware.reboot()
            link.send(Action.SENSORS_ON)
            for _ in range(5):
                link.send(Drive(0.1 + second / 3, -0.2))
                link.poll(0.2)
        link.close()
    return port


def test_replay_sends_the_same_bytes_and_gives_equal_events(
    live: list[tuple[float, HostEvent]], tmp_path: Path
) -> None:
    night(tmp_path / "log")
    log = read_log(tmp_path / "log")
    heard = list(live)
    again = replay(log)
    assert again.differs_s is None
    assert list(again.events) == heard
    assert len(heard) > 40


def test_signed_session_is_run_again_by_who_has_the_key(
    live: list[tuple[float, HostEvent]], tmp_path: Path
) -> None:
    night(tmp_path / "log", key=KEY)
    assert KEY.hex() not in (tmp_path / "log").read_text()
    log = read_log(tmp_path / "log")
    heard = list(live)
    again = replay(log, key=KEY)
    assert (again.differs_s, list(again.events)) == (None, heard)
    with pytest.raises(RecordError, match="its key is in no log: give it by --key"):
        replay(log)
    texts = [frame.text for frame in frames_of(log)]
    assert any(text.startswith("Report(") for text in texts)


def test_log_holds_every_byte_and_its_frames_are_told(tmp_path: Path) -> None:
    port = night(tmp_path / "log")
    log = read_log(tmp_path / "log")
    frames = list(frames_of(log))
    texts = [frame.text for frame in frames]
    assert (log.robot, log.speaks, log.nonce) == ("robot-1", PATROL, 7)
    assert not log.cut_off
    assert texts[0].startswith("Hello(nonce=7")
    assert any("Setpoint(drive=Drive(speed_mps=0.433" in text for text in texts)
    assert any(text.startswith("Report(") for text in texts)
    damaged = [frame for frame in frames if frame.damaged]
    assert damaged
    assert {frame.sent for frame in damaged} == {False}
    assert port.line.counters["bytes_damaged"] > 0


def test_other_bytes_than_those_of_the_log_are_noticed(tmp_path: Path) -> None:
    night(tmp_path / "log")
    lines = (tmp_path / "log").read_text().splitlines(keepends=True)
    number = next(i for i, line in enumerate(lines) if " > " in line)
    time, sign, data = lines[number].split()
    lines[number] = f"{time} {sign} {data[:-4]}ff00\n"
    (tmp_path / "log").write_text("".join(lines))
    assert replay(read_log(tmp_path / "log")).differs_s == float(time)


def test_line_that_a_crash_cut_off_is_left_out_and_told(tmp_path: Path) -> None:
    night(tmp_path / "log")
    text = (tmp_path / "log").read_text()
    (tmp_path / "log").write_text(text[:-9])
    log = read_log(tmp_path / "log")
    assert log.cut_off
    assert len(log.steps) == text.count("\n") - 2
    assert replay(log).differs_s is None


def test_log_of_the_bench_has_frames_and_no_session(tmp_path: Path) -> None:
    inner = SimPort(SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0))))
    with ByteLog(tmp_path / "log", robot="r") as file:
        port = LoggedPort(inner, file, clock=inner.clock, speaks=PATROL)
        link = SerialLink(port, name="r", clock=inner.clock, nonce=1)
        link.connect()
        assert port.timeout == inner.timeout
        port.close()
    log = read_log(tmp_path / "log")
    assert "Welcome(nonce=1" in [frame.text for frame in frames_of(log)][-1]
    with pytest.raises(RecordError, match="holds bytes and no session"):
        replay(log)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no byte log, its first line is ''"),
        ("[1]\n", "is no byte log"),
        ('{"patrol_byte_log": 2}\n', "of version 2, this program reads 1"),
        (HEADER.replace(' 1}', ' -1}'), "nonce -1: it must be from 0"),
        (HEADER + "now < 00\n", "line 2: 'now < 00' is no line"),
        (HEADER + "1.0 < 0\n", "line 2"),
        (HEADER + "1.0 ? 00\n", "line 2"),
        (HEADER + "1.0 < 00 11\n", "line 2"),
        (HEADER + "1.0 ! JUMP\n", "line 2"),
        (HEADER + "1.0 !\n", "line 2"),
        (HEADER + "1.0 ! tighten x\n", "line 2"),
        (HEADER + "1.0 ! load 0 00000000 0000\n", "line 2"),
        (HEADER + "1.0 =\n\n2.0 =\n", "line 3"),
    ],
)  # fmt: skip
def test_file_that_is_no_log_is_refused_with_its_line(
    text: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text(text)
    with pytest.raises(RecordError, match=words):
        read_log(tmp_path / "log")


def test_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\xff\xfe")
    for name in ("log", "absent"):
        with pytest.raises(RecordError, match=f"{name} cannot be read"):
            read_log(tmp_path / name)
    with pytest.raises(LinkError, match=r"cannot write the log .*absent/log"):
        ByteLog(tmp_path / "absent" / "log", robot="r")


def test_log_of_another_protocol_or_with_a_wild_setpoint_is_refused(
    tmp_path: Path,
) -> None:
    other = HEADER.replace(PATROL, "morse")
    (tmp_path / "log").write_text(other)
    with pytest.raises(RecordError, match=r"is of 'morse'; known are patrol . and mav"):
        list(frames_of(read_log(tmp_path / "log")))
    (tmp_path / "log").write_text(HEADER + "1.0 ! 1e9 0.0\n")
    with pytest.raises(RecordError, match="the log has been changed"):
        replay(read_log(tmp_path / "log"))


commands = (
    st.sampled_from(list(Action))
    | st.builds(Drive, st.floats(-30, 30), st.floats(-30, 30))
    | st.builds(
        Limits, st.integers(0, 5000), st.integers(0, 5000), fence=st.none() | fences
    )
    | st.just(DropLoad())
    | st.just(SignFrames())
)
times = st.floats(0, 1e6, allow_nan=False)


@given(steps=st.lists(st.tuples(times, commands, st.binary(max_size=30)), max_size=20))
def test_what_is_written_is_read_to_the_last_digit(
    steps: list[tuple[float, Told, bytes]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.getbasetemp() / "steps"
    with ByteLog(path, robot="로봇 1") as log:
        log.begin(0.5, speaks=PATROL, nonce=3)
        for time_s, told, data in steps:
            log.write(time_s, "!", told_in_words(told), data.hex())
            log.write(time_s, "<", data.hex())
    got: Log = read_log(path)
    assert (got.robot, got.clock_s) == ("로봇 1", 0.5)
    assert [(s.time_s, s.told, s.data) for s in got.steps[::2]] == steps
    assert [(s.sign, s.data) for s in got.steps[1::2]] == [("<", d) for *_, d in steps]

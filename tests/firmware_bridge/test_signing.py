"""Signed frames: what they keep out, and what they let through."""

import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_bridge
from firmware_bridge.framing import Frame, FrameDecoder, encode_frame
from firmware_bridge.messages import Estop, Heartbeat, Hello, Order, frame_of
from firmware_bridge.serial_link import SerialLink
from firmware_bridge.signing import KEY_SIZE, Signer, load_key
from patrol.errors import LinkError
from patrol.robot import Action, RobotState
from sim.faults import FaultPlan
from sim.firmware import SimFirmware, compare_delivery
from sim.link import SimPort
from sim.robot import Pose, SimRobot

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
frames = st.builds(
    Frame,
    st.integers(0, 255),
    st.binary(max_size=40),
    st.integers(0, 65_535),
    st.integers(0, 65_535),
    st.integers(0, 65_535),
)


def linked(
    robot_key: bytes | None, host_key: bytes | None, *, rate: float = 0.0
) -> tuple[SerialLink, SimFirmware]:
    firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)), key=robot_key)
    port = SimPort(firmware, faults=FaultPlan(rate), seed=4)
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    if host_key is not None:
        link.sign_with(host_key)
    link.connect()
    return link, firmware


@given(frame=frames, boot_id=st.integers(0, 2**32 - 1), flip=st.integers(0, 400))
def test_signed_frame_is_believed_once_and_only_as_it_was(
    frame: Frame, boot_id: int, flip: int
) -> None:
    sender, receiver = Signer(KEY), Signer(KEY)
    sent = sender.sign(frame, boot_id=boot_id)
    (wired,) = FrameDecoder().feed(encode_frame(sent))
    at = flip % (8 * len(wired.payload))
    payload = bytearray(wired.payload)
    payload[at // 8] ^= 1 << at % 8
    forged = Frame(
        frame.kind, bytes(payload), frame.session, frame.seq, frame.ack, wired.flags
    )
    assert receiver.check(forged, boot_id=boot_id) is None
    assert receiver.check(frame, boot_id=boot_id) is None
    assert receiver.check(wired, boot_id=boot_id ^ 1) is None
    assert Signer(OTHER).check(wired, boot_id=boot_id) is None
    believed = receiver.check(wired, boot_id=boot_id)
    assert believed is not None
    assert (believed.kind, believed.payload) == (frame.kind, frame.payload)
    assert receiver.check(wired, boot_id=boot_id) is None


def test_golden_frame_is_signed_as_the_protocol_says() -> None:
    path = Path(firmware_bridge.__file__).parent / "vectors.json"
    rows = json.loads(path.read_text())["good"]
    (row,) = (one for one in rows if one["name"].startswith("heartbeat, signed"))
    sent = Signer(KEY).sign(frame_of(Heartbeat(), session=7), boot_id=7)
    assert encode_frame(sent).hex() == row["wire"]
    text = bytes.fromhex("07000000" + row["body"][:26])
    tag = hmac.new(KEY, text, "sha256").digest()[:8]
    assert row["payload"] == "01000000" + tag.hex()


def test_every_field_of_the_header_is_signed() -> None:
    sent = Signer(KEY).sign(Frame(4, b"hello", 7, 8, 9), boot_id=1)
    for changed in (
        Frame(5, sent.payload, 7, 8, 9, 1),
        Frame(4, sent.payload, 6, 8, 9, 1),
        Frame(4, sent.payload, 7, 7, 9, 1),
        Frame(4, sent.payload, 7, 8, 8, 1),
    ):
        assert Signer(KEY).check(changed, boot_id=1) is None


def test_commands_come_through_a_bad_line_signed_and_once() -> None:
    link, firmware = linked(KEY, KEY, rate=1e-2)
    for number in range(60):
        link.send(Action.SENSORS_ON if number % 2 else Action.SENSORS_OFF)
        if number % 20 == 10:
            link.reconnect()
        if number == 35:
            firmware.reboot()
    assert link.flush(60.0)
    done = compare_delivery(link.sent_by_action, firmware.executed)
    assert (done.lost, done.duplicated) == (0, 0)
    assert link.counters["frames_forged"] == 0


def test_who_has_no_key_may_stop_the_robot_and_nothing_else() -> None:
    link, firmware = linked(KEY, KEY)
    link.send(Action.ARM)
    assert link.flush(2.0)
    session = firmware._session
    order = frame_of(Order(Action.DISARM), session=session.session, seq=3)
    assert firmware.receive(encode_frame(order)) == b""
    assert session.malformed == 1
    assert firmware.machine.core.state is RobotState.ARMED
    firmware.receive(encode_frame(frame_of(Estop(77))))
    assert firmware.machine.core.state.name == "ESTOPPED"


def test_what_was_heard_is_not_believed_again_not_even_in_a_later_session() -> None:
    link, firmware = linked(KEY, KEY)
    heard: list[bytes] = []
    line = link._port.line  # type: ignore[attr-defined]
    send = line.send

    def listen(data: bytes) -> None:
        heard.append(data)
        send(data)

    line.send = listen
    link.send(Action.SENSORS_ON)
    link.flush(2.0)
    done = len(firmware.executed)
    for nonce in (500, 501):
        for wire in heard:
            firmware.receive(wire)
        firmware.receive(encode_frame(frame_of(Hello(nonce))))
    assert len(firmware.executed) == done


@pytest.mark.parametrize(
    ("robot_key", "host_key", "words"),
    [
        (KEY, None, "takes only frames signed with its key: give that key by --key"),
        (None, KEY, "signs nothing: it has no key"),
        (OTHER, KEY, "takes only frames signed with its key"),
    ],
)
def test_two_ends_without_the_same_key_are_told_so(
    robot_key: bytes | None, host_key: bytes | None, words: str
) -> None:
    with pytest.raises(LinkError, match=words):
        linked(robot_key, host_key)


def test_key_is_read_from_a_file_that_is_only_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY.hex() + "\n")
    path.chmod(0o600)
    assert load_key(path) == KEY
    path.chmod(0o640)
    with pytest.raises(LinkError, match=r"may be read by others \(mode 0640\): `chmod"):
        load_key(path)
    path.chmod(0o600)
    path.write_text("secret")
    with pytest.raises(LinkError, match="holds 6 characters, a key is 64 hexadecimal"):
        load_key(path)
    with pytest.raises(LinkError, match="cannot read the key"):
        load_key(tmp_path / "none")


def test_key_of_another_length_is_no_key() -> None:
    with pytest.raises(ValueError, match=f"a key of 3 bytes, it has {KEY_SIZE}"):
        Signer(b"abc")

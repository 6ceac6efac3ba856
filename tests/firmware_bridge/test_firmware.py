"""The reference firmware in C: the same answers as Python, small, and on a terminal."""

import json
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import firmware_bridge
from firmware_bridge.conformance import Bench, Outcome, run_checks
from firmware_bridge.conformance_checks import CHECKS
from firmware_bridge.framing import FrameDecoder, encode_frame
from firmware_bridge.messages import (
    Estop,
    Heartbeat,
    Hello,
    Order,
    Report,
    frame_of,
    message_of,
)
from firmware_bridge.mission_messages import Commit, Load, Part
from firmware_bridge.mission_steps import encode_steps, start_of
from firmware_bridge.ports import open_port
from firmware_bridge.reference_firmware import (
    SOURCES,
    build_firmware,
    run_posix,
    run_simavr,
)
from firmware_bridge.robot_memory import RobotRecord
from firmware_bridge.robot_path import STANDSTILL
from firmware_bridge.serial_link import SerialLink
from firmware_bridge.verdicts import KEY, answer_steps, draw_steps
from patrol.errors import LinkError
from patrol.robot import Action, Drive, RobotMission, RobotState, Telemetry
from tests.firmware_bridge.missions import Wheels, mission_along, path_of
from tests.shared_data import missing

PATIENCE_S = 30.0  # a busy machine is slow
TOUR = [(0, 0), (20_000, 0), (30_000, 12_000), (60_000, 12_000), (45_000, 11_000)]
VECTORS = json.loads(
    (Path(firmware_bridge.__file__).parent / "vectors.json").read_text()
)


def built(target: str, folder: Path, *, key: Path | None = None) -> Path:
    try:
        build_firmware(target, folder, key=key)
    except LinkError as error:
        missing(str(error))
    return folder


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the core and the program, built with sanitizers."""
    return built("check", tmp_path_factory.mktemp("checked"))


def report_of(
    link: SerialLink,
    holds: Callable[[Telemetry], bool],
    *,
    say: Callable[[], None] = lambda: None,
) -> Telemetry:
    """Poll until something holds of a report; nothing here asks how soon."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        say()
        for report in link.poll(0.1):
            if holds(report):
                return report
    raise AssertionError("it never came to that")


def c_answers(steps: bytes, folder: Path) -> bytes:
    done = subprocess.run(
        [folder / "verdicts_checked"], input=steps, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("seed", [1, 2])
def test_both_cores_answer_fuzzed_streams_alike(checked: Path, seed: int) -> None:
    steps = draw_steps(1500, seed=seed)
    assert answer_steps(steps) == c_answers(steps, checked)


def test_both_cores_drive_a_whole_mission_alike(checked: Path) -> None:
    steps = drive_steps(mission_along(TOUR, 1390), seed=5)
    answers = answer_steps(steps)
    assert answers == c_answers(steps, checked)
    report = message_of(FrameDecoder().feed(answers[-40 - 48 :])[-1])
    assert isinstance(report, Report)
    assert report.telemetry.along_m == pytest.approx(80.65, abs=0.01)


def drive_steps(mission: RobotMission, *, seed: int) -> bytes:
    """Load a mission and drive it; the wheels answer what the Python core says."""
    generator = np.random.default_rng(seed)
    data, digest = encode_steps(mission), mission.digest
    orders = (Order(Action.ARM), Order(Action.START_MISSION))
    said: list[bytes] = [
        encode_frame(frame_of(Hello(8))),
        *(
            encode_frame(frame_of(one, session=7))
            for one in (
                Load(digest, len(data), 0, start_of(mission)),
                Part(digest, 0, data),
                Commit(digest),
            )
        ),
        *(
            encode_frame(frame_of(order, session=7, seq=9 + number))
            for number, order in enumerate(orders)
        ),
    ]
    steps = b"N\x07\x00\x00\x00" + bytes_step(b"".join(said))
    beat = bytes_step(encode_frame(frame_of(Heartbeat(), session=7)))
    wheels, path = Wheels(100.0, -200.0, 1.0), path_of(mission)
    for loop in range(1, 2000):
        noisy = wheels.senses._replace(
            x_mm=round(wheels.x_mm + generator.normal(0, 20))
        )
        clock = b"C" + struct.pack("<I", 50 * loop)
        steps += beat + clock + b"T" + struct.pack("<iihhHh", *noisy)
        if path.finished:
            break
        wheels.roll(path.pursue(noisy) or STANDSTILL, 0.05)
    return steps + b"RV"


def bytes_step(chunk: bytes) -> bytes:
    return b"B" + len(chunk).to_bytes(2, "little") + chunk


def test_both_cores_take_golden_frames_alike(checked: Path) -> None:
    rows = [bytes.fromhex(row["wire"]) for row in VECTORS["good"] + VECTORS["bad"]]
    parts = [b"N\x07\x00\x00\x00"]
    for wire in rows:
        parts += [b"B", len(wire).to_bytes(2, "little"), wire, b"R", b"V"]
    steps = b"".join(parts)
    answers = answer_steps(steps)
    assert answers == c_answers(steps, checked)
    counted = answers[-40:]
    assert int.from_bytes(counted[:2], "little") == len(VECTORS["bad"])
    record = RobotRecord.unpack(counted[8:])
    assert record is not None
    assert record.estop_token == 0x01020304


def test_stream_cut_into_bytes_gets_the_same_answers(checked: Path) -> None:
    wire = b"".join(bytes.fromhex(row["wire"]) for row in VECTORS["good"])
    whole = b"N\x07\x00\x00\x00B" + len(wire).to_bytes(2, "little") + wire
    single = b"".join(b"B\x01\x00" + bytes([byte]) for byte in wire)
    said = c_answers(whole, checked)[2:]
    pieces = c_answers(b"N\x07\x00\x00\x00" + single, checked)
    at, joined = 0, b""
    while at < len(pieces):
        size = int.from_bytes(pieces[at : at + 2], "little")
        joined += pieces[at + 2 : at + 2 + size]
        at += 2 + size
    assert joined == said != b""


@pytest.mark.parametrize("answer", [answer_steps, None], ids=["python", "c"])
def test_step_that_does_not_exist_is_named(answer: object, checked: Path) -> None:
    if answer is answer_steps:
        with pytest.raises(ValueError, match="no step is called b'X'"):
            answer_steps(b"X")
    else:
        done = subprocess.run(
            [checked / "verdicts_checked"], input=b"X", capture_output=True, check=False
        )
        assert b"no step is called 88" in done.stderr
        assert done.returncode == 1


def test_firmware_on_a_terminal_drives_stops_and_keeps_its_estop(
    checked: Path, tmp_path: Path
) -> None:
    shutil.copy(checked / "firmware_checked", tmp_path / "firmware_posix")
    with run_posix(tmp_path, seconds=60.0) as running:
        link = SerialLink(open_port(running.address), name="c", nonce=1)
        link.connect()

        def drive() -> None:  # a busy computer may let it hold, and then it is armed
            if link.flush(0.0):
                link.send(Action.ARM)
            link.send(Drive(0.5, 0.1))

        assert report_of(link, lambda now: now.speed_mps > 0.2, say=drive).x_m > 0
        link.send(Action.ESTOP)
        assert link.flush(PATIENCE_S)
        running.cut_power()
        report_of(link, lambda _: link.counters["sessions"] == 2)
        report_of(link, lambda now: now.state is RobotState.ESTOPPED)
        link.send(Action.CLEAR_ESTOP)
        assert link.flush(PATIENCE_S)
        assert link.counters["commands_given_up"] == 0
        link.close()
    record = RobotRecord.unpack((tmp_path / "memory.bin").read_bytes())
    assert record is not None
    assert (record.boot_id, record.estopped) == (2, False)


def test_firmware_with_a_key_obeys_who_has_it_and_stops_for_all(
    checked: Path, tmp_path: Path
) -> None:
    shutil.copy(checked / "firmware_checked", tmp_path / "firmware_posix")
    key = tmp_path / "key"
    key.write_text(KEY.hex())
    with run_posix(tmp_path, seconds=60.0, key=key) as running:
        port = open_port(running.address)
        stranger = SerialLink(port, name="stranger", nonce=1)
        with pytest.raises(LinkError, match="takes only frames signed with its key"):
            stranger.connect()
        link = SerialLink(port, name="c", nonce=2)
        link.sign_with(KEY)
        link.connect()
        link.load_mission(mission_along(TOUR), from_m=0, timeout_s=PATIENCE_S)
        link.send(Action.ARM)
        assert link.flush(PATIENCE_S)
        port.write(encode_frame(frame_of(Estop(9))))
        stopped = report_of(link, lambda now: now.state is RobotState.ESTOPPED)
        assert stopped.mission == mission_along(TOUR).digest
        assert link.counters["frames_forged"] == 0
        link.close()


@pytest.fixture(scope="module")
def fuzzers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("fuzz", tmp_path_factory.mktemp("fuzz"))


def test_no_story_moves_a_stopped_robot_or_hurts_the_core(fuzzers: Path) -> None:
    done = subprocess.run(
        [fuzzers / "fuzz_checked", "3000", "7"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    numbers = [int(word) for word in done.stdout.split() if word.isdigit()]
    assert min(numbers[1:]) > 100


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("if ((self->state == STATE_ESTOPPED) ||", "if ("),
        ("> ROBOT_SILENCE_MS", "> 2000U"),
        ("    hold(self);\n    self->previous", "    self->previous"),
        ("|| blocked", "|| (now->tilt_mrad > 350)"),
    ],
    ids=[
        "arms when e-stopped",
        "watchdog of 2 s",
        "new session does not hold",
        "drives through its fence",
    ],
)
def test_fuzzer_finds_a_core_that_is_not_sound(
    sound: str, broken: str, tmp_path: Path
) -> None:
    folder = tmp_path / "sources"
    shutil.copytree(SOURCES, folder)
    code = (folder / "robot.c").read_text()
    assert code.count(sound) == 1
    (folder / "robot.c").write_text(code.replace(sound, broken))
    compiler = shutil.which("cc")
    if compiler is None:
        missing("there is no C compiler on this computer")
    names = (
        "fuzz.c",
        "fuzz_draw.c",
        "robot.c",
        "frame.c",
        "path.c",
        "guards.c",
        "missions.c",
    )
    subprocess.run([str(compiler), "-o", "fuzz", *names], cwd=folder, check=True)
    done = subprocess.run(
        [folder / "fuzz", "5000", "1"], capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"must not" in done.stderr or b"left its fence" in done.stderr


def test_no_damaged_frame_is_taken_for_another(fuzzers: Path) -> None:
    done = subprocess.run(
        [fuzzers / "damage", "100000", "7"], capture_output=True, check=True
    )
    assert done.stdout.endswith(b" 0 wrong\n")


def test_chip_has_room_for_it(tmp_path: Path) -> None:
    folder = built("size", built("avr", tmp_path))
    flash, ram = size_of(folder / "firmware_avr.elf")
    assert flash <= 16 * 1024
    assert ram <= 1.5 * 1024
    flash, ram = size_of(folder / "core_signing.elf")
    assert flash <= 16 * 1024
    assert ram <= 1.5 * 1024 - 512  # of stack, which it has used in simavr


def size_of(elf: Path) -> tuple[int, int]:
    """Bytes of flash, and of RAM without the stack."""
    done = subprocess.run(["avr-size", elf], capture_output=True, text=True, check=True)
    text, data, bss = map(int, done.stdout.splitlines()[1].split()[:3])
    return text + data, data + bss


def test_emulated_chip_with_a_key_obeys_who_has_it_and_stops_for_all(
    tmp_path: Path,
) -> None:
    key = tmp_path / "key"
    key.write_text(KEY.hex() + "\n")
    with run_simavr(built("simavr", tmp_path, key=key)) as running:
        port = open_port(running.address)
        stranger = SerialLink(port, name="stranger", nonce=1)
        with pytest.raises(LinkError, match="takes only frames signed with its key"):
            stranger.connect()
        link = SerialLink(port, name="chip", nonce=2)
        link.sign_with(KEY)
        link.connect()
        link.send(Action.ARM)
        assert link.flush(PATIENCE_S)
        port.write(b"\x00" + encode_frame(frame_of(Estop(9))))
        report_of(link, lambda now: now.state is RobotState.ESTOPPED)
        assert link.counters["frames_forged"] == 0
        link.close()


def test_emulated_chip_frames_and_stops_as_the_protocol_says(tmp_path: Path) -> None:
    folder = built("simavr", tmp_path)
    few = tuple(
        check for check in CHECKS if check.group == "framing" or "BREAK" in check.name
    )
    with run_simavr(folder) as running:
        port = open_port(running.address)
        bench = Bench(port, time.monotonic, False, None, 1, running.send_break)
        rows = run_checks(bench, few)
        port.close()
    assert [row for row in rows if row.outcome is not Outcome.PASSED] == []


def test_missing_compiler_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(LinkError, match=r"there is no 'make'.*install make and a C"):
        build_firmware("posix", tmp_path)


def test_compiler_that_fails_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("make") is None or shutil.which("cc") is None:
        missing("there is no make or no C compiler on this computer")
    monkeypatch.setenv("CFLAGS", "--no-such-option")
    with pytest.raises(LinkError, match=r"cannot build the firmware \(posix\): .*cc"):
        build_firmware("posix", tmp_path)


def test_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(LinkError, match=r"cannot run .*firmware_posix"),
        run_posix(tmp_path),
    ):
        pass


def test_sources_are_part_of_the_package() -> None:
    names = {path.name for path in SOURCES.iterdir()}
    assert {"Makefile", "README.md", "robot.c", "robot.h", "frame.c"} <= names

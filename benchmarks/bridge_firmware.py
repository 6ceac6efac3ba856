"""
The reference firmware: equal to the Python, small, and how fast it stops.

Stops are in the firmware's time, from its last byte from the host to motors at zero.
The program's clock sees bytes come when they wake it, or when it last looked at the
line before if they found it busy; simavr emulates the chip at 16 MHz and 115,200 baud.
The time from an e-stop to its ACK is the host's, with all that the computer did beside.
What needs a compiler that is absent is told in a row without a value.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bridge_rows import Row, at_most, row
from firmware_bridge.conformance import Bench, Outcome, run_checks
from firmware_bridge.conformance_checks import CHECKS
from firmware_bridge.messages import Setpoint
from firmware_bridge.ports import open_port
from firmware_bridge.probe import Probe, percentile
from firmware_bridge.reference_firmware import (
    build_firmware,
    run_posix,
    run_simavr,
)
from firmware_bridge.serial_link import SerialLink
from firmware_bridge.serial_numbers import after
from firmware_bridge.verdicts import KEY, answer_steps, draw_steps
from patrol.errors import LinkError
from patrol.robot import Action, Drive

_BATCH = 10_000  # streams at once: 7 MB of steps, 4 MB of answers
_CHIP_STOPS = 100
_PROGRAM_STOPS = 300
_TIMED = {
    "64 commands, twice each; p99": ("round trip, C on a pty, p99", None),
    "silence to motors at zero": ("silence to motors at zero, C on a pty", 0.33),
}


def equal_verdicts(streams: int) -> Iterator[Row]:
    """Give both cores the same fuzzed streams and compare every byte they answer."""
    figure = f"unequal batches in {streams:,} fuzzed streams, C and Python"
    with tempfile.TemporaryDirectory() as name:
        try:
            build_firmware("posix", Path(name))
        except LinkError as error:
            yield _untold(figure, error)
            return
        program = str(Path(name) / "verdicts")
        unequal = 0
        for seed in range(-(-streams // _BATCH)):
            steps = draw_steps(min(_BATCH, streams - seed * _BATCH), seed=seed)
            done = subprocess.run(  # noqa: S603 - what we have just built, no shell
                [program], input=steps, capture_output=True, check=True
            )
            unequal += done.stdout != answer_steps(steps)
    yield at_most(figure, unequal, "", 0)


def never(stories: int, frames: int) -> Iterator[Row]:
    """Tell the core stories of hosts, noise and restarts; damage frames."""
    moved = f"motion after e-stop without full reset, {stories:,} fuzzed stories"
    wrong = f"wrong of {frames:,} damaged frames, C"
    with tempfile.TemporaryDirectory() as name:
        try:
            build_firmware("fuzz", Path(name))
        except LinkError as error:
            yield from (_untold(moved, error), _untold(wrong, error))
            return
        told = _run(Path(name) / "fuzz", stories)
        yield at_most(moved, 0 if told else 1, "", 0)
        loops, estops = (int(word) for word in told[2::4][:2]) if told else (0, 0)
        yield at_most("loops in motion in these stories", loops, "", None)
        yield at_most("e-stops in these stories", estops, "", None)
        told = _run(Path(name) / "damage", frames)
        yield at_most(wrong, int(told[-2]) if told else 1, "", 0)


def _run(program: Path, count: int) -> list[str]:
    """Run a fuzzer; give the words it prints, none if what it watches for happened."""
    done = subprocess.run(  # noqa: S603 - what we have just built, no shell
        [str(program), str(count), "1"], capture_output=True, text=True, check=False
    )
    return done.stdout.split() if done.returncode == 0 else []


def program() -> Iterator[Row]:
    """Check the firmware as a program on a pseudo-terminal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            build_firmware("posix", folder)
        except LinkError as error:
            yield _untold("checks failed, C on a pty", error)
            return
        with run_posix(folder) as running:
            port = open_port(running.address)
            bench = Bench(
                port, time.monotonic, True, running.cut_power, 1, running.send_break
            )
            rows = run_checks(bench, CHECKS)
            probe = Probe(port, time.monotonic, nonce=1 << 20)
            stops = _Stops(probe, running.messages, _PROGRAM_STOPS)
            port.close()
    yield stops.row("e-stop to motors at zero, C on a pty", 5e-3)
    yield at_most(
        "e-stop to its ACK in the host's time, C on a pty, p99",
        percentile(stops.acks_s, 0.99),
        "s",
        None,
    )
    failed = sum(one.outcome is not Outcome.PASSED for one in rows)
    yield at_most(f"of {len(rows)} checks failed, C on a pty", failed, "", 0)
    for one in rows:
        if one.check in _TIMED and one.measured:
            figure, target = _TIMED[one.check]
            yield at_most(figure, one.measured.value, "s", target)


def chip() -> Iterator[Row]:
    """Measure the firmware of the ATmega328P: its size, and its stops in its time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            build_firmware("simavr", folder)
            build_firmware("size", folder)
        except LinkError as error:
            yield _untold("flash, ATmega328P", error)
            return
        yield from _size("ATmega328P", folder / "firmware_avr.elf")
        yield from _size(
            "ATmega328P, core that checks signatures", folder / "core_signing.elf"
        )
        yield from _chip_stops(folder)
        yield from _signed_stops(folder)


def _size(name: str, elf: Path) -> Iterator[Row]:
    done = subprocess.run(  # noqa: S603 - a tool of the compiler
        ["avr-size", str(elf)],  # noqa: S607 - found beside avr-gcc
        capture_output=True,
        text=True,
        check=True,
    )
    text, data, bss = (int(word) for word in done.stdout.splitlines()[1].split()[:3])
    yield at_most(f"flash, {name}", text + data, "bytes", 16 * 1024)
    yield at_most(f"static RAM, {name}", data + bss, "bytes", 1536)


def _chip_stops(folder: Path) -> Iterator[Row]:
    with run_simavr(folder) as running:
        port = open_port(running.address)
        probe = Probe(port, time.monotonic, nonce=1)
        stops = _Stops(probe, running.messages, _CHIP_STOPS)
        before = len(_cuts_s(running.messages))
        _move(probe, 0.0)
        probe.reports(0.6)
        port.close()
        silence_s = _cuts_s(running.messages)[before:]
    yield stops.row("e-stop to motors at zero, ATmega328P at 115,200 baud", 0.015)
    yield at_most("silence to motors at zero, ATmega328P", max(silence_s), "s", 0.32)


def _signed_stops(folder: Path) -> Iterator[Row]:
    """Stop a chip that signs all it says, and checks all but the e-stop."""
    key = folder / "key"
    key.write_text(KEY.hex() + "\n")
    (folder / "firmware_avr.elf").unlink()
    build_firmware("simavr", folder, key=key)
    with run_simavr(folder) as running:
        link = SerialLink(open_port(running.address), name="chip", nonce=1)
        link.sign_with(KEY)
        link.connect()
        times_s: list[float] = []
        for number in range(_CHIP_STOPS):
            link.send(Action.ARM)
            link.flush(3.0)
            link.send(Drive(0.01, 0.0))
            link.poll(0.05 + 0.05 * (number * 0.618 % 1))
            before = len(_cuts_s(running.messages))
            link.send(Action.ESTOP)
            link.flush(3.0)
            times_s += _cuts_s(running.messages)[before:]
            link.send(Action.CLEAR_ESTOP)
            link.flush(3.0)
        link.close()
    figure = f"e-stop to motors at zero, ATmega328P with a key, p99 of {len(times_s)}"
    yield at_most(figure, percentile(times_s, 0.99), "s", None)  # misses 15 ms


class _Stops:
    """Stop motors that run, at many moments of the firmware's loop."""

    def __init__(self, probe: Probe, messages: Path, count: int) -> None:
        self.times_s: list[float] = []
        self.acks_s: list[float] = []
        for number in range(count):
            _move(probe, 0.02 * (number * 0.618 % 1))
            before = len(_cuts_s(messages))
            self.acks_s.append(probe.estop(number + 1))
            self.times_s += _cuts_s(messages)[before:]
            probe.order(Action.CLEAR_ESTOP, number + 1)

    def row(self, figure: str, target_s: float) -> Row:
        name = f"{figure}, p99 of {len(self.times_s)}"
        return at_most(name, percentile(self.times_s, 0.99), "s", target_s)


def _move(probe: Probe, more_s: float) -> None:
    """Arm, and wait until the motors have taken up a setpoint."""
    probe.connect()
    probe.order(Action.ARM)
    probe.setpoint_seq = after(probe.setpoint_seq)
    probe.send(Setpoint(Drive(0.01, 0.0), 0.3), seq=probe.setpoint_seq)
    probe.reports(0.05 + more_s)


def _cuts_s(messages: Path) -> list[float]:
    lines = messages.read_text("utf-8", errors="replace").splitlines()
    return [int(line) / 1e6 for line in lines if line.isdigit()]


def _untold(figure: str, error: LinkError) -> Row:
    return row(f"{figure} ({error})", float("nan"), "", None) | {"holds": True}

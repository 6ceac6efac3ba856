"""
The serial bridge: speed of its parts, of a driven robot, and losses on a bad line.

    python -m benchmarks.bridge [--commands 20000] [--streams 1000000] [--json FILE]

Times are CPU seconds of this process, so a busy machine does not change them much, or
times of the simulator's and the firmware's own clocks.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.bridge_firmware import chip, equal_verdicts, never, program
from benchmarks.bridge_missions import missions
from benchmarks.bridge_ports import replugs, rovers
from benchmarks.bridge_rows import Row, at_least, at_most
from benchmarks.output import publish
from firmware_bridge.framing import FrameDecoder, encode_frame
from firmware_bridge.messages import Report, frame_of, message_of
from firmware_bridge.serial_link import SerialLink
from patrol.robot import Action, Drive, RobotState, Telemetry
from sim.faults import FaultPlan, Silence, damage
from sim.firmware import SimFirmware, compare_delivery
from sim.link import SimPort
from sim.pty_port import PtyPort
from sim.robot import STEP_S, Pose, SimRobot

START = Pose(0.0, 0.0, 0.0)
# An e-stop holds all others up, and without a mission a START is refused.
SENT = tuple(one for one in Action if one not in {Action.ESTOP, Action.START_MISSION})
_IN_FLIGHT = 7  # a number that no flush follows
REPORT = Report(Telemetry(1.0, 2.0, 3.0, 0.5, 1.39, 0.9, RobotState.ARMED))


def main(
    commands: Annotated[int, typer.Option(help="Commands on the bad line.")] = 20_000,
    frames: Annotated[int, typer.Option(help="Damaged frames.")] = 100_000,
    streams: Annotated[
        int,
        typer.Option(help="Fuzzed streams for both cores; C alone gets more."),
    ] = 100_000,
    seconds: Annotated[float, typer.Option(help="Driven time, simulated.")] = 1800.0,
    json: Annotated[Path | None, typer.Option(help="Where to write results.")] = None,
) -> None:
    """Measure the bridge against its targets."""
    rows = [
        *frame_speed(50_000),
        *wrong_frames(frames),
        *wheels_speed(200_000),
        *driving(seconds),
        *delivery(commands),
        *stopping(50),
        *estops(500),
        *missions(),
        *replugs(200),
        *rovers(20),
        *equal_verdicts(streams),
        *never(10 * streams, 100 * streams),
        *program(),
        *chip(),
    ]
    holds = all(bool(row["holds"]) for row in rows)
    publish("bridge", rows, {"holds": holds}, json_path=json)


def frame_speed(count: int) -> Iterator[Row]:
    """Pack, frame, unframe and read reports, one at a time."""
    decoder = FrameDecoder()
    start = time.process_time()
    for number in range(count):
        wire = encode_frame(frame_of(REPORT, session=7, seq=number & 0xFFFF))
        for frame in decoder.feed(wire):
            message_of(frame)
    yield at_least(
        "frames made and read", count / (time.process_time() - start), "1/s", 20_000
    )


def wrong_frames(count: int) -> Iterator[Row]:
    """Damage frames and count those that are taken for good with other content."""
    rng = np.random.default_rng(1)
    wrong = 0
    for number in range(count):
        frame = frame_of(REPORT, session=7, seq=number & 0xFFFF)
        wire, _ = damage(encode_frame(frame), rate=0.05, generator=rng)
        wrong += any(got != frame for got in FrameDecoder().feed(wire))
    yield at_most(f"wrong of {count:,} damaged frames", wrong, "", 0)


def wheels_speed(steps: int) -> Iterator[Row]:
    """Run the wheels alone."""
    robot, drive = SimRobot(START), Drive(1.39, 0.05)
    start = time.process_time()
    for _ in range(steps):
        robot.step(drive)
    speedup = steps * STEP_S / (time.process_time() - start)
    yield at_least("speed of the wheels alone", speedup, "x real time", 5_000)


def driving(time_s: float) -> Iterator[Row]:
    """Drive a robot at 5 Hz through the kernel's pseudo-terminal."""
    port = PtyPort(SimFirmware(SimRobot(START)))
    link = connected(port)
    link.send(Action.ARM)
    cycles = 0
    start = time.process_time()
    while link.now_s < time_s:
        link.poll(0.25)
        link.send(Drive(1.39, 0.05))
        cycles += 1
    used_s = time.process_time() - start
    link.close()
    yield at_most("cycle of 0.2 s through a pty", used_s / cycles * 1e6, "us CPU", 250)
    yield at_least(
        "speed of a robot through a pty", time_s / used_s, "x real time", 500
    )


def delivery(count: int) -> Iterator[Row]:
    """Send commands at a byte error rate of 1e-2, with 50 reconnects, 20 restarts."""
    firmware = SimFirmware(SimRobot(START))
    port = SimPort(firmware, faults=FaultPlan(0.01), seed=1)
    link = connected(port)
    sent = [SENT[number % len(SENT)] for number in range(count)]
    start = time.process_time()
    for number, action in enumerate(sent):
        link.send(action)
        if number % (count // 20 or 1) == _IN_FLIGHT:
            port.line.wait(STEP_S)  # done, and the answers lost in the restart
            firmware.reboot()
        if number % (count // 50 or 1) == 0:
            link.reconnect()
        if number % 4 == 0:
            link.flush(60.0)
    link.flush(60.0)
    used_s = time.process_time() - start

    result = compare_delivery(link.sent_by_action, firmware.executed)
    given_up = link.counters["commands_given_up"]
    name = f"of {count:,} commands, 50 reconnects, 20 restarts"
    yield at_most(f"lost {name}", result.lost + given_up, "", 0)
    yield at_most(f"doubled {name}", result.duplicated, "", 0)
    yield at_most(f"disorder {name}", int(firmware.executed != sent), "", 0)
    yield at_most("repeated frames a command", ratio(link, count), "", None)
    yield at_most("CPU a command", used_s / count * 1e6, "us CPU", None)


def stopping(cuts: int) -> Iterator[Row]:
    """Cut the line at many moments; see when the motors are at zero."""
    worst_s = max(stop_time_s(2 + 0.0073 * number) for number in range(cuts))
    target_s = 0.3 + STEP_S
    yield at_most("line cut to motors at zero", worst_s, "s", round(target_s, 6))


def stop_time_s(cut_s: float) -> float:
    """Time from the cut of the line to the motors at zero, on the robot's clock."""
    firmware = SimFirmware(SimRobot(START))
    cut = FaultPlan(silences=(Silence(cut_s, 10.0),))
    link = connected(SimPort(firmware, faults=cut))
    link.send(Action.ARM)
    while link.now_s < cut_s or firmware.machine.motors.speed_mps > 0:
        link.send(Drive(1.39, 0.0))
        link.poll(STEP_S)
    return firmware.now_s - cut_s


def estops(count: int) -> Iterator[Row]:
    """Stop a robot under way over a line with a byte error rate of 1e-2."""
    port = SimPort(SimFirmware(SimRobot(START)), faults=FaultPlan(0.01), seed=1)
    link = connected(port)
    times_s = sorted(estop_time_s(link, port) for _ in range(count))
    figure = f"e-stop to motors at zero at 1e-2, p99 of {count}"
    yield at_most(figure, times_s[-1 - count // 100], "s simulated", 0.25)


def estop_time_s(link: SerialLink, port: SimPort) -> float:
    """Drive, then time from a person's stop to the motors at zero; free the robot."""
    machine = port.line.firmware.machine
    while machine.motors.speed_mps == 0:
        if machine.core.state is not RobotState.ARMED:
            link.send(Action.ARM)
            link.flush(10.0)
        link.send(Drive(0.01, 0.0))
        link.poll(0.1)
    start_s = link.now_s
    link.send(Action.ESTOP)
    while machine.core.state is not RobotState.ESTOPPED:  # which cuts the motors
        link.poll(STEP_S)
    time_s = link.now_s - start_s
    link.send(Action.CLEAR_ESTOP)
    link.flush(10.0)
    return time_s


def connected(port: SimPort | PtyPort) -> SerialLink:
    """Open a link whose runs repeat."""
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    link.connect()
    return link


def ratio(link: SerialLink, count: int) -> float:
    """Repeated frames for each command."""
    return link.counters["retransmissions"] / count


if __name__ == "__main__":
    typer.run(main)

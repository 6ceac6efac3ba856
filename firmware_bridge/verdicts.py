"""
The Python core behind the same steps as ``firmware/verdicts.c``, to compare the two.

Steps are bytes: what a host sends, the clock, loops, cuts of power. Both cores turn
them into bytes: what the robot says, what its motors do, what it counts, what it
remembers. Equal bytes mean equal behaviour. `draw_steps` makes steps that go deep:
mostly sound frames of a session, with damage, gaps and silences among them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import Struct

import numpy as np

from firmware_bridge.framing import encode_frame
from firmware_bridge.messages import (
    Estop,
    Heartbeat,
    Hello,
    Message,
    Order,
    Setpoint,
    frame_of,
)
from firmware_bridge.robot_core import RobotCore
from firmware_bridge.robot_memory import KeptMemory
from firmware_bridge.robot_session import RobotSession
from patrol.robot import Action, Drive, Telemetry

_U16, _I16, _U32 = Struct("<H"), Struct("<h"), Struct("<I")
_MOTORS, _VERDICT = Struct("<hh"), Struct("<HHHBB")
_ORDERS = tuple(action for action in Action if action is not Action.ESTOP)
_SPEEDS_MMPS = (0, 0, 0, 19, 20, -20, 1000)
_PAUSES_MS = (20, 20, 20, 20, 60, 280, 300, 301, 1000)
_NOISE_SHARE = 0.2
_STEPS_A_STREAM = 24
_AHEAD = 9  # one order in 64 has a number too far ahead


def answer_steps(steps: bytes) -> bytes:
    """
    Give what the Python core answers to steps.

    Raises
    ------
    ValueError
        If a step is none that ``verdicts.c`` names.
    """
    bench = _Bench()
    return b"".join(bench.answers(steps))


def draw_steps(streams: int, *, seed: int) -> bytes:
    """
    Draw steps for as many robots as there are to be streams.

    Parameters
    ----------
    streams
        Number of new robots, each with its own bytes, loops and cuts of power.
    seed
        Seed of the drawing.
    """
    generator = np.random.default_rng(seed)
    return b"".join(_draw_stream(generator) for _ in range(streams))


@dataclass
class _Bench:
    now_ms: int = 0
    trips: int = 0
    commands: int = 0
    core: RobotCore = field(default_factory=RobotCore)
    memory: KeptMemory = field(default_factory=KeptMemory)

    def __post_init__(self) -> None:
        self.start(boot_id=0)

    def start(self, *, boot_id: int) -> None:
        self.core = RobotCore()
        self.robot = RobotSession(self.core, boot_id=boot_id, memory=self.memory)

    def answers(self, steps: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(steps):
            step, at = steps[at : at + 1], at + 1
            match step:
                case b"N":
                    self.memory = KeptMemory()
                    self.start(boot_id=_U32.unpack_from(steps, at)[0])
                    at += 4
                case b"P":
                    self.start(boot_id=0)
                case b"C":
                    (self.now_ms,) = _U32.unpack_from(steps, at)
                    at += 4
                case b"B":
                    size = _U16.unpack_from(steps, at)[0]
                    yield self.receive(steps[at + 2 : at + 2 + size])
                    at += 2 + size
                case b"T":
                    yield self.tick(_I16.unpack_from(steps, at)[0])
                    at += 2
                case _:
                    yield self.ask(step)

    def ask(self, step: bytes) -> bytes:
        match step:
            case b"R":
                return self.report()
            case b"V":
                return self.verdict()
            case b"F":
                return b""
        raise ValueError(f"no step is called {step!r}; they are N P C B T R V F")

    def receive(self, chunk: bytes) -> bytes:
        said = self.robot.receive(chunk, self.now_ms / 1e3)
        return _U16.pack(len(said)) + said

    def tick(self, speed_mmps: int) -> bytes:
        drive = self.core.tick(self.now_ms / 1e3, speed_mps=speed_mmps / 1e3)
        return _MOTORS.pack(round(drive.speed_mps * 1e3), round(drive.turn_radps * 1e3))

    def report(self) -> bytes:
        core, place = self.core, (-12.345, 678.901, -2.3562)
        said = self.robot.report(
            Telemetry(
                self.now_ms / 1e3,
                *place,
                1.39,
                0.9876,
                core.state,
                core.sensors_on,
                core.charging,
            )
        )
        return _U16.pack(len(said)) + said

    def verdict(self) -> bytes:
        core, robot = self.core, self.robot
        malformed = robot.malformed
        counts = (robot.frames_dropped - malformed, malformed, len(core.executed))
        head = _VERDICT.pack(*counts, core.watchdog_trips, core.state)
        return head + self.memory.record


def _draw_stream(generator: np.random.Generator) -> bytes:
    dice = generator.integers(0, 1 << 16, (_STEPS_A_STREAM, 4)).tolist()
    boot = dice[0][3] % 5
    nonce = dice[0][0] << 16 | dice[0][1]
    host = _Host(nonce=nonce, session=boot or 1)
    steps = [b"N" + _U32.pack(boot), host.clock(0), host.hello()]
    for kind, first, second, third in dice:
        steps.append(host.step(kind, (first, second, third)))
    return b"".join([*steps, b"V"])


@dataclass
class _Host:
    """A careless host: it never listens, and mostly guesses right."""

    nonce: int
    session: int
    orders: int = 0
    setpoints: int = 0
    now_ms: int = 0
    estop: int = 0

    def step(self, kind: int, luck: tuple[int, int, int]) -> bytes:
        moves: tuple[Callable[[int, int, int], bytes], ...] = (
            *(self.loop,) * 3,
            *(self.arm,) * 2,
            *(self.order,) * 3,
            *(self.setpoint,) * 3,
            self.beat_or_estop,
            self.hello_again,
            self.power_cut,
            self.report_or_estop,
            self.noise,
        )
        return moves[kind % len(moves)](*luck)

    def loop(self, pause: int, speed: int, _: int) -> bytes:
        clock = self.clock(_PAUSES_MS[pause % len(_PAUSES_MS)])
        return clock + b"T" + _I16.pack(_SPEEDS_MMPS[speed % len(_SPEEDS_MMPS)])

    def clock(self, pause_ms: int) -> bytes:
        self.now_ms += pause_ms
        return b"C" + _U32.pack(self.now_ms)

    def hello(self) -> bytes:
        return _bytes_step(encode_frame(frame_of(Hello(self.nonce))))

    def hello_again(self, luck: int, *_: int) -> bytes:
        if luck % 3:
            self.nonce = (self.nonce + 1) & 0xFFFFFFFF
            self.session = self.session % 0xFFFF + 1
            self.orders = self.setpoints = 0
        versions = (1, 1) if luck % 16 else (2, 3)
        return _bytes_step(encode_frame(frame_of(Hello(self.nonce, *versions))))

    def power_cut(self, luck: int, follow: int, _: int) -> bytes:
        return b"P" + (self.hello_again(luck) if follow % 4 else b"")

    def arm(self, *_: int) -> bytes:
        self.orders += 1
        return self.say(Order(Action.ARM), seq=self.nonce + self.orders)

    def order(self, luck: int, action: int, flip: int) -> bytes:
        self.orders += luck % 8 > 1  # else an old number once more
        ahead = luck % 64 == _AHEAD
        order = Order(_ORDERS[action % len(_ORDERS)], self.estop if action & 64 else 0)
        seq = self.nonce + self.orders + ahead
        return self.say(order, seq=seq, flip=flip % 64)

    def setpoint(self, speed: int, turn: int, luck: int) -> bytes:
        self.setpoints += luck % 8 > 1
        drive = Drive((speed - 32768) / 1e3, (turn - 32768) / 1e3)
        ttl_s = (0.3, 0.3, 0.1, 0.0, 65.535)[luck % 5]
        return self.say(Setpoint(drive, ttl_s), seq=self.nonce + self.setpoints)

    def beat_or_estop(self, luck: int, token: int, flip: int) -> bytes:
        if luck % 8:
            return self.say(Heartbeat(), flip=flip % 64)
        self.estop = token % 6 or 1
        return self.say(Estop(self.estop))

    def report_or_estop(self, luck: int, token: int, session: int) -> bytes:
        if luck % 8:
            return b"R"
        return self.say(Estop(1 + token % 3), session=session % 4)

    def noise(self, code: int, size: int, _: int) -> bytes:
        return _bytes_step(_U16.pack(code) * (size % 160) + b"\x00")

    def say(
        self,
        message: Message,
        *,
        seq: int = 0,
        session: int | None = None,
        flip: int = 63,
    ) -> bytes:
        session = self.session if session is None else session
        frame = frame_of(message, session=session, seq=seq & 0xFFFF)
        wire = encode_frame(frame)
        if flip < len(wire) * _NOISE_SHARE:
            wire = wire[:flip] + bytes([wire[flip] ^ 1 << flip % 8]) + wire[flip + 1 :]
        return _bytes_step(wire)


def _bytes_step(chunk: bytes) -> bytes:
    return b"B" + _U16.pack(len(chunk)) + chunk

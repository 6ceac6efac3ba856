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

from firmware_bridge.fence import Fence
from firmware_bridge.framing import encode_frame
from firmware_bridge.limits import Limits
from firmware_bridge.messages import (
    Estop,
    Heartbeat,
    Hello,
    Message,
    Order,
    Setpoint,
    frame_of,
)
from firmware_bridge.mission_messages import (
    PART_SIZE,
    Commit,
    Enclose,
    Limit,
    Load,
    Part,
)
from firmware_bridge.mission_steps import encode_steps, start_of
from firmware_bridge.robot_core import RobotCore
from firmware_bridge.robot_memory import KeptMemory
from firmware_bridge.robot_path import Senses
from firmware_bridge.robot_session import RobotSession
from firmware_bridge.signing import KEY_SIZE, Signer
from patrol.robot import Action, Drive, RobotMission, Telemetry

_U16, _U32, _SENSES = Struct("<H"), Struct("<I"), Struct("<iihhHh")
KEY = bytes(range(KEY_SIZE))
"""Key of the robots that take only signed frames, as in verdicts.c."""

_ROOM = 256  # bytes of a mission, as in verdicts.c
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
    senses: Senses = field(default_factory=Senses)
    core: RobotCore = field(default_factory=RobotCore)
    memory: KeptMemory = field(default_factory=KeptMemory)
    key: bytes | None = None

    def __post_init__(self) -> None:
        self.start(boot_id=0)

    def start(self, *, boot_id: int) -> None:
        self.core = RobotCore(mission_room=_ROOM)
        self.senses = Senses()
        self.robot = RobotSession(
            self.core, boot_id=boot_id, memory=self.memory, key=self.key
        )

    def answers(self, steps: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(steps):
            step, at = steps[at : at + 1], at + 1
            match step:
                case b"N" | b"S":
                    self.memory = KeptMemory()
                    self.key = KEY if step == b"S" else None
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
                    self.senses = Senses(*_SENSES.unpack_from(steps, at))
                    yield self.tick()
                    at += _SENSES.size
                case _:
                    yield self.ask(step)

    def ask(self, step: bytes) -> bytes:
        match step:
            case b"R":
                return self.report()
            case b"V":
                return self.verdict()
            case b"K":
                self.robot.line_break(self.now_ms / 1e3)
                return b""
            case b"F":
                return b""
        raise ValueError(f"no step is called {step!r}; they are N S P C B T R K V F")

    def receive(self, chunk: bytes) -> bytes:
        said = self.robot.receive(chunk, self.now_ms / 1e3)
        return _U16.pack(len(said)) + said

    def tick(self) -> bytes:
        drive = self.core.tick(self.now_ms / 1e3, self.senses)
        return _MOTORS.pack(round(drive.speed_mps * 1e3), round(drive.turn_radps * 1e3))

    def report(self) -> bytes:
        core, now = self.core, self.senses
        said = self.robot.report(
            Telemetry(
                self.now_ms / 1e3,
                now.x_mm / 1e3,
                now.y_mm / 1e3,
                now.heading / 1e4,
                now.speed_mmps / 1e3,
                now.battery / 1e4,
                core.state,
                core.sensors_on,
                core.charging,
                core.missions.digest,
                core.along_mm / 1e3,
                core.guards.acting,
            )
        )
        return _U16.pack(len(said)) + said

    def verdict(self) -> bytes:
        core, robot = self.core, self.robot
        malformed = robot.malformed
        counts = (robot.frames_dropped - malformed, malformed, len(core.executed))
        trips = core.watchdog_trips + core.guard_trips
        return _VERDICT.pack(*counts, trips, core.state) + self.memory.record


def _draw_stream(generator: np.random.Generator) -> bytes:
    dice = generator.integers(0, 1 << 16, (_STEPS_A_STREAM, 4)).tolist()
    boot = dice[0][3] % 5
    nonce = dice[0][0] << 16 | dice[0][1]
    signer = Signer(KEY) if dice[0][2] % 8 == 0 else None
    host = _Host(nonce=nonce, session=boot or 1, signer=signer, boot_id=boot)
    kind = b"S" if signer else b"N"
    steps = [kind + _U32.pack(boot), host.clock(0), host.hello()]
    for kind, first, second, third in dice:
        steps.append(host.step(kind, (first, second, third)))
    return b"".join([*steps, b"V"])


@dataclass
class _Host:
    """A careless host: it never listens, and mostly guesses right."""

    nonce: int
    session: int
    signer: Signer | None
    boot_id: int
    orders: int = 0
    setpoints: int = 0
    now_ms: int = 0
    estop: int = 0
    place: int = 0

    def step(self, kind: int, luck: tuple[int, int, int]) -> bytes:
        moves: tuple[Callable[[int, int, int], bytes], ...] = (
            *(self.loop,) * 3,
            *(self.arm,) * 2,
            *(self.order,) * 2,
            *(self.setpoint,) * 2,
            self.follow,
            self.mission,
            self.beat_or_estop,
            self.hello_again,
            self.power_cut,
            self.report_or_estop,
            self.noise,
        )
        return moves[kind % len(moves)](*luck)

    def loop(self, pause: int, speed: int, luck: int) -> bytes:
        clock = self.clock(_PAUSES_MS[pause % len(_PAUSES_MS)])
        return clock + b"T" + self.senses(speed % len(_SPEEDS_MMPS), luck)

    def senses(self, speed: int, luck: int) -> bytes:
        """Near the missions as a rule, and seldom where a guard acts."""
        self.place = (self.place * 31 + luck) & 0xFFFF
        x_mm, y_mm = self.place % 4001 - 500, self.place % 997 - 498
        heading = self.place * 7 % 62831 - 31415
        odd = luck % 128
        return _SENSES.pack(
            x_mm + (odd == 1) * 40_000_000,
            y_mm - (odd == 2) * 2**31 * (y_mm > 0),
            heading,
            _SPEEDS_MMPS[speed],
            299 if odd == 3 else 9876,
            -351 if odd == 4 else 100,
        )

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
        versions = (2, 3) if luck % 16 else (1, 1)
        return _bytes_step(encode_frame(frame_of(Hello(self.nonce, *versions))))

    def power_cut(self, luck: int, follow: int, _: int) -> bytes:
        self.boot_id += 1
        return b"P" + (self.hello_again(luck) if follow % 4 else b"")

    def arm(self, *_: int) -> bytes:
        return self.order_now(Action.ARM)

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

    def follow(self, luck: int, pause: int, _: int) -> bytes:
        """Arm, set off on the mission and run some loops."""
        start = self.order_now(Action.ARM) + self.order_now(Action.START_MISSION)
        loops = [
            self.clock(20 + pause % 50)
            + self.say(Heartbeat())
            + b"T"
            + self.senses((luck >> loop) % len(_SPEEDS_MMPS), luck * loop)
            for loop in range(1 + luck % 6)
        ]
        return start + b"".join(loops) + b"R"

    def mission(self, luck: int, shape: int, flip: int) -> bytes:
        """Load a mission, mostly sound, or tighten the limits."""
        if luck % 8 == 0:
            return self.limit(shape, flip)
        points = np.random.default_rng([luck, shape]).integers(
            -3000, 3000, (2 + luck % 7, 2)
        )
        points[(points == 0).all(axis=1)] = 1  # no two may be equal
        if shape % 4 == 0:
            points[-1, 0] += 40_000
        speeds = np.full(len(points), 1 + shape % 4000, np.uint16)
        speeds[len(points) // 2 :] += luck % 2
        mission = RobotMission(np.cumsum(points, axis=0, dtype=np.int32), speeds)
        data = encode_steps(mission)
        digest = mission.digest ^ (shape % 16 == 1)
        parts = [
            Part(digest, number, data[at : at + PART_SIZE])
            for number, at in enumerate(range(0, len(data), PART_SIZE))
        ]
        size = len(data) - (shape % 32 == 2)
        load = Load(digest, size, flip * (flip % 4 == 0), start_of(mission))
        said = [self.say(load), *map(self.say, parts[:: 1 - 2 * (flip % 2)])]
        missing = flip % 8 == 7
        return b"".join([*said[: len(said) - missing], self.say(Commit(digest))])

    def limit(self, speed: int, shape: int) -> bytes:
        own = Limits()
        limits = Limits(
            speed % 4000, 100 + shape % 3000, own.tilt_mrad, own.battery + speed % 2
        )
        corners = np.random.default_rng([speed, shape]).integers(
            -2000, 5000, (3 + shape % 14, 2)
        )
        if shape % 4 == 0:
            corners = corners * 2**17 + 1
        fence = Fence(tuple((int(x), int(y)) for x, y in corners))
        return self.say(Limit(limits)) + self.say(Enclose(fence))

    def order_now(self, action: Action) -> bytes:
        self.orders += 1
        return self.say(Order(action), seq=self.nonce + self.orders)

    def beat_or_estop(self, luck: int, token: int, flip: int) -> bytes:
        if luck % 8:
            return self.say(Heartbeat(), flip=flip % 64)
        self.estop = token % 6 or 1
        return self.say(Estop(self.estop))

    def report_or_estop(self, luck: int, token: int, session: int) -> bytes:
        if luck % 8 > 1:
            return b"R"
        if luck % 8:
            return b"K"
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
        if self.signer and seq % 16:  # else not signed
            self.signer.sent -= seq % 32 == _AHEAD  # heard before
            frame = self.signer.sign(frame, boot_id=self.boot_id)
        wire = encode_frame(frame)
        if flip < len(wire) * _NOISE_SHARE:
            wire = wire[:flip] + bytes([wire[flip] ^ 1 << flip % 8]) + wire[flip + 1 :]
        return _bytes_step(wire)


def _bytes_step(chunk: bytes) -> bytes:
    return b"B" + _U16.pack(len(chunk)) + chunk

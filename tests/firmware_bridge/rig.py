"""A host and a robot, with a line of frames between them that a test rules."""

from dataclasses import dataclass, field

from firmware_bridge.host_session import HostEvent, HostSession
from firmware_bridge.robot_core import RobotCore
from firmware_bridge.robot_memory import Memory
from firmware_bridge.robot_path import Senses
from firmware_bridge.robot_session import RobotSession
from patrol.robot import Action, Telemetry

JUST_BEFORE_THE_WRAP = 0xFFFF_FFFE


@dataclass
class Rig:
    """A host and a robot with a line of frames between them that a test rules."""

    nonce: int = JUST_BEFORE_THE_WRAP
    now_s: float = 0.0
    up: list[bytes] = field(default_factory=list)
    down: list[bytes] = field(default_factory=list)
    events: list[HostEvent] = field(default_factory=list)
    boot_id: int = 0xFFFF
    memory: Memory | None = None

    def __post_init__(self) -> None:
        self.host = HostSession(nonce=self.nonce)
        self.core = RobotCore()
        self.robot = RobotSession(self.core, boot_id=self.boot_id, memory=self.memory)

    def send(self, action: Action) -> None:
        self._put(self.up, self.host.send(action, self.now_s))

    def wait(self, time_s: float) -> None:
        self.now_s += time_s
        self.core.tick(self.now_s, Senses())
        self._put(self.up, self.host.due(self.now_s))

    def report(self) -> None:
        now = Telemetry(self.now_s, 0, 0, 0, 0, 1, self.core.state)
        self._put(self.down, self.robot.report(now))

    def to_robot(self, index: int = 0) -> None:
        self._put(self.down, self.robot.receive(self.up.pop(index), self.now_s))

    def to_host(self, index: int = 0) -> None:
        self.events += self.host.receive(self.down.pop(index), self.now_s)

    def settle(self, rounds: int = 100) -> None:
        """Let a faultless line do its work."""
        for _ in range(rounds):
            self.wait(0.05)
            while self.up:
                self.to_robot()
            while self.down:
                self.to_host()

    def connect(self) -> "Rig":
        self.settle(2)
        assert self.host.connected
        return self

    def reboot(self) -> None:
        self.boot_id += 1
        done = self.core.executed
        self.core = RobotCore()
        self.core.executed = done
        self.robot = RobotSession(self.core, boot_id=self.boot_id, memory=self.memory)

    @property
    def executed(self) -> list[Action]:
        return [one.action for one in self.core.executed]

    def _put(self, line: list[bytes], wire: bytes) -> None:
        line += [frame + b"\x00" for frame in wire.split(b"\x00") if frame]

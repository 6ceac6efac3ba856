"""A robot made of a few numbers behind the `RobotLink` port, in virtual time."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from patrol.errors import LinkError
from patrol.robot import Action, Command, Drive, RobotState, Telemetry

_TICK_S = 0.05
_WATCHDOG_S = 0.3
_CHANGES: dict[Action, dict[str, object]] = {
    Action.ARM: {"state": RobotState.ARMED},
    Action.DISARM: {"state": RobotState.DISARMED},
    Action.ESTOP: {"state": RobotState.ESTOPPED},
    Action.CLEAR_ESTOP: {"state": RobotState.DISARMED},
    Action.SENSORS_ON: {"sensors_on": True},
    Action.SENSORS_OFF: {"sensors_on": False},
    Action.START_CHARGING: {"charging": True},
    Action.STOP_CHARGING: {"charging": False},
}


@dataclass
class Unicycle:
    """
    Goes where it is told, with bounded changes of speed and turn rate.

    Reports are up to ``age_s`` old and lie by ``noise_m``. In an interval of
    ``silent`` nothing passes in either direction, as when a cable is out; the robot
    then holds itself. ``happen`` maps times to what is done to the robot.
    """

    x_m: float = 0.0
    y_m: float = 0.0
    heading_rad: float = 0.0
    noise_m: float = 0.0
    age_s: float = 0.1
    seed: int = 0
    silent: list[tuple[float, float]] = field(default_factory=list)
    happen: list[tuple[float, Callable[["Unicycle"], None]]] = field(
        default_factory=list
    )
    lost_at_s: float = math.inf
    drain_per_s: float = 1 / 28800
    charge_per_s: float = 1 / 60
    battery: float = 1.0
    state: RobotState = RobotState.DISARMED
    sensors_on: bool = False
    charging: bool = False
    accel_mps2: float = 1.0
    turn_accel_radps2: float = 3.0
    refuses_to_arm: bool = False

    def __post_init__(self) -> None:
        self.now_s = 0.0
        self.speed_mps = self.turn_radps = self.odometer_m = 0.0
        self.sent: list[tuple[float, RobotState, Command]] = []
        self.trace: list[tuple[float, float, float]] = []
        self.sensed: list[tuple[float, float, bool]] = []
        self._target = Drive(0.0, 0.0)
        self._heard_s = 0.0
        self._queue: list[tuple[float, Telemetry]] = []
        self._random = random.Random(self.seed)
        self._ticks = 0
        self._closed = False

    def send(self, command: Command) -> None:
        self._check()
        self.sent.append((self.now_s, self.state, command))
        if self._is_silent():
            return
        if isinstance(command, Drive):
            if self.state is RobotState.ARMED:
                self._target, self._heard_s = command, self.now_s
            return
        latched = self.state is RobotState.ESTOPPED
        if latched and command is not Action.CLEAR_ESTOP:
            return
        if command is Action.ARM and self.refuses_to_arm:
            return
        for name, value in _CHANGES[command].items():
            setattr(self, name, value)
        self._target, self._heard_s = Drive(0.0, 0.0), self.now_s

    def poll(self, timeout_s: float) -> list[Telemetry]:
        self._check()
        for _ in range(max(round(timeout_s / _TICK_S), 1)):
            self._tick()
        self._check()
        due = [r for at_s, r in self._queue if at_s <= self.now_s]
        self._queue = [(t, r) for t, r in self._queue if t > self.now_s]
        return due

    def close(self) -> None:
        self._closed = True

    @property
    def place(self) -> tuple[float, float]:
        return self.x_m, self.y_m

    def _check(self) -> None:
        if self._closed or self.now_s >= self.lost_at_s:
            raise LinkError(f"lost the robot at {self.now_s:.1f} s")

    def _is_silent(self) -> bool:
        return any(a <= self.now_s < b for a, b in self.silent)

    def _tick(self) -> None:
        self._ticks += 1
        self.now_s = self._ticks * _TICK_S
        while self.happen and self.happen[0][0] <= self.now_s:
            self.happen.pop(0)[1](self)
        if self.now_s - self._heard_s > _WATCHDOG_S and self.state is RobotState.ARMED:
            if self._is_silent():
                self.state = RobotState.HELD
            self._target = Drive(0.0, 0.0)
        if self.state is not RobotState.ARMED:
            self._target = Drive(0.0, 0.0)
        self._move()
        if self._ticks % 2 == 0 and not self._is_silent():
            self._queue.append((self.now_s + self.age_s, self._report()))

    def _move(self) -> None:
        rise = self.accel_mps2 * _TICK_S
        turn = self.turn_accel_radps2 * _TICK_S
        self.speed_mps += max(min(self._target.speed_mps - self.speed_mps, rise), -rise)
        self.turn_radps += max(
            min(self._target.turn_radps - self.turn_radps, turn), -turn
        )
        middle = self.heading_rad + self.turn_radps * _TICK_S / 2
        self.x_m += self.speed_mps * _TICK_S * math.cos(middle)
        self.y_m += self.speed_mps * _TICK_S * math.sin(middle)
        self.heading_rad += self.turn_radps * _TICK_S
        self.odometer_m += abs(self.speed_mps) * _TICK_S
        flow = self.charge_per_s if self.charging else -self.drain_per_s
        self.battery = min(max(self.battery + flow * _TICK_S, 0.0), 1.0)
        self.trace.append((self.now_s, self.x_m, self.y_m))
        self.sensed.append((self.x_m, self.y_m, self.sensors_on))

    def _report(self) -> Telemetry:
        return Telemetry(
            time_s=self.now_s,
            x_m=self.x_m + self._random.gauss(0, self.noise_m),
            y_m=self.y_m + self._random.gauss(0, self.noise_m),
            heading_rad=math.remainder(self.heading_rad, math.tau),
            speed_mps=self.speed_mps,
            battery=self.battery,
            state=self.state,
            sensors_on=self.sensors_on,
            charging=self.charging,
        )

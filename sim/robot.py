"""
A differential-drive robot made of numbers: wheels, battery, and a sense of place.

Plain floats and a fixed step, so that a run is fast and repeats to the bit. What it
does never depends on who listens.
"""

import math
from dataclasses import dataclass, field

from patrol.mission.localise import Place
from patrol.robot import Drive, RobotProfile
from sim.sensors import FEEL_S, GpsFault, Motion, Senses, SensorKit

STEP_S = 0.02
"""Time of one step: the wheels are controlled at 50 Hz."""

_FEEL_EVERY = round(FEEL_S / STEP_S)
_REST_DRAW = 0.3  # share of the patrol's draw that computer and sensors take at rest


@dataclass(frozen=True)
class Dynamics:
    """
    How a robot follows its commands; the defaults are a loaded 150 kg rover.

    Attributes
    ----------
    accel_mps2, brake_mps2
        Most that it speeds up and slows down; motors at zero brake with the latter.
    turn_accel_radps2
        Most that its rate of turn changes.
    max_turn_radps
        Fastest turn.
    lag_s
        Time constant with which the motor controller takes up a new speed.
    track_m
        Distance between the left and the right wheels.
    slip
        Share of the wheels' way that is lost on the ground.
    """

    accel_mps2: float = 1.0
    brake_mps2: float = 1.5
    turn_accel_radps2: float = 4.0
    max_turn_radps: float = 1.5
    lag_s: float = 0.1
    track_m: float = 0.6
    slip: float = 0.01


@dataclass(frozen=True)
class Pose:
    """Place in metres east and north; heading counter-clockwise from east."""

    x_m: float
    y_m: float
    heading_rad: float


@dataclass
class SimRobot:
    """
    One robot and its true state.

    Attributes
    ----------
    pose
        Where it starts.
    profile
        Speeds and battery.
    dynamics, sensors
        How it follows, and what tells it its place.
    gps_faults
        When GPS is wrong.
    seed
        Seed of its random numbers.
    x_m, y_m, heading_rad, speed_mps, turn_radps, battery, driven_m
        Its true state; ``battery`` is from 0 to 1, the speed is that of the wheels.
    """

    pose: Pose
    profile: RobotProfile = field(default_factory=RobotProfile)
    dynamics: Dynamics = field(default_factory=Dynamics)
    sensors: SensorKit = field(default_factory=SensorKit)
    gps_faults: tuple[GpsFault, ...] = ()
    seed: int = 0
    battery: float = 1.0
    x_m: float = field(init=False)
    y_m: float = field(init=False)
    heading_rad: float = field(init=False)
    speed_mps: float = field(default=0.0, init=False)
    turn_radps: float = field(default=0.0, init=False)
    driven_m: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if not 0 <= self.battery <= 1:
            raise ValueError(f"battery is {self.battery}, it must be from 0 to 1")
        self.x_m, self.y_m = self.pose.x_m, self.pose.y_m
        self.heading_rad = self.pose.heading_rad
        self._wanted_mps = 0.0
        start = (self.x_m, self.y_m, self.heading_rad)
        self.senses = Senses(
            self.sensors, start, seed=self.seed, faults=self.gps_faults
        )
        self._steps = 0
        self._way_m = self._wheel_turn_rad = self._turn_rad = 0.0
        self._lag = STEP_S / self.dynamics.lag_s
        self._rest_draw = _REST_DRAW * STEP_S / self.profile.battery_s
        self._drive_draw = (
            (1 - _REST_DRAW) * STEP_S / self.profile.battery_s / self.profile.speed_mps
        )

    def step(self, drive: Drive, *, charging: bool = False) -> None:
        """Live through one step of `STEP_S` with the motors told to ``drive``."""
        speed, turn = drive.speed_mps, drive.turn_radps
        if self.battery <= 0:
            speed = turn = 0.0
        if speed != 0 or turn != 0:
            speed, turn = self._within_limits(speed, turn)
        if speed != 0 or self.speed_mps != 0:
            self._take_speed(speed)
        if turn != self.turn_radps:
            most = self.dynamics.turn_accel_radps2 * STEP_S
            change = turn - self.turn_radps
            self.turn_radps += min(max(change, -most), most)
        if self.speed_mps != 0 or self.turn_radps != 0:
            self._move()
        self._use_battery(charging=charging)
        self._steps += 1
        if self._steps % _FEEL_EVERY == 0 and not self.sensors.exact:
            self._feel()

    def _feel(self) -> None:
        motion = Motion(self._way_m, self._wheel_turn_rad, self._turn_rad)
        self._way_m = self._wheel_turn_rad = self._turn_rad = 0.0
        self.senses.feel((self.x_m, self.y_m), motion)

    @property
    def believed(self) -> Place:
        """Where the robot believes it is."""
        if self.sensors.exact:
            return Place(self.x_m, self.y_m, self.heading_rad, 0.0)
        return self.senses.localiser.place

    def _within_limits(self, speed: float, turn: float) -> tuple[float, float]:
        """Slow both down alike where a wheel would be too fast: the curve stays."""
        most = self.dynamics.max_turn_radps
        turn = min(max(turn, -most), most)
        wheel = abs(speed) + abs(turn) * self.dynamics.track_m / 2
        top = self.profile.max_speed_mps
        if wheel <= top:
            return speed, turn
        return speed * top / wheel, turn * top / wheel

    def _take_speed(self, target: float) -> None:
        if target == 0:
            self._wanted_mps = 0.0  # motors at zero brake at once, without the lag
        else:
            self._wanted_mps += (target - self._wanted_mps) * self._lag
        change = self._wanted_mps - self.speed_mps
        speeding_up = change * self.speed_mps >= 0
        limits = self.dynamics
        most = (limits.accel_mps2 if speeding_up else limits.brake_mps2) * STEP_S
        self.speed_mps += min(max(change, -most), most)

    def _move(self) -> None:
        way, angle = self.speed_mps * STEP_S, self.turn_radps * STEP_S
        self._way_m += way
        self._wheel_turn_rad += angle
        way *= 1 - self.dynamics.slip
        angle *= 1 - self.dynamics.slip
        self._turn_rad += angle
        middle = self.heading_rad + angle / 2
        self.x_m += way * math.cos(middle)
        self.y_m += way * math.sin(middle)
        self.heading_rad = math.remainder(self.heading_rad + angle, math.tau)
        self.driven_m += abs(way)

    def _use_battery(self, *, charging: bool) -> None:
        draw = self._rest_draw + self._drive_draw * abs(self.speed_mps)
        if charging:
            full_s = self.profile.recharge_s
            draw = -STEP_S / full_s if full_s > 0 else -1.0
        self.battery = min(max(self.battery - draw, 0.0), 1.0)

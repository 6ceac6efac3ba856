"""
A robot made of numbers: wheels, battery, and a sense of place.

It drives by the difference of its wheels or, with a turning radius, steers like a car.
Plain floats and a fixed step, so that a run is fast and repeats to the bit. What it
does never depends on who listens.
"""

import math
from dataclasses import dataclass, field

from patrol.mission.localise import Place
from patrol.robot import Drive, RobotProfile
from sim.sensors import FEEL_S, GpsFault, Motion, Senses, SensorKit
from sim.troubles import BodyFault, Trouble, active
from sim.world import World

STEP_S = 0.02
"""Time of one step: the wheels are controlled at 50 Hz."""

_ROLLING = 0.03  # resistance of pavements, as the slope that needs as much force
_GRAVITY_MPS2 = 9.81
_LEAST_MPS2 = 0.2  # however steep the ground
_SEE_M = 1.5  # kept free before an obstacle, from the robot's middle
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
    gps_faults, body_faults
        When GPS is wrong, and when the robot itself.
    world
        The ground it drives on; level and free if left out.
    seed
        Seed of its random numbers.
    x_m, y_m, heading_rad, speed_mps, turn_radps, battery, driven_m, tilt_rad
        Its true state; ``battery`` is from 0 to 1, the speed is that of the wheels, and
        the tilt is how far the body leans.
    """

    pose: Pose
    profile: RobotProfile = field(default_factory=RobotProfile)
    dynamics: Dynamics = field(default_factory=Dynamics)
    sensors: SensorKit = field(default_factory=SensorKit)
    gps_faults: tuple[GpsFault, ...] = ()
    body_faults: tuple[BodyFault, ...] = ()
    world: World | None = None
    seed: int = 0
    battery: float = 1.0
    x_m: float = field(init=False)
    y_m: float = field(init=False)
    heading_rad: float = field(init=False)
    speed_mps: float = field(default=0.0, init=False)
    turn_radps: float = field(default=0.0, init=False)
    driven_m: float = field(default=0.0, init=False)
    tilt_rad: float = field(default=0.0, init=False)

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
        self._place = self.senses.localiser.place
        self._steps = 0
        self._grade = self._slope_rad = 0.0
        self._sees_obstacle = False
        self._troubles: tuple[BodyFault, ...] = ()
        self._way_m = self._wheel_turn_rad = self._turn_rad = 0.0
        self._lag = STEP_S / self.dynamics.lag_s
        self._rest_draw = _REST_DRAW * STEP_S / self.profile.battery_s
        self._drive_draw = (
            (1 - _REST_DRAW) * STEP_S / self.profile.battery_s / self.profile.speed_mps
        )

    def step(self, drive: Drive, *, charging: bool = False) -> None:
        """Live through one step of `STEP_S` with the motors told to ``drive``."""
        speed, turn = drive.speed_mps, drive.turn_radps
        if self.battery <= 0 or self._sees_obstacle:
            speed = turn = 0.0
        if speed != 0 or turn != 0:
            speed, turn = self._within_limits(speed, turn)
        if speed != 0 or self.speed_mps != 0:
            self._take_speed(speed)
        if turn != self.turn_radps or self.profile.turning_radius_m:
            self._take_turn(turn)
        if self.speed_mps != 0 or self.turn_radps != 0:
            self._move()
        self._use_battery(charging=charging)
        self._steps += 1
        if self._steps % _FEEL_EVERY == 0:
            self._look()
            if not self.sensors.exact:
                self._feel()

    def _look(self) -> None:
        """See what the ground and the night do to the robot, 10 times a second."""
        now_s = self._steps * STEP_S
        if self.body_faults:
            self._troubles = active(self.body_faults, now_s)
            low = [t.value for t in self._troubles if t.trouble is Trouble.LOW_BATTERY]
            self.battery = min([self.battery, *low])
        self._sees_obstacle = self._has(Trouble.PERSON)
        if self.world is not None:
            stop_m = self.speed_mps**2 / (2 * self.dynamics.brake_mps2) + _SEE_M
            ahead_x_m = self.x_m + stop_m * math.cos(self.heading_rad)
            ahead_y_m = self.y_m + stop_m * math.sin(self.heading_rad)
            self._sees_obstacle |= self.world.is_blocked(ahead_x_m, ahead_y_m, now_s)
            self._climb(*self.world.gradient(self.x_m, self.y_m))
        leans = (t.value for t in self._troubles if t.trouble is Trouble.TILT)
        self.tilt_rad = sum(leans, self._slope_rad)

    def _climb(self, east: float, north: float) -> None:
        """Take in how the ground rises; the body leans with it, wherever it looks."""
        ahead = math.cos(self.heading_rad), math.sin(self.heading_rad)
        self._grade = east * ahead[0] + north * ahead[1]
        self._slope_rad = math.atan(math.hypot(east, north))

    def _has(self, trouble: Trouble) -> bool:
        return any(one.trouble is trouble for one in self._troubles)

    def _feel(self) -> None:
        motion = Motion(self._way_m, self._wheel_turn_rad, self._turn_rad)
        self._way_m = self._wheel_turn_rad = self._turn_rad = 0.0
        self.senses.feel((self.x_m, self.y_m), motion)
        self._place = self.senses.localiser.place  # asked for 50 times a second

    @property
    def believed(self) -> Place:
        """Where the robot believes it is."""
        if self.sensors.exact:
            return Place(self.x_m, self.y_m, self.heading_rad, 0.0)
        return self._place

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
        if self._grade != 0:
            uphill = self._grade if self.speed_mps >= 0 else -self._grade
            pull = -uphill if speeding_up else uphill
            most = max(most + _GRAVITY_MPS2 * pull * STEP_S, _LEAST_MPS2 * STEP_S)
        self.speed_mps += min(max(change, -most), most)

    def _take_turn(self, target: float) -> None:
        most = self.dynamics.turn_accel_radps2 * STEP_S
        self.turn_radps += min(max(target - self.turn_radps, -most), most)
        if self.profile.turning_radius_m:
            tight = abs(self.speed_mps) / self.profile.turning_radius_m
            self.turn_radps = min(max(self.turn_radps, -tight), tight)

    def _move(self) -> None:
        way, angle = self.speed_mps * STEP_S, self.turn_radps * STEP_S
        if self._troubles:
            way, angle = self._without_wheels(Trouble.STUCK_WHEEL, way, angle)
            counted = self._without_wheels(Trouble.DEAD_ENCODER, way, angle)
        else:
            counted = way, angle
        self._way_m += counted[0]
        self._wheel_turn_rad += counted[1]
        way *= 1 - self.dynamics.slip
        angle *= 1 - self.dynamics.slip
        self._turn_rad += angle
        middle = self.heading_rad + angle / 2
        self.x_m += way * math.cos(middle)
        self.y_m += way * math.sin(middle)
        self.heading_rad = math.remainder(self.heading_rad + angle, math.tau)
        self.driven_m += abs(way)

    def _without_wheels(
        self, trouble: Trouble, way: float, angle: float
    ) -> tuple[float, float]:
        """Way and turn where a wheel in trouble adds nothing."""
        track_m = self.dynamics.track_m
        left, right = way - angle * track_m / 2, way + angle * track_m / 2
        for one in self._troubles:
            if one.trouble is trouble:
                left, right = (0.0, right) if one.left else (left, 0.0)
        return (left + right) / 2, (right - left) / track_m

    def _use_battery(self, *, charging: bool) -> None:
        climb = max(1 + self._grade / _ROLLING, 0.0)  # it cannot charge downhill
        draw = self._rest_draw + self._drive_draw * abs(self.speed_mps) * climb
        for one in self._troubles:
            if one.trouble is Trouble.BATTERY_SAG:
                draw *= one.value
        if charging:
            full_s = self.profile.recharge_s
            draw = -STEP_S / full_s if full_s > 0 else -1.0
        self.battery = min(max(self.battery - draw, 0.0), 1.0)

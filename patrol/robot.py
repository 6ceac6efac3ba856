"""
The robot as the rest of Patrol sees it: what it is, what it is told, what it says.

`RobotLink` is the port. Whatever drives (a serial cable, the simulator in
process) passes the same contract test.
"""

import zlib
from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag
from typing import TYPE_CHECKING, Protocol

from patrol.errors import RobotError

if TYPE_CHECKING:  # `patrol --help` needs no arrays
    import numpy as np
    from numpy.typing import NDArray

KPH = 1 / 3.6
"""One kilometre per hour in metres per second."""


@dataclass(frozen=True)
class RobotProfile:
    """
    What a robot can do, in SI units.

    The defaults are an outdoor patrol robot of the 10 km/h class of the Korean
    Intelligent Robots Act (in force since 17 November 2023): at most 0.8 m wide
    and 230 kg.

    Attributes
    ----------
    name
        Name of the kind of robot.
    width_m, mass_kg
        Width over everything; mass with load.
    speed_mps
        Speed on patrol.
    max_speed_mps
        Speed that is never exceeded.
    kerb_m
        Highest step it can climb.
    max_slope
        Steepest grade it can climb, as rise over run.
    battery_s
        Time that a full battery lasts on patrol.
    reserve
        Share of the battery that no plan may use, from 0 to under 1.
    recharge_s
        Time from empty to full at a dock.
    turning_radius_m
        Radius of the tightest turn of a robot that steers like a car; 0 if it turns on
        the spot.
    obeys_oneway
        Whether it drives on the carriageway, so that one-way streets bind it; a robot
        that moves as a pedestrian does drives them both ways.

    Raises
    ------
    RobotError
        If a value is impossible or two contradict each other.
    """

    name: str = "patrol-150"
    width_m: float = 0.8
    mass_kg: float = 150.0
    speed_mps: float = 5 * KPH
    max_speed_mps: float = 10 * KPH
    kerb_m: float = 0.05
    max_slope: float = 0.12
    battery_s: float = 8 * 3600.0
    reserve: float = 0.1
    recharge_s: float = 3 * 3600.0
    turning_radius_m: float = 0.0
    obeys_oneway: bool = False

    def __post_init__(self) -> None:
        for name in (
            "width_m",
            "mass_kg",
            "speed_mps",
            "max_speed_mps",
            "max_slope",
            "battery_s",
        ):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise RobotError(
                    f"robot {self.name!r}: {name} is {value}, it must be above 0"
                )
        if self.speed_mps > self.max_speed_mps:
            raise RobotError(
                f"robot {self.name!r}: speed_mps {self.speed_mps} is above its "
                f"max_speed_mps {self.max_speed_mps}"
            )
        if not 0 <= self.reserve < 1:
            raise RobotError(
                f"robot {self.name!r}: reserve is {self.reserve}, it must be from 0 "
                f"to under 1"
            )
        for name in ("kerb_m", "recharge_s", "turning_radius_m"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise RobotError(
                    f"robot {self.name!r}: {name} is {value}, it must be a number from "
                    f"0"
                )

    @property
    def usable_battery_s(self) -> float:
        """Patrol time of a full battery, less the reserve, in seconds."""
        return self.battery_s * (1 - self.reserve)


@dataclass(frozen=True)
class Drive:
    """
    A setpoint: go at this speed and turn at this rate until told otherwise.

    It dies by itself: a robot that hears nothing new stops (the time is in the
    protocol). ``turn_radps`` is counter-clockwise seen from above.
    """

    speed_mps: float
    turn_radps: float


class Action(Enum):
    """A command that is carried out exactly once, in the order it was sent."""

    ARM = 1
    DISARM = 2
    ESTOP = 3
    CLEAR_ESTOP = 4
    SENSORS_ON = 5
    SENSORS_OFF = 6
    START_CHARGING = 7
    STOP_CHARGING = 8
    START_MISSION = 9
    """Drive the loaded mission by itself, on from where its progress stands."""
    PAUSE_MISSION = 10
    """Come to rest and keep the mission and its progress."""


Command = Drive | Action


class RobotState(IntEnum):
    """What the robot's own safety logic allows."""

    DISARMED = 0
    ARMED = 1
    HELD = 2
    """It stopped itself because its host was silent; it needs a new ARM."""
    ESTOPPED = 3


class Guard(IntFlag):
    """What a robot keeps its host from; see "Guards" in the protocol."""

    SPEED = 1
    """It was told to go faster than it may, and does not."""
    SLEW = 2
    """It was told to change its speed faster than it may, and takes its time."""
    FENCE = 4
    """It would leave the place where it may be; it does not move."""
    TILT = 8
    """It leans too far; it does not move."""
    BATTERY = 16
    """Its battery is all but empty; it does not move."""
    PATH = 32
    """It was too far from its mission's path, and has stopped."""


NO_GUARD = Guard(0)
"""Nothing that the host asked for was too much."""


@dataclass(frozen=True)
class Telemetry:
    """
    One report of the robot.

    Attributes
    ----------
    time_s
        Robot's clock since it was switched on.
    x_m, y_m
        Where it believes it is, east and north in the map's plane.
    heading_rad
        Counter-clockwise from east, from -pi to pi.
    speed_mps
        Speed over ground.
    battery
        Charge left, from 0 to 1.
    state
        What its safety logic allows.
    sensors_on
        Whether the patrol sensors record.
    charging
        Whether it draws current from a dock.
    mission
        Digest of the mission that it holds, see `RobotMission.digest`; 0 if none.
    along_m
        How far along that mission it has come, in metres from its first point.
    guards
        What it keeps its host from at the moment.
    sigma_m
        Standard deviation of the place, in the direction in which it is greatest;
        None if the robot does not tell.
    """

    time_s: float
    x_m: float
    y_m: float
    heading_rad: float
    speed_mps: float
    battery: float
    state: RobotState
    sensors_on: bool = False
    charging: bool = False
    mission: int = 0
    along_m: float = 0.0
    guards: Guard = NO_GUARD
    sigma_m: float | None = None

    @property
    def state_in_words(self) -> str:
        """Its state, and what it keeps its host from."""
        if not self.guards:
            return self.state.name
        names = (guard.name or "" for guard in Guard if guard in self.guards)
        return f"{self.state.name} (guard: {', '.join(names).lower()})"


@dataclass(frozen=True)
class RobotMission:
    """
    A path that a robot drives by itself, loaded whole or not at all.

    Attributes
    ----------
    xy_mm
        Points of the path east and north in the map's plane, in mm; shape
        ``(n, 2)``, ``n`` of 2 or more.
    speed_mmps
        Speed on the way to each point, in mm/s, above 0; shape ``(n,)``.

    Raises
    ------
    RobotError
        If the arrays do not fit, or a speed is not above 0.
    """

    xy_mm: "NDArray[np.int32]"
    speed_mmps: "NDArray[np.uint16]"

    def __post_init__(self) -> None:
        points = len(self.xy_mm)
        if self.xy_mm.shape != (points, 2) or points < 2:
            raise RobotError(
                f"a mission with points of shape {self.xy_mm.shape}: it must have the "
                f"shape (n, 2), n from 2"
            )
        if self.speed_mmps.shape != (points,) or not self.speed_mmps.all():
            raise RobotError(
                f"a mission of {points} points with speeds of shape "
                f"{self.speed_mmps.shape} and a least speed of "
                f"{self.speed_mmps.min(initial=0)} mm/s: it must have one speed above "
                f"0 for each point"
            )

    @property
    def digest(self) -> int:
        """CRC-32 of the little-endian points, then the speeds; 1 in place of 0."""
        points = zlib.crc32(self.xy_mm.astype("<i4").tobytes())
        return zlib.crc32(self.speed_mmps.astype("<u2").tobytes(), points) or 1


class RobotLink(Protocol):
    """
    The port to one robot.

    Every link passes ``tests/test_robot_link.py``.
    """

    @property
    def now_s(self) -> float:
        """Time on the link's monotonic clock, in seconds."""
        ...

    def send(self, command: Command) -> None:
        """
        Hand over a command and return at once.

        A `Drive` is sent once and may be lost; an `Action` is repeated until the
        robot has acknowledged it, and is carried out once.

        Raises
        ------
        LinkError
            If the link is closed or lost.
        """
        ...

    def poll(self, timeout_s: float) -> list[Telemetry]:
        """
        Wait up to ``timeout_s`` for reports; return those that came, oldest first.

        Raises
        ------
        LinkError
            If the link is closed or lost.
        """
        ...

    def close(self) -> None:
        """Close the link; closing twice does no harm."""
        ...


class MissionLink(RobotLink, Protocol):
    """The port to a robot that can hold a mission and drive it by itself."""

    def load_mission(
        self, mission: RobotMission, *, from_m: float, timeout_s: float
    ) -> None:
        """
        Load a mission in place of the one the robot holds; it does not start it.

        Either the robot then holds all of it, or what it held before. The progress
        begins at ``from_m`` metres from the first point: that is how a mission goes
        on that a restart interrupted.

        Raises
        ------
        LinkError
            If the robot refuses it or does not hold it after ``timeout_s``; if the
            link is closed or lost.
        """
        ...

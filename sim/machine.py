"""
A simulated robot that runs: its wheels, its safety logic, its reports and its truth.

The safety logic is the reference core of the protocol, the very one that stands
behind the bytes of `sim.firmware` and behind the values of `sim.link.SimLink`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.limits import Limits
from firmware_bridge.robot_core import STOP, RobotCore
from firmware_bridge.robot_path import Senses
from patrol.robot import Action, Drive, Telemetry
from sim.robot import STEP_S, SimRobot


@dataclass(frozen=True)
class TrueTrack:
    """
    Where a simulated robot really was, at each of its ``k`` reports.

    Attributes
    ----------
    time_s
        Robot's clock, ascending, shape ``(k,)``.
    xy_m
        Metres east and north, shape ``(k, 2)``.
    heading_rad, speed_mps, driven_m
        Shape ``(k,)`` each.
    """

    time_s: NDArray[np.float64]
    xy_m: NDArray[np.float64]
    heading_rad: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    driven_m: NDArray[np.float64]


class Machine:
    """
    Run a `SimRobot` under a `RobotCore`, 50 loops a second.

    Parameters
    ----------
    robot
        The wheels.
    telemetry_hz
        Reports a second, from 0.1 to 50.

    Attributes
    ----------
    robot, core
        The wheels and the safety logic.
    motors
        What the motors were last told.

    Raises
    ------
    ValueError
        If the rate of the reports is out of range.
    """

    def __init__(self, robot: SimRobot, *, telemetry_hz: float = 5.0) -> None:
        if not 0.1 <= telemetry_hz <= 1 / STEP_S:
            raise ValueError(
                f"{telemetry_hz} reports a second: from 0.1 to {1 / STEP_S:g} are "
                f"possible"
            )
        self.robot = robot
        self.core = self._new_core()
        self.motors: Drive = STOP
        self._steps = 0
        self._trips = 0
        self._report_every = round(1 / STEP_S / telemetry_hz)
        self._truth: list[tuple[float, float, float, float, float, float]] = []

    @property
    def now_s(self) -> float:
        """Robot's clock: time since it was built, which a reboot does not change."""
        return self._steps * STEP_S

    def step(self) -> Telemetry | None:
        """Run one loop of `sim.robot.STEP_S`; return the report if one is due.

        One is due at the robot's rate, and at once when silence or a guard has
        stopped it.
        """
        self._steps += 1
        robot, core = self.robot, self.core
        self.motors = core.tick(self._steps * STEP_S, self._senses())
        robot.step(self.motors, charging=core.charging)
        due = self._steps % self._report_every == 0
        trips = core.watchdog_trips + core.guard_trips
        tripped, self._trips = trips > self._trips, trips
        return self._report() if due or tripped else None

    def idle(self) -> None:
        """Live through one loop without power: the motors are off."""
        self._steps += 1
        self.motors = STOP
        self.robot.step(STOP)

    @property
    def executed(self) -> list[Action]:
        """Every command that the robot has dealt with since it started, in order."""
        return [one.action for one in self.core.executed]

    def reboot(self) -> None:
        """Lose all that the safety logic knew, as by a power cut."""
        past = self.core.executed
        self.core = self._new_core()
        self.core.executed = past
        self._trips = 0
        self.motors = STOP

    def true_track(self) -> TrueTrack:
        """Tell where the robot really was at each report so far."""
        table = np.array(self._truth, dtype=np.float64).reshape(-1, 6)
        time_s, x_m, y_m, heading_rad, speed_mps, driven_m = table.T
        xy_m = np.column_stack([x_m, y_m])
        return TrueTrack(time_s, xy_m, heading_rad, speed_mps, driven_m)

    def _new_core(self) -> RobotCore:
        return RobotCore(Limits.of_mass(self.robot.profile.mass_kg))

    def _senses(self) -> Senses:
        """Where it believes it is, and what its own sensors tell."""
        robot, believed = self.robot, self.robot.believed
        return Senses(
            round(believed.x_m * 1e3),
            round(believed.y_m * 1e3),
            round(believed.heading_rad * 1e4),
            round(robot.speed_mps * 1e3),
            round(robot.battery * 1e4),
            round(robot.tilt_rad * 1e3),
        )

    def _report(self) -> Telemetry:
        robot, core, now_s = self.robot, self.core, self.now_s
        self._truth.append(
            (
                now_s,
                robot.x_m,
                robot.y_m,
                robot.heading_rad,
                robot.speed_mps,
                robot.driven_m,
            )
        )
        believed = robot.believed
        return Telemetry(
            now_s,
            believed.x_m,
            believed.y_m,
            believed.heading_rad,
            robot.speed_mps,
            robot.battery,
            core.state,
            core.sensors_on,
            core.charging,
            core.missions.digest,
            core.along_mm / 1e3,
            core.guards.acting,
            believed.sigma_m,
        )

"""
The robot's own safety logic: what may move it, and what stops it.

No I/O and no clock: times are arguments, the wheels are a return value. It is the
reference for firmware, and the same object runs in every simulated robot.
"""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.limits import Limits
from firmware_bridge.messages import Result
from firmware_bridge.mission_messages import Commit, Load, Loaded, Part
from firmware_bridge.robot_guards import Guards
from firmware_bridge.robot_missions import RobotMissions
from firmware_bridge.robot_path import STANDSTILL, Motion, Senses
from patrol.robot import Action, Drive, RobotState

HOST_SILENCE_S = 0.3
"""A robot under way that hears its host for no longer than this stops itself."""

SETPOINT_TTL_S = 0.3
"""Time after which a setpoint dies, if no other comes."""

REST_MPS = 0.02
"""Speed below which the wheels count as at rest."""

MISSION_ROOM = 16_384
"""Bytes of a mission that a simulated robot holds: some 4,000 points."""

_PURSUE_MS = 50  # time between two looks at the path
_EARLY_S = 1e-7  # clocks are sums of floats: this little beyond is not beyond

STOP = Drive(speed_mps=0.0, turn_radps=0.0)
"""Motors at zero."""


@dataclass(frozen=True)
class Executed:
    """One command that the robot dealt with, at ``time_s`` of its own clock."""

    time_s: float
    action: Action
    result: Result


class RobotCore:
    """
    State machine of a robot: disarmed, armed, held or e-stopped.

    Parameters
    ----------
    limits
        What it does not go beyond; its host can only tighten them.
    mission_room
        Most bytes of a mission.

    Attributes
    ----------
    state
        What may happen now.
    missions
        The mission that it holds, and the one that is being loaded.
    driving_mission
        Whether it follows its mission by itself.
    guards
        Its limits, and what they keep its host from.
    sensors_on, charging
        Switches that commands set. While it charges, the motors stay at zero.
    estop_token
        Token of the last e-stop; 0 if there was none.
    executed
        Every command that was dealt with, in order; also those that were refused.
    watchdog_trips
        How often the robot stopped itself because its host was silent.
    guard_trips
        How often it did so because of a guard.
    """

    def __init__(
        self, limits: Limits | None = None, *, mission_room: int = MISSION_ROOM
    ) -> None:
        self.state = RobotState.DISARMED
        self.missions = RobotMissions(mission_room)
        self.driving_mission = False
        self.guards = Guards(limits or Limits())
        self.guard_trips = 0
        self.sensors_on = False
        self.charging = False
        self.estop_token = 0
        self.executed: list[Executed] = []
        self.watchdog_trips = 0
        self._heard_s = float("-inf")
        self._setpoint = STANDSTILL
        self._setpoint_dies_s = float("-inf")
        self._senses = Senses()
        self._pursuit = STANDSTILL
        self._pursued_ms: int | None = None
        self._doings: dict[Action, Callable[[int], bool]] = {
            Action.ARM: self._arm,
            Action.DISARM: self._disarm,
            Action.ESTOP: self._latch,
            Action.CLEAR_ESTOP: self._clear,
            Action.SENSORS_ON: lambda _: self._sense(on=True),
            Action.SENSORS_OFF: lambda _: self._sense(on=False),
            Action.START_CHARGING: lambda _: self._charge(on=True),
            Action.STOP_CHARGING: lambda _: self._charge(on=False),
            Action.START_MISSION: lambda _: self._start_mission(),
            Action.PAUSE_MISSION: lambda _: self._pause_mission(),
        }

    @property
    def along_mm(self) -> int:
        """Progress along the mission; 0 without one."""
        path = self.missions.path
        return 0 if path is None else path.along_mm

    def tick(self, now_s: float, senses: Senses) -> Drive:
        """
        Run one loop of the firmware; return what the motors are to do now.

        Parameters
        ----------
        now_s
            Robot's clock.
        senses
            Where it is, how fast it goes, how it leans, what its battery holds.
        """
        self._senses = senses
        now_ms = round(now_s * 1e3)
        blocked = self.guards.look(senses)
        motion = STANDSTILL
        if self.state is RobotState.ARMED:
            if now_s - self._heard_s > HOST_SILENCE_S + _EARLY_S:
                self.hold()
                self.watchdog_trips += 1
            elif blocked:
                self._guard()
            else:
                motion = self._wanted(now_s, now_ms)
        if motion == STANDSTILL:
            self.guards.rest(now_ms)
            return STOP
        eased = self.guards.ease(motion, now_ms)
        return Drive(eased.speed_mmps / 1e3, eased.turn_mradps / 1e3)

    def restore_estop(self, token: int, *, latched: bool) -> None:
        """
        Take over the last e-stop from before a restart.

        Parameters
        ----------
        token
            Its name; 0 if there was none.
        latched
            Whether it has not been cleared.
        """
        self.estop_token = token
        if latched:
            self.state = RobotState.ESTOPPED

    def heard_host(self, now_s: float) -> None:
        """Note that a valid frame of the host's session has come."""
        self._heard_s = now_s

    def hold(self) -> None:
        """Stop an armed robot until it is armed anew."""
        if self.state is RobotState.ARMED:
            self.state = RobotState.HELD
        self._forget_motion()

    def take_setpoint(self, drive: Drive, *, ttl_s: float, now_s: float) -> None:
        """
        Follow a setpoint for a while; without effect unless armed.

        It pauses a mission: what the host said last counts.
        """
        if self.state is RobotState.ARMED:
            self._forget_motion()
            speed, turn = round(drive.speed_mps * 1e3), round(drive.turn_radps * 1e3)
            self._setpoint = Motion(speed, turn)
            self._setpoint_dies_s = now_s + min(ttl_s, SETPOINT_TTL_S)

    def tighten(self, limits: Limits) -> Limits:
        """Take over limits that are tighter; return those that hold."""
        self.guards.limits = self.guards.limits.tightened(limits)
        self.guards.look(self._senses)  # an ARM may come before the next loop
        return self.guards.limits

    def take_in(self, message: Load | Part | Commit) -> Loaded:
        """Go on with loading a mission; when one takes its place, the old one ends."""
        match message:
            case Load():
                return self.missions.begin(message)
            case Part():
                return self.missions.take(message)
        loaded, changed = self.missions.commit(message.digest)
        if changed:
            self._pause_mission()
        return loaded

    def carry_out(self, action: Action, *, token: int = 0, now_s: float) -> Result:
        """
        Do a command now, and log it.

        Parameters
        ----------
        action
            What to do.
        token
            Name of the e-stop, for ESTOP and CLEAR_ESTOP.
        now_s
            Robot's clock.
        """
        done = self._doings[action](token)
        result = Result.DONE if done else Result.REFUSED
        self.executed.append(Executed(now_s, action, result))
        return result

    def _wanted(self, now_s: float, now_ms: int) -> Motion:
        if self.charging:
            return STANDSTILL
        if self.driving_mission:
            return self._pursue(now_ms)
        alive = now_s < self._setpoint_dies_s - _EARLY_S
        return self._setpoint if alive else STANDSTILL

    def _pursue(self, now_ms: int) -> Motion:
        path, before_ms = self.missions.path, self._pursued_ms
        if path is None:
            return STANDSTILL
        if before_ms is None or now_ms - before_ms >= _PURSUE_MS:
            self._pursued_ms = now_ms
            motion = path.pursue(self._senses)
            if motion is None:
                self.guards.lost_path(is_lost=True)
                self._guard()
                return STANDSTILL
            self._pursuit = motion
            self.driving_mission = not path.finished
        return self._pursuit

    def _guard(self) -> None:
        self.hold()
        self.guard_trips += 1

    def _arm(self, _: int) -> bool:
        if self.state is RobotState.ESTOPPED or self.guards.keeps_disarmed:
            return False
        if self.state is RobotState.HELD and not self._at_rest:
            return False  # what stopped itself comes to rest before it goes on
        if self.state is not RobotState.ARMED:
            self._forget_motion()  # motion needs a setpoint newer than the ARM
        self.state = RobotState.ARMED
        return True

    def _disarm(self, _: int) -> bool:
        self._forget_motion()
        if self.state is not RobotState.ESTOPPED:
            self.state = RobotState.DISARMED
        return True

    def _latch(self, token: int) -> bool:
        self._forget_motion()
        self.state = RobotState.ESTOPPED
        self.estop_token = token
        return True

    def _clear(self, token: int) -> bool:
        if self.state is not RobotState.ESTOPPED:
            return True
        if token != self.estop_token or not self._at_rest:
            return False
        self.state = RobotState.DISARMED
        return True

    def _sense(self, *, on: bool) -> bool:
        self.sensors_on = on
        return True

    def _charge(self, *, on: bool) -> bool:
        if on and not self._at_rest:
            return False
        if on:
            self._pause_mission()  # or pulling the plug would set it off
        self.charging = on
        return True

    def _start_mission(self) -> bool:
        path = self.missions.path
        ready = path is not None and not path.finished and not self.charging
        if not ready or self.state is not RobotState.ARMED:
            return False
        if not self.driving_mission:
            self._forget_motion()
            self.guards.lost_path(is_lost=False)
            self.driving_mission = True
        return True

    def _pause_mission(self) -> bool:
        if self.driving_mission:
            self._forget_motion()
        return True

    @property
    def _at_rest(self) -> bool:
        return abs(self._senses.speed_mmps) < REST_MPS * 1e3

    def _forget_motion(self) -> None:
        self.driving_mission = False
        self._pursuit, self._pursued_ms = STANDSTILL, None
        self._setpoint = STANDSTILL
        self._setpoint_dies_s = float("-inf")

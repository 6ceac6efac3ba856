"""
The robot's own safety logic: what may move it, and what stops it.

No I/O and no clock: times are arguments, the wheels are a return value. It is the
reference for firmware, and the same object runs in every simulated robot.
"""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.messages import Result
from patrol.robot import Action, Drive, RobotState

HOST_SILENCE_S = 0.3
"""A robot under way that hears its host for no longer than this stops itself."""

SETPOINT_TTL_S = 0.3
"""Time after which a setpoint dies, if no other comes."""

REST_MPS = 0.02
"""Speed below which the wheels count as at rest."""

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

    Attributes
    ----------
    state
        What may happen now.
    sensors_on, charging
        Switches that commands set. While it charges, the motors stay at zero.
    estop_token
        Token of the last e-stop; 0 if there was none.
    executed
        Every command that was dealt with, in order; also those that were refused.
    watchdog_trips
        How often the robot stopped itself because its host was silent.
    """

    def __init__(self) -> None:
        self.state = RobotState.DISARMED
        self.sensors_on = False
        self.charging = False
        self.estop_token = 0
        self.executed: list[Executed] = []
        self.watchdog_trips = 0
        self._heard_s = float("-inf")
        self._setpoint = STOP
        self._setpoint_dies_s = float("-inf")
        self._speed_mps = 0.0
        self._doings: dict[Action, Callable[[int], bool]] = {
            Action.ARM: self._arm,
            Action.DISARM: self._disarm,
            Action.ESTOP: self._latch,
            Action.CLEAR_ESTOP: self._clear,
            Action.SENSORS_ON: lambda _: self._sense(on=True),
            Action.SENSORS_OFF: lambda _: self._sense(on=False),
            Action.START_CHARGING: lambda _: self._charge(on=True),
            Action.STOP_CHARGING: lambda _: self._charge(on=False),
        }

    def tick(self, now_s: float, *, speed_mps: float) -> Drive:
        """
        Run one loop of the firmware; return what the motors are to do now.

        Parameters
        ----------
        now_s
            Robot's clock.
        speed_mps
            Speed that the wheels report.
        """
        self._speed_mps = speed_mps
        armed = self.state is RobotState.ARMED
        if armed and now_s - self._heard_s > HOST_SILENCE_S + _EARLY_S:
            self.hold()
            self.watchdog_trips += 1
            return STOP
        if not armed or self.charging or now_s >= self._setpoint_dies_s - _EARLY_S:
            return STOP
        return self._setpoint

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
        self._forget_setpoint()

    def take_setpoint(self, drive: Drive, *, ttl_s: float, now_s: float) -> None:
        """Follow a setpoint for a while; without effect unless armed."""
        if self.state is RobotState.ARMED:
            self._setpoint = drive
            self._setpoint_dies_s = now_s + min(ttl_s, SETPOINT_TTL_S)

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

    def _arm(self, _: int) -> bool:
        if self.state is RobotState.ESTOPPED:
            return False
        if self.state is RobotState.HELD and not self._at_rest:
            return False  # what stopped itself comes to rest before it goes on
        if self.state is not RobotState.ARMED:
            self._forget_setpoint()  # motion needs a setpoint newer than the ARM
        self.state = RobotState.ARMED
        return True

    def _disarm(self, _: int) -> bool:
        self._forget_setpoint()
        if self.state is not RobotState.ESTOPPED:
            self.state = RobotState.DISARMED
        return True

    def _latch(self, token: int) -> bool:
        self._forget_setpoint()
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
        self.charging = on
        return True

    @property
    def _at_rest(self) -> bool:
        return abs(self._speed_mps) < REST_MPS

    def _forget_setpoint(self) -> None:
        self._setpoint = STOP
        self._setpoint_dies_s = float("-inf")

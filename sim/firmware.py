"""A simulated robot's firmware: bytes in, bytes out, 50 loops a second."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firmware_bridge.robot_memory import KeptMemory
from firmware_bridge.robot_session import RobotSession
from patrol.robot import Action
from sim.machine import Machine
from sim.robot import STEP_S, SimRobot
from sim.troubles import PowerCut, active


@dataclass(frozen=True)
class Delivery:
    """How many commands never reached the robot, and how many did so twice."""

    lost: int
    duplicated: int


class SimFirmware:
    """
    Speak the protocol for a simulated robot.

    Parameters
    ----------
    robot
        The wheels.
    telemetry_hz
        Reports a second.
    boot_id
        Number of this start, 32 bits.
    key
        Key of `firmware_bridge.signing`, if it takes only signed frames.
    power_cuts
        When it has no power.

    Attributes
    ----------
    machine
        The robot behind the bytes: truth, motors, safety logic.
    """

    def __init__(
        self,
        robot: SimRobot,
        *,
        telemetry_hz: float = 5.0,
        boot_id: int = 1,
        power_cuts: tuple[PowerCut, ...] = (),
        key: bytes | None = None,
    ) -> None:
        self.machine = Machine(robot, telemetry_hz=telemetry_hz)
        self._boot_id = boot_id
        self._power_cuts = power_cuts
        self._is_off = False
        self._memory = KeptMemory()
        self._key = key
        self._session = self._start()
        self._dropped_before = 0

    @property
    def now_s(self) -> float:
        """Robot's clock."""
        return self.machine.now_s

    @property
    def executed(self) -> list[Action]:
        """Every command that the robot has dealt with, in order."""
        return self.machine.executed

    @property
    def counters(self) -> dict[str, int]:
        """Figures of the robot's end by name."""
        core = self.machine.core
        dropped = self._dropped_before + self._session.frames_dropped
        return {
            "commands_executed": len(core.executed),
            "robot_frames_dropped": dropped,
            "watchdog_trips": core.watchdog_trips,
        }

    def receive(self, data: bytes) -> bytes:
        """Take in bytes of the host; return the answers."""
        return b"" if self._is_off else self._session.receive(data, self.machine.now_s)

    def line_break(self) -> None:
        """Take in a BREAK of the line, as by a stop button across it."""
        self._session.line_break(self.machine.now_s)

    def step(self) -> bytes:
        """Run one loop of `sim.robot.STEP_S`; return the report if one is due."""
        if self._power_cuts and not self._has_power():
            self.machine.idle()
            return b""
        report = self.machine.step()
        return b"" if report is None else self._session.report(report)

    def advance(self, dt_s: float) -> bytes:
        """Run as many loops as fit ``dt_s``, at least one; return all reports."""
        loops = max(1, round(dt_s / STEP_S))
        return b"".join([self.step() for _ in range(loops)])

    def reboot(self) -> None:
        """Start anew, as after a power cut: no session, only its memory as before."""
        self.machine.reboot()
        self._dropped_before += self._session.frames_dropped
        self._session = self._start()

    def _has_power(self) -> bool:
        """See whether it has power; start anew when that is back."""
        was_off = self._is_off
        self._is_off = bool(active(self._power_cuts, self.machine.now_s))
        if was_off and not self._is_off:
            self.reboot()
        return not self._is_off

    def _start(self) -> RobotSession:
        return RobotSession(
            self.machine.core,
            boot_id=self._boot_id,
            memory=self._memory,
            key=self._key,
        )


def compare_delivery(
    sent: Mapping[Action, int], executed: Iterable[Action]
) -> Delivery:
    """
    Compare what a host handed over with what a robot dealt with.

    Parameters
    ----------
    sent
        How often each action was handed over, as `SerialLink.sent_by_action` says.
    executed
        What the robot dealt with, as `SimFirmware.executed` says.
    """
    wanted, got = Counter(sent), Counter(executed)
    return Delivery((wanted - got).total(), (got - wanted).total())

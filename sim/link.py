"""
Links to simulated robots, in this process and in virtual time.

Time passes only while the host waits: in `SimPort.read` with a timeout, and in
`SimLink.poll`. So a run is as fast as the machine, and the same each time.
"""

from firmware_bridge.mission_messages import LoadState
from firmware_bridge.mission_upload import MissionUpload
from firmware_bridge.robot_core import SETPOINT_TTL_S
from patrol.errors import LinkError
from patrol.robot import Action, Command, Drive, RobotMission, Telemetry
from sim.clock import VirtualClock
from sim.faults import Direction, FaultPlan, FaultyLine
from sim.firmware import SimFirmware
from sim.machine import Machine
from sim.robot import STEP_S

_EARLY_S = 1e-6


class SimLine:
    """
    A line with faults and the robot at its far end, in virtual time.

    Parameters
    ----------
    firmware
        The robot.
    faults
        What is wrong with the line.
    seed
        Seed of the faults.

    Attributes
    ----------
    clock
        The time, which `wait` lets pass.
    firmware
        The robot.
    """

    def __init__(
        self, firmware: SimFirmware, *, faults: FaultPlan | None = None, seed: int = 0
    ) -> None:
        self.clock = VirtualClock()
        self.firmware = firmware
        plan = faults or FaultPlan()
        self._up = FaultyLine(plan, seed=2 * seed)
        self._down = FaultyLine(plan, seed=2 * seed + 1, direction=Direction.FROM_ROBOT)
        self._delays = bool(plan.delays)
        self._pace = 1 / (1 + plan.clock_ppm * 1e-6)  # host's seconds in one of it
        self._sent = b""
        self._offset_s = firmware.now_s

    @property
    def counters(self) -> dict[str, int]:
        """Figures of the line and of the robot's end by name."""
        return self.firmware.counters | {
            "bytes_damaged": self._up.bytes_damaged + self._down.bytes_damaged,
            "bytes_silenced": self._up.bytes_lost + self._down.bytes_lost,
        }

    def send(self, data: bytes) -> None:
        """Put bytes on the way to the robot, which sees them in its next loop."""
        self._sent += self._up.carry(data, self.clock.now_s)

    def wait(self, timeout_s: float) -> bytes:
        """Let time pass until bytes come from the robot, or the timeout is over."""
        end_s = self.clock.now_s + timeout_s
        while True:
            next_s = (self.firmware.now_s - self._offset_s + STEP_S) * self._pace
            if next_s > end_s + _EARLY_S:
                self.clock.advance_to(end_s)
                return b""
            if self._delays:
                self._sent += self._up.carry(b"", next_s)
            answers = self.firmware.receive(self._sent) if self._sent else b""
            self._sent = b""
            said = answers + self.firmware.step()
            self.clock.advance_to(next_s)
            came = self._down.carry(said, next_s) if said or self._delays else b""
            if came:
                return came


class SimPort:
    """
    A port, as `firmware_bridge.ports.Port`, with a simulated robot behind it.

    Parameters
    ----------
    firmware, faults, seed
        As for `SimLine`.

    Attributes
    ----------
    line
        The line and the robot.
    timeout
        Longest wait of `read`, in virtual seconds; None waits for ever.
    """

    def __init__(
        self, firmware: SimFirmware, *, faults: FaultPlan | None = None, seed: int = 0
    ) -> None:
        self.line = SimLine(firmware, faults=faults, seed=seed)
        self.timeout: float | None = 0.0
        self._came = b""
        self._closed = False

    @property
    def clock(self) -> VirtualClock:
        """Virtual time of the line: the clock for a `SerialLink` on this port."""
        return self.line.clock

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        return len(self._came)

    def read(self, size: int = 1, /) -> bytes:
        """Return up to ``size`` bytes; time passes if there are none."""
        self._check_open()
        if not self._came:
            timeout_s = float("inf") if self.timeout is None else self.timeout
            self._came = self.line.wait(timeout_s)
        found, self._came = self._came[:size], self._came[size:]
        return found

    def write(self, data: bytes, /) -> int:
        """Send bytes to the robot."""
        self._check_open()
        self.line.send(data)
        return len(data)

    def close(self) -> None:
        """Close the port."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise OSError("the simulated port is closed")


class SimLink:
    """
    A `RobotLink` without bytes, for fast studies: values go straight to the robot.

    Nothing is lost and nothing is late; a waiting host counts as alive.

    Parameters
    ----------
    machine
        The robot.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._clock = VirtualClock()
        self._offset_s = machine.now_s
        self._token = machine.core.estop_token
        self._closed = False

    @property
    def now_s(self) -> float:
        """See `RobotLink.now_s`."""
        return self._clock.now_s

    def send(self, command: Command) -> None:
        """See `RobotLink.send`."""
        self._check_open()
        core, now_s = self._machine.core, self._machine.now_s
        core.heard_host(now_s)
        if isinstance(command, Drive):
            core.take_setpoint(command, ttl_s=SETPOINT_TTL_S, now_s=now_s)
            return
        self._token += command is Action.ESTOP
        core.carry_out(command, token=self._token, now_s=now_s)

    def load_mission(
        self, mission: RobotMission, *, from_m: float, timeout_s: float
    ) -> None:
        """See `MissionLink.load_mission`; it takes no time."""
        self._check_open()
        core, upload = (
            self._machine.core,
            MissionUpload(mission, from_mm=round(from_m * 1e3)),
        )
        said = upload.due(timeout_s)
        while said:
            answer = [core.take_in(one) for one in said][-1]
            said = upload.heard(answer, timeout_s)
        if upload.outcome is not LoadState.HELD:
            raise LinkError(
                f"the simulated robot refuses a mission of {len(mission.xy_mm)} "
                f"points: it has room for {core.missions.room} bytes"
            )

    def poll(self, timeout_s: float) -> list[Telemetry]:
        """See `RobotLink.poll`."""
        self._check_open()
        end_s = self.now_s + timeout_s
        while True:
            next_s = self._machine.now_s - self._offset_s + STEP_S
            if next_s > end_s + _EARLY_S:
                self._clock.advance_to(end_s)
                return []
            self._machine.core.heard_host(self._machine.now_s)
            report = self._machine.step()
            self._clock.advance_to(next_s)
            if report is not None:
                return [report]

    def close(self) -> None:
        """See `RobotLink.close`; disarms the robot."""
        if not self._closed:
            self.send(Action.DISARM)
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise LinkError("the link to the simulated robot is closed: make another")

"""
A simulated rover that speaks MAVLink as ArduPilot's does, with its quirks.

What was seen of ArduPilot Rover 4.7 is here, good or bad: a command runs as often as it
arrives; a mission is taken item by item, so a broken upload leaves a mixed one; one
that comes in the first second is refused; an item that is not the next one is answered
by ``INVALID_SEQUENCE``, and one that nobody asked for by ``ERROR``; item 0 is home; a
setpoint lives for 3 s; a lost host is noticed only if ``FS_GCS_ENABLE`` is set, which
it is not by default.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from firmware_bridge.mavlink_wire import Address, MavWire, Message, dialect
from maps.project import LocalProjection
from patrol.robot import Drive
from sim.clock import VirtualClock
from sim.faults import FaultPlan, FaultyLine
from sim.robot import STEP_S, SimRobot

DEFAULTS: Mapping[str, float] = {
    "FS_GCS_ENABLE": 0,
    "FS_GCS_TIMEOUT": 5,
    "FS_TIMEOUT": 1.5,
    "FS_ACTION": 2,
    "MIS_RESTART": 0,
    "SYSID_MYGCS": 255,
}
"""Parameters as a new vehicle has them."""

SAFE: Mapping[str, float] = {
    **DEFAULTS,
    "FS_GCS_ENABLE": 1,
    "FS_GCS_TIMEOUT": 2,
    "FS_TIMEOUT": 1,
}
"""Parameters with which a dead link stops the vehicle."""

HOLD, AUTO, GUIDED = 4, 10, 15
"""Mode numbers of ArduPilot Rover."""

_OWN = Address(1, 1)
_WAYPOINT, _SPEED = 16, 178
_SET_MODE, _ARM, _INTERVAL, _REQUEST = 176, 400, 511, 512
_DONE, _DENIED = 0, 2
_ERROR, _NO_SPACE, _NOT_ITS_TURN = 1, 4, 13  # MAV_MISSION_RESULT
_GUIDED_DIES_S = 3.0
_NO_ROOM_S = 1.0
_ASK_AGAIN_S, _GIVE_UP_S = 1.0, 8.0
_REACHED_M = 0.4
_STOP = Drive(0.0, 0.0)
_EARLY_S = 1e-6


@dataclass
class _Upload:
    count: int
    asked_s: float
    begun_s: float
    next: int = 0


class MavlinkRover:
    """
    Run a `SimRobot` behind MAVLink, 50 loops a second.

    Parameters
    ----------
    robot
        The wheels; they know their place exactly.
    projection
        Of the plane in which the robot drives.
    parameters
        `DEFAULTS` or `SAFE`, or what is to be tried.

    Attributes
    ----------
    armed, mode
        Its state.
    items
        Its mission, home first: MISSION_ITEM_INT messages.
    ran
        Commands that changed something, in order: ``ARM``, ``DISARM``, mode numbers.
    """

    def __init__(
        self,
        robot: SimRobot,
        *,
        projection: LocalProjection,
        parameters: Mapping[str, float] = DEFAULTS,
    ) -> None:
        self.robot = robot
        self.armed = False
        self.mode = HOLD
        self.items: list[Message] = []
        self.ran: list[str] = []
        self._projection = projection
        self._parameters = parameters
        self._wire = MavWire(_OWN)
        self._steps = 0
        self._every: dict[int, int] = {0: 50}  # steps between two of a message
        self._host_s: float | None = None
        self._first_host_s: float | None = None
        self._setpoint, self._setpoint_s = _STOP, 0.0
        self._upload: _Upload | None = None
        self._current = 0
        self._speed_mps = robot.profile.speed_mps

    @property
    def now_s(self) -> float:
        """Robot's clock."""
        return self._steps * STEP_S

    def receive(self, data: bytes) -> bytes:
        """Take in bytes of the host; return the answers."""
        said = [
            answer for heard in self._wire.feed(data) for answer in self._hear(heard)
        ]
        return b"".join(map(self._wire.encode, said))

    def step(self) -> bytes:
        """Run one loop of `sim.robot.STEP_S`; return what is due."""
        self._steps += 1
        self._watch_host()
        self.robot.step(self._motors())
        said = [
            self._tell(number)
            for number, every in self._every.items()
            if self._steps % every == 0
        ]
        said += self._ask_again()
        return b"".join(self._wire.encode(m) for m in said if m is not None)

    def _hear(self, message: Message) -> list[Message]:
        hear = getattr(self, f"_hear_{message.get_type().lower()}", None)
        answers: list[Message] = [] if hear is None else hear(message)
        return answers

    def _hear_heartbeat(self, message: Message) -> list[Message]:
        if message.get_srcSystem() == self._parameters["SYSID_MYGCS"]:
            self._host_s = self.now_s
            self._first_host_s = self._first_host_s or self.now_s
        return []

    def _hear_param_request_read(self, message: Message) -> list[Message]:
        value = self._parameters.get(message.param_id)
        if value is None:
            return []
        return [
            dialect().MAVLink_param_value_message(
                message.param_id.encode(), value, 9, len(self._parameters), 0
            )
        ]

    def _hear_command_long(self, message: Message) -> list[Message]:
        done, answers = True, []
        match message.command:
            case 400:
                self._arm(armed=message.param1 == 1)
            case 176:
                done = message.param2 in (HOLD, AUTO, GUIDED)
                self._take_mode(int(message.param2) if done else self.mode)
            case 511:
                every = round(message.param2 / 1e6 / STEP_S)
                self._every[int(message.param1)] = max(every, 1)
            case 512:
                answers = [self._tell(int(message.param1))]
        result = _DONE if done else _DENIED
        ack = dialect().MAVLink_command_ack_message(message.command, result)
        return [ack, *filter(None, answers)]

    def _hear_set_position_target_local_ned(self, message: Message) -> list[Message]:
        if self.mode == GUIDED:
            self._setpoint = Drive(message.vx, -message.yaw_rate)
            self._setpoint_s = self.now_s
        return []

    def _hear_mission_count(self, message: Message) -> list[Message]:
        since_s = self.now_s - (self._first_host_s or self.now_s)
        if since_s < _NO_ROOM_S:
            return [self._mission_ack(_NO_SPACE)]
        del self.items[message.count :]
        self._upload = _Upload(message.count, self.now_s, self.now_s)
        return [self._request()]

    def _hear_mission_item_int(self, message: Message) -> list[Message]:
        upload = self._upload
        if upload is None:
            return [self._mission_ack(_ERROR)]
        if message.seq != upload.next:
            return [self._mission_ack(_NOT_ITS_TURN)]
        self.items[upload.next : upload.next + 1] = [message]
        upload.next, upload.asked_s = upload.next + 1, self.now_s
        upload.begun_s = self.now_s
        if upload.next < upload.count:
            return [self._request()]
        self._upload = None
        return [self._mission_ack(_DONE)]

    def _hear_mission_request_list(self, _: Message) -> list[Message]:
        count = len(self.items)
        return [dialect().MAVLink_mission_count_message(255, 190, count, 0)]

    def _hear_mission_request_int(self, message: Message) -> list[Message]:
        return [self.items[message.seq]] if message.seq < len(self.items) else []

    def _hear_mission_clear_all(self, _: Message) -> list[Message]:
        self.items.clear()
        return [self._mission_ack(_DONE)]

    def _hear_mission_set_current(self, message: Message) -> list[Message]:
        self._go_to(message.seq)
        return list(filter(None, [self._tell(42)]))

    def _mission_ack(self, result: int) -> Message:
        return dialect().MAVLink_mission_ack_message(255, 190, result, 0)

    def _request(self) -> Message:
        number = self._upload.next if self._upload else 0
        return dialect().MAVLink_mission_request_message(255, 190, number, 0)

    def _ask_again(self) -> list[Message]:
        upload = self._upload
        if upload is None or self.now_s - upload.asked_s < _ASK_AGAIN_S:
            return []
        if self.now_s - upload.begun_s > _GIVE_UP_S:
            self._upload = None
            return []
        upload.asked_s = self.now_s
        return [self._request()]

    def _arm(self, *, armed: bool) -> None:
        self.ran += ["ARM" if armed else "DISARM"] if armed != self.armed else []
        self.armed = armed

    def _take_mode(self, mode: int) -> None:
        if mode != self.mode:
            self.ran.append(str(mode))
            self._setpoint = _STOP
        self.mode = mode

    def _watch_host(self) -> None:
        told = self._parameters
        if self._host_s is None or not told["FS_GCS_ENABLE"] or self.mode == HOLD:
            return
        silent_s = self.now_s - self._host_s
        notices = silent_s > told["FS_GCS_TIMEOUT"] + told["FS_TIMEOUT"]
        if notices and told["FS_ACTION"] == 2:
            self.mode = HOLD

    def _motors(self) -> Drive:
        if not self.armed:
            return _STOP
        if self.mode == AUTO:
            return self._follow()
        fresh = self.now_s - self._setpoint_s <= _GUIDED_DIES_S
        return self._setpoint if self.mode == GUIDED and fresh else _STOP

    def _follow(self) -> Drive:
        """Drive straight to the current waypoint; stand after the last."""
        if self._current >= len(self.items):
            return _STOP
        item = self.items[self._current]
        place = np.array([[item.y / 1e7, item.x / 1e7]])
        x, y = self._projection.to_xy_m(place)[0].tolist()
        robot = self.robot
        if math.dist((x, y), (robot.x_m, robot.y_m)) < _REACHED_M:
            self._go_to(self._current + 1)
            return _STOP if self._current >= len(self.items) else self._follow()
        bearing = math.atan2(y - robot.y_m, x - robot.x_m)
        off = math.remainder(bearing - robot.heading_rad, math.tau)
        ahead = self._speed_mps if abs(off) < 0.5 else 0.0
        return Drive(ahead, max(-1.0, min(1.0, 2 * off)))

    def _go_to(self, number: int) -> None:
        """Take up an item; changes of speed are carried out at once."""
        number = max(number, 1)
        while number < len(self.items) and self.items[number].command == _SPEED:
            self._speed_mps = self.items[number].param2
            number += 1
        self._current = number

    def _tell(self, number: int) -> Message | None:
        common, robot = dialect(), self.robot
        ms = round(self.now_s * 1e3)
        yaw = math.remainder(math.pi / 2 - robot.heading_rad, math.tau)
        match number:
            case 0:
                base = 1 | 128 * self.armed
                return common.MAVLink_heartbeat_message(10, 3, base, self.mode, 4, 3)
            case 1:
                charge = math.floor(robot.battery * 100)
                return common.MAVLink_sys_status_message(
                    *(0, 0, 0, 0, 12000, -1, charge), *(0,) * 6
                )
            case 30:
                return common.MAVLink_attitude_message(ms, 0, 0, yaw, 0, 0, 0)
            case 33:
                return self._place(ms)
            case 42:
                seq = min(self._current, max(len(self.items) - 1, 0))
                done = 5 if 0 < len(self.items) <= self._current else 3
                return common.MAVLink_mission_current_message(seq, 0, done)
        return None

    def _place(self, ms: int) -> Message:
        robot = self.robot
        lon, lat = self._projection.to_lon_lat_deg([[robot.x_m, robot.y_m]])[0].tolist()
        north = round(100 * robot.speed_mps * math.sin(robot.heading_rad))
        east = round(100 * robot.speed_mps * math.cos(robot.heading_rad))
        return dialect().MAVLink_global_position_int_message(
            ms, round(lat * 1e7), round(lon * 1e7), 0, 0, north, east, 0, 65535
        )


class MavlinkPort:
    """
    A port, as `firmware_bridge.ports.Port`, to a rover in virtual time.

    Parameters
    ----------
    rover
        What is behind it.
    faults, seed
        What is wrong with the line, and the seed of that.

    Attributes
    ----------
    clock
        Virtual time: it passes in `read` only.
    cut
        Whether the cable is out.
    """

    def __init__(
        self, rover: MavlinkRover, *, faults: FaultPlan | None = None, seed: int = 0
    ) -> None:
        self.clock = VirtualClock()
        self.timeout: float | None = 0.0
        self.cut = False
        self._rover = rover
        plan = faults or FaultPlan()
        self._up = FaultyLine(plan, seed=2 * seed)
        self._down = FaultyLine(plan, seed=2 * seed + 1)
        self._sent = self._came = b""
        self._closed = False

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        return len(self._came)

    def read(self, size: int = 1, /) -> bytes:
        """Return up to ``size`` bytes; time passes if there are none."""
        self._check_open()
        end_s = self.clock.now_s + (self.timeout or 0.0)
        while not self._came and self._rover.now_s + STEP_S <= end_s + _EARLY_S:
            self._live()
        if not self._came:
            self.clock.advance_to(end_s)
        found, self._came = self._came[:size], self._came[size:]
        return found

    def write(self, data: bytes, /) -> int:
        """Send bytes to the rover, which sees them in its next loop."""
        self._check_open()
        if not self.cut:
            self._sent += self._up.carry(data, self.clock.now_s)
        return len(data)

    def close(self) -> None:
        """Close the port."""
        self._closed = True

    def _live(self) -> None:
        said = self._rover.receive(self._sent) + self._rover.step()
        self._sent = b""
        self.clock.advance_to(self._rover.now_s)
        if not self.cut:
            self._came += self._down.carry(said, self.clock.now_s)

    def _check_open(self) -> None:
        if self._closed:
            raise OSError("the simulated port is closed")

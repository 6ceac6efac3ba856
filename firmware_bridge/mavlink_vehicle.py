"""What a MAVLink vehicle is doing, as far as its messages have told."""

import logging
import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.mavlink_mission import ItemList
from firmware_bridge.mavlink_modes import PX4, Autopilot, Mode, autopilot_of
from firmware_bridge.mavlink_wire import Address, Message, address_of
from patrol.robot import RobotMission, RobotState, Telemetry

_log = logging.getLogger(__name__)

_GROUND_STATION, _NO_AUTOPILOT = 6, 8  # MAV_TYPE_GCS, MAV_AUTOPILOT_INVALID
_ARMED = 128  # MAV_MODE_FLAG_SAFETY_ARMED
_CHARGING = 7  # MAV_BATTERY_CHARGE_STATE_CHARGING
_COMPLETE = 5  # MISSION_STATE_COMPLETE
_UNKNOWN_YAW = 65535


class Projection(Protocol):
    """The map's plane; `maps.project.LocalProjection` is one."""

    def to_xy_m(self, lon_lat_deg: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Turn longitude and latitude ``(k, 2)`` into metres east and north."""
        ...

    def to_lon_lat_deg(self, xy_m: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Turn metres east and north ``(k, 2)`` into longitude and latitude."""
        ...


@dataclass(frozen=True)
class LoadedMission:
    """
    A mission that a vehicle was seen to hold.

    Attributes
    ----------
    mission, items
        What it is, and how the vehicle holds it.
    from_m
        Where its progress began, in metres from the first point.
    """

    mission: RobotMission
    items: ItemList
    from_m: float = 0.0

    def along_m(self, item: int, xy_m: tuple[float, float]) -> float:
        """
        Say how far along the mission a vehicle is on its way to an item.

        Parameters
        ----------
        item
            Number of the item that it drives to.
        xy_m
            Where it is, metres east and north.
        """
        ends_m = self.ends_m
        number = min(item, len(self.items.point_of_item) - 1)
        point = self.items.point_of_item[number]
        x, y = (self.mission.xy_mm[point] / 1e3).tolist()
        left_m = math.dist((x, y), xy_m)
        return max(ends_m[point] - left_m, ends_m[max(point - 1, 0)], self.from_m)

    def point_after(self, along_m: float) -> int:
        """Give the first point that is at least ``along_m`` from the first one."""
        ends_m = self.ends_m
        return next((p for p, m in enumerate(ends_m) if m >= along_m), len(ends_m) - 1)

    @property
    def ends_m(self) -> list[float]:
        """Metres from the first point to each."""
        points = (self.mission.xy_mm / 1e3).tolist()
        ends = [0.0]
        for a, b in pairwise(points):
            ends.append(ends[-1] + math.dist(a, b))
        return ends


@dataclass
class VehicleView:
    """
    Put a vehicle's messages together.

    Attributes
    ----------
    projection
        The map's plane.
    address
        The vehicle; None until its first heartbeat.
    autopilot
        Its dialect.
    mode, armed
        As its last heartbeat said.
    estopped
        Whether this host has stopped it for good.
    paused
        Whether it stands in HOLD because this host has paused its mission.
    sensors_on
        Whether the patrol sensors record: they are this host's, not the vehicle's.
    loaded
        The mission that it was seen to hold.
    speed_mps
        Speed over ground in its last report.
    """

    projection: Projection
    address: Address | None = None
    autopilot: Autopilot = PX4
    mode: Mode = Mode.OTHER
    armed: bool = False
    estopped: bool = False
    paused: bool = False
    sensors_on: bool = False
    loaded: LoadedMission | None = None
    speed_mps: float = 0.0
    _battery: float = 1.0
    _charging: bool = False
    _yaw_rad: float | None = None
    _item: int = 0
    _complete: bool = False
    _strangers: set[int] = field(default_factory=set)

    @property
    def state(self) -> RobotState:
        """
        What the vehicle's mode and this host's e-stop allow.

        One that is armed in a mode of another's, as when somebody has taken the remote
        control, is in that one's hands: it counts as stopped, and is left alone.
        """
        taken = self.armed and self.mode is Mode.OTHER
        if self.estopped or taken:
            return RobotState.ESTOPPED
        if not self.armed:
            return RobotState.DISARMED
        held = self.mode is Mode.HOLD and not self.paused
        return RobotState.HELD if held else RobotState.ARMED

    def hear(self, message: Message) -> Telemetry | None:
        """Take in a message; give a report if it tells a place."""
        if message.get_type() == "HEARTBEAT":
            self._hear_heartbeat(message)
        if self.address != address_of(message):
            return None
        match message.get_type():
            case "ATTITUDE":
                self._yaw_rad = message.yaw
            case "SYS_STATUS" if message.battery_remaining >= 0:
                self._battery = min(message.battery_remaining / 100, 1.0)
            case "BATTERY_STATUS":
                self._charging = message.charge_state == _CHARGING
            case "MISSION_CURRENT":
                self._item = message.seq
                self._complete = message.mission_state == _COMPLETE
            case "GLOBAL_POSITION_INT":
                return self._report(message)
        return None

    def _is_known(self, message: Message) -> bool:
        """Settle on the first vehicle that is heard; tell of others once."""
        if message.type == _GROUND_STATION or message.autopilot == _NO_AUTOPILOT:
            return False
        sender = address_of(message)
        if self.address is None:
            self.address = sender
            self.autopilot = autopilot_of(message.autopilot)
        if sender.system != self.address.system and sender.system not in (
            self._strangers
        ):
            self._strangers.add(sender.system)
            _log.warning(
                "vehicle %d is on the line, too: only vehicle %d is driven",
                sender.system,
                self.address.system,
            )
        return sender == self.address

    def _hear_heartbeat(self, message: Message) -> None:
        if not self._is_known(message):
            return
        self.armed = bool(message.base_mode & _ARMED)
        self.mode = self.autopilot.mode_of(message.base_mode, message.custom_mode)

    def _report(self, message: Message) -> Telemetry | None:
        if message.lat == 0 and message.lon == 0:  # it does not know where it is
            return None
        place = np.array([[message.lon / 1e7, message.lat / 1e7]])
        x, y = self.projection.to_xy_m(place)[0].tolist()
        north_mps, east_mps = message.vx / 100, message.vy / 100
        heading = self._heading_rad(message)
        ahead = east_mps * math.cos(heading) + north_mps * math.sin(heading)
        self.speed_mps = math.copysign(math.hypot(east_mps, north_mps), ahead)
        loaded = self.loaded
        return Telemetry(
            time_s=message.time_boot_ms / 1e3,
            x_m=x,
            y_m=y,
            heading_rad=heading,
            speed_mps=self.speed_mps,
            battery=self._battery,
            state=self.state,
            sensors_on=self.sensors_on,
            charging=self._charging,
            mission=loaded.mission.digest if loaded else 0,
            along_m=self._along_m((x, y)),
        )

    def _along_m(self, xy_m: tuple[float, float]) -> float:
        """Give the progress; a vehicle ends its mission some metres before its end."""
        if self.loaded is None:
            return 0.0
        if self._complete:
            return self.loaded.ends_m[-1]
        return self.loaded.along_m(self._item, xy_m)

    def _heading_rad(self, message: Message) -> float:
        """Turn clockwise from north into counter-clockwise from east."""
        yaw = self._yaw_rad
        if yaw is None:
            known = message.hdg != _UNKNOWN_YAW
            yaw = math.radians(message.hdg / 100) if known else 0.0
        return math.remainder(math.pi / 2 - yaw, math.tau)

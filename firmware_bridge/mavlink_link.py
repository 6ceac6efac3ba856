"""
A `MissionLink` to an ArduPilot or PX4 rover.

What such a vehicle cannot promise is said in the log: its watchdog is a parameter, its
e-stop is this host's, and its commands run as often as they arrive.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from firmware_bridge.byte_log import MAVLINK, ByteLog, LoggedPort
from firmware_bridge.lasting_port import LastingPort
from firmware_bridge.limits import Limits
from firmware_bridge.mavlink_dialogue import Dialogue
from firmware_bridge.mavlink_mission import (
    MOST_ITEMS,
    ItemList,
    items_of,
)
from firmware_bridge.mavlink_modes import Mode
from firmware_bridge.mavlink_session import MavSession, Wish
from firmware_bridge.mavlink_vehicle import LoadedMission, Projection, VehicleView
from firmware_bridge.ports import BAUD, Plug, Port
from firmware_bridge.udp_port import UdpPort
from patrol.errors import LinkError
from patrol.robot import Action, Command, Drive, RobotMission, RobotState, Telemetry

SCHEME = "mavlink:"
"""How the address of a MAVLink vehicle begins."""

_log = logging.getLogger(__name__)

_EARLY_S = 1e-6
_FAREWELL_S = 2.0
_AT_REST_MPS = 0.02

_WISHES = {
    Action.ARM: (Mode.GUIDED, True),
    Action.DISARM: (None, False),
    Action.START_MISSION: (Mode.AUTO, None),
    Action.PAUSE_MISSION: (Mode.HOLD, None),
}


class MavlinkLink:
    """
    A vehicle at the other end of a port.

    Parameters
    ----------
    port
        Open port; the link closes it.
    name
        Name of the vehicle or of its port, for messages.
    projection
        Of the map whose metres commands and reports are in.
    clock
        Monotonic clock in seconds. A simulated port brings its own.

    Raises
    ------
    LinkError
        If pymavlink is not installed.
    """

    def __init__(
        self,
        port: Port,
        *,
        name: str,
        projection: Projection,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._port = port
        self._name = name
        self._projection = projection
        self._clock = clock
        self._session = MavSession(VehicleView(projection))
        self._closed = False
        self._kept: list[Telemetry] = []
        self._most_mps = float("inf")
        self._dialogue = Dialogue(self._session, name, clock, self._keep)

    @classmethod
    def open(
        cls,
        address: str,
        *,
        projection: Projection,
        baud: int = BAUD,
        log: ByteLog | None = None,
    ) -> Self:
        """
        Open a vehicle by its address.

        Parameters
        ----------
        address
            ``mavlink:`` and a port as `firmware_bridge.ports.open_port` takes it, or
            ``mavlink:udp://HOST:PORT``.
        projection
            As for `MavlinkLink`.
        baud
            Bits per second of a serial port.
        log
            Where every byte is written down.

        Raises
        ------
        LinkError
            If the port cannot be opened, or pymavlink is not installed.
        """
        place = address.removeprefix(SCHEME)
        port: Port
        if place.startswith("udp://"):
            port = UdpPort(place)
        else:
            port = LastingPort(Plug(place, baud=baud), name=address)
        if log is not None:
            port = LoggedPort(port, log, clock=time.monotonic, speaks=MAVLINK)
        return cls(port, name=address, projection=projection)

    @property
    def now_s(self) -> float:
        """See `RobotLink.now_s`."""
        return self._clock()

    @property
    def counters(self) -> dict[str, int]:
        """Figures of the link by name, and of a port that has some."""
        ports: dict[str, int] = getattr(self._port, "counters", {})
        return self._session.counters | ports

    def sign_with(self, _key: bytes) -> None:
        """
        Refuse a key: it is for Patrol's own frames.

        Raises
        ------
        LinkError
            Always.
        """
        raise LinkError(
            f"{self._name!r} speaks MAVLink, and --key is for Patrol's own protocol: "
            f"drive it without"
        )

    def connect(self, timeout_s: float = 5.0) -> list[str]:
        """
        Wait for the vehicle's heartbeat, and look at its failsafes.

        Returns
        -------
        list of str
            What is wrong with its failsafes; it is in the log, too.

        Raises
        ------
        LinkError
            If no vehicle is heard in time.
        """
        heard = self._dialogue.wait(lambda: self._view.address is not None, timeout_s)
        if not heard:
            raise LinkError(
                f"no MAVLink heartbeat on {self._name!r} in {timeout_s:g} s: is the "
                f"vehicle switched on, is its port set to MAVLink 2, and is the baud "
                f"rate the same?"
            )
        return self._dialogue.check_failsafes()

    def load_mission(
        self, mission: RobotMission, *, from_m: float, timeout_s: float
    ) -> None:
        """
        See `MissionLink.load_mission`.

        It is read back and compared. MAVLink cannot keep the old mission while the
        new one comes: if it fails, the vehicle is told to forget it, and holds none.
        One that drives its mission is made to stand first, guided.
        """
        self._check_open()
        items = self._items_of(mission)
        if len(items.items) > MOST_ITEMS:
            raise LinkError(
                f"{self._name!r} holds {MOST_ITEMS} items at least, a mission of "
                f"{len(mission.xy_mm)} points has {len(items.items)}: load it in parts"
            )
        talk = self._dialogue
        end_s = self._clock() + timeout_s
        if not talk.stop_mission(timeout_s):
            raise LinkError(
                f"{self._name!r} drives a mission and does not stop for another one: "
                f"check the line"
            )
        self._view.loaded = None
        if not talk.give(items, end_s):
            raise LinkError(
                f"{self._name!r} did not take the mission of {len(items.items)} items "
                f"in {timeout_s:g} s; {talk.forget()}"
            )
        loaded = LoadedMission(mission, items, from_m)
        first = items.item_of_point(loaded.point_after(from_m))
        if not talk.point_at(first, end_s):
            raise LinkError(
                f"{self._name!r} holds the mission, yet does not begin at {from_m:g} m "
                f"(item {first}): load it again"
            )
        self._view.loaded = loaded
        self._kept.clear()  # they tell of the mission before

    def has_room(self, mission: RobotMission) -> bool:
        """Tell whether every vehicle can hold a mission of this length."""
        return len(self._items_of(mission).items) <= MOST_ITEMS

    def tighten(self, limits: Limits) -> None:
        """
        Keep the speed of setpoints under a limit.

        A vehicle takes no limits of its host: its fence and its own greatest speed
        are parameters, and it is this link that keeps to the speed.
        """
        self._most_mps = min(self._most_mps, limits.speed_mmps / 1e3)

    def send(self, command: Command) -> None:
        """
        See `RobotLink.send`.

        A vehicle has no patrol sensors and no dock to switch: the sensors are this
        host's, and charging is the dock's.
        """
        self._check_open()
        now_s = self._clock()
        if isinstance(command, Drive):
            most = self._most_mps
            speed = min(max(command.speed_mps, -most), most)
            self._session.drive(Drive(speed, command.turn_radps), now_s)
        else:
            self._act(command, now_s)
        self._write(now_s)

    def poll(self, timeout_s: float) -> list[Telemetry]:
        """See `RobotLink.poll`."""
        if self._kept:
            kept, self._kept = self._kept, []
            return kept
        end_s = self._clock() + timeout_s
        while True:
            reports = self._exchange(end_s)
            if reports or self._clock() >= end_s - _EARLY_S:
                return reports

    def close(self) -> None:
        """See `RobotLink.close`; disarms the vehicle if it is there to hear it."""
        if self._closed:
            return
        with suppress(LinkError):
            if self._view.armed:
                self.send(Action.DISARM)
                self._dialogue.wait(lambda: not self._view.armed, _FAREWELL_S)
        self._closed = True
        with suppress(OSError):
            self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _view(self) -> VehicleView:
        return self._session.view

    def _act(self, action: Action, now_s: float) -> None:
        view = self._view
        if action in _WISHES:
            self._wish(action, now_s)
        elif action is Action.ESTOP:
            view.estopped = True
            self._session.want(Wish(Mode.HOLD, armed=False, urgent=True), now_s)
        elif action is Action.CLEAR_ESTOP:
            self._clear_estop()
        elif action in (Action.SENSORS_ON, Action.SENSORS_OFF):
            view.sensors_on = action is Action.SENSORS_ON
        else:
            _log.info("%s: %s is for its dock to do", self._name, action.name)

    def _wish(self, action: Action, now_s: float) -> None:
        if self._view.estopped and action is Action.DISARM:
            return  # it is being disarmed with more force already
        if reason := self._reason_against(action):
            _log.warning("%s: %s is refused, %s", self._name, action.name, reason)
            return
        self._view.paused = action is Action.PAUSE_MISSION
        mode, armed = _WISHES[action]
        if action is Action.START_MISSION and self._is_being_armed:
            armed = True
        self._session.want(Wish(mode, armed), now_s)

    @property
    def _is_being_armed(self) -> bool:
        wish = self._session.wish
        return wish is not None and wish.armed is True

    def _reason_against(self, action: Action) -> str:
        view = self._view
        moves = action in (Action.ARM, Action.START_MISSION)
        if moves and view.state is RobotState.ESTOPPED:
            return "it is stopped, or in other hands"
        if action is not Action.START_MISSION:
            return ""
        if view.loaded is None:
            return "it holds no mission of this host"
        armed = view.state is RobotState.ARMED or self._is_being_armed
        return "" if armed else "it is not armed"

    def _clear_estop(self) -> None:
        view = self._view
        if view.armed or abs(view.speed_mps) > _AT_REST_MPS:
            _log.warning("%s: CLEAR_ESTOP is refused, it is not at rest", self._name)
            return
        view.estopped = False
        self._session.wish = None

    def _items_of(self, mission: RobotMission) -> ItemList:
        autopilot = self._view.autopilot
        return items_of(mission, autopilot, self._projection.to_lon_lat_deg)

    def _keep(self, end_s: float) -> None:
        self._kept += self._exchange(end_s)

    def _exchange(self, end_s: float) -> list[Telemetry]:
        """Write what is due, wait for bytes until the next thing is, take them in."""
        self._check_open()
        now_s = self._clock()
        if self._session.next_deadline_s <= now_s + _EARLY_S:
            self._write(now_s)
        wake_s = min(end_s, self._session.next_deadline_s)
        chunk = self._read(max(0.0, wake_s - now_s))
        return self._session.receive(chunk, self._clock()) if chunk else []

    def _write(self, now_s: float) -> None:
        wire = self._session.due(now_s)
        try:
            if wire:
                self._port.write(wire)
        except OSError as error:
            raise self._lost("sending") from error

    def _read(self, timeout_s: float) -> bytes:
        try:
            if self._port.timeout != timeout_s:
                self._port.timeout = timeout_s
            chunk = self._port.read(self._port.in_waiting or 1)
            more = self._port.in_waiting if chunk else 0
            return chunk + self._port.read(more) if more else chunk
        except OSError as error:
            raise self._lost("reading") from error

    def _lost(self, doing: str) -> LinkError:
        return LinkError(
            f"lost the vehicle on {self._name!r} while {doing}: is it still plugged in "
            f"and switched on? Whether it stops is its failsafe's matter"
        )

    def _check_open(self) -> None:
        if self._closed:
            raise LinkError(f"the link to {self._name!r} is closed: open it again")

"""
A `MissionLink` to an ArduPilot or PX4 rover.

What such a vehicle cannot promise is said in the log: its watchdog is a parameter, its
e-stop is this host's, and its commands run as often as they arrive.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from firmware_bridge.byte_log import MAVLINK, ByteLog, LoggedPort
from firmware_bridge.lasting_port import LastingPort
from firmware_bridge.mavlink_mission import (
    Clearing,
    Download,
    ItemList,
    Pointing,
    Transfer,
    Upload,
    items_of,
)
from firmware_bridge.mavlink_modes import Failsafe, Mode
from firmware_bridge.mavlink_session import MavSession, Wish
from firmware_bridge.mavlink_vehicle import LoadedMission, Projection, VehicleView
from firmware_bridge.mavlink_wire import Address
from firmware_bridge.ports import BAUD, Plug, Port
from firmware_bridge.udp_port import UdpPort
from patrol.errors import LinkError
from patrol.robot import Action, Command, Drive, RobotMission, Telemetry

SCHEME = "mavlink:"
"""How the address of a MAVLink vehicle begins."""

_log = logging.getLogger(__name__)

_EARLY_S = 1e-6
_FAREWELL_S = 2.0
_PATIENCE_S = 3.0  # a vehicle that says nothing in a transfer for so long is asked anew
_PAUSE_S = 1.0  # after a refusal: ArduPilot has no room for a mission while it starts
_AT_REST_MPS = 0.02
_ASK_FAILSAFES_S = 3.0
_ACCEPTED = 0

_WISHES = {
    Action.ARM: (Mode.GUIDED, True),
    Action.DISARM: (None, False),
    Action.START_MISSION: (Mode.AUTO, True),
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
        heard = self._wait(lambda: self._view.address is not None, timeout_s)
        if not heard:
            raise LinkError(
                f"no MAVLink heartbeat on {self._name!r} in {timeout_s:g} s: is the "
                f"vehicle switched on, is its port set to MAVLink 2, and is the baud "
                f"rate the same?"
            )
        return self._check_failsafes()

    def load_mission(
        self, mission: RobotMission, *, from_m: float, timeout_s: float
    ) -> None:
        """
        See `MissionLink.load_mission`.

        It is read back and compared. MAVLink cannot keep the old mission while the
        new one comes: if it fails, the vehicle is told to forget it, and holds none.
        """
        self._check_open()
        if self._view.armed and self._view.mode is Mode.AUTO:
            raise LinkError(
                f"{self._name!r} drives a mission: pause it before another is loaded"
            )
        try:
            items = items_of(
                mission, self._view.autopilot, self._projection.to_lon_lat_deg
            )
        except ValueError as error:
            raise LinkError(f"cannot load the mission: {error}") from error
        self._view.loaded = None
        end_s = self._clock() + timeout_s
        if not self._give(items, end_s):
            raise LinkError(
                f"{self._name!r} did not take the mission of {len(items.items)} items "
                f"in {timeout_s:g} s; {self._forget()}"
            )
        loaded = LoadedMission(mission, items)
        first = items.item_of_point(loaded.point_after(from_m))
        pointing = Pointing(self._target, first)
        self._run(pointing, end_s + _PATIENCE_S)
        if not pointing.done:
            raise LinkError(
                f"{self._name!r} holds the mission, yet does not begin at {from_m:g} m "
                f"(item {first}): load it again"
            )
        self._view.loaded = loaded

    def send(self, command: Command) -> None:
        """
        See `RobotLink.send`.

        A vehicle has no patrol sensors and no dock to switch: the sensors are this
        host's, and charging is the dock's.
        """
        self._check_open()
        now_s = self._clock()
        if isinstance(command, Drive):
            self._session.drive(command, now_s)
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
                self._wait(lambda: not self._view.armed, _FAREWELL_S)
        self._closed = True
        with suppress(OSError):
            self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _view(self) -> VehicleView:
        return self._session.view

    @property
    def _target(self) -> Address:
        return self._view.address or Address(0, 0)

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
        moves = action in (Action.ARM, Action.START_MISSION)
        lacks = action is Action.START_MISSION and self._view.loaded is None
        if self._view.estopped and action is Action.DISARM:
            return  # it is being disarmed with more force already
        if lacks or (self._view.estopped and moves):
            why = "it holds no mission of this host" if lacks else "it is stopped"
            _log.warning("%s: %s is refused, %s", self._name, action.name, why)
            return
        mode, armed = _WISHES[action]
        self._session.want(Wish(mode, armed), now_s)

    def _clear_estop(self) -> None:
        view = self._view
        if view.armed or abs(view.speed_mps) > _AT_REST_MPS:
            _log.warning("%s: CLEAR_ESTOP is refused, it is not at rest", self._name)
            return
        view.estopped = False
        self._session.wish = None

    def _check_failsafes(self) -> list[str]:
        checks = self._view.autopilot.failsafes
        told = self._session.parameters
        self._session.ask_for(*(check.name for check in checks))
        self._wait(lambda: all(c.name in told for c in checks), _ASK_FAILSAFES_S)
        self._session.ask_for()
        wrong = [text for check in checks if (text := self._judge(check))]
        for text in wrong:
            _log.warning("%s: %s", self._name, text)
        return wrong

    def _judge(self, check: Failsafe) -> str:
        value = self._session.parameters.get(check.name)
        if value is None:
            return f"it does not tell {check.name}: if that is wrong, {check.otherwise}"
        if check.is_safe(value):
            return ""
        return f"{check.name} is {value:g}: {check.otherwise}"

    def _give(self, items: ItemList, end_s: float) -> bool:
        """Upload until what is read back is what was given."""
        while self._clock() < end_s:
            upload = Upload(self._target, items.items)
            self._run(upload, end_s)
            if upload.result not in (None, _ACCEPTED):
                _log.info("%s: mission refused (%s)", self._name, upload.result)
                self._wait(lambda: False, min(_PAUSE_S, end_s - self._clock()))
                continue
            held = Download(self._target)
            self._run(held, end_s)
            if held.done and items.is_same(held.items):
                return True
        return False

    def _forget(self) -> str:
        """Clear the vehicle's mission; say what it holds now."""
        end_s = self._clock() + _PATIENCE_S
        self._run(Clearing(self._target), end_s)
        held = Download(self._target)
        self._run(held, end_s + _PATIENCE_S)
        home = self._view.autopilot.first_item
        if held.done and len(held.items) <= home:
            return "it holds none now"
        return "what it holds is not known: do not start it"

    def _run(self, transfer: Transfer, end_s: float) -> None:
        self._session.transfer = transfer
        transfer.heard_s = self._clock()
        while not transfer.done and self._clock() < min(
            end_s, transfer.heard_s + _PATIENCE_S
        ):
            self._kept += self._exchange(end_s)
        self._session.transfer = None

    def _wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        end_s = self._clock() + timeout_s
        while not until():
            if self._clock() >= end_s - _EARLY_S:
                return False
            self._kept += self._exchange(end_s)
        return True

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

"""
Missions over MAVLink, sans I/O: items, their upload, and reading them back.

MAVLink's upload is neither atomic nor checked as a whole [1]_, so a mission counts as
loaded only after it was read back and is the same.

.. [1] Mission Protocol, https://mavlink.io/en/services/mission.html.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.mavlink_modes import Autopilot
from firmware_bridge.mavlink_wire import Address, Message, dialect
from firmware_bridge.round_trip import RoundTrip
from patrol.robot import RobotMission

RESEND_S = 0.25
"""Wait for an answer of the vehicle before asking again: MAVLink's time for an item."""

MOST_RESEND_S = 0.5
"""
The same for items, whose wait follows the round trips: a telemetry radio is slow.

It is less than the second after which a vehicle asks again by itself, or its repeated
question would be taken for a slow answer.
"""

MOST_ITEMS = 700
"""Items that every vehicle holds: ArduPilot rovers hold 724 on small boards."""

_LAST_TRIES = 6  # of the last item; then what the vehicle holds is read
_WAYPOINT, _SPEED = 16, 178  # MAV_CMD numbers
_GLOBAL_RELATIVE = 6  # MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
_MISSION = 0  # MAV_MISSION_TYPE_MISSION
_ACCEPTED = 0  # MAV_MISSION_ACCEPTED
_NOT_ITS_TURN = 13  # MAV_MISSION_INVALID_SEQUENCE: it has the item, or lacks one before
_GROUND_SPEED = 1  # SPEED_TYPE_GROUNDSPEED
_SAME_SPEED_MPS = 0.011  # vehicles keep it as a float or in cm/s

ToLonLat = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Turns metres east and north ``(k, 2)`` into longitude and latitude in degrees."""


@dataclass(frozen=True)
class Item:
    """
    One item of a mission.

    Attributes
    ----------
    command
        MAV_CMD number.
    speed_mps
        Of a change of speed; else 0.
    lat, lon
        Of a waypoint, in 1e-7 degrees; else 0.
    """

    command: int
    speed_mps: float = 0.0
    lat: int = 0
    lon: int = 0

    def is_same(self, other: "Item") -> bool:
        """Tell whether a vehicle that says ``other`` holds this item."""
        same_speed = abs(self.speed_mps - other.speed_mps) < _SAME_SPEED_MPS
        mine = (self.command, self.lat, self.lon)
        return mine == (other.command, other.lat, other.lon) and same_speed


@dataclass(frozen=True)
class ItemList:
    """
    A mission as a vehicle holds it.

    Attributes
    ----------
    items
        With the home in front where the autopilot wants one.
    point_of_item
        Number of the mission's point that each item leads to, shape ``(items,)``.
    first
        Number of the first item that is no home.
    """

    items: tuple[Item, ...]
    point_of_item: tuple[int, ...]
    first: int

    def item_of_point(self, point: int) -> int:
        """Give the number of the first item that leads to a point."""
        numbers = enumerate(self.point_of_item)
        return next(n for n, p in numbers if n >= self.first and p >= point)

    def is_same(self, found: Sequence[Item]) -> bool:
        """Tell whether a vehicle holds this mission; its home is its own."""
        pairs = zip(self.items[self.first :], found[self.first :], strict=False)
        return len(found) == len(self.items) and all(a.is_same(b) for a, b in pairs)


def items_of(
    mission: RobotMission, autopilot: Autopilot, to_lon_lat: ToLonLat
) -> ItemList:
    """Write a mission as MAVLink items: a waypoint a point, its speed before it."""
    places = to_lon_lat(mission.xy_mm / 1e3)
    items: list[Item] = []
    points: list[int] = []
    speed = 0
    if autopilot.first_item:
        items.append(_waypoint(places[0]))
        points.append(0)
    for point, place in enumerate(places):
        if mission.speed_mmps[point] != speed:
            speed = int(mission.speed_mmps[point])
            items.append(Item(_SPEED, speed / 1e3))
            points.append(point)
        items.append(_waypoint(place))
        points.append(point)
    return ItemList(tuple(items), tuple(points), autopilot.first_item)


class Transfer(Protocol):
    """
    A dialogue with the vehicle about its mission.

    Attributes
    ----------
    done
        Whether it has come to its end.
    heard_s
        When the vehicle last had its say in it.
    deadline_s
        When `due` will next have something to send.
    """

    done: bool
    heard_s: float
    deadline_s: float

    def due(self, now_s: float) -> list[Message]:
        """Give what is to be sent now."""
        ...

    def hear(self, message: Message, now_s: float) -> list[Message]:
        """Take in a message of the vehicle; give the answers to it."""
        ...


@dataclass
class Upload:
    """
    Give a vehicle its items, as it asks for them, and sooner where it does not.

    A vehicle whose question was lost asks again after 1 s only. So when none has come
    in the time of a round trip, the items that it may be waiting for are sent again:
    the one that it last asked for, the next, and with each try one more. It takes the
    one whose turn it is; of the others it says at most that it is not theirs.

    Attributes
    ----------
    done, result
        Whether the vehicle has ended it, and its MAV_MISSION_RESULT.
    """

    target: Address
    items: Sequence[Item]
    done: bool = False
    result: int | None = None
    heard_s: float = float("-inf")
    deadline_s: float = float("-inf")
    _asked: int | None = None
    _sent: int = -1
    _sent_s: float = 0.0
    _tries: int = 0
    _timer: RoundTrip = field(default_factory=lambda: RoundTrip(MOST_RESEND_S))

    def due(self, now_s: float) -> list[Message]:
        """See `Transfer.due`."""
        if self.done or now_s < self.deadline_s:
            return []
        if self._asked is None:
            self.deadline_s = now_s + RESEND_S
            return [self._count()]
        self._tries += 1
        if self._asked == len(self.items) - 1 and self._tries > _LAST_TRIES:
            self.done = True  # its last word was lost; what it holds will be read
            return []
        self.deadline_s = now_s + self._timer.wait_s(self._tries)
        end = min(self._asked + self._tries + 1, len(self.items))
        self._sent = max(self._sent, end - 1)
        return [self._item(number) for number in range(self._asked, end)]

    def hear(self, message: Message, now_s: float) -> list[Message]:
        """See `Transfer.hear`."""
        if self.done or not _is_ours(message):
            return []
        match message.get_type():
            case "MISSION_REQUEST" | "MISSION_REQUEST_INT":
                if message.seq < len(self.items):
                    return self._answer(message.seq, now_s)
            case "MISSION_ACK" if message.type != _NOT_ITS_TURN:
                complete = self._sent == len(self.items) - 1
                if complete or message.type != _ACCEPTED:  # else of an older upload
                    self.done = True
                    self.result = None if complete else message.type
        return []

    def _answer(self, number: int, now_s: float) -> list[Message]:
        """Give the item that is asked for, unless it is on its way as one too many."""
        if number == (self._asked or 0) + 1 and self._tries == 0:
            self._timer.measure(now_s - self._sent_s)
        ahead = self._sent >= number and number != self._asked
        self._asked, self._tries = number, 0
        self.heard_s = self._sent_s = now_s
        self.deadline_s = now_s + self._timer.rto_s
        self._sent = max(self._sent, number)
        return [] if ahead else [self._item(number)]

    def _count(self) -> Message:
        return dialect().MAVLink_mission_count_message(
            self.target.system, self.target.component, len(self.items), _MISSION
        )

    def _item(self, number: int) -> Message:
        item = self.items[number]
        kind = _GROUND_SPEED if item.command == _SPEED else 0
        return dialect().MAVLink_mission_item_int_message(
            self.target.system,
            self.target.component,
            number,
            _GLOBAL_RELATIVE,
            item.command,
            0,
            1,
            kind,
            item.speed_mps,
            0,
            0,
            item.lat,
            item.lon,
            0,
            _MISSION,
        )


@dataclass
class Download:
    """
    Ask a vehicle for its items.

    Attributes
    ----------
    done
        Whether all have come.
    items
        Those that have come, in order.
    """

    target: Address
    done: bool = False
    items: list[Item] = field(default_factory=list)
    heard_s: float = float("-inf")
    deadline_s: float = float("-inf")
    _count: int | None = None
    _asked_s: float = 0.0
    _tries: int = 0
    _timer: RoundTrip = field(default_factory=lambda: RoundTrip(MOST_RESEND_S))

    def due(self, now_s: float) -> list[Message]:
        """See `Transfer.due`; the last question again, after a while of silence."""
        if self.done or now_s < self.deadline_s:
            return []
        self._tries += 1
        return [self._ask(now_s)]

    def hear(self, message: Message, now_s: float) -> list[Message]:
        """See `Transfer.hear`."""
        if self.done or not _is_ours(message):
            return []
        match message.get_type():
            case "MISSION_COUNT" if self._count is None:
                self._count = message.count
            case "MISSION_ITEM_INT" if message.seq == len(self.items):
                self.items.append(_item_of(message))
            case _:
                return []
        self.heard_s = now_s
        if self._tries == 1:
            self._timer.measure(now_s - self._asked_s)
        if len(self.items) == self._count:
            self.done = True
            return [self._thanks()]
        self._tries = 1
        return [self._ask(now_s)]

    def _ask(self, now_s: float) -> Message:
        self._asked_s = now_s
        self.deadline_s = now_s + self._timer.wait_s(self._tries - 1)
        return self._question()

    def _question(self) -> Message:
        system, component = self.target.system, self.target.component
        if self._count is None:
            return dialect().MAVLink_mission_request_list_message(
                system, component, _MISSION
            )
        return dialect().MAVLink_mission_request_int_message(
            system, component, len(self.items), _MISSION
        )

    def _thanks(self) -> Message:
        return dialect().MAVLink_mission_ack_message(
            self.target.system, self.target.component, _ACCEPTED, _MISSION
        )


@dataclass
class Clearing:
    """Make a vehicle forget its mission: half a one must never be driven."""

    target: Address
    done: bool = False
    heard_s: float = float("-inf")
    deadline_s: float = float("-inf")

    def due(self, now_s: float) -> list[Message]:
        """See `Transfer.due`."""
        if self.done or now_s < self.deadline_s:
            return []
        self.deadline_s = now_s + RESEND_S
        return [
            dialect().MAVLink_mission_clear_all_message(
                self.target.system, self.target.component, _MISSION
            )
        ]

    def hear(self, message: Message, now_s: float) -> list[Message]:
        """See `Transfer.hear`."""
        if message.get_type() == "MISSION_ACK" and message.type == _ACCEPTED:
            self.done, self.heard_s = True, now_s
        return []


@dataclass
class Pointing:
    """
    Make an item the one to drive to next, until the vehicle says that it is.

    A vehicle may name the waypoint that follows instead of a change of speed.
    """

    target: Address
    number: int
    done: bool = False
    heard_s: float = float("-inf")
    deadline_s: float = float("-inf")

    def due(self, now_s: float) -> list[Message]:
        """See `Transfer.due`."""
        if self.done or now_s < self.deadline_s:
            return []
        self.deadline_s = now_s + RESEND_S
        return [
            dialect().MAVLink_mission_set_current_message(
                self.target.system, self.target.component, self.number
            )
        ]

    def hear(self, message: Message, now_s: float) -> list[Message]:
        """See `Transfer.hear`."""
        if message.get_type() == "MISSION_CURRENT":
            self.heard_s = now_s
            self.done |= message.seq in (self.number, self.number + 1)
        return []


def _is_ours(message: Message) -> bool:
    """Tell missions from fences and rally points; some messages are of neither."""
    return bool(getattr(message, "mission_type", _MISSION) == _MISSION)


def _waypoint(lon_lat_deg: NDArray[np.float64]) -> Item:
    lon, lat = np.rint(lon_lat_deg * 1e7).astype(int).tolist()
    return Item(_WAYPOINT, 0.0, lat, lon)


def _item_of(message: Message) -> Item:
    if message.command == _SPEED:
        return Item(_SPEED, message.param2)
    return Item(message.command, 0.0, message.x, message.y)

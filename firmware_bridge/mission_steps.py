"""
A mission as bytes: four for each point, whole numbers only, the same in C.

``PROTOCOL.md`` tells the layout under "Missions". A chip keeps the bytes as they came
and reads them step by step while it drives, so what is sent is also what is stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from struct import Struct
from zlib import crc32

from patrol.robot import RobotMission

REACH_MM = 16_383
"""Longest way east or north of one step; a longer leg takes several."""

_STEP, _SPEED = Struct("<HH"), Struct("<H")
_POINT = Struct("<ii")
_MIDDLE = 16_384
_HALF, _WHOLE = 1 << 31, 1 << 32


@dataclass(frozen=True, slots=True)
class PathStart:
    """
    First point of a mission.

    Attributes
    ----------
    x_mm, y_mm
        Place east and north, 32 bits with sign.
    speed_mmps
        Its speed, which holds until a step names another; from 1 to 65535.
    """

    x_mm: int
    y_mm: int
    speed_mmps: int


@dataclass(frozen=True, slots=True)
class Step:
    """
    A straight piece of a mission.

    Attributes
    ----------
    from_mm
        Distance along the mission at which this step begins.
    x_mm, y_mm
        Place where it begins.
    dx_mm, dy_mm
        Way east and north to where it ends.
    length_mm
        Its length, rounded; above 0.
    speed_mmps
        Speed on it.
    via
        Whether it ends between two points of the mission.
    """

    from_mm: int
    x_mm: int
    y_mm: int
    dx_mm: int
    dy_mm: int
    length_mm: int
    speed_mmps: int
    via: bool

    @property
    def end_mm(self) -> int:
        """Distance along the mission at which this step ends."""
        return self.from_mm + self.length_mm

    @property
    def end_xy_mm(self) -> tuple[int, int]:
        """Place where it ends."""
        return wrapped(self.x_mm + self.dx_mm), wrapped(self.y_mm + self.dy_mm)


def encode_steps(mission: RobotMission) -> bytes:
    """
    Give the bytes of a mission, without its first point.

    Raises
    ------
    ValueError
        If two points in a row are equal.
    """
    xy = mission.xy_mm.tolist()
    speeds = mission.speed_mmps.tolist()
    parts: list[bytes] = []
    for number in range(1, len(xy)):
        (x0, y0), (x1, y1) = xy[number - 1], xy[number]
        if (x0, y0) == (x1, y1):
            raise ValueError(
                f"points {number - 1} and {number} of the mission are both at "
                f"({x0}, {y0}) mm: leave one out"
            )
        speed = speeds[number] if speeds[number] != speeds[number - 1] else 0
        parts += _leg(x1 - x0, y1 - y0, speed=speed)
    return b"".join(parts)


def start_of(mission: RobotMission) -> PathStart:
    """Give the first point of a mission."""
    (x_mm, y_mm), speed_mmps = mission.xy_mm[0].tolist(), int(mission.speed_mmps[0])
    return PathStart(x_mm, y_mm, speed_mmps)


def read_steps(start: PathStart, data: bytes) -> list[Step] | None:
    """Read the steps of a mission; None if the bytes are damaged."""
    steps: list[Step] = []
    at, place, from_mm = 0, (start.x_mm, start.y_mm), 0
    speed = start.speed_mmps
    while at < len(data):
        named = bool(data[at + 2] & 1) if len(data) - at > 2 else False
        if len(data) - at < _STEP.size + 2 * named:
            return None
        east, north = _STEP.unpack_from(data, at)
        at += _STEP.size
        if named:
            (speed,) = _SPEED.unpack_from(data, at)
            at += _SPEED.size
        way = (east >> 1) - _MIDDLE, (north >> 1) - _MIDDLE
        length_mm = rounded_length(*way)
        if length_mm == 0 or speed == 0:
            return None
        steps.append(Step(from_mm, *place, *way, length_mm, speed, bool(east & 1)))
        place, from_mm = steps[-1].end_xy_mm, steps[-1].end_mm
    return None if not steps or steps[-1].via else steps


def digest_of(start: PathStart, steps: list[Step]) -> int:
    """Work out `RobotMission.digest` of what was read."""
    ends = [step for step in steps if not step.via]
    places = [(start.x_mm, start.y_mm), *(step.end_xy_mm for step in ends)]
    speeds = [start.speed_mmps, *(step.speed_mmps for step in ends)]
    points = b"".join([_POINT.pack(*place) for place in places])
    return crc32(b"".join(map(_SPEED.pack, speeds)), crc32(points)) or 1


def rounded_length(dx_mm: int, dy_mm: int) -> int:
    """Length of a way, rounded to the millimetre."""
    square = dx_mm * dx_mm + dy_mm * dy_mm
    root = isqrt(square)
    return root + (square - root * root > root)


def wrapped(number: int) -> int:
    """Give what 32 bits with sign hold of a number."""
    return (number + _HALF) % _WHOLE - _HALF


def _leg(dx_mm: int, dy_mm: int, *, speed: int) -> Iterator[bytes]:
    pieces = -(-max(abs(dx_mm), abs(dy_mm)) // REACH_MM)
    gone_x = gone_y = 0
    for piece in range(1, pieces + 1):
        to_x, to_y = dx_mm * piece // pieces, dy_mm * piece // pieces
        named = bool(speed) and piece == 1
        yield _STEP.pack(
            (to_x - gone_x + _MIDDLE) << 1 | (piece < pieces),
            (to_y - gone_y + _MIDDLE) << 1 | named,
        )
        if named:
            yield _SPEED.pack(speed)
        gone_x, gone_y = to_x, to_y

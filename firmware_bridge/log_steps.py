"""What a host can be told besides bytes, as words of a byte log and back."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware_bridge.fence import Fence
from firmware_bridge.limits import Limits
from patrol.robot import Action, Command, Drive, RobotMission


@dataclass(frozen=True)
class LoadMission:
    """Load a mission, its progress beginning at ``from_mm``."""

    mission: RobotMission
    from_mm: int


@dataclass(frozen=True)
class DropLoad:
    """Load the mission no further."""


@dataclass(frozen=True)
class SignFrames:
    """Sign all frames; the key is in no log."""


Told = Command | LoadMission | DropLoad | SignFrames | Limits
"""Whatever a session can be told to do."""


_SIMPLE: dict[str, Told] = {"drop": DropLoad(), "sign": SignFrames()}


def told_in_words(told: Told) -> str:
    """Write it as the log has it."""
    match told:
        case Drive():
            return f"{told.speed_mps!r} {told.turn_radps!r}"
        case Action():
            return told.name
        case DropLoad():
            return "drop"
        case SignFrames():
            return "sign"
        case Limits():
            return " ".join(["tighten", *map(str, _numbers_of(told))])
    points = told.mission.xy_mm.astype("<i4").tobytes().hex()
    speeds = told.mission.speed_mmps.astype("<u2").tobytes().hex()
    return f"load {told.from_mm} {points} {speeds}"


def told_of(words: Sequence[str]) -> tuple[Told, list[str]]:
    """
    Read it, and give the words that follow it.

    Raises
    ------
    ValueError
        If the words are nothing that can be told.
    RobotError
        If they are a mission that is none.
    """
    name, *rest = words
    if name in Action.__members__:
        return Action[name], rest
    if name in _SIMPLE:
        return _SIMPLE[name], rest
    if name == "tighten":
        return _limits(rest)
    if name == "load":
        from_mm, points, speeds, *rest = rest
        return _load(int(from_mm), bytes.fromhex(points), bytes.fromhex(speeds)), rest
    turn, *rest = rest
    return Drive(float(name), float(turn)), rest


def _numbers_of(limits: Limits) -> list[int]:
    """Give the limits, the number of corners of the fence, and these."""
    corners = limits.fence.corners_mm if limits.fence else ()
    return [
        limits.speed_mmps,
        limits.accel_mmps2,
        limits.tilt_mrad,
        limits.battery,
        len(corners),
        *itertools.chain.from_iterable(corners),
    ]


def _limits(words: Sequence[str]) -> tuple[Limits, list[str]]:
    speed, accel, tilt, battery, count = map(int, words[:5])
    end = 5 + 2 * count
    numbers = list(map(int, words[5:end]))
    corners = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    fence = Fence(corners) if corners else None
    return Limits(speed, accel, tilt, battery, fence), [*words[end:]]


def _load(from_mm: int, points: bytes, speeds: bytes) -> LoadMission:
    xy_mm = np.frombuffer(points, "<i4").astype(np.int32).reshape(-1, 2)
    return LoadMission(
        RobotMission(xy_mm, np.frombuffer(speeds, "<u2").astype(np.uint16)), from_mm
    )

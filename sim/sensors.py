"""
What a simulated robot feels: wheels, gyro and GPS, each with its errors.

A robot knows its place only through these; the estimate is that of
`patrol.mission.localise`, as it would run on board.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from math import erfc, exp, sqrt
from typing import NamedTuple

import numpy as np

from patrol.mission.localise import GpsNoise, Localiser, MotionNoise, Move

FEEL_S = 0.1
"""Time between two readings of wheels and gyro."""

_BLOCK = 4096
_EARLY_S = 1e-6


class Motion(NamedTuple):
    """
    What a robot really did between two readings.

    Attributes
    ----------
    wheel_way_m, wheel_turn_rad
        Way and turn of the wheels, which slip.
    turn_rad
        Turn over ground.
    """

    wheel_way_m: float
    wheel_turn_rad: float
    turn_rad: float


class GpsFaultKind(Enum):
    """What can be wrong with GPS for a while."""

    OFF = "off"
    """No fix."""
    JUMP = "jump"
    """All fixes are off by ``jump_m``, as beside a high wall."""
    JAM = "jam"
    """All errors are ``factor`` times as great."""


@dataclass(frozen=True)
class GpsFault:
    """
    A time in which GPS is wrong.

    Attributes
    ----------
    kind
        How.
    start_s, duration_s
        When it begins on the robot's clock, and how long it lasts.
    jump_m
        How far the fixes jump east and north.
    factor
        What their errors are multiplied by.
    """

    kind: GpsFaultKind
    start_s: float
    duration_s: float
    jump_m: tuple[float, float] = (0.0, 0.0)
    factor: float = 1.0


@dataclass(frozen=True)
class Gps:
    """
    A receiver.

    Attributes
    ----------
    noise
        Its errors; the robot is told the same.
    every_s
        Time between two fixes.
    canyon_per_h
        How often an hour fixes jump for a while, as between high houses.
    canyon_m, canyon_s
        Standard deviation of such a jump, east and north each; how long it lasts.
    """

    noise: GpsNoise
    every_s: float
    canyon_per_h: float = 0.0
    canyon_m: float = 15.0
    canyon_s: float = 10.0


RTK = Gps(GpsNoise(white_m=0.02, slow_m=0.01, slow_s=60.0, latency_s=0.1), every_s=0.2)
"""A receiver with corrections from a base station, by which it knows centimetres."""

PLAIN = Gps(GpsNoise(white_m=1.0, slow_m=1.5, slow_s=60.0, latency_s=0.2), every_s=1.0)
"""A receiver without corrections, under open sky."""


@dataclass(frozen=True)
class SensorKit:
    """
    The sensors of a robot; the defaults are an RTK receiver and a MEMS gyro.

    Attributes
    ----------
    gps
        The receiver.
    way
        Noise of the way, in m for each square root of a metre.
    scale
        Standard deviation of the wheels' size, a share: the same all night.
    turn
        Noise of the gyro, in rad for each square root of a second.
    turn_scale
        Standard deviation of the gyro's scale, a share.
    bias_radps, bias_walk
        Standard deviation of the gyro's bias at the start; how it wanders, in rad/s
        for each square root of a second.
    exact
        Whether the robot is told its true place instead: to study all else.
    """

    gps: Gps = RTK
    way: float = 0.01
    scale: float = 0.01
    turn: float = 2e-4
    turn_scale: float = 0.002
    bias_radps: float = 0.003
    bias_walk: float = 3e-6
    exact: bool = False


class Senses:
    """
    One robot's sensors and what it makes of them.

    Parameters
    ----------
    kit
        The sensors.
    start
        Where it stands: metres east and north, and its heading.
    seed
        Seed of their errors.
    faults
        When GPS is wrong.

    Attributes
    ----------
    localiser
        The robot's estimate.
    """

    def __init__(
        self,
        kit: SensorKit,
        start: tuple[float, float, float],
        *,
        seed: int,
        faults: Sequence[GpsFault] = (),
    ) -> None:
        self._kit = kit
        self._faults = tuple(faults)
        draw = self._draw = Normals(seed).draw
        at_start = MotionNoise()
        self.localiser = Localiser(
            (
                start[0] + at_start.start_m * draw(),
                start[1] + at_start.start_m * draw(),
                start[2] + at_start.start_rad * draw(),
            ),
            gps=kit.gps.noise,
        )
        self._scale = 1 + kit.scale * draw()
        self._turn_scale = 1 + kit.turn_scale * draw()
        self._bias_radps = kit.bias_radps * draw()
        slow_m = kit.gps.noise.slow_m
        self._slow_m = (slow_m * draw(), slow_m * draw())
        self._canyon_m = (0.0, 0.0)
        self._canyon_ends_s = 0.0
        self._felt = 0
        self._next_fix_s = 0.0
        self._coming: deque[tuple[float, float, float]] = deque()

    def feel(self, true_xy_m: tuple[float, float], motion: Motion) -> None:
        """Read all sensors, `FEEL_S` after the last time."""
        kit, draw = self._kit, self._draw
        self._felt += 1
        now_s = self._felt * FEEL_S
        self._bias_radps += kit.bias_walk * sqrt(FEEL_S) * draw()
        way_m = motion.wheel_way_m
        if way_m:
            way_m = way_m * self._scale + kit.way * sqrt(abs(way_m)) * draw()
        turn_rad = motion.turn_rad * self._turn_scale + self._bias_radps * FEEL_S
        turn_rad += kit.turn * sqrt(FEEL_S) * draw()
        self.localiser.move(Move(FEEL_S, way_m, turn_rad, motion.wheel_turn_rad))
        if now_s >= self._next_fix_s - _EARLY_S:
            self._next_fix_s += kit.gps.every_s
            self._take_fix(true_xy_m, now_s)
        while self._coming and self._coming[0][0] <= now_s + _EARLY_S:
            self.localiser.fix(*self._coming.popleft()[1:])

    def _take_fix(self, true_xy_m: tuple[float, float], now_s: float) -> None:
        gps, draw = self._kit.gps, self._draw
        keep = exp(-gps.every_s / gps.noise.slow_s)
        fresh_m = gps.noise.slow_m * sqrt(1 - keep * keep)
        self._slow_m = (
            keep * self._slow_m[0] + fresh_m * draw(),
            keep * self._slow_m[1] + fresh_m * draw(),
        )
        errors = [
            slow_m + canyon_m + gps.noise.white_m * draw()
            for slow_m, canyon_m in zip(
                self._slow_m, self._canyon_now(now_s), strict=True
            )
        ]
        for fault in self._faults:
            if fault.start_s <= now_s < fault.start_s + fault.duration_s:
                if fault.kind is GpsFaultKind.OFF:
                    return
                errors = [
                    fault.factor * error + jump_m
                    for error, jump_m in zip(errors, fault.jump_m, strict=True)
                ]
        x_m, y_m = true_xy_m
        self._coming.append(
            (now_s + gps.noise.latency_s, x_m + errors[0], y_m + errors[1])
        )

    def _canyon_now(self, now_s: float) -> tuple[float, float]:
        """Jump of the fixes between high houses; it comes and goes by chance."""
        gps, draw = self._kit.gps, self._draw
        if gps.canyon_per_h == 0:
            return 0.0, 0.0
        if now_s >= self._canyon_ends_s:
            self._canyon_m = (0.0, 0.0)
            begins = 1 - exp(-gps.canyon_per_h * gps.every_s / 3600)
            if erfc(abs(draw()) / sqrt(2)) < begins:  # uniform from a normal number
                self._canyon_ends_s = now_s + gps.canyon_s
                self._canyon_m = (gps.canyon_m * draw(), gps.canyon_m * draw())
        return self._canyon_m


class Normals:
    """Standard normal numbers, drawn in blocks: one at a time costs ten times more."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._block: Iterator[float] = iter(())

    def draw(self) -> float:
        """Give the next number."""
        for number in self._block:
            return number
        self._block = iter(self._generator.standard_normal(_BLOCK).tolist())
        return next(self._block)

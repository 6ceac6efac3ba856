"""Missions for tests, and a robot that follows one in whole numbers."""

import math

import numpy as np
from hypothesis import strategies as st

from firmware_bridge.mission_steps import encode_steps, read_steps, start_of
from firmware_bridge.robot_path import STANDSTILL, Motion, RobotPath, Senses
from patrol.robot import RobotMission


def mission_along(
    points_mm: list[tuple[int, int]], speed_mmps: int = 1390
) -> RobotMission:
    speeds = np.full(len(points_mm), speed_mmps, np.uint16)
    return RobotMission(np.array(points_mm, np.int32), speeds)


def long_mission(points: int, *, seed: int = 0) -> RobotMission:
    """A way through streets with a bend at each point, 2 to 30 m apart."""
    generator = np.random.default_rng(seed)
    heading_rad = np.cumsum(generator.uniform(-0.4, 0.4, points))
    legs_mm = generator.uniform(2000, 30_000, points)
    ways = legs_mm * [np.cos(heading_rad), np.sin(heading_rad)]
    return mission_along([tuple(xy) for xy in np.cumsum(ways.T, 0).astype(int)])


def path_of(mission: RobotMission, *, from_mm: int = 0) -> RobotPath:
    steps = read_steps(start_of(mission), encode_steps(mission))
    assert steps is not None
    return RobotPath(steps, from_mm)


class Wheels:
    """A robot that takes up its turn at once, and its speed at 1 m/s2."""

    def __init__(self, x_mm: float, y_mm: float, heading_rad: float = 0.0) -> None:
        self.x_mm, self.y_mm, self.heading_rad = x_mm, y_mm, heading_rad
        self.motion = STANDSTILL
        self.speed_mmps = 0.0

    @property
    def senses(self) -> Senses:
        heading = round(math.remainder(self.heading_rad, math.tau) * 1e4)
        return Senses(
            round(self.x_mm), round(self.y_mm), heading, round(self.speed_mmps)
        )

    def roll(self, motion: Motion, for_s: float) -> None:
        change = 1000 * for_s
        wanted = motion.speed_mmps - self.speed_mmps
        self.speed_mmps += min(max(wanted, -1.5 * change), change)
        self.heading_rad += motion.turn_mradps / 1e3 * for_s
        self.x_mm += self.speed_mmps * for_s * math.cos(self.heading_rad)
        self.y_mm += self.speed_mmps * for_s * math.sin(self.heading_rad)


points = st.tuples(st.integers(-40_000, 40_000), st.integers(-40_000, 40_000))
missions = (
    st.lists(points, min_size=2, max_size=12, unique=True)
    .flatmap(
        lambda xy: st.tuples(
            st.just(xy),
            st.lists(st.integers(1, 5000), min_size=len(xy), max_size=len(xy)),
        )
    )
    .map(
        lambda drawn: RobotMission(
            np.array(drawn[0], np.int32), np.array(drawn[1], np.uint16)
        )
    )
)

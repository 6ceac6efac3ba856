"""When each robot can be under way: trips as long as its battery and shift allow."""

from itertools import pairwise

import numpy as np

from patrol.planning.prize_tasks import SPARE_S, TripFrame
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import RobotDuty


def longest_driving_s(robot: RobotDuty, duration_s: float) -> float:
    """
    Give the most time that a robot can be under way in a shift.

    It begins with a full battery; standing in the dock charges it. If it is under way
    for ``d`` of ``t`` seconds, it uses at most what was in it, ``u``, and what was
    charged meanwhile: ``d <= u + (t - d) / c``, with ``c`` the seconds of charging for
    one of driving.
    """
    profile = robot.profile
    free_s, usable_s = duration_s - robot.ready_s, profile.usable_battery_s
    if free_s <= usable_s:
        return max(0.0, free_s)
    per_s = profile.recharge_s / profile.battery_s
    return (per_s * usable_s + free_s) / (1 + per_s)


def trip_frames(problem: PatrolProblem) -> tuple[TripFrame, ...]:
    """
    Cut the shift of every robot into as few trips as keep it under way longest.

    All trips of a robot are of the same length; between two it charges as much as the
    next one needs.
    """
    duration_s = problem.shift.duration_s
    frames: list[TripFrame] = []
    for number, robot in enumerate(problem.fleet):
        for from_s, until_s in _spans(robot, longest_driving_s(robot, duration_s)):
            frames.append(TripFrame(number, robot.dock, robot.dock, from_s, until_s))
    return tuple(frames)


def _spans(robot: RobotDuty, driving_s: float) -> list[tuple[float, float]]:
    profile = robot.profile
    if driving_s <= SPARE_S:
        return []
    trips = int(np.ceil(driving_s / profile.usable_battery_s - 1e-9))
    length_s = driving_s / trips
    left_s, now_s = profile.usable_battery_s, robot.ready_s
    spans = []
    for _ in range(trips):
        missing_s = max(0.0, length_s - left_s)
        now_s += missing_s * profile.recharge_s / profile.battery_s
        left_s += missing_s - length_s
        spans.append((now_s, now_s + length_s - SPARE_S))
        now_s += length_s
    return spans


def slot_time_s(problem: PatrolProblem, slot_s: tuple[float, ...]) -> list[float]:
    """Time that all robots together are on duty in each slot."""
    end_s = problem.shift.duration_s
    return [
        sum(max(0.0, min(b, end_s) - max(a, r.ready_s)) for r in problem.fleet)
        for a, b in pairwise(slot_s)
    ]

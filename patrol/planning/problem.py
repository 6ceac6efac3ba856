"""What is to be patrolled tonight, by whom, and when."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.traverse import Traversal
from patrol.robot import RobotProfile


@dataclass(frozen=True)
class Shift:
    """
    One tour of duty.

    Attributes
    ----------
    start
        When it begins, with a time zone.
    duration_s
        How long it lasts.
    """

    start: datetime
    duration_s: float


@dataclass(frozen=True)
class PatrolProblem:
    """
    A planning problem on a graph of ``m`` streets.

    Attributes
    ----------
    graph, traversal
        Streets, and what this kind of robot can drive of them.
    required
        Numbers of the streets that must be served, shape ``(k,)``, ascending.
    risk_per_h
        Expected incidents per hour on each whole street during the shift, shape
        ``(m,)``.
    profile
        The kind of robot.
    robots
        Names of the robots, at least one.
    dock
        Node at which every robot starts, recharges and ends.
    shift
        When.
    """

    graph: StreetGraph
    traversal: Traversal
    required: NDArray[np.int64]
    risk_per_h: NDArray[np.float64]
    profile: RobotProfile
    robots: tuple[str, ...]
    dock: int
    shift: Shift

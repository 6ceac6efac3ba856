"""A plan for one shift: a route for each robot, and how good the whole is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from patrol.planning.problem import Shift
from patrol.robot import RobotProfile


class BoundKind(StrEnum):
    """How a lower bound was found."""

    PROVED_OPTIMAL = "proved optimal"
    LP = "LP"
    WEAK = "weak"


@dataclass(frozen=True)
class Route:
    """
    What one robot does in a shift, ``k`` steps, each along one street.

    Attributes
    ----------
    robot
        Name of the robot.
    streets
        Street of each step, shape ``(k,)``.
    forward
        Whether the step goes from the street's first node to its last, ``(k,)``.
    served
        Whether the step serves the street (else it is deadhead), ``(k,)``.
    depart_s, arrive_s
        Seconds after the shift's start at which the step begins and ends, ``(k,)``.
    trip
        Number of the trip that the step belongs to, from 0, ``(k,)``. Every trip
        starts and ends at the dock; between trips the robot recharges.
    """

    robot: str
    streets: NDArray[np.int64]
    forward: NDArray[np.bool_]
    served: NDArray[np.bool_]
    depart_s: NDArray[np.float64]
    arrive_s: NDArray[np.float64]
    trip: NDArray[np.int64]


@dataclass(frozen=True)
class Bound:
    """
    Lower bounds that hold for every plan of the problem.

    Attributes
    ----------
    length_m, kind
        No plan drives less in total, whatever the number of robots.
    longest_m, longest_kind
        In no plan is the longest route shorter.
    """

    length_m: float
    kind: BoundKind
    longest_m: float
    longest_kind: BoundKind


@dataclass(frozen=True)
class PatrolPlan:
    """
    Routes of a fleet for one shift.

    Attributes
    ----------
    graph_digest, risk_digest
        The map and the risk it was made for.
    map_path
        Where the map was, for whoever reads the plan; empty if it had no file.
    dock
        Node number of the dock.
    profile
        Kind of robot.
    shift
        When.
    required
        Streets that must be served, ascending.
    keep_out
        Streets that must not be driven by wish of the operator, ascending.
    routes
        One for each robot, also for a robot that stays in the dock.
    length_m
        Length of all routes.
    required_m
        Length of the required streets.
    coverage
        Share of the risk of all drivable streets that lies on served streets, 0-1.
    bound
        Lower bounds of this problem.
    seed
        Seed of the run.
    weights
        Named weights that chose the required streets.
    synthetic_risk
        Whether the risk rests on synthetic incidents.
    """

    graph_digest: str
    risk_digest: str
    map_path: str
    dock: int
    profile: RobotProfile
    shift: Shift
    required: NDArray[np.int64]
    keep_out: NDArray[np.int64]
    routes: tuple[Route, ...]
    length_m: float
    required_m: float
    coverage: float
    bound: Bound
    seed: int
    weights: Mapping[str, float]
    synthetic_risk: bool

"""Who patrols: each robot with its kind, its dock, and where its shift begins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.traverse import Traversal
from patrol.errors import PlanError
from patrol.robot import RobotProfile


@dataclass(frozen=True, kw_only=True)
class RobotDuty:
    """
    What one robot is, and where its shift begins and ends.

    Attributes
    ----------
    name
        Name of the robot.
    profile
        The kind of robot.
    dock
        Node at which it recharges between trips.
    start
        Node at which it is when it becomes available.
    end
        Node at which it must be at the end, the dock as a rule; anywhere if None.
    charge
        Share of its battery that is full when it becomes available, 0-1.
    ready_s
        Seconds after the shift's start from which it is available, 0 or more.

    Raises
    ------
    PlanError
        If it has no name, or the charge or the time is impossible.
    """

    name: str
    profile: RobotProfile
    dock: int
    start: int
    end: int | None
    charge: float = 1.0
    ready_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.name:
            raise PlanError("a robot has no name: give each robot one")
        if not 0 <= self.charge <= 1:
            raise PlanError(
                f"robot {self.name!r} starts with a charge of {self.charge}: it must "
                f"be from 0 to 1"
            )
        if not 0 <= self.ready_s < float("inf"):
            raise PlanError(
                f"robot {self.name!r} is ready {self.ready_s} s after the shift's "
                f"start: it must be 0 s or more"
            )

    @property
    def nodes(self) -> tuple[tuple[str, int], ...]:
        """Nodes that it must be able to stand at, and what for."""
        named = [("dock", self.dock), ("start", self.start)]
        return (*named, ("end", self.end)) if self.end is not None else (*named,)


@dataclass(frozen=True, kw_only=True)
class PatrolRobot(RobotDuty):
    """
    A robot as the planner needs it: its duty, and what it can drive.

    Attributes
    ----------
    traversal
        What this robot can drive of the map.
    """

    traversal: Traversal

    @classmethod
    def at_dock(
        cls, name: str, *, profile: RobotProfile, traversal: Traversal, dock: int
    ) -> "PatrolRobot":
        """Make a robot that starts, recharges and ends at its dock, fully charged."""
        return cls(
            name=name,
            profile=profile,
            traversal=traversal,
            dock=dock,
            start=dock,
            end=dock,
        )

    @property
    def duty(self) -> RobotDuty:
        """All but what it can drive: what a plan says of it."""
        return RobotDuty(
            name=self.name,
            profile=self.profile,
            dock=self.dock,
            start=self.start,
            end=self.end,
            charge=self.charge,
            ready_s=self.ready_s,
        )


def uniform_fleet(
    names: Sequence[str], *, profile: RobotProfile, traversal: Traversal, dock: int
) -> tuple[PatrolRobot, ...]:
    """Make a fleet of equal robots that start, recharge and end at one dock."""
    return tuple(
        PatrolRobot.at_dock(name, profile=profile, traversal=traversal, dock=dock)
        for name in names
    )


def numbered(robots: int) -> tuple[str, ...]:
    """Names for so many robots: ``robot 1``, ``robot 2`` and so on."""
    return tuple(f"robot {number + 1}" for number in range(robots))


def is_uniform(fleet: Sequence[RobotDuty]) -> bool:
    """
    Whether all robots are alike and bound to one dock.

    They are of one kind, can drive the same, and start and end at the same dock,
    fully charged and at the beginning of the shift.
    """
    first = fleet[0]
    return all(_stays(robot, first.dock) and _alike(robot, first) for robot in fleet)


def _stays(robot: RobotDuty, dock: int) -> bool:
    at_dock = robot.dock == robot.start == robot.end == dock
    return at_dock and robot.charge == 1 and robot.ready_s == 0


def _alike(robot: RobotDuty, other: RobotDuty) -> bool:
    if robot.profile != other.profile:
        return False
    if isinstance(robot, PatrolRobot) and isinstance(other, PatrolRobot):
        return same_streets(robot.traversal, other.traversal)
    return True


def same_streets(one: Traversal, other: Traversal) -> bool:
    """Whether two robots can drive the same streets in the same times."""
    return one is other or (
        np.array_equal(one.exclusion, other.exclusion)
        and np.array_equal(one.travel_s, other.travel_s)
    )


def by_traversal(
    fleet: Sequence[PatrolRobot],
) -> list[tuple[Traversal, list[PatrolRobot]]]:
    """Group robots that share one traversal: large maps are gone over once."""
    groups: dict[int, tuple[Traversal, list[PatrolRobot]]] = {}
    for robot in fleet:
        group = groups.setdefault(id(robot.traversal), (robot.traversal, []))
        group[1].append(robot)
    return list(groups.values())


def drivable_by_any(fleet: Sequence[PatrolRobot]) -> NDArray[np.bool_]:
    """Mask of the streets that some robot can drive, shape ``(m,)``."""
    kinds = [traversal for traversal, _ in by_traversal(fleet)]
    masks = [traversal.drivable for traversal in kinds]
    return np.asarray(np.logical_or.reduce(masks))

"""
The errors of Patrol, one tree.

Each error is also the built-in that fits, carries a message for the user, and
knows the exit code that the command line gives for it: 2 bad input, 3 no
feasible plan, 4 robot or link failed.
"""

from typing import ClassVar


class PatrolError(Exception):
    """Base of all errors that Patrol raises on purpose."""

    exit_code: ClassVar[int] = 2


class MapError(PatrolError, ValueError):
    """A map cannot be read, built, or used as asked."""


class RobotError(PatrolError, ValueError):
    """A robot's description cannot be read or contradicts itself."""


class RiskError(PatrolError, ValueError):
    """Incidents, layers or weights cannot be used as given."""


class PlanError(PatrolError, ValueError):
    """A planning problem or a plan file is not as it must be."""


class InfeasibleError(PlanError):
    """The problem is well put, but no plan can solve it."""

    exit_code: ClassVar[int] = 3


class RecordError(PatrolError, ValueError):
    """A record of a night cannot be read or does not fit its plan."""


class ScenarioError(PatrolError, ValueError):
    """A scenario of a simulated night is not as it must be."""


class LinkError(PatrolError, ConnectionError):
    """A robot or the link to it failed."""

    exit_code: ClassVar[int] = 4

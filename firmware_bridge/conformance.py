"""
The conformance suite: whether a robot does what PROTOCOL.md says, and how fast.

One list of checks for the simulator, the reference firmware, an emulated chip and a
robot on a cable. Nothing moves, and no motor is armed, unless motion is allowed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from firmware_bridge.ports import Port
from firmware_bridge.probe import Probe
from patrol.errors import LinkError


class Outcome(Enum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Measured:
    """
    A figure that a check has measured.

    Attributes
    ----------
    value, unit
        What was measured.
    limit
        Most that it may be; None if it is only told.
    """

    value: float
    unit: str
    limit: float | None = None


@dataclass(frozen=True)
class Row:
    """
    One line of the result.

    Attributes
    ----------
    group, check
        What was checked.
    outcome
        What was found.
    detail
        Why it failed or was skipped; else empty.
    measured
        The figure, if there is one.
    """

    group: str
    check: str
    outcome: Outcome
    detail: str = ""
    measured: Measured | None = None


@dataclass(frozen=True)
class Bench:
    """
    A robot to be checked.

    Attributes
    ----------
    port, clock
        The line, and the clock by which its timeouts run.
    allow_motion
        Whether the motors may be armed, and move.
    cut_power
        Makes the robot start anew; None if that takes a hand.
    nonce
        Number, 32 bits, that no earlier host has used with this robot.
    send_break
        Makes a BREAK of the line; None if that takes a hand.
    """

    port: Port
    clock: Callable[[], float]
    allow_motion: bool
    cut_power: Callable[[], None] | None
    nonce: int
    send_break: Callable[[], None] | None = None

    @property
    def is_left_tightened(self) -> bool:
        """Whether the robot keeps the limits of the checks until a hand restarts it."""
        return self.allow_motion and self.cut_power is None


class Needs(Enum):
    """What a check needs besides a line."""

    NOTHING = ""
    MOTION = "it moves the robot: give --allow-motion if it may"
    TIGHTENING = (
        "it moves the robot, and leaves it with tighter limits until it is switched "
        "off and on: give --allow-motion if it may"
    )
    RESTART = "it cuts the robot's power, and this one takes a hand for that"
    BREAK = "it breaks the line, and this one takes a hand for that"


@dataclass(frozen=True)
class Check:
    """One check: its place in the list, what it needs, and what it does."""

    group: str
    name: str
    run: Callable[[Probe, Bench], Measured | None]
    needs: Needs = Needs.NOTHING


class CheckError(LinkError):
    """The robot does not do what the protocol says."""


def require(holds: bool, otherwise: str) -> None:
    """
    Go on only if the robot does what it must.

    Raises
    ------
    CheckError
        If it does not.
    """
    if not holds:
        raise CheckError(otherwise)


def run_checks(bench: Bench, checks: tuple[Check, ...]) -> list[Row]:
    """
    Run checks one after another; a failure does not end the run.

    Parameters
    ----------
    bench
        The robot.
    checks
        What to check, in this order.
    """
    probe = Probe(bench.port, bench.clock, bench.nonce)
    return [run_check(one, probe, bench) for one in checks]


def count_outcomes(rows: Sequence[Row]) -> dict[str, int]:
    """Count the rows of each outcome, by its name."""
    return {
        outcome.value: sum(row.outcome is outcome for row in rows)
        for outcome in Outcome
    }


def run_check(check: Check, probe: Probe, bench: Bench) -> Row:
    """
    Run one check.

    Parameters
    ----------
    check
        What to check.
    probe
        The host that asks; the same for all checks of a bench.
    bench
        The robot.
    """
    missing = {
        Needs.MOTION: not bench.allow_motion,
        Needs.TIGHTENING: not bench.allow_motion,
        Needs.RESTART: bench.cut_power is None,
        Needs.BREAK: bench.send_break is None,
    }
    if missing.get(check.needs, False):
        return Row(check.group, check.name, Outcome.SKIPPED, check.needs.value)
    try:
        measured = check.run(probe, bench)
    except LinkError as error:
        return Row(check.group, check.name, Outcome.FAILED, str(error))
    beyond = (
        measured is not None
        and measured.limit is not None
        and measured.value > measured.limit
    )
    outcome = Outcome.FAILED if beyond else Outcome.PASSED
    detail = "slower than it may be" if beyond else ""
    return Row(check.group, check.name, outcome, detail, measured)

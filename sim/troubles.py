"""What goes wrong with a simulated robot itself: wheels, encoders, power, people."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar


class Trouble(Enum):
    """What can be wrong with a robot's body."""

    STUCK_WHEEL = "stuck-wheel"
    """One wheel does not turn."""
    DEAD_ENCODER = "dead-encoder"
    """One wheel turns and counts nothing."""
    BATTERY_SAG = "battery-sag"
    """The battery empties faster."""
    LOW_BATTERY = "low-battery"
    """The battery has at most so much left, from the start of the trouble."""
    TILT = "tilt"
    """The body leans besides the slope: on a kerb, in a hole, lifted by somebody."""
    PERSON = "person"
    """Somebody is in the way; the robot's own sensors stop it."""


@dataclass(frozen=True)
class BodyFault:
    """
    A time in which something is wrong with a robot's body.

    Attributes
    ----------
    trouble
        What.
    start_s, duration_s
        When it begins on the robot's clock, and how long it lasts.
    left
        Which wheel.
    value
        How much faster the battery empties, what it has left, 0-1, or how far the body
        leans, in rad.
    """

    trouble: Trouble
    start_s: float
    duration_s: float
    left: bool = True
    value: float = 1.0


@dataclass(frozen=True)
class PowerCut:
    """A time in which a robot has no power; then it starts anew."""

    start_s: float
    duration_s: float


_Window = TypeVar("_Window", BodyFault, PowerCut)


def active(windows: tuple[_Window, ...], now_s: float) -> tuple[_Window, ...]:
    """Give those of some times that hold now."""
    return tuple(w for w in windows if w.start_s <= now_s < w.start_s + w.duration_s)

"""What can be wrong with a plan."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What a plan can break."""

    MAP = "map"
    STREET = "street"
    CONTINUITY = "continuity"
    DOCK = "dock"
    COVERAGE = "coverage"
    EXCLUSION = "exclusion"
    KEEP_OUT = "keep-out"
    DIRECTION = "direction"
    TIMES = "times"
    BATTERY = "battery"
    SHIFT = "shift"
    ROBOTS = "robots"
    FIGURES = "figures"
    BOUND = "bound"


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong, in plain words."""

    rule: Rule
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"

"""When a search stops, and what it says of itself until then."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


@dataclass(frozen=True)
class Deadline:
    """
    A point in time after which a search ends.

    Asked as a function it says whether there is time left.

    Attributes
    ----------
    clock
        Tells the time in seconds; the planners have no clock of their own. One that
        jumps to infinity ends every search at once.
    end_s
        Time at which it ends; infinite for a search that only the clock may end.
    """

    clock: Callable[[], float]
    end_s: float = float("inf")

    def __call__(self) -> bool:
        """Whether to go on."""
        return self.clock() < self.end_s

    @property
    def comes(self) -> bool:
        """Whether it ends by itself: one that never comes only lets a person stop."""
        return math.isfinite(self.end_s)

    def spent(self, begun_s: float) -> float:
        """Share of the time from then to the end that has passed, at most 1."""
        if math.isinf(self.end_s):
            return 0.0
        left_s = max(0.0, self.end_s - self.clock())
        return 1.0 - left_s / max(left_s, self.end_s - begun_s) if left_s else 1.0

    def part(self, share: float) -> "Deadline":
        """End when so much of the time that is left now has passed."""
        now_s = self.clock()
        return replace(self, end_s=now_s + share * (self.end_s - now_s))


def _always() -> bool:
    return True


@dataclass(frozen=True)
class StopWhen:
    """
    How hard to try: a search stops when the first of these holds.

    However it stops, its result is complete: the best that it has met.

    Attributes
    ----------
    rounds
        Most rounds of the relaxation; with 0 the bound is that of the T-join.
    tries
        Most changes tried after it.
    go_on
        Asked now and then whether to go on, such as a `Deadline`; limits by time
        make a result depend on the machine, limits by rounds and tries do not.
    gap
        Share above the bound that is good enough; 0 for the best there is.
    """

    rounds: int = 200
    tries: int = 100
    go_on: Callable[[], bool] = _always
    gap: float = 0.0

    @classmethod
    def within(cls, deadline: Deadline, *, gap: float = 0.0) -> "StopWhen":
        """Try until the deadline, however often."""
        return cls(tries=_MOST_TRIES, gap=gap, go_on=deadline)

    def part(self, share: float) -> "StopWhen":
        """Give a first step so much of the time that is left, if time is limited."""
        if not isinstance(self.go_on, Deadline):
            return self
        return replace(self, go_on=self.go_on.part(share))

    @property
    def timed(self) -> bool:
        """Whether it ends after some time."""
        return isinstance(self.go_on, Deadline) and self.go_on.comes

    def good_enough(self, cost: float, bound: float) -> bool:
        """Whether a result of this cost is near enough to its lower bound."""
        return cost <= bound * (1 + self.gap)


_MOST_TRIES = 1_000_000
"""As good as for ever: a try takes more than 0.1 ms, so this many some minutes."""


class Phase(StrEnum):
    """What a search is doing."""

    TOUR = "one tour"
    EXCHANGE = "exchange"


@dataclass(frozen=True)
class Progress:
    """
    How far a search has come.

    Attributes
    ----------
    phase
        What it is doing.
    incumbent
        Cost of the best result so far.
    bound
        No result can be cheaper; 0 as long as nothing is known.
    """

    phase: Phase
    incumbent: float
    bound: float

    @property
    def gap(self) -> float:
        """Share by which the incumbent is above the bound; infinite if that is 0."""
        return self.incumbent / self.bound - 1 if self.bound > 0 else float("inf")


OnProgress = Callable[[Progress], None]
"""Called whenever there is news; it must be quick, and not raise."""


def unheard(progress: Progress) -> None:
    """Take no notice of the progress."""

"""A search on the terminal: how long it may take, how it goes, and how to end it."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from rich.console import Console
from rich.status import Status

from patrol.cli.output import progress_console
from patrol.errors import PlanError
from patrol.planning.stop import Deadline, Phase, Progress, StopWhen

_SHOWN = {
    Phase.TOUR: "one tour for all",
    Phase.EXCHANGE: "longest route",
}
"""What the cost of a phase is the length of."""


@dataclass
class Search:
    """
    A search that a person may watch and end.

    Attributes
    ----------
    until
        When it ends.
    interrupted
        Whether it was ended by Control-C.
    """

    until: StopWhen
    interrupted: bool = False
    _status: Status | None = None

    def show(self, progress: Progress) -> None:
        """Show how far it has come."""
        if self._status is not None:
            self._status.update(
                f"Planning: {_SHOWN[progress.phase]} {progress.incumbent / 1000:.2f} "
                f"km, lower bound {progress.bound / 1000:.2f} km, "
                f"{progress.gap:.1%} above it"
            )


@contextmanager
def searching(
    seconds: float | None, *, as_json: bool, budget: bool = False
) -> Iterator[Search]:
    """
    Search for so many seconds of wall time, or until Control-C.

    What must be compiled, for plans that cover streets or make the most of a budget,
    is compiled before the time runs. The first Control-C ends
    the search with the best result so far, a second one the program.

    Raises
    ------
    PlanError
        If the seconds are not above 0.
    """
    if seconds is not None and not 0 < seconds < float("inf"):
        raise PlanError(f"--seconds {seconds}: give a time above 0 s")
    console = progress_console(as_json=as_json)
    if seconds is not None:
        _warm_up(console, budget=budget)
    with console.status("Planning") as status, _interruptible() as clock:
        deadline = Deadline(clock)
        until = StopWhen(go_on=deadline)
        if seconds is not None:
            until = StopWhen.within(Deadline(clock, end_s=clock() + seconds))
        search = Search(until, _status=status)
        yield search
        search.interrupted = not deadline()


def _warm_up(console: Console, *, budget: bool) -> None:
    from patrol.planning.warm_up import warm_up, warm_up_budget

    with console.status("Compiling; only once on this computer"):
        (warm_up_budget if budget else warm_up)()


@contextmanager
def _interruptible() -> Iterator[Callable[[], float]]:
    """Give a clock that jumps to infinity at the first Control-C."""
    pressed: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        pressed.append(number)
        signal.signal(signal.SIGINT, before)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not in the main thread, where no signal comes
        yield time.monotonic
        return
    try:
        yield lambda: float("inf") if pressed else time.monotonic()
    finally:
        signal.signal(signal.SIGINT, before)

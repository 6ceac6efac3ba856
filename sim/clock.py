"""Time for simulated robots: as fast as it can be worked out, or as it passes."""

import logging
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)

_LATE_S = 0.1


class VirtualClock:
    """
    Time that passes only when told to.

    Attributes
    ----------
    now_s
        Seconds since the start.
    """

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Give the time, so that the clock fits wherever a clock is asked for."""
        return self.now_s

    def advance_to(self, time_s: float) -> None:
        """Let time pass until ``time_s``; a time that has passed changes nothing."""
        if time_s > self.now_s:
            self.now_s = time_s


class Pacer:
    """
    Tell how long to wait so that simulated time passes like real time.

    Parameters
    ----------
    clock
        Monotonic real clock, in seconds.

    Attributes
    ----------
    lost_s
        Real time that was given up as it could not be kept up with.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start_s = clock()
        self.lost_s = 0.0

    def wait_s(self, simulated_s: float) -> float:
        """
        Give the real time left until a simulated time is due, at least 0.

        Who is more than 0.1 s late is told so in the log, and the time that was lost
        is given up: it is not hurried after.
        """
        left_s = self._start_s + simulated_s - self._clock()
        if left_s < -_LATE_S:
            _log.warning("the simulation is %.1f s behind real time", -left_s)
            self._start_s -= left_s
            self.lost_s -= left_s
        return max(left_s, 0.0)

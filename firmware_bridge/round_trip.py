"""How long to wait for an answer, from the round trips seen so far: RFC 6298."""

LEAST_RTO_S = 0.03
"""Shortest wait for an answer: a frame each way at 115,200 baud, and a slow loop."""

MOST_RTO_S = 0.25
"""Longest wait for an answer, so that a link that heals is noticed soon."""

_GRAIN_S = 0.02  # a robot answers in its next loop, so early or late by one


class RoundTrip:
    """
    Time the answers, and only of what was sent once (Karn's rule).

    Parameters
    ----------
    most_s
        Longest wait for an answer.

    Attributes
    ----------
    rto_s
        How long to wait for the next one.
    """

    def __init__(self, most_s: float = MOST_RTO_S) -> None:
        self.rto_s = 0.1
        self._most_s = most_s
        self._mean_s: float | None = None
        self._spread_s = 0.0

    def measure(self, *trips_s: float) -> None:
        """Take in trips of what was sent once."""
        for trip_s in trips_s:
            if self._mean_s is None:
                self._mean_s, self._spread_s = trip_s, trip_s / 2
            error_s = trip_s - self._mean_s
            self._spread_s += (abs(error_s) - self._spread_s) / 4
            self._mean_s += error_s / 8
        if self._mean_s is not None:
            wait_s = self._mean_s + max(4 * self._spread_s, _GRAIN_S)
            self.rto_s = min(max(wait_s, LEAST_RTO_S), self._most_s)

    def wait_s(self, tries: int) -> float:
        """
        Give how long to wait after so many tries in vain.

        On a line that only damages, the next sending is as good as the first: the wait
        grows within one exchange, and is kept for the next only while no trip was
        measured, as the line may be that slow.
        """
        if self._mean_s is None and tries:
            self.back_off()
        return min(self.rto_s * 2.0 ** (tries // 2), self._most_s)

    def back_off(self) -> None:
        """Wait longer: no answer came."""
        self.rto_s = min(2 * self.rto_s, self._most_s)

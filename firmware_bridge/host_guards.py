"""What a host keeps telling its robot until the robot holds itself to it, sans I/O."""

from dataclasses import replace

from firmware_bridge.limits import Limits
from firmware_bridge.mission_messages import Enclose, FenceNow, Limit, LimitsNow

REPEAT_S = 0.1
"""Time between two requests to keep a limit."""

_NEVER = float("inf")
_SOON_S = 1e-6  # a deadline this near has come: clocks are sums of floats


class HostGuards:
    """
    Ask a robot to keep limits until it says that it does, in each session anew.

    Attributes
    ----------
    deadline_s
        When `due` will next have something to say.
    """

    def __init__(self) -> None:
        self.deadline_s = _NEVER
        self._limits: Limits | None = None
        self._unsaid: list[Limit | Enclose] = []

    def tighten(self, limits: Limits, now_s: float) -> None:
        """Take over what is to be kept."""
        self._limits = limits
        self.begin(now_s)

    def begin(self, now_s: float) -> None:
        """Say all of it again: the robot may have restarted."""
        limits = self._limits
        if limits is not None:
            fences = [limits.fence] if limits.fence else []
            self._unsaid = [Limit(replace(limits, fence=None)), *map(Enclose, fences)]
            self.deadline_s = now_s

    def due(self, now_s: float) -> list[Limit | Enclose]:
        """Give what is to be said now."""
        if now_s + _SOON_S < self.deadline_s:
            return []
        self.deadline_s = now_s + REPEAT_S
        return [*self._unsaid]

    def heard(self, answer: LimitsNow | FenceNow) -> bool:
        """Take in an answer; tell whether the robot keeps another fence than asked."""
        kept = [one for one in self._unsaid if _answers(answer, one)]
        for one in kept:
            self._unsaid.remove(one)
        if not self._unsaid:
            self.deadline_s = _NEVER
        return any(
            isinstance(one, Enclose) and answer != FenceNow(one.fence.name)
            for one in kept
        )


def _answers(answer: LimitsNow | FenceNow, asked: Limit | Enclose) -> bool:
    match asked, answer:
        case Limit(), LimitsNow():
            return asked.limits.tightened(answer.limits) == answer.limits
        case Enclose(), FenceNow():
            return True
    return False

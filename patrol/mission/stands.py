"""Where a robot stands still on its way on purpose, and until when."""

from collections.abc import Callable

from patrol.mission.causes import Cause
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind

_AT_M = 1e-3  # progress at a stop is exact but for rounding


class Stands:
    """
    The stands of a path, one after another.

    Attributes
    ----------
    standing
        Whether the robot is at one that is not over.
    """

    def __init__(self, path: PlannedPath) -> None:
        places_m = path.stand_m.tolist()
        self._left = list(zip(places_m, path.route.stands, strict=True))[::-1]
        self._since_s: float | None = None
        self.standing = False

    def hold(self, along_m: float, time_s: float, note: Callable[..., None]) -> bool:
        """
        Say whether the robot is to stand where it is; note what it has watched.

        A watch at a stop lasts as long as planned, however late it begins; a wait
        until a street opens ends at its time.

        Parameters
        ----------
        along_m
            Progress along the path.
        time_s
            Seconds after the shift's start.
        note
            Takes down an event: its kind, its cause and the values of that.
        """
        self.standing = False
        while self._left and along_m >= self._left[-1][0] - _AT_M:
            stand = self._left[-1][1]
            for_s = stand.end_s - stand.begin_s
            if self._since_s is None:
                self._since_s = time_s
            end_s = stand.end_s if stand.stop is None else self._since_s + for_s
            if time_s < end_s:
                self.standing = True
                break
            if stand.stop is not None:
                note(EventKind.WATCHED, Cause.WATCHED, stop=stand.stop + 1, for_s=for_s)
            self._left.pop()
            self._since_s = None
        return self.standing

"""The steps of a route as they are driven: which one it is, and which are over."""

from collections.abc import Iterator

from patrol.mission.path import PlannedPath


class Steps:
    """
    The steps of a path, one after another.

    Attributes
    ----------
    number
        Step that the robot is on; the number of steps at the end of the path.
    """

    def __init__(self, path: PlannedPath) -> None:
        self.number = 0
        self._path = path
        self._served: list[bool] = path.route.served.tolist()
        self._streets: list[int] = path.route.streets.tolist()

    @property
    def serving(self) -> bool:
        """Whether the plan serves the street of this step."""
        return self._served[self.number]

    def close(self, along_m: float) -> Iterator[int]:
        """Go on to the step at a progress; give the streets served on the way."""
        path = self._path
        at_end = along_m >= path.length_m
        now_at = len(self._served) if at_end else path.step_at(along_m)
        while self.number < now_at:
            if self.serving:
                yield self._streets[self.number]
            self.number += 1

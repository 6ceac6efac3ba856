"""
A mission that the robot drives by itself, piece by piece.

The state machine is that of `Mission`; only driving differs. The host loads the next
piece of the path into the robot and starts it; the robot steers by its own place and
tells how far it has come. The host still decides when it departs, stands, docks and
charges, and switches its sensors. A robot that held itself is armed and started again,
and goes on from its own progress; one that has restarted is given its piece once more,
from where it last was.

Where it is to go slower for a while, or faster again, it is paused, given the rest of
its piece at half or twice the speed, and started. (A robot's limits are no means:
they can be tightened, and loosened only by its restart.)
"""

from collections.abc import Callable
from dataclasses import dataclass

from patrol.errors import LinkError
from patrol.mission.causes import Cause
from patrol.mission.home import Homeward
from patrol.mission.machine import AT_REST_MPS
from patrol.mission.match import StreetMatcher
from patrol.mission.mission import Mission
from patrol.mission.pace import CREEP_MPS, Halt
from patrol.mission.path import PlannedPath
from patrol.mission.pieces import Piece, next_piece
from patrol.mission.states import MissionOptions
from patrol.robot import (
    Action,
    Command,
    Drive,
    Guard,
    RobotMission,
    RobotProfile,
    RobotState,
    Telemetry,
)

LOAD_S = 10.0
"""Time that a robot may take to hold a mission: 0.2 s on a good line."""

_FRESH_S = 0.6  # a report from before a mission was loaded is not older than this
_SURELY = 0.8  # share of the speed it may go that has to allow a faster pace
_SILENCE_S = 2.0  # the robot has its own watchdog, and steers without our help


@dataclass(frozen=True)
class MissionHolder:
    """
    A robot that holds missions.

    Attributes
    ----------
    load
        Loads a mission into the robot, its progress at so many metres; it raises
        `LinkError` if the robot does not take it.
    fits
        Tells whether the robot has room for a mission.
    """

    load: Callable[[RobotMission, float], None]
    fits: Callable[[RobotMission], bool] = lambda _: True


class OnRobotMission(Mission):
    """
    Drives one robot along its route by missions that it follows by itself.

    Parameters
    ----------
    path, profile, start_s, streets
        As for `Mission`. It stands where that does.
    holder
        The robot.
    """

    def __init__(
        self,
        path: PlannedPath,
        *,
        profile: RobotProfile,
        holder: MissionHolder,
        start_s: float | None = None,
        streets: StreetMatcher | None = None,
    ) -> None:
        super().__init__(
            path,
            profile=profile,
            options=MissionOptions(silence_s=_SILENCE_S),
            start_s=start_s,
            streets=streets,
        )
        self._holder = holder
        self._piece: Piece | None = None
        self._loaded_s = float("-inf")
        self._going = False

    def _take(self, path: PlannedPath, along_m: float) -> None:
        super()._take(path, along_m)
        self._piece = None  # the robot's is of another path

    def _interrupt(self) -> None:
        super()._interrupt()
        self._going = False

    def _follow_path(self, report: Telemetry, _age_s: float) -> list[Command]:
        if Guard.PATH in report.guards:
            self._cross_m = self.path.project(report.x_m, report.y_m, self.along_m)[1]
            return self._abort_off_path()
        if report.state is not RobotState.ARMED:
            return self._arm(report)
        self._since_s.pop("armed", None)
        return self._go_on(report)

    def _go_on(self, report: Telemetry) -> list[Command]:
        piece, trip = self._piece, self._trip
        holds = piece is not None and report.mission == piece.mission.digest
        if piece is not None and holds:
            self._take_progress(report, piece)
        if abs(self._cross_m) > self._options.abort_beyond_m:
            return self._abort_off_path()
        pace = self.pace.judge(report, self.along_m)
        if isinstance(pace, Halt):
            return self._pause(pace, report)
        self._since_s.pop("halt", None)
        # The robot steers, so what is told besides setpoints is left.
        commands: list[Command] = [
            c for c in self._get_on(report) if not isinstance(c, Drive)
        ]
        if self.done or self._trip != trip or self._stands.standing:
            return commands
        another_pace = piece is not None and self._is_due(piece, pace.speed_mps)
        if another_pace and report.speed_mps > AT_REST_MPS:
            return [*commands, *self._come_to_rest(report)]
        if piece is None or another_pace or self.along_m >= piece.end_m:
            piece = self._piece = self._cut(pace.speed_mps)
            holds = False
        if not holds:
            return [*commands, *self._load_piece(piece)]
        return [*commands, *self._set_off(report)]

    def _abort_off_path(self) -> list[Command]:
        return self.abort(
            Cause.OFF_THE_PATH,
            off_m=abs(self._cross_m),
            limit_m=self._options.abort_beyond_m,
            **self._where(),
        )

    def _pause(self, halt: Halt, report: Telemetry) -> list[Command]:
        """Stand by the mission's own means, until the reason is gone."""
        commands = self._stand(halt)
        return commands if self.done else self._come_to_rest(report)

    def _rests_before(self, _way: Homeward) -> bool:
        return True

    def _come_to_rest(self, report: Telemetry) -> list[Command]:
        still = report.speed_mps <= AT_REST_MPS
        return [] if still else self._ask(Action.PAUSE_MISSION)

    def _set_off(self, report: Telemetry) -> list[Command]:
        """Start it; again each second while it stands, which does no harm."""
        if report.charging or (self._going and report.speed_mps > AT_REST_MPS):
            return []
        again, self._going = self._going, True
        return self._ask(Action.START_MISSION, again=again)

    def _take_progress(self, report: Telemetry, piece: Piece) -> None:
        self.along_m = max(self.along_m, piece.place_of(report.along_m))
        self._cross_m = self.path.project(report.x_m, report.y_m, self.along_m)[1]

    def _is_due(self, piece: Piece, wanted_mps: float) -> bool:
        """Whether it goes too fast for its place, or slower than it surely may."""
        slower = self._paced(wanted_mps) < piece.speed_mps
        return slower or self._paced(_SURELY * wanted_mps) > piece.speed_mps

    def _paced(self, wanted_mps: float) -> float:
        """Halve the robot's speed until it is not above what is wanted."""
        speed_mps = self._profile.speed_mps
        while speed_mps > max(wanted_mps, CREEP_MPS):
            speed_mps = max(speed_mps / 2, CREEP_MPS)
        return speed_mps

    def _cut(self, wanted_mps: float) -> Piece:
        return next_piece(
            self.path,
            self.along_m,
            speed_mps=self._paced(wanted_mps),
            fits=self._holder.fits,
        )

    def _load_piece(self, piece: Piece) -> list[Command]:
        """Load it, unless that has just been done and no report tells of it yet."""
        if self._now_s - self._loaded_s <= _FRESH_S:
            return []
        self._interrupt()
        try:
            self._holder.load(piece.mission, piece.along_of(self.along_m))
        except LinkError as error:
            if self._waited_s("loading") > self._options.abort_after_s:
                return self.abort(Cause.LINK_FAILED, error=str(error))
            return []
        self._since_s.pop("loading", None)
        self._loaded_s = self._now_s
        return []

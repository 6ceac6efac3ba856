"""
The state machine of a mission: what interrupts its duties, and those in the dock.

No I/O and no clock: `MissionMachine.step` is told what came and what time it is. The
table of its states is in `patrol.mission.states`; how it follows a path is for
`patrol.mission.mission` and `patrol.mission.on_robot` to say.

Silence, an emergency stop and a robot that held itself interrupt what the mission
was doing; afterwards it goes on from where the robot is.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import nan

from patrol.mission.battery import BatteryWatch
from patrol.mission.causes import Cause
from patrol.mission.follow import STANDSTILL
from patrol.mission.home import WayHome
from patrol.mission.match import StreetMatcher
from patrol.mission.pace import Pace
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind, Track
from patrol.mission.recorder import Recorder
from patrol.mission.stands import Stands
from patrol.mission.states import MissionOptions, MissionState
from patrol.mission.steps import Steps
from patrol.mission.trips import Trips
from patrol.robot import Action, Command, RobotProfile, RobotState, Telemetry

_IDLE = (MissionState.WAITING, MissionState.CHARGING)
_ON_ROUTE = (*_IDLE, MissionState.DRIVING)
_OVER = (MissionState.FINISHED, MissionState.DOCKED, MissionState.ABORTED)
_IDLE_SILENCE_S = 3.0  # in the dock a robot may report once a second
_FULL = 0.99  # a battery seldom says that it is quite full
AT_REST_MPS = 0.02
"""Slower than this a robot counts as standing."""


class MissionMachine(ABC):
    """
    Takes one robot through its shift; how it follows its path is left open.

    Parameters
    ----------
    path
        The route on the map.
    profile
        The kind of robot: its speed and battery.
    options
        Limits; the defaults suit a robot at walking speed.
    start_s
        Time of the shift's start on the clock of `step`; by default the time of the
        first step.
    streets
        Follows the street that the robot is on, so that a wrong one stops it.

    Attributes
    ----------
    state
        What it is doing.
    reason
        Why it was aborted; empty otherwise.
    path, along_m
        What it follows, the route or a way home, and its progress there.
    pace
        What makes it slow down and stand; its operator pauses it there.
    home
        Its ways to the dock; None if it cannot be sent there.
    wants_dock
        Set it when the robot is to leave its route and go home now.
    wants_stop
        Set it for an emergency stop. One stop uses it up.
    wants_clear
        Set it when a person at the robot lets its emergency stop be cleared; done when
        the robot is at rest.
    may_go_on
        Set it when a person lets the robot go on after an emergency stop: that
        it was cleared does not set it off. One stop uses it up.
    """

    path: PlannedPath
    along_m: float

    def __init__(
        self,
        path: PlannedPath,
        *,
        profile: RobotProfile,
        options: MissionOptions | None = None,
        start_s: float | None = None,
        streets: StreetMatcher | None = None,
    ) -> None:
        self.state = self._duty = MissionState.WAITING  # unless interrupted, its duty
        self.reason = ""
        self.may_go_on = self.wants_dock = self.wants_stop = self.wants_clear = False
        self.home: WayHome | None = None
        self._profile = profile
        self._options = options or MissionOptions()
        self.pace = Pace(path, profile, self._options, streets)
        self._battery = BatteryWatch()
        self._recorder = Recorder(path.route.robot)
        self._start_s = start_s
        self._report: Telemetry | None = None
        self._now_s = start_s or 0.0
        self._heard_s: float | None = None
        self._drive, self._cross_m = STANDSTILL, nan
        self._sensors_on = self._sent_home = False
        self._stop_given = False  # an emergency stop that no report tells of yet
        self._since_s: dict[str, float] = {}  # when a wait began, by what it is for
        self._take(path, 0.0)

    def _take(self, path: PlannedPath, along_m: float) -> None:
        """Follow this path from now on, from that progress."""
        self.path, self.along_m, self._trip = path, along_m, 0
        self.pace.take(path, along_m)
        self._trips = Trips(path, self._profile)
        self._stands, self._steps = Stands(path), Steps(path)

    @property
    def done(self) -> bool:
        """Whether it has finished, was sent home or was aborted."""
        return self.state in _OVER

    @property
    def time_s(self) -> float:
        """Seconds from the shift's start to the last step."""
        return self._now_s - (self._start_s or 0.0)

    @property
    def next_poll_s(self) -> float:
        """How long the loop may wait for reports before the next step."""
        options = self._options
        if self.state not in _IDLE:
            return options.drive_poll_s
        left_s = self._trips.depart_s[self._trip] - self.time_s if self._trips else 0
        return min(options.idle_poll_s, max(left_s, options.drive_poll_s))

    @property
    def waits_for_go_ahead(self) -> bool:
        """Whether its emergency stop was cleared, and only `may_go_on` is lacking."""
        report = self._report
        stopped = report is None or report.state is RobotState.ESTOPPED
        cleared = not stopped and not self._stop_given
        return self.state is MissionState.ESTOPPED and cleared

    def step(
        self,
        reports: Sequence[Telemetry],
        now_s: float,
        *,
        true_xy_m: tuple[float, float] | None = None,
    ) -> list[Command]:
        """
        Take in what the robot reported; say what it is to do.

        Parameters
        ----------
        reports
            What came since the last step, oldest first.
        now_s
            Time on a monotonic clock.
        true_xy_m
            True place of a simulated robot, for the record only.

        Returns
        -------
        list of Command
            To be sent in this order.
        """
        self._start_s = now_s if self._start_s is None else self._start_s
        self._heard_s = now_s if self._heard_s is None else self._heard_s
        self._now_s = now_s
        for report in reports:
            self._recorder.hear(report)
            self._report, self._heard_s = report, now_s
        commands = [] if self.done else self._act(now_s - self._heard_s)
        if self._recorder.wants_sample(self.time_s):
            self._sample(true_xy_m)
        return commands

    def abort(self, cause: Cause, **values: float | str) -> list[Command]:
        """
        Give up now; the commands stop the robot. Nothing happens if it is done.

        ``values`` fill the gaps of the cause's sentence.
        """
        if self.done:
            return []
        self._note(EventKind.ABORTED, cause, **values)
        self.state, self.reason = MissionState.ABORTED, self._recorder.events[-1].detail
        return [STANDSTILL, Action.DISARM]

    def track(self) -> Track:
        """Give the record of what happened so far."""
        return self._recorder.track({})

    def _act(self, silent_s: float) -> list[Command]:
        if self.wants_stop:
            return self._stop_now()
        idle = self._duty in _IDLE
        if silent_s > (_IDLE_SILENCE_S if idle else self._options.silence_s):
            return self._wait_for_report(silent_s)
        report = self._report
        if report is None:
            return []
        if self._keeps_stopped(report):
            return self._wait_for_person(report)
        if self._since_s.pop("e-stop", None) is not None:
            self._note(EventKind.REARMED, Cause.GO_AHEAD, **self._where())
        if lies := self._battery.doubt(report):
            return self.abort(Cause.BATTERY_LIES, **lies, **self._where())
        self.state = self._duty
        if self.wants_dock and self.home and self._trips and self._duty in _ON_ROUTE:
            return self._leave_route(report, self.home)
        return self._do_duty(report, silent_s)

    def _do_duty(self, report: Telemetry, age_s: float) -> list[Command]:
        match self._duty:
            case MissionState.WAITING:
                return self._wait_for_departure(report)
            case MissionState.CHARGING:
                return self._charge(report)
            case MissionState.PARKING:
                return self._park(report)
            case _:
                return self._follow_path(report, age_s)

    def _wait_for_report(self, silent_s: float) -> list[Command]:
        if silent_s > self._options.abort_after_s:
            return self.abort(Cause.NEVER_ANSWERS, for_s=silent_s, **self._where())
        if self.state is not MissionState.SILENT:
            self.state = MissionState.SILENT
            self._note(EventKind.SILENCE, Cause.NO_REPORT, for_s=silent_s)
        self._interrupt()
        return [STANDSTILL]

    def _stop_now(self) -> list[Command]:
        self.wants_stop, self._stop_given = False, True
        self._begin_stop()
        return [Action.ESTOP]

    def _keeps_stopped(self, report: Telemetry) -> bool:
        """Whether an emergency stop is not over, by the robot or by a person's word."""
        latched = report.state is RobotState.ESTOPPED
        self._stop_given &= not latched
        self.may_go_on &= not (latched or self._stop_given)
        self.wants_clear &= latched
        stopped = latched or self._stop_given or "e-stop" in self._since_s
        return stopped and not self.may_go_on

    def _begin_stop(self) -> None:
        if self.state is not MissionState.ESTOPPED:
            self.state = MissionState.ESTOPPED
            self._note(EventKind.ESTOP, Cause.ESTOPPED, **self._where())
        self._interrupt()

    def _wait_for_person(self, report: Telemetry) -> list[Command]:
        self._begin_stop()
        waited_s = self._waited_s("e-stop")
        if waited_s > self._options.estop_abort_after_s:
            self.abort(Cause.ESTOP_TOO_LONG, for_s=waited_s, **self._where())
        elif self.wants_clear and abs(report.speed_mps) <= AT_REST_MPS:
            self.wants_clear = False
            return [Action.CLEAR_ESTOP]
        return []

    def _interrupt(self) -> None:
        self._drive = STANDSTILL
        self._since_s.pop("moving", None)

    def _wait_for_departure(self, report: Telemetry) -> list[Command]:
        if not self._trips:
            return self._park(report)
        if report.battery < self._trips.charge[self._trip]:
            self._begin_charging()
        elif self._may_depart:
            self._begin_trip()
        return []

    @property
    def _may_depart(self) -> bool:
        due = self.time_s >= self._trips.depart_s[self._trip]
        return due and not self.pace.paused

    def _begin_trip(self) -> None:
        self._duty = self.state = MissionState.DRIVING
        trips = len(self._trips.end_m)
        self._note(EventKind.STARTED, Cause.TRIP, trip=self._trip + 1, trips=trips)

    def _begin_charging(self) -> None:
        self._duty = self.state = MissionState.CHARGING
        self._since_s.pop("charging", None)
        self._note(EventKind.CHARGING, Cause.BEFORE_TRIP, trip=self._trip + 1)

    def _charge(self, report: Telemetry) -> list[Command]:
        trip, waited_s = self._trip, self._waited_s("charging")
        needed = self._trips.charge[trip]
        late_s = self.time_s - self._trips.depart_s[trip]
        if report.battery >= needed and self._may_depart:
            self._begin_trip()
            return self._ask(Action.STOP_CHARGING, again=False)
        limit_s = self._profile.recharge_s + self._options.charge_slack_s
        if late_s >= 0 and waited_s > limit_s and report.battery < needed:
            return self.abort(
                Cause.DOES_NOT_CHARGE,
                battery=report.battery,
                for_s=waited_s,
                trip=trip + 1,
                needed=needed,
            )
        if report.charging or report.battery >= _FULL or report.speed_mps > AT_REST_MPS:
            return []
        return self._ask(Action.START_CHARGING)

    @abstractmethod
    def _follow_path(self, report: Telemetry, age_s: float) -> list[Command]:
        """Follow the path with an answer to a report of that age."""

    @abstractmethod
    def _leave_route(self, report: Telemetry, home: WayHome) -> list[Command]:
        """Turn to the way home, at rest if need be."""

    def _park(self, report: Telemetry) -> list[Command]:
        self._duty = self.state = MissionState.PARKING
        waited_s = self._waited_s("parked")
        if report.state is RobotState.DISARMED:
            return self._end(round(self._recorder.driven_m, 2))
        if waited_s > self._options.abort_after_s:
            return self.abort(
                Cause.DOES_NOT_DISARM, state=report.state.name, for_s=waited_s
            )
        return self._ask(Action.DISARM)

    def _end(self, driven_m: float) -> list[Command]:
        home = self._sent_home
        self.state = MissionState.DOCKED if home else MissionState.FINISHED
        kind = EventKind.DOCKED if home else EventKind.FINISHED
        self._note(kind, Cause.DRIVEN, driven_m=driven_m)
        return []

    def _ask(self, action: Action, *, again: bool = True) -> list[Command]:
        """Give a command, or again if it had no effect for a while."""
        asked_s = self._since_s.get(action.name)
        wait_s = self._options.ask_again_s
        if again and asked_s is not None and self._now_s - asked_s < wait_s:
            return []
        self._since_s[action.name] = self._now_s
        return [action]

    def _waited_s(self, what: str) -> float:
        return self._now_s - self._since_s.setdefault(what, self._now_s)

    def _sample(self, true_xy_m: tuple[float, float] | None) -> None:
        driving = self._duty is MissionState.DRIVING
        step, cross_m = (self._steps.number, self._cross_m) if driving else (-1, nan)
        if driving and true_xy_m is not None:
            cross_m = self.path.project(*true_xy_m, self.along_m)[1]
        self._recorder.sample(self.time_s, step=step, cross_track_m=abs(cross_m))

    def _note(self, kind: EventKind, cause: Cause, **values: float | str) -> None:
        self._recorder.note(self.time_s, kind, cause, **values)

    def _where(self) -> dict[str, float]:
        return self.path.where(self.along_m)

"""
The mission of one robot as a state machine: reports go in, commands come out.

No I/O and no clock: `Mission.step` is told what came and what time it is. The
table of its states is in `patrol.mission.states`.

Silence, an emergency stop and a robot that held itself interrupt what the mission
was doing; afterwards it goes on from where the robot is.
"""

from collections.abc import Sequence
from math import nan

from patrol.mission.battery import BatteryWatch
from patrol.mission.causes import Cause
from patrol.mission.follow import STANDSTILL, follow, predict
from patrol.mission.match import StreetMatcher
from patrol.mission.pace import Halt, Pace
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind, Track
from patrol.mission.recorder import Recorder
from patrol.mission.stands import Stands
from patrol.mission.states import MissionOptions, MissionState
from patrol.mission.steps import Steps
from patrol.mission.trips import Trips
from patrol.robot import Action, Command, RobotProfile, RobotState, Telemetry

_IDLE = (MissionState.WAITING, MissionState.CHARGING)
_IDLE_SILENCE_S = 3.0  # in the dock a robot may report once a second
_FULL = 0.99  # a battery seldom says that it is quite full
_AT_REST_MPS = 0.02
_STOPPED_MPS = 0.005  # the robot's own idea of rest may be a loop older than its report


class Mission:
    """
    Drives one robot along its route.

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
    along_m
        Progress along the path.
    may_go_on
        Set it when a person lets the robot go on after an emergency stop: that
        it was cleared does not set it off. One stop uses it up.
    pace
        What makes it slow down and stand; its operator pauses it there.
    """

    def __init__(
        self,
        path: PlannedPath,
        *,
        profile: RobotProfile,
        options: MissionOptions | None = None,
        start_s: float | None = None,
        streets: StreetMatcher | None = None,
    ) -> None:
        self.path = path
        self.state = self._duty = MissionState.WAITING  # unless interrupted, its duty
        self.reason = ""
        self.along_m = 0.0
        self.may_go_on = False
        self._profile = profile
        self._options = options or MissionOptions()
        self.pace = Pace(path, profile, self._options, streets)
        self._trips = Trips(path, profile)
        self._stands = Stands(path)
        self._battery = BatteryWatch()
        self._steps = Steps(path)
        self._recorder = Recorder(path.route.robot)
        self._start_s = start_s
        self._report: Telemetry | None = None
        self._now_s = start_s or 0.0
        self._heard_s: float | None = None
        self._trip = 0
        self._drive, self._cross_m = STANDSTILL, nan
        self._sensors_on = False
        self._since_s: dict[str, float] = {}  # when a wait began, by what it is for

    @property
    def done(self) -> bool:
        """Whether it has finished or was aborted."""
        return self.state in {MissionState.FINISHED, MissionState.ABORTED}

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
        stopped = self._report is None or self._report.state is RobotState.ESTOPPED
        return self.state is MissionState.ESTOPPED and not stopped

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
        idle = self._duty in _IDLE
        if silent_s > (_IDLE_SILENCE_S if idle else self._options.silence_s):
            return self._wait_for_report(silent_s)
        report = self._report
        if report is None:
            return []
        self.may_go_on &= report.state is not RobotState.ESTOPPED
        stopped = report.state is RobotState.ESTOPPED or "e-stop" in self._since_s
        if stopped and not self.may_go_on:
            return self._wait_for_person()
        if self._since_s.pop("e-stop", None) is not None:
            self._note(EventKind.REARMED, Cause.GO_AHEAD, **self._where())
        if lies := self._battery.doubt(report):
            return self.abort(Cause.BATTERY_LIES, **lies, **self._where())
        self.state = self._duty
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

    def _wait_for_person(self) -> list[Command]:
        if self.state is not MissionState.ESTOPPED:
            self.state = MissionState.ESTOPPED
            self._note(EventKind.ESTOP, Cause.ESTOPPED, **self._where())
        self._interrupt()
        waited_s = self._waited_s("e-stop")
        if waited_s > self._options.estop_abort_after_s:
            self.abort(Cause.ESTOP_TOO_LONG, for_s=waited_s, **self._where())
        return []

    def _interrupt(self) -> None:
        self._drive = STANDSTILL
        self._since_s.pop("moving", None)

    def _wait_for_departure(self, report: Telemetry) -> list[Command]:
        if not self._trips:
            return self._park(report)
        if report.battery < self._trips.charge[self._trip]:
            self._begin_charging()
        elif self.time_s >= self._trips.depart_s[self._trip]:
            self._begin_trip()
        return []

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
        if late_s >= 0 and report.battery >= needed:
            self._begin_trip()
            return self._ask(Action.STOP_CHARGING, again=False)
        limit_s = self._profile.recharge_s + self._options.charge_slack_s
        if late_s >= 0 and waited_s > limit_s:
            return self.abort(
                Cause.DOES_NOT_CHARGE,
                battery=report.battery,
                for_s=waited_s,
                trip=trip + 1,
                needed=needed,
            )
        if (
            report.charging
            or report.battery >= _FULL
            or report.speed_mps > _AT_REST_MPS
        ):
            return []
        return self._ask(Action.START_CHARGING)

    def _follow_path(self, report: Telemetry, age_s: float) -> list[Command]:
        if report.state is not RobotState.ARMED:
            return self._arm(report)
        self._since_s.pop("armed", None)
        pace = self.pace.judge(report, self.along_m)
        if isinstance(pace, Halt):
            return self._stand(pace)
        self._since_s.pop("halt", None)
        pose = predict(report, self._drive, pace.lead_s + age_s)
        self._drive, self.along_m, self._cross_m = follow(
            self.path, pose, self.along_m, options=pace
        )
        if abs(self._cross_m) > self._options.abort_beyond_m:
            return self.abort(
                Cause.OFF_THE_PATH,
                off_m=abs(self._cross_m),
                limit_m=self._options.abort_beyond_m,
                **self._where(),
            )
        return self._get_on(report)

    def _get_on(self, report: Telemetry) -> list[Command]:
        for street in self._steps.close(self.along_m):
            self._recorder.note_served(self.time_s, street)
        if self.along_m >= self._trips.end_m[self._trip]:
            return self._dock()
        if self._stands.hold(self.along_m, self.time_s, self._note):
            self._interrupt()
            return [*self._switch_sensors(report), STANDSTILL]
        if self.pace.moved(self.along_m):
            self._since_s.pop("moving", None)
        if self._waited_s("moving") > self._options.abort_after_s:
            return self.abort(
                Cause.STUCK,
                for_s=self._options.abort_after_s,
                battery=report.battery,
                **self._where(),
            )
        unplug = self._ask(Action.STOP_CHARGING) if report.charging else []
        return [*unplug, *self._switch_sensors(report), self._drive]

    def _stand(self, halt: Halt) -> list[Command]:
        """Stand until the reason is gone; give up one that lasts too long."""
        if halt.cause is not None and "halt" not in self._since_s:
            kind = EventKind(halt.state.value)
            self._note(kind, halt.cause, **halt.values, **self._where())
        self.state = halt.state
        self._interrupt()
        if (waited_s := self._waited_s("halt")) > halt.limit_s:
            return self.abort(halt.give_up, for_s=waited_s, **self._where())
        return [STANDSTILL]

    def _arm(self, report: Telemetry) -> list[Command]:
        self.state = MissionState.ARMING
        again = "armed" in self._since_s
        waited_s = self._waited_s("armed")
        if waited_s > self._options.abort_after_s:
            return self.abort(
                Cause.DOES_NOT_ARM,
                state=report.state_in_words,
                for_s=waited_s,
                **self._where(),
            )
        if report.state is RobotState.HELD and not again:
            self._note(EventKind.REARMED, Cause.HELD_ITSELF, **self._where())
        self._interrupt()
        if report.state is RobotState.HELD and abs(report.speed_mps) > _STOPPED_MPS:
            return []  # it comes to rest first, and is armed only then
        return self._ask(Action.ARM, again=again)

    def _dock(self) -> list[Command]:
        self._trip += 1
        self._interrupt()
        self._cross_m = nan
        stop: list[Command] = [STANDSTILL]
        if self._sensors_on:
            self._sensors_on = False
            stop.append(Action.SENSORS_OFF)
        if self._trip < len(self._trips.end_m):
            self._begin_charging()
        else:
            self._duty = self.state = MissionState.PARKING
        return [*stop, *self._ask(Action.DISARM, again=False)]

    def _park(self, report: Telemetry) -> list[Command]:
        self._duty = self.state = MissionState.PARKING
        waited_s = self._waited_s("parked")
        if report.state is RobotState.DISARMED:
            self.state = MissionState.FINISHED
            driven_m = round(self._recorder.driven_m, 2)
            self._note(EventKind.FINISHED, Cause.DRIVEN, driven_m=driven_m)
            return []
        if waited_s > self._options.abort_after_s:
            return self.abort(
                Cause.DOES_NOT_DISARM, state=report.state.name, for_s=waited_s
            )
        return self._ask(Action.DISARM)

    def _switch_sensors(self, report: Telemetry) -> list[Command]:
        wanted = self._steps.serving or self._stands.standing
        changed = wanted != self._sensors_on
        if not changed and report.sensors_on == wanted:
            return []
        self._sensors_on = wanted
        action = Action.SENSORS_ON if wanted else Action.SENSORS_OFF
        return self._ask(action, again=not changed)

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

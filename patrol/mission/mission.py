"""
The mission of one robot that its host steers: reports go in, commands come out.

`patrol.mission.machine` has its state machine; this is how it follows its path.
"""

from math import nan

from patrol.mission.causes import Cause
from patrol.mission.follow import STANDSTILL, follow, predict
from patrol.mission.home import Homeward, WayHome
from patrol.mission.machine import AT_REST_MPS, MissionMachine
from patrol.mission.pace import Halt
from patrol.mission.record import EventKind
from patrol.mission.states import MissionState
from patrol.robot import Action, Command, RobotState, Telemetry

_STOPPED_MPS = 0.005  # the robot's own idea of rest may be a loop older than its report
_AT_DOCK_M = 0.1


class Mission(MissionMachine):
    """Drives one robot along its route; see `MissionMachine`."""

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

    def _leave_route(self, report: Telemetry, home: WayHome) -> list[Command]:
        along_m, near = self.along_m, (report.x_m, report.y_m)
        along_m = self.path.project(*near, along_m, within_leg=True)[0]
        way = home.begin(self.path, along_m)
        if self._rests_before(way) and abs(report.speed_mps) > AT_REST_MPS:
            self._interrupt()
            return self._come_to_rest(report)
        values = {"home_m": way.left_m, "for_s": way.time_s}
        self._note(EventKind.DOCKING, Cause.SENT_HOME, **values, **self._where())
        self._sent_home = True
        at_dock = way.left_m <= _AT_DOCK_M
        self._duty = MissionState.PARKING if at_dock else MissionState.DOCKING
        self.state, self._cross_m = self._duty, nan
        self._since_s.clear()
        self._interrupt()
        self._take(way.path, way.along_m)
        return self._come_to_rest(report) if at_dock else []

    def _rests_before(self, way: Homeward) -> bool:
        return way.turns or way.left_m <= _AT_DOCK_M

    def _come_to_rest(self, _report: Telemetry) -> list[Command]:
        return [STANDSTILL]

    def _switch_sensors(self, report: Telemetry) -> list[Command]:
        wanted = self._steps.serving or self._stands.standing
        changed = wanted != self._sensors_on
        if not changed and report.sensors_on == wanted:
            return []
        self._sensors_on = wanted
        action = Action.SENSORS_ON if wanted else Action.SENSORS_OFF
        return self._ask(action, again=not changed)

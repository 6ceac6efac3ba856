"""Whether a robot's battery gauge can be believed."""

from patrol.robot import RobotState, Telemetry

_RISE = 0.1  # gauges recover by a few per cent when a robot comes to rest


class BatteryWatch:
    """Compare what a battery gauge tells with what the robot does."""

    def __init__(self) -> None:
        self._least = 1.0

    def doubt(self, report: Telemetry) -> dict[str, float]:
        """
        Take in a report; give the values of the doubt, and nothing if there is none.

        A gauge that rises by more than 10 % of the battery while the robot is armed
        and has no charger, or is out of its range, is not believed. In between, a
        person may have changed the battery.
        """
        in_range = 0 <= report.battery <= 1
        idle = report.charging or report.state is not RobotState.ARMED
        if idle and in_range:
            self._least = report.battery
            return {}
        if in_range and report.battery <= self._least + _RISE:
            self._least = min(self._least, report.battery)
            return {}
        return {"least": self._least, "battery": report.battery}

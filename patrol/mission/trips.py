"""The trips of a route: between two of them the robot recharges."""

from patrol.mission.path import PlannedPath
from patrol.robot import RobotProfile

_CHARGE_ERROR = 0.005  # what a battery gauge may be wrong by
_FULL = 0.99  # a gauge seldom says that the battery is quite full


class Trips:
    """When each trip departs, where it ends, and what charge it needs."""

    def __init__(self, path: PlannedPath, profile: RobotProfile) -> None:
        route = path.route
        trips = route.trip.tolist()
        first = [i for i, trip in enumerate(trips) if i == 0 or trip != trips[i - 1]]
        last = [*(i - 1 for i in first[1:]), len(trips) - 1]
        self.depart_s: list[float] = route.depart_s[first].tolist() if first else []
        self.end_m: list[float] = path.trip_end_m.tolist()
        self.charge = [
            min(
                float(route.arrive_s[b] - route.depart_s[a]) / profile.battery_s
                + profile.reserve
                - _CHARGE_ERROR,
                _FULL,
            )
            for a, b in zip(first, last, strict=False)
        ]

    def __bool__(self) -> bool:
        return bool(self.end_m)

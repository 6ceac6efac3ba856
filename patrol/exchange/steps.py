"""What every format asks of a plan: where and when each step is."""

from datetime import UTC, timedelta

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import PlanError
from patrol.planning.plan import PatrolPlan, Route
from patrol.planning.problem import Shift


def check_graph(plan: PatrolPlan, graph: StreetGraph) -> None:
    """
    Make sure that a plan is for a map.

    Raises
    ------
    PlanError
        If it is for another one.
    """
    if plan.graph_digest != graph.digest:
        raise PlanError(
            f"the plan is for map {plan.graph_digest[:12]}, this map is "
            f"{graph.digest[:12]}: give the map that it was planned on"
        )


def step_line(graph: StreetGraph, route: Route, step: int) -> NDArray[np.float64]:
    """Points of one step in the direction of travel, shape ``(q, 2)``, in metres."""
    return graph.shape_of(int(route.streets[step]))[:: 1 if route.forward[step] else -1]


def step_times_s(
    line: NDArray[np.float64], depart_s: float, arrive_s: float
) -> NDArray[np.float64]:
    """
    Time at each point of a step, at even speed, shape ``(q,)``.

    Parameters
    ----------
    line
        Points of the step, shape ``(q, 2)``, in metres.
    depart_s, arrive_s
        Seconds after the shift's start at the first and the last point.
    """
    along_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    whole_m = along_m[-1]
    share = along_m / whole_m if whole_m > 0 else np.linspace(0, 1, len(along_m))
    return np.asarray(depart_s + share * (arrive_s - depart_s), dtype=np.float64)


def iso_utc(shift: Shift, time_s: float) -> str:
    """Write a time of the shift as ISO 8601 in UTC, to the millisecond."""
    time = shift.start.astimezone(UTC) + timedelta(seconds=round(time_s, 3))
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

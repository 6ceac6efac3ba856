"""A plan of four steps on three streets, and plans drawn on small networks."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.planning.plan import Bound, BoundKind, PatrolPlan, Route
from patrol.planning.problem import Shift
from patrol.planning.robots import RobotDuty
from patrol.robot import RobotProfile

SEOUL = ZoneInfo("Asia/Seoul")


def there_and_back(graph: StreetGraph, streets: list[int]) -> PatrolPlan:
    """Drive each street there and back from the first node of the first, in turn."""
    steps = [street for street in streets for _ in (0, 1)]
    ends_s = np.cumsum(graph.edge_length_m[steps])
    count = len(steps)
    route = Route(
        robot="해태-1",
        streets=np.array(steps, dtype=np.int64),
        forward=np.arange(count) % 2 == 0,
        served=np.arange(count) % 2 == 0,
        depart_s=np.append(0.0, ends_s)[:count],
        arrive_s=ends_s,
        trip=np.arange(count) // 2,
    )
    return plan_of(graph, route, dock=int(graph.edge_nodes[streets[0], 0]))


def plan_of(graph: StreetGraph, route: Route, *, dock: int) -> PatrolPlan:
    """Wrap a route in a plan, with a second robot that stays in the dock."""
    none = np.zeros(0, dtype=np.int64)
    no, nothing = none.astype(bool), none.astype(float)
    idle = Route("해태-2", none, no, no, nothing, nothing, none)
    length_m = float(graph.edge_length_m[route.streets].sum())
    required = np.unique(route.streets[route.served])
    return PatrolPlan(
        graph_digest=graph.digest,
        risk_digest="0" * 64,
        map_path="",
        fleet=tuple(
            RobotDuty(
                name=name, profile=RobotProfile(), dock=dock, start=dock, end=dock
            )
            for name in (route.robot, idle.robot)
        ),
        shift=Shift(datetime(2026, 11, 22, 22, 0, tzinfo=SEOUL), 8 * 3600.0),
        required=required,
        keep_out=none,
        routes=(route, idle),
        length_m=length_m,
        required_m=float(graph.edge_length_m[required].sum()),
        coverage=0.5,
        bound=Bound(length_m, BoundKind.LP, length_m, BoundKind.LP),
        seed=0,
        weights={},
        synthetic_risk=True,
    )


@st.composite
def plans(draw: st.DrawFn, graph: StreetGraph) -> PatrolPlan:
    """Plan that drives some streets of a network there and back."""
    numbers = st.integers(0, graph.num_edges - 1)
    return there_and_back(graph, draw(st.lists(numbers, min_size=1, max_size=6)))

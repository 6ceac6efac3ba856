"""The state machine by itself: reports in, commands out."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.mission.battery import BatteryWatch
from patrol.mission.mission import Mission
from patrol.mission.path import PlannedPath
from patrol.mission.record import EventKind
from patrol.mission.states import MissionOptions, MissionState
from patrol.planning.plan import Route
from patrol.robot import Action, Command, Drive, RobotProfile, RobotState, Telemetry
from tests.mission.routes import route_along, route_of_steps, routes, steps_along
from tests.strategies import line_graph

PROFILE = RobotProfile()
AT_DOCK = Telemetry(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, RobotState.DISARMED)

telemetry = st.builds(
    Telemetry,
    time_s=st.floats(0, 1000),
    x_m=st.floats(-12, 212),
    y_m=st.floats(-12, 12),
    heading_rad=st.floats(-math.pi, math.pi),
    speed_mps=st.floats(0, 2),
    battery=st.floats(0, 1),
    state=st.sampled_from(RobotState),
    sensors_on=st.booleans(),
    charging=st.booleans(),
)


def mission_on(graph: StreetGraph, route: Route, **options: float) -> Mission:
    return Mission(
        PlannedPath.of(route, graph),
        profile=PROFILE,
        options=MissionOptions(**options),  # type: ignore[arg-type] # floats only
    )


def line_mission(**options: float) -> Mission:
    graph = line_graph(2)
    return mission_on(graph, route_along(graph, [0, 1, 2, 1, 0]), **options)


def report(now_s: float, **changes: object) -> Telemetry:
    return replace(AT_DOCK, time_s=now_s, **changes)  # type: ignore[arg-type] # test values


def goes(commands: list[Command]) -> bool:
    return any(
        isinstance(c, Drive) and (c.speed_mps != 0 or c.turn_radps != 0)
        for c in commands
    )


def state(mission: Mission) -> MissionState:
    return mission.state


def kinds(mission: Mission) -> list[EventKind]:
    return [event.kind for event in mission.track().events]


def driving(mission: Mission) -> Mission:
    mission.step([report(0)], 0)
    mission.step([report(0.2)], 0.2)
    mission.step([report(0.4, state=RobotState.ARMED)], 0.4)
    assert state(mission) is MissionState.DRIVING
    return mission


@given(
    planned=routes(),
    story=st.lists(
        st.tuples(st.floats(0, 30), st.lists(telemetry, max_size=2)), max_size=60
    ),
)
def test_only_an_armed_robot_that_reports_is_told_to_move(
    planned: tuple[StreetGraph, Route], story: list[tuple[float, list[Telemetry]]]
) -> None:
    mission = mission_on(*planned)
    now_s = heard_s = 0.0
    last: Telemetry | None = None
    for passed_s, reports in story:
        now_s += passed_s
        last, heard_s = (reports[-1], now_s) if reports else (last, heard_s)
        was_done = mission.done

        commands = mission.step(reports, now_s)

        if goes(commands):
            assert last is not None
            assert last.state is RobotState.ARMED
            assert now_s - heard_s <= 0.6
        if last is not None and last.state is RobotState.ESTOPPED and reports:
            assert commands == []
        assert not (was_done and commands)
        assert mission.done == bool(
            mission.state in {MissionState.FINISHED, MissionState.ABORTED}
        )
        assert bool(mission.reason) == (mission.state is MissionState.ABORTED)
        assert 0 < mission.next_poll_s <= 1


def test_it_waits_for_departure_then_arms_then_drives_with_sensors_on() -> None:
    mission = Mission(
        PlannedPath.of(route_along(line_graph(1), [0, 1, 0]), line_graph(1)),
        profile=PROFILE,
        start_s=100,
    )
    assert mission.step([report(99)], 99.0) == []
    assert state(mission) is MissionState.WAITING
    assert mission.next_poll_s == 1.0
    mission.step([report(100)], 100.0)
    assert mission.step([report(100.2)], 100.2) == [Action.ARM]
    assert state(mission) is MissionState.ARMING
    assert mission.step([report(100.4)], 100.4) == []
    assert mission.step([report(101.3)], 101.3) == [Action.ARM]
    armed = report(101.5, state=RobotState.ARMED)
    sensors, drive = mission.step([armed], 101.5)
    assert sensors is Action.SENSORS_ON
    assert goes([drive])
    assert mission.next_poll_s == 0.2


def test_a_silent_robot_is_told_to_stand_and_held_it_is_armed_again() -> None:
    mission = driving(line_mission())
    assert goes(mission.step([], 0.9))
    assert mission.step([], 1.1) == [Drive(0.0, 0.0)]
    assert state(mission) is MissionState.SILENT
    held = report(1.5, state=RobotState.HELD, sensors_on=True)
    assert mission.step([held], 1.5) == [Action.ARM]
    assert mission.step([held], 1.7) == []
    back = replace(held, state=RobotState.ARMED)
    assert goes(mission.step([back], 1.9))
    assert kinds(mission)[1:] == [EventKind.SILENCE, EventKind.REARMED]


def test_a_robot_that_kept_going_through_a_short_silence_is_not_armed_again() -> None:
    mission = driving(line_mission())
    mission.step([], 1.2)
    commands = mission.step([report(1.4, state=RobotState.ARMED)], 1.4)
    assert goes(commands)
    assert Action.ARM not in commands


def test_after_an_emergency_stop_it_waits_until_a_person_lets_it_go_on() -> None:
    mission = driving(line_mission())
    for now_s in (0.6, 30.0, 600.0):
        stopped = report(now_s, state=RobotState.ESTOPPED)
        mission.may_go_on = True  # too early: the next report uses it up
        assert mission.step([stopped], now_s) == []
        assert state(mission) is MissionState.ESTOPPED
        assert not mission.waits_for_go_ahead
    for now_s in (601.0, 700.0):
        assert mission.step([report(now_s)], now_s) == []
        assert state(mission) is MissionState.ESTOPPED
        assert mission.waits_for_go_ahead
    mission.step([], 701.0)  # silence in between changes nothing
    assert mission.step([report(701.2)], 701.2) == []

    mission.may_go_on = True
    assert mission.step([report(702)], 702) == [Action.ARM]
    assert kinds(mission).count(EventKind.ESTOP) >= 1
    assert mission.track().events[-1].detail.startswith("a person lets the robot go on")


@pytest.mark.parametrize("battery", [0.75, 1.01, -0.01])
def test_battery_that_rises_without_a_charger_ends_the_mission(battery: float) -> None:
    mission = driving(line_mission())
    assert goes(mission.step([report(1, state=RobotState.ARMED, battery=0.6)], 1))
    commands = mission.step([report(2, state=RobotState.ARMED, battery=battery)], 2)
    assert commands == [Drive(0.0, 0.0), Action.DISARM]
    assert "the battery rose from 60% to" in mission.reason
    assert "its gauge cannot be believed" in mission.reason


def test_battery_may_recover_at_rest_and_rise_at_a_charger() -> None:
    watch = BatteryWatch()
    for charging, battery in ((False, 0.5), (False, 0.58), (True, 0.7), (True, 1.0)):
        assert watch.doubt(report(1, battery=battery, charging=charging)) == {}
    armed = replace(AT_DOCK, state=RobotState.ARMED)
    assert watch.doubt(replace(armed, battery=0.4)) == {}
    assert watch.doubt(replace(armed, battery=0.49)) == {}
    assert watch.doubt(replace(armed, battery=0.51)) != {}
    assert watch.doubt(report(1, battery=0.9)) == {}  # another battery, in the dock
    assert watch.doubt(replace(armed, battery=0.9)) == {}


def test_a_robot_left_in_emergency_stop_is_given_up() -> None:
    mission = driving(line_mission(estop_abort_after_s=50))
    mission.step([report(1, state=RobotState.ESTOPPED)], 1)
    assert mission.step([report(52, state=RobotState.ESTOPPED)], 52) == []
    assert "emergency stop for 51 s" in mission.reason


def test_a_robot_that_never_answers_is_given_up_after_a_minute() -> None:
    mission = line_mission()
    for now_s in range(61):
        assert not goes(mission.step([], now_s))
    assert state(mission) is MissionState.SILENT
    assert mission.step([], 61) == [Drive(0.0, 0.0), Action.DISARM]
    assert state(mission) is MissionState.ABORTED
    assert "a robot that never answers: no report for 61 s" in mission.reason
    assert mission.step([report(62, state=RobotState.ARMED)], 62) == []
    assert kinds(mission)[-1] is EventKind.ABORTED


def test_a_robot_that_does_not_arm_is_given_up() -> None:
    mission = line_mission()
    for now_s in range(63):
        mission.step([report(now_s)], now_s)
    assert "does not arm: DISARMED 61 s" in mission.reason


def test_a_robot_that_does_not_move_is_given_up() -> None:
    mission = driving(line_mission())
    for now_s in range(1, 63):
        mission.step([report(now_s, state=RobotState.ARMED)], now_s)
    assert "did not get on for 60 s" in mission.reason


def test_a_robot_ten_metres_off_the_path_is_stopped() -> None:
    mission = driving(line_mission())
    near = report(0.6, state=RobotState.ARMED, y_m=9.9, sensors_on=True)
    assert not mission.done
    assert goes(mission.step([near], 0.6))
    far = replace(near, y_m=10.6)
    assert mission.step([far], 0.8) == [Drive(0.0, 0.0), Action.DISARM]
    assert mission.reason.startswith("10.6 m off the planned path")


def test_sensors_that_went_off_by_themselves_are_switched_on_again() -> None:
    mission = driving(line_mission())
    armed = report(1.0, state=RobotState.ARMED)
    assert Action.SENSORS_ON not in mission.step([armed], 1.0)
    assert Action.SENSORS_ON in mission.step([armed], 1.5)
    assert Action.SENSORS_ON not in mission.step([replace(armed, sensors_on=True)], 3.0)


def test_charging_lasts_until_the_departure_and_until_the_charge_suffices() -> None:
    graph = line_graph(2)
    steps = steps_along(graph, [0, 1, 0, 1, 0])
    route = route_of_steps(graph, steps, trip=[0, 0, 1, 1], rest_s=100)
    low = replace(PROFILE, battery_s=1000)
    mission = Mission(PlannedPath.of(route, graph), profile=low)
    needed = (route.arrive_s[3] - route.depart_s[2]) / 1000 + 0.1
    depart_s = route.depart_s[2]
    _jump_to_dock(mission)
    assert state(mission) is MissionState.CHARGING

    flat = report(150, battery=0.1)
    assert mission.step([flat], 150) == [Action.START_CHARGING]
    plugged = replace(flat, charging=True)
    assert mission.step([plugged], 160) == []
    late_s = depart_s + 1
    assert mission.step([replace(plugged, battery=needed - 0.02)], late_s) == []
    enough = replace(plugged, battery=needed + 0.01)
    assert mission.step([enough], late_s + 1) == [Action.STOP_CHARGING]
    assert mission.step([report(late_s + 2)], late_s + 2) == [Action.ARM]


def test_a_robot_with_too_little_charge_is_charged_before_its_departure() -> None:
    graph = line_graph(2)
    route = route_of_steps(graph, steps_along(graph, [0, 1, 0]), trip=[0, 0])
    later = replace(route, depart_s=route.depart_s + 600, arrive_s=route.arrive_s + 600)
    low = replace(PROFILE, battery_s=1000)
    mission = Mission(PlannedPath.of(later, graph), profile=low)
    assert mission.step([report(0.0, battery=0.15)], 0.0) == []
    assert state(mission) is MissionState.CHARGING
    assert mission.step([report(5.0, battery=0.15)], 5.0) == [Action.START_CHARGING]
    full = report(300.0, battery=1.0)
    assert mission.step([replace(full, charging=True)], 300.0) == []
    mission.step([report(601.0, battery=1.0)], 601.0)
    assert state(mission) is MissionState.DRIVING


def test_a_battery_that_does_not_charge_is_given_up() -> None:
    graph = line_graph(2)
    steps = steps_along(graph, [0, 1, 0, 1, 0])
    route = route_of_steps(graph, steps, trip=[0, 0, 1, 1])
    mission = mission_on(graph, route)
    _jump_to_dock(mission)
    now_s = 150.0
    while not mission.done and now_s < 20_000:
        mission.step([report(now_s, battery=0.05)], now_s)
        now_s += 2
    assert "battery at 5%" in mission.reason
    assert now_s == pytest.approx(150 + 10_800 + 1_800, abs=10)


def _jump_to_dock(mission: Mission) -> None:
    """Carry the robot along the first trip as fast as the mission follows."""
    driving(mission)
    for i in range(1, 200):
        x_m = min(i, 200 - i, 100)
        armed = report(i, state=RobotState.ARMED, x_m=max(x_m, 0), sensors_on=True)
        mission.step([armed], 0.4 + i * 0.5)
    mission.step([report(201, state=RobotState.ARMED, sensors_on=True)], 101)


def test_a_robot_without_steps_stays_in_the_dock_and_is_finished() -> None:
    graph = line_graph(1)
    mission = mission_on(graph, route_of_steps(graph, []))
    assert mission.step([report(0)], 0) == []
    assert state(mission) is MissionState.FINISHED


def test_limits_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="silence_s is 0, it must be above 0"):
        MissionOptions(silence_s=0)
